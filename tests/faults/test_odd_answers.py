"""Answers put together by chance: whatever a server says, the gate gives a document, or an error of its own."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

import httpx
import pytest
from faults.gates import network
from faults.hostile import HostileServer, Seen, raw
from faults.sizes import Size

from monitor.clock import utc_now
from monitor.errors import FetchError
from monitor.fetch import FEED, Gate, fetch_robots, judge_robots
from monitor.model import Validators

STATUSES: Final = (
    *(b"HTTP/1.1 200 OK",) * 8,
    *(b"HTTP/1.1 %d X" % code for code in (100, 103, 201, 204, 206, 301, 302, 303, 304, 307, 308, 400, 403, 404)),
    *(b"HTTP/1.1 %d X" % code for code in (410, 429, 500, 503, 599, 999)),
    *(b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 302 tr\xe8s \xff", b"HTTP/2 200 OK", b"ICY 200 OK", b"HTTP/1.1"),
)
WHERE: Final = (
    *(b"/", b"/a b", b"?x", b"#x", b"//", b"///a", b"http:", b"http://", b"https://a.example/", b"data:x", b"%%%"),
    *(b"http://xn--a.example/", b"http://xn--mnchen-3ya.-.example/", b"http://[::1", b"http://[::1]:99999/"),
    *(b"http://a:b@c/", b"\xff\xfe", b"http://a\x00b/", b"\\\\a\\", b"http://a..b/", b"/" + b"a/" * 50),
    *(b"http://" + b"a" * 300 + b"/", b"http://" + b"1" * 40 + b"/", "/k\u00fcndigung".encode(), "/\u2028".encode()),
    *(f"http://{name}.example/".encode() for name in ("m\u00fcnchen", "\u2460", "a\u0660", "\ufdfa", "a\u200b")),
)
SAID: Final = (
    b"",
    b" ",
    b"0",
    b"-1",
    b"9" * 40,
    b"\xff\xfe",
    b"nan",
    b",,,",
    b'"',
    b"=",
    b";",
    b"a\tb",
    b"\xe2\x82\xac",
)
FIELDS: Final = (
    *(b"Location",) * 4,
    *(b"Content-Type", b"Content-Encoding", b"Content-Length", b"Transfer-Encoding", b"Set-Cookie", b"ETag", b"Date"),
    *(b"Last-Modified", b"Retry-After", b"Cache-Control", b"Expires", b"Age", b"Connection", b"Upgrade", b"\xffX"),
)
VALUES: Final = {
    b"Location": WHERE,
    b"Content-Encoding": (b"gzip", b"br", b"deflate", b"identity", b"gzip, gzip", b"x-gzip", b"zstd", *SAID),
    b"Transfer-Encoding": (b"chunked", b"gzip, chunked", b"identity", *SAID),
    b"Set-Cookie": (b"a=1", b"a=1; Expires=Thu, 32 Jan 99999 00:00:00 GMT", b"a=1; Max-Age=" + b"9" * 400, *SAID),
    b"Retry-After": (b"9" * 400, b"Fri, 31 Dec 9999 23:59:59 -2359", b"Sun, 31 Feb 2026 09:00:00 GMT", *SAID),
    b"Expires": (b"Fri, 31 Dec 9999 23:59:59 -2359", b"Thu, 01 Jan 0001 00:00:00 GMT", *SAID),
    b"Date": (b"Fri, 31 Dec 9999 23:59:59 -2359", b"Sun, 31 Feb 2026 09:00:00 GMT", *SAID),
    b"Age": (b"9" * 400, *SAID),
    b"Cache-Control": (b"max-age=" + b"9" * 400, b'max-age="-1"', b"no-cache, max-age", *SAID),
    b"Connection": (b"close", b"keep-alive", b"upgrade", *SAID),
}
BODIES: Final = (
    *(b"", b"x", b"User-agent: *\nDisallow: /\nCrawl-delay: nan", b"5\r\nhello\r\n0\r\n\r\n", gzip.compress(b"hello")),
    *(gzip.compress(b"hello")[:-5], bytes(range(256)), "\ufeffUser-agent: \u2028*".encode(), b"\xff\xfeU\0s\0"),
)


def an_answer(luck: Random) -> bytes:
    """Return an answer of some odd parts."""
    names = luck.choices(FIELDS, k=luck.randint(0, 5))
    lines = [name + b": " + luck.choice(VALUES.get(name, SAID)) for name in names]
    return b"\r\n".join([luck.choice(STATUSES), *lines, b"", b""]) + luck.choice(BODIES)


async def test_no_answer_makes_the_gate_raise_anything_but_its_own_error(
    size: Size, luck: Random, site: HostileServer, counted: Callable[[str, int], None]
) -> None:
    answer = b""

    async def behaviour(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await raw(answer)(seen, writer)

    site.behave("*", behaviour)
    limits = replace(FEED, deadline_s=1.0)
    async with Gate(network("127.0.0.1:*"), resolver=lambda _: ["127.0.0.1"]) as gate:
        for number in range(5 * size.examples):
            answer = an_answer(luck)
            try:
                await gate.get(site.url("/"), limits=limits, accept="*/*", validators=Validators('"1"'))
            except FetchError:
                pass
            except Exception as error:
                raise AssertionError(f"number {number}: {answer!r}") from error
            robots = await fetch_robots(gate, site.url("/"), utc_now(), limits)
            judge_robots(robots.text, [site.url("/a")], "layoff-monitor")
    counted("odd answers", 5 * size.examples)


async def test_control_a_client_of_httpx_raises_for_a_redirect_that_it_does_not_even_follow(
    site: HostileServer,
) -> None:
    url = site.redirect("/", "http://xn--a.example/")
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
        with pytest.raises(UnicodeError):
            await client.get(url)
