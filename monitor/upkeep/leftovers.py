"""What was left beside a store by a restore, an upgrade or a copy: by name, with what it is and what to do with it."""

import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from monitor.settings import Settings
from monitor.store import copies
from monitor.store.backup import is_unfinished
from monitor.upkeep.telling import Told

UNDER_WAY: Final = timedelta(hours=1)  # a copy that is being made has been written to since
PROVEN: Final = timedelta(days=30)  # after which nobody goes back to before an upgrade
_STAMPED: Final = re.compile(r"\.(replaced|restoring)-\d{8}T\d{6}\d*Z|\.(before)-\d{4}")


@dataclass(frozen=True, slots=True)
class Left:
    """A file that lies beside a store, with its log if it has one."""

    path: Path
    kind: str  # replaced, restoring, before or unfinished
    bytes: int
    changed_at: datetime


def found(store: Path, folders: Iterable[Path]) -> list[Left]:
    """Return what lies beside a store, and in the folders of its copies, that no daemon of ours works with."""
    sizes: dict[tuple[Path, str], list[tuple[int, float]]] = {}
    for folder in {store.parent: None, **dict.fromkeys(folders)}:
        with suppress(OSError):  # no such folder, or not for us to read
            for file in folder.iterdir():
                kind, path = _kind(store, file)
                if kind and file.is_file() and not file.is_symlink():
                    status = file.stat()
                    sizes.setdefault((path, kind), []).append((status.st_size, status.st_mtime))
    return [
        Left(path, kind, sum(size for size, _ in of), datetime.fromtimestamp(max(at for _, at in of), UTC))
        for (path, kind), of in sorted(sizes.items())
    ]


def _kind(store: Path, file: Path) -> tuple[str, Path]:
    """Return what a file is by its name, and the file that it belongs to; nothing if it is none of these."""
    if is_unfinished(file):
        return "unfinished", file
    path = file.with_name(file.name.removesuffix("-wal").removesuffix("-journal"))
    known = path.parent == store.parent and path.name.startswith(store.name)
    match = _STAMPED.fullmatch(path.name[len(store.name) :]) if known else None
    return (match[1] or match[2] if match else ""), path


def judged(left: Iterable[Left], store: Path, now: datetime, *, there: bool) -> Iterator[Told]:
    """Yield what is to be said of what lies there, with the remedy; `there`: the store itself is; pure."""
    for one in left:
        text, away = f"{one.path} ({one.bytes:,} bytes) ", f"rm {shlex.quote(str(one.path))}"
        match one.kind:
            case "replaced":
                remedy = f"if nothing in it is missed any more, end it: {away}*"
                yield "leftover", "note", f"{text}is the store that a restore replaced", remedy
            case "restoring" if there:
                remedy = f"run the restore again, or end it: {away}"
                yield (
                    "leftover",
                    "note",
                    f"{text}was laid by a restore that was cut off before it changed a thing",
                    remedy,
                )
            case "restoring":
                words = f"layoff-monitor --db {shlex.quote(str(store))} restore {shlex.quote(str(one.path))}"
                yield "leftover", "problem", f"{text}was to take the store's place when a restore was cut off", words
            case "before" if now - one.changed_at > PROVEN:
                yield "leftover", "note", f"{text}is the store as it was before an upgrade", f"end it: {away}"
            case "unfinished" if now - one.changed_at > UNDER_WAY:
                yield "leftover", "note", f"{text}is half a copy that was cut off", f"end it: {away}"


def of_files(settings: Settings, now: datetime) -> Iterator[Told]:
    """Yield what is to be said of what lies beside the store of these settings and among its copies."""
    store = settings.store.path.expanduser().resolve()
    left = found(store, [copies.folder_of(store, settings.backup.folder)])
    there = False
    with suppress(OSError):  # not for us to look at
        there = store.exists()
    return judged(left, store, now, there=there)
