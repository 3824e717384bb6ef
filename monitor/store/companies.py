"""Employers by their canonical names. Called inside units."""

from sqlite_utils import Database

from monitor.store.rows import insert, scalar


def find(db: Database, name: str) -> int | None:
    """Return the employer's id, or None; names are compared without regard to case."""
    found = scalar(db, "select id from companies where name = ? collate nocase order by name = ? desc", [name, name])
    return None if found is None else int(found)


def ensure(db: Database, name: str) -> int:
    """Return the employer's id, made if need be; the first spelling stays."""
    found = find(db, name)
    return insert(db, "companies", {"name": name}) if found is None else found
