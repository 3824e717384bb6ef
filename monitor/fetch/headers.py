"""What headers say, as values: pure readings of single header fields, and the name we give ourselves."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from monitor import __version__
from monitor.model import Validators

PRODUCT: Final = "layoff-monitor"
VALIDATOR_MAX_CHARS: Final = 1024

RawHeaders = Iterable[tuple[bytes, bytes]]


def user_agent(contact: str | None) -> str:
    """Return how we introduce ourselves: product, version and, if known, where the operator can be reached."""
    name = f"{PRODUCT}/{__version__}"
    shown = re.sub(r"[^\x21-\x7e]+", " ", contact or "").strip()[:200]
    return f"{name} (+{shown})" if shown else name


def field(headers: RawHeaders, name: bytes) -> str | None:
    """Return a field's first value as latin-1 text, byte for byte, or None; `name` in lower case."""
    for key, value in headers:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


def fields(headers: RawHeaders, name: bytes) -> list[str]:
    """Return the members of a comma-separated field, over all its lines, stripped."""
    lines = (value.decode("latin-1") for key, value in headers if key.lower() == name)
    return [member.strip() for line in lines for member in line.split(",")]


def validators_of(headers: RawHeaders) -> Validators:
    """Return what the server gave to ask "has it changed?" with; a value over 1,024 characters is dropped."""
    etag, modified = (field(headers, name) for name in (b"etag", b"last-modified"))
    return Validators(
        etag=etag if etag and len(etag) <= VALIDATOR_MAX_CHARS else None,
        last_modified=modified if modified and len(modified) <= VALIDATOR_MAX_CHARS else None,
    )


def conditions(validators: Validators) -> dict[str, str]:
    """Return the request fields that make a request conditional, so that the same bytes go out as came in.

    Header text leaves as UTF-8. A validator whose bytes are not UTF-8 cannot be sent unchanged; it is left out,
    and a full answer is fetched.
    """
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    sendable: dict[str, str] = {}
    for name, value in named.items():
        if value is None or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            continue
        try:
            sendable[name] = value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            continue
    return sendable


def max_age_of(headers: RawHeaders) -> float | None:
    """Return for how many more seconds the answer is fresh, or None if unsaid.

    `Cache-Control` decides; without a max-age `Expires` less `Date` (RFC 9111 4.2.1 and 5.3). `Age` has passed already.
    An `Expires` that is no date, `0` above all, is long over; without a readable `Date` it says nothing.
    """
    members = [member.lower() for member in fields(headers, b"cache-control")]
    if "no-store" in members or "no-cache" in members:
        return 0.0
    for member in members:
        if found := re.fullmatch(r'max-age\s*=\s*"?([0-9]{1,10})"?', member):
            return max(0.0, float(found.group(1)) - _age_s(headers))
    return _expires_in(headers)


def _age_s(headers: RawHeaders) -> float:
    age = re.fullmatch(r"[0-9]{1,10}", (field(headers, b"age") or "").strip())
    return float(age.group()) if age else 0.0


def _expires_in(headers: RawHeaders) -> float | None:
    expires = field(headers, b"expires")
    if expires is None:
        return None
    ends_at = http_date(expires)
    if ends_at is None:
        return 0.0
    sent_at = http_date(field(headers, b"date") or "")
    return None if sent_at is None else max(0.0, (ends_at - sent_at).total_seconds() - _age_s(headers))


def http_date(text: str) -> datetime | None:
    """Return the moment of any of the three HTTP dates, UTC if it names no zone; None if it is none."""
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Return how many seconds a `Retry-After` asks to wait, at least 0 and not clamped, or None if unreadable.

    Seconds or any of the three HTTP dates (RFC 9110, 10.2.3); a date without a zone is UTC, a past one 0.
    """
    text = value.strip()
    if re.fullmatch(r"[0-9]+", text, re.ASCII):
        return float(text) if len(text) <= 15 else float(10**15)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())
