"""Dates of feed documents: aware, in UTC, or None where the document states an impossible one."""

import re
from datetime import UTC, date, datetime
from time import struct_time
from typing import Final

_ISO_DAY: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})")
_MAIL_DAY: Final = re.compile(r"\b(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})\b")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def from_parsed(parsed: object, raw: str | None) -> datetime | None:
    """Return the moment of feedparser's parsed date (UTC), None if there is none or `raw` names no real day.

    feedparser takes 30 February for 2 March (RELIABILITY.md F8), so the printed day is looked at again.
    """
    if not isinstance(parsed, struct_time) or (raw and _impossible(raw)):
        return None
    year, month, day, hour, minute, second = parsed[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def _impossible(raw: str) -> bool:
    if iso := _ISO_DAY.search(raw):
        return not _exists(int(iso[1]), int(iso[2]), int(iso[3]))
    mail = _MAIL_DAY.search(raw)
    if mail is None or mail[2].lower() not in _MONTHS:
        return False
    return not _exists(int(mail[3]), _MONTHS.index(mail[2].lower()) + 1, int(mail[1]))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
