"""Words for what the store holds: numbers with their qualifiers, days, grades of attribution. Pure.

A number is never shown without what was said with it: "about", "up to", "at least".
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from monitor.model.numbers import stated

Row = Mapping[str, Any]

SHAPES: Final = {"cut": "▼", "reversal": "▲", "hybrid": "◆", "none": "○"}
MEANINGS: Final = {
    "cut": "work taken from people",
    "reversal": "work given back to people",
    "hybrid": "AI and people both",
    "none": "neither",
}
_GRADES: Final = {
    "explicit": "AI is named as the reason",
    "implied": "AI is tied to it, not named as the reason",
    "speculative": "AI is supposed to be the reason",
    "disputed": "AI as the reason is disputed",
    "denied": "AI as the reason is denied",
    "none": "no tie to AI is stated",
}
_PARTS: Final = {  # of what gives work back, AI is no reason
    "explicit": "AI's part in it is named",
    "implied": "AI's part in it is implied",
    "speculative": "AI's part in it is supposed",
    "disputed": "AI's part in it is disputed",
    "denied": "AI's part in it is denied",
    "none": "no tie to AI is stated",
}
_WORDS: Final = {  # of vocabularies, where an underscore in the place of a space is not all
    "ai_withdrawn": "AI withdrawn",
    "human_in_loop_policy": "human-in-the-loop policy",
    "ai": "AI",
    "restructuring_for_ai": "restructuring for AI",
}
_SPEAKERS: Final = {"analyst": "an analyst", "worker": "a worker", "court": "a court"}
_TIERS: Final = {1: "primary source", 2: "original reporting", 3: "trade press or syndicated", 4: "other source"}
_LINKS: Final = {
    "reverses": "reverses",
    "reverses_partly": "partly reverses",
    "softens": "softens",
    "follows": "follows",
    "updates": "updates",
    "duplicates": "repeats",
}
_LENGTHS: Final = {"day": 10, "month": 7, "year": 4}


def jobs(event: Row) -> str:
    """Return the number as stated, qualifier first: "about 320 jobs", "2 people", "number of jobs not stated"."""
    label, low, qualifier = event.get("label"), event.get("jobs_count"), event.get("jobs_qualifier") or "exact"
    number = None if low is None or qualifier == "none_stated" else stated(low, event.get("jobs_count_max"), qualifier)
    return f"number of {number_of('', label).strip()} not stated" if number is None else number_of(number, label)


def number_of(number: str, label: str | None) -> str:
    """Return a number with what it counts: people, where they are taken back; jobs otherwise."""
    one, many = ("person", "people") if label == "reversal" else ("job", "jobs")
    return f"{number} {one if number == '1' else many}"


def further_numbers(event: Row) -> list[str]:
    """Return what else was stated in figures, each with what it is of; computed values say that and how."""
    told = []
    if event.get("jobs_implied") is not None:
        how = f" ({event['jobs_formula']})" if event.get("jobs_formula") else ""
        told.append(f"{event['jobs_implied']:,} jobs implied{how}, not stated")
    if event.get("share_pct") is not None:
        told.append(f"{event['share_pct']:g} % of {event.get('share_base') or 'a base that is not stated'}")
    if event.get("fte_equivalent") is not None:
        told.append(f"the work of {event['fte_equivalent']:,} people, which counts no jobs")
    before, after = event.get("headcount_before"), event.get("headcount_after")
    if before is not None or after is not None:
        ends = [f"{number:,} {when}" for number, when in ((before, "before"), (after, "after")) if number is not None]
        told.append(f"headcount {', '.join(ends)}")
    return told


def grade(event: Row) -> str:
    """Return how firmly the action is tied to AI, and by whom: "AI is named as the reason by the employer"."""
    words = _GRADES if event.get("label") == "cut" else _PARTS
    told = words.get(event.get("attribution_strength") or "none", words["none"])
    speaker = event.get("attribution_speaker")
    return f"{told} by {_SPEAKERS.get(speaker, f'the {speaker}')}" if speaker and told != words["none"] else told


def tier(number: int) -> str:
    """Return what a tier of sources is."""
    return _TIERS.get(number, _TIERS[4])


def link(name: str | None) -> str:
    """Return a link between events as a verb."""
    return _LINKS.get(name or "", "is linked to")


def day(value: str | date | None, precision: str | None = "day") -> str:
    """Return a day as people write it, no more precise than it is known: "1 August 2024", "August 2024", "2024"."""
    if value is None:
        return "date not known"
    text = value.isoformat() if isinstance(value, date) else value
    text = text[: _LENGTHS.get(precision or "day", 10)]
    try:
        match text.split("-"):
            case [year]:
                return str(int(year))
            case [year, month]:
                return f"{date(int(year), int(month), 1):%B %Y}"
            case _:
                found = date.fromisoformat(text)
                return f"{found.day} {found:%B %Y}"
    except ValueError:
        return text


def moment(value: str | None) -> str:
    """Return a moment of the store as people write it, in UTC: "22 November 2026, 14:51 UTC"."""
    if value is None:
        return "never"
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return day(value)
    found = found.astimezone(UTC)
    return f"{found.day} {found:%B %Y, %H:%M} UTC"


def days(number: int, *precisions: str) -> str:
    """Return days in words, "about" where an end is not known to the day: "1 day", "about 273 days"."""
    if set(precisions) - {"day"}:
        return f"about {count(number, 'day')}" if number else "about the same time"
    return count(number, "day") if number else "the same day"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 article", "3 articles"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def series(signal: Row) -> str:
    """Return which events a series counts: "all", "customer service", "employers of the list desk"."""
    value = signal["value"]
    return f"employers of the list {value}" if signal["dimension"] == "watch" else plain(value) or "all"


def plain(value: str | None) -> str:
    """Return a word of a closed vocabulary as people write it: "not_modified" -> "not modified"."""
    return _WORDS.get(value or "", (value or "").replace("_", " "))


def pieces(text: str, marks: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Return a text cut where marks begin and end, each piece with whether it is marked; marks may overlap."""
    found, at = [], 0
    for start, end in sorted(marks):
        first = max(at, start)
        if first < end:
            found += [(text[at:first], False), (text[first:end], True)]
            at = end
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


def web_address(value: str | None) -> str | None:
    """Return an address that may be linked to, None for what is no http or https address (W15)."""
    return value if value and value.lower().startswith(("http://", "https://")) else None


FILTERS: Final = {
    "jobs": jobs,
    "further_numbers": further_numbers,
    "grade": grade,
    "tier": tier,
    "link": link,
    "day": day,
    "moment": moment,
    "days": days,
    "count": count,
    "plain": plain,
    "pieces": pieces,
    "series": series,
    "web_address": web_address,
}
