"""When it was made known and when it takes effect, as far as the text says so by day, month or year."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from monitor.classify.reading import Reading

_MONTHS = (
    "january|januar|janvier|enero|januari", "february|februar|février|febrero|februari", "march|märz|mars|marzo",
    "april|avril|abril", "may|mai|mayo|maj", "june|juni|juin|junio", "july|juli|juillet|julio",
    "august|août|agosto|augusti", "september|septembre|septiembre", "october|oktober|octobre|octubre",
    "november|novembre|noviembre", "december|dezember|décembre|diciembre",
)  # fmt: skip
_SHORT = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split("|")}
_MONTH_OF |= {name: number for number, name in enumerate(_SHORT.split("|"), 1)} | {"sept": 9}
_MONTH = rf"(?:{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})\.?"
_WEEKDAYS = (
    "monday|montag|lundi|lunes|måndag", "tuesday|dienstag|mardi|martes|tisdag",
    "wednesday|mittwoch|mercredi|miércoles|onsdag", "thursday|donnerstag|jeudi|jueves|torsdag",
    "friday|freitag|vendredi|viernes|fredag", "saturday|samstag|samedi|sábado|lördag",
    "sunday|sonntag|dimanche|domingo|söndag",
)  # fmt: skip
_WEEKDAY_OF = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split("|")}
_WEEKDAY = re.compile(rf"\b(?P<before>(?:\w+ ){{0,2}})(?P<day>{'|'.join(_WEEKDAY_OF)})(?P<now>['’]s)?\b")
_NOT_THAT = re.compile(
    r"\b(?:next|from|by|until|since|starting|last|before|till|through|every|each|ab|jusqu'à|bis) (?:\w+ )?$"
)
_MADE_KNOWN = re.compile(
    r"\b(?:said|says|announc\w+|told|tells|confirm\w+|inform\w+|unveil\w+|disclos\w+|reveal\w+|wrote|sent"
    r"|fil(?:ed|ing)|introduc\w+|heard|report\w*|published|learn\w*|notified|memo|letter|statement|defended"
    r"|went out|signed|teilte|sagte|sprach|mitgeteilt|annonc\w+|comunicó|anunció|meddelade|sade"
    r"|presented|was told|were told|is laying|has laid|laid off)\b"
)
_TODAY = re.compile(
    r"\b(?:today|heute|aujourd'hui|hoy|idag|i dag)\b(?=[^.]{0,20}\b(?:announc|introduc|unveil|said|launch|confirm"
    r"|is pleased)|,| said| we|$)"
)
_DAY_MONTH = (
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:de )?(?P<m1>{_MONTH})"
    rf"|(?P<m2>{_MONTH}) (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)"
    r"(?:,? (?:de )?(?P<y>20\d\d))?"
)
_DATELINE = re.compile(rf"^[^.!?:;]{{2,40}}?(?:\.,?)? ?{_DAY_MONTH} ?(?:\([^)]*\) ?)?[-:.]")
_WHEN = (
    r"(?P<how>by|before|bis|d'ici|senast|from|as of|starting|starts?|begins?|beginning"
    r"|effective|in|on|ab|zum|dès|från|at)"
    r"(?: (?:(?:the )?(?P<end>end|close|ende|fin|slutet)(?: (?:of|de|av))?|early|mid|late|next|about|around|this"
    r"|the first week of|den|le|el))*"
)
_TAKES = re.compile(
    rf"\b{_WHEN} (?:{_DAY_MONTH}|(?P<month>{_MONTH})(?:(?:,| of| de)? (?P<my>20\d\d))?|(?P<year>20\d\d))(?![\w%])"
)
_LASTING = frozenset({"by", "before", "bis", "d'ici", "senast"})  # not "until": a promise ends then
_COMING = re.compile(
    r"\b(?:will|to|by|until|expects?|plans?|begins?|starts?|from|wird|sollen|bis|zum|ab|va|dès|effective|sunset"
    r"|phased?)\b"
)
_NOW_ON = frozenset({"in", "on", "at"})  # "in May" may as well be past: only of the months to come


@dataclass(frozen=True, slots=True)
class Dated:
    """A day with the place in the sentence it was read at."""

    day: date
    start: int
    end: int


def announced(reading: Reading, published_on: date | None) -> Dated | None:
    """Return the day on which a sentence says that it was made known; a weekday is the last one before publication."""
    low = reading.low
    dateline = _DATELINE.match(low) if reading.sentence.start == 0 and reading.place == "text" else None
    if dateline is not None:
        day = _day(dateline, published_on, ahead=False)
        if day is not None:
            start = next(dateline.start(group) for group in ("d1", "m2") if dateline[group])
            return Dated(day, start, max(dateline.end(group) for group in ("m1", "d2", "y")))
    if published_on is None:
        return None
    today = _TODAY.search(low)
    if today is not None:
        return Dated(published_on, today.start(), today.end())
    if _MADE_KNOWN.search(low) is None:
        return None
    for match in _WEEKDAY.finditer(low):
        if not _NOT_THAT.search(match["before"]) and not match["now"]:
            back = (published_on.weekday() - _WEEKDAY_OF[match["day"]]) % 7
            return Dated(published_on - timedelta(days=back), match.start("day"), match.end("day"))
    return None


def effective(readings: Sequence[Reading], published_on: date | None) -> tuple[Reading, Dated] | None:
    """Return the day from which, or by which, the change takes effect; a month or year by its last or first day."""
    for reading in readings:
        if not _COMING.search(reading.low):
            continue
        for match in _TAKES.finditer(reading.low):
            day = _taken(match, published_on)
            if day is not None and (published_on is None or day > published_on):
                start = min(match.start(g) for g in ("d1", "m2", "month", "year") if match[g])
                return reading, Dated(day, start, match.end())
    return None


def _taken(match: re.Match[str], published_on: date | None) -> date | None:
    """Return the day of a "by March 2026", "from 1 August" or "by the end of 2027"."""
    lasting = match["how"] in _LASTING or match["end"] is not None
    if match["year"]:
        if not lasting and match["how"] not in {"from", "starting", "in"}:
            return None
        return date(int(match["year"]), 12, 31) if lasting else date(int(match["year"]), 1, 1)
    if match["month"]:
        month = _MONTH_OF[match["month"].rstrip(".")]
        year = int(match["my"]) if match["my"] else _year(month, 28, published_on, ahead=True)
        if (
            published_on is not None
            and match["how"] in _NOW_ON
            and not match["my"]
            and (month - published_on.month) % 12 > 6
        ):
            return None
        if year is None or (match["month"] == "may" and match["how"] not in {"by", "from", "in"}):
            return None
        return date(year, month, calendar.monthrange(year, month)[1] if lasting else 1)
    return _day(match, published_on, ahead=True)


def _day(match: re.Match[str], published_on: date | None, *, ahead: bool) -> date | None:
    """Return the day of a match with day, month and perhaps year."""
    month = _MONTH_OF[(match["m1"] or match["m2"]).rstrip(".")]
    number = int(match["d1"] or match["d2"])
    year = int(match["y"]) if match["y"] else _year(month, number, published_on, ahead=ahead)
    if year is None or not 1 <= number <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, number)


def _year(month: int, number: int, published_on: date | None, *, ahead: bool) -> int | None:
    """Return the year a day without one falls in: the next such day, or the last one, seen from publication."""
    if published_on is None:
        return None
    passed = (month, number) < (published_on.month, published_on.day)
    to_come = (month, number) > (published_on.month, published_on.day)
    year = published_on.year + passed if ahead else published_on.year - to_come
    return year if MINYEAR <= year <= MAXYEAR else None
