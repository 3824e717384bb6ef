"""Follow-ups that are due as a calendar (RFC 5545). Pure."""

from collections.abc import Iterable
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
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    events = (_event(follow_up, stamp, site_url) for follow_up in follow_ups)
    return b"".join([*map(fold, lines), *events, fold("END:VCALENDAR")])


def _event(due: Due, stamp: str, site_url: str | None) -> bytes:
    """Return one event; only the lines that tell of something can be too long."""
    months = "1 month" if due.months == 1 else f"{due.months} months"
    first, after = (day.isoformat().replace("-", "") for day in (due.due_on, due.due_on + timedelta(days=1)))
    head = (
        f"BEGIN:VEVENT\r\nUID:follow-up-{due.event_id}-{due.months}@layoff-monitor\r\nDTSTAMP:{stamp}\r\n"
        f"DTSTART;VALUE=DATE:{first}\r\nDTEND;VALUE=DATE:{after}\r\n"
    )
    told = fold(f"SUMMARY:{escaped(f'{due.company}: {months} after the cut, has it lasted?')}")
    told += fold(f"DESCRIPTION:{escaped(f'Cut announced {due.announced_on}. Since then: {due.found}.')}")
    told += fold(f"URL:{event_link(site_url, due.event_id)}") if site_url else b""
    return head.encode() + told + b"TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"


def escaped(text: str) -> str:
    """Return text as a value may hold it (RFC 5545 3.3.11), without control characters."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
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
