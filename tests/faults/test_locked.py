"""A store that another program has locked: waited for, told of, and written again once it is free (RELIABILITY.md S5).

The product waits 5 s for a lock. Here all spans are a fiftieth: it waits 100 ms, for locks of 60 ms (for 3 s) and of
1.2 s (for 60 s). The other program is SQLite itself, in a process of its own.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from pipes import runtime, settings

import pytest
from store_builders import added, entry, opened, polled, problems, write

from monitor.errors import StoreBusyError
from monitor.pipeline import poll_pass
from monitor.store import Database, Store, connection
from monitor.store.rows import scalar
from monitor.subscriptions import add

SCALE = 50
HOLDER = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("begin immediate")
print("held", flush=True)
if sys.argv[2]:
    import time
    time.sleep(float(sys.argv[2]))
else:
    sys.stdin.read()
other.execute("rollback")
print("free", flush=True)
"""


@pytest.fixture(autouse=True)
def _shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", connection.BUSY_TIMEOUT_MS // SCALE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "m.db") as store:
        write(store, added)
        yield store


@contextmanager
def locked(path: Path, seconds: float | None = None) -> Iterator[Callable[[], None]]:
    """Let another program lock a store, for so long or until what is given is called."""
    words = [sys.executable, "-c", HOLDER, str(path), "" if seconds is None else str(seconds)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"

        def free() -> None:
            assert holder.stdin is not None
            assert holder.stdout is not None
            holder.stdin.close()
            assert holder.stdout.readline() == b"free\n"

        yield free


def entries(store: Store) -> int:
    return int(store.read_now(lambda db: scalar(db, "select count(*) from entries")))


def test_a_lock_of_three_seconds_is_waited_for(store: Store) -> None:
    with locked(store.path, 3 / SCALE):
        write(store, lambda db: polled(db, 1, entry(1)))
    assert entries(store) == 1


def test_a_lock_of_a_minute_is_told_of_and_costs_only_what_met_it(store: Store) -> None:
    with locked(store.path) as free:
        for number in (1, 2):
            with pytest.raises(StoreBusyError, match="locked by another program"):
                write(store, lambda db, number=number: polled(db, 1, entry(number)))
        assert entries(store) == 0, "readers look on"
        free()
        write(store, lambda db: polled(db, 1, entry(1), entry(2)))
    assert entries(store) == 2
    assert store.read_now(problems) == []


async def test_a_poll_that_could_not_be_written_is_due_as_before(tmp_path: Path) -> None:
    async with runtime(settings(tmp_path / "m.db")) as given:
        await add(given, [{"url": "https://a.example/f"}])
        with locked(tmp_path / "m.db") as free:
            with pytest.raises(StoreBusyError):
                await poll_pass(given)
            free()
            assert (await poll_pass(given))["feeds"] == 1
        assert await given.store.read(lambda db: scalar(db, "select count(*) from polls")) == 1


def test_the_control_that_reads_before_it_writes_is_refused_at_once_however_long_it_would_wait(store: Store) -> None:
    """What `begin immediate` avoids: a snapshot that somebody has overtaken can never be written from."""
    with closing(sqlite3.connect(store.path, isolation_level=None, timeout=PATIENCE_S)) as raw:
        raw.execute("begin")
        raw.execute("select count(*) from feeds").fetchall()
        write(store, lambda db: polled(db, 1, entry(1)))
        with pytest.raises(sqlite3.OperationalError, match="locked") as refused:
            raw.execute("update feeds set title = 'late'")
        raw.execute("rollback")
    assert refused.value.sqlite_errorname == "SQLITE_BUSY_SNAPSHOT"


PATIENCE_S = 3600.0


def test_every_unit_begins_with_the_right_to_write(store: Store) -> None:
    """A second program that wants to write within a unit is kept out before the unit has written anything."""

    def is_kept_out(db: Database) -> bool:
        assert db.conn.in_transaction
        with closing(sqlite3.connect(store.path, isolation_level=None, timeout=0)) as other:
            try:
                other.execute("begin immediate")
            except sqlite3.OperationalError:
                return True
        return False

    assert write(store, is_kept_out)
