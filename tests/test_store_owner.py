"""A store has one owner: by a lock that ends with its process, and a note that outlives its lock file."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from store_builders import added, at_noon, entry, opened, polled, write

from monitor.errors import StoreBusyError, StoreError
from monitor.store import Database, Store, meta
from monitor.store.owner import note
from monitor.store.rows import scalar


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a closed store that holds a feed with entries."""
    path = tmp_path / "monitor.db"
    with opened(path) as store:
        write(store, lambda db: polled(db, added(db), *(entry(number) for number in range(400))))
    return path


def test_a_second_owner_is_refused_and_told_who_the_first_is(path: Path) -> None:
    with opened(path), pytest.raises(StoreBusyError, match=f"process {os.getpid()} on ") as raised:
        opened(path)
    assert raised.value.exit_code == 4


def test_a_deleted_lock_file_lets_no_second_owner_in(path: Path) -> None:
    with opened(path):
        path.with_name("monitor.db.lock").unlink()
        with pytest.raises(StoreBusyError, match=f"process {os.getpid()}"):
            opened(path)


def test_a_note_that_a_full_disk_kept_in_the_store_lets_the_same_process_in_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Database) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr("monitor.store.unsign", full)
        opened(path).close()
    left = note(path)
    assert left is not None
    assert left.pid == os.getpid()
    opened(path).close()
    assert note(path) is None


@pytest.mark.parametrize("put_back", [False, True], ids=["deleted", "replaced"])
def test_an_owner_whose_lock_file_is_gone_stops_writing(path: Path, *, put_back: bool) -> None:
    with opened(path) as store:
        assert store.still_owner()
        path.with_name("monitor.db.lock").unlink()
        if put_back:
            path.with_name("monitor.db.lock").touch()
        assert not store.still_owner()
        with pytest.raises(StoreBusyError, match="has stopped writing"):
            write(store, added)


OWNER = """
import sys, time
from monitor.clock import utc_now
from monitor.store import Store
store = Store.open(sys.argv[1], clock=utc_now)
print("owned", flush=True)
time.sleep(60)
"""


@pytest.fixture
def owner(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Give a process that owns the store."""
    command = [sys.executable, "-c", OWNER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"owned\n"
        yield process
        process.kill()


def test_another_process_that_owns_the_store_is_named(path: Path, owner: "subprocess.Popen[bytes]") -> None:
    with pytest.raises(StoreBusyError, match=f"process {owner.pid} on "):
        opened(path)
    path.with_name("monitor.db.lock").unlink()
    with pytest.raises(StoreBusyError, match=f"process {owner.pid} on "):
        opened(path)


def test_a_killed_owner_frees_the_store_at_once(path: Path, owner: "subprocess.Popen[bytes]") -> None:
    owner.kill()
    owner.wait()
    with opened(path) as store:
        assert write(store, lambda db: added(db, "https://second.example/feed")) == 2


def test_another_process_with_the_owner_s_old_number_is_not_taken_for_it(path: Path) -> None:
    def note_of_a_dead_process(db: Database) -> None:
        mine = meta.get(db, "owner") or ""
        earlier = msgspec.json.decode(mine) | {"ticks": "1", "file": f"{path.stat().st_dev}:{path.stat().st_ino}"}
        meta.put(db, "left behind", msgspec.json.encode(earlier).decode())

    with opened(path) as store:
        write(store, note_of_a_dead_process)
    with sqlite3.connect(path) as raw:
        raw.execute("update meta set key = 'owner' where key = 'left behind'")
    raw.close()
    with opened(path) as store:
        assert store.still_owner()


def test_a_copy_of_an_owned_store_is_not_owned(owner: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    assert owner.pid
    copied = tmp_path / "copied"
    copied.mkdir()
    for file in tmp_path.glob("monitor.db*"):
        shutil.copy(file, copied / file.name)
    with opened(copied / "monitor.db") as store:
        assert write(store, lambda db: added(db, "https://second.example/feed")) == 2


def test_readers_look_on_while_another_process_owns_the_store(path: Path, owner: "subprocess.Popen[bytes]") -> None:
    assert owner.pid
    with opened(path, read_only=True) as store:
        assert store.read_now(lambda db: scalar(db, "select count(*) from entries")) == 400
        with pytest.raises(StoreError, match="open for reading only"):
            write(store, added)


def test_a_store_can_be_owned_without_a_writer(path: Path) -> None:
    with Store.open(path, clock=at_noon, writer=False) as store:
        assert store.read_now(lambda db: scalar(db, "select count(*) from entries")) == 400
        with pytest.raises(StoreBusyError):
            opened(path)
