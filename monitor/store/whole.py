"""Whole views, row by row, in an order that is always the same: what downloads and editions are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Whole:
    """How a view is read as a whole."""

    key: tuple[str, ...]  # its rows are ordered by
    since: str | None = None  # the column that says whether a row is of after a day; None: its rows sum up many days
    numbers: tuple[str, str] | None = None  # table and column in which its key counts up; None: not read in parts


WHOLE: Final[dict[str, Whole]] = {
    "articles_view": Whole(("id",), "first_seen_at", ("articles", "id")),
    "stories_view": Whole(("story_id",), "last_seen_at", ("articles", "story_id")),
    "events_view": Whole(("id",), "updated_at", ("events", "id")),
    "corrections_view": Whole(("id",), "corrected_at", ("corrections", "id")),
    "companies_view": Whole(("id",), "last_event_on", ("companies", "id")),
    "notes_view": Whole(("id",), "announced_on", ("accounts", "id")),
    "followups_view": Whole(("event_id", "months"), "announced_on"),
    "weekly_view": Whole(("week", "label")),
    "trends_view": Whole(("week_start", "label", "dimension", "value"), "week_start"),
    "signals_view": Whole(("label", "dimension", "value")),
    "ratio_view": Whole(("window_days", "window_end"), "window_end"),
    "survival_view": Whole(("ending", "dimension", "value", "days")),
    "entries_view": Whole(("id",), "first_seen_at", ("entries", "id")),
    "feeds_view": Whole(("id",), None, ("feeds", "id")),
    "alerts_view": Whole(("raised_at", "id"), "raised_at"),
    "deliveries_view": Whole(("alert_id", "channel", "recipient")),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns, and rows that are read as they are taken."""

    columns: tuple[str, ...]
    each: Iterator[tuple[Any, ...]]


def view(db: Database, name: str, since: date | None = None, without: tuple[str, ...] = ()) -> Rows:
    """Return all rows of a view of `WHOLE`, those of a day and later where it knows one, `without` some columns."""
    of = WHOLE[name]
    there = [row[0] for row in db.execute("select name from pragma_table_info(?)", [name])]
    wanted = ", ".join(f'"{column}"' for column in there if column not in without)
    later = f'where "{of.since}" >= ?' if since and of.since else ""
    sql = f"select {wanted} from {name} {later} order by {_listed(of.key)}"
    return query(db, sql, [since.isoformat()] if since and later else [])


def part(db: Database, name: str, after: int | None, size: int) -> tuple[Rows, int | None]:
    """Return the next rows of a view, and what to come back with for those `after` them; None for the first, and last.

    A part ends at a number found beforehand: a limit would have views that sum up computed to their end, and sorted.
    """
    of = WHOLE[name]
    if of.numbers is None:
        return view(db, name), None
    table, column = of.numbers
    counted = f"select distinct {column} from {table} where {column} > ? order by {column} limit ?"
    start = -1 if after is None else after
    [last] = db.execute(f"select max({column}) from ({counted})", [start, size]).fetchone()
    [key] = of.key
    return query(db, f'select * from {name} where "{key}" > ? and "{key}" <= ? order by "{key}"', [start, last]), last


def query(db: Database, sql: str, values: list[Any]) -> Rows:
    """Return all rows of a statement of ours."""
    cursor = db.execute(sql, values)
    return Rows(tuple(column[0] for column in cursor.description), iter(cursor))


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
