"""RELIABILITY.md F4, F11: what comes of a document that is none, broken or whole; and of one that came too late."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from pipes import rss, runtime, settings
from typing import Any

import pytest
from documents import item, page
from documents import rss as document
from faults.hostile import HostileServer

from monitor.cli.feedlines import notes
from monitor.clock import from_text
from monitor.model import Reason
from monitor.pipeline import Runtime, poll_pass
from monitor.store import feeds
from monitor.store.rows import Row, one, rows

RSS = {"Content-Type": "application/rss+xml"}
ETAG = '"v1"'
TWO = document(item(1), item(2))


class Desk:
    """A feed on a server of the test, and the store that follows it."""

    def __init__(self, site: HostileServer, given: Runtime) -> None:
        self.site, self.given = site, given

    async def poll(self, body: bytes, headers: dict[str, str] | None = None, etag: str | None = None) -> Row:
        """Poll the feed, which has this document now; return its row."""
        url = self.site.serve("/feed", body, headers or RSS, etag=etag)
        clock = self.given.tools.clock
        add = partial(feeds.add, url=url, title=None, origin="added", now=clock(), start_interval_s=1800)
        await self.given.store.write(add)
        await poll_pass(self.given, include_all=True)
        return await self.ask("select * from feeds")

    async def ask(self, sql: str) -> Row:
        return await self.given.store.read(partial(one, sql=sql)) or {}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        yield Desk(site, given)


# What the server sent; the reason that is kept, how many entries, and whether it will be asked "has it changed?".
DOCUMENTS: dict[str, tuple[str, dict[str, str], Reason | None, int, bool]] = {
    "a sound one": (TWO, RSS, None, 2, True),
    "one without entries": (document(), RSS, None, 0, True),
    "one under a page's type": (TWO, {"Content-Type": "text/html"}, None, 2, True),
    "one under another encoding": (TWO, {"Content-Type": "text/xml; charset=us-ascii"}, None, 2, True),
    "one cut off": (TWO[:-80], RSS, Reason.PARSE_PARTIAL, 2, False),
    "one with a bare ampersand": (TWO.replace("Quillmark", "A & B"), RSS, Reason.PARSE_PARTIAL, 2, False),
    "one with an undeclared prefix": (TWO.replace("<pubDate>", "<x:y/><pubDate>"), RSS, Reason.PARSE_PARTIAL, 2, False),
    "nothing": ("", RSS, Reason.EMPTY_FEED, 0, False),
    "blanks": (" \r\n", RSS, Reason.EMPTY_FEED, 0, False),
    "a page": (page(), RSS, Reason.NOT_A_FEED, 0, False),
    "no entries and no title": (document(title=None), RSS, Reason.NOT_A_FEED, 0, False),
    "what crashes the parser": (
        document(item(extra="<textInput><name>q</name></textInput>")), RSS, Reason.PARSE_CRASHED, 0, False),
}  # fmt: skip


@pytest.mark.parametrize(("body", "headers", "reason", "entries", "asks"), DOCUMENTS.values(), ids=DOCUMENTS)
async def test_entries_are_kept_and_only_a_whole_document_is_asked_about_again(
    desk: Desk, body: str, headers: dict[str, str], reason: Reason | None, *, entries: int, asks: bool
) -> None:
    feed = await desk.poll(body.encode(), headers, ETAG)
    assert (feed["last_reason"], feed["etag"]) == (reason, ETAG if asks else None)
    assert (await desk.ask("select count(*) as number from entries"))["number"] == entries
    assert feed["state"] == ("failing" if reason and not entries else "silent_zero" if not entries else "ok")


def slots(first: int) -> bytes:
    """Give the document of a feed with twenty slots, from this story on."""
    return rss(*((f"Norvik meets {n}", f"https://press.example/{n}") for n in range(first, first + 20)))


async def test_a_feed_of_twenty_slots_that_published_fifty_meanwhile_may_have_a_gap_and_is_asked_sooner(
    desk: Desk,
) -> None:
    before = await desk.poll(slots(0))
    overlapping = await desk.poll(slots(19))
    late = await desk.poll(slots(69))
    assert [row["possible_gaps"] for row in (before, overlapping, late)] == [0, 0, 1]
    assert late["interval_s"] < before["interval_s"]
    listed: list[dict[str, Any]] = await desk.given.store.read(feeds.listing)
    assert "1 possible gap" in notes(listed[0], from_text(late["last_polled_at"]))
    shown = await desk.given.store.read(partial(rows, sql="select possible_gaps from feeds_view"))
    assert shown == [{"possible_gaps": 1}]
