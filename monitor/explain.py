"""Every decision about one story: seen where and when, how it ended, what it was judged to be, whom it was told.

Reads the store and decides nothing itself; what did not happen gets its reason too. `explain` gathers, `as_dict` and
`as_text` show.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from monitor.alerts import FRESH
from monitor.clock import from_text
from monitor.identity import canonical_url
from monitor.model import Kind, Label, Outcome
from monitor.store import Database, lookup
from monitor.store import alerts as alert_store
from monitor.store.rows import Row, moment

_NUMBERED: Final = re.compile(r"(?:(article|entry|event)[ :]?)?(\d{1,18})", re.IGNORECASE)
_EVENTFUL: Final = frozenset({Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM})


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one story; rows are as the store has them."""

    asked: str
    canonical_url: str | None  # the form under which an address was looked up
    entries: tuple[Row, ...] = ()  # with `recognised`: the layer that knew it, or that it was new
    article: Row | None = None  # without its text, with `evidence`
    events: tuple[Row, ...] = ()  # each with `alerts`, each of these with `deliveries`
    why: tuple[str, ...] = field(default=())  # what did not happen, and why

    @property
    def found(self) -> bool:
        """Whether the store knows the story at all."""
        return bool(self.entries) or self.article is not None


def explain(db: Database, asked: str) -> Explanation:
    """Return every decision about the story with this address or number.

    A number is an article's, or else an entry's; `article 5`, `entry 5` and `event 5` say which, and an alert's id
    stands for its event. What is unknown is explained too; raises nothing for it.
    """
    asked = asked.strip()
    article_id, entry_ids, address = _find(db, asked)
    canonical = canonical_url(address) if address else None
    rows = lookup.entries_of(db, entry_ids, article_id)
    if article_id is None:
        article_id = next((row["article_id"] for row in rows if row["article_id"] is not None), None)
    by_id = {row["id"]: row for row in rows}
    entries = tuple({**row, "recognised": recognised(row, by_id)} for row in rows)
    article = lookup.article(db, article_id) if article_id is not None else None
    if article is None:
        return Explanation(asked, canonical, entries, why=tuple(_why_no_article(asked, canonical, entries)))
    article["evidence"] = lookup.evidence(db, article["id"])
    events = tuple(_event(db, row) for row in lookup.events(db, article["id"]))
    why = tuple(_why_no_event(article, events)) + tuple(_why_no_alert(article, entries, events))
    return Explanation(asked, canonical, entries, article, events, why)


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


def as_dict(explanation: Explanation) -> Row:
    """Return the explanation as one JSON-able document."""
    return {
        "asked": explanation.asked,
        "found": explanation.found,
        "canonical_url": explanation.canonical_url,
        "entries": list(explanation.entries),
        "article": explanation.article,
        "events": list(explanation.events),
        "why": list(explanation.why),
    }


def as_text(explanation: Explanation) -> list[str]:
    """Return the explanation as lines for a terminal."""
    lines = [explanation.asked]
    if explanation.canonical_url not in {None, explanation.asked}:
        lines.append(f"  looked up as {explanation.canonical_url}")
    for entry in explanation.entries:
        lines.extend(_entry_lines(entry))
    if explanation.article is not None:
        lines.extend(_article_lines(explanation.article))
    for event in explanation.events:
        lines.extend(_event_lines(event))
    lines.extend(f"why: {reason}" for reason in explanation.why)
    return lines


def _find(db: Database, asked: str) -> tuple[int | None, list[int], str | None]:
    """Return the article, the entries and the address that the words stand for, as far as there are any."""
    event_id = lookup.event_of_alert(db, asked)
    if event_id is not None:
        return lookup.article_of_event(db, event_id), [], None
    numbered = _NUMBERED.fullmatch(asked)
    if numbered is None:
        return *lookup.by_address(db, asked), asked
    sort, number = (numbered[1] or "").lower(), int(numbered[2])
    if sort == "event":
        return lookup.article_of_event(db, number), [], None
    if sort != "entry" and lookup.exists(db, "articles", number):
        return number, [], None
    if sort != "article" and lookup.exists(db, "entries", number):
        return None, [number], None
    return None, [], None


def _event(db: Database, row: Row) -> Row:
    raised = alert_store.of_event(db, row["id"])
    return {**row, "alerts": [{**alert, "deliveries": alert_store.deliveries(db, alert["id"])} for alert in raised]}


def _why_no_article(asked: str, canonical: str | None, entries: tuple[Row, ...]) -> Iterator[str]:
    """Say why nothing was read, and what to do."""
    if not entries and canonical is None:
        yield f"the store has no {asked!r}; an address always works, and so do `article N`, `entry N` and `event N`"
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
                if entry["pages_today"]:
                    yield f"{entry['pages_today']}; if [network] host_daily_pages or feed_daily_pages is spent it waits"
                if entry["host_hold_until"]:
                    yield f"its host asked to be left alone until {entry['host_hold_until']}"
            case Outcome.PASSED_OVER:
                yield f"{at} was passed over: title and summary show no trace of the subject ([process] first_look)"
            case Outcome.REFUSED | Outcome.FAILED as outcome:
                yield f"{at} {'was refused' if outcome == Outcome.REFUSED else 'failed'} ({reason})"


def _why_no_event(article: Row, events: tuple[Row, ...]) -> Iterator[str]:
    if events:
        return
    if article["label"] == Label.NONE:
        yield "no event: the label is none"
    elif article["kind"] not in _EVENTFUL:
        yield f"no event: a text of kind {article['kind']} tells of no new action"
    elif not article["company"]:
        yield "no event: no employer was found in the text"
    else:
        yield "no event: none was made of it when it was stored"


def _why_no_alert(article: Row, entries: tuple[Row, ...], events: tuple[Row, ...]) -> Iterator[str]:
    """Say why an event raised no alert, by the same rules that decided."""
    if not events or any(event["alerts"] for event in events):
        return
    stored = next((entry for entry in entries if entry["outcome"] == Outcome.STORED), None)
    if article["is_seed"] or article["origin"] != "live":
        yield f"no alert: history never alerts, and this is {'a seed' if article['is_seed'] else 'an import'}"
    elif all(event["kind"] == Kind.PRODUCTIVITY_CLAIM for event in events):
        yield "no alert: a claim of productivity is no action on staff"
    elif stored is not None and stored["first_document"]:
        yield 'no alert: it came in its feed\'s first document ([alerts] first_document = "alert" would alert)'
    elif _is_history(article):
        yield f"no alert: history never alerts, and it is dated over {FRESH.days} days before it was first seen"
    else:
        yield "no alert: no rule asks for it, or the rules that do ask for more sources (`confirm`)"


def _is_history(article: Row) -> bool:
    """Return whether the article's own date, where it has one, is too far before our first sight of it."""
    published_at = moment(article["published_at"])
    return published_at is not None and from_text(article["first_seen_at"]) - published_at > FRESH


def _entry_lines(entry: Row) -> Iterator[str]:
    yield f"entry {entry['id']}: {entry['title'] or '(no title)'}"
    yield f"  seen      {entry['first_seen_at']} in {entry['feed'] or 'an import'}: {entry['recognised']}"
    yield f"  address   {entry['url'] or '(none)'}"
    reason = ": ".join(part for part in (entry["reason"], entry["detail"]) if part)
    ended = f" at {entry['ended_at']}" if entry["ended_at"] else f", next attempt {entry['next_attempt_at']}"
    yield f"  outcome   {entry['outcome'] or 'waiting'}{f' ({reason})' if reason else ''}{ended}"
    yield f"  attempts  {entry['attempts']}"


def _article_lines(article: Row) -> Iterator[str]:
    yield f"article {article['id']}: {article['title']}"
    where = article["final_url"] or article["url"] or "(a file)"
    yield f"  read      {where}, {article['publisher'] or 'no publisher'}"
    yield f"  text      {article['text_state']}, {article['text_length']} characters"
    yield (
        f"  judged    {article['label']} / {article['kind']}, {article['confidence']} confidence"
        f" ({article['probability']:.2f}), rule {article['rule']}, by {article['classifier']}"
    )
    yield f"  employer  {article['company'] or 'none found'}"
    for cue in article["evidence"]:
        quote = " ".join(cue["quote"].split())
        marks = f"our summary: {quote}" if article["text_state"] == "abstract" else f'"{quote}"'
        yield f"  cue       {cue['cue']} in the {cue['place']} at {cue['start']}: {marks}"


def _event_lines(event: Row) -> Iterator[str]:
    number = "" if event["jobs_count"] is None else f", jobs {event['jobs_qualifier']} {event['jobs_count']}"
    what = f"{event['company']}, {event['label']}, {event['status']} {event['announced_on']}{number}"
    yield f"event {event['id']}: {what}"
    yield f"  sources   {event['articles']} articles, {event['publishers']} publishers"
    if event["linked_event_id"] is not None:
        yield f"  link      {event['link_type']} event {event['linked_event_id']}"
    for alert in event["alerts"]:
        yield f"  alert     {alert['id']} by rule {alert['rule']!r} at {alert['raised_at']}: {alert['state']}"
        for sent in alert["deliveries"]:
            error = f"; {sent['last_error']}" if sent["last_error"] else ""
            again = f", next {sent['next_attempt_at']}" if sent["next_attempt_at"] else ""
            yield f"    {sent['recipient']}: {sent['state']} after {sent['attempts']} attempts{again}{error}"
