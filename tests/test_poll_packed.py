"""Feeds and sitemaps that are gzip files on their server: read like others, and no larger than others."""

import gzip
import zlib
from collections.abc import AsyncIterator
from pipes import tools

import pytest
from faults.hostile import HostileServer
from gazettes import NOW, feed

from monitor.discover import Eyes, look
from monitor.dispatch import Tools
from monitor.errors import ParseError
from monitor.model import Feed, Reason
from monitor.poll import parse_broken_off, parse_feed, poll_feed
from monitor.poll.packed import MAX_BYTES, MAX_MEMBERS, unpacked

TYPE = "application/gzip"


def a_feed(url: str) -> Feed:
    return Feed(1, url, 1800, NOW)


@pytest.fixture
async def given() -> AsyncIterator[Tools]:
    async with tools() as opened:
        yield opened


def test_what_is_packed_is_read_like_what_is_not() -> None:
    plain = parse_feed(feed(), None, "https://a.example/f")
    assert parse_feed(gzip.compress(feed()), TYPE, "https://a.example/f") == plain


def test_parts_behind_each_other_are_one_file_and_padding_is_ignored() -> None:
    body = feed()
    assert unpacked(gzip.compress(body[:40]) + gzip.compress(body[40:]) + bytes(512)) == body


REFUSED = {
    "a bomb": (gzip.compress(bytes(5 << 20)), Reason.TOO_COMPRESSED),
    "a file that is too large": (gzip.compress(bytes(MAX_BYTES + 1), 0), Reason.TOO_LARGE),
    "a file of too many parts": (gzip.compress(b"") * (MAX_MEMBERS + 1), Reason.TOO_COMPRESSED),
    "a file without its end": (gzip.compress(feed())[:-9], Reason.TRUNCATED),
    "what only begins like gzip": (b"\x1f\x8bhello, how are you", Reason.NOT_A_FEED),
    "a file of nothing": (gzip.compress(b""), Reason.EMPTY_FEED),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_unpacked_within_bounds_has_its_reason(body: bytes, reason: Reason) -> None:
    with pytest.raises(ParseError) as caught:
        parse_feed(body, TYPE, "https://a.example/f")
    assert caught.value.reason is reason


def test_of_a_packed_document_that_breaks_off_the_whole_entries_are_kept() -> None:
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(feed(entries=9)[:-300]) + packer.flush(zlib.Z_FULL_FLUSH)
    document = parse_broken_off(begun, TYPE, "https://a.example/f")
    assert document.partial
    assert 0 < len(document.entries) < 9


async def test_a_packed_feed_is_polled_and_looked_at(site: HostileServer, given: Tools) -> None:
    url = site.serve("/feed.xml.gz", gzip.compress(feed()), {"Content-Type": TYPE})
    outcome = await poll_feed(a_feed(url), gate=given.gate, sandbox=given.sandbox, clock=given.clock)
    assert (outcome.result, len(outcome.document.entries if outcome.document else ())) == ("document", 3)
    seen = await look(url, Eyes(given.gate, given.sandbox, lambda: NOW, delay_s=0))
    assert (seen.survey.dialect, seen.survey.feed and seen.survey.feed.entries) == ("RSS 2.0", 3)


async def test_a_packed_bomb_is_a_named_outcome_of_its_poll(site: HostileServer, given: Tools) -> None:
    url = site.serve("/feed.xml.gz", gzip.compress(bytes(5 << 20)), {"Content-Type": TYPE})
    outcome = await poll_feed(a_feed(url), gate=given.gate, sandbox=given.sandbox, clock=given.clock)
    assert (outcome.result, outcome.reason) == ("failed", Reason.TOO_COMPRESSED)
    assert (await look(url, Eyes(given.gate, given.sandbox, lambda: NOW, delay_s=0))).survey.fault
