"""The one HTTP client: the interface of httpx over the sockets of aiohttp, every socket made by the guard.

Why not httpx alone: docs/decisions/0003-httpx-over-aiohttp.md.
"""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Self

import aiohttp
import httpx

from monitor.fetch.names import GuardedResolver
from monitor.guard import Guard

KEEP_ALIVE_S: Final = 8.0  # a little longer than the usual pause between two requests to a host
_CHUNK_BYTES: Final = 16 * 1024
_NO_LIMIT: Final = aiohttp.ClientTimeout()  # the gate's deadlines stand around each exchange

Headers = Mapping[str, str] | Sequence[tuple[str, str]]


class _Response(aiohttp.ClientResponse):
    """An answer after which a connection that was asked to close is never used again.

    aiohttp goes by what the server says of it, and many that close say nothing.
    """

    async def start(self, connection: Any) -> Self:
        """Return itself with status and header read."""
        if self.request_info.headers.get("Connection") == "close":
            connection.protocol.force_close()
        await super().start(connection)
        return self


class _Body(httpx.AsyncByteStream):
    """The undecoded body of an answer."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield it as it comes."""
        try:
            async for chunk in self._answer.content.iter_chunked(_CHUNK_BYTES):
                yield chunk
        except aiohttp.ClientError as error:
            raise httpx.ReadError(str(error)) from error

    async def aclose(self) -> None:
        """Give the connection back if the body was read, else end it."""
        self._answer.release()
        await self._answer.wait_for_close()


class Transport(httpx.AsyncBaseTransport):
    """The interface of httpx over a session of aiohttp.

    The gate calls `send`, which spares an address that is in its final form a second reading by httpx.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, method: str, url: str, headers: Headers, body: bytes | None = None) -> httpx.Response:
        """Return the answer once its header is complete, its body unread; header texts leave as UTF-8.

        Raises httpx.TransportError, and what guard and resolver raise.
        """
        try:
            answer = await self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False, timeout=_NO_LIMIT
            )
        except aiohttp.ClientError as error:
            raise httpx.TransportError(str(error)) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request of httpx, as `send` does."""
        headers = [(name.decode("ascii"), value.decode()) for name, value in request.headers.raw]
        return await self.send(request.method, str(request.url), headers, await request.aread() or None)

    async def aclose(self) -> None:
        """End all connections."""
        await self._session.close()


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings of all connections: certifi's authorities, TLS 1.2 on, nothing from the environment."""
    context = httpx.create_ssl_context(verify=True, trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Debian's Python leaves this to the machine's settings
    return context


def open_transport(guard: Guard, resolver: GuardedResolver, context: ssl.SSLContext) -> Transport:
    """Return a transport whose every connection passes the guard; to be closed with `aclose()`.

    No proxies, no cookies, no redirects, no decoding, no time limits: those are the gate's. A client of httpx around it
    would look into every Location, and raise for some that no name can be read from.
    """
    context.set_alpn_protocols(["http/1.1"])
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,  # one resolution per connection; what was checked is what is connected to
        socket_factory=guard.socket_factory,
        ssl=context,
        limit=0,  # the gate counts; waiting in here would eat the deadline
        keepalive_timeout=KEEP_ALIVE_S,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        response_class=_Response,
        max_field_size=32 * 1024,  # content policies of news sites pass the 8 KiB aiohttp starts from
        max_headers=200,
    )
    return Transport(session)
