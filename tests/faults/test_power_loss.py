"""After a loss of power at any moment a store is whole and holds all it has promised, and a copy is whole or not there.

A program writes to its store on a disk that keeps a diary (`disk.c`). The diary is cut at random moments; what a disk
may then hold (`power.py`) is opened by this program as at the next start. The controls flush less: with SQLite's
`off` stores must be found damaged, with `normal` promises broken, and copies that nobody flushes must be found torn.
"""

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from faults.disk_child import AFTER, SOURCE, TARGET, older
from faults.power import Disk, records
from faults.preload import environment
from faults.sizes import Size
from restore_builders import LATER, copied, ended_badly
from restore_builders import kept as restorable
from store_builders import opened, problems

from monitor.errors import MonitorError, StoreDamagedError
from monitor.store import Database
from monitor.store.backup import faults
from monitor.store.connection import connect_read_only
from monitor.store.restore import restore
from monitor.store.rows import rows, scalar

CHILD = Path(__file__).with_name("disk_child.py")
OLD = 3  # feeds in a store before it is restored; the last of them only in its log
OF_ONE_RUN = 500  # images at most, then the program runs anew with other chances
SHARES = {"grow": 0.4, "stumble": 0.15, "copy": 0.15, "upgrade": 0.15, "restore": 0.15}
COUNTED = {
    "poll": "select count(*) from polls",
    "result": "select count(*) from articles",
    "attempt_start": "select coalesce(sum(attempts), 0) from messages",
    "attempt_end": "select count(*) from messages where state = 'sent'",
    "feeds": "select count(*) from feeds",
    "kept": "select count(*) from entries",
    "copied": "select count(*) from entries",
}


@dataclass
class Seen:
    """What was found after so many losses of power."""

    images: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Trial:
    """A program on a disk that loses power."""

    preloaded: Path
    memory: Path
    kept: Path  # images in which something was wrong

    def seen(self, work: str, how: str, images: int, luck: Random) -> Seen:
        """Return what is found after so many losses of power."""
        seen = Seen()
        while seen.images < images:
            with TemporaryDirectory(dir=self.memory) as folder:
                there, diary = self._ran(Path(folder), work, how, str(luck.random()))
                for disk in cut(there, diary, min(OF_ONE_RUN, images - seen.images), luck):
                    self._look(disk, seen, Path(folder) / SOURCE)
        return seen

    def _ran(self, folder: Path, work: str, how: str, seed: str) -> tuple[dict[str, bytes], Path]:
        """Return the files that were there before, and the diary of one run of the program."""
        root, diary = folder / "root", folder / "diary"
        (root / "copies").mkdir(parents=True)
        if work == "upgrade":
            older(root / "monitor.db")
        elif work == "restore":
            copied(restorable(root), folder)
            ended_badly(root / "monitor.db")
        there = {file.name: file.read_bytes() for file in root.glob("*.db*") if file.suffix in {".db", ".db-wal"}}
        command = [sys.executable, str(CHILD), str(root), work, how, seed]
        subprocess.run(command, check=True, env=environment(self.preloaded, root, DISK_DIARY=diary), timeout=120)
        return there, diary

    def _look(self, disk: Disk, seen: Seen, source: Path) -> None:
        image = disk.image()
        with TemporaryDirectory(dir=self.memory) as folder:
            laid_out(Path(folder), image)
            if source.exists():
                look_restored(Path(folder) / "monitor.db", source, disk.promises, seen)
            else:
                look(Path(folder), disk.promises, seen)
        wrong = [*seen.damaged, *seen.missing]
        if wrong and not self.kept.exists():
            laid_out(self.kept, image)
            (self.kept / "wrong.txt").write_text("\n".join([*wrong, "promised:", *disk.promises]))


def laid_out(folder: Path, image: Mapping[str, bytes]) -> None:
    """Make the files of an image."""
    (folder / "copies").mkdir(parents=True)
    for name, content in image.items():
        (folder / name).write_bytes(content)


@pytest.fixture
def trial(preloaded: Path, memory: Path, tmp_path: Path) -> Trial:
    return Trial(preloaded, memory, tmp_path / "first-image-with-a-fault")


def cut(there: dict[str, bytes], diary: Path, number: int, luck: Random) -> Iterator[Disk]:
    """Yield the disk at so many random moments of a diary."""
    events = list(records(diary))
    moments = Counter(luck.randrange(len(events) + 1) for _ in range(number))
    disk = Disk(there, luck)
    for moment in range(len(events) + 1):
        for _ in range(moments[moment]):
            yield disk
        if moment < len(events):
            disk.happen(events[moment])


def look(folder: Path, promises: list[str], seen: Seen) -> None:
    """Note what is wrong with what the next start would find in a folder."""
    seen.images += 1
    highest = {name: int(number) for name, number in map(str.split, promises)}
    path, copy = folder / "monitor.db", folder / TARGET
    if highest and not path.exists():
        seen.missing.append("the whole store")
    if "copied" in highest and not copy.exists():
        seen.missing.append("the whole copy")
    try:
        for one in (copy, *folder.glob("*.before-*")):
            if one.exists():
                with closing(connect_read_only(one)) as db:
                    seen.damaged += faults(db)
                    seen.missing += broken(db, highest, ("kept", "copied"))
        with opened(path) as store:
            seen.damaged += [f"{fault.check}: {fault.text}" for fault in store.read_now(problems)]
            seen.missing += store.read_now(lambda db: list(broken(db, highest, COUNTED)))
    except (MonitorError, sqlite3.DatabaseError) as error:
        seen.damaged.append(repr(error))


def look_restored(path: Path, source: Path, promises: list[str], seen: Seen) -> None:
    """Note what is wrong where a restore was under way, which is ended by the same command if it was cut off."""
    seen.images += 1
    try:
        try:
            there = feeds_at(path, seen)
        except StoreDamagedError as error:
            if "restored 1" in promises or "run `layoff-monitor restore` again" not in str(error):
                raise
            restore(path, source, now=LATER)
            there = feeds_at(path, seen)
        aside = [feeds_of(file) for file in path.parent.glob("monitor.db.replaced-*Z")]
    except (MonitorError, sqlite3.DatabaseError) as error:
        seen.damaged.append(repr(error))
        return
    if not any(len(held) == OLD for held in (there, *aside)):
        seen.missing.append(f"the store that was there: {[there, *aside]}")
    if "restored 1" in promises and len(there - {AFTER}) == OLD:
        seen.missing.append("the restore")
    if "after 1" in promises and AFTER not in there:
        seen.missing.append("what was written to the restored store")


def feeds_at(path: Path, seen: Seen) -> set[str]:
    """Return the feeds of the store that the next start finds."""
    with opened(path) as store:
        seen.damaged += [f"{fault.check}: {fault.text}" for fault in store.read_now(problems)]
    return feeds_of(path)


def feeds_of(path: Path) -> set[str]:
    with closing(connect_read_only(path)) as db:
        return {row["url"] for row in rows(db, "select url from feeds")}


def broken(db: Database, highest: dict[str, int], names: Iterable[str]) -> Iterator[str]:
    """Yield the promises of these names that were not kept."""
    for name in names:
        if name in highest and scalar(db, COUNTED[name]) < highest[name]:
            yield f"{name} {highest[name]} was promised, {scalar(db, COUNTED[name])} are there"


@pytest.mark.parametrize("work", SHARES)
def test_after_a_loss_of_power_nothing_is_damaged_and_nothing_promised_is_missing(
    work: str, trial: Trial, size: Size, luck: Random, counted: Callable[[str, int], None]
) -> None:
    seen = trial.seen(work, "soundly", round(size.images * SHARES[work]), luck)
    counted("power-loss images", seen.images)
    counted("corrupt stores", len(seen.damaged))
    counted("acknowledged lost", len(seen.missing))
    assert (seen.damaged, seen.missing) == ([], [])


CONTROLS = {
    "a store that is never flushed is damaged": ("grow", "off", "damaged"),
    "a store that is flushed now and then breaks promises": ("grow slowly", "normal", "missing"),
    "a copy that is not flushed is torn": ("copy", "unflushed", "damaged"),
    "a restore whose renamings are not flushed is undone": ("restore", "unflushed", "missing"),
    "an upgrade that is never flushed leaves a store damaged": ("upgrade", "off", "damaged"),
}


@pytest.mark.parametrize(("work", "how", "fault"), CONTROLS.values(), ids=CONTROLS)
def test_the_control_is_caught(work: str, how: str, fault: str, trial: Trial, luck: Random) -> None:
    assert any(getattr(trial.seen(work, how, 40, luck), fault) for _ in range(5))
