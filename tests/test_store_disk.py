"""The disk under the store: where no store is opened, and who keeps its log from being cut."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from store_builders import opened, write

from monitor.errors import StoreError
from monitor.store import Store, disk, writer
from monitor.store.connection import WAL_LIMIT_BYTES

READER = """
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
db.execute("begin")
print(db.execute("select count(*) from meta").fetchone(), flush=True)
sys.stdin.read()
"""


def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, options: str = "rw") -> Path:
    """Return the path of a store on such a file system, as the system would tell of it."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} {kind} {options} 0 0\n")
    monkeypatch.setattr(disk, "_MOUNTS", mounts)
    return tmp_path / "monitor.db"


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "ceph", "lustre"])
def test_no_store_is_made_on_a_network_file_system(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mounted(tmp_path, monkeypatch, kind)
    with pytest.raises(
        StoreError, match=f"lies on a network file system .{kind} at .*move it to a local disk"
    ) as raised:
        opened(path)
    assert (raised.value.exit_code, [file.name for file in tmp_path.iterdir()]) == (3, ["mounts"])


DOUBTFUL = {
    "a disk shared with another system": ("9p", "rw", "only one may use it"),
    "memory": ("tmpfs", "rw", "it is gone when the machine stops"),
    "a layer without flushes": ("overlay", "rw,lowerdir=/a,volatile", "a loss of power can damage it"),
    "a disk without barriers": ("ext4", "rw,nobarrier", "a loss of power can damage it"),
}


@pytest.mark.parametrize(("kind", "options", "why"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_doubtful_is_told_at_each_start(  # a table
    kind: str,
    options: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened(mounted(tmp_path, monkeypatch, kind, options)).close()
    [told] = [vars(one) for one in caplog.records if one.message == "store.disk_doubtful"]
    assert why in told["why"]


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "apfs", "fuseblk"])
def test_a_local_disk_is_nothing_to_tell_of(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened(mounted(tmp_path, monkeypatch, kind)).close()
    assert "store.disk_doubtful" not in [one.message for one in caplog.records]


def test_where_the_system_does_not_say_a_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_MOUNTS", tmp_path / "none")
    opened(tmp_path / "monitor.db").close()


LOCKS = """\
1: POSIX  ADVISORY  READ  101 08:01:77 124 124
2: POSIX  ADVISORY  READ  102 08:01:77 127 127
2: -> POSIX  ADVISORY  READ  103 08:01:77 124 124
3: POSIX  ADVISORY  READ  104 08:01:77 128 128
4: POSIX  ADVISORY  WRITE 105 08:01:77 120 120
5: POSIX  ADVISORY  READ  106 08:01:78 124 124
6: FLOCK  ADVISORY  WRITE 107 08:01:79 0 EOF
7: POSIX
"""


def test_readers_are_those_that_hold_a_read_lock_on_the_log_s_index() -> None:
    assert disk.readers((os.makedev(8, 1), 77), LOCKS) == [101, 102]


@contextmanager
def stuck_reader(path: Path) -> Iterator[int]:
    """Have another process begin to read and not end; give its number."""
    command = [sys.executable, "-c", READER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdin is not None
        assert reader.stdout.readline()
        try:
            yield reader.pid
        finally:
            reader.stdin.close()


def grow(store: Store, mebibytes: int) -> None:
    for _ in range(mebibytes):
        write(store, lambda db: db.execute("insert or replace into meta values ('x', hex(randomblob(524288)))"))


def test_a_reader_that_does_not_end_is_named_and_the_log_is_cut_when_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The real limits are 64 and 128 MiB; the scenario is the same."""
    assert (WAL_LIMIT_BYTES, writer.LARGE_LOG) == (64 * 2**20, 128 * 2**20)
    monkeypatch.setattr(writer, "WAL_LIMIT_BYTES", 4 * 2**20)
    monkeypatch.setattr(writer, "LARGE_LOG", 8 * 2**20)
    caplog.set_level(logging.WARNING, "monitor")
    with opened(tmp_path / "monitor.db") as store:
        assert store._writer is not None
        with stuck_reader(store.path) as reader:
            grow(store, 10)
            store._writer._tidy()
            assert disk.log_bytes(store.path) > 8 * 2**20
        [told] = [vars(one) for one in caplog.records if one.message == "store.log_large"]
        if Path("/proc/locks").exists():
            assert [name.split()[0] for name in told["readers"]] == [str(reader)]
        store._writer._tidy()
        assert disk.log_bytes(store.path) == 0


def test_without_readers_the_log_does_not_grow(tmp_path: Path) -> None:
    with opened(tmp_path / "monitor.db") as store:
        grow(store, 30)
        assert disk.log_bytes(store.path) < 10 * 2**20
