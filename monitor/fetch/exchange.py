"""How much one answer may cost, and the values an exchange gives back."""

from dataclasses import dataclass, field, replace
from typing import Final

from monitor.model import Validators

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may take. The deadline spans connecting, headers, body and redirects, but no waiting."""

    max_bytes: int  # of the decoded body
    deadline_s: float
    headers_s: float = 10.0  # until the header is complete, for each request of a chain
    slow_after_s: float = 10.0  # from then on less than `min_bytes_per_s` on average ends it
    min_bytes_per_s: float = 1024.0
    cut: bool = False  # take the first max_bytes of a longer body instead of refusing it
    partial: bool = False  # give back what came of a body that breaks off
    keep_connection: bool = True  # leave it open for the next request to the host


# A feed is asked again in ten minutes at the earliest: no connection is kept unless someone waits for the host,
FEED: Final = Limits(max_bytes=10 * MIB, deadline_s=60.0, partial=True, keep_connection=False)
FEED_OF_MANY: Final = replace(FEED, keep_connection=True)  # or another feed of it is asked next: one TLS handshake
PAGE: Final = Limits(max_bytes=5 * MIB, deadline_s=30.0)
ROBOTS: Final = Limits(max_bytes=500 * KIB, deadline_s=30.0, cut=True)  # RFC 9309 2.5
WEBHOOK: Final = Limits(max_bytes=64 * KIB, deadline_s=20.0, headers_s=20.0, cut=True, keep_connection=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, decoded; whole unless `truncated`."""

    url: str  # where it was found in the end
    status: int
    body: bytes
    content_type: str | None  # as the server sent it
    validators: Validators = field(default_factory=Validators)  # empty if the end of the body could not be checked
    max_age_s: float | None = None
    permanent_url: str | None = None  # where it has moved for good, if every redirect said so
    truncated: bool = False  # the body broke off; only where the limits allow partial ones


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing has changed since the validators it gave."""

    url: str
    max_age_s: float | None = None
    permanent_url: str | None = None  # as of Fetched


@dataclass(frozen=True, slots=True)
class Moved:
    """A redirect to another host, checked and not followed."""

    url: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A receiver's answer, whatever its status."""

    status: int
    retry_after_s: float | None
    excerpt: str  # at most 200 printable characters of its body


@dataclass(frozen=True, slots=True)
class Answered:
    """A server's answer to a document; the body is whole, and empty for any status that is no success."""

    status: int
    retry_after_s: float | None
    body: bytes
