"""Employers by their canonical names. Called inside units."""

from unicodedata import normalize

from sqlite_utils import Database

from monitor.store.rows import insert, scalar


def key_of(name: str) -> str:
    """Return the form under which two names are one: NFC, without regard to case; pure."""
    return normalize("NFC", normalize("NFC", name).casefold())


def find(db: Database, name: str) -> int | None:
    """Return the employer's id, or None; names are compared by `key_of`."""
    found = scalar(db, "select id from companies where name_key = ?", [key_of(name)])
    return None if found is None else int(found)


def ensure(db: Database, name: str) -> int:
    """Return the employer's id, made if need be; the first spelling stays."""
    found = find(db, name)
    return insert(db, "companies", {"name": name, "name_key": key_of(name)}) if found is None else found
