"""Follow-ups that are due as a calendar (RFC 5545). Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.alerts.prose import event_link

TYPE: Final = "text/calendar; charset=utf-8"
OCTETS: Final = 75  # of a line, the rest is folded (RFC 5545 3.1)


@dataclass(frozen=True, slots=True)
class Due:
    """One look back at one cut."""

    event_id: int
    company: str
    announced_on: date
    months: int  # after the cut
    due_on: date
    found: str  # since, in a sentence


def calendar(follow_ups: Iterable[Due], now: datetime, site_url: str | None = None) -> bytes:
    """Return the calendar: one day-long event a follow-up, the same for equal follow-ups but for its stamp."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//layoff-monitor//follow-ups//EN", "CALSCALE:GREGORIAN"]
    lines.append("X-WR-CALNAME:Follow-ups of layoff-monitor")
    for follow_up in follow_ups:
        lines += _event(follow_up, now, site_url)
    lines.append("END:VCALENDAR")
    return b"".join(fold(line) for line in lines)


def _event(due: Due, now: datetime, site_url: str | None) -> Iterator[str]:
    months = "1 month" if due.months == 1 else f"{due.months} months"
    yield "BEGIN:VEVENT"
    yield f"UID:follow-up-{due.event_id}-{due.months}@layoff-monitor"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{due.due_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{due.due_on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(f'{due.company}: {months} after the cut, has it lasted?')}"
    yield f"DESCRIPTION:{escaped(f'Cut announced {due.announced_on}. Since then: {due.found}.')}"
    if site_url:
        yield f"URL:{event_link(site_url, due.event_id)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Return text as a value may hold it (RFC 5545 3.3.11), without control characters."""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    text = "\\n".join(text.splitlines())
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def fold(line: str) -> bytes:
    """Return a content line of at most 75 octets, and what is left on further ones that begin with a blank."""
    if line.isascii():  # as nearly all are
        rest = (line[at : at + OCTETS - 1] for at in range(OCTETS, len(line), OCTETS - 1))
        return "\r\n ".join([line[:OCTETS], *rest]).encode() + b"\r\n"
    folded, room = bytearray(), OCTETS
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(octets) > room:
            folded += b"\r\n "
            room = OCTETS - 1
        folded += octets
        room -= len(octets)
    return bytes(folded) + b"\r\n"
