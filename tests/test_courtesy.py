"""Courtesy to hosts, and the posting that needs none."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from faults.gates import QUICK
from faults.hostile import OK, HostileServer, drip, framed, late, raw, silence

from monitor.errors import FetchError
from monitor.fetch import FEED, PAGE, Fetched, Gate, Limits, Moved, Posted, fetch_robots
from monitor.fetch.turns import REMEMBERED_S, Turns
from monitor.model import Reason
from monitor.settings import NetworkSettings

LOOPBACK = "127.0.0.0/8:*"


async def test_a_host_sees_one_request_at_a_time_with_a_pause_between(site: HostileServer, gate: Gate) -> None:
    site.behave("/slow", late(framed(b"x"), after_s=0.02))
    asked = [gate.get(site.url("/slow"), limits=QUICK, accept="*/*", delay_s=0.05) for _ in range(4)]

    await asyncio.gather(*asked)

    pauses = [after.at - before.ended[0] for before, after in zip(site.requests, site.requests[1:], strict=False)]
    assert len(pauses) == 3
    assert min(pauses) >= 0.05


async def test_without_a_word_the_pause_is_that_of_the_settings(site: HostileServer) -> None:
    site.serve("/a")
    settings = NetworkSettings(allow_private=(LOOPBACK,), host_delay_s=0.05)
    async with Gate(settings) as gate:
        await gate.get(site.url("/a"), limits=QUICK, accept="*/*")
        await gate.get(site.url("/a"), limits=QUICK, accept="*/*")

    assert site.requests[1].at - site.requests[0].ended[0] >= 0.05


async def test_waiting_for_a_turn_does_not_count_to_the_deadline(site: HostileServer, gate: Gate) -> None:
    site.behave("/slow", late(framed(b"x"), after_s=0.3))
    site.serve("/quick", b"y")
    slow = asyncio.create_task(gate.get(site.url("/slow"), limits=QUICK, accept="*/*"))
    await asyncio.sleep(0)

    hasty = Limits(max_bytes=1000, deadline_s=0.2)
    answer = await gate.get(site.url("/quick"), limits=hasty, accept="*/*", delay_s=0.1)

    assert isinstance(answer, Fetched)
    assert isinstance(await slow, Fetched)


async def test_waiting_for_a_turn_keeps_no_place_from_others(site: HostileServer, other: HostileServer) -> None:
    site.serve("/a")
    other.serve("/a")
    settings = NetworkSettings(allow_private=(LOOPBACK,), concurrent_feeds=1, concurrent_hosts=0)
    async with Gate(settings) as gate:
        await gate.get(site.url("/a"), limits=QUICK, accept="*/*")
        waiting = asyncio.create_task(gate.get(site.url("/a"), limits=QUICK, accept="*/*", delay_s=30))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await gate.get(other.url("/a"), limits=QUICK, accept="*/*")
        waiting.cancel()

    assert (len(site.requests), len(other.requests)) == (1, 1)


@pytest.mark.parametrize("places", [1, 2, 10])
async def test_redirects_to_and_fro_between_two_hosts_never_wait_for_each_other(
    places: int, site: HostileServer, other: HostileServer
) -> None:
    for one, another in ((site, other), (other, site)):
        one.redirect("/start", another.url("/middle"))
        another.redirect("/middle", one.url("/end"))
        one.serve("/end", b"here")
    settings = NetworkSettings(allow_private=(LOOPBACK,), host_delay_s=0, concurrent_feeds=places, concurrent_hosts=0)

    async with asyncio.timeout(10), Gate(settings) as gate:
        answers = await asyncio.gather(
            *(gate.get(host.url("/start"), limits=QUICK, accept="*/*") for _ in range(10) for host in (site, other))
        )

    assert [answer.body for answer in answers if isinstance(answer, Fetched)] == [b"here"] * 20
    for host in (site, other):
        in_order = zip(host.requests, host.requests[1:], strict=False)
        assert all(after.at >= before.ended[0] for before, after in in_order)


async def test_pages_of_one_host_share_a_connection_and_a_lone_feed_closes_its_own(
    site: HostileServer, gate: Gate
) -> None:
    site.serve("/a")
    for _ in range(3):
        await gate.get(site.url("/a"), limits=PAGE, accept="*/*")
    assert site.accepts == 1

    await gate.get(site.url("/a"), limits=FEED, accept="*/*")
    await site.abandoned()


async def test_feeds_of_one_host_that_wait_for_each_other_share_a_connection(site: HostileServer, gate: Gate) -> None:
    site.serve("/a")

    await asyncio.gather(*(gate.get(site.url("/a"), limits=FEED, accept="*/*") for _ in range(5)))

    # The first is sent before anyone waits, and closes its connection; the last closes theirs.
    assert (len(site.requests), site.accepts) == (5, 2)
    await site.abandoned()


async def test_turns_are_given_in_the_order_of_asking() -> None:
    turns, order = Turns(), []

    async def take(number: int) -> None:
        async with turns.turn("news.example", 0):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(number) for number in range(500)))

    assert order == list(range(500))


async def test_a_turn_is_given_on_after_a_failure_and_after_a_cancelled_wait() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        async with turns.turn("news.example", 0):
            raise ZeroDivisionError
    waiting = asyncio.create_task(turns.turn("news.example", 30).__aenter__())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(1), turns.turn("news.example", 0):
        pass


async def test_hosts_nobody_asks_for_any_more_are_forgotten() -> None:
    now = 0.0
    turns = Turns(now=lambda: now)
    for number in range(1000):
        async with turns.turn(f"{number}.example", 0):
            pass
    assert len(turns) == 1000

    now = REMEMBERED_S + 1
    for _ in range(1000):
        async with turns.turn("news.example", 0):
            pass

    assert len(turns) == 1


# --- one queue for a registrable domain ------------------------------------------------------------------------


def pauses(site: HostileServer) -> list[float]:
    """Return the seconds from the end of each answer to the next request, whatever host it was for."""
    return [after.at - before.ended[0] for before, after in pairwise(site.requests)]


async def test_500_feeds_on_the_hosts_of_one_domain_are_asked_for_one_by_one_with_a_pause_between(
    site: HostileServer, everywhere: Gate
) -> None:
    site.serve("/feed", b"<rss/>")
    urls = [site.url("/feed", host=f"blog{number}.press.example") for number in range(500)]

    await asyncio.gather(*(everywhere.get(url, limits=FEED, accept="*/*", delay_s=0.002) for url in urls))

    assert len({one.header("host") for one in site.requests}) == len(site.requests) == 500
    assert min(pauses(site)) >= 0.002


async def test_feeds_pages_and_robots_txt_of_one_domain_take_turns(site: HostileServer, everywhere: Gate) -> None:
    site.behave("*", late(framed(b"x"), after_s=0.01))
    await asyncio.gather(
        everywhere.get(site.url("/feed", host="feeds.press.example"), limits=FEED, accept="*/*", delay_s=0.02),
        everywhere.get(site.url("/1", host="www.press.example"), limits=PAGE, accept="*/*", delay_s=0.02),
        fetch_robots(everywhere, site.url("/2", host="press.example"), datetime.now(UTC)),
        everywhere.get(site.url("/3", host="news.press.example"), limits=PAGE, accept="*/*", delay_s=0.02),
    )

    assert (len(site.requests), min(pauses(site)) >= 0) == (4, True)


async def test_two_domains_do_not_wait_for_each_other(site: HostileServer, everywhere: Gate) -> None:
    site.serve("/a")
    await everywhere.get(site.url("/a", host="www.one.example"), limits=QUICK, accept="*/*")
    async with asyncio.timeout(5):
        await everywhere.get(site.url("/a", host="www.two.example"), limits=QUICK, accept="*/*", delay_s=30)
        await everywhere.get(site.url("/a", host="one.blogspot.com"), limits=QUICK, accept="*/*", delay_s=30)
        await everywhere.get(site.url("/a", host="two.blogspot.com"), limits=QUICK, accept="*/*", delay_s=30)


async def test_a_redirect_to_another_host_of_the_domain_is_one_to_another_host(
    site: HostileServer, everywhere: Gate
) -> None:
    there = site.url("/b", host="amp.press.example")
    site.redirect("/a", there)

    answer = await everywhere.get(
        site.url("/a", host="www.press.example"), limits=PAGE, accept="*/*", stay_on_host=True
    )

    assert (answer, len(site.requests)) == (Moved(there), 1)


# --- posting -----------------------------------------------------------------------------------------------

ANSWERS = {
    "accepted": (framed(b"thank you"), Posted(200, None, "thank you")),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", Posted(204, None, "")),
    "a redirect, not followed": (
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
        Posted(302, None, ""),
    ),
    "later": (b"HTTP/1.1 429 No\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n", Posted(429, 60.0, "")),
    "gone": (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", Posted(410, None, "")),
    "a body cut short": (OK + b"Content-Length: 99\r\n\r\nshort", Posted(200, None, "short")),
    "a body that would ring and clear": (framed(b"a\x07\x1b[2Jb\n\n c"), Posted(200, None, "a[2Jb c")),
    "a long body": (framed(b"y" * 200_000), Posted(200, None, "y" * 200)),
}


@pytest.mark.parametrize(("answer", "posted"), ANSWERS.values(), ids=ANSWERS)
async def test_a_receiver_s_answer_is_returned_whatever_it_is(
    answer: bytes, posted: Posted, site: HostileServer, gate: Gate
) -> None:
    site.behave("/hook", raw(answer))

    assert await gate.post(site.url("/hook"), body=b"{}", headers={}) == posted
    assert len(site.requests) == 1


async def test_exactly_these_bytes_and_headers_are_posted(site: HostileServer, gate: Gate) -> None:
    body = b'{"a": "\xc3\xa9"}\r\n'
    await gate.post(site.serve("/hook"), body=body, headers={"webhook-id": "1", "Content-Type": "application/json"})

    sent = site.requests[0]
    assert (sent.method, sent.body) == ("POST", body)
    assert (sent.header("webhook-id"), sent.header("content-type")) == ("1", "application/json")


async def test_no_post_goes_out_on_a_connection_that_was_asked_to_close(site: HostileServer, gate: Gate) -> None:
    """A receiver that closes and does not say so would break the next one off (the server here does neither)."""
    hook = site.serve("/hook")
    for _ in range(2):
        await gate.post(hook, body=b"{}", headers={})

    assert site.accepts == 2


async def test_an_answer_that_drips_is_an_answer(site: HostileServer, gate: Gate) -> None:
    site.behave("/hook", drip(OK + b"Content-Length: 9000\r\n\r\n", b"z"))
    hasty = Limits(max_bytes=1000, deadline_s=0.2, cut=True)

    posted = await gate.post(site.url("/hook"), body=b"{}", headers={}, limits=hasty)

    assert posted.status == 200
    await site.abandoned()


async def test_a_receiver_that_does_not_answer_is_given_up(site: HostileServer, gate: Gate) -> None:
    hasty = Limits(max_bytes=1000, deadline_s=0.1)

    with pytest.raises(FetchError) as caught:
        await gate.post(site.behave("/hook", silence), body=b"{}", headers={}, limits=hasty)

    assert caught.value.reason is Reason.TIMED_OUT
    await site.abandoned()
