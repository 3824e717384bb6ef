"""What may be connected to, decided on values alone."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from faults.vectors import ACCEPTED, REFUSED, SPELLINGS

from monitor.errors import FetchError
from monitor.guard import Guard, RefusedAddressError, public, read_target
from monitor.model import Reason


def refused_with(guard: Guard, url: str) -> Reason | None:
    try:
        guard.check_url(url)
    except FetchError as error:
        return error.reason
    return None


def info(address: str, port: int) -> tuple[Any, ...]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_an_address_in_a_special_block_is_not_public(address: str) -> None:
    assert not public(ip_address(address))


@pytest.mark.parametrize("address", ACCEPTED.values(), ids=ACCEPTED)
def test_an_address_beside_a_special_block_is_public(address: str) -> None:
    assert public(ip_address(address))


def test_a_public_address_with_a_zone_is_not_public() -> None:
    assert not public(ip_address("2606:4700:4700::1111%eth0"))


CONFUSING = {
    "a user name": ("http://user@news.example/", Reason.REFUSED_VALUE),
    "a user name that looks like the host": ("http://news.example@127.0.0.1/", Reason.REFUSED_VALUE),
    "an empty user name": ("http://@news.example/", Reason.REFUSED_VALUE),
    "a backslash before the at sign": ("http://news.example\\@127.0.0.1/", Reason.REFUSED_VALUE),
    "backslashes for slashes": ("http:\\\\news.example\\", Reason.REFUSED_VALUE),
    "a backslash in the path": ("http://news.example/a\\b", Reason.REFUSED_VALUE),
    "a tab in the host": ("http://news\t.example/", Reason.REFUSED_VALUE),
    "a line break in the path": ("http://news.example/a\nHost: evil", Reason.REFUSED_VALUE),
    "a leading space": (" http://news.example/", Reason.REFUSED_VALUE),
    "a space in the path": ("http://news.example/a b", Reason.REFUSED_VALUE),
    "a null": ("http://news.example/\0", Reason.REFUSED_VALUE),
    "a lone surrogate": ("http://news.example/\ud800", Reason.REFUSED_VALUE),
    "one slash": ("http:/news.example/", Reason.REFUSED_VALUE),
    "three slashes": ("http:///news.example/", Reason.REFUSED_VALUE),
    "no scheme": ("//news.example/", Reason.REFUSED_VALUE),
    "only a name": ("news.example", Reason.REFUSED_VALUE),
    "nothing": ("", Reason.REFUSED_VALUE),
    "an escaped host": ("http://news%2eexample/", Reason.REFUSED_VALUE),
    "two ports": ("http://news.example:80:81/", Reason.REFUSED_VALUE),
    "a port in words": ("http://news.example:http/", Reason.REFUSED_VALUE),
    "a colon in the host": ("http://a:b:c/", Reason.REFUSED_VALUE),
    "a bracket inside": ("http://[::1]news.example/", Reason.REFUSED_VALUE),
    "an open bracket": ("http://[::1/", Reason.REFUSED_VALUE),
    "an empty label": ("http://news..example/", Reason.REFUSED_VALUE),
    "a label too long": (f"http://{'a' * 64}.example/", Reason.REFUSED_VALUE),
    "a name too long": (f"http://{'a.' * 127}example/", Reason.REFUSED_VALUE),
    "4,097 characters": ("http://news.example/" + "a" * 4077, Reason.REFUSED_VALUE),
    "a single label": ("http://intranet/", Reason.REFUSED_VALUE),
    "a single label with a final dot": ("http://intranet./", Reason.REFUSED_VALUE),
    "a file": ("file:///etc/passwd", Reason.BLOCKED_SCHEME),
    "ftp": ("ftp://news.example/feed", Reason.BLOCKED_SCHEME),
    "gopher": ("gopher://news.example/", Reason.BLOCKED_SCHEME),
    "a script": ("javascript:alert(1)", Reason.BLOCKED_SCHEME),
    "a mail address": ("mailto:someone@news.example", Reason.BLOCKED_SCHEME),
    "data": ("data:text/html,hello", Reason.BLOCKED_SCHEME),
    "a socket": ("http+unix://%2Frun%2Fd.sock/", Reason.BLOCKED_SCHEME),
    "the ssh port": ("http://news.example:22/", Reason.BLOCKED_PORT),
    "the mail port": ("http://news.example:25/", Reason.BLOCKED_PORT),
    "the redis port": ("https://news.example:6379/", Reason.BLOCKED_PORT),
    "port 0": ("http://news.example:0/", Reason.BLOCKED_PORT),
    "port 65536": ("http://news.example:65536/", Reason.BLOCKED_PORT),
    "a public address on the redis port": ("http://8.8.8.8:6379/", Reason.BLOCKED_PORT),
}


@pytest.mark.parametrize(("url", "reason"), CONFUSING.values(), ids=CONFUSING)
def test_a_confusing_or_forbidden_address_is_refused_by_its_text(url: str, reason: Reason) -> None:
    assert refused_with(Guard(), url) is reason


ORDINARY = {
    "plain": "http://news.example/feed",
    "capitals": "HTTPS://News.Example/Feed",
    "a port that is the scheme's own": "https://news.example:443/",
    "an empty port": "https://news.example:/",
    "a final dot": "https://news.example./feed",
    "an underscore": "https://my_blog.news.example/",
    "no path": "https://news.example?x=1",
    "an at sign in the path": "https://news.example/@someone/1",
    "a colon in the path": "https://news.example/a:b",
    "an address in the query": "https://news.example/?u=http://127.0.0.1/",
    "letters beyond ASCII": "https://m\u00fcnchen.example/k\u00fcndigung?q=\u20ac",
    "a public address": "http://8.8.8.8/",
    "a public v6 address": "http://[2606:4700:4700::1111]:443/",
    "a name that starts with a number": "https://24.news1.example/",
    "localhost": "http://localhost/",
    "4,096 characters": "http://news.example/" + "a" * 4076,
}


@pytest.mark.parametrize("url", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_address_passes(url: str) -> None:
    assert refused_with(Guard(), url) is None


@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS)
def test_no_spelling_of_loopback_is_read_as_something_public(host: str) -> None:
    try:
        target = read_target(f"http://{host}/")
    except FetchError:
        return
    assert target.literal is None or not public(target.literal)


KEYS = {
    "the scheme's own port is not named": ("https://News.Example:443/a", "news.example"),
    "another port is": ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
    "the other scheme's port is": ("http://news.example:443/", "news.example:443"),
    "a final dot is not": ("http://news.example./", "news.example"),
    "v6 keeps its brackets": ("http://[::1]:81/", "[::1]:81"),
}


@pytest.mark.parametrize(("url", "key"), KEYS.values(), ids=KEYS)
def test_courtesy_counts_by_host_and_unusual_port(url: str, key: str) -> None:
    assert read_target(url).key == key


PERMITS = {
    "the listed port": (("127.0.0.1:8080",), "127.0.0.1", 8080, None),
    "another port of a listed address": (("127.0.0.1:8080",), "127.0.0.1", 8081, Reason.BLOCKED_ADDRESS),
    "port 80 of an address listed with another": (("127.0.0.1:8080",), "127.0.0.1", 80, Reason.BLOCKED_ADDRESS),
    "any port": (("127.0.0.1:*",), "127.0.0.1", 6379, None),
    "a neighbour of a listed address": (("127.0.0.1:*",), "127.0.0.2", 80, Reason.BLOCKED_ADDRESS),
    "inside a listed network": (("10.1.0.0/16:*",), "10.1.255.255", 22, None),
    "outside a listed network": (("10.1.0.0/16:*",), "10.2.0.0", 80, Reason.BLOCKED_ADDRESS),
    "v6": (("[::1]:80",), "::1", 80, None),
    "v6, another port": (("[::1]:80",), "::1", 81, Reason.BLOCKED_ADDRESS),
    "v4 mapped does not borrow the entry of v4": (("127.0.0.1:*",), "::ffff:127.0.0.1", 80, Reason.BLOCKED_ADDRESS),
    "a public address gains nothing from others' ports": (("127.0.0.1:8080",), "8.8.8.8", 8080, Reason.BLOCKED_PORT),
    "a public address on a usual port": ((), "8.8.8.8", 443, None),
}


@pytest.mark.parametrize(("entries", "address", "port", "reason"), PERMITS.values(), ids=PERMITS)
def test_an_entry_permits_its_address_with_its_port_and_nothing_else(
    entries: tuple[str, ...], address: str, port: int, reason: Reason | None
) -> None:
    assert Guard(entries).verdict(ip_address(address), port) is reason


def test_a_port_can_be_allowed_for_public_addresses() -> None:
    guard = Guard(allow_ports=(80, 443, 8080))

    assert guard.verdict(ip_address("8.8.8.8"), 8080) is None
    assert refused_with(guard, "http://news.example:8080/") is None
    assert guard.verdict(ip_address("127.0.0.1"), 8080) is Reason.BLOCKED_ADDRESS


def test_one_bad_address_refuses_a_whole_answer() -> None:
    answer = [ip_address("8.8.8.8"), ip_address("2606:4700:4700::1111"), ip_address("10.0.0.1")]

    with pytest.raises(FetchError, match=r"10\.0\.0\.1") as caught:
        Guard().check_addresses("news.example", 443, answer)

    assert caught.value.reason is Reason.BLOCKED_ADDRESS


def test_an_answer_of_public_addresses_passes() -> None:
    Guard().check_addresses("news.example", 443, [ip_address("8.8.8.8"), ip_address("2606:4700:4700::1111")])


def test_an_answer_without_addresses_is_a_name_that_was_not_found() -> None:
    with pytest.raises(FetchError) as caught:
        Guard().check_addresses("news.example", 443, [])

    assert caught.value.reason is Reason.DNS_FAILED


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_no_socket_is_made_for_a_refused_address(address: str) -> None:
    with pytest.raises(RefusedAddressError) as caught:
        Guard().socket_factory(info(address, 80))

    assert caught.value.reason is Reason.BLOCKED_ADDRESS


def test_no_socket_is_made_for_a_socket_file_or_a_name() -> None:
    with pytest.raises(RefusedAddressError):
        Guard().socket_factory((socket.AF_UNIX, socket.SOCK_STREAM, 0, "", ("/run/d.sock",)))
    with pytest.raises(RefusedAddressError):
        Guard().socket_factory(info("news.example", 80))


def test_a_socket_is_made_for_an_accepted_address() -> None:
    with Guard().socket_factory(info("8.8.8.8", 443)) as made:
        assert made.family is socket.AF_INET
