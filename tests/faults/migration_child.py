"""A program that opens a store, which upgrades it, and may kill itself on the way.

`python migration_child.py PATH MODE STATEMENT`: with MODE "whole" as the product does it, with "bare" each statement
for itself, which is the mistake that the kill test must be able to see. It dies before that statement, with 0 never,
and else says how many there were. Kept running by `nursery`.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from monitor.events import employer_key
from monitor.identity import queue_key
from monitor.store import Database, Store, connection, migrations

MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def counted(statement: int) -> list[int]:
    """Count the statements of the connection that writes, in the list returned, and die at that one."""
    connect, seen = connection.connect, [0]

    def traced(_sql: str) -> None:
        seen[0] += 1
        if seen[0] == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def connected(path: Path) -> Database:
        db = connect(path)
        db.conn.set_trace_callback(traced)
        return db

    connection.connect = connected
    return seen


def bare(db: Database, _path: Path) -> list[str]:
    """Apply what is missing without a transaction and without a copy; return nothing of interest."""
    db.execute("pragma foreign_keys = off")
    for function in (queue_key, employer_key):
        db.register_function(function, deterministic=True)
    known = {row[0] for row in db.execute("select name from _sqlite_migrations")}
    for file in migrations.migration_files():
        if file.stem not in known:
            for statement in migrations.statements(file.read_text(encoding="utf-8")):
                db.execute(statement)
            note = "insert into _sqlite_migrations (migration_set, name) values (?, ?)"
            db.execute(note, [migrations.SET_NAME, file.stem])
    return []


def load() -> None:
    """Nothing more: what is imported above is all there is to load."""


def main(path: str, mode: str, statement: str) -> None:
    """Open the store and end."""
    seen = counted(int(statement))
    if mode == "bare":
        migrations.migrate = bare  # type: ignore[assignment]  # the mistake
    Store.open(path, clock=lambda: MOMENT, writer=False).close()
    sys.stdout.write(f"{seen[0]}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
