"""Is all well? Configuration, store, feeds, channels, clock, disk and versions, each with its remedy.

Reads, repairs nothing, asks nobody outside: safe beside a running daemon. The pure part judges values; `findings`
gathers them.
"""

import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from monitor import __version__
from monitor.clock import Clock, from_text, to_text, utc_now
from monitor.errors import FetchError, StoreError
from monitor.guard import Guard
from monitor.log import escaped
from monitor.settings import Channel, NetworkSettings, Settings
from monitor.store import Database, Store, feeds
from monitor.store.audit import audit
from monitor.store.owner import note as owner_note
from monitor.store.rows import rows, scalar

BUILD_YEAR: Final = 2026  # a clock before it is wrong (RELIABILITY.md T1)
PERSISTENT: Final = 3  # failures in a row after which a feed is a finding; fewer are weather
SHOWN: Final = 10  # feeds named one by one
WARN_FREE: Final = 500 * 2**20  # RELIABILITY.md S3
LEAST_FREE: Final = 100 * 2**20
LARGE_WAL: Final = 128 * 2**20  # RELIABILITY.md S8
RECENT: Final = timedelta(days=7)
NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.s3fs"}
)  # SQLite's log needs shared memory, which these do not give (sqlite.org/wal.html)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look brought; a problem is what `check` fails for, a note is worth knowing."""

    subject: str
    level: Literal["ok", "note", "problem"]
    text: str
    remedy: str = ""


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject, "ok", text)


def line(finding: Finding) -> str:
    """Return a finding as a line of text."""
    remedy = f" -> {finding.remedy}" if finding.remedy else ""
    return escaped(f"{finding.level:<7}  {finding.subject}: {finding.text}{remedy}")


def as_json(finding: Finding) -> dict[str, str]:
    """Return a finding as a JSON object."""
    return asdict(finding)


def failed(found: Iterable[Finding]) -> bool:
    """Return whether anything is wrong."""
    return any(finding.level == "problem" for finding in found)


# --- judging values ----------------------------------------------------------------------------------------


def configuration(settings: Settings) -> list[Finding]:
    """Return what is to be said of settings that are valid."""
    name = str(settings.config_file) if settings.config_file else "no file, packaged defaults"
    found = [_ok("configuration", name)]
    if settings.network.contact is None:
        remedy = 'set [network] contact = "you@example.org", so that a publisher can reach you'
        found.append(Finding("configuration", "note", "no contact in what is sent to publishers", remedy))
    return found


def channel_addresses(channels: Mapping[str, Channel], network: NetworkSettings) -> list[Finding]:
    """Return which channels lead where nothing may be sent; names are not resolved."""
    if not channels:
        remedy = "add a [channels.NAME] to the configuration"
        return [Finding("channels", "note", "none: alerts are raised and listed, not sent", remedy)]
    guard = Guard(network.allow_private, network.allow_ports)
    found = []
    for name, channel in channels.items():
        try:
            guard.check_url(channel.url)
        except FetchError as error:
            remedy = "correct its url, or allow the target in [network] allow_private or allow_ports"
            found.append(Finding(f"channel {name}", "problem", f"{error.reason}: {error.detail}", remedy))
    return found


def deliveries(channels: Mapping[str, Channel], states: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return how each channel fared lately; `states` are rows of channel, state, number and last_error."""
    found: list[Finding] = []
    failing = {str(row["channel"]): row for row in states if row["state"] in {"retrying", "expired", "refused"}}
    for name in channels:
        row = failing.get(name)
        if row is None:
            found.append(_ok(f"channel {name}", "no failed delivery in the last 7 days"))
            continue
        text = f"{row['number']} {row['state']}: {row['last_error'] or 'no reason given'}"
        remedy = "see `layoff-monitor alerts list`, and whether the receiver works"
        level: Literal["note", "problem"] = "note" if row["state"] == "retrying" else "problem"
        found.append(Finding(f"channel {name}", level, text, remedy))
    return found


def feed_states(listing: list[dict[str, Any]]) -> list[Finding]:
    """Return how the feeds fare: one line for all, one more for each that fails."""
    if not listing:
        return [Finding("feeds", "note", "none", "`layoff-monitor feeds add` or `feeds import` brings some")]
    bad = [feed for feed in listing if feed["state"] in {"failing", "blocked", "gone"}]
    found = [_ok("feeds", f"{len(listing)}, of which {len(listing) - len(bad)} answer or were not asked yet")]
    for feed in bad[:SHOWN]:
        lasting = feed["state"] != "failing" or feed["failures"] >= PERSISTENT
        text = f"{feed['state']}, {feed['failures']} times in a row: {feed['last_error'] or 'no reason given'}"
        remedy = f"look at its address; `layoff-monitor feeds remove {feed['url']}` ends it" if lasting else ""
        found.append(Finding(f"feed {feed['url']}", "problem" if lasting else "note", text, remedy))
    if len(bad) > SHOWN:
        lasting = any(feed["state"] != "failing" or feed["failures"] >= PERSISTENT for feed in bad[SHOWN:])
        level: Literal["note", "problem"] = "problem" if lasting else "note"
        found.append(Finding("feeds", level, f"and {len(bad) - SHOWN} more", "`feeds list` shows them all"))
    return found


def clock_state(now: datetime, newest: str | None) -> list[Finding]:
    """Return whether the clock can be right, seen from the build and from the newest moment in the store."""
    remedy = "set the clock; turn time synchronisation on"
    if now.year < BUILD_YEAR:
        return [Finding("clock", "problem", f"it says {now:%Y-%m-%d}, before this program was made", remedy)]
    if newest and from_text(newest) - now > timedelta(minutes=5):
        return [Finding("clock", "problem", f"it says {now:%Y-%m-%d %H:%M}, the store has {newest}", remedy)]
    return [_ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")]


def room(free: int, wal: int) -> list[Finding]:
    """Return whether there is room beside the store, in bytes, and whether its log is let grow."""
    text = f"{free // 2**20} MiB free beside the store"
    found = [_ok("disk", text)]
    if free < WARN_FREE:
        level: Literal["note", "problem"] = "problem" if free < LEAST_FREE else "note"
        found = [Finding("disk", level, text, "make room; below 100 MiB nothing more is polled safely")]
    if wal > LARGE_WAL:
        remedy = "end the reader that holds it: a `serve`, or another program with the store open"
        found.append(Finding("disk", "note", f"the store's log has grown to {wal // 2**20} MiB", remedy))
    return found


def file_system(path: Path, mounts: str) -> list[Finding]:
    """Return a problem if the path lies on a network file system; `mounts` is the text of /proc/self/mounts."""
    best, kind = "", ""
    for mount in mounts.splitlines():
        point, fs = [*mount.split(" "), "", "", ""][1:3]
        point = point.replace("\\040", " ")
        inside = path == Path(point) or Path(point) in path.parents
        if point and inside and len(point) >= len(best):
            best, kind = point, fs
    if kind in NETWORK_FILE_SYSTEMS:
        remedy = "move the store to a local disk: over a network SQLite loses data"
        return [Finding("disk", "problem", f"the store lies on a network file system ({kind} at {best})", remedy)]
    return []


# --- gathering ---------------------------------------------------------------------------------------------


_DELIVERIES: Final = """
select channel, state, count(*) as number, max(last_error) as last_error from deliveries_view
where last_attempt_at >= ? group by channel, state order by channel, state in ('expired', 'refused')
"""
_NEWEST: Final = """
select max(moment) from (
  select max(last_polled_at) as moment from feeds
  union all select * from (select first_seen_at from articles order by id desc limit 1)
)
"""


def _versions(sqlite: str) -> Finding:
    python = ".".join(str(part) for part in sys.version_info[:3])
    names = ("httpx", "feedparser", "trafilatura", "datasette", "apscheduler")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return _ok("versions", f"layoff-monitor {__version__}, Python {python}, SQLite {sqlite}, {libraries}")


def _owner(path: Path) -> Finding:
    noted = owner_note(path)
    if noted is None:
        return _ok("owner", "no daemon has this store")
    return _ok("owner", f"process {noted.pid} on {noted.host}, since {noted.started_at}")


def _of_store(db: Database, settings: Settings, now: datetime) -> list[Finding]:
    """Return what the store itself tells, in one snapshot."""
    articles, waiting = (
        scalar(db, sql)
        for sql in ("select count(*) from articles", "select count(*) from entries where outcome is null")
    )
    faults = audit(db, now)
    found = [Finding(fault.check, fault.level, fault.text, fault.remedy) for fault in faults]
    if not any(fault.level == "problem" for fault in faults):
        found.insert(0, _ok("store", f"sound; {articles} articles, {waiting} entries wait"))
    recent = rows(db, _DELIVERIES, [to_text(now - RECENT)])
    return [
        *found,
        *feed_states(feeds.listing(db)),
        *channel_addresses(settings.channels, settings.network),
        *deliveries(settings.channels, recent),
        *clock_state(now, scalar(db, _NEWEST)),
        _versions(scalar(db, "select sqlite_version()")),
    ]


def _disk(path: Path) -> list[Finding]:
    wal = path.with_name(f"{path.name}-wal")
    found = room(shutil.disk_usage(path.parent).free, wal.stat().st_size if wal.exists() else 0)
    mounts = Path("/proc/self/mounts")
    return found + (file_system(path, mounts.read_text(encoding="utf-8", errors="replace")) if mounts.exists() else [])


async def findings(settings: Settings, *, clock: Clock = utc_now) -> list[Finding]:
    """Return one finding for everything looked at, in a fixed order; a store that cannot be used is a problem."""
    found = configuration(settings)
    try:
        with Store.open(settings.store.path, clock=clock, read_only=True) as store:
            found += [_ok("store", str(store.path)), _owner(store.path), *_disk(store.path)]
            found += await store.read(lambda db: _of_store(db, settings, clock()))
    except StoreError as error:
        found.append(Finding("store", "problem", str(error)))
        found += channel_addresses(settings.channels, settings.network) + clock_state(clock(), None)
    return found
