"""What `check` says of copies, trimming, a cluster, files and the clock, each with its remedy. The judging is pure."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from monitor.clock import LEAST_STEP, from_text, steady_s
from monitor.settings import Channel, Settings, WebhookChannel
from monitor.settings.mailing import is_loopback
from monitor.store import Database, copies, meta, upkeep
from monitor.store.copies import Kept
from monitor.store.owner import Process, alive, note
from monitor.store.upkeep import RESTORED, Standing

Told = tuple[str, Literal["ok", "note", "problem"], str, str]  # subject, level, text, remedy

LATE: Final = timedelta(hours=49)  # two nights and an hour, after which a copy is missing
CLUSTER: Final = "cluster"  # key in meta: what the engine of a cluster held when home last looked, as JSON
UNHEARD: Final = timedelta(minutes=3)  # home notes it once a minute, and when it changes


def backups(standing: Standing, newest: Kept | None, fault: str | None, now: datetime, folder: Path) -> Iterator[Told]:
    """Yield how old the newest copy is, where it lies and whether it is sound, and why the last try failed; pure."""
    if standing.failure:
        yield "backup", "problem", f"the last try failed: {standing.failure}", "it is tried again every hour"
    if newest is None:
        remedy = "a running daemon makes one each night; `layoff-monitor backup FILE` makes one now"
        yield "backup", "problem" if standing.done_at else "note", f"no copy in {folder}", remedy
        return
    text = f"the newest copy is of {newest.made_at:%Y-%m-%d %H:%M} UTC, {newest.bytes:,} bytes: {newest.path}"
    if fault:
        remedy = "`layoff-monitor backup FILE` makes one now; see whether the disk is sound"
        yield "backup", "problem", f"{text} is not sound ({fault})", remedy
    elif now - newest.made_at > LATE:
        yield "backup", "problem", f"{text}, more than two nights ago", "let the daemon run by night; see its log"
    else:
        yield "backup", "ok", text, ""


def of_store(db: Database, settings: Settings, now: datetime) -> Iterator[Told]:
    """Yield what is to be said of the copies of a store, of its trimming, of its cluster and of a restore before."""
    store, chosen = settings.store.path.expanduser().resolve(), settings.backup
    if not chosen.keep:
        yield "backup", "note", "none are made", "set [backup] keep to the number of nights to go back"
    else:
        folder = copies.folder_of(store, chosen.folder)
        newest = next(iter(copies.nightly(store, folder)), None)
        fault = copies.fault(newest.path) if newest else None
        yield from backups(upkeep.standing(db, "backup"), newest, fault, now, folder)
    if failure := upkeep.standing(db, "retention").failure:
        yield "retention", "problem", f"the last try failed: {failure}", "it is tried again every hour"
    if settings.cluster.url is not None:
        yield from cluster(meta.get(db, CLUSTER), now)
    if restored := meta.get(db, RESTORED):
        yield "store", "ok", f"goes on from a copy since {restored}", ""


def cluster(noted: str | None, now: datetime) -> Iterator[Told]:
    """Yield how many workers a cluster has and what waits for them, as home noted it; pure."""
    if noted is None:
        yield "cluster", "note", "home has not looked yet", "start it: `layoff-monitor run`"
        return
    state = json.loads(noted)
    waits = f"{state['waiting']} batches wait, {state['running']} are under way, {state['results']} results come in"
    if now - from_text(state["at"]) > UNHEARD:
        remedy = "see whether `layoff-monitor run` runs, and in its log whether PostgreSQL answers"
        yield "cluster", "problem", f"home has heard nothing of PostgreSQL since {state['at']}", remedy
    elif not state["workers"]:
        remedy = "start `layoff-monitor worker`; if some run, see their logs"
        yield "cluster", "problem", f"no worker is heard, so no page is fetched; {waits}", remedy
    else:
        heard = f"{state['workers']} workers heard, which carry {state['places']} batches at once"
        yield "cluster", "ok", f"{heard}; {waits}", ""
    if state["failed"]:
        remedy = "see the logs of the workers; their entries have been handed out again"
        yield "cluster", "note", f"{state['failed']} jobs of the last week failed for good", remedy


def clock_of(owner: Process, now: datetime, up_s: float) -> Iterator[Told]:
    """Yield by how much the clock was set since its owner took the store, by a clock that cannot be set; pure.

    `up_s` is what that clock says now.
    """
    if not owner.started_s:
        return
    ran = timedelta(seconds=up_s - owner.started_s)
    by = (now - from_text(owner.started_at)) - ran
    if abs(by) > LEAST_STEP * 5:
        way = "forward" if by > timedelta(0) else "back"
        text = f"was set {way} by {abs(by).total_seconds():.0f} seconds since the daemon began"
        yield "clock", "note", text, "nothing to do, if it is right now: what waits was moved with it"


def of_clock(store: Path, now: datetime) -> Iterator[Told]:
    """Yield what comparing the clock with the machine's own count brings; nothing without a daemon on this machine."""
    owner = note(store)
    if owner is not None and alive(owner, store) and hasattr(time, "CLOCK_BOOTTIME"):
        yield from clock_of(owner, now, steady_s())


def open_files(modes: Mapping[Path, int]) -> Iterator[Told]:
    """Yield which files others may write, or, where they hold what is told to few, read; pure."""
    for path, mode in modes.items():
        if mode & 0o022:
            yield "files", "problem", f"others can write {path} (mode {mode:04o})", f"run: chmod go-w {path}"


def of_files(settings: Settings) -> Iterator[Told]:
    """Yield what is wrong with the permissions of store, copies and settings.

    Files of secrets that others can read are refused whenever settings are read (`settings.secrets`).
    """
    store = settings.store.path.expanduser().resolve()
    folder = copies.folder_of(store, settings.backup.folder)
    kept = [copy.path for copy in copies.nightly(store, folder)]
    asked = [store, folder, *kept, *([settings.config_file] if settings.config_file else [])]
    yield from open_files(dict(_modes(asked)))


def _modes(paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    for path in paths:
        with suppress(OSError):  # it is not there, or not for us to look at
            yield path, path.stat().st_mode & 0o777


def in_clear(channels: Mapping[str, Channel]) -> Iterator[Told]:
    """Yield which webhooks are told in clear text; no setting leaves a certificate unchecked; pure."""
    for name, channel in channels.items():
        if isinstance(channel, WebhookChannel):
            parts = urlsplit(channel.url)
            if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
                text = f"alerts go to {parts.hostname} in clear text"
                yield f"channel {name}", "note", text, "use https:// where others could read or change what is sent"
