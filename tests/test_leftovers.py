"""What `check` says of what a restore, an upgrade or a copy left beside a store, and that its remedies work."""

import asyncio
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from restore_builders import LATER, copied, ended_badly, feeds_in, kept
from store_builders import HOUR, NOW

from monitor import check
from monitor.cli import layoff_monitor
from monitor.settings import Settings, StoreSettings
from monitor.store.restore import restore
from monitor.upkeep.leftovers import Left, found, judged

STORE = Path("/data/monitor.db")
DAY = timedelta(days=1)

JUDGED: dict[str, tuple[str, timedelta, bool, list[str]]] = {
    "a store that was replaced": ("replaced", HOUR, True, ["note"]),
    "what a restore laid and did not use": ("restoring", HOUR, True, ["note"]),
    "what was to be the store": ("restoring", HOUR, False, ["problem"]),
    "a copy from before last week's upgrade": ("before", 7 * DAY, True, []),
    "a copy from before an upgrade long ago": ("before", 31 * DAY, True, ["note"]),
    "a copy that is being made": ("unfinished", HOUR / 2, True, []),
    "half a copy": ("unfinished", 2 * HOUR, True, ["note"]),
}


@pytest.mark.parametrize(("kind", "age", "there", "levels"), JUDGED.values(), ids=JUDGED)
def test_what_lies_there_is_judged(kind: str, age: timedelta, levels: list[str], *, there: bool) -> None:
    told = judged([Left(STORE, kind, 1, NOW - age)], STORE, NOW, there=there)
    assert [level for _, level, _, _ in told] == levels


NAMES: dict[str, str | None] = {
    "monitor.db": None,
    "monitor.db-wal": None,
    "monitor.db.lock": None,
    "monitor.db.replaced-20261122T080000000000Z": "replaced",
    "monitor.db.restoring-20261122T080000000000Z": "restoring",
    "monitor.db.before-0012": "before",
    "other.db.replaced-20261122T080000000000Z": None,
    "monitor.db.replaced-by-me": None,
    ".layoff-monitor-ab12.partial": "unfinished",
    "backups/.layoff-monitor-ab12.partial": "unfinished",
    "backups/monitor.db.replaced-20261122T080000000000Z": None,
    "backups/monitor-nightly-20261122T080000Z.db": None,
}


@pytest.mark.parametrize(("name", "kind"), NAMES.items(), ids=NAMES)
def test_it_is_known_by_its_name(name: str, kind: str | None, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / name).write_bytes(b"1234")
    left = found(tmp_path / "monitor.db", [tmp_path / "backups", tmp_path / "nowhere"])
    assert [(one.path, one.kind, one.bytes) for one in left] == ([(tmp_path / name, kind, 4)] if kind else [])


# --- on a real store --------------------------------------------------------------------------------------------------


class Cut(Exception):  # noqa: N818  # what a kill is to the steps of a restore
    """Raised after a step, where the process would have been killed."""


def cut_off(path: Path, copy: Path, at: str) -> None:
    def reached(step: str) -> None:
        if step == at:
            raise Cut

    with pytest.raises(Cut):
        restore(path, copy, now=LATER, reached=reached)


async def told_of(path: Path) -> list[tuple[str, str]]:
    findings = await check.findings(Settings(store=StoreSettings(path=path)))
    return [(one.level, one.remedy) for one in findings if one.subject == "leftover"]


async def test_a_store_that_was_replaced_is_named_with_its_log_as_one(tmp_path: Path) -> None:
    path = kept(tmp_path / "home")
    copy = copied(path, tmp_path)
    ended_badly(path)
    assert await told_of(path) == []
    done = restore(path, copy, now=LATER)
    [(level, remedy)] = await told_of(path)
    assert (level, str(done.kept) in remedy) == ("note", True)


async def test_a_restore_that_was_cut_off_before_it_changed_a_thing_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path / "home")
    cut_off(path, copied(path, tmp_path), "staged")
    [(level, remedy)] = await told_of(path)
    assert (level, "run the restore again" in remedy) == ("note", True)


def test_after_a_restore_that_was_cut_off_the_remedy_ends_it(tmp_path: Path) -> None:
    path = kept(tmp_path / "it's here")
    cut_off(path, copied(path, tmp_path), "store moved aside")
    refused = CliRunner().invoke(layoff_monitor, ["--db", str(path), "feeds", "list"])
    assert (refused.exit_code, f"a restore of {path} was cut off" in refused.stderr) == (3, True)
    remedy = dict(asyncio.run(told_of(path)))["problem"]
    done = CliRunner().invoke(layoff_monitor, shlex.split(remedy)[1:])
    assert (done.exit_code, feeds_in(path)) == (0, 1), done.stderr
    assert [level for level, _ in asyncio.run(told_of(path))] == ["note"], "the store that was replaced"
