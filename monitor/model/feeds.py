"""What a feed is, what its document holds, and what one poll of it brought."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.model.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with, byte for byte (latin-1 text of the header)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry as its feed document states it; text is plain, cleaned, without markup."""

    guid: str | None
    url: str | None  # absolute
    title: str  # "" if the document gives none
    summary: str  # "" if the document gives none; at most 20,000 characters
    published_at: datetime | None = None
    published_raw: str | None = None  # as printed in the document
    publisher: str | None = None  # the outlet an aggregator names for this entry


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What one feed document holds."""

    title: str | None
    entries: tuple[FeedEntry, ...]  # in document order
    ttl_s: int | None = None  # how long the publisher asks us to wait, seconds
    partial: bool = False  # broken XML: entries kept, validators not to be stored


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's row, as much of it as a poll needs."""

    id: int
    url: str
    interval_s: int
    next_poll_at: datetime
    validators: Validators = field(default_factory=Validators)
    body_digest: str | None = None
    failures: int = 0  # in a row
    last_full_at: datetime | None = None  # last fetch without validators
    last_document_at: datetime | None = None  # None: its first document is still to come
    hold_until: datetime | None = None  # what Retry-After asked for


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What one poll of one feed brought, before anything is stored."""

    feed_id: int
    polled_at: datetime
    result: Literal["document", "not_modified", "unchanged", "failed"]
    conditional: bool = False  # asked with validators
    document: FeedDocument | None = None  # when result is "document"
    validators: Validators = field(default_factory=Validators)  # to store; empty for a partial document
    body_digest: str | None = None
    reason: Reason | None = None  # why it failed; parse_partial beside a document
    detail: str | None = None
    max_age_s: float | None = None
    retry_after_s: float | None = None
    body_bytes: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When to ask a feed again, decided from its row and the poll's outcome."""

    interval_s: int
    next_poll_at: datetime
    failures: int
    hold_until: datetime | None = None
    gone: bool = False  # answered 410: waits for a person


@dataclass(frozen=True, slots=True)
class PollCounts:
    """What one poll found in a document: `parsed == new + known + refused`, always."""

    parsed: int
    new: int  # rows made; duplicates of other feeds' entries and passed-over ones included
    known: int
    refused: int  # rows made that say why
