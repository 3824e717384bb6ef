"""Programs that write to a store on the disk of `disk.c` and promise what is kept in its diary.

`python disk_child.py FOLDER WORK HOW SEED`, preloaded. WORK is one of `WORKS`; HOW is "soundly", or what is left out:
"normal" and "off" are SQLite's words for fewer flushes, "unflushed" makes copies that nobody flushes.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable
from errno import EIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from faults.store_child import MOMENT, STEPS
from store_builders import added

from monitor.shipped import shipped
from monitor.store import Database, Store, backup, connection, rows
from monitor.store import restore as restoring
from monitor.store.connection import connect
from monitor.store.migrations import migrate
from monitor.store.rows import scalar

ROUNDS = 40
TOGETHER = 6  # rounds that can be submitted before the first is waited for
CHECKPOINT_PAGES = 60  # far fewer than SQLite's 1000
TARGET = "copies/latest.db"
SOURCE = "copy.db"  # beside the disk that fails: what a restore takes
AFTER = "https://after.example/feed"  # in the store after a restore
OLD_FEEDS, OLD_ENTRIES = 3, 20  # in the store that is upgraded


def promise(words: str) -> None:
    """Write a promise into the diary."""
    ctypes.CDLL(None).disk_mark(words.encode())


def weaken(how: str) -> None:
    """Take away what a control does without."""
    if how in {"normal", "off"}:
        connection.connect = _with(connection.connect, f"pragma synchronous = {how}")
    elif how == "unflushed":
        backup.connect_read_only = _with(backup.connect_read_only, "pragma synchronous = off")
        restoring.connect_copy = _with(restoring.connect_copy, "pragma synchronous = off")
        os.fsync = lambda _: None


def _with(connect: Callable[[Path], Database], pragma: str) -> Callable[[Path], Database]:
    def connected(path: Path) -> Database:
        db = connect(path)
        db.execute(pragma)
        return db

    return connected


def opened(folder: Path, checkpoint_pages: int = CHECKPOINT_PAGES) -> Store:
    """Return the folder's store, whose log is moved into the file again and again."""
    store = Store.open(folder / "monitor.db", clock=lambda: MOMENT)
    assert store._writer is not None
    assert store._writer._db is not None
    store._writer._db.execute(f"pragma wal_autocheckpoint = {checkpoint_pages}")
    return store


def write_on(store: Store, luck: Random, rounds: int, told: Callable[[str], None]) -> None:
    """Write so many rounds of the four transactions, some of which share a commit; tell of each that is kept."""
    if not store.read_now(lambda db: scalar(db, "select count(*) from feeds")):
        store.submit(added).result()
    done = int(store.read_now(lambda db: scalar(db, "select count(*) from polls")))
    last = done + rounds
    while done < last:
        numbers = range(done + 1, min(last, done + luck.randint(1, TOGETHER)) + 1)
        waiting = [(name, n, store.submit(_unit(step, n))) for n in numbers for name, step in STEPS.items()]
        for name, number, future in waiting:
            future.result()
            told(f"{name} {number}")
        done = numbers[-1]


def _unit(step: Callable[[Database, int], None], number: int) -> Callable[[Database], None]:
    return lambda db: step(db, number)


def grow(folder: Path, luck: Random, checkpoint_pages: int = CHECKPOINT_PAGES) -> None:
    """Make a store and write to it, closing and opening it in between."""
    for _ in range(2):
        with opened(folder, checkpoint_pages) as store:
            promise("opened 0")
            write_on(store, luck, ROUNDS // 2, promise)


def grow_slowly(folder: Path, luck: Random) -> None:
    """Do the same with a log that is moved as rarely as SQLite would, for to move it is to flush it."""
    grow(folder, luck, 1000)


def stumble(folder: Path, luck: Random) -> None:
    """Write on a disk that refuses something now and then, and write again what was refused."""
    disk = ctypes.CDLL(None)
    with opened(folder) as store:
        store.submit(added).result()
        for number in range(1, ROUNDS // 2 + 1):
            for name, step in STEPS.items():
                disk.disk_fail(luck.randint(1, 12), EIO)
                unit = _unit(step, number)
                future = store.submit(unit)
                while future.exception() is not None:
                    future = store.submit(unit)
                promise(f"{name} {number}")


def older(path: Path) -> None:
    """Make a store as the first version would have left it: feeds, each with one poll and its entries."""
    with TemporaryDirectory() as first:
        shutil.copy(shipped("storage/migrations") / "0001_initial.sql", first)
        db = connect(path)
        migrate(db, path, Path(first))
    for feed in range(1, OLD_FEEDS + 1):
        url = f"https://{feed}.example/feed"
        columns = {"canonical_url": url, "host": f"{feed}.example", "origin": "added", "added_at": "", "interval_s": 1}
        rows.insert(db, "feeds", {"url": url, "next_poll_at": "", **columns})
        counts = {"parsed": OLD_ENTRIES, "new": OLD_ENTRIES}
        poll = rows.insert(db, "polls", {"feed_id": feed, "polled_at": "", "result": "document", **counts})
        for number in range(OLD_ENTRIES):
            seen = {"first_seen_at": "", "next_attempt_at": "", "host": f"{feed}.example", "url": f"{url}/{number}"}
            rows.insert(db, "entries", {"feed_id": feed, "poll_id": poll, "identity": str(number), **seen})
    db.close()


def upgrade(folder: Path, _: Random) -> None:
    """Open a store of an older program, which copies and upgrades it, and write a little more."""
    promise(f"kept {OLD_FEEDS * OLD_ENTRIES}")
    with opened(folder) as store:
        store.submit(added).result()
        promise(f"feeds {OLD_FEEDS + 1}")


def copy(folder: Path, luck: Random) -> None:
    """Write, and put one copy after the other in the same place."""
    with opened(folder) as store:
        for _ in range(6):
            write_on(store, luck, luck.randint(1, 4), promise)
            made = backup.back_up(store.path, folder / TARGET, now=MOMENT, replace=True)
            promise(f"copied {made.entries}")  # what stands there now holds as much


def go_back(folder: Path, _: Random) -> None:
    """Put a copy in the place of a store whose daemon was killed, and write to what stands there then."""
    restoring.restore(folder / "monitor.db", folder.parent / SOURCE, now=MOMENT)
    promise("restored 1")
    with opened(folder) as store:
        store.submit(lambda db: added(db, AFTER)).result()
        promise("after 1")


WORKS = {
    "restore": go_back,
    "grow": grow,
    "grow slowly": grow_slowly,
    "stumble": stumble,
    "upgrade": upgrade,
    "copy": copy,
}


def main(folder: str, work: str, how: str, seed: str) -> None:
    """Do one work."""
    weaken(how)
    WORKS[work](Path(folder), Random(seed))


if __name__ == "__main__":
    main(*sys.argv[1:])
