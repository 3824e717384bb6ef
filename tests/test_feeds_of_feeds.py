"""RELIABILITY.md F12: a feed is one feed however it is written, and what it lists is read and never followed as one."""

from functools import partial
from pathlib import Path
from pipes import article, rss, runtime, settings

import pytest
from documents import rss as empty_rss
from faults.hostile import HostileServer

from monitor.pipeline import Runtime, poll_pass, process_pass
from monitor.store import feeds
from monitor.store.rows import Row, rows

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


async def add(given: Runtime, url: str) -> bool:
    work = partial(feeds.add, url=url, title=None, origin="added", now=given.tools.clock(), start_interval_s=1800)
    return (await given.store.write(work))[1]


async def ask(given: Runtime, sql: str) -> list[Row]:
    return await given.store.read(partial(rows, sql=sql))


@pytest.mark.parametrize("path", ["/feed", "/feed#top", "/feed?utm_source=x", "/./feed"])
async def test_a_feed_written_otherwise_is_the_same_feed(path: str, tmp_path: Path) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        assert await add(given, site.url("/feed"))
        assert not await add(given, site.url(path))


async def test_a_feed_that_lists_itself_and_other_feeds_brings_only_its_story(tmp_path: Path) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        site.serve("/other", empty_rss().encode(), RSS)
        site.serve("/story", article("Norvik drops advisers"), HTML)
        listed = [("Norvik feed", "/feed"), ("Norvik other", "/other"), ("Norvik drops advisers", "/story")]
        site.serve("/feed", rss(*((title, site.url(path)) for title, path in listed)), RSS)
        await add(given, site.url("/feed"))
        for _ in range(2):
            await poll_pass(given, include_all=True)
            await process_pass(given)
        assert [row["url"] for row in await ask(given, "select url from feeds")] == [site.url("/feed")]
        ends = await ask(given, "select title, outcome, reason from entries order by id")
        assert [tuple(row.values()) for row in ends] == [
            ("Norvik feed", "stored", "unsupported_type"),
            ("Norvik other", "stored", "unsupported_type"),
            ("Norvik drops advisers", "stored", None),
        ]
        states = await ask(given, "select text_state from articles order by id")
        assert [row["text_state"] for row in states] == ["headline_only", "headline_only", "full"]
