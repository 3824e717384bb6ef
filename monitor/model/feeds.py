"""What a feed is, what its document holds, and what one poll of it brought."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.model.vocabulary import FeedState, Reason


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
    via_url: str | None = None  # the aggregator's own address, where `url` is the story it led to


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What one feed document holds."""

    title: str | None
    entries: tuple[FeedEntry, ...]  # in document order; without those known by their bytes
    ttl_s: int | None = None  # how long the publisher asks us to wait, seconds
    partial: bool = False  # broken XML: entries kept, validators not to be stored
    skipped: int = 0  # entries left out because the last document held them byte for byte
    digests: bytes = b""  # of all its entries, 8 bytes each; empty where entries cannot be told apart by bytes
    encoding: str | None = None  # as which its bytes were read, whatever was said of them; None for JSON and sitemaps
    undecodable: int = 0  # characters that are U+FFFD because their bytes were none


@dataclass(frozen=True, slots=True)
class UnreadDocument:
    """A document that no parser could take, kept for a replay."""

    url: str  # where it was found in the end
    content_type: str | None
    body_bytes: int  # of the whole document
    body: bytes  # its beginning


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a feed publishes, learned from its polls; None is "not known yet"."""

    overlap_run: int = 0  # on-time polls in a row: +n held mostly known entries, -n mostly new ones
    gap_s: float | None = None  # usual time between two new entries
    longest_gap_s: float | None = None  # longest of late
    turnover_s: float | None = None  # shortest time of late in which its document was filled anew
    last_new_at: datetime | None = None  # last time an entry was new
    last_count: int | None = None  # entries in its last document


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
    last_polled_at: datetime | None = None
    failure_weight: float = 0.0  # of the failures in a row: hard 1, soft 1/2, temporary 1/4
    cadence: Cadence = field(default_factory=Cadence)
    ttl_s: int | None = None  # how long its publisher asks us to wait
    entry_digests: bytes = b""  # of the entries of its last whole document, 8 bytes each
    moved_to: str | None = None  # where a permanent redirect leads
    moved_since: datetime | None = None
    last_304_at: datetime | None = None  # "not modified" was said
    last_false_304_at: datetime | None = None  # ... of what had changed
    least_s: float | None = None  # shortest wait its server puts up with, learned from refusals

    @property
    def seen_at(self) -> datetime | None:
        """When its document was last in our hands, read or byte for byte the one read before."""
        return max(filter(None, (self.last_full_at, self.last_document_at)), default=None)

    @property
    def says_nothing_new(self) -> bool:
        """Whether the server has said "not modified" since its document was last in our hands."""
        return self.last_304_at is not None and self.seen_at is not None and self.last_304_at > self.seen_at


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
    status: int | None = None  # of a failure the server answered with
    max_age_s: float | None = None
    retry_after_s: float | None = None
    moved_to: str | None = None  # where every redirect said the feed is for good
    unread: UnreadDocument | None = None  # the parser crashed on it, or took too long
    false_304: bool = False  # if it brings new entries, an earlier "not modified" was untrue
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
    failure_weight: float = 0.0
    state: FeedState = FeedState.OK
    cadence: Cadence = field(default_factory=Cadence)
    moved_to: str | None = None  # a permanent redirect seen since `moved_since`
    moved_since: datetime | None = None
    least_s: float | None = None  # shortest wait its server puts up with


@dataclass(frozen=True, slots=True)
class PollCounts:
    """What one poll found in a document: `parsed == new + known + refused`, always."""

    parsed: int
    new: int  # rows made; duplicates of other feeds' entries and passed-over ones included
    known: int
    refused: int  # rows made that say why
