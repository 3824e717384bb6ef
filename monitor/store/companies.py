"""Employers by their canonical names. Called inside units."""

from sqlite_utils import Database

from monitor.events import employer_key
from monitor.store.rows import insert, scalar, update


def find(db: Database, name: str) -> int | None:
    """Return the employer's id, or None; names are compared by `monitor.events.employer_key`."""
    found = scalar(db, "select id from companies where name_key = ?", [employer_key(name)])
    return None if found is None else int(found)


def ensure(db: Database, name: str, parent: str | None = None) -> int:
    """Return the employer's id, made if need be; the first spelling stays, and so does the first owner."""
    found = find(db, name)
    made = insert(db, "companies", {"name": name, "name_key": employer_key(name)}) if found is None else found
    if parent is not None and employer_key(parent) != employer_key(name):
        owned = scalar(db, "select parent_id from companies where id = ?", [made])
        if owned is None:
            update(db, "companies", made, {"parent_id": ensure(db, parent)})
    return made
