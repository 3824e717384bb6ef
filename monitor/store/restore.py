"""Going back to a copy: the present store is moved aside, never deleted, and a checked copy takes its place.

Renames only, each flushed before the next, in an order that a kill or a loss of power can cut anywhere: there is never
a store with the log of another beside it, which SQLite would mix into one. What is under way is told by its names:

    monitor.db.restoring-STAMP      the checked copy that is to take the place; whole from the moment it has this name
    monitor.db.replaced-STAMP       the store that was there, with its log under `...-wal`

Cut off before the store was moved aside, nothing has changed; after it, no store is there and none is made
(`connection.state_on_disk` refuses) until the same command is run again, which begins by ending what was begun.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from glob import escape
from pathlib import Path
from stat import S_IMODE
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.errors import MonitorError, StoreError, StoreFullError, UsageError
from monitor.store import backup, meta, migrations
from monitor.store.connection import check_contents, check_writable, connect_copy, connect_read_only, state_on_disk
from monitor.store.owner import OwnerLock, alive, note
from monitor.store.rows import scalar
from monitor.store.upkeep import RESTORED

_LOGS: Final = ("-wal", "-journal")  # what SQLite would mix with another file of the store's name
_WAITING: Final = "state in ('pending', 'retrying', 'leased')"
_UNSENT: Final = "state = 'pending' and message_id is null"
_HELD: Final = "held back when the store was restored; `alerts retry` sends it"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in the store's place, and where that is which was there."""

    store: Path
    copy: backup.Copy  # as it now stands in the store's place
    kept: Path | None  # the store that was there
    older: bool  # made by an older program: the next start brings it up to date
    waiting: int  # deliveries that had not arrived when the copy was made
    held: bool  # they are not sent


def restore(
    store: Path, file: Path, *, now: datetime, hold: bool = False, reached: Callable[[str], None] = lambda _: None
) -> Restored:
    """Return what now stands in the store's place: the copy in `file`, checked as a whole.

    Raises UsageError for a file that is the store's own, in use or not there, StoreError for one that is no sound copy,
    StoreBusyError while a daemon has the store, MonitorError without room; the store is then as it was. `reached` is
    called after each step, by its name.
    """
    target = store.expanduser().resolve()
    source = _usable(target, file)
    check_writable(target)
    lock = OwnerLock(target)
    lock.take()
    try:
        stamp = f"{now:%Y%m%dT%H%M%S%fZ}"
        staged = target.with_name(f"{target.name}.restoring-{stamp}")
        waiting, older = _stage(source, target, staged, now, hold=hold)
        reached("staged")
        for step in swap(target, staged, stamp):
            reached(step)
    finally:
        lock.release()
    kept = target.with_name(f"{target.name}.replaced-{stamp}")
    return Restored(target, backup.described(target), kept if kept.exists() else None, older, waiting, hold)


def swap(store: Path, staged: Path, stamp: str) -> Iterator[str]:
    """Put a staged copy in the store's place and yield the name of each step after it; only for the owner."""
    folder = store.parent
    yield from _end_what_was_begun(store, staged)
    kept = store.with_name(f"{store.name}.replaced-{stamp}")
    if store.exists():
        store.rename(kept)
        backup.flush(folder)
        yield "store moved aside"
    yield from _move_logs(store, kept)
    staged.rename(store)
    backup.flush(folder)
    yield "copy in place"


def _end_what_was_begun(store: Path, staged: Path) -> Iterator[str]:
    """Give the log that a restore left behind to the store it is of, and remove what an earlier one staged."""
    for earlier in store.parent.glob(f"{escape(store.name)}.restoring-*"):
        if earlier == staged:
            continue
        kept = store.with_name(earlier.name.replace(".restoring-", ".replaced-"))
        if not store.exists() and kept.exists():
            yield from _move_logs(store, kept)
        earlier.unlink()
        backup.flush(store.parent)
        yield "earlier restore ended"


def _move_logs(store: Path, kept: Path) -> Iterator[str]:
    """Move the log of a store after it; what SQLite keeps in shared memory is made anew from the log."""
    moved = False
    for end in _LOGS:
        log = store.with_name(f"{store.name}{end}")
        if log.exists():
            log.rename(kept.with_name(f"{kept.name}{end}"))
            moved = True
    store.with_name(f"{store.name}-shm").unlink(missing_ok=True)
    backup.flush(store.parent)
    if moved:
        yield "log moved aside"


def _usable(target: Path, file: Path) -> Path:
    """Return the file with its links followed, or raise: it must be a copy that nobody writes, of this program."""
    source = file.expanduser().resolve()
    if source.is_dir():
        raise UsageError(f"{source} is a folder; name the copy in it that is to take the store's place")
    if not source.is_file():
        raise UsageError(f"there is no file {source}; name a copy that `layoff-monitor backup` or the daemon made")
    if backup.is_of(target, source):
        raise UsageError(f"{source} is the store itself or belongs to it; name a copy of it")
    logs = [source.with_name(f"{source.name}{end}") for end in _LOGS]
    if any(log.exists() and log.stat().st_size for log in logs):
        words = f"`layoff-monitor --db {source} backup FILE` makes a copy to go back to"
        raise UsageError(f"{source} is or was a store in use: its log lies beside it; {words}")
    if state_on_disk(source) == "new":
        raise StoreError(f"{source} is empty; name another copy")
    owner = note(source)
    if owner is not None and alive(owner, source):
        raise UsageError(f"{source} is a store in use; `layoff-monitor --db {source} backup FILE` makes a copy of it")
    check_contents(source, limit_s=1.0)  # a first look; all of it is checked as it is copied
    migrations.check_not_newer(source)
    return source


def _stage(source: Path, store: Path, staged: Path, now: datetime, *, hold: bool) -> tuple[int, bool]:
    """Lay a checked, flushed copy of the file beside the store; return what waits in it, and whether it is older."""
    with closing(connect_read_only(source)) as db:
        older = migrations.is_older(db)
        waiting = _waiting(db)
        finish = partial(_finish, store=store, now=now, hold=hold)
        try:
            backup.copy_verified(db, source, staged, backup.faults, finish)
        except (StoreFullError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else "its disk is full"
            raise MonitorError(f"{staged} cannot be written ({why}); the store is as it was") from error
    return waiting, older


def _finish(copy: Path, *, store: Path, now: datetime, hold: bool) -> None:
    _mark(copy, now=now, hold=hold)
    _give_as(store, copy)


def _give_as(store: Path, copy: Path) -> None:
    """Let who could use the store use the copy: root restores for a daemon that is somebody else, a group may read."""
    before = (store if store.exists() else store.parent).stat()
    if store.exists():
        copy.chmod(S_IMODE(before.st_mode))
    if os.geteuid() == 0:
        os.chown(copy, before.st_uid, before.st_gid)


def _waiting(db: Database) -> int:
    """Return how many deliveries of a copy had not arrived; of one from before there were messages, none are known."""
    if not {"messages", "deliveries"} <= set(db.table_names()):
        return 0
    sql = f"""
        select count(*) from deliveries d left join messages m on m.id = d.message_id
        where (d.state = 'pending' and d.message_id is null) or m.{_WAITING}
    """
    return int(scalar(db, sql))


def _mark(copy: Path, *, now: datetime, hold: bool) -> None:
    """Note in a copy that it is one to go on from, and hold back what waits in it if that is asked for."""
    with closing(connect_copy(copy)) as db:
        db.execute("begin")
        meta.put(db, RESTORED, to_text(now))
        if hold and {"messages", "deliveries"} <= set(db.table_names()):
            ended = f"state = 'expired', next_attempt_at = null, last_error = ?, ended_at = ? where {_WAITING}"
            db.execute(f"update messages set {ended}", [_HELD, to_text(now)])
            sql = f"select alert_id from deliveries where {_UNSENT}"
            db.execute(f"update alerts set why = coalesce(why, ?) where id in ({sql})", [_HELD.partition(";")[0]])
            db.execute(f"update deliveries set state = 'muted', due_at = null where {_UNSENT}")
        db.execute("commit")
