"""An alert in sentences, for mail and chat: what happened, in whose words, what came before, how to stop it. Pure."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote as quoted
from urllib.parse import urlsplit

from monitor.alerts.render import LINE, jobs, one_line
from monitor.identity import clean_text
from monitor.model import AlertEvent, AlertRecord, Label, MessageContent

_QUOTE, _TITLE = 600, 200  # characters at most
MOST_SOURCES: Final = 10  # named with their address; the others are counted
MOST_LINES: Final = 200
_NOUNS: Final = {Label.CUT: "cut", Label.REVERSAL: "reversal", Label.HYBRID: "hybrid arrangement"}
MOST_RULES: Final = 5  # named in a message
_PLAIN: Final = frozenset({"any", "watch", "size"})  # kinds of rules that tell an event as it is
_OWN: Final = frozenset({"delivery", "test"})  # kinds of alerts about deliveries: nobody mutes those


@dataclass(frozen=True, slots=True)
class Source:
    """An article to go on to."""

    title: str
    url: str | None  # http or https, else none


@dataclass(frozen=True, slots=True)
class Passage:
    """All a message says about one alert; each part one line, unwrapped and not escaped."""

    headline: str
    lines: tuple[str, ...]  # what changed; of a digest, what it lists
    facts: tuple[str, ...]
    quote: str | None
    quote_source: Source | None
    history: tuple[str, ...]
    sources: tuple[Source, ...]
    counted: str | None  # how many articles and independent reports there are
    link: str | None


def passage(record: AlertRecord, site_url: str | None = None) -> Passage:
    """Return an alert in sentences."""
    event = record.event
    named = event.quote_speaker if event and event.quote_speaker else None
    source = (
        Source(one_line(event.quote_publisher or named or "source", LINE), safe_url(event.quote_url)) if event else None
    )
    return Passage(
        headline=one_line(record.headline, LINE),
        lines=tuple(one_line(line, LINE) for line in record.lines[:MOST_LINES]),
        facts=_facts(record),
        quote=None if not event or not event.quote else one_line(event.quote, _QUOTE),
        quote_source=source if event and event.quote else None,
        history=tuple(_past(past) for past in reversed(record.history)),
        sources=tuple(
            Source(one_line(article.title, _TITLE), safe_url(article.url)) for article in record.articles[:MOST_SOURCES]
        ),
        counted=_counted(record),
        link=alert_link(site_url, record.id) if site_url and record.kind != "test" else None,
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reader gets a message, and the commands that stop what raised it."""

    words: str
    mutes: tuple[str, ...]  # to be copied, so each stays on one line


def told_once(content: MessageContent) -> MessageContent:
    """Return a message in which what several rules raised on one event is told once; the others count no more.

    What came of an event later, a changed number or status, is told beside its first alert: it has lines of its own.
    """
    kept: list[AlertRecord] = []
    for record in content.alerts:
        if record.event_id is None or not any(_repeats(record, before) for before in kept):
            kept.append(record)
    return replace(content, alerts=tuple(kept), total=content.total - len(content.alerts) + len(kept))


def _repeats(record: AlertRecord, before: AlertRecord) -> bool:
    if record.event_id != before.event_id or record.lines != before.lines:
        return False
    return record.headline == before.headline or (before.kind == "flip" and record.kind in _PLAIN)


def shortened(lines: Sequence[str], most: int, room: int) -> tuple[str, ...]:
    """Return lines, at most so many and of so many bytes; those left out are counted before the last, which stays."""
    kept = tuple(lines)
    while len(kept) > 2 and (len(kept) > most or sum(len(line.encode()) + 3 for line in kept) > room):
        most = max(2, min(most, len(kept) - 1))
        kept = (*lines[: most - 2], f"and {len(lines) - most + 1} more lines", lines[-1])
    return kept


def safe_url(url: str | None) -> str | None:
    """Return an address that may be a link: of the web, without blanks or control characters; else None."""
    if url is None:
        return None
    text = clean_text(url).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    fine = parts.scheme in {"http", "https"} and parts.hostname and text.isprintable() and " " not in text
    return text if fine else None


def alert_link(site_url: str, alert_id: str) -> str:
    """Return where the site shows an alert."""
    return f"{site_url.rstrip('/')}/monitor/alerts_view?id={quoted(alert_id)}"


def event_link(site_url: str, event_id: int) -> str:
    """Return where the site shows an event."""
    return f"{site_url.rstrip('/')}/monitor/events_view?id={event_id}"


def message_link(site_url: str, message_id: str) -> str:
    """Return where the site shows all a message holds."""
    return f"{site_url.rstrip('/')}/monitor/deliveries_view?message_id={quoted(message_id)}"


def show_command(message_id: str) -> str:
    """Return the command that prints all a message holds."""
    return f"layoff-monitor alerts show {message_id}"


def _facts(record: AlertRecord) -> tuple[str, ...]:
    event = record.event
    found = []
    if record.observed is not None and record.expected is not None:
        found.append(f"Counted {record.observed:g}, expected {record.expected:g}")
    if event:
        found.append(f"Jobs: {jobs(event) or 'number not stated'}")
        status = "" if event.status == "announced" else f"; status: {event.status.replace('_', ' ')}"
        found.append(f"Announced: {day(event)}{status}")
        speaker = f", said by {one_line(event.attribution_speaker, LINE)}" if event.attribution_speaker else ""
        found.append(f"Tie to AI: {event.attribution_strength}{speaker}")
    if record.articles and not any(article.whole for article in record.articles):
        found.append("Read: no whole article, only headline, summary or what stands before a wall")
    if record.linked:
        days = "" if event is None or event.days_to_reversal is None else f", {_before(event.days_to_reversal)}"
        found.append(f"Follows: {_past(record.linked)}{days}")
    return tuple(found)


def _before(days: int) -> str:
    return "on the same day" if days == 0 else "1 day before" if days == 1 else f"{days:,} days before"


def _past(event: AlertEvent) -> str:
    number = jobs(event) or "number not stated"
    return f"{day(event)}  {_NOUNS[event.label]}, {event.status.replace('_', ' ')}, {number}"


def day(event: AlertEvent) -> str:
    """Return a date as precise as it is known."""
    return event.announced_on.isoformat()[: {"year": 4, "month": 7, "day": 10}[event.date_precision]]


def _counted(record: AlertRecord) -> str | None:
    total = max(record.articles_total, len(record.articles))
    if not total:
        return None
    articles = "1 article" if total == 1 else f"{total} articles"
    if record.independent_reports is None:
        return articles
    reports = (
        "1 independent report"
        if record.independent_reports == 1
        else f"{record.independent_reports} independent reports"
    )
    return f"{articles}, {reports}"


def why(records: Sequence[AlertRecord]) -> Reason:
    """Return why the reader gets a message with these alerts, and how to mute what raised them."""
    rules = list(dict.fromkeys(one_line(record.rule, LINE) for record in records if record.kind not in _OWN))[
        :MOST_RULES
    ]
    if not rules:
        return Reason("You get this because it is about the delivery of alerts.", ())
    named = ", ".join(f'"{rule}"' for rule in rules)
    company = next((record.company for record in records if record.company), None)
    names = [*rules, one_line(company, LINE)] if company else rules
    return Reason(
        f"You get this because of the {'rule' if len(rules) == 1 else 'rules'} {named}.",
        tuple(f"layoff-monitor alerts mute {shlex.quote(name)} --until 7d --why REASON" for name in names),
    )
