"""The hosts of one registrable domain over the whole way: whatever is asked for, they are asked one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from pipes import article, rss, runtime, settings

from faults.hostile import HostileServer, Seen, late, raw

from monitor.clock import Clock, from_text, utc_now
from monitor.crew import Crew
from monitor.fetch import Gate
from monitor.pipeline import Runtime, Tally, poll_pass, process_pass, start_polls
from monitor.store import feeds
from monitor.store.courtesy import courtesy_of
from monitor.store.rows import rows

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
HOSTS = 8


@asynccontextmanager
async def running(path: Path, everywhere: Gate, clock: Clock = utc_now, **network: object) -> AsyncIterator[Runtime]:
    """Give a runtime to which every name is a name of this machine."""
    async with runtime(settings(path / "m.db", **network), clock) as given:
        yield replace(given, tools=replace(given.tools, gate=everywhere))


async def publish(given: Runtime, site: HostileServer) -> None:
    """Have eight hosts of one domain list a story each, on the next host."""
    for number in range(HOSTS):
        feed, page = f"/feed/{number}", f"/story/{number}"
        story = site.url(page, host=f"www{(number + 1) % HOSTS}.press.example")
        site.serve(page, article(f"Norvik{number} drops advisers"), HTML)
        site.serve(feed, rss((f"Norvik{number} drops advisers", story)), RSS)
        url = site.url(feed, host=f"www{number}.press.example")
        now = given.tools.clock()
        await given.store.write(partial(feeds.add, url=url, title=None, origin="added", now=now, start_interval_s=1800))


def is_one_at_a_time(site: HostileServer) -> bool:
    return all(after.at >= before.ended[0] for before, after in pairwise(site.requests))


async def test_feeds_pages_and_robots_txt_of_one_domain_are_asked_for_one_at_a_time(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    async with running(tmp_path, everywhere) as given:
        await publish(given, site)
        await poll_pass(given)
        tally = await process_pass(given)
        assert tally["stored"] == HOSTS
        await poll_pass(given, include_all=True)
    assert len(site.requests) == HOSTS * 4  # a feed twice, robots.txt and a page once
    assert is_one_at_a_time(site)


async def test_while_a_feed_of_a_domain_is_polled_no_other_of_it_is_begun(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    async with running(tmp_path, everywhere) as given, Crew() as crew:
        await publish(given, site)
        site.behave("/feed/0", late(b"", after_s=0.2))
        tally = Tally()
        for _ in range(3):
            await start_polls(given, crew, tally)
            assert crew.busy == {f"press.example:{site.port}"}
        await crew.settled()
    assert tally["feeds"] == HOSTS
    assert is_one_at_a_time(site)


async def test_the_rest_after_a_batch_is_the_crawl_delay_where_that_is_longer(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    site.serve("/robots.txt", b"User-agent: *\nCrawl-delay: 0.5\n")
    async with running(tmp_path, everywhere, host_delay_s=0.01) as given:
        await publish(given, site)
        await poll_pass(given)
        began = given.tools.clock()
        await process_pass(given, limit=1)
        query = partial(courtesy_of, url=site.url("/any", host="www5.press.example"), now=began)
        shown = await given.store.read(query)
        [asked] = await given.store.read(partial(rows, sql="select * from hosts where crawl_delay_s = 0.5"))
    assert (shown["waiting"], shown["next_allowed_at"]) == (HOSTS - 1, asked["next_allowed_at"])
    # Half a second after robots.txt came the page, and half a second after that the domain may be asked again.
    assert from_text(asked["next_allowed_at"]) >= began + timedelta(seconds=1)


LIMITED = b"HTTP/1.1 429 Too Many\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"


async def test_a_domain_that_asks_twice_to_be_left_alone_is_not_asked_for_the_rest_of_its_feeds(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    async with running(tmp_path, everywhere) as given:
        await publish(given, site)
        for number in range(HOSTS):
            site.behave(f"/feed/{number}", raw(LIMITED))
        tally = await poll_pass(given)
    assert (len(site.requests), tally["feeds"]) == (2, 2)


async def test_a_feed_removed_while_its_domain_is_polled_is_not_asked(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    async with running(tmp_path, everywhere) as given:
        await publish(given, site)

        async def removing(seen: Seen, writer: asyncio.StreamWriter) -> None:
            url = site.url("/feed/1", host="www1.press.example")
            await given.store.write(partial(feeds.remove, url=url, now=given.tools.clock()))
            await raw(LIMITED)(seen, writer)

        site.behave("/feed/0", removing)
        tally = await poll_pass(given)
    assert (tally["feeds"], site.asked("/feed/1")) == (HOSTS - 1, [])


async def test_a_pass_asked_for_while_the_daemon_polls_the_same_domain_asks_no_feed_again(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    both_under_way = asyncio.Event()

    async def once_both_are(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await both_under_way.wait()
        await raw(LIMITED)(seen, writer)

    async with running(tmp_path, everywhere) as given, Crew() as daemon, Crew() as command:
        await publish(given, site)
        site.behave("/feed/0", once_both_are)
        tally = Tally()
        for crew in (daemon, command):
            await start_polls(given, crew, tally)
        both_under_way.set()
        await daemon.settled()
        await command.settled()
    assert (tally["feeds"], len(site.requests)) == (HOSTS, HOSTS)


async def test_a_stop_leaves_the_rest_of_a_domain_s_feeds_for_the_next_start(
    tmp_path: Path, site: HostileServer, everywhere: Gate
) -> None:
    async with running(tmp_path, everywhere) as sound:
        given = replace(sound, tools=replace(sound.tools, stopping=lambda: len(site.requests) == 3))
        await publish(given, site)
        tally = await poll_pass(given)
        assert (tally["feeds"], len(site.requests)) == (3, 3)
        assert (await poll_pass(sound))["feeds"] == HOSTS - 3


async def test_the_feeds_of_one_host_are_polled_over_one_connection_that_is_closed_after_the_last(
    tmp_path: Path,
) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        for number in range(3):
            site.serve(f"/feed/{number}", rss((f"Norvik{number} drops advisers", site.url(f"/{number}"))), RSS)
            await add_feed(given, site.url(f"/feed/{number}"))
        await poll_pass(given)
        assert (len(site.requests), site.accepts) == (3, 1)
        assert [seen.header("connection") for seen in site.requests] == ["keep-alive", "keep-alive", "close"]


async def test_control_feeds_of_three_hosts_are_polled_over_three_connections(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack, runtime(settings(tmp_path / "m.db")) as given:
        sites = [await stack.enter_async_context(HostileServer(f"127.0.0.{number}")) for number in (2, 3, 4)]
        for site in sites:
            site.serve("/feed", rss(("Norvik drops advisers", site.url("/story"))), RSS)
            await add_feed(given, site.url("/feed"))
        await poll_pass(given)
        assert [(site.accepts, site.requests[0].header("connection")) for site in sites] == [(1, "close")] * 3


async def add_feed(given: Runtime, url: str) -> None:
    work = partial(feeds.add, url=url, title=None, origin="added", now=given.tools.clock(), start_interval_s=1800)
    await given.store.write(work)
