"""Feeds over weeks, through the pipeline and the store, with a real server and a clock that is moved."""

import logging
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from pipes import rss, runtime, settings
from typing import Any

import pytest
from faults.hostile import HostileServer, framed, raw

from monitor.pipeline import Runtime, poll_pass
from monitor.store import feeds
from monitor.store.rows import Row, rows

RSS = {"Content-Type": "application/rss+xml"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def following(path: Path, clock: Clock, *urls: str) -> Any:
    """Give a runtime that follows these feeds."""
    async with runtime(settings(path / "m.db"), clock) as given:
        for url in urls:
            work = partial(feeds.add, url=url, title=None, origin="added", now=clock(), start_interval_s=1800)
            await given.store.write(work)
        yield given


async def polled(given: Runtime, clock: Clock, *, after: timedelta = timedelta(0)) -> dict[str, int]:
    clock.now += after
    return dict(await poll_pass(given, include_all=True))


async def row(given: Runtime, number: int = 1) -> Row:
    return (await given.store.read(partial(rows, sql="select * from feeds where id = ?", values=[number])))[0]


def story(site: HostileServer, number: int) -> tuple[str, str]:
    return f"Fair weather {number}", site.url(f"/{number}")


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[Any]:
    return [record for record in caplog.records if record.message == event]


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, "monitor"):
        yield


async def test_the_state_is_stored_with_each_poll(tmp_path: Path, clock: Clock, site: HostileServer) -> None:
    states = []
    async with following(tmp_path, clock, site.url("/feed")) as given:
        for answer in (
            framed(rss(story(site, 1)), b"Content-Type: application/rss+xml"),
            framed(rss(), b"Content-Type: application/rss+xml"),
            b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
        ):
            site.behave("/feed", raw(answer))
            await polled(given, clock, after=DAY)
            states.append((await row(given))["state"])
    assert states == ["ok", "silent_zero", "failing", "blocked", "gone"]


async def test_two_feeds_that_say_retry_after_hold_their_whole_host(
    tmp_path: Path, clock: Clock, site: HostileServer
) -> None:
    limited = raw(b"HTTP/1.1 429 Too Many\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n")
    for path in ("/one", "/two"):
        site.behave(path, limited)
    site.serve("/three", rss(), RSS)
    async with following(tmp_path, clock, *(site.url(path) for path in ("/one", "/two", "/three"))) as given:
        await polled(given, clock)
        during = await polled(given, clock, after=HOUR)
        after = await polled(given, clock, after=HOUR)
    assert (during.get("feeds", 0), after["feeds"]) == (0, 3)


async def test_an_address_is_rewritten_after_a_week_of_the_same_permanent_redirect(
    tmp_path: Path, clock: Clock, site: HostileServer, other: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    site.redirect("/feed", other.url("/new"), 301)
    other.serve("/new", rss(story(other, 1)), RSS, etag='"1"')
    addresses = []
    async with following(tmp_path, clock, site.url("/feed")) as given:
        for _ in range(15):
            await polled(given, clock, after=DAY / 2)
            addresses.append((await row(given))["url"])
        asked = len(site.asked("/feed"))
        result = await polled(given, clock, after=HOUR)
    assert addresses == [site.url("/feed")] * 14 + [other.url("/new")]
    assert (len(site.asked("/feed")), result["not_modified"]) == (asked, 1)
    assert [(event.feed, event.to) for event in logged(caplog, "feed.moved")] == [
        (site.url("/feed"), other.url("/new"))
    ]


@pytest.mark.parametrize("status", [302, 307])
async def test_a_temporary_redirect_never_changes_an_address(
    tmp_path: Path, clock: Clock, site: HostileServer, status: int
) -> None:
    site.redirect("/feed", site.url("/new"), status)
    site.serve("/new", rss(story(site, 1)), RSS)
    async with following(tmp_path, clock, site.url("/feed")) as given:
        for _ in range(10):
            await polled(given, clock, after=DAY)
        found = await row(given)
    assert (found["url"], found["moved_to"]) == (site.url("/feed"), None)


async def test_a_feed_that_moved_onto_another_one_is_merged_into_it(
    tmp_path: Path, clock: Clock, site: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    site.redirect("/old", site.url("/new"), 308)
    site.serve("/new", rss(story(site, 1)), RSS)
    async with following(tmp_path, clock, site.url("/old"), site.url("/new")) as given:
        for _ in range(9):
            await polled(given, clock, after=DAY)
        listed = await given.store.read(feeds.listing)
    assert [found["url"] for found in listed] == [site.url("/new")]
    assert [event.feed for event in logged(caplog, "feed.merged")] == [site.url("/old")]


async def test_a_server_that_denies_its_news_is_found_out_and_asked_for_the_whole_for_a_week(
    tmp_path: Path, clock: Clock, site: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with following(tmp_path, clock, site.url("/feed")) as given:
        new = []
        for number in range(1, 13):
            listed = [story(site, n) for n in range(1, number + 1)]
            site.serve("/feed", rss(*listed), RSS, etag='"for ever"')
            new.append((await polled(given, clock, after=9 * HOUR)).get("new", 0))
        found = await row(given)
    assert new == [1, 0, 0, 3, *[1] * 8]
    assert (found["false_304s"], len(logged(caplog, "feed.false_304"))) == (1, 1)


async def test_only_unseen_entries_are_read_of_a_document_that_grew(
    tmp_path: Path, clock: Clock, site: HostileServer
) -> None:
    async with following(tmp_path, clock, site.url("/feed")) as given:
        for count in (3, 4):
            site.serve("/feed", rss(*(story(site, n) for n in range(count))), RSS, etag=f'"{count}"')
            last = await polled(given, clock, after=HOUR)
        kept = (await row(given))["entry_digests"]
    assert (last["parsed"], last["new"], last["known"], len(kept)) == (4, 1, 3, 32)
