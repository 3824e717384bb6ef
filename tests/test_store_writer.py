"""The writer: units share a commit and not a fate, a result is given out after the commit, no error is swallowed."""

import asyncio
import errno
import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest
from store_builders import opened, write

from monitor.errors import StoreBusyError, StoreError, StoreFullError
from monitor.store import Database, Store
from monitor.store.rows import scalar


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def put(key: str, value: str = "") -> Callable[[Database], str]:
    def unit(db: Database) -> str:
        db.execute("insert into meta (key, value) values (?, ?)", [f"test {key}", value])
        return key

    return unit


def put_and_fail(key: str) -> Callable[[Database], None]:
    def unit(db: Database) -> None:
        put(key)(db)
        raise LookupError(key)

    return unit


def kept(store: Store) -> list[str]:
    sql = "select key from meta where key like 'test %' order by key"
    return store.read_now(lambda db: [row[0].removeprefix("test ") for row in db.execute(sql)])


def together(store: Store, *units: Callable[[Database], Any]) -> list["futures.Future[Any]"]:
    """Return the futures of units that were waiting when the writer came to them, so that they share a commit."""
    gate = threading.Event()
    store.submit(lambda _: gate.wait(10))
    submitted = [store.submit(unit) for unit in units]
    gate.set()
    futures.wait(submitted, timeout=20)
    return submitted


def test_a_result_is_given_out_after_its_commit(store: Store) -> None:
    assert write(store, put("a")) == "a"
    assert kept(store) == ["a"]


def test_a_unit_that_raises_is_undone_alone(store: Store) -> None:
    first, broken, last = together(store, put("a"), put_and_fail("b"), put("c"))
    assert (first.result(), last.result(), kept(store)) == ("a", "c", ["a", "c"])
    assert isinstance(broken.exception(), LookupError)


def test_a_unit_that_breaks_a_constraint_is_undone_alone(store: Store) -> None:
    first, broken, last = together(store, put("a"), put("a"), put("c"))
    assert (first.result(), last.result(), kept(store)) == ("a", "c", ["a", "c"])
    assert isinstance(broken.exception(), sqlite3.IntegrityError)


def test_units_that_wait_together_share_a_commit(store: Store) -> None:
    seen: list[tuple[int, bool]] = []

    def look(db: Database) -> None:
        seen.append((scalar(db, "select count(*) from meta where key like 'test %'"), db.conn.in_transaction))

    together(store, put("a"), look, put("b"), look)
    assert seen == [(1, True), (2, True)]
    assert kept(store) == ["a", "b"]


def test_more_units_than_fit_one_commit_are_all_done(store: Store) -> None:
    done = together(store, *(put(f"{number:03}") for number in range(450)))
    assert [future.result() for future in done] == kept(store)


def defer_a_broken_reference(db: Database) -> None:
    db.execute("pragma defer_foreign_keys = on")
    db.execute("insert into event_articles (event_id, article_id, added_at) values (7, 7, '')")


def test_a_commit_that_fails_fails_all_of_its_units_and_the_writer_lives_on(store: Store) -> None:
    done = together(store, put("a"), defer_a_broken_reference, put("c"))
    assert [type(future.exception()) for future in done] == [sqlite3.IntegrityError] * 3
    assert kept(store) == []
    assert write(store, put("d")) == "d"


def test_a_unit_that_ends_the_transaction_costs_its_neighbours_nothing(store: Store) -> None:
    first, broken, last = together(store, put("a"), lambda db: db.execute("rollback"), put("c"))
    assert (first.result(), last.result(), kept(store)) == ("a", "c", ["a", "c"])
    assert isinstance(broken.exception(), sqlite3.OperationalError)


def fill(db: Database) -> None:
    """Write more than the file may grow to, so that SQLite throws away the whole transaction."""
    pages = scalar(db, "pragma page_count")
    db.execute(f"pragma max_page_count = {pages + 20}")
    db.execute("insert into meta (key, value) values ('test big', hex(randomblob(1000000)))")


def test_a_full_disk_fails_the_unit_that_met_it_and_no_other(store: Store) -> None:
    first, broken, last = together(store, put("a"), fill, put("c"))
    assert (first.result(), last.result(), kept(store)) == ("a", "c", ["a", "c"])
    error = broken.exception()
    assert isinstance(error, StoreFullError)
    assert error.retryable
    assert isinstance(error.__cause__, sqlite3.OperationalError)


def test_after_a_full_disk_the_writer_works_again_by_itself(store: Store) -> None:
    together(store, fill)
    assert write(store, put("b", "x" * 200_000)) == "b"


def test_a_write_that_the_system_refuses_fails_alone_and_passes(store: Store) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))  # no file may grow beyond a mebibyte: an I/O error
    try:
        done = together(store, put("a"), put("b", "x" * 2**22), put("c"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [isinstance(future.exception(), StoreError) for future in done] == [False, True, False]
    assert write(store, put("d", "x" * 2**22)) == "d"
    assert kept(store) == ["a", "c", "d"]


def test_after_a_checkpoint_that_failed_the_connection_is_a_new_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(_db: Database, _mode: str) -> bool:
        raise OSError(errno.EIO, "as a flush does")

    caplog.set_level("INFO", "monitor")
    write(store, put("a"))
    monkeypatch.setattr("monitor.store.writer.checkpoint", failing)
    assert store._writer is not None
    store._writer._tidy()
    assert (write(store, put("b")), kept(store)) == ("b", ["a", "b"])
    assert [one.message for one in caplog.records][-2:] == ["store.checkpoint_failed", "store.reopened"]
    monkeypatch.undo()


def test_a_store_locked_from_outside_is_an_error_worth_a_retry(tmp_path: Path) -> None:
    with opened(tmp_path / "monitor.db") as store:
        write(store, lambda db: db.execute("select 1"))
        other = sqlite3.connect(store.path, isolation_level=None)
        other.execute("begin immediate")
        store._writer._db.conn.execute("pragma busy_timeout = 50")  # type: ignore[union-attr]  # it is open for writing
        with pytest.raises(StoreBusyError, match="locked by another program"):
            write(store, put("a"))
        other.execute("rollback")
        other.close()
        assert write(store, put("b")) == "b"


def test_a_cancelled_caller_whose_unit_waits_writes_nothing(store: Store) -> None:
    gate = threading.Event()
    store.submit(lambda _: gate.wait(10))
    cancelled = store.submit(put("a"))
    assert cancelled.cancel()
    gate.set()
    write(store, put("b"))
    assert kept(store) == ["b"]


def test_closing_commits_what_waits(tmp_path: Path) -> None:
    store = opened(tmp_path / "monitor.db")
    waiting = [store.submit(put(f"{number}")) for number in range(5)]
    store.close()
    assert [future.result() for future in waiting] == ["0", "1", "2", "3", "4"]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = opened(tmp_path / "monitor.db")
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed for writing"):
        store.submit(put("a"))


def stumble() -> None:
    raise SystemExit


def test_a_writer_that_dies_fails_everybody_who_waits(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(tmp_path / "monitor.db")
    writer = store._writer
    assert writer is not None
    writer._check_owned = stumble  # type: ignore[method-assign]  # a fault nobody foresaw
    future = store.submit(put("a"))
    with pytest.raises(StoreError, match="has died"):
        future.result(timeout=10)
    with pytest.raises(StoreError, match="closed for writing"):
        store.submit(put("b"))
    assert "store.writer_died" in [record.message for record in caplog.records]
    store.close()


def test_a_log_that_readers_let_grow_is_emptied_again(store: Store) -> None:
    log = store.path.with_name("monitor.db-wal")
    for number in range(20):
        write(store, put(f"{number}", "x" * 100_000))
    assert log.stat().st_size > 0
    writer = store._writer
    assert writer is not None
    writer.close(lambda _: None)
    assert not log.exists() or log.stat().st_size == 0


# --- from a loop -------------------------------------------------------------------------------------------------


def count(db: Database) -> int:
    return int(scalar(db, "select count(*) from meta"))


async def test_many_coroutines_write_and_read_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path / "monitor.db") as store:
        written = await asyncio.gather(*(store.write(put(f"{number:03}")) for number in range(300)))
        counts = await asyncio.gather(
            *(store.read(lambda db: scalar(db, "select count(*) from meta")) for _ in range(20))
        )
        assert written == kept(store)
        assert set(counts) == {302}  # and when the store was made, and its owner


async def test_a_read_sees_one_moment(tmp_path: Path) -> None:
    async with opened(tmp_path / "monitor.db") as open_store:

        def query(db: Database) -> tuple[int, int]:
            before = scalar(db, "select count(*) from meta")
            write(open_store, put("a"))
            return before, scalar(db, "select count(*) from meta")

        before, after = await open_store.read(query)
        assert before == after


async def test_an_error_reaches_the_coroutine_that_caused_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "monitor.db") as store:
        good, bad = await asyncio.gather(store.write(put("a")), store.write(put_and_fail("b")), return_exceptions=True)
        assert (good, type(bad)) == ("a", LookupError)
