"""The one HTTP client: the interface of httpx over the sockets of aiohttp, every socket made by the guard.

Why not httpx alone: docs/decisions/0003-httpx-over-aiohttp.md.
"""

import ssl
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from monitor.fetch.names import GuardedResolver
from monitor.guard import Guard

KEEP_ALIVE_S = 8.0  # a little longer than the usual pause between two requests to a host


class _Response(aiohttp.ClientResponse):
    """An answer as the httpx adapter and a kept connection need it.

    The reason phrase is ASCII: the adapter fails on other bytes and would leak the connection. And a connection that
    was asked to close is never used again: aiohttp goes by what the server says of it, and many that close say nothing.
    """

    async def start(self, connection: Any) -> Self:
        """Return itself with status and header read."""
        if self.request_info.headers.get("Connection") == "close":
            connection.protocol.force_close()
        await super().start(connection)
        self.reason = (self.reason or "").encode("ascii", "replace").decode("ascii")
        return self


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings of all connections: certifi's authorities, TLS 1.2 on, nothing from the environment."""
    context = httpx.create_ssl_context(verify=True, trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Debian's Python leaves this to the machine's settings
    return context


def open_transport(guard: Guard, resolver: GuardedResolver, context: ssl.SSLContext) -> httpx.AsyncBaseTransport:
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
    transport: httpx.AsyncBaseTransport = AiohttpTransport(verify=context, client=session)
    return transport
