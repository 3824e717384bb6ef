"""The disk under the store: how much room it has, of what kind its file system is, and who holds its log.

Asks the system, never the store's file: opening that would free SQLite's locks on it (RELIABILITY.md, finding 9).
"""

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from monitor.errors import StoreError

WARN_FREE: Final = 500 * 2**20  # RELIABILITY.md S3
LEAST_FREE: Final = 100 * 2**20  # RELIABILITY.md S3: what is left is for deliveries, and for a person's commands
LARGE_LOG: Final = 128 * 2**20  # RELIABILITY.md S8

# SQLite's log has an index in memory that all users of the store share; machines share none (sqlite.org/wal.html).
NETWORK: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs"),
        *("fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph-fuse"),
    }
)
_SHARED: Final = frozenset({"9p", "virtiofs", "fuse.grpcfuse", "fuse.osxfs", "vboxsf", "prl_fs"})
_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_UNFLUSHED: Final = frozenset({"nobarrier", "barrier=0", "volatile"})  # mount options: a flush is not one

UNFINISHED: Final = (".layoff-monitor-", ".partial")  # how the name begins and ends of what is to be no file for long
_TRIED_BYTES: Final = 2**20  # more than a store is enlarged by at once
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

_MOUNTS: Final = Path("/proc/self/mounts")
_LOCKS: Final = Path("/proc/locks")
# Readers of the log hold a lock on a byte of its index: sqlite.org/walformat.html, "WAL Locks", WAL_READ_LOCK.
_READ_LOCKS: Final = range(123, 128)


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system, where it is mounted, and how."""

    kind: str
    point: str
    options: frozenset[str]


def free_bytes(folder: Path) -> int:
    """Return how many bytes may still be written in a folder; raises OSError if it is gone or does not say."""
    return shutil.disk_usage(folder).free


def free_if_told(folder: Path) -> int | None:
    """Return how many bytes may still be written in a folder, or None where its disk does not say."""
    try:
        return free_bytes(folder)
    except OSError:
        return None


def takes_no_more(folder: Path) -> bool:
    """Return whether a write in a folder is refused for want of room: the disk is full, or a quota is used up.

    SQLite tells of a quota as of any disk that fails, and of no error by its number.
    """
    try:
        with NamedTemporaryFile(dir=folder, prefix=UNFINISHED[0], suffix=UNFINISHED[1]) as file:
            file.write(bytes(_TRIED_BYTES))
            file.flush()
    except OSError as error:
        return error.errno in _NO_ROOM
    return False


def log_bytes(store: Path) -> int:
    """Return how large the store's write-ahead log is."""
    log = store.with_name(f"{store.name}-wal")
    return log.stat().st_size if log.exists() else 0


def mount_of(path: Path, mounts: str) -> Mount | None:
    """Return on which file system a path lies, by the text of /proc/self/mounts; pure."""
    best: Mount | None = None
    for line in mounts.splitlines():
        point, kind, options = [*line.split(" "), "", "", ""][1:4]
        point = point.replace("\\040", " ")
        inside = path == Path(point) or Path(point) in path.parents
        if point and inside and (best is None or len(point) >= len(best.point)):
            best = Mount(kind, point, frozenset(options.split(",")))
    return best


def unfit(mount: Mount | None) -> str | None:
    """Return why no store is opened on this file system, or None; pure."""
    if mount is not None and mount.kind in NETWORK:
        return f"lies on a network file system ({mount.kind} at {mount.point}), where SQLite loses data"
    return None


def doubtful(mount: Mount | None) -> str | None:
    """Return what is doubtful about a file system on which a store can work; pure."""
    if mount is None:
        return None
    if mount.kind in _SHARED:
        return f"lies on a file system shared with another system ({mount.kind} at {mount.point}): only one may use it"
    if mount.kind in _MEMORY:
        return f"lies in memory ({mount.kind} at {mount.point}): it is gone when the machine stops"
    without = sorted(mount.options & _UNFLUSHED)
    if without:
        return f"lies where nothing is flushed to disk ({without[0]} at {mount.point}): a loss of power can damage it"
    return None


def present_mount(path: Path) -> Mount | None:
    """Return on which file system a path lies now, or None where the system does not say."""
    return mount_of(path, _MOUNTS.read_text(encoding="utf-8", errors="replace")) if _MOUNTS.exists() else None


def check_local(path: Path) -> str | None:
    """Return what is doubtful about the disk a store is to work on; raises StoreError for one it cannot work on."""
    mount = present_mount(path)
    why = unfit(mount)
    if why is not None:
        raise StoreError(f"{path} {why}; move it to a local disk, or name another place with --db")
    return doubtful(mount)


def readers(inode: tuple[int, int], locks: str) -> list[int]:
    """Return the processes that read by the log whose index has this device and inode; pure.

    `locks` is the text of /proc/locks.
    """
    device, number = inode
    wanted = f"{os.major(device):02x}:{os.minor(device):02x}:{number}"
    found = set()
    for line in locks.splitlines():
        fields = line.split()  # one more in a line of somebody who waits for a lock
        if len(fields) == 8 and fields[3] == "READ" and fields[5] == wanted and int(fields[6]) in _READ_LOCKS:
            found.add(int(fields[4]))
    return sorted(found)


def present_readers(store: Path) -> list[str]:
    """Return who reads the store now, by number and name, as far as the system says."""
    try:
        index = store.with_name(f"{store.name}-shm").stat()
        numbers = readers((index.st_dev, index.st_ino), _LOCKS.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return []
    return [f"{number} ({_name(number)})" for number in numbers]


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "?"
