"""Rows as dictionaries and values as columns: the few conversions all parts of the store share."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from monitor.clock import from_text, to_text

Row = dict[str, Any]


def rows(db: Database, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    """Return all rows of a query, by column name."""
    return list(each(db, sql, values))


def each(db: Database, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
    """Yield the rows of a query, by column name, no more of them than are taken."""
    cursor = db.execute(sql, values if isinstance(values, Sequence) else dict(values))
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def one(db: Database, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Row | None:
    """Return the first row of a query, by column name, or None."""
    found = rows(db, sql, values)
    return found[0] if found else None


def scalar(db: Database, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
    """Return the first column of the first row of a query, or None."""
    row = db.execute(sql, values if isinstance(values, Sequence) else dict(values)).fetchone()
    return row[0] if row else None


def insert(db: Database, table: str, row: Mapping[str, Any]) -> int:
    """Insert one row and return its rowid; the columns are those of the mapping, no others are made."""
    names = '", "'.join(row)
    marks = ", ".join(["null" if value is None else "?" for value in row.values()])
    cursor = db.execute(f'insert into "{table}" ("{names}") values ({marks})', _bound(row))
    return int(cursor.lastrowid or 0)


def update(db: Database, table: str, row_id: int, changes: Mapping[str, Any]) -> None:
    """Change columns of the row with this id."""
    settings, values = setting(changes)
    db.execute(f'update "{table}" set {settings} where id = ?', [*values, row_id])


def setting(changes: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return what stands after `set`, and the values for its question marks."""
    settings = [f'"{name}" = null' if value is None else f'"{name}" = ?' for name, value in changes.items()]
    return ", ".join(settings), _bound(changes)


def _bound(row: Mapping[str, Any]) -> list[Any]:
    """Return the values to bind: all but None, which is written out, for to bind it costs three times a number."""
    return [value for value in row.values() if value is not None]


def moment(text: str | None) -> datetime | None:
    """Return the moment a column holds; None for none and for what is only a date or less."""
    return from_text(text) if text and "T" in text else None


def text_or_none(value: datetime | date | None) -> str | None:
    """Return a moment or a day as a column holds it."""
    if isinstance(value, datetime):
        return to_text(value)
    return value.isoformat() if value else None
