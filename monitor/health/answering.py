"""A small HTTP answerer for this machine: one request a connection, two paths, nothing kept of who asks.

It reads at most 8 KiB, waits five seconds for a request and five for its answer to be taken, and holds at most 16 at
once. A page in a browser cannot read it through a name that was made to lead here: only addresses, localhost and the
names of the settings are answered (RELIABILITY.md W6).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from monitor.errors import MonitorError

LONGEST_HEAD: Final = 8192  # bytes
PATIENCE_S: Final = 5.0
AT_ONCE: Final = 16
LONGEST_WORK_S: Final = 60.0  # for an answer; figures of a very large store take a while to count
_TEXT: Final = "text/plain; charset=utf-8"


logger = logging.getLogger("monitor")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: HTTPStatus
    body: str
    type: str = _TEXT


Page = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for."""

    path: str
    head_only: bool


def plain(status: HTTPStatus, words: str = "") -> Answer:
    """Return an answer in words; pure."""
    return Answer(status, f"{words or status.phrase}\n")


def is_known(host: str, names: tuple[str, ...]) -> bool:
    """Return whether a Host header is one of ours: an address, localhost, or a name of the settings; pure."""
    name = host.strip().rsplit("]", 1)[0].removeprefix("[") if host.strip().startswith("[") else host.strip()
    if name.count(":") == 1:
        name = name.partition(":")[0]
    if name.casefold() in {"localhost", *(one.casefold() for one in names)}:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def asked_for(head: bytes, names: tuple[str, ...]) -> Asked | Answer:
    """Return what a request asks for, or the answer that refuses it; pure (RFC 9112, 2 and 3)."""
    try:
        first, *lines = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
        method, target, version = first.split(" ")
        fields = [line.split(":", 1) for line in lines]
        hosts = [value.strip() for name, value in fields if name.casefold() == "host"]
    except ValueError:
        return plain(HTTPStatus.BAD_REQUEST)
    if version not in {"HTTP/1.0", "HTTP/1.1"} or not target.startswith("/"):
        return plain(HTTPStatus.BAD_REQUEST)
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        return plain(HTTPStatus.BAD_REQUEST, "one Host is wanted")
    if hosts and not is_known(hosts[0], names):
        return plain(HTTPStatus.MISDIRECTED_REQUEST, "not by this name; [health] names lists those that are answered")
    if method not in {"GET", "HEAD"}:
        return plain(HTTPStatus.METHOD_NOT_ALLOWED)
    return Asked(target.partition("?")[0], method == "HEAD")


def written(answer: Answer, *, head_only: bool = False) -> bytes:
    """Return an answer as bytes; pure."""
    body = answer.body.encode()
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\nContent-Type: {answer.type}\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + (b"" if head_only else body)


class _Door:
    """The exchanges under way."""

    def __init__(self, pages: Mapping[str, Page], names: tuple[str, ...], patience_s: float) -> None:
        self._pages = pages
        self._names = names
        self._patience_s = patience_s
        self.tasks: set[asyncio.Task[None]] = set()

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection and close it; one that is too slow, or too many, is cut off."""
        task = asyncio.current_task()
        if task is None or len(self.tasks) >= AT_ONCE:
            writer.transport.abort()
            return
        self.tasks.add(task)
        try:
            async with asyncio.timeout(self._patience_s):
                asked = await self._asked(reader)
            body = written(asked) if isinstance(asked, Answer) else await self._answered(asked)
            async with asyncio.timeout(self._patience_s):
                writer.write(body)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self.tasks.discard(task)

    async def _asked(self, reader: asyncio.StreamReader) -> Asked | Answer:
        try:
            return asked_for(await reader.readuntil(b"\r\n\r\n"), self._names)
        except asyncio.LimitOverrunError:
            return plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    async def _answered(self, asked: Asked) -> bytes:
        page = self._pages.get(asked.path)
        if page is None:
            there = plain(HTTPStatus.NOT_FOUND, f"there are {' and '.join(sorted(self._pages))}")
            return written(there, head_only=asked.head_only)
        try:
            async with asyncio.timeout(LONGEST_WORK_S):
                answer = await page()
        except (MonitorError, TimeoutError) as error:
            answer = plain(HTTPStatus.SERVICE_UNAVAILABLE, f"{error or 'it takes too long'}")
        except Exception:  # the daemon outlives a bug in a page
            logger.exception("health.failed", extra={"path": asked.path})
            answer = plain(HTTPStatus.INTERNAL_SERVER_ERROR)
        return written(answer, head_only=asked.head_only)


@asynccontextmanager
async def answering(
    host: str, port: int, pages: Mapping[str, Page], *, names: tuple[str, ...] = (), patience_s: float = PATIENCE_S
) -> AsyncIterator[int]:
    """Answer requests for pages within the block and give the port; raises MonitorError where nobody can listen."""
    door = _Door(pages, names, patience_s)
    try:
        server = await asyncio.start_server(door.enter, host, port, limit=LONGEST_HEAD)
    except OSError as error:
        raise MonitorError(
            f"cannot listen at {host}:{port} ({error}); set [health] port to a free one, or to 0"
        ) from error
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        tasks = list(door.tasks)
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
