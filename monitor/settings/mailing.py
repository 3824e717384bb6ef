"""What mail settings must be like: addresses, the port, and when clear text is allowed. Pure."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

# What RFC 5321 calls a Mailbox, without quoted local parts and address literals, which nobody needs here.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(rf"{_ATOM}(\.{_ATOM})*@([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+", re.ASCII)
_PORTS: Final = {"starttls": 587, "implicit": 465, "none": 25}


def mail_address_fault(address: str) -> str | None:
    """Return what is wrong with a mail address, or None."""
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        return 'must be a plain mail address, such as "desk@example.org"'
    return None


def port_of(chosen: Mapping[str, Any]) -> int:
    """Return the port to connect to: the one given, or the usual one of the kind of TLS."""
    return int(chosen.get("port", _PORTS[chosen.get("tls", "starttls")]))


def may_be_plain(chosen: Mapping[str, Any]) -> bool:
    """Return whether mail may go in clear text: to this machine, or where the operator allows it."""
    return bool(chosen.get("allow_plain")) or is_loopback(chosen["host"])


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
