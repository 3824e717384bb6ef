"""Readers: a connection is kept for the next question, holds no snapshot meanwhile, and goes with an error."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_builders import opened, write

from monitor.errors import StoreError
from monitor.store import Database, Store
from monitor.store.readers import THREADS
from monitor.store.rows import scalar

READERS = THREADS["any"]
KEY = "select value from meta where key = 'test'"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def marked(db: Database) -> None:
    """Leave a function in this connection, by which it is known again."""
    db.conn.create_function("is_kept", 0, lambda: 1)


def is_kept(db: Database) -> int:
    return int(scalar(db, "select is_kept()"))


def marked_and_failed(db: Database) -> None:
    marked(db)
    raise LookupError("what was asked for")


def put(value: str) -> Callable[[Database], object]:
    return lambda db: db.execute("insert or replace into meta (key, value) values ('test', ?)", [value])


async def all_held(store: Store) -> tuple[list[asyncio.Task[bool]], threading.Event]:
    """Return a question for each thread of the common lane, all of them under way until the event is set."""
    go_on, running = threading.Event(), threading.Semaphore(0)

    def hold(_: Database) -> bool:
        running.release()
        return go_on.wait(20)

    held = [asyncio.create_task(store.read(hold)) for _ in range(READERS)]
    for _ in held:
        assert await asyncio.to_thread(running.acquire, timeout=20)
    return held, go_on


async def test_the_next_question_is_asked_over_the_same_connection(store: Store) -> None:
    await store.read(marked)
    assert await store.read(is_kept) == 1


async def test_control_a_connection_of_its_own_is_not_the_one_that_is_kept(store: Store) -> None:
    await store.read(marked)
    with pytest.raises(sqlite3.OperationalError, match="is_kept"):
        store.read_now(is_kept)


async def test_a_connection_whose_question_failed_is_not_asked_again(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.read(marked_and_failed)
    with pytest.raises(sqlite3.OperationalError, match="is_kept"):
        await store.read(is_kept)


async def test_a_question_sees_what_was_committed_before_it(store: Store) -> None:
    for value in ("first", "second"):
        await store.write(put(value))
        assert await store.read(lambda db: scalar(db, KEY)) == value


def test_after_questions_the_log_is_emptied_at_the_end(store: Store) -> None:
    write(store, put("first"))
    asyncio.run(store.read(lambda db: scalar(db, KEY)))
    write(store, put("second"))
    store.close()
    assert not Path(f"{store.path}-wal").exists()


@pytest.mark.parametrize("started", [0, 1])
async def test_where_no_thread_could_be_started_the_next_question_has_an_answer(
    started: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Thread(threading.Thread):
        room = started

        def start(self) -> None:
            if not Thread.room:
                raise RuntimeError("can't start new thread")
            Thread.room -= 1
            super().start()

    with monkeypatch.context() as full:
        full.setattr("monitor.store.readers.threading.Thread", Thread)
        with pytest.raises(RuntimeError, match="new thread"):
            await store.read(lambda db: scalar(db, "select 1"))

    assert await asyncio.wait_for(store.read(lambda db: scalar(db, "select 1")), 20) == 1


async def test_a_question_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.read(put("third"))


async def test_as_many_questions_as_there_are_threads_are_answered_at_once(store: Store) -> None:
    together = asyncio.Barrier(READERS)
    loop = asyncio.get_running_loop()

    def wait(_: Database) -> int:
        return asyncio.run_coroutine_threadsafe(together.wait(), loop).result(20)

    assert sorted(await asyncio.gather(*(store.read(wait) for _ in range(READERS)))) == list(range(READERS))


def test_a_store_that_was_never_asked_closes(store: Store) -> None:
    write(store, put("only"))
    store.close()


async def test_a_question_that_waits_when_the_store_is_closed_is_given_up(store: Store) -> None:
    held, go_on = await all_held(store)
    waiting = asyncio.create_task(store.read(lambda db: scalar(db, KEY)))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(store.close))
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    assert await asyncio.gather(*held) == [True] * READERS
    await closing
    with pytest.raises(StoreError, match="is closed"):
        await store.read(lambda db: scalar(db, KEY))


async def test_no_lane_waits_for_another(store: Store) -> None:
    held, go_on = await all_held(store)
    behind = asyncio.create_task(store.read(lambda _: 0))
    assert [await store.read(lambda _: 1, "polls"), await store.read(lambda _: 2, "looks")] == [1, 2]
    assert not behind.done()  # control: in the lane that is held
    go_on.set()
    await asyncio.gather(*held, behind)


async def test_who_no_longer_waits_for_an_answer_disturbs_nobody(store: Store) -> None:
    for work in (store.read, store.write):
        given_up = asyncio.create_task(work(lambda db: scalar(db, KEY)))
        await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await work(lambda _: 7) == 7
