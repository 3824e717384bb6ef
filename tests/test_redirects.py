"""Where a redirect leads, and what it says about the address it was given for."""

import asyncio

import pytest
from faults.gates import QUICK, ask, fetched, refused
from faults.hostile import HostileServer

from monitor.errors import FetchError
from monitor.fetch import PAGE, Fetched, Gate, Limits, Moved
from monitor.model import Reason

LOOPBACK = "127.0.0.0/8:*"


CHAINS = {
    "one, permanent": ([301], True),
    "one, permanent and strict": ([308], True),
    "several, all permanent": ([301, 308, 301], True),
    "temporary": ([302], False),
    "see other": ([303], False),
    "temporary and strict": ([307], False),
    "one of several temporary": ([301, 302, 301], False),
}


@pytest.mark.parametrize(("statuses", "for_good"), CHAINS.values(), ids=CHAINS)
async def test_an_address_has_moved_for_good_if_every_redirect_says_so(
    statuses: list[int], *, for_good: bool, site: HostileServer, gate: Gate
) -> None:
    for hop, status in enumerate(statuses):
        site.redirect(f"/{hop}", f"/{hop + 1}", status)
    end = site.serve(f"/{len(statuses)}", b"here")

    answer = await fetched(gate, site.url("/0"))

    assert (answer.url, answer.permanent_url) == (end, end if for_good else None)


async def test_a_document_that_has_not_moved_has_no_permanent_address(site: HostileServer, gate: Gate) -> None:
    assert (await fetched(gate, site.serve("/a"))).permanent_url is None


LOCATIONS = {
    "absolute path": "/b",
    "relative path": "b",
    "with a fragment": "/b#part",
    "with white space around": "  /b ",
    "through a parent": "/x/../b",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
async def test_a_location_is_read_relative_to_where_it_was_given(
    location: str, site: HostileServer, gate: Gate
) -> None:
    site.serve("/b", b"here")

    assert (await fetched(gate, site.redirect("/a", location))).body == b"here"


async def test_a_location_beyond_ascii_is_sent_escaped(site: HostileServer, gate: Gate) -> None:
    site.redirect("/a", "/k\u00fcndigung 1".encode().decode("latin-1"))
    site.serve("/k%C3%BCndigung%201", b"here")

    assert (await fetched(gate, site.url("/a"))).body == b"here"


@pytest.mark.parametrize(("hops", "arrives"), [(5, True), (6, False)])
async def test_five_redirects_are_followed_and_no_more(
    hops: int, *, arrives: bool, site: HostileServer, gate: Gate
) -> None:
    for hop in range(hops):
        site.redirect(f"/{hop}", f"/{hop + 1}")
    site.serve(f"/{hops}", b"here")

    answer = await ask(gate, site.url("/0"))

    assert isinstance(answer, Fetched) if arrives else answer is Reason.REDIRECT_LOOP


async def test_a_circle_is_noticed_at_its_first_repetition(site: HostileServer, gate: Gate) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")

    assert (await refused(gate, site.url("/a"))).reason is Reason.REDIRECT_LOOP
    assert len(site.requests) == 2


async def test_a_redirect_to_nowhere_is_bad_http(site: HostileServer, gate: Gate) -> None:
    assert (await refused(gate, site.serve("/a", status=302))).reason is Reason.BAD_HTTP


async def test_a_page_that_moved_to_another_host_is_returned_and_not_followed(
    site: HostileServer, other: HostileServer, gate: Gate
) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", other.serve("/c"))

    answer = await gate.get(site.url("/a"), limits=PAGE, accept="*/*", stay_on_host=True)

    assert (answer, other.accepts) == (Moved(other.url("/c")), 0)


async def test_a_feed_that_moved_to_another_host_is_followed(
    site: HostileServer, other: HostileServer, gate: Gate
) -> None:
    site.redirect("/feed", other.serve("/feed", b"<rss/>"), 301)

    assert (await fetched(gate, site.url("/feed"))).permanent_url == other.url("/feed")


class Permit:
    """Answers whether an address may be asked for, and remembers which it was asked about."""

    def __init__(self, *refused: str) -> None:
        self.asked: list[str] = []
        self._refused = refused

    async def __call__(self, url: str) -> bool:
        self.asked.append(url)
        return url not in self._refused


async def test_a_redirect_on_the_host_is_followed_where_it_is_permitted(site: HostileServer, gate: Gate) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/c#part")
    site.serve("/c", b"here")
    permit = Permit()

    answer = await gate.get(site.url("/a"), limits=PAGE, accept="*/*", stay_on_host=True, permit=permit)

    assert (isinstance(answer, Fetched), permit.asked) == (True, [site.url("/b"), site.url("/c")])


async def test_a_redirect_to_an_address_that_is_not_permitted_is_not_followed(site: HostileServer, gate: Gate) -> None:
    site.redirect("/a", "/private")
    site.serve("/private", b"here")

    with pytest.raises(FetchError, match=r"refused by robots\.txt after a redirect") as caught:
        await gate.get(site.url("/a"), limits=PAGE, accept="*/*", permit=Permit(site.url("/private")))

    assert (caught.value.reason, caught.value.permanent) == (Reason.ROBOTS_DENIED, True)
    assert caught.value.url == site.url("/private")
    assert [one.path for one in site.requests] == ["/a"]


async def test_the_permit_of_a_host_is_not_asked_about_another_host(
    site: HostileServer, other: HostileServer, gate: Gate
) -> None:
    site.redirect("/a", other.serve("/c", b"here"))
    permit = Permit(other.url("/c"))

    for stay in (True, False):
        await gate.get(site.url("/a"), limits=PAGE, accept="*/*", stay_on_host=stay, permit=permit)

    assert permit.asked == []


async def test_asking_for_a_permit_takes_neither_the_host_s_turn_nor_from_the_deadline(
    site: HostileServer, gate: Gate
) -> None:
    site.redirect("/a", "/b")
    site.serve("/b", b"here")
    site.serve("/robots.txt")

    async def permit(_: str) -> bool:
        await gate.get(site.url("/robots.txt"), limits=QUICK, accept="*/*")
        await asyncio.sleep(0.25)
        return True

    hasty = Limits(max_bytes=1000, deadline_s=0.2)
    async with asyncio.timeout(5):
        answer = await gate.get(site.url("/a"), limits=hasty, accept="*/*", permit=permit)

    assert isinstance(answer, Fetched)
