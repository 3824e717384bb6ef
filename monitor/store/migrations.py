"""The schema, step by step: numbered SQL files applied through sqlite-utils, each in one transaction with its record.

Before a store that holds data is changed, a verified copy of it is laid beside it.
"""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import complete_statement
from typing import Final

from sqlite_utils import Database, Migrations

from monitor.errors import StoreError
from monitor.events import employer_key
from monitor.identity import queue_key
from monitor.shipped import shipped
from monitor.store.backup import copy_verified
from monitor.store.connection import connect_read_only, damaged, translated, unenforced_keys

SET_NAME: Final = "layoff-monitor"
_RECORD: Final = "_sqlite_migrations"  # the table of sqlite-utils that says which were applied

logger = logging.getLogger("monitor")


def migration_files(folder: Path | None = None) -> list[Path]:
    """Return the migrations, oldest first; their names without `.sql` are what a store remembers."""
    return sorted((folder or shipped("storage/migrations")).glob("[0-9][0-9][0-9][0-9]_*.sql"))


def statements(script: str) -> Iterator[str]:
    """Yield the statements of an SQL script one by one, triggers whole."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if complete_statement(pending):
            yield pending.strip()
            pending = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in pending.splitlines()):
        raise ValueError(f"the script ends in the middle of a statement: {pending.strip()[:80]}")


def check_not_newer(path: Path, folder: Path | None = None) -> None:
    """Return if the migrations a store has seen are the first of those known here; raises StoreError for others.

    A list with a gap, and none in a store that has tables, come from damage: nothing must be made upon it.
    """
    with translated(path), closing(connect_read_only(path)) as db:
        applied = sorted(migration.name for migration in _migrations(folder).applied(db))
        filled = db.execute(f"select 1 from sqlite_master where type = 'table' and name <> '{_RECORD}'").fetchone()
    known = [file.stem for file in migration_files(folder)]
    unknown = [name for name in applied if name not in known]
    if unknown and unknown[-1] > known[-1]:
        raise StoreError(
            f"{path} was made by a newer layoff-monitor (it knows {unknown[-1]}, this program does not); upgrade "
            f"the program, or put a copy from before the upgrade in its place ({path.name}.before-* beside it)"
        )
    if applied != known[: len(applied)] or (filled and not applied):
        raise damaged(path, "its list of migrations is not whole")


def check_current(path: Path, folder: Path | None = None) -> None:
    """Return if a reader can use the store as it is; raises StoreError if migrations are still to come."""
    with translated(path), closing(connect_read_only(path)) as db:
        pending = _migrations(folder).pending(db)
    if pending:
        raise StoreError(
            f"{path} is from an older layoff-monitor (it lacks {pending[0].name}); a command that writes upgrades "
            "it, for example `layoff-monitor run --once`"
        )


def is_older(db: Database, folder: Path | None = None) -> bool:
    """Return whether migrations are still to come for the store behind a connection."""
    return bool(_migrations(folder).pending(db))


def migrate(db: Database, path: Path, folder: Path | None = None) -> list[str]:
    """Return the names of the migrations applied now; the store is then complete and checked, or as it was.

    A store that already holds data is copied first (`monitor.db.before-0002`), and the copy checked.
    """
    migrations = _migrations(folder)
    pending = [migration.name for migration in migrations.pending(db)]
    if not pending:
        return []
    if migrations.applied(db):
        copy = path.with_name(f"{path.name}.before-{pending[0][:4]}")
        try:
            copy_verified(db, path, copy)
        except OSError as error:
            raise StoreError(f"{copy} cannot be written before the upgrade: {error.strerror}") from error
        logger.info("store.copied", extra={"path": str(copy), "before": pending[0]})
    with translated(path), unenforced_keys(db):
        migrations.apply(db)
    found = [str(row[0]) for row in db.execute("pragma integrity_check(3)")]
    if found != ["ok"]:
        raise StoreError(f"{path} is damaged after its upgrade ({'; '.join(found)}); put a .before-* copy in its place")
    logger.info("store.migrated", extra={"path": str(path), "migrations": pending})
    return pending


def schema(db: Database) -> str:
    """Return the store's schema as one SQL script in the order of its making, without what libraries add."""
    rows = db.execute(
        """
        select trim(sql, char(10)) from sqlite_master
        where sql is not null and name not like 'sqlite_%' and name not like 'articles_fts_%'
          and tbl_name <> '_sqlite_migrations'
        order by rowid
        """
    )
    head = "-- Generated from storage/migrations by `python -m monitor.store.schema`; not to be edited.\n\n"
    return head + "\n\n".join(f"{row[0]};" for row in rows) + "\n"


def _migrations(folder: Path | None) -> Migrations:
    migrations = Migrations(SET_NAME)
    for file in migration_files(folder):
        migrations(name=file.stem)(_Step(file))
    return migrations


class _Step:
    """One migration file as the function sqlite-utils runs inside its transaction."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.__name__ = file.stem

    def __call__(self, db: Database, /) -> None:
        """Run the file; references it breaks undo it. It may call `queue_key(url)` and `employer_key(name)`."""
        db.register_function(queue_key, deterministic=True)
        db.register_function(employer_key, deterministic=True)
        for statement in statements(self._file.read_text(encoding="utf-8")):
            db.execute(statement)
        broken = db.execute("pragma foreign_key_check").fetchall()
        if broken:
            raise StoreError(f"migration {self.__name__} breaks {len(broken)} references, first in {broken[0][0]}")
