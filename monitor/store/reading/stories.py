"""Articles as a reader looks for them: words and facets, the newest stored first, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.store.rows import Row, rows
from monitor.store.search import SHOWN_HIT, marked, match_expression

PAGE: Final = 20
COUNTED: Final = 1000  # the newest matches, over which facets are counted
_MOST_VALUES: Final = 8  # of a facet

# An article's row holds its text first: what has an index of its own is looked up there.
_CONDITIONS: Final = {
    "label": "a.label = :label",
    "kind": "a.kind = :kind",
    "function": "a.event_id in (select id from events where function = :function)",
    "country": "a.event_id in (select id from events where instr(';' || country || ';', ';' || :country || ';'))",
    "publisher": "a.publisher = :publisher",
    "week": "a.published_at >= :monday and a.published_at < :next_monday",
}
_FACTS: Final = """
    select a.id, a.label, a.kind, a.publisher, e.function, e.country, substr(a.published_at, 1, 10) as day
    from json_each(:ids) asked join articles a on a.id = asked.value left join events e on e.id = a.event_id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for: words, and one value of each facet; empty asks for nothing."""

    words: str = ""
    label: str = ""
    kind: str = ""
    function: str = ""
    country: str = ""
    publisher: str = ""
    week: str = ""  # ISO 8601, 2026-W07

    def facets(self) -> dict[str, str]:
        """Return facet -> value for the facets that are asked for."""
        return {field.name: value for field in fields(self)[1:] if (value := getattr(self, field.name))}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of articles, and what the newest matches are made of."""

    page: list[Row]
    total: int  # matches, as far as they are counted
    facets: Mapping[str, list[tuple[str, int]]]  # the most frequent values first


def look(db: Database, asked: Asked, page: int = 0) -> Found:
    """Return one page of what is asked for; raises UsageError for words that cannot be looked for."""
    ids = _matches(db, asked)
    facts = rows(db, _FACTS, {"ids": str(ids)})
    counted: dict[str, dict[str, int]] = {name: {} for name in _CONDITIONS}
    for row in facts:
        row["week"] = week_of(row["day"])
        for name, values in counted.items():
            for value in (row[name] or "").split(";") if name == "country" else [row[name]]:
                if value:
                    values[value] = values.get(value, 0) + 1
    facets = {name: _top(values, by_name=name == "week") for name, values in counted.items()}
    return Found(_page(db, asked, ids[page * PAGE : (page + 1) * PAGE]), len(ids), facets)


def week_of(day: str | None) -> str | None:
    """Return the ISO week of a day, None where no day is known; pure."""
    try:
        year, week, _ = date.fromisoformat(day or "").isocalendar()
    except ValueError:
        return None
    return f"{year}-W{week:02}"


def monday_of(week: str) -> date | None:
    """Return the Monday of an ISO week, None for what is none; pure."""
    try:
        return date.fromisoformat(f"{week}-1") if len(week) == len("2026-W07") else None
    except ValueError:
        return None


def _matches(db: Database, asked: Asked) -> list[int]:
    values: Row = {**asked.facets(), "most": COUNTED}
    conditions = [_CONDITIONS[name] for name in asked.facets()]
    if asked.week:
        monday = monday_of(asked.week)
        if monday is None:
            return []
        values |= {"monday": monday.isoformat(), "next_monday": (monday + timedelta(7)).isoformat()}
    if asked.words:
        values["match"] = match_expression(asked.words)
        joined = "join articles a on a.id = f.rowid" if conditions else ""
        where = " and ".join(["articles_fts match :match", *conditions])
        sql = f"select f.rowid as id from articles_fts f {joined} where {where} order by f.rowid desc limit :most"
    else:
        where = " and ".join(conditions) or "true"
        sql = f"select a.id from articles a where {where} order by a.id desc limit :most"
    return [row["id"] for row in rows(db, sql, values)]


def _page(db: Database, asked: Asked, ids: list[int]) -> list[Row]:
    """Return what is shown of these articles, with the matches in title and snippet as [start, end]."""
    if not ids:
        return []
    match = match_expression(asked.words) if asked.words else ""
    found = rows(
        db, SHOWN_HIT if match else _SHOWN, {"ids": str(ids), "match": match, "first": min(ids), "last": max(ids)}
    )
    for row in found:
        row["title"], row["title_marks"] = marked(row["title"])
        row["snippet"], row["marks"] = marked(row["snippet"])
    return found


_SHOWN: Final = """
    select a.id, a.published_at, a.date_precision, a.first_seen_at, a.publisher, a.label, a.kind, a.confidence,
      c.name as company, a.company_id, a.event_id, coalesce(a.final_url, a.url, a.canonical_url) as url, a.title,
      substr(a.text, 1, 240) as snippet
    from json_each(:ids) asked join articles a on a.id = asked.value left join companies c on c.id = a.company_id
    order by asked.key
"""


def _top(values: Mapping[str, int], *, by_name: bool) -> list[tuple[str, int]]:
    """Return the most frequent values, or the latest where the name is a time."""
    ordered = sorted(values.items(), reverse=True) if by_name else sorted(values.items(), key=lambda v: (-v[1], v[0]))
    return ordered[:_MOST_VALUES]
