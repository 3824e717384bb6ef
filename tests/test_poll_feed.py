"""One poll of one feed, over HTTP: every end of it is an outcome."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from documents import author_bomb, item, rss
from faults.hostile import HostileServer, broken_off

from monitor.fetch import Gate
from monitor.model import Feed, PollOutcome, Reason, Validators
from monitor.poll import poll_feed
from monitor.poll.asking import body_digest
from monitor.sandbox import Limits, Sandbox
from monitor.settings import NetworkSettings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def feed(url: str, **changed: Any) -> Feed:
    values: dict[str, Any] = {"id": 1, "url": url, "interval_s": 1800, "next_poll_at": NOW}
    return Feed(**(values | changed))


@dataclass
class Site:
    """A feed server on the loopback that gives the answers it was told, the last one again and again."""

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed"

    def answers_with(self, status: str, body: str | bytes = b"", **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *lines, "", ""])
        self.answers.append(head.encode("latin-1") + data)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()[1:-1]
                self.requests.append({k.lower(): v for k, v in (line.split(": ", 1) for line in head)})
                self.asked.set()
                writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    yield site
    server.close()


@pytest.fixture
async def poll() -> AsyncIterator[Any]:
    bounds = Limits(cpu_s=1, wall_s=2.0, memory_bytes=512 << 20, recycle_bytes=200 << 20)
    network = NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0.0)
    async with Gate(network) as gate, Sandbox(1, limits={"feed": bounds}) as sandbox:

        async def ask(row: Feed) -> PollOutcome:
            return await poll_feed(row, gate=gate, sandbox=sandbox, clock=lambda: NOW)

        yield ask


SEEN = {"validators": Validators('"a"', "Tue, 17 Nov 2026 07:30:00 GMT"), "last_full_at": NOW - timedelta(hours=2)}


async def test_a_document_comes_with_its_entries_validators_and_digest(site: Site, poll: Any) -> None:
    body = rss(item(1))
    site.answers_with("200 OK", body, ETag='W/"1"', Last_Modified="then", Cache_Control="max-age=60")
    outcome = await poll(feed(site.url))
    assert (outcome.result, outcome.reason, outcome.conditional) == ("document", None, False)
    assert [entry.guid for entry in outcome.document.entries] == ["id-1"]
    assert outcome.validators == Validators('W/"1"', "then")
    assert (outcome.body_digest, outcome.max_age_s) == (body_digest(body.encode()), 60)


async def test_both_validators_are_sent_back_byte_for_byte(site: Site, poll: Any) -> None:
    site.answers_with("304 Not Modified")
    outcome = await poll(feed(site.url, **SEEN))
    assert (outcome.result, outcome.conditional) == ("not_modified", True)
    assert site.requests[0]["if-none-match"] == '"a"'
    assert site.requests[0]["if-modified-since"] == "Tue, 17 Nov 2026 07:30:00 GMT"
    assert outcome.validators == SEEN["validators"]


@pytest.mark.parametrize("last_full_at", [None, NOW - timedelta(hours=24)])
async def test_once_a_day_a_feed_is_fetched_whole(site: Site, poll: Any, last_full_at: datetime | None) -> None:
    site.answers_with("200 OK", rss(item(1)))
    outcome = await poll(feed(site.url, **(SEEN | {"last_full_at": last_full_at})))
    assert not outcome.conditional
    assert "if-none-match" not in site.requests[0]


async def test_the_same_bytes_again_are_unchanged_and_their_new_validators_kept(site: Site, poll: Any) -> None:
    body = rss(item(1))
    site.answers_with("200 OK", body, ETag='"2"')
    outcome = await poll(feed(site.url, body_digest=body_digest(body.encode()), **SEEN))
    assert (outcome.result, outcome.document, outcome.validators) == ("unchanged", None, Validators('"2"'))


async def test_a_broken_document_gives_entries_and_its_digest_but_no_validators(site: Site, poll: Any) -> None:
    body = rss(item(1), item(2))[:-80]
    site.answers_with("200 OK", body, ETag='"3"')
    outcome = await poll(feed(site.url))
    assert (outcome.result, outcome.reason) == ("document", Reason.PARSE_PARTIAL)
    assert (outcome.validators, outcome.body_digest) == (Validators(), body_digest(body.encode()))


async def test_the_same_broken_bytes_again_are_unchanged_and_still_without_validators(site: Site, poll: Any) -> None:
    site.answers_with("200 OK", rss(item(1), item(2))[:-80], ETag='"3"')
    first = await poll(feed(site.url))
    outcome = await poll(feed(site.url, body_digest=first.body_digest, last_full_at=NOW))
    assert (outcome.result, outcome.conditional, outcome.validators) == ("unchanged", False, Validators())


HEAD = 'HTTP/1.1 200 OK\r\nETag: "4"\r\nCache-Control: max-age=7200\r\nConnection: close\r\n'
GZIPPED = gzip.compress(rss(item(1), item(2)).encode())
TWO = rss(item(1), item(2)).partition("</channel>")[0]
BROKEN_OFF = {
    "gzip without its sum": (f"Content-Encoding: gzip\r\nContent-Length: {len(GZIPPED) - 8}", GZIPPED[:-8], 2),
    "a length never reached, between two items": ("Content-Length: 99999", TWO, 2),
    "a length never reached, within an item": ("Content-Length: 99999", TWO[:-30], 1),
    "a length never reached, within a prefixed item": ("Content-Length: 99999", TWO + "<a:item ><title>", 2),
    "UTF-16, within an item": ("Content-Length: 99999", TWO[:-30].encode("utf-16"), 1),
    "chunks without the last": ("Transfer-Encoding: chunked", f"{len(TWO):x}\r\n{TWO}\r\n", 2),
}


@pytest.mark.parametrize(("framing", "body", "whole"), BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_of_a_document_that_broke_off_the_whole_entries_are_kept_and_nothing_to_ask_with(
    framing: str, body: str | bytes, whole: int, poll: Any
) -> None:
    async with HostileServer() as server:
        data = body.encode() if isinstance(body, str) else body
        server.behave("/feed", broken_off(f"{HEAD}{framing}\r\n\r\n".encode() + data))
        outcome = await poll(feed(server.url("/feed")))

    assert (outcome.result, outcome.reason, outcome.document.partial) == ("document", Reason.TRUNCATED, True)
    assert [entry.guid for entry in outcome.document.entries] == ["id-1", "id-2"][:whole]
    assert (outcome.validators, outcome.max_age_s) == (Validators(), None)


NOTHING_WHOLE = {"nothing": "", "half an item": TWO[: TWO.index("</item>")], "JSON": '{"items": [{"id": "1"}'}


@pytest.mark.parametrize("body", NOTHING_WHOLE.values(), ids=NOTHING_WHOLE)
async def test_a_document_that_broke_off_without_a_whole_entry_is_a_failure(body: str, poll: Any) -> None:
    async with HostileServer() as server:
        server.behave("/feed", broken_off(f"{HEAD}Content-Length: 99999\r\n\r\n{body}".encode()))
        outcome = await poll(feed(server.url("/feed")))

    assert (outcome.result, outcome.reason, outcome.document) == ("failed", Reason.TRUNCATED, None)


FAILURES = {
    "404": ("404 Not Found", "", {}, Reason.HTTP_4XX),
    "410": ("410 Gone", "", {}, Reason.GONE),
    "500": ("500 Internal Server Error", "", {}, Reason.HTTP_5XX),
    "429": ("429 Too Many Requests", "", {"Retry_After": "120"}, Reason.RATE_LIMITED),
    "a page": ("200 OK", "<html><body>Hello</body></html>", {}, Reason.NOT_A_FEED),
    "nothing": ("200 OK", "", {}, Reason.EMPTY_FEED),
    "a bomb": ("200 OK", author_bomb(60_000), {}, Reason.PARSE_TIMEOUT),
}


@pytest.mark.parametrize(("status", "body", "headers", "reason"), FAILURES.values(), ids=FAILURES)
async def test_whatever_a_server_does_is_an_outcome(
    site: Site, poll: Any, status: str, body: str, headers: dict[str, str], reason: Reason
) -> None:
    site.answers_with(status, body, **headers)
    outcome = await poll(feed(site.url))
    assert (outcome.result, outcome.reason, outcome.validators) == ("failed", reason, Validators())


async def test_what_the_server_asks_for_is_passed_on(site: Site, poll: Any) -> None:
    site.answers_with("429 Too Many Requests", Retry_After="120")
    outcome = await poll(feed(site.url))
    assert (outcome.status, outcome.retry_after_s) == (429, 120)


MOVED = {
    "for good, to a document": ("301 Moved", "200 OK", True),
    "for good, to a 304": ("308 Moved", "304 Not Modified", True),
    "for now": ("302 Found", "200 OK", False),
}


@pytest.mark.parametrize(("redirect", "answer", "told"), MOVED.values(), ids=MOVED)
async def test_where_a_permanent_redirect_leads_is_told(
    site: Site, poll: Any, redirect: str, answer: str, *, told: bool
) -> None:
    there = site.url + "/new"
    site.answers_with(redirect, Location=there)
    site.answers_with(answer, rss(item(1)) if answer.startswith("200") else "")
    assert (await poll(feed(site.url, **SEEN))).moved_to == (there if told else None)


async def test_entries_known_by_their_bytes_are_skipped(site: Site, poll: Any) -> None:
    site.answers_with("200 OK", rss(item(1)))
    site.answers_with("200 OK", rss(item(2), item(1)))
    first = await poll(feed(site.url))
    second = await poll(feed(site.url, entry_digests=first.document.digests))
    assert ([entry.guid for entry in second.document.entries], second.document.skipped) == (["id-2"], 1)


async def test_the_same_validators_on_another_document_give_an_untrue_304_away(site: Site, poll: Any) -> None:
    site.answers_with("200 OK", rss(item(1)), ETag='"a"')
    row = {"validators": Validators('"a"'), "last_full_at": NOW - timedelta(days=1), "last_304_at": NOW}
    assert (await poll(feed(site.url, **row))).false_304


async def test_a_304_nobody_asked_for_is_a_failure(site: Site, poll: Any) -> None:
    site.answers_with("304 Not Modified")
    assert (await poll(feed(site.url))).result == "failed"


async def test_a_server_that_is_not_there_is_an_outcome(poll: Any) -> None:
    assert (await poll(feed("http://127.0.0.1:9/feed"))).result == "failed"


async def test_cancelling_a_poll_passes_through(site: Site, poll: Any) -> None:
    site.answers.append(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<rss")
    work = asyncio.create_task(poll(feed(site.url)))
    await site.asked.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


DEAD_ENDS = {
    "died": ("404 Not Found", True),
    "gone": ("410 Gone", True),
    "refused, as one that asks too often": ("429 Too Many Requests", False),
    "in trouble": ("500 Internal Server Error", False),
}


@pytest.mark.parametrize(("answer", "asked_there"), DEAD_ENDS.values(), ids=DEAD_ENDS)
async def test_a_feed_whose_address_died_is_asked_for_where_it_last_led_for_good(
    site: Site, poll: Any, answer: str, *, asked_there: bool
) -> None:
    there = site.url + "/new"
    site.answers_with(answer)
    site.answers_with("200 OK", rss(item(1)))
    outcome = await poll(feed(site.url, moved_to=there, moved_since=NOW))
    assert (outcome.result, outcome.moved_to) == (("document", there) if asked_there else ("failed", None))


async def test_a_feed_that_is_in_neither_place_fails_as_its_own_address_does(site: Site, poll: Any) -> None:
    site.answers_with("410 Gone")
    site.answers_with("404 Not Found")
    outcome = await poll(feed(site.url, moved_to=site.url + "/new", moved_since=NOW))
    assert outcome.reason is Reason.GONE
