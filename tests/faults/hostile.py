"""A raw HTTP server on loopback that is as good or as bad as a test wants, and remembers all it saw.

    async with HostileServer() as site:
        site.serve("/feed", FEED, {"Content-Type": "application/rss+xml"}, etag='"1"')
        site.behave("/slow", drip(b"HTTP/1.1 200 OK\\r\\n\\r\\n", b"x"))
        ... site.url("/feed"), site.asked("/feed"), site.accepts ...

Pages are served politely: kept connections, 304 to a matching If-None-Match or If-Modified-Since. A behaviour
gets the request and the bare stream and does what it likes; the connection is closed when it returns.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

OK: Final = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str  # with its query
    headers: tuple[tuple[str, str], ...]  # names in lower case, values as latin-1 text
    body: bytes
    at: float  # time.monotonic() when the request was complete
    peer: tuple[str, int]
    ended: list[float] = field(default_factory=list, compare=False)  # time.monotonic() when it was answered

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Page:
    """A well-behaved answer."""

    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None

    def answer(self, request: Seen) -> bytes:
        """Return the bytes of the answer to a request: the page, or 304 if its validators match."""
        marks = [("ETag", self.etag), ("Last-Modified", self.last_modified)]
        lines = [f"{name}: {value}" for name, value in marks if value is not None]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self._unchanged(request):
            status, body = 304, b""
        else:
            status, body = self.status, self.body
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([f"HTTP/1.1 {status} Answer", *lines, "", ""]).encode("latin-1")
        return head + (b"" if request.method == "HEAD" else body)

    def _unchanged(self, request: Seen) -> bool:
        asked = request.header("if-none-match")
        if asked is not None:
            return self.etag is not None and self.etag in asked
        since = request.header("if-modified-since")
        return since is not None and since == self.last_modified


Behaviour = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


class HostileServer:
    """A server for one test. An asynchronous context manager; `port` 0 takes a free one.

    `host` may be any loopback address (127.0.0.2, ::1); `listener` is a listening socket to use instead. `paths`
    maps a path without query to a page or a behaviour; "*" stands for all others, which otherwise answer 404.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.paths: dict[str, Page | Behaviour] = {}
        self.requests: list[Seen] = []
        self.accepts = 0  # connections, TLS failures not counted
        self.most_at_once = 0
        self._tls = tls
        self._listener = listener
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        made = self._listener or socket.create_server(
            (self.host, self.port), family=socket.AF_INET6 if ":" in self.host else socket.AF_INET, backlog=1024
        )
        self._server = await asyncio.start_server(self._connected, sock=made, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def abandoned(self, within_s: float = 5.0) -> None:
        """Return once every connection has been closed; raises TimeoutError if the client holds on to one."""
        async with asyncio.timeout(within_s):
            while self._tasks:
                await asyncio.wait(self._tasks)

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._tasks)

    def url(self, path: str = "/", host: str | None = None) -> str:
        """Return the address of a path on this server, under another name if one is given."""
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{'https' if self._tls else 'http'}://{name}:{self.port}{path}"

    def serve(
        self,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> str:
        """Put a page at a path, or another in its place; return its address."""
        self.paths[path] = Page(body, tuple((headers or {}).items()), status, etag, last_modified)
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Put a redirect at a path; return its address."""
        return self.serve(path, status=status, headers={"Location": to})

    def behave(self, path: str, behaviour: Behaviour) -> str:
        """Put a behaviour at a path; return its address."""
        self.paths[path] = behaviour
        return self.url(path)

    def asked(self, path: str) -> list[Seen]:
        """Return the requests for a path, in order; the query counts only if given."""
        return [one for one in self.requests if path in {one.path, one.path.partition("?")[0]}]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepts += 1
        self.most_at_once = max(self.most_at_once, len(self._tasks))
        try:
            while await self._answered(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read_request(reader, writer.get_extra_info("peername"))
        self.requests.append(request)
        found = self.paths.get(request.path.partition("?")[0]) or self.paths.get("*") or Page(status=404)
        if not isinstance(found, Page):
            work = asyncio.ensure_future(found(request, writer))
            left = asyncio.ensure_future(reader.read(1))  # ends when the client goes
            try:
                await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                request.ended.append(time.monotonic())
                work.cancel()
                left.cancel()
                await asyncio.gather(work, left, return_exceptions=True)
            return False
        writer.write(found.answer(request))
        request.ended.append(time.monotonic())
        await writer.drain()
        return request.header("connection") != "close"


async def _read_request(reader: asyncio.StreamReader, peer: tuple[str, int]) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    length = next((int(value) for name, value in headers if name == "content-length"), 0)
    body = await reader.readexactly(length)
    return Seen(method, path, headers, body, time.monotonic(), peer)


# --- behaviours --------------------------------------------------------------------------------------------


def raw(*parts: bytes) -> Behaviour:
    """Return a behaviour that sends these bytes, valid or not, and closes."""

    async def behaviour(_: Seen, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return behaviour


def broken_off(answer: bytes) -> Behaviour:
    """Return a behaviour that sends half an answer and closes once a client on the same loop has read it."""

    async def behaviour(_: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        for _turn in range(100):
            await asyncio.sleep(0)

    return behaviour


def drip(head: bytes, piece: bytes, every_s: float = 0.01) -> Behaviour:
    """Return a behaviour that sends `head` and then `piece` again and again, without end."""

    async def behaviour(_: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            await writer.drain()
            await asyncio.sleep(every_s)
            writer.write(piece)

    return behaviour


def flood(head: bytes, piece: bytes) -> Behaviour:
    """Return a behaviour that sends `head` and then `piece` as fast as it is read, without end."""
    return drip(head, piece, every_s=0)


def late(answer: bytes, after_s: float) -> Behaviour:
    """Return a behaviour that answers after a while."""

    async def behaviour(_: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(after_s)
        writer.write(answer)
        await writer.drain()

    return behaviour


async def silence(_: Seen, _writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def reset(_: Seen, writer: asyncio.StreamWriter) -> None:
    """Break the connection with a TCP reset instead of an answer."""
    with contextlib.suppress(OSError):
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def framed(body: bytes, *lines: bytes) -> bytes:
    """Return a whole answer with its Content-Length and these header lines."""
    return OK + b"".join(line + b"\r\n" for line in lines) + b"Content-Length: %d\r\n\r\n" % len(body) + body


# --- bodies that grow --------------------------------------------------------------------------------------


def deflate_bomb(mib: int, *, wbits: int = -15) -> bytes:
    """Return a stream that inflates to `mib` MiB of zeros; 31 makes it gzip (with a wrong sum), 15 zlib."""
    press = zlib.compressobj(9, zlib.DEFLATED, wbits)
    zeros = bytes(1 << 20)
    head = press.compress(b"") + press.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the coder remembers nothing, so one MiB pressed once is right any number of times.
    block = press.compress(zeros) + press.flush(zlib.Z_FULL_FLUSH)
    return head + block * mib + press.flush()
