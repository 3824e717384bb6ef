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
    """Return for how many more seconds the answer is fresh by `Cache-Control`, less its `Age`, or None if unsaid."""
    members = [member.lower() for member in fields(headers, b"cache-control")]
    if "no-store" in members or "no-cache" in members:
        return 0.0
    for member in members:
        if found := re.fullmatch(r'max-age\s*=\s*"?([0-9]{1,10})"?', member):
            age = re.fullmatch(r"[0-9]{1,10}", (field(headers, b"age") or "").strip())
            return max(0.0, float(found.group(1)) - (float(age.group()) if age else 0.0))
    return None


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Return how many seconds a `Retry-After` asks to wait, at least 0 and not clamped, or None if unreadable.

    Seconds or any of the three HTTP dates (RFC 9110, 10.2.3); a date without a zone is UTC, a past one 0.
    """
    text = value.strip()
    if re.fullmatch(r"[0-9]+", text, re.ASCII):
        return float(text) if len(text) <= 15 else float(10**15)
    try:
        moment = parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
