"""How a page reaches the store: one look, on a thread and a read-only connection of datasette's, bounded in time."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from datasette.app import Datasette  # type: ignore[import-untyped]  # datasette ships no types
from datasette.utils import sqlite_timelimit  # type: ignore[import-untyped]  # as above
from datasette.utils.asgi import Request, Response  # type: ignore[import-untyped]  # as above

from monitor.store import Database, reading

NAME: Final = "monitor"  # of the database in every address, whatever the file is called
PAGE_TIME_MS: Final = 5000  # after which a page says that it took too long

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page of ours: what was asked, when, and the way to the store."""

    datasette: Datasette
    request: Request
    now: datetime

    def asked(self, name: str) -> str:
        """Return a parameter of the address, without space around it; empty where it is not there."""
        return (self.request.args.get(name) or "").strip()

    def number(self, name: str) -> int:
        """Return a number from the path."""
        return int(self.request.url_vars[name])

    async def read(self, query: Callable[[Database], T], limit_ms: int = PAGE_TIME_MS) -> T:
        """Return what `query` returns, in one snapshot of the store."""

        def bounded(connection: sqlite3.Connection) -> T:
            connection.execute("begin")
            try:
                with sqlite_timelimit(connection, limit_ms):
                    return query(reading.on(connection))
            finally:
                connection.rollback()

        found: T = await self.datasette.get_database(NAME).execute_fn(bounded)
        return found

    async def question(self, name: str) -> str:
        """Return the SQL of a named query, so that a chart shows what its question answers."""
        query = await self.datasette.get_canned_query(NAME, name, None)
        return str(query["sql"])

    async def page(self, template: str, context: dict[str, Any], status: int = 200) -> Response:
        """Return a page made of one of our templates."""
        html = await self.datasette.render_template(template, context, request=self.request)
        return Response.html(html, status=status)

    async def missing(self, what: str, instead: str) -> Response:
        """Return the page that says that there is no such thing, and what to do instead."""
        return await self.page("missing.html", {"what": what, "instead": instead}, status=404)
