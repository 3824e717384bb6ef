"""What the pages of the site read: whole pages' worth of rows, on a connection that cannot write.

Every function takes the database first and returns rows. Nothing here writes, and nothing reads without a limit.
"""

import sqlite3
from typing import Final

from sqlite_utils import Database

# RELIABILITY.md W2 measured memory bombs of 919 to 1,959 MiB, and 52 MiB with these.
LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: 5_000_000,  # bytes of a value
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}


def on(connection: sqlite3.Connection) -> Database:
    """Return a connection that somebody else opened, as the functions of the store take it; nothing is changed."""
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def limit(connection: sqlite3.Connection) -> None:
    """Bound what a statement on a viewer's connection may use, beside its time."""
    for name, value in LIMITS.items():
        connection.setlimit(name, value)


def listed(column: str) -> str:
    """Return SQL of a table with a row for each part of a column such as "AU;US", whatever else may stand in it."""
    return f"""json_each('[' || replace(json_quote(coalesce({column}, 'not stated')), ';', '","') || ']')"""
