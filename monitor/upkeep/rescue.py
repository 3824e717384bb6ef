"""A store that is refused because it is damaged: which copy to go back to, and by which words (RELIABILITY.md P19)."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from monitor.clock import utc_now
from monitor.errors import StoreDamagedError
from monitor.settings import Settings
from monitor.store import copies
from monitor.store import restore as restoring


@contextmanager
def naming_a_copy(settings: Settings) -> Iterator[None]:
    """Let what is raised within of a damaged store also name the newest sound copy and the command that restores it."""
    try:
        yield
    except StoreDamagedError as error:
        raise StoreDamagedError(f"{error}. {way_back(settings)}") from error


def way_back(settings: Settings) -> str:
    """Return the sentence that names the newest sound copy and its command, or says that there is none."""
    store = settings.store.path.expanduser().resolve()
    kept = copies.newest_sound(store, settings.backup.folder)
    if kept is None:
        folder = copies.folder_of(store, settings.backup.folder)
        return f"There is no sound copy in {folder}: `layoff-monitor restore FILE` takes one from elsewhere"
    command = f"layoff-monitor --db {shlex.quote(str(store))} restore {shlex.quote(str(kept.path))}"
    return f"The newest sound copy is of {kept.made_at:%Y-%m-%d %H:%M} UTC; end the daemon and run: {command}"


def restore(settings: Settings, file: Path, *, hold: bool) -> dict[str, Any]:
    """Put a copy in the store's place; return what stands there now, and where that is which stood there."""
    done = restoring.restore(settings.store.path, file, now=utc_now(), hold=hold)
    kept = str(done.kept) if done.kept else None
    waited = {"older": done.older, "waiting": done.waiting, "held": done.held}
    return {**asdict(done.copy), "path": str(done.store), "file": str(file), "kept": kept, **waited}
