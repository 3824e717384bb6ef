"""Addresses in the one form in which they are checked and sent. Part of the gate."""

import re
from dataclasses import dataclass
from typing import Final

import httpx

from monitor.errors import FetchError
from monitor.fetch.answers import as_redirect
from monitor.fetch.failures import failure
from monitor.guard import Guard
from monitor.identity import crawl_trap, queue_key
from monitor.model import Reason

# What httpx writes as it stands (a test compares them): most addresses of feeds, and no part of a check takes as long.
_PLAIN: Final = re.compile(
    r"https?://(?!.*(?:xn--|/\.))[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::(?!(?:0|80/|443/))[0-9]{2,5})?"
    r"/[A-Za-z0-9._~!$&()*+,;=:@/-]*(?:\?[A-Za-z0-9._~!$&()*+,;=:@/?-]+)?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address that may be asked, as far as its text tells."""

    url: str
    key: str  # the host, for what is per host: robots.txt and staying there
    queue: str  # whose turn it waits for: that of its registrable domain
    secure: bool

    @property
    def host(self) -> str:
        """The host and port as they are written, a final dot included."""
        return self.url.partition("//")[2].partition("/")[0].partition("?")[0]


def place_of(guard: Guard, url: str, *, redirected: bool = False) -> Place:
    """Return the place of an address, or raise FetchError; `redirected`: a server named it."""
    # Twice: as given, before a forgiving parser smooths it, and as it will be sent, with the name encoded.
    try:
        target, sent = guard.check_url(url), written(url)
        if sent != url:
            target = guard.check_url(sent)
        trap = crawl_trap(sent) if redirected else None
        if trap is not None:
            raise FetchError(Reason.REFUSED_VALUE, sent, trap)  # noqa: TRY301  # refused as the guard refuses
    except (FetchError, httpx.InvalidURL, UnicodeError) as error:
        refused = failure(error, url)
        raise (as_redirect(refused) if redirected else refused) from error
    return Place(sent, target.key, queue_key(sent), target.scheme == "https")


def written(url: str) -> str:
    """Return an address as it is sent, without its fragment; pure. Raises httpx.InvalidURL or UnicodeError."""
    if _PLAIN.fullmatch(url):
        return url
    parsed = httpx.URL(url, fragment=None)
    _ = parsed.host  # read here once: of some names it can be written and not be read again
    return str(parsed)
