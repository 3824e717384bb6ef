"""Twelve days of one installation, hour by hour on a given clock: what is asked of whom, and how often."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from pipes import rss, runtime, settings
from typing import Any

import pytest
from faults.gates import network
from faults.hostile import HostileServer, Seen, raw

from monitor.fetch import Gate
from monitor.pipeline import Runtime, poll_pass, process_pass
from monitor.store import feeds
from monitor.store.rows import Row, rows

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 12
RSS = {"Content-Type": "application/rss+xml"}
EMPTY = b"Content-Length: 0\r\n\r\n"
ONE = rss(("The weather", "http://weather.example/1"))  # which nobody fetches


@dataclass
class Days:
    """What happened: the hours at which each path was asked for, and what the store had in the end."""

    asked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    whole: list[int] = field(default_factory=list)  # the hours at which /same was asked for without conditions
    feeds: dict[str, Row] = field(default_factory=dict)  # by the path it was added under
    entries: list[Row] = field(default_factory=list)


def by_host(answers: dict[str, bytes]) -> Callable[[Seen, asyncio.StreamWriter], Any]:
    """Return a behaviour that answers each host so, and all others with 404."""

    async def behaviour(seen: Seen, writer: asyncio.StreamWriter) -> None:
        host = (seen.header("host") or "").partition(":")[0]
        await raw(answers.get(host, b"HTTP/1.1 404 No\r\n" + EMPTY))(seen, writer)

    return behaviour


def publish(site: HostileServer) -> dict[str, str]:
    """Have the sites be what they are; return the address of each feed by its path."""
    site.behave("/gone", raw(b"HTTP/1.1 410 Gone\r\n" + EMPTY))
    site.behave("/missing", raw(b"HTTP/1.1 404 No\r\n" + EMPTY))
    site.redirect("/moved", site.url("/there", "moved.example"), 301)
    site.serve("/there", ONE, RSS)
    site.redirect("/lent", site.url("/borrowed", "lent.example"), 302)
    site.serve("/borrowed", ONE, RSS)
    site.serve("/same", ONE, RSS, etag='"1"')
    site.serve("/graves", rss(("Norvik drops advisers", site.url("/grave", "dead.example"))), RSS)
    site.behave("/grave", raw(b"HTTP/1.1 410 Gone\r\n" + EMPTY))
    site.behave("/robots.txt", by_host({"mute.example": b"HTTP/1.1 503 No\r\n" + EMPTY}))
    paths = ("/gone", "/missing", "/moved", "/lent", "/same", "/graves", "/busy")
    return {path: site.url(path, f"{path[1:]}.example") for path in paths}


def tick(site: HostileServer, hour: int) -> None:
    """Have a busy feed list a story of each of the last hours, on a host whose robots.txt cannot be had."""
    stories = [
        (f"Norvik drops {n}", site.url(f"/story/{n}", "mute.example")) for n in range(hour, max(-1, hour - 5), -1)
    ]
    site.serve("/busy", rss(*stories), RSS)


async def lived(folder: Path) -> Days:
    now = START
    days = Days()

    def clock() -> datetime:
        return now

    async with (
        HostileServer() as site,
        runtime(settings(folder / "m.db"), clock) as base,
        Gate(network("127.0.0.1:*"), clock=clock, resolver=lambda _: ["127.0.0.1"]) as gate,
    ):
        given: Runtime = replace(base, tools=replace(base.tools, gate=gate))
        urls = publish(site)
        for url in urls.values():
            add = partial(feeds.add, url=url, title=None, origin="added", now=now, start_interval_s=1800)
            await given.store.write(add)
        for hour in range(24 * DAYS):
            now = START + timedelta(hours=hour)
            tick(site, hour)
            site.requests.clear()
            await poll_pass(given)
            await process_pass(given)
            for seen in site.requests:
                days.asked[seen.path].append(hour)
                if seen.path == "/same" and seen.header("if-none-match") is None:
                    days.whole.append(hour)
        by_id = await given.store.read(partial(rows, sql="select * from feeds order by id"))
        days.feeds = dict(zip(urls, by_id, strict=True))
        days.entries = await given.store.read(partial(rows, sql="select * from entries order by id"))
    return days


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return asyncio.run(lived(tmp_path_factory.mktemp("days")))


def gaps(hours: list[int]) -> list[int]:
    return [after - before for before, after in pairwise(hours)]


def test_a_feed_that_answered_410_is_asked_once_and_waits_for_a_person(days: Days) -> None:
    assert (days.asked["/gone"], days.feeds["/gone"]["state"]) == ([0], "gone")


def test_an_article_that_answered_410_is_asked_for_once_and_has_failed(days: Days) -> None:
    [ended] = [entry for entry in days.entries if "/grave" in entry["url"]]
    assert (days.asked["/grave"], ended["outcome"], ended["reason"]) == ([0], "failed", "gone")


def test_a_feed_that_is_not_found_is_tried_every_day_for_ever(days: Days) -> None:
    tried = gaps(days.asked["/missing"])
    assert max(tried) <= 25  # a day, and the hour in which this calendar looks
    assert set(tried[-8:]) <= {24, 25}


def test_a_feed_that_moved_for_good_has_its_new_address_after_a_week_and_one_that_is_lent_keeps_its_own(
    days: Days,
) -> None:
    assert days.feeds["/moved"]["url"].endswith("/there")
    assert 7 * 24 <= days.asked["/moved"][-1] <= 8 * 24
    assert days.asked["/there"][-1] > 11 * 24
    assert days.feeds["/lent"]["url"].endswith("/lent")


def test_a_feed_that_never_changes_is_fetched_whole_every_day_and_asked_in_between(days: Days) -> None:
    assert max(gaps(days.whole)) < 30  # a day, what the interval has grown by meanwhile, and this calendar's hour
    assert len(days.asked["/same"]) > 2 * len(days.whole)


def test_a_robots_txt_that_cannot_be_had_is_asked_for_ever_less_often_while_stories_wait(days: Days) -> None:
    asked = [hour for hour in days.asked["/robots.txt"] if hour]  # in the first hour others are asked, too
    assert gaps(asked)[-5:] == [24] * 5
    assert len(asked) < 20
    assert not any(path.startswith("/story") for path in days.asked)


def test_no_entry_of_all_those_days_is_without_an_outcome_or_a_next_try(days: Days) -> None:
    assert len(days.entries) > 24 * DAYS
    assert [entry for entry in days.entries if not (entry["outcome"] or entry["next_attempt_at"])] == []
