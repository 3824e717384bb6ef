"""What is known of a story, or of a feed, gathered from the store; and why what did not happen did not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from monitor.clock import to_text
from monitor.explain import courtesy, event
from monitor.explain.alerting import why_no_alert
from monitor.explain.feed import gathered
from monitor.identity import canonical_url
from monitor.model import SECOND_OPINION, Kind, Label, Outcome, Reason
from monitor.settings import RuleSettings
from monitor.store import Database, lookup, opinions, revisions, stories, unread, verdicts
from monitor.store.courtesy import courtesy_of
from monitor.store.rows import Row

_NUMBERED: Final = re.compile(r"(?:(article|entry|event|feed)[ :]?)?(\d{1,18})", re.IGNORECASE)
_OF_ROWS: Final = "no article of it is in the store: it is known by rows of files, and such history never alerts"
_EVENTFUL: Final = frozenset({Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM})


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one story, or of one feed; rows are as the store has them."""

    asked: str
    canonical_url: str | None  # the form under which an address was looked up
    feed: Row | None = None  # with `state_reason`, `wait_reasons`, `recent` polls, `addresses` it had and `courtesy`
    entries: tuple[Row, ...] = ()  # with `recognised`: the layer that knew it, or that it was new; and `courtesy`
    article: Row | None = None  # without its text, with `evidence` and `story`
    events: tuple[Row, ...] = ()  # each with `joined`, `changes` and `alerts`, each of these with `deliveries`
    why: tuple[str, ...] = field(default=())  # what did not happen, and why

    @property
    def found(self) -> bool:
        """Whether the store knows the story or feed at all."""
        return bool(self.entries or self.events) or self.article is not None or self.feed is not None


def explain(db: Database, asked: str, now: datetime, rules: Sequence[RuleSettings] = ()) -> Explanation:
    """Return every decision about the story or feed with this address or number, as of `now`.

    A number is an article's, or else an entry's; `article 5`, `entry 5`, `event 5` and `feed 5` say which, and an
    alert's id stands for its event. What is unknown is explained too; raises nothing for it. Each of the `rules` says
    why it raised no alert.
    """
    asked = asked.strip()
    found = _find(db, asked)
    canonical = canonical_url(found.address) if found.address else None
    feed = gathered(db, found.feed_id, now) if found.feed_id is not None else None
    rows = lookup.entries_of(db, found.entry_ids, found.article_id)
    by_id = {row["id"]: row for row in rows}
    entries = tuple({**row, "recognised": recognised(row, by_id), "courtesy": _courtesy(db, row, now)} for row in rows)
    known = [found.article_id, *(row["article_id"] for row in rows)]
    article_id = next((number for number in known if number is not None), None)
    article = lookup.article(db, article_id) if article_id is not None else None
    if article is None and (cited := found.events or (lookup.events_cited(db, asked) if not rows else [])):
        known_by_rows = tuple(event.gathered(db, row) for row in cited)
        return Explanation(asked, canonical, feed, entries, events=known_by_rows, why=(_OF_ROWS,))
    if article is None:
        why = () if feed and not entries else tuple(_why_no_article(db, asked, canonical, entries, to_text(now)))
        return Explanation(asked, canonical, feed, entries, why=why)
    article["evidence"] = lookup.evidence(db, article["id"])
    article["earlier"] = verdicts.earlier(db, article["id"])
    article["versions"] = revisions.versions(db, article["id"])
    article["opinions"] = opinions.of_text(db, article["content_hash"])
    article["story"] = (stories.joined_by(db, article["id"]) or {}) | {"refused": stories.refused(db, article["id"])}
    events = tuple(event.gathered(db, row, article["id"]) for row in lookup.events(db, article["id"]))
    why = tuple(_why_no_event(article, events)) + tuple(why_no_alert(db, article, entries, events, rules))
    return Explanation(asked, canonical, feed, entries, article, events, why)


def document(db: Database, asked: str) -> bytes | None:
    """Return what was kept of the newest document of a feed that its parser could not take, or None."""
    feed_id = _find(db, asked.strip()).feed_id
    return None if feed_id is None else unread.body(db, feed_id)


def recognised(entry: Row, others: dict[int, Row]) -> str:
    """Return which layer of identity knew the entry, or that it was new; pure.

    What a feed lists again, under the same guid and address, makes no row and is counted in the poll's `known`.
    """
    if entry["outcome"] != Outcome.DUPLICATE:
        return "new"
    original = others.get(entry["duplicate_of"])
    if entry["hops"]:
        how = "its redirect led to the address of"
    elif original is not None and original["feed_id"] == entry["feed_id"]:
        how = "same address, other guid in the same feed as"
    else:
        how = "same address as"
    if original is None:
        return f"{how} article {entry['article_id']}"
    return f"{how} entry {original['id']} from {original['feed'] or 'an import'}"


@dataclass(frozen=True, slots=True)
class _Found:
    """What the words of a question stand for, as far as there is any."""

    article_id: int | None = None
    entry_ids: list[int] = field(default_factory=list)
    feed_id: int | None = None
    events: tuple[Row, ...] = ()  # asked for, and known without an article
    address: str | None = None


def _find(db: Database, asked: str) -> _Found:
    event_id = lookup.event_of_alert(db, asked)
    if event_id is not None:
        return _of_event(db, event_id)
    numbered = _NUMBERED.fullmatch(asked)
    if numbered is None:
        article_id, entry_ids = lookup.by_address(db, asked)
        return _Found(article_id, entry_ids, lookup.feed_by_address(db, asked), address=asked)
    sort, number = (numbered[1] or "").lower(), int(numbered[2])
    match sort:
        case "event":
            found = _of_event(db, number)
        case "feed":
            found = _Found(feed_id=number if lookup.exists(db, "feeds", number) else None)
        case _ if sort != "entry" and lookup.exists(db, "articles", number):
            found = _Found(number)
        case _ if sort != "article" and lookup.exists(db, "entries", number):
            found = _Found(entry_ids=[number])
        case _:
            found = _Found()
    return found


def _of_event(db: Database, event_id: int) -> _Found:
    article_id = lookup.article_of_event(db, event_id)
    return _Found(article_id, events=() if article_id is not None else tuple(lookup.event(db, event_id)))


def _courtesy(db: Database, entry: Row, now: datetime) -> Row | None:
    """Return how the host of an entry is treated, where that tells why its page was not read."""
    address = entry["fetch_url"] or entry["url"]
    concerned = entry["outcome"] in {None, Outcome.REFUSED, Outcome.FAILED}
    return courtesy_of(db, address, now) if concerned and address else None


def _why_no_article(
    db: Database, asked: str, canonical: str | None, entries: tuple[Row, ...], now: str
) -> Iterator[str]:
    """Say why nothing was read, and what to do."""
    if lookup.is_noted(db, asked):
        yield "a row of a file has it for its source, which tells of no event; `company` shows it as a note"
    if not entries and (canonical is None or not set("./") & set(asked)):
        numbers = "`article N`, `entry N`, `event N`, `feed N` and the id of an alert"
        yield f"the store has no {asked!r}; an address always works, and so do {numbers}"
    elif not entries:
        yield f"no feed has listed this address and nothing was imported from it; looked up as {canonical}"
        yield "`layoff-monitor import URL` reads it now, `layoff-monitor feeds add` takes a feed that lists it"
    for entry in entries:
        at = f"entry {entry['id']}"
        reason = ": ".join(part for part in (entry["reason"], entry["detail"]) if part)
        match entry["outcome"]:
            case None:
                after = f" after {entry['attempts']} attempts ({reason})" if reason else ""
                yield f"{at} waits for its page{after}; due since or at {entry['next_attempt_at']}"
                yield from _in_its_way(entry, now)
            case Outcome.PASSED_OVER:
                yield f"{at} was passed over: its title and summary were judged to be about something else"
                yield "`layoff-monitor import URL` reads it all the same; with `[process] first_look = false` none is"
            case Outcome.REFUSED | Outcome.FAILED as outcome:
                yield f"{at} {'was refused' if outcome == Outcome.REFUSED else 'failed'} ({reason})"
                if entry["reason"] == Reason.ROBOTS_DENIED and (host := entry["courtesy"]):
                    read = f", read at {host['robots_fetched_at']}," if host["robots_fetched_at"] else ""
                    yield f"robots.txt of {host['host']}{read} forbids the page"


def _in_its_way(entry: Row, now: str) -> Iterator[str]:
    """Say what keeps a waiting entry from being read at once."""
    if entry["courtesy"] is None:
        return
    barred = courtesy.barriers(entry["courtesy"], now)
    yield from barred
    if not barred:
        yield from courtesy.spent(entry["courtesy"])
    if not barred and entry["next_attempt_at"] <= now:
        yield "nothing is in its way: a running daemon reads it, and so does `layoff-monitor process`"


def _why_no_event(article: Row, events: tuple[Row, ...]) -> Iterator[str]:
    uncounted = ((row["id"], _uncounted(row)) for row in events)
    yield from (f"event {number} does not count: {why}" for number, why in uncounted if why)
    if any(not row["retired_at"] for row in events):
        return
    if article["review_state"] == "excluded":
        yield "no event: a person excluded the article"
    elif article["label"] == Label.NONE:
        yield "no event: the label is none"
    elif article["kind"] not in _EVENTFUL:
        yield f"no event: a text of kind {article['kind']} tells of no new action"
    elif article["rule"] == SECOND_OPINION:
        yield "no event: its label was added by a second opinion and waits for a review ([second_opinion] may_alert)"
    elif not article["company"]:
        yield "no event: no employer was found in the text"
    else:
        yield "no event: none was made of it when it was stored"


def _uncounted(event: Row) -> str | None:
    """Return why an event counts no more, or None."""
    if event["retired_at"] and event["link_type"] == "duplicates":
        return f"a person made it part of event {event['linked_event_id']}"
    if event["retired_at"]:
        return f"since {event['retired_at']} no article tells of it any more"
    return "a person excluded it" if event["review_state"] == "excluded" else None
