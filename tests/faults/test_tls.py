"""TLS: the certificate is checked against the name, nothing is sent where it does not hold."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import trustme
from faults.gates import QUICK, ask, network
from faults.hostile import HostileServer

from monitor.errors import FetchError
from monitor.fetch import Fetched, Gate
from monitor.fetch.transport import tls_context
from monitor.model import Reason

AUTHORITY = trustme.CA()


def certified(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    certificate.configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def secure(served: ssl.SSLContext) -> AsyncIterator[tuple[Gate, HostileServer]]:
    """A site under the name news.example, and a gate that trusts our authority."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(HostileServer(tls=served))
        site.serve("/", b"reached")
        settings = network(f"127.0.0.1:{site.port}")
        gate = Gate(settings, resolver=lambda _: ["127.0.0.1"], ssl_context=trusting())
        yield await stack.enter_async_context(gate), site


async def test_the_certificate_is_checked_against_the_name_and_the_name_is_sent() -> None:
    named: list[str | None] = []
    context = certified(AUTHORITY.issue_cert("news.example"))
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    async with secure(context) as (gate, site):
        answer = await ask(gate, site.url("/", "news.example."))

    assert isinstance(answer, Fetched)
    assert named == ["news.example"]


async def test_only_http_1_1_is_offered() -> None:
    async with secure(certified(AUTHORITY.issue_cert("news.example"))) as (gate, site):
        chosen: list[str | None] = []

        async def note(_: object, writer: asyncio.StreamWriter) -> None:
            chosen.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        await ask(gate, site.behave("/alpn", note).replace("127.0.0.1", "news.example"))

    assert chosen == ["http/1.1"]


async def test_control_a_client_that_offers_http_2_gets_it_from_the_same_server() -> None:
    both = trusting()
    both.set_alpn_protocols(["h2", "http/1.1"])
    async with secure(certified(AUTHORITY.issue_cert("news.example"))) as (_, site):
        _, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=both, server_hostname="news.example")
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        writer.close()

    assert chosen == "h2"


@pytest.mark.parametrize(("upward", "for_good"), [(True, True), (False, False)])
async def test_a_permanent_move_is_remembered_to_https_and_never_away_from_it(*, upward: bool, for_good: bool) -> None:
    async with secure(certified(AUTHORITY.issue_cert("news.example"))) as (_, safe), HostileServer() as clear:
        start, end = (clear, safe) if upward else (safe, clear)
        target = end.serve("/b", b"here").replace("127.0.0.1", "news.example")
        start.redirect("/a", target, 301)
        settings = network(f"127.0.0.1:{safe.port}", f"127.0.0.1:{clear.port}")
        async with Gate(settings, resolver=lambda _: ["127.0.0.1"], ssl_context=trusting()) as gate:
            answer = await ask(gate, start.url("/a", "news.example"))

    assert isinstance(answer, Fetched)
    assert answer.permanent_url == (target if for_good else None)


YESTERDAY, TOMORROW, LATER = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1, 9))
CERTIFICATES = {
    "another name": (AUTHORITY.issue_cert("other.example"), "mismatch"),
    "the address instead of the name": (AUTHORITY.issue_cert("127.0.0.1"), "mismatch"),
    "expired": (AUTHORITY.issue_cert("news.example", not_after=YESTERDAY), "expired"),
    "not yet valid": (AUTHORITY.issue_cert("news.example", not_before=TOMORROW, not_after=LATER), "not yet valid"),
    "an unknown authority": (trustme.CA().issue_cert("news.example"), "unable to get local issuer"),
}


@pytest.mark.parametrize(("certificate", "words"), CERTIFICATES.values(), ids=CERTIFICATES)
async def test_a_certificate_that_does_not_hold_is_refused_with_its_fault(
    certificate: trustme.LeafCert, words: str
) -> None:
    async with secure(certified(certificate)) as (gate, site):
        with pytest.raises(FetchError, match=words) as caught:
            await gate.get(site.url("/", "news.example"), limits=QUICK, accept="*/*")

    assert (caught.value.reason, site.requests) == (Reason.TLS_FAILED, [])


@pytest.mark.parametrize("certificate", [one for one, _ in CERTIFICATES.values()], ids=CERTIFICATES)
async def test_control_who_does_not_verify_reads_what_anybody_serves(certificate: trustme.LeafCert) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with (
        secure(certified(certificate)) as (_, site),
        httpx.AsyncClient(verify=context, trust_env=False) as client,
    ):
        assert (await client.get(site.url("/"))).content == b"reached"


async def test_a_server_that_knows_only_old_protocols_is_a_tls_failure_and_none_of_them_is_tried() -> None:
    hellos: list[bytes] = []

    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(4096))
        writer.write(b"\x15\x03\x01\x00\x02\x02\x46")  # alert, fatal: protocol version (RFC 8446 6.2)
        writer.close()

    async with await asyncio.start_server(old, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Gate(network(f"127.0.0.1:{port}"), resolver=lambda _: ["127.0.0.1"]) as gate:
            with pytest.raises(FetchError, match=r"(?i)protocol.version") as caught:
                await gate.get(f"https://news.example:{port}/", limits=QUICK, accept="*/*")

    assert (caught.value.reason, len(hellos)) == (Reason.TLS_FAILED, 1)


async def test_a_server_that_speaks_no_tls_is_a_tls_failure_and_nothing_is_sent_in_clear() -> None:
    heard: list[bytes] = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Gate(network(f"127.0.0.1:{port}"), resolver=lambda _: ["127.0.0.1"]) as gate:
            assert await ask(gate, f"https://news.example:{port}/") is Reason.TLS_FAILED

    assert b"GET" not in b"".join(heard)


def test_old_protocols_are_not_spoken() -> None:
    assert tls_context().minimum_version >= ssl.TLSVersion.TLSv1_2
