"""The copies that the daemon keeps of its store: their names, which of them go, and which to go back to."""

import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Final

from monitor.errors import MonitorError, StoreError
from monitor.store import meta, migrations
from monitor.store.connection import check_contents, connect_read_only, state_on_disk
from monitor.store.rows import scalar
from monitor.store.upkeep import CREATED

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NIGHTLY: Final = "nightly-"
_LOOK_S: Final = 10.0  # at a copy that was checked whole when it was made
_SPARE_BYTES: Final = 200 * 2**20  # left free beside a new copy: below 100 MiB nothing is polled (RELIABILITY.md S3)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is named like a copy of the store."""

    path: Path
    made_at: datetime
    bytes: int


def folder_of(store: Path, asked: Path | None) -> Path:
    """Return where the daemon's copies lie: where the settings say, else in `backups` beside the store; pure."""
    return asked or store.parent / "backups"


def name_of(store: Path, now: datetime) -> str:
    """Return the name of a copy that is made now; pure."""
    return f"{store.stem}-{_NIGHTLY}{now.astimezone(UTC):{_STAMP}}{store.suffix}"


def nightly(store: Path, folder: Path) -> list[Kept]:
    """Return the copies in a folder that are named as the daemon names them, newest first."""
    return _named(store, folder, _NIGHTLY)


def surplus(store: Path, folder: Path, keep: int, made: Path) -> list[Path]:
    """Return what is no longer kept beside a new copy: older copies of this very store that the daemon made.

    A file of such a name that is a copy of another store, or none, is nobody's to remove. What is dated after the new
    one, by a clock that was wrong, counts as the oldest.
    """
    found = nightly(store, folder)
    now = next(kept.made_at for kept in found if kept.path == made)
    older = sorted((kept for kept in found if kept.path != made), key=lambda kept: kept.made_at > now)
    return [kept.path for kept in older[max(keep - 1, 0) :] if _is_copy_of(store, kept.path)]


def make_room(store: Path, folder: Path, asked: Path | None) -> None:
    """Make the folder if it is the one that nobody named; raise MonitorError if it has no room for another copy."""
    if asked is None:
        folder.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise MonitorError(f"there is no folder {folder}; make it, or is its disk not mounted?")
    free, needed = shutil.disk_usage(folder).free, size_of(store) + _SPARE_BYTES
    if free < needed:
        text = f"{free // 2**20} MiB are free in {folder} and a copy wants {needed // 2**20}"
        raise MonitorError(f"{text}; make room, or name a folder on another disk in [backup]")


def size_of(store: Path) -> int:
    """Return how many bytes a copy of the store takes at most."""
    with closing(connect_read_only(store)) as db:
        sizes = ("pragma page_count", "pragma freelist_count", "pragma page_size")
        pages, free, page_bytes = (int(scalar(db, sql)) for sql in sizes)
    return (pages - free) * page_bytes


def fault(copy: Path) -> str | None:
    """Return why a file is no copy to go back to, or None; a large one is looked at for ten seconds."""
    try:
        if not copy.is_file() or state_on_disk(copy) != "ours":
            return f"{copy} is empty or no file"
        check_contents(copy, limit_s=_LOOK_S)
        migrations.check_not_newer(copy)
    except StoreError as error:
        return str(error)
    return None


def newest_sound(store: Path, asked: Path | None) -> Kept | None:
    """Return the newest copy to go back to: of the daemon's, of those by hand in the same folder, of upgrades."""
    found = _named(store, folder_of(store, asked), f"(?:{_NIGHTLY})?") + _of_upgrades(store)
    newest_first = sorted(found, key=lambda kept: kept.made_at, reverse=True)
    return next((kept for kept in newest_first if fault(kept.path) is None), None)


def _named(store: Path, folder: Path, words: str) -> list[Kept]:
    name = re.compile(rf"{re.escape(store.stem)}-{words}(\d{{8}}T\d{{6}}Z){re.escape(store.suffix)}")
    found = []
    try:
        for path in folder.iterdir():
            match = name.fullmatch(path.name)
            if match and path.is_file() and not path.is_symlink():
                made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
                found.append(Kept(path, made_at, path.stat().st_size))
    except (OSError, ValueError):  # no such folder, not for us to read, or named by somebody else
        return found
    return sorted(found, key=lambda kept: kept.made_at, reverse=True)


def _of_upgrades(store: Path) -> list[Kept]:
    paths = [path for path in store.parent.glob(f"{escape(store.name)}.before-*") if path.is_file()]
    stats = [(path, path.stat()) for path in paths]
    return [Kept(path, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for path, stat in stats]


def _is_copy_of(store: Path, path: Path) -> bool:
    """Return whether a file is a copy of this store: both were made at one moment."""
    try:
        with closing(connect_read_only(store)) as db, closing(connect_read_only(path)) as copy:
            born = meta.get(db, CREATED)
            return born is not None and meta.get(copy, CREATED) == born
    except Exception:  # noqa: BLE001  # whatever it is, it is not known to be ours
        return False
