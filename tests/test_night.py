"""The nightly copy: when it is made, what it never touches, and that a failure harms nothing and is told."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pipes import runtime, settings
from typing import Any

import pytest
from store_builders import added, problems

from monitor.alerts.hours import zone_of
from monitor.errors import MonitorError
from monitor.pipeline import Runtime
from monitor.settings import BackupSettings
from monitor.store import Database, Store, copies, upkeep
from monitor.store.backup import back_up
from monitor.store.rows import scalar
from monitor.store.upkeep import Standing
from monitor.upkeep.night import Night, is_due

DAY = timedelta(days=1)
NIGHT = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
BORN = NIGHT - 30 * DAY


class Hand:
    """A clock that is set by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def owned(tmp_path: Path, clock: Hand, **backup: Any) -> AsyncIterator[Runtime]:
    chosen = replace(settings(tmp_path / "m.db"), backup=BackupSettings(**backup))
    async with runtime(chosen, clock) as given:
        yield given


async def standing(given: Runtime, chore: upkeep.Chore = "backup") -> Standing:
    return await given.store.read(lambda db: upkeep.standing(db, chore))


def made(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "backups").iterdir())


# --- when ----------------------------------------------------------------------------------------------------

DUE: dict[str, tuple[Standing, timedelta, bool]] = {
    "a new store, before its first night": (Standing(NIGHT - DAY / 2), -DAY / 24, False),
    "a new store, at its first night": (Standing(NIGHT - DAY / 2), timedelta(0), True),
    "done last night": (Standing(BORN, NIGHT - DAY, NIGHT - DAY), -DAY / 24, False),
    "done last night, and now it is time": (Standing(BORN, NIGHT - DAY, NIGHT - DAY), timedelta(0), True),
    "done this night": (Standing(BORN, NIGHT, NIGHT), DAY / 2, False),
    "three nights missed": (Standing(BORN, NIGHT - 3 * DAY, NIGHT - 3 * DAY), DAY / 3, True),
    "failed half an hour ago": (Standing(BORN, NIGHT, NIGHT - DAY, "no room"), DAY / 48, False),
    "failed an hour ago": (Standing(BORN, NIGHT, NIGHT - DAY, "no room"), DAY / 24, True),
    "failed in a future that was none": (Standing(BORN, NIGHT + DAY, NIGHT - DAY, "no room"), timedelta(0), True),
    "done in a future that was none": (Standing(BORN, NIGHT + 99 * DAY, NIGHT + 99 * DAY), timedelta(0), True),
    "made in a future that was none": (Standing(NIGHT + 99 * DAY), timedelta(0), True),
}


@pytest.mark.parametrize(("known", "later", "due"), DUE.values(), ids=DUE)
def test_a_night_is_due_once_and_made_up_for(known: Standing, later: timedelta, *, due: bool) -> None:
    assert is_due(known, NIGHT + later, "03:30", UTC) is due


@pytest.mark.parametrize("at", ["00:30", "02:30", "03:00"])
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Australia/Lord_Howe"])
def test_in_a_year_with_both_changes_of_the_clock_there_is_one_copy_a_day(zone: str, at: str) -> None:
    """Looked at every ten minutes, the hours that are left out or come twice among them."""
    now = done = datetime(2026, 1, 1, 12, tzinfo=UTC)
    days = []
    while now < datetime(2026, 12, 31, tzinfo=UTC):
        now += timedelta(minutes=10)
        if is_due(Standing(BORN, done, done), now, at, zone_of(zone)):
            done = now
            days.append(now.astimezone(zone_of(zone)).date())
    assert len(days) == len(set(days)) == (days[-1] - days[0]).days + 1


# --- what ----------------------------------------------------------------------------------------------------


async def test_a_copy_is_made_by_night_and_the_newest_are_kept(tmp_path: Path) -> None:
    clock = Hand(NIGHT - DAY / 2)
    async with owned(tmp_path, clock, keep=3) as given:
        night = Night(given)
        await night.look()
        assert not (tmp_path / "backups").exists()
        for day in range(5):
            await given.store.write(lambda db, day=day: added(db, f"https://{day}.example/feed"))
            clock.now = NIGHT + day * DAY
            await night.look()
            await night.look()
    assert made(tmp_path) == [f"m-nightly-202611{day}T033000Z.db" for day in (24, 25, 26)]
    with Store.open(tmp_path / "backups" / made(tmp_path)[-1], clock=clock, read_only=True) as copy:
        assert copy.read_now(lambda db: (problems(db), scalar(db, "select count(*) from feeds"))) == ([], 5)
    assert (tmp_path / "backups").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "backups").iterdir()} == {0o600}


def other_store(folder: Path) -> None:
    """Leave a copy of another store of the same name, made long ago."""
    with Store.open(folder.parent / "elsewhere" / "m.db", clock=lambda: BORN - DAY):
        pass
    back_up(folder.parent / "elsewhere" / "m.db", folder / copies.name_of(Path("m.db"), BORN), now=BORN)


STRANGERS: dict[str, Any] = {
    "a copy by hand": lambda folder: (folder / "m-20200101T000000Z.db").write_bytes(b"x"),
    "a file that is named alike": lambda folder: (folder / "m-nightly-20200101T000000Z.db").write_bytes(b"x"),
    "a copy of another store": other_store,
    "a folder": lambda folder: (folder / "m-nightly-20200102T000000Z.db").mkdir(),
    "a link": lambda folder: (folder / "m-nightly-20200103T000000Z.db").symlink_to(folder.parent / "m.db"),
    "a name without a moment": lambda folder: (folder / "m-nightly-99999999T999999Z.db").write_bytes(b"x"),
}


@pytest.mark.parametrize("leave", STRANGERS.values(), ids=STRANGERS)
async def test_what_the_daemon_did_not_make_is_never_removed(leave: Any, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    leave(tmp_path / "backups")
    strangers, clock = made(tmp_path), Hand(NIGHT - DAY)
    async with owned(tmp_path, clock, keep=1) as given:
        for day in range(3):
            clock.now = NIGHT + day * DAY
            await Night(given).look()
    assert made(tmp_path) == sorted([*strangers, "m-nightly-20261124T033000Z.db"])


async def test_a_copy_that_is_dated_in_the_future_is_the_first_to_go(tmp_path: Path) -> None:
    clock = Hand(NIGHT - 9 * DAY)
    async with owned(tmp_path, clock, keep=2) as given:
        for moment in (NIGHT + 999 * DAY, NIGHT, NIGHT + DAY):
            clock.now = moment
            await Night(given).look()
    assert made(tmp_path) == [f"m-nightly-202611{day}T033000Z.db" for day in (22, 23)]


async def test_none_is_made_where_none_is_wanted_and_trimming_goes_on(tmp_path: Path) -> None:
    clock = Hand(NIGHT - DAY)
    async with owned(tmp_path, clock, keep=0) as given:
        clock.now = NIGHT
        await Night(given).look()
        assert (await standing(given, "retention")).done_at == NIGHT
    assert not (tmp_path / "backups").exists()


# --- failures --------------------------------------------------------------------------------------------------


def orphaned(db: Database) -> None:
    db.execute("insert into meta (key, value) values ('seed:x', 'y')")


@pytest.mark.parametrize("cause", ["a store that is not sound", "a folder that is not mounted"])
async def test_a_failure_is_noted_removes_nothing_and_is_tried_again(
    cause: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, folder = Hand(NIGHT - 2 * DAY), tmp_path / "backups"
    folder.mkdir()
    async with owned(tmp_path, clock, keep=1, folder=folder) as given:
        clock.now = NIGHT - DAY
        await Night(given).look()
        clock.now = NIGHT
        if cause == "a store that is not sound":
            await given.store.write(orphaned)
        else:
            shutil.move(folder, tmp_path / "unmounted")
        await Night(given).look()
        found = await standing(given)
        assert (found.tried_at, found.done_at) == (NIGHT, NIGHT - DAY)
        assert "upkeep.failed" in [record.message for record in caplog.records]
        assert (await standing(given, "retention")).done_at == NIGHT - DAY  # trimmed only what a copy holds
        await given.store.write(lambda db: db.execute("delete from meta where key = 'seed:x'"))
        if cause == "a folder that is not mounted":
            shutil.move(tmp_path / "unmounted", folder)
        assert made(tmp_path) == ["m-nightly-20261121T033000Z.db"]
        clock.now = NIGHT + timedelta(hours=1)
        await Night(given).look()
        assert (await standing(given)).failure is None
    assert made(tmp_path) == ["m-nightly-20261122T043000Z.db"]


async def test_a_copy_that_would_fill_the_disk_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=150 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    async with owned(tmp_path, Hand(NIGHT)) as given:
        with pytest.raises(MonitorError, match=r"150 MiB are free in .* and a copy wants 200; make room, or name"):
            copies.make_room(given.store.path, tmp_path, tmp_path)


async def test_a_copy_stops_when_the_daemon_does_and_leaves_nothing(tmp_path: Path) -> None:
    clock = Hand(NIGHT - DAY)
    async with owned(tmp_path, clock) as given:
        await given.store.write(lambda db: [added(db, f"https://{number}.example/feed") for number in range(3000)])
        clock.now = NIGHT
        stopping = replace(given, tools=replace(given.tools, stopping=lambda: True))
        await Night(stopping).look()
        assert (await standing(given)).tried_at is None
        assert made(tmp_path) == []
        await Night(given).look()
    assert made(tmp_path) == ["m-nightly-20261122T033000Z.db"]


async def test_the_writer_goes_on_while_a_copy_is_made(tmp_path: Path) -> None:
    clock = Hand(NIGHT - DAY)
    async with owned(tmp_path, clock) as given:
        clock.now = NIGHT
        copying = asyncio.ensure_future(Night(given).look())
        for number in range(50):
            await given.store.write(lambda db, number=number: added(db, f"https://{number}.example/feed"))
        await copying
        assert (await standing(given)).failure is None
