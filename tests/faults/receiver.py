"""A webhook receiver on loopback that checks signatures by itself and misbehaves on request.

A raw asyncio server, because well-behaved ones cannot hang, drop or lie about length. Its verifier shares no code
with the sender. What it recorded is for the test to judge: every request, verified or not, in order.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

KEY: Final = bytes(range(32))
SECRET: Final = "whsec_" + base64.b64encode(KEY).decode()

Misdeed = Literal["none", "hang", "drop_before", "drop_after", "drip", "short", "garbage", "reset"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do with one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    misdeed: Misdeed = "none"


@dataclass(frozen=True, slots=True)
class Received:
    """One request whose body was read to its end."""

    path: str
    id: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    verified: bool
    answer: Answer
    at: float  # seconds since the epoch

    @property
    def json(self) -> Any:
        return json.loads(self.body)


OK: Final = Answer()
GONE: Final = Answer(410)
HANG: Final = Answer(misdeed="hang")  # reads, never answers
DROP_BEFORE: Final = Answer(misdeed="drop_before")  # closes with the body unread
DROP_AFTER: Final = Answer(misdeed="drop_after")  # has taken the alert, the answer is lost
RESET: Final = Answer(misdeed="reset")  # as drop_after, with a TCP reset
DRIP: Final = Answer(body=b"x" * 1000, misdeed="drip")  # a byte now and then
SHORT: Final = Answer(body=b"only this", misdeed="short")  # less than its Content-Length
GARBAGE: Final = Answer(misdeed="garbage")  # no HTTP
HUGE: Final = Answer(body=b"x" * (8 << 20))


def retry_after(seconds: object, status: int = 429) -> Answer:
    """Return an answer that asks for patience."""
    return Answer(status, {"retry-after": str(seconds)})


def redirect(target: str, status: int = 302) -> Answer:
    """Return an answer that points elsewhere."""
    return Answer(status, {"location": target})


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Tell whether the signature is right and the time within five minutes; written from the specification."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    message_id, timestamp, signatures = (headers.get(name, "") for name in names)
    if not timestamp.isdigit() or abs(now - int(timestamp)) > 300:
        return False
    digest = hmac.new(key, message_id.encode() + b"." + timestamp.encode() + b"." + body, hashlib.sha256).digest()
    right = "v1," + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(right, given) for given in signatures.split(" "))


class Receiver:
    """The server; as a context manager it listens inside.

    `script` gives the answers in the order of arrival; when it is used up, and when there is none, `default` answers.
    `choose`, if given, decides instead, from the request's id and how often that id has come (from 1).
    """

    def __init__(
        self,
        script: Iterable[Answer] = (),
        *,
        default: Answer = OK,
        choose: Callable[[str, int], Answer] | None = None,
        key: bytes = KEY,
        clock: Callable[[], float] = time.time,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = iter(tuple(script))
        self.default = default
        self.choose = choose
        self.key = key
        self.clock = clock
        self.port = port
        self.tls = tls
        self.received: list[Received] = []
        self.connections = 0
        self.times: Counter[str] = Counter()
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/hook"

    @property
    def taken(self) -> list[Received]:
        """The requests a receiver would have acted on: verified, and read without a refusal."""
        return [one for one in self.received if one.verified and 200 <= one.answer.status < 300]

    @property
    def repeats(self) -> int:
        """How many requests brought an id that had been taken before."""
        return len(self.taken) - len({one.id for one in self.taken})

    @property
    def lost_answers(self) -> int:
        """How many requests were taken without the sender being able to know."""
        return sum(one.answer.misdeed not in {"none", "drip"} for one in self.taken)

    async def arrived(self, count: int, *, within_s: float = 10) -> None:
        """Return once so many requests have come; raises TimeoutError if they do not."""
        async with asyncio.timeout(within_s):
            while len(self.received) < count:
                self._news.clear()
                await self._news.wait()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one request; True if the connection may carry another."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        answer = self._answer(headers.get("webhook-id", ""))
        if answer.misdeed == "drop_before":
            return False
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append(
            Received(
                path=head[0].split(" ")[1],
                id=headers.get("webhook-id", ""),
                headers=headers,
                body=body,
                verified=verify(self.key, headers, body, self.clock()),
                answer=answer,
                at=self.clock(),
            )
        )
        self._news.set()
        return await self._reply(answer, writer)

    def _answer(self, message_id: str) -> Answer:
        self.times[message_id] += 1
        if self.choose is not None:
            return self.choose(message_id, self.times[message_id])
        return next(self.script, self.default)

    async def _reply(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        length = len(answer.body) * (2 if answer.misdeed == "short" else 1)
        lines = [f"HTTP/1.1 {answer.status} Because", f"content-length: {length}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        match answer.misdeed:
            case "hang":
                await asyncio.Event().wait()
            case "drop_before" | "drop_after":
                pass
            case "reset":
                writer.transport.abort()
            case "garbage":
                writer.write(b"\x00\x01 this is no HTTP at all\r\n\r\n")
                await writer.drain()
            case "short":
                writer.write(head + answer.body)
                await writer.drain()
            case "drip":
                writer.write(head)
                for position in range(len(answer.body)):
                    writer.write(answer.body[position : position + 1])
                    await writer.drain()
                    await asyncio.sleep(0.2)
            case "none":
                writer.write(head + answer.body)
                await writer.drain()
                return True
        return False
