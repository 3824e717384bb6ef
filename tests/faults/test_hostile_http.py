"""Variants of what hostile servers do, and what is kept of an answer that breaks off."""

import asyncio
import gzip

import httpx
import pytest
from faults.gates import ask, network
from faults.hostile import OK, Behaviour, HostileServer, broken_off, drip, flood, framed, raw, reset, silence

from monitor.errors import FetchError
from monitor.fetch import Fetched, Gate, Limits
from monitor.model import Reason, Validators

QUICK = Limits(max_bytes=1_000_000, deadline_s=0.3)
PATIENT = Limits(max_bytes=1_000_000, deadline_s=5.0)
HANGS_S = 30.0  # after which a test is ended that should have ended by itself


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS: dict[str, Behaviour] = {  # beside those of `servers`
    "a chunk extension now and then": drip(CHUNKED + b"1;", b"x"),
    "an unframed byte now and then": drip(OK + b"\r\n", b"x"),
    "an early hint now and then": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("behaviour", DRIPS.values(), ids=DRIPS)
async def test_a_server_that_takes_for_ever_is_left_at_the_deadline(
    behaviour: Behaviour, site: HostileServer, gate: Gate
) -> None:
    async with asyncio.timeout(HANGS_S):
        reason = await ask(gate, site.behave("/", behaviour), QUICK)

    assert reason is Reason.TIMED_OUT
    await site.abandoned()


async def test_the_header_has_a_time_limit_of_its_own(site: HostileServer, gate: Gate) -> None:
    limits = Limits(max_bytes=1000, deadline_s=30, headers_s=0.1)

    with pytest.raises(FetchError, match=r"no complete header within 0\.1 s") as caught:
        await gate.get(site.behave("/", drip(OK, b"X: y\r\n")), limits=limits, accept="*/*")

    assert caught.value.reason is Reason.TIMED_OUT


async def test_the_time_limit_of_the_header_does_not_hold_for_the_body(site: HostileServer, gate: Gate) -> None:
    limits = Limits(max_bytes=1000, deadline_s=30, headers_s=1.0)
    head = OK + b"Content-Length: 4\r\n\r\n"

    answer = await gate.get(site.behave("/", _slow(head, b"late", after_s=1.3)), limits=limits, accept="*/*")

    assert isinstance(answer, Fetched)
    assert answer.body == b"late"


async def test_a_body_that_comes_too_slowly_is_left_before_the_deadline(site: HostileServer, gate: Gate) -> None:
    limits = Limits(max_bytes=1_000_000, deadline_s=30, slow_after_s=0.1)

    with pytest.raises(FetchError, match="too few") as caught:
        await gate.get(site.behave("/", drip(OK + b"\r\n", b"x")), limits=limits, accept="*/*")

    assert caught.value.reason is Reason.TIMED_OUT


async def test_the_deadline_spans_all_redirects(site: HostileServer, gate: Gate) -> None:
    for hop in range(5):
        site.behave(f"/{hop}", _slow_redirect(f"/{hop + 1}", after_s=0.15))
    site.serve("/5")

    assert await ask(gate, site.url("/0"), QUICK) is Reason.TIMED_OUT
    assert site.asked("/5") == []


def _slow_redirect(to: str, after_s: float) -> Behaviour:
    return _slow(b"", f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode(), after_s)


def _slow(begin: bytes, end: bytes, after_s: float) -> Behaviour:
    async def behaviour(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        await writer.drain()
        await asyncio.sleep(after_s)
        writer.write(end)
        await writer.drain()

    return behaviour


LARGE: dict[str, Behaviour] = {
    "announced, ten gigabytes": raw(OK + b"Content-Length: 10000000000\r\n\r\n"),
    "announced, one byte too many": raw(OK + b"Content-Length: 1000001\r\n\r\n"),
    "unannounced": flood(OK + b"\r\n", b"x" * 65536),
    "in chunks": flood(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
}


@pytest.mark.parametrize("behaviour", LARGE.values(), ids=LARGE)
async def test_a_body_over_the_limit_is_not_read_to_its_end(
    behaviour: Behaviour, site: HostileServer, gate: Gate
) -> None:
    assert await ask(gate, site.behave("/", behaviour), PATIENT) is Reason.TOO_LARGE
    await site.abandoned()


async def test_a_body_at_the_limit_is_read(site: HostileServer, gate: Gate) -> None:
    assert isinstance(await ask(gate, site.serve("/", b"x" * PATIENT.max_bytes), PATIENT), Fetched)


GZIPPED = gzip.compress(b"<p>hello</p>" * 1000)
CUT = {
    "a body shorter than announced": OK + b"Content-Length: 99\r\n\r\nshort",
    "chunks without the last": CHUNKED + b"5\r\nhello\r\n",
    "a chunk cut in the middle": CHUNKED + b"ff\r\nhello",
    "gzip without its end, framed": framed(GZIPPED[:-20], b"Content-Encoding: gzip"),
    "gzip without its end, unframed": OK + b"Content-Encoding: gzip\r\n\r\n" + GZIPPED[:-20],
    "gzip without its sum": framed(GZIPPED[:-8], b"Content-Encoding: gzip"),
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_half_a_body_is_truncated(answer: bytes, site: HostileServer, gate: Gate) -> None:
    assert await ask(gate, site.behave("/", raw(answer)), PATIENT) is Reason.TRUNCATED


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_half_a_body_is_kept_only_where_it_may_be_partial(answer: bytes, site: HostileServer, gate: Gate) -> None:
    site.behave("/", broken_off(OK + b'ETag: "1"\r\n' + answer.removeprefix(OK)))
    limits = Limits(max_bytes=1_000_000, deadline_s=5.0, partial=True)

    fetched = await ask(gate, site.url("/"), limits)

    assert isinstance(fetched, Fetched)
    assert (fetched.truncated, fetched.validators) == (True, Validators())
    assert fetched.body in {b"short", b"hello"} or fetched.body.startswith(b"<p>hello</p>")


async def test_a_broken_coding_is_not_kept_even_where_a_body_may_be_partial(site: HostileServer, gate: Gate) -> None:
    broken = GZIPPED[:30] + b"\xff" * 30
    site.behave("/", raw(framed(broken, b"Content-Encoding: gzip")))

    assert await ask(gate, site.url("/"), Limits(max_bytes=1_000_000, deadline_s=5.0, partial=True)) is Reason.BAD_HTTP


async def test_control_plain_httpx_takes_half_a_gzip_for_a_whole(site: HostileServer) -> None:
    site.behave("/", raw(CUT["gzip without its end, framed"]))
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(site.url("/"))).status_code == 200


MALFORMED = {
    "nothing": b"",
    "half a header": b"HTTP/1.1 200 OK\r\nContent-Le",
    "another protocol": b"SSH-2.0-Server\r\n",
    "binary garbage": b"\x00\x01\x02\xff\xfe\r\n\r\n",
    "HTTP/0.9": b"<html>hello</html>",
    "HTTP/2 frames": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    "no version": b"200 OK\r\n\r\nhello",
    "a status in words": b"HTTP/1.1 fine\r\n\r\nhello",
    "a status of five digits": b"HTTP/1.1 20000 OK\r\n\r\nhello",
    "two lengths": OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a length in words": OK + b"Content-Length: five\r\n\r\nhello",
    "a length and chunks": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a chunk size in words": CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",
    "a chunk size beyond all numbers": CHUNKED + b"f" * 40 + b"\r\nhello\r\n0\r\n\r\n",
    "five thousand headers": OK + b"X: y\r\n" * 5000 + b"\r\n",
    "a header of a megabyte": OK + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
    "a null in a header": OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n",
    "another protocol agreed on": b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_not_http_is_bad_http(answer: bytes, site: HostileServer, gate: Gate) -> None:
    assert await ask(gate, site.behave("/", raw(answer)), PATIENT) is Reason.BAD_HTTP
    await site.abandoned()


async def test_garbage_between_chunks_ends_at_the_deadline_at_the_latest(site: HostileServer, gate: Gate) -> None:
    """aiohttp 3.14 closes such a connection and forgets to tell the reader of the body."""

    async def behaviour(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + b"5\r\nhello\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"garbage\r\n")
        await silence(_, writer)  # type: ignore[arg-type]  # which looks at neither

    assert await ask(gate, site.behave("/", behaviour), QUICK) in {Reason.BAD_HTTP, Reason.TIMED_OUT}
    await site.abandoned()


async def test_a_reset_is_bad_http(site: HostileServer, gate: Gate) -> None:
    assert await ask(gate, site.behave("/", reset), PATIENT) is Reason.BAD_HTTP


async def test_a_port_nobody_listens_on_is_a_failed_connection(gate: Gate) -> None:
    async with HostileServer() as gone:
        url = gone.url("/")

    assert await ask(gate, url, PATIENT) is Reason.CONNECT_FAILED


async def test_a_reason_phrase_of_any_bytes_does_no_harm(site: HostileServer, gate: Gate) -> None:
    answer = b"HTTP/1.1 200 tr\xe8s \xff bien\r\nContent-Length: 1\r\n\r\nx"

    assert isinstance(await ask(gate, site.behave("/", raw(answer)), PATIENT), Fetched)


async def test_cookies_are_not_kept(site: HostileServer) -> None:
    cookies = b"".join(b"Set-Cookie: c%d=%d; Path=/\r\n" % (n, n) for n in range(50))
    site.behave("/", raw(OK + cookies + b"Content-Length: 0\r\n\r\n"))
    site.behave("/again", raw(b"HTTP/1.1 302 Found\r\nSet-Cookie: d=1\r\nLocation: /\r\n\r\n"))

    # By name: some jars keep nothing for bare addresses.
    async with Gate(network("127.0.0.1:*"), resolver=lambda _: ["127.0.0.1"]) as gate:
        for path in ("/", "/", "/again"):
            await ask(gate, site.url(path, "news.example"), PATIENT)

    assert [one.header("cookie") for one in site.requests] == [None] * 4


async def test_control_plain_httpx_keeps_cookies(site: HostileServer) -> None:
    site.serve("/", headers={"Set-Cookie": "c=1"})
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(site.url("/"))
        await client.get(site.url("/"))

    assert site.requests[1].header("cookie") == "c=1"


async def test_a_hostile_host_holds_up_no_other(site: HostileServer, gate: Gate) -> None:
    site.behave("/", silence)
    async with HostileServer("127.0.0.2") as healthy:
        healthy.serve("/", b"fine")
        stuck = [asyncio.create_task(ask(gate, site.url("/"), PATIENT)) for _ in range(100)]
        await asyncio.sleep(0)
        async with asyncio.timeout(1):
            answer = await ask(gate, healthy.url("/"), PATIENT)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)

    assert isinstance(answer, Fetched)
    assert site.most_at_once == 1
    await site.abandoned()
