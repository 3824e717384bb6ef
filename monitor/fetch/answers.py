"""What an answer means: pure readings of one complete HTTP answer."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urldefrag, urljoin

from monitor.errors import FetchError
from monitor.fetch.exchange import Fetched
from monitor.fetch.headers import RawHeaders, field, max_age_of, parse_retry_after, validators_of
from monitor.model import Reason, Validators

MAX_REDIRECTS: Final = 5
EXCERPT_CHARS: Final = 200

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD: Final = frozenset({301, 308})
_BLOCKED: Final = frozenset({Reason.BLOCKED_ADDRESS, Reason.BLOCKED_PORT, Reason.BLOCKED_SCHEME, Reason.REFUSED_VALUE})
_CLOSING: Final = re.compile(rb"</\s*(?:[\w.\-]{1,40}:)?(?:rss|feed|rdf|html|opml)\s*>|[}\]]\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, its body decoded and, for what is no document, left unread."""

    url: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""
    truncated: bool = False  # the body broke off

    @property
    def for_good(self) -> bool:
        """Whether this redirect is permanent."""
        return self.status in _FOR_GOOD


def ends_whole(headers: RawHeaders, body: bytes) -> bool:
    """Return whether the end of a body was marked: by framing, by a content coding, or by its closing tag.

    Without any of these a cut connection looks like a complete answer (RELIABILITY.md H4).
    """
    marks = (b"content-length", b"transfer-encoding", b"content-encoding")
    return any(field(headers, mark) is not None for mark in marks) or _CLOSING.search(body[-1024:]) is not None


def redirect_of(answer: Answer) -> str | None:
    """Return where an answer sends us, absolute but unchecked, or None if it is no redirect.

    Raises FetchError(BAD_HTTP) for a redirect that does not say where to.
    """
    if answer.status not in _REDIRECTS:
        return None
    location = (field(answer.headers, b"location") or "").strip(" \t")
    if not location:
        raise FetchError(Reason.BAD_HTTP, answer.url, f"a redirect ({answer.status}) without a Location")
    with suppress(UnicodeDecodeError):  # latin-1 then, as older servers write it
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urldefrag(urljoin(answer.url, location.replace(" ", "%20"))).url
    except ValueError as error:
        raise FetchError(Reason.REDIRECT_BLOCKED, answer.url, f"a redirect to no valid address: {error}") from error


def as_redirect(error: FetchError) -> FetchError:
    """Return the error for an address that a redirect led to: a refusal is then the redirect's fault."""
    if error.reason not in _BLOCKED:
        return error
    return FetchError(Reason.REDIRECT_BLOCKED, error.url, f"a redirect leads where none may: {error.detail}")


def refusal(answer: Answer, now: datetime) -> FetchError | None:
    """Return the error an answer's status stands for, or None for a document or a 304."""
    status = answer.status
    if (200 <= status < 300 and status != 206) or status == 304:
        return None
    asked = field(answer.headers, b"retry-after")
    retry_after_s = None if asked is None else parse_retry_after(asked, now)
    detail = f"the server answered {status}"
    if field(answer.headers, b"cf-mitigated") == "challenge":  # how Cloudflare names its test for browsers
        reason, detail = Reason.CHALLENGE_PAGE, f"{detail} and puts a test that only a browser can pass"
    elif status == 410:
        reason = Reason.GONE
    elif status == 429 or (status in {403, 503} and retry_after_s is not None):
        reason = Reason.RATE_LIMITED
    elif 400 <= status < 500:
        reason = Reason.HTTP_4XX
    elif 500 <= status < 600:
        reason = Reason.HTTP_5XX
    else:
        reason = Reason.BAD_HTTP
    return FetchError(reason, answer.url, detail, status=status, retry_after_s=retry_after_s)


def document_of(answer: Answer, permanent_url: str | None) -> Fetched:
    """Return the document in an answer; without validators if its end was not seen."""
    fetched = Fetched(
        url=answer.url,
        status=answer.status,
        body=answer.body,
        content_type=field(answer.headers, b"content-type"),
        validators=validators_of(answer.headers),
        max_age_s=max_age_of(answer.headers),
        permanent_url=permanent_url,
        truncated=answer.truncated,
    )
    whole = not answer.truncated and ends_whole(answer.headers, answer.body)
    return fetched if whole else replace(fetched, validators=Validators())


def excerpt_of(body: bytes) -> str:
    """Return the first 200 printable characters of a body, its white space collapsed."""
    text = body[: 4 * EXCERPT_CHARS].decode("utf-8", "replace")
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:EXCERPT_CHARS]
