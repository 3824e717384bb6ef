"""The cookies of one chain of redirects, for sites that set one and ask again; none outlives its chain.

By RFC 6265, but narrower: a cookie goes back to the host that set it and to no other, whatever its Domain says. Its
Path is not looked at: within a chain a host asks only for what it has just given.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from monitor.fetch.headers import RawHeaders, http_date

MOST: Final = 50  # cookies in a jar
MOST_CHARS: Final = 8192  # of all their names and values

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One `Set-Cookie` as it stands."""

    name: str
    value: str
    domain: str = ""  # "" if it names none
    secure: bool = False
    expired: bool = False  # sent to have it forgotten


def read_cookie(line: bytes, now: datetime) -> Cookie | None:
    """Return the cookie of a `Set-Cookie` field, or None for what cannot be sent back as it came; pure."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    pair, *rest = text.split(";")
    name, equals, value = (part.strip(" \t") for part in pair.partition("="))
    if not (equals and name) or _CONTROL.search(text):
        return None
    attributes = {key.strip().lower(): given.strip() for key, _, given in (part.partition("=") for part in rest)}
    domain = attributes.get("domain", "").lower().removeprefix(".")
    return Cookie(name, value, domain, "secure" in attributes, _has_expired(attributes, now))


def _has_expired(attributes: dict[str, str], now: datetime) -> bool:
    if re.fullmatch(r"-?[0-9]+", attributes.get("max-age", "")):
        return attributes["max-age"].startswith("-") or not attributes["max-age"].strip("0")
    ends_at = http_date(attributes.get("expires", ""))
    return ends_at is not None and ends_at <= now


class Jar:
    """What the hosts of one chain have set; at most 50 cookies and 8 KiB, what comes after them is left out."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Cookie] = {}  # (host and port, name), in the order of their coming

    def __len__(self) -> int:
        """Return how many cookies there are."""
        return len(self._kept)

    def keep(self, url: str, headers: RawHeaders, now: datetime) -> None:
        """Take in what the answer of an address sets, and forget what it has forgotten."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        for key, line in headers:
            cookie = read_cookie(line, now) if key.lower() == b"set-cookie" else None
            if cookie is None or (cookie.secure and parts.scheme != "https"):
                continue
            if cookie.domain and host != cookie.domain and not host.endswith(f".{cookie.domain}"):
                continue
            self._kept.pop((parts.netloc, cookie.name), None)
            room = MOST_CHARS - sum(len(one.name) + len(one.value) for one in self._kept.values())
            if not cookie.expired and len(self._kept) < MOST and len(cookie.name) + len(cookie.value) <= room:
                self._kept[parts.netloc, cookie.name] = cookie

    def sent_to(self, url: str) -> str:
        """Return the value of the `Cookie` field for an address; "" if there is nothing to send."""
        parts = urlsplit(url)
        mine = (cookie for (netloc, _), cookie in self._kept.items() if netloc == parts.netloc)
        return "; ".join(f"{one.name}={one.value}" for one in mine if not one.secure or parts.scheme == "https")
