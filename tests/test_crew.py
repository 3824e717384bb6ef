"""Tasks by key: never two of one, none left behind, a failure told and survived."""

import asyncio

import pytest

from monitor.crew import Crew
from monitor.errors import StoreError


async def forever() -> None:
    await asyncio.Event().wait()


async def test_work_of_a_key_that_is_under_way_is_not_started_again() -> None:
    started: list[str] = []

    async def work(name: str) -> None:
        started.append(name)
        await forever()

    async with Crew() as crew:
        crew.start("a.example", lambda: work("first"))
        crew.start("a.example", lambda: work("second"))
        await asyncio.sleep(0)
        assert (started, crew.busy, len(crew)) == (["first"], {"a.example"}, 1)


async def test_nothing_is_left_behind() -> None:
    cut_off = asyncio.Event()

    async def work() -> None:
        try:
            await forever()
        finally:
            cut_off.set()

    async with Crew() as crew:
        crew.start("a", work)
        await asyncio.sleep(0)
    assert cut_off.is_set()
    assert len(crew) == 0


async def test_a_crash_is_told_and_costs_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def crash() -> None:
        raise RuntimeError("surprise")

    async def work() -> None:
        done.append("work")

    async with Crew() as crew:
        crew.start("bad", crash)
        crew.start("good", work)
        await crew.settled()
    assert done == ["work"]
    assert [record.message for record in caplog.records] == ["task.crashed"]


async def test_a_store_that_cannot_be_written_is_raised_once() -> None:
    async def full() -> None:
        raise StoreError("no room")

    async with Crew() as crew:
        crew.start("a", full)
        await crew.progress()
        await asyncio.sleep(0)
        with pytest.raises(StoreError, match="no room"):
            crew.check()
        crew.check()


async def test_progress_without_tasks_returns_at_once() -> None:
    async with Crew() as crew:
        await crew.progress()
        await crew.settled()


async def test_the_end_of_each_task_is_told() -> None:
    ends: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0)

    async with Crew(lambda: ends.append("ended")) as crew:
        crew.start("a", work)
        crew.start("b", work)
        await crew.settled()
    assert ends == ["ended", "ended"]


async def test_crashes_are_told_to_who_counts_them_and_other_ends_are_not() -> None:
    crashes: list[str] = []

    async def crash() -> None:
        raise RuntimeError("surprise")

    async def work() -> None:
        await asyncio.sleep(0)

    async with Crew(crashed=lambda: crashes.append("crashed")) as crew:
        crew.start("a", crash)
        crew.start("b", work)
        await crew.settled()
    assert crashes == ["crashed"]
