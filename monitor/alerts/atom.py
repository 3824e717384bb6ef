"""Alerts and events as Atom feeds (RFC 4287). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from monitor.alerts.prose import Passage, alert_link, day, event_link, passage, safe_url
from monitor.alerts.render import LINE, jobs, one_line
from monitor.clock import to_text
from monitor.model import AlertEvent, AlertRecord

TYPE: Final = "application/atom+xml; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)  # of a feed that holds nothing yet
_NEVER_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF))


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a feed tells it."""

    company: str
    event: AlertEvent
    first_seen_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str  # what its id is made of, the same for ever
    title: str
    updated: datetime
    lines: Sequence[str]
    link: str | None


def alerts(records: Iterable[AlertRecord], site_url: str | None = None) -> bytes:
    """Return the feed of alerts, in the order given."""
    entries = [
        _Entry(
            f"alert {record.id} {to_text(record.raised_at)}",
            one_line(record.headline, LINE),
            record.raised_at,
            _lines(passage(record)),
            alert_link(site_url, record.id) if site_url else _first_link(passage(record)),
        )
        for record in records
    ]
    return _feed("alerts", "Alerts of layoff-monitor", entries, site_url)


def events(told: Iterable[Told], site_url: str | None = None) -> bytes:
    """Return the feed of events, in the order given."""
    entries = [
        _Entry(
            f"event {one.event.id} {to_text(one.first_seen_at)}",
            one_line(f"{one.company}: {one.event.label.value}, {jobs(one.event) or 'number of jobs not stated'}", LINE),
            one.updated_at,
            _event_lines(one.event),
            event_link(site_url, one.event.id) if site_url else safe_url(one.event.quote_url),
        )
        for one in told
    ]
    return _feed("events", "Events of layoff-monitor", entries, site_url)


def _lines(told: Passage) -> list[str]:
    quote = [f"“{told.quote}”"] if told.quote else []
    return [*told.lines, *told.facts, *quote, *(source.url for source in told.sources if source.url)]


def _first_link(told: Passage) -> str | None:
    return next((source.url for source in told.sources if source.url), None)


def _event_lines(event: AlertEvent) -> list[str]:
    speaker = f", said by {event.attribution_speaker}" if event.attribution_speaker else ""
    lines = [
        f"Announced: {day(event)}; status: {event.status.replace('_', ' ')}",
        f"Tie to AI: {event.attribution_strength}{speaker}",
    ]
    if event.days_to_reversal is not None:
        lines.append(f"{event.days_to_reversal} days after the cut")
    return [*lines, *([f"“{event.quote}”"] if event.quote else [])]


def _feed(name: str, title: str, entries: Sequence[_Entry], site_url: str | None) -> bytes:
    feed = Element("feed", xmlns=_ATOM)
    _text(feed, "id", _id(f"feed {name}"))
    _text(feed, "title", title)
    _text(feed, "updated", to_text(max((entry.updated for entry in entries), default=_LONG_AGO)))
    _text(SubElement(feed, "author"), "name", "layoff-monitor")
    if site_url:
        SubElement(feed, "link", rel="self", href=f"{site_url.rstrip('/')}/{name}.atom")
    for entry in entries:
        element = SubElement(feed, "entry")
        _text(element, "id", _id(entry.key))
        _text(element, "title", entry.title)
        _text(element, "updated", to_text(entry.updated))
        if entry.link:
            SubElement(element, "link", rel="alternate", href=entry.link.translate(_NEVER_XML))
        _text(element, "content", "\n".join(entry.lines)).set("type", "text")
    return ('<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode")).encode()


def _text(parent: Element, name: str, words: str) -> Element:
    element = SubElement(parent, name)
    element.text = words.translate(_NEVER_XML)
    return element


def _id(key: str) -> str:
    return uuid5(NAMESPACE_URL, f"layoff-monitor {key}").urn
