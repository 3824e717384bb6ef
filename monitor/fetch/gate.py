"""The one gate for outgoing requests: feeds, pages, robots.txt, redirects and webhooks all leave through it.

Around each exchange stand the guard, the host's turn, a place among the concurrent ones, one total deadline and
a bound on what is read. Hazards N1-N12 and H1-H11 of RELIABILITY.md.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from time import monotonic
from types import TracebackType
from typing import Self, cast

import httpx

from monitor.clock import Clock, utc_now
from monitor.errors import FetchError
from monitor.fetch.answers import (
    MAX_REDIRECTS,
    Answer,
    as_redirect,
    document_of,
    excerpt_of,
    redirect_of,
    refusal,
)
from monitor.fetch.decode import Body, codings
from monitor.fetch.exchange import WEBHOOK, Fetched, Limits, Moved, NotModified, Posted
from monitor.fetch.failures import EXPECTED, failure
from monitor.fetch.headers import conditions, field, fields, max_age_of, parse_retry_after, user_agent
from monitor.fetch.names import GuardedResolver, Lookup, system_lookup
from monitor.fetch.transport import open_client, tls_context
from monitor.fetch.turns import Turns
from monitor.guard import Guard, read_target
from monitor.model import Reason, Validators
from monitor.settings import NetworkSettings

Permit = Callable[[str], Awaitable[bool]]  # an address -> whether robots.txt of its host allows it


@dataclass(frozen=True, slots=True)
class _Place:
    """An address in the one form in which it is checked and sent."""

    url: str
    key: str  # the host as courtesy counts it
    secure: bool


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for, the same at every hop."""

    limits: Limits
    headers: Mapping[str, str]
    delay_s: float


class Gate:
    """The polite HTTP client. An asynchronous context manager; nothing is open before it is entered.

    `resolver` is a blocking function from a name with its final dot to its addresses; `ssl_context` replaces the
    public authorities. Both are for tests and for operators with names and authorities of their own.
    """

    def __init__(
        self,
        network: NetworkSettings,
        *,
        clock: Clock = utc_now,
        resolver: Lookup | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._network = network
        self._clock = clock
        self._lookup = resolver or system_lookup
        self._context = ssl_context
        self._guard = Guard(network.allow_private, network.allow_ports)
        self._turns = Turns()
        self._slots = asyncio.Semaphore(network.concurrent_feeds + network.concurrent_hosts)
        self._agent = user_agent(network.contact)
        self._codings = ", ".join(codings())
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        resolver = GuardedResolver(self._guard, self._lookup)
        self._client = open_client(self._guard, resolver, self._context or tls_context())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def get(  # noqa: PLR0913  # what is asked for, and one name for each courtesy
        self,
        url: str,
        *,
        limits: Limits,
        accept: str,
        validators: Validators | None = None,
        stay_on_host: bool = False,
        delay_s: float | None = None,
        permit: Permit | None = None,
    ) -> Fetched | NotModified | Moved:
        """Return the document at an address, or that it has not changed since `validators` were given.

        Follows five redirects at most, each checked like the first address; with `stay_on_host` one to another
        host is returned as Moved, and `permit` is asked about each that stays on it. Between two requests to a host
        lie `delay_s` seconds (default: the settings'). Waiting does not count to the deadline. Raises FetchError.
        """
        here, seen, for_good, left_s = self._checked(url), set[str](), True, limits.deadline_s
        host = here.key
        wish = _Wish(
            limits, self._headers(accept, validators), self._network.host_delay_s if delay_s is None else delay_s
        )
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._visit(here, wish, left_s, redirected=bool(seen))
            onward = redirect_of(answer)
            if onward is None:
                return self._read(answer, validators, here.url if seen and for_good else None)
            there = self._checked(onward, redirected=True)
            if stay_on_host and there.key != here.key:
                return Moved(there.url)
            seen.add(here.url)
            if there.url in seen:
                break
            if permit is not None and there.key == host and not await permit(there.url):
                raise FetchError(Reason.ROBOTS_DENIED, there.url, "refused by robots.txt after a redirect")
            # A move from https to http is followed, since the page says so, but never remembered.
            for_good = for_good and answer.for_good and there.secure >= here.secure
            here, left_s = there, left_s - answer.took_s
        raise FetchError(Reason.REDIRECT_LOOP, url, f"{len(seen)} redirects lead to no document")

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], limits: Limits = WEBHOOK) -> Posted:
        """Return the receiver's answer, whatever its status; sent once, no redirect followed, no turn waited for.

        What follows the status is only read for its excerpt: whatever happens to it, the answer stands. Raises
        FetchError if no status came.
        """
        here = self._checked(url)
        own = {"User-Agent": self._agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        request = httpx.Request("POST", here.url, headers={**own, **headers}, content=body)
        excerpt = bytearray()
        ends_at = asyncio.get_running_loop().time() + limits.deadline_s
        try:
            async with asyncio.timeout_at(ends_at):
                response = await self._head(request, limits)
        except EXPECTED as error:
            raise failure(error, here.url) from error
        try:
            with suppress(*EXPECTED):
                async with asyncio.timeout_at(ends_at):
                    await _collect(response, excerpt, limits.max_bytes)
        finally:
            await response.aclose()
        asked = field(response.headers.raw, b"retry-after")
        retry_after_s = None if asked is None else parse_retry_after(asked, self._clock())
        return Posted(response.status_code, retry_after_s, excerpt_of(bytes(excerpt)))

    def _checked(self, url: str, *, redirected: bool = False) -> _Place:
        # Twice: as given, before a forgiving parser smooths it, and as it will be sent, with the name encoded.
        try:
            self._guard.check_url(url)
            sent = str(httpx.URL(url, fragment=None))
            self._guard.check_url(sent)
            target = read_target(sent)
        except (FetchError, httpx.InvalidURL) as error:
            refused = failure(error, url)
            raise (as_redirect(refused) if redirected else refused) from error
        return _Place(sent, target.key, target.scheme == "https")

    def _headers(self, accept: str, validators: Validators | None) -> dict[str, str]:
        own = {"User-Agent": self._agent, "Accept": accept, "Accept-Encoding": self._codings}
        return own | conditions(validators or Validators())

    async def _visit(self, here: _Place, wish: _Wish, left_s: float, *, redirected: bool) -> Answer:
        async with self._turns.turn(here.key, wish.delay_s), self._slots:
            started = monotonic()
            try:
                async with asyncio.timeout(left_s):
                    answer = await self._exchange(here, wish)
            except EXPECTED as error:
                failed = failure(error, here.url)
                raise (as_redirect(failed) if redirected else failed) from error
        return replace(answer, took_s=monotonic() - started)

    async def _exchange(self, here: _Place, wish: _Wish) -> Answer:
        keep = wish.limits.keep_connection or self._turns.others_wait(here.key)
        connection = "keep-alive" if keep else "close"
        sent = httpx.Headers({**wish.headers, "Connection": connection}, encoding="utf-8")
        request = httpx.Request("GET", here.url, headers=sent)
        response = await self._head(request, wish.limits)
        try:
            status = response.status_code
            body, whole = await _document(response, wish.limits) if 200 <= status < 300 else (b"", True)
            return Answer(here.url, status, tuple(response.headers.raw), body, truncated=not whole)
        finally:
            await response.aclose()

    async def _head(self, request: httpx.Request, limits: Limits) -> httpx.Response:
        if self._client is None:
            raise RuntimeError("the gate is not open")
        try:
            async with asyncio.timeout(limits.headers_s) as patience:
                return await self._client.send(request, stream=True)
        except TimeoutError as error:
            if not patience.expired():
                raise
            detail = f"no complete header within {limits.headers_s:g} s"
            raise FetchError(Reason.TIMED_OUT, str(request.url), detail) from error

    def _read(self, answer: Answer, validators: Validators | None, permanent: str | None) -> Fetched | NotModified:
        refused = refusal(answer, self._clock())
        if refused is not None:
            raise refused
        if answer.status != 304:
            return document_of(answer, permanent)
        if validators is None or not conditions(validators):
            raise FetchError(Reason.BAD_HTTP, answer.url, "a 304 to a request without conditions", status=304)
        return NotModified(answer.url, max_age_of(answer.headers))


async def _document(response: httpx.Response, limits: Limits) -> tuple[bytes, bool]:
    """Return the decoded body and whether it is whole; raises one of EXPECTED if it is not to be had."""
    headers = response.headers.raw
    announced = (field(headers, b"content-length") or "").strip()
    if announced.isdecimal() and len(announced) < 19 and int(announced) > limits.max_bytes and not limits.cut:
        detail = f"{announced} bytes are announced, more than {limits.max_bytes}"
        raise FetchError(Reason.TOO_LARGE, str(response.url), detail)
    body = Body(fields(headers, b"content-encoding"), limits.max_bytes, cut=limits.cut)
    try:
        await _receive(response, body, limits)
        return body.finish(), True
    except EXPECTED as error:
        broke_off = failure(error, str(response.url)).reason is Reason.TRUNCATED
        if limits.partial and broke_off and body.kept:
            return body.kept, False
        raise


async def _receive(response: httpx.Response, body: Body, limits: Limits) -> None:
    """Return once all has been read; raises FetchError or DecodeError once it is too large, too slow or broken."""
    started = monotonic()
    async with aclosing(_chunks(response)) as chunks:
        async for chunk in chunks:
            body.feed(chunk)
            if body.full:
                break
            took_s = monotonic() - started
            if took_s > limits.slow_after_s and body.received < took_s * limits.min_bytes_per_s:
                detail = f"{body.received} bytes in {took_s:.0f} s are too few"
                raise FetchError(Reason.TIMED_OUT, str(response.url), detail)


async def _collect(response: httpx.Response, into: bytearray, max_bytes: int) -> None:
    async with aclosing(_chunks(response)) as chunks:
        async for chunk in chunks:
            into += chunk[: max_bytes - len(into)]
            if len(into) >= max_bytes:
                return


def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    return cast("AsyncGenerator[bytes, None]", response.aiter_raw())  # declared as an iterator only
