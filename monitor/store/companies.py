"""Employers by their canonical names. Called inside units."""

from unicodedata import normalize

from sqlite_utils import Database

from monitor.store.rows import insert, scalar, update


def key_of(name: str) -> str:
    """Return the form under which two names are one: NFC, without regard to case; pure."""
    return normalize("NFC", normalize("NFC", name).casefold())


def find(db: Database, name: str) -> int | None:
    """Return the employer's id, or None; names are compared by `key_of`."""
    found = scalar(db, "select id from companies where name_key = ?", [key_of(name)])
    return None if found is None else int(found)


def ensure(db: Database, name: str, parent: str | None = None) -> int:
    """Return the employer's id, made if need be; the first spelling stays, and so does the first owner."""
    found = find(db, name)
    made = insert(db, "companies", {"name": name, "name_key": key_of(name)}) if found is None else found
    if parent is not None and key_of(parent) != key_of(name):
        owned = scalar(db, "select parent_id from companies where id = ?", [made])
        if owned is None:
            update(db, "companies", made, {"parent_id": ensure(db, parent)})
    return made
