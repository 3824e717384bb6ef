"""The one gate for outgoing requests: feeds, pages, robots.txt, redirects, webhooks, models all leave through it.

Around each exchange stand the guard, the host's turn, a place among the concurrent ones, one total deadline and
a bound on what is read. Hazards N1-N12 and H1-H11 of RELIABILITY.md.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

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
from monitor.fetch.bodies import collect, read_body
from monitor.fetch.cookies import Jar
from monitor.fetch.decode import codings
from monitor.fetch.exchange import WEBHOOK, Answered, Fetched, Limits, Moved, NotModified, Posted
from monitor.fetch.failures import EXPECTED, failure
from monitor.fetch.headers import conditions, field, max_age_of, parse_retry_after, user_agent
from monitor.fetch.names import GuardedResolver, Lookup, system_lookup
from monitor.fetch.places import Place, place_of
from monitor.fetch.transport import Transport, open_transport, tls_context
from monitor.fetch.turns import Turns
from monitor.guard import Guard
from monitor.identity import is_consent_address
from monitor.model import Reason, Validators
from monitor.settings import NetworkSettings

Permit = Callable[[str], Awaitable[bool]]  # an address -> whether robots.txt of its host allows it


class WithdrawnError(Exception):
    """The request was not made: while it waited for its turn, who wished for it had to stop."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for, the same at every hop."""

    limits: Limits
    headers: Mapping[str, str]
    conditional: bool
    delay_s: float
    stay_on_host: bool
    permit: Permit | None
    withdrawn: Callable[[], bool]


class _Chain:
    """What the requests of one call to `get` may still take, and what they were given."""

    def __init__(self, left_s: float) -> None:
        self.left_s = left_s
        self.jar = Jar()
        self.sends_cookies = False

    def cookies_for(self, here: Place) -> str:
        return self.jar.sent_to(here.url) if self.sends_cookies else ""


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
        self._guard = Guard.of(network)
        self._turns = Turns()
        self._slots = asyncio.Semaphore(network.concurrent_feeds + network.concurrent_hosts)
        self._agent = user_agent(network.contact)
        self._codings = ", ".join(codings())
        self._transport: Transport | None = None

    async def __aenter__(self) -> Self:
        resolver = GuardedResolver(self._guard, self._lookup)
        self._transport = open_transport(self._guard, resolver, self._context or tls_context())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

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
        withdrawn: Callable[[], bool] = lambda: False,
    ) -> Fetched | NotModified | Moved:
        """Return the document at an address, or that it has not changed since `validators` were given.

        Follows five redirects at most, each checked like the first address; with `stay_on_host` one to another
        host is returned as Moved, and `permit` is asked about each that stays on it. A chain that leads nowhere and
        sets cookies is followed once more with them. Between two requests to a registrable domain lie `delay_s` seconds
        (default: the settings'). Waiting does not count to the deadline. Raises FetchError, and WithdrawnError if the
        wish is `withdrawn` when its turn has come.
        """
        delay_s = self._network.host_delay_s if delay_s is None else delay_s
        own = {"User-Agent": self._agent, "Accept": accept, "Accept-Encoding": self._codings}
        asked = conditions(validators) if validators else {}
        wish = _Wish(limits, own | asked, bool(asked), delay_s, stay_on_host, permit, withdrawn)
        start, chain = place_of(self._guard, url), _Chain(limits.deadline_s)
        try:
            return await self._follow(start, wish, chain)
        except FetchError as error:
            if error.reason not in {Reason.REDIRECT_LOOP, Reason.CONSENT_WALL} or not len(chain.jar):
                raise
        chain.sends_cookies = True
        return await self._follow(start, wish, chain)

    def turn(self, queue: str, delay_s: float) -> AbstractAsyncContextManager[None]:
        """Return the turn of a registrable domain: while it is held, nothing here is asked of that domain."""
        return self._turns.turn(queue, delay_s)

    async def _follow(self, start: Place, wish: _Wish, chain: _Chain) -> Fetched | NotModified | Moved:
        here, for_good, seen = start, not chain.sends_cookies, set[tuple[str, str]]()
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._visit(here, wish, chain, redirected=bool(seen))
            onward = redirect_of(answer)
            if onward is None:
                return self._read(answer, wish, here.url if seen and for_good else None)
            seen.add((here.url, chain.cookies_for(here)))
            chain.jar.keep(here.url, answer.headers, self._clock())
            there = place_of(self._guard, onward, redirected=True)
            if wish.stay_on_host and there.key != here.key:
                return Moved(there.url)
            if (there.url, chain.cookies_for(there)) in seen:
                break
            if wish.permit is not None and there.key == start.key and not await wish.permit(there.url):
                raise FetchError(Reason.ROBOTS_DENIED, there.url, "refused by robots.txt after a redirect")
            # A move from https to http is followed, since the page says so, but never remembered.
            for_good = for_good and answer.for_good and there.secure >= here.secure
            here = there
        reason = Reason.CONSENT_WALL if any(is_consent_address(been) for been, _ in seen) else Reason.REDIRECT_LOOP
        cookies = ", with cookies and without" if chain.sends_cookies else ""
        raise FetchError(reason, start.url, f"no document at the end of its redirects ({len(seen)} followed{cookies})")

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], limits: Limits = WEBHOOK) -> Posted:
        """Return the receiver's answer, whatever its status; sent once, no redirect followed, no turn waited for.

        What follows the status is only read for its excerpt: whatever happens to it, the answer stands. Raises
        FetchError if no status came.
        """
        here, excerpt = place_of(self._guard, url), bytearray()
        ends_at = asyncio.get_running_loop().time() + limits.deadline_s
        try:
            async with asyncio.timeout_at(ends_at):
                response = await self._post(here, body, headers, limits)
        except EXPECTED as error:
            raise failure(error, here.url) from error
        try:
            with suppress(*EXPECTED):
                async with asyncio.timeout_at(ends_at):
                    await collect(response, excerpt, limits.max_bytes)
        finally:
            await response.aclose()
        return Posted(response.status_code, self._retry_after_s(response), excerpt_of(bytes(excerpt)))

    async def ask(self, url: str, *, body: bytes, headers: Mapping[str, str], limits: Limits) -> Answered:
        """Return the whole answer to a document, whatever its status; sent once and as `post` sends.

        Raises FetchError if it does not come, or is too large, too slow or broken.
        """
        here = place_of(self._guard, url)
        try:
            async with asyncio.timeout(limits.deadline_s):
                response = await self._post(here, body, headers, limits)
                try:
                    succeeded = 200 <= response.status_code < 300
                    read, _ = await read_body(response, here.url, limits) if succeeded else (b"", True)
                finally:
                    await response.aclose()
        except EXPECTED as error:
            raise failure(error, here.url) from error
        return Answered(response.status_code, self._retry_after_s(response), read)

    async def _post(self, here: Place, body: bytes, headers: Mapping[str, str], limits: Limits) -> httpx.Response:
        """Return the begun answer to a document sent to an address that was checked."""
        own = {"User-Agent": self._agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        try:
            async with asyncio.timeout(limits.headers_s) as patience:
                return await self._send("POST", here, {**own, **headers}, body)
        except TimeoutError as error:
            if patience.expired():
                raise _headless(here, limits) from error
            raise

    def _retry_after_s(self, response: httpx.Response) -> float | None:
        asked = field(response.headers.raw, b"retry-after")
        return None if asked is None else parse_retry_after(asked, self._clock())

    async def _visit(self, here: Place, wish: _Wish, chain: _Chain, *, redirected: bool) -> Answer:
        async with self._turns.turn(here.queue, wish.delay_s), self._slots:
            if wish.withdrawn():
                raise WithdrawnError
            started = monotonic()
            try:
                return await self._exchange(here, wish, chain)
            except EXPECTED as error:
                failed = failure(error, here.url)
                raise (as_redirect(failed) if redirected else failed) from error
            finally:
                chain.left_s -= monotonic() - started

    async def _exchange(self, here: Place, wish: _Wish, chain: _Chain) -> Answer:
        keep = wish.limits.keep_connection or self._turns.others_wait(here.queue)
        own = {"Connection": "keep-alive" if keep else "close"}
        if cookies := chain.cookies_for(here):
            own["Cookie"] = cookies
        limits, begun = wish.limits, False
        ends_at = asyncio.get_running_loop().time() + chain.left_s
        try:
            # One timer for header and body, for each takes 2 % of a poll whose answer is 304.
            async with asyncio.timeout(min(limits.headers_s, chain.left_s)) as patience:
                response = await self._send("GET", here, {**wish.headers, **own})
                begun = True
                try:
                    status, body, whole = response.status_code, b"", True
                    if 200 <= status < 300:
                        patience.reschedule(ends_at)
                        body, whole = await read_body(response, here.url, limits)
                    return Answer(here.url, status, tuple(response.headers.raw), body, truncated=not whole)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            if begun or not patience.expired() or chain.left_s <= limits.headers_s:
                raise
            raise _headless(here, limits) from error

    async def _send(
        self, method: str, here: Place, headers: Mapping[str, str], body: bytes | None = None
    ) -> httpx.Response:
        """Return an answer whose header has come."""
        if self._transport is None:
            raise RuntimeError("the gate is not open")
        return await self._transport.send(method, here.url, {"Host": here.host, **headers}, body)

    def _read(self, answer: Answer, wish: _Wish, permanent: str | None) -> Fetched | NotModified:
        refused = refusal(answer, self._clock())
        if refused is not None:
            raise refused
        if answer.status != 304:
            return document_of(answer, permanent)
        if not wish.conditional:
            raise FetchError(Reason.BAD_HTTP, answer.url, "a 304 to a request without conditions", status=304)
        return NotModified(answer.url, max_age_of(answer.headers), permanent)


def _headless(here: Place, limits: Limits) -> FetchError:
    return FetchError(Reason.TIMED_OUT, here.url, f"no complete header within {limits.headers_s:g} s")
