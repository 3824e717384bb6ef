"""The addresses that settings may name: private targets, feeds and webhooks."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class PrivateTarget:
    """Addresses that may be connected to although they are not public."""

    network: IPv4Network | IPv6Network
    port: int | None  # None: every port


def private_target(entry: str) -> PrivateTarget:
    """Return what an entry of `allow_private` allows: "127.0.0.1:8080", "127.0.0.0/8:*", "[::1]:80", "[fd00::]/8:*".

    Raises ValueError whose text says what would be right.
    """
    address, colon, port = entry.rpartition(":")
    if not colon or not address:
        raise ValueError('must be "address:port" or "address:*", such as "127.0.0.1:8080"')
    if port != "*" and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError('its port must be from 1 to 65535, or * for all: "127.0.0.1:*"')
    bare = address.replace("[", "", 1).replace("]", "", 1) if address.startswith("[") else address
    if ":" in bare and not address.startswith("["):
        raise ValueError('an IPv6 address stands in brackets: "[::1]:80"')
    try:
        network = ip_network(bare)
    except ValueError as error:
        raise ValueError(
            f'its first part must be an IP address or network (no name), such as "127.0.0.0/8:*" ({error})'
        ) from error
    return PrivateTarget(network, None if port == "*" else int(port))


def address_fault(url: str) -> str | None:
    """Return what is wrong with an address to connect to, or None."""
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        return "must not hold spaces, backslashes or control characters"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"is no address: {error}"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return 'must begin with "https://" or "http://" and name a host'
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password"
    return None
