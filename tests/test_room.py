"""Whether there is room to collect: what rests, for how long, and that it goes on by itself."""

import errno
import logging
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from store_builders import NOW, at_noon

from monitor.errors import StoreBusyError, StoreError, StoreFullError
from monitor.store import Store
from monitor.upkeep.room import Room, State, judged, rest_s

MIB = 2**20


@pytest.mark.parametrize(
    ("free_mib", "state"), [(5000, "disk_enough"), (500, "disk_enough"), (499, "disk_low"), (100, "disk_low")]
)
def test_with_so_much_free_it_collects(free_mib: int, state: State) -> None:
    assert judged(free_mib * MIB) == state


def test_with_less_than_100_mib_it_does_not() -> None:
    assert judged(100 * MIB - 1) == "disk_full"


def test_it_rests_longer_after_each_refusal_up_to_a_quarter_of_an_hour() -> None:
    assert [rest_s(failures) for failures in range(1, 9)] == [15, 30, 60, 120, 240, 480, 900, 900]


@dataclass
class Desk:
    """A room over a real store, on a disk and a clock that a test sets."""

    store: Store
    free_mib: int = 5000
    now_s: float = 0.0
    work: list[Exception | None] = field(default_factory=list)  # how the next pieces of work end; then well
    done: int = 0
    error: OSError | None = None  # what asking the disk raises
    fails_at_work: OSError | None = None  # and from the next work on
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        self.room = Room(self.store, at_noon, free=self._free, steady=lambda: self.now_s)

    def _free(self, _folder: Path) -> int:
        if self.error is not None:
            raise self.error
        return self.free_mib * MIB

    async def collect(self) -> bool:
        """Return whether the work was begun."""
        before = self.done
        try:
            await self.room.collect(self._work)
        except StoreError:
            return True
        return self.done > before

    async def _work(self) -> None:
        self.done += 1
        self.error = self.fails_at_work
        ending = self.work.pop(0) if self.work else None
        if ending is not None:
            raise ending


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Store.open(tmp_path / "monitor.db", clock=lambda: NOW) as store:
        yield Desk(store)


async def test_it_rests_without_room_and_goes_on_with_it(desk: Desk) -> None:
    desk.free_mib = 99
    assert (await desk.collect(), desk.room.state) == (False, "disk_full")
    desk.free_mib = 100
    assert (await desk.collect(), desk.room.state) == (True, "disk_low")


async def test_while_its_disk_does_not_answer_it_rests_and_says_so_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "monitor")
    desk.error = OSError(errno.EIO, "Input/output error")
    assert [await desk.collect() for _ in range(3)] == [False] * 3
    desk.error = None
    assert await desk.collect()
    told = [one for one in caplog.records if one.getMessage().startswith("store.disk")]
    assert [one.getMessage() for one in told] == ["store.disk_unseen", "store.disk_enough"]
    assert (vars(told[0])["error"], told[0].exc_info) == ("[Errno 5] Input/output error", None)


async def test_a_refusal_on_a_disk_that_does_not_answer_is_told_without_what_is_free(desk: Desk) -> None:
    desk.work = [StoreError("the disk failed")]
    desk.fails_at_work = OSError(errno.EIO, "Input/output error")
    assert (await desk.collect(), desk.room.state) == (True, "disk_failing")


async def test_after_a_refusal_it_rests_and_goes_on_once_a_write_is_taken(desk: Desk) -> None:
    desk.work = [StoreFullError("no room")]
    assert await desk.collect()
    begun = []
    for desk.now_s in (0, 14.9, 15, 15.1):
        begun.append(await desk.collect())
    assert (begun, desk.room.state) == ([False, False, True, True], "disk_enough")


async def test_while_no_write_is_taken_nothing_is_asked_for(desk: Desk) -> None:
    desk.work = [StoreFullError("no room")]
    await desk.collect()
    writer = desk.store._writer
    assert writer is not None
    other = sqlite3.connect(desk.store.path, isolation_level=None)
    other.execute("begin immediate")
    writer._db.conn.execute("pragma busy_timeout = 10")  # type: ignore[union-attr]  # it is open for writing
    begun = []
    for desk.now_s in (15, 44, 45, 104):  # it rests 15, then 30, then 60 seconds
        begun.append(await desk.collect())
    other.execute("rollback")
    other.close()
    desk.now_s = 105
    assert (begun, await desk.collect()) == ([False] * 4, True)


async def test_what_fails_together_counts_once(desk: Desk) -> None:
    desk.work = [StoreFullError("no room")]
    await desk.collect()
    desk.room._refused(StoreFullError("no room"))
    desk.now_s = 15
    assert await desk.collect()


STATES = [(StoreFullError("x"), "disk_full"), (StoreError("the disk failed"), "disk_failing")]


@pytest.mark.parametrize(("error", "state"), STATES)
async def test_the_state_says_what_is_the_matter(error: StoreError, state: State, desk: Desk) -> None:
    desk.work = [error]
    await desk.collect()
    assert desk.room.state == state


async def test_a_store_that_is_somebody_else_s_is_no_matter_of_room(desk: Desk) -> None:
    desk.work = [StoreBusyError("x")]
    await desk.collect()
    assert (desk.room.state, await desk.collect()) == ("disk_enough", True)


async def test_each_change_is_told_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "monitor")
    for desk.free_mib in (5000, 499, 450, 99, 98, 101, 5000):
        await desk.collect()
    told = [(one.getMessage(), one.levelname) for one in caplog.records if one.getMessage().startswith("store.disk")]
    assert told == [
        ("store.disk_low", "WARNING"),
        ("store.disk_full", "ERROR"),
        ("store.disk_low", "WARNING"),
        ("store.disk_enough", "INFO"),
    ]
