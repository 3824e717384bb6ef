"""Facts about the store itself, by name: when it was made, what was done to it once. Called inside units."""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.store.rows import scalar

_PROBED: Final = "probed_at"


def get(db: Database, key: str) -> str | None:
    """Return the value kept under a name, or None."""
    found = scalar(db, "select value from meta where key = ?", [key])
    return None if found is None else str(found)


def put(db: Database, key: str, value: str) -> None:
    """Keep a value under a name, in the place of any earlier one."""
    db.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        [key, value],
    )


def count(db: Database, key: str) -> None:
    """Add one to the number kept under a name, which begins with 0."""
    db.execute(
        "insert into meta (key, value) values (?, '1') on conflict (key) do update set value = cast(value + 1 as text)",
        [key],
    )


def probe(db: Database, now: datetime) -> None:
    """Write something, to see whether anything can be written."""
    put(db, _PROBED, to_text(now))


def put_once(db: Database, key: str, value: str) -> bool:
    """Return whether the name was free; then the value is kept under it, for what is to be done once for ever."""
    return bool(db.execute("insert or ignore into meta (key, value) values (?, ?)", [key, value]).rowcount)
