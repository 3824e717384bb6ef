"""Addresses that two readers take for two hosts: what leaves goes to the host that was checked, or nothing leaves."""

import socket
from collections.abc import AsyncIterator
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from faults.gates import ask
from faults.hostile import HostileServer
from faults.sizes import Size

from monitor.fetch import Gate
from monitor.guard import Guard, RefusedAddressError, Target
from monitor.model import Reason
from monitor.settings import NetworkSettings

HERE: Final = "127.0.0.1"
SCHEMES: Final = ("http://",) * 12 + ("HTTP://", "http:/", "http:///", "http:\\\\", "//", " http://", "ht\ttp://")
USERS: Final = ("",) * 12 + ("a@", "a:b@", "@", "news.example\\@", "news.example#@", "news.example?@", "b.example/@")
LABELS: Final = (
    *("news", "NEWS", "example", "press", "a_b", "xn--mnchen-3ya", "m\u00fcnchen", "fa\u00df") * 3,
    *("\uff4eews", "n\u00e9ws", "127", "0", "1", "0x7f", "0177", "\u2460", "a\u200bb", "a\u00adb", "-", "", "[::1]"),
    *("news%2eexample", "\u212anews"),
)
DOTS: Final = (".",) * 9 + ("\u3002", "\uff0e", "\uff61", "%2e", "..")
TAILS: Final = ("/",) * 4 + (
    "",
    "?a",
    "#a",
    "/a b",
    "/\\..",
    "/%0d%0aHost:b",
    ";a",
    "/@127.0.0.2/",
    "?http://127.0.0.2",
)


def an_address(luck: Random, port: int) -> str:
    """Return an address of a few confusing parts, or of none."""
    host = luck.choice(LABELS)
    for _ in range(luck.randint(0, 3)):
        host += luck.choice(DOTS) + luck.choice(LABELS)
    at = luck.choice((f":{port}",) * 9 + ("", ":", f":{port}:80", f":{port}\\", f":0{port}", f":{port}@b.example"))
    return luck.choice(SCHEMES) + luck.choice(USERS) + host + at + luck.choice(TAILS)


class Witness(Guard):
    """The guard, remembering the host of every address it found no fault with, and every address of a socket."""

    def __init__(self, *allowed: str) -> None:
        super().__init__(allowed)
        self.passed: list[str] = []
        self.sockets: list[str] = []

    def check_url(self, url: str) -> Target:
        target = super().check_url(url)
        self.passed.append(target.host)
        return target

    def socket_factory(self, addr_info: Any) -> socket.socket:
        self.sockets.append(addr_info[4][0])
        return super().socket_factory(addr_info)


class Names:
    """A name server to which every name is this machine, remembering which were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, name: str) -> list[str]:
        self.asked.append(name.removesuffix("."))
        return [HERE]


@pytest.fixture
def witness(site: HostileServer) -> Witness:
    site.serve("*", b"reached")
    return Witness(f"{HERE}:{site.port}")


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def watched(witness: Witness, names: Names) -> AsyncIterator[Gate]:
    gate = Gate(NetworkSettings(host_delay_s=0), resolver=names)
    gate._guard = witness
    async with gate:
        yield gate


async def test_the_host_that_was_checked_is_the_host_that_was_resolved_and_is_named_in_the_request(
    size: Size, luck: Random, site: HostileServer, watched: Gate, witness: Witness, names: Names
) -> None:
    arrived = 0
    for _ in range(40 * size.examples):
        url = an_address(luck, site.port)
        for memory in (witness.passed, witness.sockets, names.asked, site.requests):
            memory.clear()
        await ask(watched, url)
        if not site.requests:
            assert witness.sockets == [], ascii(url)
            continue
        arrived += 1
        (seen,) = site.requests
        host = (seen.header("host") or "").removesuffix(f":{site.port}").removesuffix(".").strip("[]")
        assert witness.passed[-1] == host, ascii(url)
        assert names.asked in ([host], []), ascii(url)  # none if the connection was kept, or for an address
        assert set(witness.sockets) <= {HERE}

    assert arrived >= size.examples


@pytest.mark.parametrize("host", ["xn--mnchen-3ya.-.example", "xn--mnchen-3ya.a_b.example", "xn--a.example"])
async def test_a_name_in_punycode_that_cannot_be_read_is_refused_like_any_other_wrong_address(
    host: str, site: HostileServer, watched: Gate
) -> None:
    assert await ask(watched, f"http://{host}:{site.port}/") is Reason.REFUSED_VALUE
    assert await ask(watched, site.redirect("/go", f"http://{host}/")) is Reason.REDIRECT_BLOCKED


async def test_control_who_reads_the_host_with_another_parser_checks_another_host(site: HostileServer) -> None:
    site.serve("/")
    url = f"http://127\u30020\u30020\u30021:{site.port}/"
    checked = urlsplit(url).hostname

    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(url)

    assert checked != HERE
    assert site.requests[0].header("host") == f"{HERE}:{site.port}"


PORTS: Final = [22, 25, 110, 5432, 6379, 9200, 11211, 8080]


@pytest.mark.parametrize("port", PORTS)
async def test_a_port_that_is_not_listed_is_refused_before_its_name_is_asked_for(
    port: int, watched: Gate, witness: Witness, names: Names
) -> None:
    for host in ("news.example", "8.8.8.8", "[2606:4700:4700::1111]"):
        assert await ask(watched, f"http://{host}:{port}/") is Reason.BLOCKED_PORT

    assert (names.asked, witness.sockets) == ([], [])


def test_no_socket_of_this_machine_is_a_way_out() -> None:
    with pytest.raises(RefusedAddressError, match="only TCP"):
        Guard(("127.0.0.0/8:*",)).socket_factory((socket.AF_UNIX, socket.SOCK_STREAM, 0, "", ("/run/d.sock",)))
