"""Which addresses may be connected to: a pure verdict, and the thin adapter that makes sockets by it.

Stands below the one gate for outgoing connections. The verdict falls three times, each on what is known by
then: on the text of an address (`check_url`), on the whole answer of a resolver (`check_addresses`), and on the
address a socket is about to be connected to (`socket_factory`). Only the last cannot be talked around: under
httpx over aiohttp a resolver is never asked for an IP literal. Hazards N1-N9 of RELIABILITY.md.
"""

import errno
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Self

from monitor.errors import FetchError
from monitor.model import Reason
from monitor.settings import NetworkSettings
from monitor.settings.addresses import private_target

Address = IPv4Address | IPv6Address
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

URL_MAX_CHARS: Final = 4096
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LOOPBACKS: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

# The IANA IPv4 special-purpose registry, all that is not globally reachable (read 2026-11), and two more.
_REFUSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; cloud metadata lives here too
        "127.0.0.0/8",
        "168.63.129.16/32",  # public by number, the platform's own service inside Azure
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays, withdrawn by RFC 7526
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# IPv6 is the other way round: only what IANA gives out as global unicast, without its special blocks. All
# prefixes that carry an IPv4 address inside are refused, whatever they carry.
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, anycast services
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3ffe::/16",  # the old experimental network, returned
        "3fff::/20",  # documentation, RFC 9637
    )
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"(?:[A-Za-z0-9_\-]{1,63}\.)*[A-Za-z0-9_\-]{1,63}\.?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def public(address: Address) -> bool:
    """Return whether an address belongs to the public internet; False for every special-purpose block."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None:
        return False
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


@dataclass(frozen=True, slots=True)
class Target:
    """The scheme, host and port an address names; `literal` is the host when it is an IP address."""

    scheme: str
    host: str  # lower case, without brackets and without a trailing dot
    port: int
    literal: Address | None = None

    @property
    def key(self) -> str:
        """The name courtesy counts by: the host, with the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """Return where an address leads, read by one strict pattern instead of by a forgiving parser.

    What two parsers could read differently is refused: user information, backslashes, white space, control
    characters, escapes in the host, more than 4,096 characters. A number as host counts only as a plain dotted
    quad. Raises FetchError(REFUSED_VALUE, BLOCKED_SCHEME, BLOCKED_ADDRESS, BLOCKED_PORT).
    """
    if len(url) > URL_MAX_CHARS:
        detail = f"the address has {len(url)} characters, more than {URL_MAX_CHARS}"
        raise FetchError(Reason.REFUSED_VALUE, url[:200], detail)
    if _FORBIDDEN.search(url):
        detail = "the address holds white space, a backslash or a control character"
        raise FetchError(Reason.REFUSED_VALUE, ascii(url), detail)
    named = _SCHEME.match(url)
    if named is None:
        raise FetchError(Reason.REFUSED_VALUE, url, "the address does not start with http:// or https://")
    scheme = named.group(1).lower()
    if scheme not in DEFAULT_PORTS:
        raise FetchError(Reason.BLOCKED_SCHEME, url, f"only http and https are fetched, not {scheme}")
    if not url.startswith("//", named.end()):
        raise FetchError(Reason.REFUSED_VALUE, url, "two slashes are missing after the scheme")
    authority = re.split(r"[/?#]", url[named.end() + 2 :], maxsplit=1)[0]
    return _read_authority(url, scheme, authority)


def _read_authority(url: str, scheme: str, authority: str) -> Target:
    if "@" in authority:
        raise FetchError(Reason.REFUSED_VALUE, url, "the address carries a user name")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise FetchError(Reason.REFUSED_VALUE, url, "the address names no host")
    host, port = parts.group(1).lower(), int(parts.group(2) or DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise FetchError(Reason.BLOCKED_PORT, url, f"{port} is no port")
    if host.isascii():
        literal = _read_literal(url, host)
        return Target(scheme, host.strip("[]").removesuffix("."), port, literal)
    return Target(scheme, host, port)  # the caller encodes the name and asks again


def _read_literal(url: str, host: str) -> Address | None:
    if host.startswith("["):
        try:
            return IPv6Address(host[1:-1])
        except ValueError:
            raise FetchError(Reason.REFUSED_VALUE, url, "the address names no host") from None
    if not _NAME.fullmatch(host) or len(host) > 254:
        raise FetchError(Reason.REFUSED_VALUE, url, "the host is not a valid name")
    if not _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]):
        return None
    try:
        return IPv4Address(host)
    except ValueError:
        detail = "the host is a number but not a plain IPv4 address"
        raise FetchError(Reason.BLOCKED_ADDRESS, url, detail) from None


class RefusedAddressError(OSError):
    """A connection that was not made; `reason` says what was wrong with its address."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(errno.EACCES, detail)
        self.reason = reason
        self.detail = detail


class Guard:
    """The verdict with the operator's exceptions: private targets by entry, ports by list.

    An entry of `allow_private` (`settings.addresses.private_target`) permits both address and port.
    """

    def __init__(self, allow_private: Sequence[str] = (), allow_ports: Sequence[int] = (80, 443)) -> None:
        self._ports = frozenset(allow_ports)
        self._permits = tuple(private_target(entry) for entry in allow_private)

    @classmethod
    def of(cls, network: NetworkSettings) -> Self:
        """Return the guard that the operator's settings ask for."""
        return cls(network.allow_private, network.allow_ports)

    def verdict(self, address: Address, port: int) -> Reason | None:
        """Return why a connection may not be made, or None if it may."""
        if any(permit.port in {None, port} and address in permit.network for permit in self._permits):
            return None
        if not public(address):
            return Reason.BLOCKED_ADDRESS
        return None if port in self._ports else Reason.BLOCKED_PORT

    def check_url(self, url: str) -> Target:
        """Return where an address leads; one that may not be asked for, as far as its text tells, is refused.

        Raises FetchError(REFUSED_VALUE, BLOCKED_SCHEME, BLOCKED_ADDRESS, BLOCKED_PORT). Opens nothing.
        """
        target = read_target(url)
        if target.literal is not None:
            reason = self.verdict(target.literal, target.port)
            if reason is not None:
                raise FetchError(reason, url, _sentence(reason, target.host, target.port))
            return target
        if target.host.isascii() and "." not in target.host and target.host != "localhost":
            raise FetchError(Reason.REFUSED_VALUE, url, "a name without a dot could be any machine nearby")
        if not self._thinkable(target.port):
            raise FetchError(Reason.BLOCKED_PORT, url, _sentence(Reason.BLOCKED_PORT, "", target.port))
        return target

    def _thinkable(self, port: int) -> bool:
        return port in self._ports or any(permit.port in {None, port} for permit in self._permits)

    def check_addresses(self, host: str, port: int, addresses: Iterable[Address]) -> None:
        """Refuse a resolver's whole answer if one address in it may not be connected to.

        Raises FetchError(BLOCKED_ADDRESS, BLOCKED_PORT), or DNS_FAILED for an empty answer.
        """
        answer = sorted(set(addresses), key=str)
        if not answer:
            raise FetchError(Reason.DNS_FAILED, f"{host}:{port}", "the name has no address")
        for address in answer:
            reason = self.verdict(address, port)
            if reason is not None:
                raise FetchError(reason, f"{host}:{port}", _sentence(reason, str(address), port))

    def socket_factory(self, addr_info: AddressInfo) -> socket.socket:
        """Return a new unconnected socket for an address that may be connected to.

        The adapter for `aiohttp.TCPConnector`, and the last word: it sees literals too. Raises
        RefusedAddressError (an OSError, because that is what the connector lets through unharmed).
        """
        family, kind, protocol, _, sockaddr = addr_info
        if family not in {socket.AF_INET, socket.AF_INET6}:
            raise RefusedAddressError(Reason.BLOCKED_ADDRESS, "only TCP over IPv4 and IPv6 is used")
        try:
            address, port = ip_address(str(sockaddr[0])), int(sockaddr[1])
        except ValueError:
            raise RefusedAddressError(Reason.BLOCKED_ADDRESS, f"{sockaddr[0]} is no address") from None
        reason = self.verdict(address, port)
        if reason is not None:
            raise RefusedAddressError(reason, _sentence(reason, str(address), port))
        return socket.socket(family=family, type=kind, proto=protocol)


def _sentence(reason: Reason, host: str, port: int) -> str:
    if reason is Reason.BLOCKED_PORT:
        return f"port {port} is not in [network] allow_ports"
    return f"{host} is not a public address and [network] allow_private does not list it with port {port}"
