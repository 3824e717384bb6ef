"""Whole views and answers of named queries as files: complete, however many rows, and fit for a spreadsheet.

Rows go to a file of this machine first, a part at a time, and from there to whoever reads however slowly: no look at
the store lasts longer than its part takes to be written, and no more than a part is held (RELIABILITY.md W3, W13, X4).
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, Final, TextIO

from datasette.utils.asgi import AsgiStream, Response  # type: ignore[import-untyped]  # datasette ships no types

from monitor.editions.formats import CSV, JSON, Format
from monitor.site.asking import NAME, Visit
from monitor.site.safety import Receive
from monitor.store import Database, whole

FORMATS: Final = {"csv": CSV, "json": JSON}
ROWS: Final = 2000  # of a part, at most; a view that cannot be read in parts, and a query, are one
PART_MS: Final = 10_000  # that a part may take
_CHARACTERS: Final = 1 << 16  # of a file, sent at once


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be downloaded: the rows of a view, or of a named query."""

    name: str
    sql: str | None  # of a query
    format: Format

    def part(self, db: Database, after: int | None) -> tuple[whole.Rows, int | None]:
        """Return the rows of a part, and what the next one comes `after`; None for the first, and after the last."""
        if self.sql is not None:
            return whole.query(db, self.sql, []), None
        return whole.part(db, self.name, after, ROWS)


async def download(visit: Visit) -> Response | AsgiStream:
    """Return a view or the answer to a named query as a file: every row of it."""
    asked = await _asked(visit)
    if asked is None:
        return await visit.missing(f"file {visit.request.path.rpartition('/')[2]}", "/ask")
    pieces = _pieces(visit, asked)
    try:
        first = await anext(pieces)  # what fails is told in the place of a file, and not in its middle
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        words = "This takes too long to be read at once; an edition has it all (`layoff-monitor export`).\n"
        return Response.text(words, status=503)

    async def stream(to: Any) -> None:
        left = asyncio.create_task(_left(visit.request.receive))
        try:
            await to.write(first)
            async for piece in pieces:
                if left.done():
                    break
                await to.write(piece)
        finally:
            left.cancel()
            await pieces.aclose()

    day = visit.now.date().isoformat()
    name = f"layoff-monitor-{day}-{asked.name}.{visit.request.url_vars['format']}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return AsgiStream(stream, headers=headers, content_type=asked.format.media_type)


async def _left(receive: Receive) -> None:
    """Return when whoever asked has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _asked(visit: Visit) -> Asked | None:
    """Return what is asked for; None for what is not there, or not to be shown."""
    name, form = visit.request.url_vars["name"], FORMATS[visit.request.url_vars["format"]]
    queries = await visit.datasette.get_canned_queries(NAME, None)
    if name in queries:
        return Asked(name, queries[name]["sql"], form)
    shut = visit.datasette.metadata("tables", database=NAME).get(name, {}).get("hidden")
    return Asked(name, None, form) if name in whole.WHOLE and not shut else None


async def _pieces(visit: Visit, asked: Asked) -> AsyncGenerator[str, None]:
    """Yield a file in pieces; the store is looked at for one download at a time, a part of it at a time."""
    after, rows, last = None, 0, False
    while not last:
        with closing(TemporaryFile("w+", encoding="utf-8", newline="")) as file:

            def fill(db: Database, file: TextIO = file, after: int | None = after, rows: int = rows) -> tuple[int, Any]:
                found, following = asked.part(db, after)
                return _fill(file, asked.format, found, is_first=after is None, before=rows), following

            async with visit.request.scope["downloads"]:
                number, after = await visit.read(fill, PART_MS)
            rows, last = rows + number, after is None
            file.seek(0)
            while piece := file.read(_CHARACTERS):
                yield piece
    yield asked.format.end


def _fill(file: TextIO, form: Format, found: whole.Rows, *, is_first: bool, before: int) -> int:
    """Return how many rows were written to a file, `before` which there were others."""
    number = 0
    if is_first:
        file.write(form.begin(found.columns))
    for row in found.each:
        if form.between and before + number:
            file.write(form.between)
        file.write(form.row(found.columns, row))
        number += 1
    return number
