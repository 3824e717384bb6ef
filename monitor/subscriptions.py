"""What to follow: addresses and lists that a person gives -> candidates to choose from, and feeds in the store.

Finding and reading store nothing; `add` stores all it is given in one transaction. In between somebody may look.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from monitor.clock import DAY_S, from_text, to_text
from monitor.discover import Candidate, Eyes, Search, find
from monitor.errors import FetchError, MonitorError, UsageError, without_user
from monitor.guard import Guard
from monitor.identity import canonical_url, queue_key
from monitor.model import Cadence, FeedEntry, Reason
from monitor.pipeline import Runtime
from monitor.poll import FeedList, FeedSummary, address_meant, read_feed_list
from monitor.poll.cadence import longest_wait_s
from monitor.settings import PollSettings, Settings
from monitor.store import Database, feeds
from monitor.store.courtesy import courtesy_of
from monitor.store.listed import listed
from monitor.store.rows import update

logger = logging.getLogger("monitor")

SITES_AT_ONCE: Final = 8
AS_GIVEN: Final = "store the address unseen with --as-given"
RESTS: Final = "try again then"
_ANY_MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_REMEDIES: Final[Mapping[Reason, str]] = {
    Reason.BLOCKED_ADDRESS: "if it is meant, list it in [network] allow_private",
    Reason.BLOCKED_PORT: "if it is meant, list the port in [network] allow_ports",
    Reason.BLOCKED_SCHEME: "give an http or https address",
    Reason.REFUSED_VALUE: "give an http or https address",
    Reason.NOT_A_FEED: "give the feed's own address",
}
_REFUSALS: Final = frozenset({401, 403, 451})
_NOT_THERE: Final = frozenset({404, 410})


# --- values ------------------------------------------------------------------------------------------------


def fault_of(error: MonitorError, contact: str | None, now: datetime) -> dict[str, str]:
    """Return why an address is refused and what to do about it; `contact` is what publishers are told, if anything."""
    if until := asked_until(error, now):
        return {"reason": f"asked to be left alone until {spoken(until, now)}", "remedy": f"{RESTS}, or {AS_GIVEN}"}
    text = f"{error.reason}: {error.detail}" if isinstance(error, FetchError) else str(error)
    return {"reason": text, "remedy": remedy_of(error, contact) or f"try again later, or {AS_GIVEN}"}


def remedy_of(error: MonitorError, contact: str | None) -> str | None:
    """Return what a person can do about a refusal, by its status or reason; None where only time helps."""
    status = getattr(error, "status", None)
    if status in _REFUSALS:
        ours = "ask the publisher" if contact else "set a contact under [network], or ask the publisher"
        return f"it refuses us: {ours}"
    if status in _NOT_THERE:
        return "give the site's address, its feed may have moved"
    return _REMEDIES.get(getattr(error, "reason", None))  # type: ignore[arg-type]  # None is no reason


def asked_until(error: MonitorError, now: datetime) -> datetime | None:
    """Return until when a server asked to be left alone, a day at most; None if it named no time."""
    asked_s = error.retry_after_s if isinstance(error, FetchError) and error.reason is Reason.RATE_LIMITED else None
    return None if asked_s is None else now + timedelta(seconds=min(asked_s, DAY_S))


def spoken(until: datetime, now: datetime) -> str:
    """Return a moment as it is told to a person: "14:05 UTC", with its day if that is another."""
    return f"{until:%H:%M} UTC" if until.date() == now.date() else f"{until:%Y-%m-%d %H:%M} UTC"


class Rests:
    """What servers asked for within one command: a queue of which two feeds asked to be left alone is left alone."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, datetime]] = defaultdict(dict)  # of each queue: feed -> until when

    def note(self, url: str, until: datetime | None) -> None:
        """Remember that the server of a feed asked to be left alone, if it did."""
        if until is not None:
            self._asked[queue_key(url)][canonical_url(url)] = until

    def until(self, url: str) -> datetime | None:
        """Return until when nothing more is asked of the queue of an address; None if it may be asked."""
        asked = self._asked[queue_key(url)].values()
        return max(asked) if len(asked) >= 2 else None


def candidate_json(candidate: Candidate, settings: PollSettings) -> dict[str, Any]:
    """Return a candidate as a JSON object: what it is, its newest entries, its pace and how often it will be polled."""
    return {
        "url": candidate.url,
        "title": candidate.feed.title,
        "kind": candidate.dialect,
        "where": candidate.where,
        "comments": candidate.comments,
        **summary_json(candidate.feed),
        "newest": [_entry_json(entry) for entry in candidate.feed.newest],
        "polled_every_s": polled_every_s(max(candidate.feed.ttl_s or 0, candidate.max_age_s or 0), settings),
    }


def summary_json(feed: FeedSummary) -> dict[str, Any]:
    """Return the figures of a feed's document as a JSON object."""
    return {
        "entries": feed.entries,
        "newest_at": to_text(feed.newest_at) if feed.newest_at else None,
        "per_day": feed.per_day,
        "holds_s": feed.span_s,
        "ttl_s": feed.ttl_s,
        "partial": feed.partial,
    }


def polled_every_s(asked_s: float, settings: PollSettings) -> dict[str, int]:
    """Return the seconds between two polls, at first, at least, at most, and at most while it is lively.

    `asked_s` is the longer of what its document (ttl) and its server (max-age) ask for; lively is what brought
    something within a day. It is what `poll.next_poll` comes to.
    """
    least_s = max(settings.min_interval_s, int(min(asked_s, DAY_S)))
    most_s = max(min(settings.max_interval_s, DAY_S), least_s)
    lively_s = longest_wait_s(Cadence(last_new_at=_ANY_MOMENT), _ANY_MOMENT + timedelta(days=1))
    return {
        "first": min(max(settings.start_interval_s, least_s), most_s),
        "least": least_s,
        "most": most_s,
        "lively": min(max(int(lively_s), least_s), most_s),
    }


def held_until(holds: Iterable[str | None], now: datetime) -> datetime | None:
    """Return until when a server asked to be left alone, the latest of these moments; None if it may be asked now."""
    return max((from_text(hold) for hold in holds if hold and from_text(hold) > now), default=None)


def _entry_json(entry: FeedEntry) -> dict[str, Any]:
    return {
        "published_at": to_text(entry.published_at) if entry.published_at else None,
        "title": entry.title or entry.summary[:100],
        "url": entry.url,
    }


def _search_json(asked: str, url: str, search: Search, settings: Settings, now: datetime) -> dict[str, Any]:
    fault = search.fault
    return {
        "asked": without_user(asked),
        "url": without_user(url),
        "known": False,
        "candidates": [candidate_json(candidate, settings.poll) for candidate in search.candidates],
        "spare": list(search.spare),
        "refused": fault_of(fault, settings.network.contact, now) if fault and not search.candidates else None,
        "note": str(fault) if fault and search.candidates else None,
    }


# --- the edge ----------------------------------------------------------------------------------------------


def eyes(runtime: Runtime) -> Eyes:
    """Return what looking for feeds needs of what this process works with."""
    tools = runtime.tools
    return Eyes(tools.gate, tools.sandbox, tools.clock, runtime.settings.network.host_delay_s, tools.stopping)


async def search(runtime: Runtime, asked: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is found at each address, in their order; nothing is stored, and what is known is not asked."""
    places, rests, found = asyncio.Semaphore(SITES_AT_ONCE), Rests(), dict[str, dict[str, Any]]()
    queues: dict[str, list[str]] = defaultdict(list)
    for text in dict.fromkeys(asked):
        queues[queue_key(address_meant(text))].append(text)

    async def one_queue(texts: Sequence[str]) -> None:
        async with places:
            for text in texts:
                found[text] = await _search_one(runtime, text, rests)

    await asyncio.gather(*(one_queue(texts) for texts in queues.values()))
    return [found[text] for text in asked]


async def _search_one(runtime: Runtime, text: str, rests: Rests) -> dict[str, Any]:
    url, now = address_meant(text), runtime.tools.clock()
    known = await runtime.store.read(partial(listed, urls=[url]))
    if known:
        return _search_json(text, url, Search(), runtime.settings, now) | {"known": True}
    host = await runtime.store.read(partial(courtesy_of, url=url, now=now))
    if hold := held_until([host["feeds_hold_until"]], now) or rests.until(url):
        left_s = (hold - now).total_seconds()
        rest = FetchError(Reason.RATE_LIMITED, url, "its server asked to be left alone", retry_after_s=left_s)
        return _search_json(text, url, Search(fault=rest), runtime.settings, now)
    found = await find(url, eyes(runtime))
    now = runtime.tools.clock()
    if found.fault:
        rests.note(url, asked_until(found.fault, now))
    logger.info("feeds.searched", extra={"url": without_user(url), "found": len(found.candidates)})
    moved = await runtime.store.read(partial(listed, urls=[one.url for one in found.candidates]))
    answer = _search_json(text, url, found, runtime.settings, now)
    for candidate in answer["candidates"]:
        candidate["known"] = canonical_url(candidate["url"]) in moved
    return answer


async def read_list(runtime: Runtime, body: bytes, *, lift: bool) -> dict[str, Any]:
    """Return what a list of feeds would bring: `{"new": [{"url", "title"}], "known": [...], "refused": [...]}`.

    It is read in the sandbox, and each address is put to the guard. `lift`: an OPML file may list any number of
    feeds. Raises UsageError for what is no list.
    """
    read: FeedList
    if lift:
        read = await runtime.tools.sandbox.run("feed", read_feed_list, body, None)
    else:
        read = await runtime.tools.sandbox.run("feed", read_feed_list, body)
    if not (read.feeds or read.refused):
        raise UsageError("it lists no feeds; OPML or one address a line is read")
    refused = [{**asdict(bad), "url": without_user(bad.url)} for bad in read.refused]
    guard, fine = Guard.of(runtime.settings.network), []
    for listing in read.feeds:
        if reason := _refusal(guard, listing.url):
            refused.append({"place": listing.place, "url": without_user(listing.url), "reason": reason})
        else:
            fine.append(listing)
    known = await runtime.store.read(partial(listed, urls=[listing.url for listing in fine]))
    new = [one for one in fine if canonical_url(one.url) not in known]
    old = [one.url for one in fine if canonical_url(one.url) in known]
    return {
        "new": [{"url": one.url, "title": one.title} for one in new],
        "known": [*old, *read.repeated],
        "refused": refused,
    }


async def add(runtime: Runtime, listings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Store feeds, `{"url", "title"}` each, in one transaction; an address that cannot be one is refused with why.

    A title given for one that is in the list already replaces the one it had. Returns
    `{"added", "known", "refused": [{"url", "reason"}], "stored": [...]}`.
    """
    refused: list[dict[str, str]] = []
    fine: list[tuple[str, str | None]] = []
    guard = Guard.of(runtime.settings.network)
    for one in listings:
        url = address_meant(str(one["url"]))
        if reason := _refusal(guard, url):
            refused.append({"url": without_user(url), "reason": reason})
        else:
            fine.append((url, one.get("title")))
    stored = await runtime.store.write(
        partial(_add_all, fine=fine, now=runtime.tools.clock(), start_interval_s=runtime.settings.poll.start_interval_s)
    )
    return {"added": len(stored), "known": len(fine) - len(stored), "refused": refused, "stored": stored}


def _add_all(db: Database, fine: Iterable[tuple[str, str | None]], now: datetime, start_interval_s: int) -> list[str]:
    """Return the addresses that were not in the list before."""
    new = []
    for url, title in fine:
        feed_id, is_new = feeds.add(db, url, title=title, origin="added", now=now, start_interval_s=start_interval_s)
        if is_new:
            new.append(url)
        if title:
            update(db, "feeds", feed_id, {"title": title})
    return new


def _refusal(guard: Guard, url: str) -> str | None:
    """Return why an address may not be asked for, as far as its text tells; None if it may."""
    try:
        guard.check_url(url)
    except FetchError as error:
        return f"{error.reason}: {error.detail}"
    return None
