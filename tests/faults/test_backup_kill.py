"""Killed at any moment while copies are made and old ones removed: what has the name of a copy is whole, always."""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Timer

import pytest
from faults.sizes import Size
from store_builders import NOW, added, entry, opened, polled, write

from monitor.store import copies
from monitor.store.backup import faults
from monitor.store.connection import connect_read_only

KEEP = 3
CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from monitor.store import copies
from monitor.store.backup import back_up
store, folder, keep, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
print("begun", flush=True)
for number in count(first):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    made = back_up(store, folder / copies.name_of(store, now), now=now)
    print(number, flush=True)
    for old in copies.surplus(store, folder, keep, made.path):
        old.unlink()
"""
HALF = """
import os, signal, sys
body = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb") as file:
    file.write(body[:len(body) // 2])
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give a store of a few megabytes, and a folder for its copies."""
    path = tmp_path / "m.db"
    (tmp_path / "copies").mkdir()
    with opened(path) as store:
        words = "A program now answers the customers. " * 40
        document = [entry(number, summary=words) for number in range(1500)]
        write(store, lambda db: polled(db, added(db), *document))
    return path


def killed(store: Path, first: int, after_s: float) -> list[int]:
    """Return the copies that a process said it had made when it was killed."""
    command = [sys.executable, "-c", CHILD, str(store), str(store.parent / "copies"), str(KEEP), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        Timer(after_s, process.send_signal, [signal.SIGKILL]).start()
        made = [int(line) for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    return made


def unsound(store: Path) -> list[str]:
    """Return what is wrong with any file that has the name of a copy."""
    found = []
    for kept in copies.nightly(store, store.parent / "copies"):
        if fault := copies.fault(kept.path):
            found.append(fault)
            continue
        with closing(connect_read_only(kept.path)) as db:
            found += faults(db)
    return found


def test_every_copy_that_is_there_is_whole_and_the_newest_stay(
    store: Path, size: Size, luck: Random, counted: Callable[[str, int], None]
) -> None:
    made: list[int] = []
    for number in range(size.migration_kills):
        made += killed(store, number * 1000, luck.uniform(0.0, 0.4))
        there = [kept.path for kept in copies.nightly(store, store.parent / "copies")]
        assert unsound(store) == []
        assert len(there) >= min(len(made), KEEP)
        if there:  # what was not yet removed is found by the next night
            assert copies.surplus(store, store.parent / "copies", KEEP, there[0]) == there[KEEP:]
    counted("backup kills", size.migration_kills)
    counted("corrupt backups", 0)


def test_a_plain_copy_that_is_killed_is_no_copy_and_is_found_out(store: Path) -> None:
    """The control: bytes copied straight to the good name."""
    target = store.parent / "copies" / copies.name_of(store, NOW)
    done = subprocess.run([sys.executable, "-c", HALF, str(store), str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert unsound(store) != []
