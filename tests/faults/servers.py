"""Servers that mean no good, each with the reason by which the gate is rid of it.

A server is made for one test; what it needs beside the raw one on loopback is closed with `stack`.
"""

import asyncio
import gzip
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final, Self

import trustme
from faults.hostile import (
    OK,
    Behaviour,
    HostileServer,
    Seen,
    deflate_bomb,
    drip,
    flood,
    framed,
    raw,
    reset,
    silence,
)

from monitor.model import Reason

CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP: Final = b"Content-Encoding: gzip"
_FOUND: Final = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"

Server = Callable[[HostileServer, AsyncExitStack], Awaitable[str]]  # returns the address to ask for


def behaving(behaviour: Behaviour) -> Server:
    """Return a server that answers every request so."""

    async def server(site: HostileServer, _: AsyncExitStack) -> str:
        return site.behave("/", behaviour)

    return server


def answering(*parts: bytes) -> Server:
    """Return a server that sends these bytes and closes."""
    return behaving(raw(*parts))


def redirecting(location: bytes, *lines: bytes) -> Server:
    """Return a server that sends everybody there."""
    return answering(_FOUND + b"".join(line + b"\r\n" for line in lines) + b"Location: " + location + b"\r\n\r\n")


async def consent(site: HostileServer, _: AsyncExitStack) -> str:
    """Send who asks for the story to a host that asks for consent, and from there back."""
    site.redirect("/", site.url("/ask", host="consent.press.example"))
    site.redirect("/ask", site.url("/", host="www.press.example"))
    return site.url("/", host="www.press.example")


async def ever_new_cookies(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """Set another cookie for each request, and send it round again."""
    line = b"Set-Cookie: seen=%d" % len(seen.header("cookie") or "")
    await raw(_FOUND + line + b"\r\nLocation: /\r\n\r\n")(seen, writer)


async def no_handshake(site: HostileServer, _: AsyncExitStack) -> str:
    """Take a TLS connection and say nothing."""
    return site.url("/").replace("http:", "https:")


async def another_name(_: HostileServer, stack: AsyncExitStack) -> str:
    """Show the certificate of somebody else, by an authority of their own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("other.example").configure_cert(context)
    secure = await stack.enter_async_context(HostileServer(tls=context))
    return secure.url("/", host="news.example")


async def no_name_server(site: HostileServer, _: AsyncExitStack) -> str:
    """Have a name that nobody ever answers for."""
    return site.url("/", host="tarpit.example")


async def nobody(*_: object) -> str:
    """Have listened once."""
    async with HostileServer() as gone:
        return gone.url("/")


HALF: Final = gzip.compress(b"<p>hello</p>" * 1000)[:-20]
SERVERS: Final[dict[str, tuple[Server, Reason]]] = {
    "never answers": (behaving(silence), Reason.TIMED_OUT),
    "drips its header": (behaving(drip(OK, b"X: y\r\n")), Reason.TIMED_OUT),
    "drips one line of its header": (behaving(drip(OK + b"X: ", b"y")), Reason.TIMED_OUT),
    "drips its body": (behaving(drip(OK + b"Content-Length: 1000000\r\n\r\n", b"x")), Reason.TIMED_OUT),
    "drips chunks": (behaving(drip(CHUNKED, b"1\r\nx\r\n")), Reason.TIMED_OUT),
    "hints early and for ever": (behaving(flood(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")), Reason.TIMED_OUT),
    "drips gzip that is nothing": (
        behaving(drip(OK + GZIP + b"\r\n\r\n" + gzip.compress(b"")[:10], b"\0\0\0\xff\xff")),
        Reason.TIMED_OUT,
    ),
    "announces 10 GB": (answering(OK + b"Content-Length: 10000000000\r\n\r\n"), Reason.TOO_LARGE),
    "sends 50 MB unannounced": (answering(OK + b"\r\n", *[b"x" * (1 << 20)] * 50), Reason.TOO_LARGE),
    "sends a bomb": (answering(framed(deflate_bomb(64, wbits=31), GZIP)), Reason.TOO_COMPRESSED),
    "packs thrice": (answering(framed(b"x", b"Content-Encoding: gzip, gzip, gzip")), Reason.TOO_COMPRESSED),
    "breaks off inside gzip": (answering(framed(HALF, GZIP)), Reason.TRUNCATED),
    "sends less than it says": (answering(OK + b"Content-Length: 99\r\n\r\nshort"), Reason.TRUNCATED),
    "leaves out the last chunk": (answering(CHUNKED + b"5\r\nhello\r\n"), Reason.TRUNCATED),
    "says two lengths": (answering(OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello"), Reason.BAD_HTTP),
    "floods with headers": (behaving(flood(OK, b"X: y\r\n" * 1000)), Reason.BAD_HTTP),
    "speaks another protocol": (answering(b"SSH-2.0-Server\r\n"), Reason.BAD_HTTP),
    "resets": (behaving(reset), Reason.BAD_HTTP),
    "hangs up": (answering(b""), Reason.BAD_HTTP),
    "redirects in a circle": (redirecting(b"/"), Reason.REDIRECT_LOOP),
    "sets ever new cookies": (behaving(ever_new_cookies), Reason.REDIRECT_LOOP),
    "asks for consent": (consent, Reason.CONSENT_WALL),
    "redirects to an endless address": (redirecting(b"/" + b"a" * 30_000), Reason.REDIRECT_BLOCKED),
    "redirects to a file": (redirecting(b"file:///etc/passwd"), Reason.REDIRECT_BLOCKED),
    "redirects to the machine's own metadata": (redirecting(b"http://169.254.169.254/"), Reason.REDIRECT_BLOCKED),
    "takes no part in the handshake": (no_handshake, Reason.TIMED_OUT),
    "shows another's certificate": (another_name, Reason.TLS_FAILED),
    "is named by nobody": (no_name_server, Reason.TIMED_OUT),
    "is not there": (nobody, Reason.CONNECT_FAILED),
}


class Names:
    """A name server that knows every name as this machine, and never answers for a tarpit."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __call__(self, name: str) -> list[str]:
        """Return the addresses of a name."""
        if name.startswith("tarpit"):
            self._over.wait(60)
        return ["127.0.0.1"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()  # whoever still waits is let go
