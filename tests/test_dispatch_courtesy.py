"""What one batch may ask of its host: robots.txt and its crawl-delay, hosts that want peace, time that runs out."""

from asyncio import StreamWriter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from pipes import article, tools
from typing import Any, NoReturn

import pytest
from faults.hostile import HostileServer, Seen, framed, raw

from monitor.dispatch import PATIENCE_S, run_batch
from monitor.errors import ParseError
from monitor.identity import host_key
from monitor.model import (
    BATCH_VERSION,
    Batch,
    BatchItem,
    NotTried,
    PageFailed,
    PageRead,
    Reason,
    RobotsRules,
    TextState,
)
from monitor.sandbox import Sandbox

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGES = Path(__file__).parent / "data" / "pages"
ALLOWED = RobotsRules("allow_all")


def batch(site: HostileServer, *paths: str, robots: RobotsRules | None = None, **changes: Any) -> Batch:
    """Return a batch of these pages, served as articles unless something else is served there."""
    for path in paths:
        if path not in site.paths:
            site.serve(path, article("Norvik drops 320 advisers"), HTML)
    items = tuple(BatchItem(number, site.url(path), "Norvik drops", "") for number, path in enumerate(paths, 1))
    return replace(Batch(BATCH_VERSION, host_key(site.url()), "token", 30.0, 0.0, robots, items), **changes)


def crawl_delay(value: str) -> bytes:
    return f"User-agent: *\nCrawl-delay: {value}\n".encode()


async def test_a_robots_txt_that_cannot_be_had_costs_one_attempt_and_not_one_for_every_entry(
    site: HostileServer,
) -> None:
    site.serve("/robots.txt", b"", status=503)
    async with tools() as given:
        result = await run_batch(batch(site, "/1", "/2", "/3"), given)
    failed, *rest = result.results
    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.retryable) == (Reason.ROBOTS_UNREACHABLE, True)
    assert rest == [NotTried(2), NotTried(3)]
    assert [one.path for one in site.requests] == ["/robots.txt"]
    assert result.robots is not None
    assert result.robots.state == "unreachable"


async def test_entries_that_need_no_page_are_judged_though_robots_txt_cannot_be_had(site: HostileServer) -> None:
    site.serve("/robots.txt", b"", status=503)
    sent = batch(site, "/1", "/2")
    sent = replace(sent, items=(*sent.items, BatchItem(3, "", "Norvik drops advisers", "")))
    async with tools() as given:
        result = await run_batch(sent, given)
    assert isinstance(result.results[2], PageRead)


DELAYS = {
    "longer than ours": ("0.05", 0.01, 0.05),
    "shorter than ours": ("0.01", 0.05, 0.05),
    "none": ("nan", 0.05, 0.05),
}


@pytest.mark.parametrize(("asked", "ours", "kept"), DELAYS.values(), ids=DELAYS)
async def test_the_longer_of_crawl_delay_and_our_pause_is_kept(
    asked: str, ours: float, kept: float, site: HostileServer
) -> None:
    site.serve("/robots.txt", crawl_delay(asked))
    async with tools() as given:
        await run_batch(batch(site, "/1", "/2", "/3", delay_s=ours), given)
    pages = [one for one in site.requests if one.path != "/robots.txt"]
    assert len(pages) == 3
    assert min(after.at - before.ended[0] for before, after in pairwise(pages)) >= kept


REMEMBERED = {
    "within bounds": ("0.25", 0.25),
    "a minute": ("60", 60.0),
    "a day": ("86400", 300.0),
    "negative": ("-5", None),
    "zero": ("0", None),
    "not a number": ("nan", None),
    "infinite": ("inf", None),
}


@pytest.mark.parametrize(("asked", "seconds"), REMEMBERED.values(), ids=REMEMBERED)
async def test_a_crawl_delay_is_brought_home_within_bounds(
    asked: str, seconds: float | None, site: HostileServer
) -> None:
    site.serve("/robots.txt", crawl_delay(asked) + b"Disallow: /")
    async with tools() as given:
        result = await run_batch(batch(site, "/1"), given)
    assert result.robots is not None
    assert result.robots.crawl_delay_s == seconds


async def test_a_crawl_delay_read_from_rules_that_home_sent_is_brought_home_once(site: HostileServer) -> None:
    rules = RobotsRules("rules", crawl_delay("60").decode() + "Disallow: /")
    async with tools() as given:
        first = await run_batch(batch(site, "/1", robots=rules), given)
        second = await run_batch(batch(site, "/1", robots=first.robots), given)
    assert (first.robots, second.robots) == (replace(rules, crawl_delay_s=60.0), None)


async def test_a_pause_that_outlasts_the_batch_leaves_the_rest_untried(site: HostileServer) -> None:
    async with tools() as given:
        result = await run_batch(batch(site, "/1", "/2", robots=ALLOWED, delay_s=60.0, deadline_s=30.0), given)
    assert isinstance(result.results[0], PageRead)
    assert (result.results[1], len(site.requests)) == (NotTried(2), 1)


CHALLENGES = {
    "403": (403, {"cf-mitigated": "challenge"}, 3600.0),
    "503": (503, {"CF-Mitigated": "challenge"}, 3600.0),
    "429 that says how long": (429, {"cf-mitigated": "challenge", "Retry-After": "7200"}, 7200.0),
}


@pytest.mark.parametrize(("status", "headers", "hold_s"), CHALLENGES.values(), ids=CHALLENGES)
async def test_a_host_that_puts_a_test_for_browsers_is_left_alone_for_an_hour_and_more(
    status: int, headers: dict[str, str], hold_s: float, site: HostileServer
) -> None:
    site.serve("/1", b"Just a moment", headers, status=status)
    async with tools() as given:
        result = await run_batch(batch(site, "/1", "/2", robots=ALLOWED), given)
    [failed, untried] = result.results
    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.retryable, result.hold_s) == (Reason.CHALLENGE_PAGE, True, hold_s)
    assert (untried, len(site.requests)) == (NotTried(2), 1)


async def test_a_test_for_browsers_that_comes_with_a_200_holds_its_host_too(site: HostileServer) -> None:
    site.serve("/1", (PAGES / "challenge_page" / "just-a-moment.html").read_bytes(), HTML)
    async with tools() as given:
        result = await run_batch(batch(site, "/1", "/2", robots=ALLOWED), given)
    [named, untried] = result.results
    assert isinstance(named, PageRead)
    assert (named.reason, named.article.text, result.hold_s) == (Reason.CHALLENGE_PAGE, "", 3600.0)
    assert (untried, len(site.requests)) == (NotTried(2), 1)


@pytest.mark.parametrize("first", ["a status of 403", "a status of 200"])
async def test_stories_that_waited_through_three_holds_of_such_a_host_are_told_by_their_feed(
    first: str, site: HostileServer
) -> None:
    """One page an hour is what such a host is asked for: with more stories than that, some would wait for ever."""
    if first == "a status of 403":
        site.serve("/1", b"Just a moment", {"cf-mitigated": "challenge"}, status=403)
    else:
        site.serve("/1", (PAGES / "challenge_page" / "just-a-moment.html").read_bytes(), HTML)
    sent = batch(site, "/1", "/2", "/3", robots=ALLOWED)
    asked, long, lately = sent.items
    long = replace(long, waited_s=PATIENCE_S, summary="Forty advisers of the bank in the harbour town must go.")
    async with tools() as given:
        result = await run_batch(replace(sent, items=(replace(asked, waited_s=PATIENCE_S), long, lately)), given)
    told = [(one.reason, one.article.text_state) for one in result.results if isinstance(one, PageRead)]
    assert told == [
        (Reason.CHALLENGE_PAGE, TextState.HEADLINE_ONLY),
        (Reason.CHALLENGE_PAGE, TextState.BLOCKED),
    ]
    assert (result.results[2], result.hold_s, len(site.requests)) == (NotTried(3), 3600.0, 1)


async def test_stories_that_waited_long_for_a_host_that_only_wants_peace_go_on_waiting(site: HostileServer) -> None:
    site.serve("/1", b"", status=429)
    sent = batch(site, "/1", "/2", robots=ALLOWED)
    async with tools() as given:
        long = tuple(replace(one, waited_s=10 * PATIENCE_S) for one in sent.items)
        result = await run_batch(replace(sent, items=long), given)
    assert (type(result.results[0]), result.results[1]) == (PageFailed, NotTried(2))


async def test_a_403_that_puts_no_test_holds_nobody(site: HostileServer) -> None:
    site.serve("/1", b"No", {"cf-mitigated": "block"}, status=403)
    async with tools() as given:
        result = await run_batch(batch(site, "/1", "/2", robots=ALLOWED), given)
    [failed, read] = result.results
    assert isinstance(failed, PageFailed)
    assert (failed.reason, result.hold_s, type(read)) == (Reason.HTTP_4XX, None, PageRead)


async def test_a_robots_txt_behind_a_test_for_browsers_is_a_4xx_like_any_other(site: HostileServer) -> None:
    site.serve("/robots.txt", b"Just a moment", {"cf-mitigated": "challenge"}, status=403)
    async with tools() as given:
        result = await run_batch(batch(site, "/1"), given)
    assert isinstance(result.results[0], PageRead)


async def test_a_page_that_sets_a_cookie_and_asks_again_is_an_article(site: HostileServer) -> None:
    async def wall(seen: Seen, writer: StreamWriter) -> None:
        again = b"HTTP/1.1 302 Found\r\nLocation: /1\r\nSet-Cookie: c=1\r\nContent-Length: 0\r\n\r\n"
        story = framed(article("Norvik drops 320 advisers"), b"Content-Type: text/html")
        await raw(story if seen.header("cookie") else again)(seen, writer)

    site.behave("/1", wall)
    async with tools() as given:
        result = await run_batch(batch(site, "/1", robots=ALLOWED), given)
    assert isinstance(result.results[0], PageRead)


class NeverDone(Sandbox):
    """A sandbox in which nothing is done in time."""

    async def run(self, *_: object) -> NoReturn:
        raise ParseError(Reason.PARSE_TIMEOUT, "killed after 10 s")


async def test_a_robots_txt_that_cannot_be_judged_costs_one_attempt_and_gives_the_host_a_rest(
    site: HostileServer,
) -> None:
    long = RobotsRules("rules", "User-agent: *\n" + "Disallow: /a\n" * 10_000)
    async with tools() as given:
        result = await run_batch(batch(site, "/1", "/2", robots=long), replace(given, sandbox=NeverDone(1)))
    [failed, untried] = result.results
    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.detail) == (Reason.ROBOTS_UNREACHABLE, "killed after 10 s")
    assert (untried, result.hold_s, site.requests) == (NotTried(2), 600.0, [])
