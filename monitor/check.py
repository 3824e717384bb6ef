"""Is all well? Configuration, store, feeds, channels, clock, disk and versions, each with its remedy.

Reads, repairs nothing, asks nobody outside: safe beside a daemon. The pure part judges values; `findings` gathers them.
"""

import socket
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from monitor import __version__, opinion
from monitor.alerts import standing
from monitor.alerts.shadows import shadows
from monitor.clock import BUILD_YEAR, Clock, from_text, to_text, utc_now
from monitor.errors import MonitorError, StoreBusyError, StoreDamagedError, StoreError
from monitor.log import escaped
from monitor.model import FeedState, Reason
from monitor.settings import Channel, NetworkSettings, RuleSettings, Settings
from monitor.store import Database, Store, channels, disk, feeds, opinions, watching
from monitor.store.audit import audit
from monitor.store.owner import alive
from monitor.store.owner import note as owner_note
from monitor.store.rows import rows, scalar
from monitor.upkeep import leftovers, telling
from monitor.upkeep.rescue import way_back

PERSISTENT: Final = 3  # failures in a row after which a feed is a finding; fewer are weather
_OWN: Final = frozenset({Reason.BLOCKED_ADDRESS, Reason.BLOCKED_PORT, Reason.BLOCKED_SCHEME, Reason.REDIRECT_BLOCKED})
SHOWN: Final = 10  # feeds named one by one
RECENT: Final = timedelta(days=7)
Level = Literal["note", "problem"]


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


def configuration(settings: Settings) -> list[Finding]:
    """Return what is to be said of settings that are valid."""
    name = str(settings.config_file) if settings.config_file else "no file, packaged defaults"
    found = [_ok("configuration", name)]
    if settings.network.contact is None:
        remedy = 'set [network] contact = "you@example.org", so that a publisher can reach you'
        found.append(Finding("configuration", "note", "no contact in what is sent to publishers", remedy))
    return found


def daemon(store: Path, silence: MonitorError | None) -> Finding:
    """Return whether a daemon works with the store; `silence` is what asking it raised."""
    if silence is None:
        return _ok("daemon", "it answers, and its store takes what it writes")
    nobody = isinstance(silence, StoreBusyError)
    text = f"none answers that has {store}" if nobody else str(silence)
    return Finding("daemon", "problem", text, "start one with `layoff-monitor run`; if one runs, see its log")


def channel_addresses(channels: Mapping[str, Channel], network: NetworkSettings) -> list[Finding]:
    """Return which channels lead where nothing may be sent; names are not resolved."""
    return [Finding(*told) for told in standing.addresses(channels, network)]


def deliveries(channels: Mapping[str, Channel], states: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return how each channel fared lately; `states` are rows of channel, state, number and last_error."""
    return [Finding(*told) for told in standing.deliveries(channels, states)]


def feed_states(listing: list[dict[str, Any]], contact: str | None = None) -> list[Finding]:
    """Return how the feeds fare: one line for all, one more for each of which there is something to say."""
    if not listing:
        return [Finding("feeds", "note", "none", "`layoff-monitor feeds add` or `feeds import` brings some")]
    counts = Counter(feed["state"] for feed in listing)
    told = [finding for feed in listing for finding in (_fares(feed, contact), *_habits(feed)) if finding]
    told.sort(key=lambda finding: finding.level == "note")  # what is shown of many is the worst
    states = ", ".join(f"{number} {state}" for state, number in counts.most_common())
    found = [_ok("feeds", f"{len(listing)}: {states}")]
    if len(told) > SHOWN:
        level, more = told[SHOWN].level, len(told) - SHOWN
        told[SHOWN:] = [Finding("feeds", level, f"and {more} more like these", "`feeds list` shows them all")]
    return found + told


def _fares(feed: Mapping[str, Any], contact: str | None) -> Finding | None:
    """Return what is to be said of a feed's state, with the remedy; None if it does well."""
    url, since, failures = feed["url"], feed["last_new_at"], feed["failures"]
    times = "once" if failures == 1 else f"{failures} times in a row"
    error = f"{times}: {feed['last_error'] or 'no reason given'}"
    more = f"`layoff-monitor explain {url}` tells more"
    lasting = failures >= PERSISTENT or feed["last_reason"] in _OWN
    level: Level = "problem" if lasting else "note"
    match FeedState(feed["state"]):
        case FeedState.OK:
            return None
        case FeedState.QUIET:
            level, text = "note", f"quiet: nothing new since {since}, far longer than it ever was of late"
            remedy = f"see whether its site goes on elsewhere; {more}"
        case FeedState.SILENT_ZERO:
            level = "problem" if since else "note"  # one that never listed anything may still be waiting for its first
            text = f"silent_zero: it answers with a document that lists nothing; last new entry {since or 'never'}"
            remedy = f"see whether its site has another feed: `layoff-monitor feeds add` finds it; {more}"
        case FeedState.FAILING:
            text = f"failing, {error}"
            ends = f"look at its address; `layoff-monitor feeds remove {url}` ends it"
            remedy = ends if lasting else "nothing to do yet: it is asked again"
        case FeedState.BLOCKED:
            text, remedy = f"blocked, {error}", f"{_remedy(feed, contact)}; {more}"
        case FeedState.GONE:
            level, text = "problem", f"gone, {error}"
            remedy = f"`layoff-monitor feeds remove {url}` ends it; `feeds add` asks it again if it is back"
    return Finding(f"feed {url}", level, text, remedy)


def _remedy(feed: Mapping[str, Any], contact: str | None) -> str:
    """Return what helps a feed that is refused: by ourselves, by a server that rests, or by its publisher."""
    if feed["last_reason"] in _OWN:
        return "if it is meant, allow it in [network] allow_private or allow_ports"
    if "503" in (feed["last_error"] or ""):
        return "nothing to do: its server is being maintained or has too much to do, and is asked again"
    if feed["failures"] < PERSISTENT:
        return "nothing to do yet: it is asked again, later and later"
    return "ask its publisher" if contact else "set a contact in [network], so that its publisher can let us in"


def _habits(feed: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is worth knowing of a feed that does well otherwise."""
    subject = f"feed {feed['url']}"
    if feed["moved_to"]:
        text = f"its server says that it moved to {feed['moved_to']}"
        yield Finding(subject, "note", text, "nothing to do: after a week without a break that is its address")
    if feed["read_in_part"]:
        yield Finding(subject, "note", "its document is broken and is read in part", "tell its publisher")
    if feed["guids_changed_at"]:
        yield Finding(subject, "note", "it gives known links new guids", "nothing to do: they are told by their links")
    if feed["false_304s"]:
        times = "once" if feed["false_304s"] == 1 else f"{feed['false_304s']} times"
        text = f"it said {times} that nothing had changed when something had"
        yield Finding(subject, "note", text, "nothing to do: it is asked for the whole document in between")


def clock_state(now: datetime, newest: str | None) -> list[Finding]:
    """Return whether the clock can be right, seen from the build and from the newest moment in the store."""
    remedy = "set the clock; turn time synchronisation on"
    if now.year < BUILD_YEAR:
        return [Finding("clock", "problem", f"it says {now:%Y-%m-%d}, before this program was made", remedy)]
    if newest and from_text(newest) - now > timedelta(minutes=5):
        return [Finding("clock", "problem", f"it says {now:%Y-%m-%d %H:%M}, the store has {newest}", remedy)]
    return [_ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")]


def room(free: int | None, log: int, readers: Sequence[str] = ()) -> list[Finding]:
    """Return whether there is room beside the store, in bytes, and whether its log is let grow, and by whom."""
    text = "its disk does not say how much is free" if free is None else f"{free // 2**20} MiB free beside the store"
    found = [_ok("disk", text)]
    if free is None:
        remedy = "see whether the disk is mounted and sound; nothing is polled or fetched meanwhile"
        found = [Finding("disk", "problem", text, remedy)]
    elif free < disk.LEAST_FREE:
        least = f"{text}: below {disk.LEAST_FREE // 2**20} nothing is polled and no page fetched"
        found = [Finding("disk", "problem", least, "make room; the daemon goes on by itself")]
    elif free < disk.WARN_FREE:
        remedy = f"make room; below {disk.LEAST_FREE // 2**20} MiB nothing is polled and no page fetched"
        found = [Finding("disk", "note", text, remedy)]
    if log > disk.LARGE_LOG:
        who = f"process {', '.join(readers)}" if readers else "a `serve`, or another program with the store open"
        text = f"the store's log has grown to {log // 2**20} MiB, which only a reader that does not end can do"
        found.append(Finding("disk", "note", text, f"end the reader: {who}"))
    return found


def file_system(mount: disk.Mount | None) -> list[Finding]:
    """Return what is wrong or doubtful about the file system under the store."""
    why, doubt = disk.unfit(mount), disk.doubtful(mount)
    if why is not None:
        return [Finding("disk", "problem", f"the store {why}", "move the store to a local disk")]
    return [Finding("disk", "note", f"the store {doubt}", "move the store to a local disk")] if doubt else []


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
    python = ".".join(map(str, sys.version_info[:3]))
    names = ("httpx", "feedparser", "trafilatura", "datasette", "apscheduler")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    return _ok("versions", f"layoff-monitor {__version__}, Python {python}, SQLite {sqlite}, {libraries}")


def _owner(path: Path) -> Finding:
    noted = owner_note(path)
    if noted is None:
        return _ok("owner", "no daemon has this store")
    if noted.host == socket.gethostname() and not alive(noted, path):  # of another machine only its kernel can tell
        return _ok("owner", f"noted process {noted.pid} is gone or has another file; the next daemon takes over")
    return _ok("owner", f"process {noted.pid} on {noted.host}, since {noted.started_at}")


def _of_store(db: Database, settings: Settings, now: datetime) -> list[Finding]:
    """Return what the store itself tells, in one snapshot."""
    articles = scalar(db, "select count(*) from articles")
    waiting = scalar(db, "select count(*) from entries where outcome is null")
    faults = audit(db, now)
    found = [Finding(fault.check, fault.level, fault.text, fault.remedy) for fault in faults]
    if not any(fault.level == "problem" for fault in faults):
        found.insert(0, _ok("store", f"sound; {articles} articles, {waiting} entries wait"))
    recent = rows(db, _DELIVERIES, [to_text(now - RECENT)])
    return [
        *found,
        *(Finding(f"rule {one['rule']}", "note", f"in shadow: {one['why']}") for one in shadows(db, settings.rules)),
        *(_unwatched(rule) for rule in settings.rules if _watches_nobody(db, rule)),
        *feed_states(feeds.listing(db), settings.network.contact),
        *channel_addresses(settings.channels, settings.network),
        *deliveries(settings.channels, recent),
        *(Finding(*told) for told in standing.disabled(settings.channels, channels.listing(db))),
        *(Finding("second opinion", *told) for told in opinion.standing(settings, opinions.month(db, now))),
        *(Finding(*told) for told in (*telling.of_store(db, settings, now), *telling.in_clear(settings.channels))),
        *clock_state(now, scalar(db, _NEWEST)),
        _versions(scalar(db, "select sqlite_version()")),
    ]


def _watches_nobody(db: Database, rule: RuleSettings) -> bool:
    return bool(rule.watched and not rule.employers and not watching.size(db, rule.watched))


def _unwatched(rule: RuleSettings) -> Finding:
    text = f"tells of nothing: nobody is on the watch-list {rule.watched!r}"
    return Finding(f"rule {rule.name}", "note", text, f"`layoff-monitor watch add COMPANY --list {rule.watched}`")


def _disk(path: Path) -> list[Finding]:
    judged = room(disk.free_if_told(path.parent), disk.log_bytes(path), disk.present_readers(path))
    return judged + file_system(disk.present_mount(path))


async def findings(settings: Settings, *, clock: Clock = utc_now) -> list[Finding]:
    """Return one finding for everything looked at, in a fixed order; a store that cannot be used is a problem."""
    found = configuration(settings)
    try:
        with Store.open(settings.store.path, clock=clock, read_only=True) as store:
            found += [_ok("store", str(store.path)), _owner(store.path), *_disk(store.path)]
            found += await store.read(lambda db: _of_store(db, settings, clock()))
        found += [Finding(*told) for told in (*telling.of_clock(store.path, clock()), *telling.of_files(settings))]
    except StoreError as error:
        remedy = way_back(settings) if isinstance(error, StoreDamagedError) else ""
        found.append(Finding("store", "problem", str(error), remedy))
        found += channel_addresses(settings.channels, settings.network) + clock_state(clock(), None)
    found += [Finding(*told) for told in leftovers.of_files(settings, clock())]
    return found
