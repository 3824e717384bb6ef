"""No connection goes where it should not: the real gate against real listeners, judged by what they accepted."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import httpx
import pytest
from faults.gates import ask, network
from faults.hostile import HostileServer
from faults.vectors import REFUSED, SPELLINGS

from monitor.errors import FetchError
from monitor.fetch import FEED, PAGE, Fetched, Gate, Moved, fetch_robots
from monitor.fetch.names import GuardedResolver
from monitor.fetch.transport import Transport, open_transport, tls_context
from monitor.guard import Guard
from monitor.model import Reason

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BLOCKED = {Reason.BLOCKED_ADDRESS, Reason.REFUSED_VALUE}
# Every address in here is one of this machine, so a listener on all of them would count a connection.
OURS = {
    name: address
    for name, address in REFUSED.items()
    if address in {"0.0.0.0", "127.0.0.1", "::", "::1", "::ffff:127.0.0.1"}  # noqa: S104
} | {"loopback, a neighbour": "127.0.0.2"}


def literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.fixture
async def everywhere() -> AsyncIterator[HostileServer]:
    """A listener on every address of this machine, v4 and v6."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    async with HostileServer(listener=listener) as site:
        site.serve("/", b"reached")
        yield site


@pytest.fixture
async def site() -> AsyncIterator[HostileServer]:
    async with HostileServer() as server:
        server.serve("/", b"reached")
        yield server


# --- literals ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def guarded_by_resolver_only() -> AsyncIterator[httpx.AsyncClient]:
    """The control: the same client and resolver, without the guard's sockets."""
    connector = aiohttp.TCPConnector(resolver=GuardedResolver(Guard()), use_dns_cache=False)
    transport = Transport(aiohttp.ClientSession(connector=connector))
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("address", OURS.values(), ids=OURS)
async def test_control_a_guard_in_the_resolver_alone_lets_a_literal_through(
    address: str, everywhere: HostileServer
) -> None:
    async with guarded_by_resolver_only() as client:
        answer = await client.get(f"http://{literal(address)}:{everywhere.port}/")

    assert (answer.content, everywhere.accepts) == (b"reached", 1)


async def test_no_refused_literal_is_connected_to(everywhere: HostileServer) -> None:
    async with Gate(network(ports=[everywhere.port])) as gate:
        for address in (*REFUSED.values(), *OURS.values()):
            url = f"http://{literal(address)}:{everywhere.port}/"
            assert await ask(gate, url) is Reason.BLOCKED_ADDRESS, address

    assert everywhere.accepts == 0


async def test_the_sockets_refuse_a_literal_even_if_its_text_was_not_looked_at(everywhere: HostileServer) -> None:
    guard = Guard(allow_ports=(everywhere.port,))
    transport = open_transport(guard, GuardedResolver(guard), tls_context())
    async with httpx.AsyncClient(transport=transport) as client:
        for address in OURS.values():
            with pytest.raises(httpx.TransportError, match="not a public address"):
                await client.get(f"http://{literal(address)}:{everywhere.port}/")

    assert everywhere.accepts == 0


async def test_no_spelling_of_a_private_address_is_connected_to(everywhere: HostileServer) -> None:
    async with Gate(network(ports=[everywhere.port])) as gate:
        for name, host in SPELLINGS.items():
            assert await ask(gate, f"http://{host}:{everywhere.port}/") in BLOCKED, name

    assert everywhere.accepts == 0


async def test_an_allowed_literal_is_connected_to(site: HostileServer) -> None:
    async with Gate(network(f"127.0.0.1:{site.port}")) as gate:
        answer = await ask(gate, site.url("/"))

    assert isinstance(answer, Fetched)
    assert site.accepts == 1


# --- the ways in -------------------------------------------------------------------------------------------


Way = Callable[[Gate, str, HostileServer], Awaitable[Reason | None]]


async def by_feed(gate: Gate, target: str, _: HostileServer) -> Reason | None:
    answer = await ask(gate, target, FEED)
    return answer if isinstance(answer, Reason) else None


async def by_page(gate: Gate, target: str, front: HostileServer) -> Reason | None:
    try:
        answer = await gate.get(target, limits=PAGE, accept="*/*", stay_on_host=True)
    except FetchError as error:
        return error.reason
    # A move to another host is queued under it, and asked for later.
    return await by_feed(gate, answer.url, front) if isinstance(answer, Moved) else None


async def by_redirect(gate: Gate, target: str, front: HostileServer) -> Reason | None:
    return await by_feed(gate, front.redirect("/go", target), front)


async def by_redirect_of_a_page(gate: Gate, target: str, front: HostileServer) -> Reason | None:
    return await by_page(gate, front.redirect("/go", target), front)


async def by_robots(gate: Gate, target: str, _: HostileServer) -> Reason | None:
    try:
        await fetch_robots(gate, target, NOW)
    except FetchError as error:
        return error.reason
    return None


async def by_webhook(gate: Gate, target: str, _: HostileServer) -> Reason | None:
    try:
        await gate.post(target, body=b"{}", headers={})
    except FetchError as error:
        return error.reason
    return None


WAYS: dict[str, Way] = {
    "feed": by_feed,
    "page": by_page,
    "redirect": by_redirect,
    "redirect of a page": by_redirect_of_a_page,
    "robots.txt": by_robots,
    "webhook": by_webhook,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("host", ["127.0.0.2", "private.example", "2130706434"])
async def test_no_way_in_reaches_an_address_that_is_not_listed(way: Way, host: str, site: HostileServer) -> None:
    async with HostileServer("127.0.0.2") as secret:
        secret.serve("/", b"secret")
        settings = network(f"127.0.0.1:{site.port}", ports=[secret.port])
        async with Gate(settings, resolver=lambda _: ["127.0.0.2"]) as gate:
            outcome = await way(gate, f"http://{host}:{secret.port}/", site)

    assert outcome in {Reason.BLOCKED_ADDRESS, Reason.REDIRECT_BLOCKED}
    assert secret.accepts == 0


@pytest.mark.parametrize("way", [by_feed, by_page, by_redirect, by_webhook])
async def test_control_every_way_reaches_an_address_that_is_listed(way: Way, site: HostileServer) -> None:
    async with HostileServer("127.0.0.2") as other:
        other.serve("/", b"open to us")
        async with Gate(network("127.0.0.0/8:*")) as gate:
            outcome = await way(gate, other.url("/"), site)

    assert (outcome, other.accepts) == (None, 1)


TARGETS = {
    "a file": "file:///etc/passwd",
    "ftp": "ftp://127.0.0.1/",
    "gopher": "gopher://127.0.0.1:6379/_",
    "loopback in decimal": "http://2130706433/",
    "an unlisted port": "http://127.0.0.1:1/",
    "a user name": "//user@127.0.0.1/",
    "a backslash": "/\\127.0.0.1/",
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
async def test_a_redirect_is_checked_like_a_first_address(target: str, site: HostileServer) -> None:
    async with Gate(network(f"127.0.0.1:{site.port}")) as gate:
        assert await ask(gate, site.redirect("/go", target)) is Reason.REDIRECT_BLOCKED

    assert len(site.requests) == 1


# --- the environment ---------------------------------------------------------------------------------------


@pytest.fixture
async def trap(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HostileServer]:
    async with HostileServer() as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server


async def test_control_plain_httpx_obeys_a_proxy_from_the_environment(trap: HostileServer, site: HostileServer) -> None:
    async with httpx.AsyncClient() as client:
        await client.get(site.url("/"))

    assert (trap.accepts, site.accepts) == (1, 0)


async def test_proxies_and_certificates_from_the_environment_are_not_used(
    trap: HostileServer, site: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    async with Gate(network(f"127.0.0.1:{site.port}")) as gate:
        answer = await ask(gate, site.url("/"))

    assert isinstance(answer, Fetched)
    assert trap.accepts == 0
    assert tls_context().cert_store_stats()["x509_ca"] > 50
