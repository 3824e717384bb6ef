"""Who is answered at /healthz and /metrics, and that nobody can hold the daemon up there."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from asking import got, sent

from monitor.errors import MonitorError
from monitor.health.answering import LONGEST_HEAD, Answer, answering, asked_for, is_known, plain

HOSTS = {
    "127.0.0.1": True,
    "127.0.0.1:9464": True,
    "[::1]:9464": True,
    "::1": True,
    "localhost:9464": True,
    "LOCALHOST": True,
    "monitor.example": True,
    "monitor.example:9464": True,
    "evil.example": False,
    "127.0.0.1.evil.example": False,
    "localhost.evil.example": False,
    "": False,
    "2130706433": False,
    "[evil.example]": False,
}


@pytest.mark.parametrize(("host", "known"), HOSTS.items(), ids=[host or "none" for host in HOSTS])
def test_a_name_that_is_made_to_lead_here_is_not_answered(host: str, *, known: bool) -> None:
    assert is_known(host, ("monitor.example",)) is known


GET = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
REFUSED: dict[str, tuple[bytes, HTTPStatus]] = {
    "another method": (GET.replace(b"GET", b"POST"), HTTPStatus.METHOD_NOT_ALLOWED),
    "no method": (b"\r\n\r\n", HTTPStatus.BAD_REQUEST),
    "no version": (b"GET /x\r\nHost: a\r\n\r\n", HTTPStatus.BAD_REQUEST),
    "another version": (GET.replace(b"1.1", b"2.0"), HTTPStatus.BAD_REQUEST),
    "a whole address": (GET.replace(b"/x", b"http://localhost/x"), HTTPStatus.BAD_REQUEST),
    "no host": (b"GET /x HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
    "two hosts": (GET.replace(b"Host", b"Host: localhost\r\nhost"), HTTPStatus.BAD_REQUEST),
    "another host": (GET.replace(b"localhost", b"evil.example"), HTTPStatus.MISDIRECTED_REQUEST),
    "a line without a colon": (GET.replace(b"Host", b"x\r\nHost"), HTTPStatus.BAD_REQUEST),
    "bytes beyond ASCII": (GET.replace(b"/x", "/ü".encode()), HTTPStatus.BAD_REQUEST),
    "a path that is none": (GET, HTTPStatus.NOT_FOUND),
    "a head that does not end": (
        GET[:-4] + b"\r\nX: " + b"a" * LONGEST_HEAD * 2,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ),
}


async def always() -> Answer:
    return plain(HTTPStatus.OK)


async def never() -> Answer:
    raise MonitorError("the store is gone")


async def broken() -> Answer:
    raise RuntimeError("secret")


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_request_of_ours_is_refused(request_: bytes, status: HTTPStatus) -> None:
    async with answering("127.0.0.1", 0, {"/": always}) as port:
        answer = await sent(port, request_)
    assert answer.startswith(f"HTTP/1.1 {status.value} ".encode())
    assert b"nosniff" in answer


def test_an_old_client_without_a_host_is_answered() -> None:
    assert not isinstance(asked_for(b"GET / HTTP/1.0\r\n\r\n", ()), Answer)


async def test_a_head_request_gets_no_body_and_a_failing_page_no_secrets() -> None:
    async with answering("127.0.0.1", 0, {"/": always, "/never": never, "/broken": broken}) as port:
        assert await got(port, "/?x=1", method="HEAD") == (200, "")
        assert await got(port, "/never") == (503, "the store is gone\n")
        assert await got(port, "/broken") == (500, "Internal Server Error\n")


SLOW: dict[str, Callable[[int], Any]] = {
    "says nothing": lambda _: b"",
    "says half a request": lambda _: GET[:-2],
}


@pytest.mark.parametrize("words", SLOW.values(), ids=SLOW)
async def test_a_slow_client_is_cut_off_and_holds_up_nobody(words: Callable[[int], bytes]) -> None:
    async with answering("127.0.0.1", 0, {"/": always}, patience_s=0.3) as port:
        slow = [asyncio.ensure_future(sent(port, words(number))) for number in range(12)]
        assert await got(port, "/") == (200, "OK\n")
        assert await asyncio.gather(*slow) == [b""] * 12


async def test_beyond_sixteen_at_once_a_connection_is_cut_off_at_once() -> None:
    async with answering("127.0.0.1", 0, {"/": always}, patience_s=20) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
        assert await sent(port, GET) == b""
        held.pop()[1].close()
        async with asyncio.timeout(20):
            while not await sent(port, GET):
                await asyncio.sleep(0)
        for _, writer in held:
            writer.close()


async def test_a_port_that_is_taken_is_told() -> None:
    async with answering("127.0.0.1", 0, {}) as port:
        with pytest.raises(MonitorError, match=rf"cannot listen at 127\.0\.0\.1:{port} .* set \[health\] port"):
            async with answering("127.0.0.1", port, {}):
                pass
