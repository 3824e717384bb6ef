"""The site for everybody: over a copy that is made anew while it is served, with the settings that strangers need.

The copy's file is all that maker and server share: whoever puts a new one in its place by renaming is served from then
on. RELIABILITY.md 7: W1-W3, W8, W11-W13.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from datasette.app import Datasette  # type: ignore[import-untyped]  # datasette ships no types

from monitor.clock import to_text, utc_now
from monitor.site.asking import NAME
from monitor.site.counting import Counted
from monitor.store.publication import SHUT_VIEWS, beside, publish

EVERY_S: Final = 900.0

# RELIABILITY.md W1-W3. Named queries run; what they and the pages ask was written by us.
SETTINGS: Final[dict[str, int | bool]] = {
    "default_allow_sql": False,
    "max_returned_rows": 200,
    "num_sql_threads": 2,
    "sql_time_limit_ms": 500,
    "allow_facet": False,
    "facet_time_limit_ms": 100,
    "max_csv_mb": 5,
}

logger = logging.getLogger("monitor")

T = TypeVar("T")


class Replaced(Counted):
    """A database whose file is replaced by a whole new one now and then; each statement reads the one that is there."""

    def __init__(self, datasette: Datasette, path: str) -> None:
        super().__init__(datasette, path=path, is_mutable=True)
        self._held = threading.local()

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `fn` returns, given this thread's connection to the file of the moment."""
        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, lambda: fn(self._connection()))

    def made_at(self) -> str:
        """Return when the file of the moment was made."""
        return to_text(datetime.fromtimestamp(Path(self.path).stat().st_mtime, UTC))

    def _connection(self) -> sqlite3.Connection:
        found = Path(self.path).stat()
        file = (found.st_ino, found.st_mtime_ns)
        if getattr(self._held, "file", None) != file:
            if before := getattr(self._held, "connection", None):
                self._all_file_connections.remove(before)
                before.close()
            opened = self.connect()
            self.ds._prepare_connection(opened, self.name)  # noqa: SLF001  # as the method that this one replaces
            self._held.connection, self._held.file = opened, file
        connection: sqlite3.Connection = self._held.connection
        return connection


def described(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the descriptions without SQL and without views and queries that a copy for everybody has no rows for."""
    database = whole["databases"][NAME]
    tables = {name: {"hidden": True} if name in SHUT_VIEWS else of for name, of in database["tables"].items()}
    queries = {
        name: query
        for name, query in database["queries"].items()
        if not any(view in query["sql"] for view in SHUT_VIEWS)
    }
    shown = {**database, "tables": tables, "queries": queries, "allow_sql": False}
    return {**whole, "allow_sql": False, "databases": {NAME: shown}}


def copier(store: Path, *, with_texts: bool) -> Callable[[], Path]:
    """Return a function that puts a new copy for everybody in the place of the one before, and returns where it is.

    It raises MonitorError, and leaves the one before, where none can be made.
    """
    return lambda: publish(store, beside(store), utc_now(), with_texts=with_texts)


async def every_quarter() -> None:
    """Return a quarter of an hour later."""
    await asyncio.sleep(EVERY_S)


async def remaking(make: Callable[[], Path], pause: Callable[[], Awaitable[None]] = every_quarter) -> None:
    """Make a copy after each pause, for ever; one that fails is told, and the one before is served on."""
    failed = 0
    while True:
        await pause()
        try:
            await asyncio.to_thread(make)
        except Exception as error:  # noqa: BLE001  # whatever it is: it is told, and must not end the making of copies
            failed += 1
            logger.warning(
                "public.copy_failed",
                extra={"why": f"{type(error).__name__}: {error}", "in_a_row": failed, "served": "the last one"},
            )
        else:
            if failed:
                logger.warning("public.copied_again", extra={"after": failed})
            failed = 0
