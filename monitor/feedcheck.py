"""Do the feeds answer, and with what? Each is asked once, politely and whole; nothing of it is stored.

The pure part judges what was seen beside the feed's row; `check` asks. What a server wished is kept to: a feed on hold
and one that is gone are told of, not asked.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

from monitor.discover import STOPS, Look, look
from monitor.errors import FetchError, MonitorError, ParseError
from monitor.identity import canonical_url, queue_key
from monitor.model import FeedState, Reason
from monitor.pipeline import Runtime
from monitor.poll import address_meant
from monitor.store import feeds
from monitor.store.courtesy import courtesy_of
from monitor.subscriptions import Rests, asked_until, eyes, held_until, remedy_of, spoken, summary_json

logger = logging.getLogger("monitor")

Level = Literal["ok", "note", "problem"]
OLD: Final = timedelta(days=30)
_LEVELS: Final[Sequence[Level]] = ("ok", "note", "problem")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say of a feed; a problem needs a person, a note is worth knowing."""

    level: Level
    text: str
    remedy: str = ""


# --- judging values ----------------------------------------------------------------------------------------


def unasked(url: str, row: Mapping[str, Any], rests_until: str | None) -> Remark | None:
    """Return why a feed is not asked now: it is gone, or asked to be left alone; None if it may be asked."""
    if row.get("state") == FeedState.GONE:
        remedy = f"`feeds remove {url}`, or `feeds add {url}` if it is back"
        return Remark("problem", "gone: its server answered 410, so it is not asked any more", remedy)
    if rests_until:
        return Remark("note", f"asked to be left alone until {rests_until}, so it was not asked")
    return None


def failed(error: FetchError | ParseError, contact: str | None, now: datetime) -> Remark:
    """Return what to say of a feed that gave no document; `contact` is what publishers are told, if anything."""
    if until := asked_until(error, now):
        return Remark("note", f"asked to be left alone until {spoken(until, now)}")
    if error.reason is Reason.RATE_LIMITED:
        return Remark("note", f"asks to be left alone: {error.detail}")
    if error.reason is Reason.GONE:
        return Remark("problem", "gone: its server answers 410", "`feeds remove` it; the site may have another")
    remedy = remedy_of(error, contact)
    if error.reason is Reason.HTTP_4XX and (not remedy or getattr(error, "status", None) == 404):
        remedy = "look at its address; `feeds add` with the address of its site finds where it is now"
    return Remark("problem", f"{error.reason}: {error.detail}", remedy or "try again later")


def remarks(seen: Look, row: Mapping[str, Any], now: datetime) -> list[Remark]:
    """Return what there is to say of a feed that answered."""
    feed = seen.survey.feed
    if feed is None:
        what = seen.survey.fault or f"answers with a {seen.survey.dialect}, not with a feed"
        return [Remark("problem", what, "`feeds add` with the address of its site finds its feed")]
    found = []
    if feed.partial:
        found.append(Remark("note", "its document is broken and was read in part", "tell its publisher"))
    if not feed.entries:
        found.append(Remark("note", "it lists nothing"))
    elif feed.newest_at is None:
        found.append(Remark("note", "its entries have no dates"))
    elif now - feed.newest_at > OLD:
        found.append(Remark("note", f"nothing new for {(now - feed.newest_at).days} days"))
    if row.get("url") and canonical_url(seen.url) != canonical_url(row["url"]):
        found.append(Remark("note", f"it has moved for good to {seen.url}", "its address is rewritten after 7 days"))
    every_s = row.get("interval_s")
    if every_s and feed.span_s and feed.span_s < every_s:
        text = f"its document is filled anew in {feed.span_s / 60:.0f} min and polled every {every_s / 60:.0f} min"
        found.append(Remark("note", text, "[poll] min_interval_s and max_interval_s bound how often"))
    return found


def as_json(url: str, row: Mapping[str, Any], found: Sequence[Remark], seen: Look | None) -> dict[str, Any]:
    """Return what was found out about one feed as a JSON object."""
    feed = seen.survey.feed if seen else None
    worst = max((_LEVELS.index(remark.level) for remark in found), default=0)
    answer: dict[str, Any] = {
        "url": url,
        "title": row.get("title") or (feed.title if feed else None),
        "listed": bool(row),
        "level": _LEVELS[worst],
        "remarks": [{"level": one.level, "text": one.text, "remedy": one.remedy} for one in found],
        "interval_s": row.get("interval_s"),
        "asked": seen is not None,
    }
    if seen is None or feed is None:
        return answer
    marks = {"ETag": seen.validators.etag, "Last-Modified": seen.validators.last_modified}
    return answer | {
        "kind": seen.survey.dialect,
        **summary_json(feed),
        "validators": [name for name, value in marks.items() if value],
        "max_age_s": seen.max_age_s,
        "moved_to": seen.url if canonical_url(seen.url) != canonical_url(url) else None,
        "found_at": seen.found_at,
    }


# --- asking ------------------------------------------------------------------------------------------------


async def check(runtime: Runtime, urls: Iterable[str]) -> list[dict[str, Any]]:
    """Return what each feed is like now, in their order; without addresses all feeds of the list."""
    listing = await runtime.store.read(feeds.listing)
    rows = {canonical_url(row["url"]): row for row in listing}
    asked = list(dict.fromkeys(map(address_meant, urls))) or [row["url"] for row in listing]
    queues: dict[str, list[str]] = defaultdict(list)
    for url in asked:
        queues[queue_key(url)].append(url)
    found: dict[str, dict[str, Any]] = {}
    rests = Rests()

    async def one_queue(its_urls: Sequence[str]) -> None:
        for url in its_urls:
            if runtime.tools.stopping():
                raise MonitorError(STOPS)
            found[url] = await _check_one(runtime, url, rows.get(canonical_url(url), {}), rests)

    await asyncio.gather(*(one_queue(its_urls) for its_urls in queues.values()))
    return [found[url] for url in asked]


async def _check_one(runtime: Runtime, url: str, row: Mapping[str, Any], rests: Rests) -> dict[str, Any]:
    now = runtime.tools.clock()
    host = await runtime.store.read(partial(courtesy_of, url=url, now=now))
    own = held_until([row.get("hold_until")], now)
    rests.note(url, own)
    hold = held_until([host["feeds_hold_until"]], now) or own or rests.until(url)
    if (reason := unasked(url, row, spoken(hold, now) if hold else None)) is not None:
        return as_json(url, row, [reason], None)
    try:
        async with runtime.polling:
            seen = await look(url, eyes(runtime))
    except (FetchError, ParseError) as error:
        now = runtime.tools.clock()
        rests.note(url, asked_until(error, now))
        return as_json(url, row, [failed(error, runtime.settings.network.contact, now)], None)
    logger.info("feed.checked", extra={"feed": url, "found_at": seen.found_at})
    return as_json(url, row, remarks(seen, row, runtime.tools.clock()), seen)
