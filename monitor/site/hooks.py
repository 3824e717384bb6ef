"""What datasette is told of us: our paths, what its templates may use, which tables are shut, how cells are linked."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlencode

from datasette import hookimpl  # type: ignore[import-untyped]  # datasette ships no types
from datasette.app import Datasette  # type: ignore[import-untyped]  # as above
from datasette.utils.asgi import AsgiStream, Request, Response  # type: ignore[import-untyped]  # as above
from jinja2 import Environment
from markupsafe import Markup

from monitor.alerts.documents import DOCUMENTS
from monitor.site import downloads, pages, wording
from monitor.site.asking import NAME, Visit
from monitor.store import reading, whole

PLUGIN: Final = "monitor"

Page = Callable[[Visit], Awaitable[Response | AsgiStream]]

# In the order of the navigation; a path without a word is reached by links.
PAGES: Final[tuple[tuple[str, Page], ...]] = (
    (r"^/$", pages.home),
    (r"^/stories$", pages.stories),
    (r"^/employers$", pages.employers),
    (r"^/employers/(?P<employer>\d{1,18})$", pages.employer),
    (r"^/events/(?P<event>\d{1,18})$", pages.event),
    (r"^/events/(?P<event>\d{1,18})\.json$", pages.packet),
    (r"^/articles/(?P<article>\d{1,18})$", pages.article),
    (r"^/trends$", pages.trends),
    (r"^/sources$", pages.sources),
    (r"^/ask$", pages.ask),
    (r"^/why$", pages.why),
    (r"^/download/(?P<name>[a-z_]{1,60})\.(?P<format>csv|json)$", downloads.download),
    *((rf"^/{re.escape(name)}$", pages.document) for name in DOCUMENTS),
)
NAVIGATION: Final = (
    ("/", "Home"),
    ("/stories", "Stories"),
    ("/employers", "Employers"),
    ("/trends", "Trends"),
    ("/ask", "Ask it"),
    ("/sources", "Sources"),
    ("/why", "Why?"),
    (f"/{NAME}", "Data"),
)
# Columns that number something with a page of its own.
_NUMBERS: Final = {
    "event_id": ("/events/", "event"),
    "linked_event_id": ("/events/", "event"),
    "reverses_event_id": ("/events/", "event"),
    "cut_id": ("/events/", "event"),
    "article_id": ("/articles/", "article"),
    "company_id": ("/employers/", "employer"),
    "story_id": (f"/{NAME}/articles_view?story_id=", "story"),
}
_OWN: Final = {"articles_view": "/articles/", "events_view": "/events/", "companies_view": "/employers/"}


def _answering(page: Page) -> Callable[[Datasette, Request], Awaitable[Response | AsgiStream]]:
    async def answer(datasette: Datasette, request: Request) -> Response | AsgiStream:
        return await page(Visit(datasette, request, request.scope["clock"]()))

    return answer


@hookimpl  # type: ignore[untyped-decorator]  # datasette ships no types
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response | AsgiStream]]]]:
    """Return our paths; they go before datasette's own."""
    return [(path, _answering(page)) for path, page in PAGES]


@hookimpl  # type: ignore[untyped-decorator]  # as above
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Bound what a statement may use."""
    reading.limit(conn)


@hookimpl  # type: ignore[untyped-decorator]  # as above
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Give templates our words; `copied_at` where a copy is shown, to everybody."""
    env.filters.update(wording.FILTERS)
    env.globals.update(shapes=wording.SHAPES, meanings=wording.MEANINGS, navigation=NAVIGATION, downloads=whole.WHOLE)
    env.globals["copied_at"] = getattr(datasette.get_database(NAME), "made_at", None)


@hookimpl  # type: ignore[untyped-decorator]  # as above
def permission_allowed(datasette: Datasette, action: str, resource: Any) -> bool | None:
    """Return False for tables that are parts of the program, None (others decide) for all else (W8, W9)."""
    if action != "view-table":
        return None
    database, table = resource
    described = datasette.metadata("tables", database=database) or {}
    shut = table not in described or described[table].get("hidden")
    return False if database == NAME and shut else None


@hookimpl  # type: ignore[untyped-decorator]  # as above
def render_cell(value: object, column: str, table: str | None) -> Markup | None:
    """Return a link to the page of ours that tells of what stands in a cell, None for what has none."""
    if value is None:
        return None
    before, word = (_OWN.get(table or "", ""), "") if column == "id" else _NUMBERS.get(column, ("", ""))
    if before and isinstance(value, int):
        return Markup('<a href="{}{}">{}</a>').format(before, value, f"{word} {value}".strip())
    if column == "company" and isinstance(value, str):
        return Markup('<a href="/employers?{}">{}</a>').format(urlencode({"name": value}), value)
    return None
