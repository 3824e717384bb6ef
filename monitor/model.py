"""The frozen values that flow through the pipeline, in its order: feed, batch, article, verdict, event, alert.

Every value is plain data: it can be compared, and written as JSON and read back the same (a test does it
for those that cross the `dispatch` seam). Times are aware and in UTC; spans are half-open character offsets.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct

# --- the closed vocabularies -------------------------------------------------------------------------------


class Label(StrEnum):
    """What happened to human work (CODEBOOK.md 4.1)."""

    CUT = "cut"
    REVERSAL = "reversal"
    HYBRID = "hybrid"
    NONE = "none"


class Kind(StrEnum):
    """What sort of text says so (CODEBOOK.md 4.1)."""

    EVENT = "event"
    UPDATE = "update"
    PRODUCTIVITY_CLAIM = "productivity_claim"
    COMMENTARY = "commentary"
    SURVEY = "survey"
    FORECAST = "forecast"
    ROUNDUP = "roundup"
    POLICY_LEGAL = "policy_legal"
    OFF_TOPIC = "off_topic"


class Confidence(StrEnum):
    """How far title, opening and body agree (CODEBOOK.md 4.2)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TextState(StrEnum):
    """How much of the article the store holds."""

    FULL = "full"
    SUMMARY = "summary"
    HEADLINE_ONLY = "headline_only"
    PAYWALLED = "paywalled"
    BLOCKED = "blocked"
    ABSTRACT = "abstract"  # our own summary of a text we may not ship (the seeds)


class Origin(StrEnum):
    """How an article or event came into the store."""

    LIVE = "live"
    IMPORTED = "imported"
    SEED = "seed"


class Outcome(StrEnum):
    """The one end of an entry; an entry without one still waits."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    PASSED_OVER = "passed_over"
    REFUSED = "refused"
    FAILED = "failed"


class Reason(StrEnum):
    """Why: the closed list of reasons for entries, feeds and deliveries."""

    DNS_FAILED = "dns_failed"
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_SCHEME = "blocked_scheme"
    BLOCKED_PORT = "blocked_port"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    TOO_COMPRESSED = "too_compressed"
    TRUNCATED = "truncated"
    BAD_HTTP = "bad_http"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_BLOCKED = "redirect_blocked"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    ROBOTS_DENIED = "robots_denied"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    NOT_A_FEED = "not_a_feed"
    EMPTY_FEED = "empty_feed"
    PARSE_PARTIAL = "parse_partial"
    PARSE_CRASHED = "parse_crashed"
    PARSE_TIMEOUT = "parse_timeout"
    UNSUPPORTED_TYPE = "unsupported_type"
    CONSENT_WALL = "consent_wall"
    UNRESOLVED_AGGREGATOR = "unresolved_aggregator"
    TOO_COMPLEX = "too_complex"
    TEXT_DROPPED = "text_dropped"
    EXTRACT_EMPTY = "extract_empty"
    EXTRACT_TIMEOUT = "extract_timeout"
    EXTRACT_CRASHED = "extract_crashed"
    CLASSIFY_FAILED = "classify_failed"
    REFUSED_VALUE = "refused_value"
    DELIVERY_REFUSED = "delivery_refused"
    DELIVERY_EXPIRED = "delivery_expired"


# --- feeds -------------------------------------------------------------------------------------------------


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


# --- the seam: work out, results in ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """A host's robots.txt as home keeps it and a batch carries it (RFC 9309)."""

    state: Literal["rules", "allow_all", "unreachable"]
    text: str = ""  # the file, at most 500 KiB, when state is "rules"
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One entry to fetch, with all a worker needs to know of it."""

    entry_id: int
    url: str
    title: str  # as the feed gave it
    summary: str
    publisher: str | None = None
    published_at: datetime | None = None
    hops: int = 0  # hosts this entry has already been redirected across
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True)
class Batch:
    """The only form in which work leaves home: up to N entries of one host."""

    version: int
    host: str  # the politeness key
    lease: str  # token; home recognises a stale one
    deadline_s: float  # from receipt until the results must be back
    delay_s: float  # between two requests to the host
    robots: RobotsRules | None  # None: not known at home, fetch them first
    items: tuple[BatchItem, ...]


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read out of one page."""

    title: str
    text: str
    text_state: TextState
    language: str | None = None  # ISO 639-1
    published_at: datetime | None = None
    author: str | None = None
    site: str | None = None
    canonical_url: str | None = None


# --- verdicts ----------------------------------------------------------------------------------------------

Place = Literal["title", "text"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that decided, verbatim: `(title or text)[start:end] == quote`."""

    place: Place
    quote: str
    start: int
    end: int
    cue: str  # name of the cue family
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the input a fact was read."""

    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the article states (CODEBOOK.md 5); None is "not stated". Nothing here is inferred but `jobs_implied`."""

    company: str | None = None  # canonical name of the acting employer
    jobs_count: int | None = None  # people
    jobs_count_max: int | None = None
    jobs_qualifier: str = "none_stated"
    jobs_implied: int | None = None
    jobs_formula: str | None = None
    share_pct: float | None = None
    share_base: str | None = None
    headcount_before: int | None = None
    headcount_after: int | None = None
    fte_equivalent: int | None = None
    action: str | None = None
    technology: str | None = None
    function: str | None = None
    country: str | None = None
    employment_form: str | None = None
    announced_on: date | None = None
    effective_on: date | None = None
    attribution_type: str | None = None
    attribution_strength: str = "none"
    attribution_speaker: str | None = None
    reason_given: str | None = None
    quote: str | None = None
    quote_speaker: str | None = None


@dataclass(frozen=True, slots=True)
class ClassifierId:
    """Which judge gave the verdict."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one article, with the words it rests on."""

    label: Label
    kind: Kind
    confidence: Confidence
    probability: float  # 0..1 that the label is right
    rule: str  # number of the rule of CODEBOOK.md 4.2 that decided
    evidence: tuple[Evidence, ...]
    facts: Facts
    spans: dict[str, Span]  # fact name -> where it was read
    classifier: ClassifierId


class PageRead(Struct, frozen=True, tag="read"):
    """An article read, or the feed's own words where the page gave none; `reason` then says why."""

    entry_id: int
    article: Extracted
    verdict: Verdict
    final_url: str
    reason: Reason | None = None


class PageMoved(Struct, frozen=True, tag="moved"):
    """A redirect to another host: to be queued there, with one hop more."""

    entry_id: int
    url: str


class PageFailed(Struct, frozen=True, tag="failed"):
    """No page this time; home alone decides whether and when to try again."""

    entry_id: int
    reason: Reason
    detail: str
    retryable: bool
    retry_after_s: float | None = None


class NotTried(Struct, frozen=True, tag="not_tried"):
    """The worker stopped or ran out of time before this entry."""

    entry_id: int


PageResult = PageRead | PageMoved | PageFailed | NotTried


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What comes back: exactly one result per item, in the batch's order."""

    version: int
    host: str
    lease: str
    results: tuple[PageResult, ...]
    robots: RobotsRules | None = None  # fetched on the way; home caches them
    hold_s: float | None = None  # the host asked to be left alone this long


# --- events and alerts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One article's account of one employer's action; joined to an event or the first of one."""

    company: str
    label: Label
    kind: Kind
    announced_on: date
    date_precision: Literal["day", "month", "year"]
    status: str
    source_tier: int  # 1..4
    facts: Facts


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """As much of a stored event as joining, linking and alerting need."""

    id: int
    company: str
    label: Label
    announced_on: date
    source_tier: int
    publishers: int
    jobs_count: int | None = None
    function: str | None = None
    country: str | None = None
    attribution_strength: str = "none"
    kind: Kind = Kind.EVENT  # or productivity_claim: joins only its like, links and alerts nothing
    linked_event_id: int | None = None  # what it reverses, softens or follows


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert to be stored with its deliveries, before anything is sent."""

    rule: str
    subject: str
    label: Label
    company: str | None
    headline: str
    event_id: int | None
    observed: float | None = None
    expected: float | None = None
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class AlertArticle:
    """One article an alert names, with its strongest words."""

    url: str | None
    title: str
    quote: str | None = None  # verbatim; None where the text is our own summary


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """A stored alert with all a message about it says."""

    id: str  # stable for ever; the receiver's key against repeats
    sequence: int  # order of raising; deliveries may arrive in another
    rule: str
    subject: str
    label: Label | None
    company: str | None
    raised_at: datetime
    observed: float | None
    expected: float | None
    headline: str
    event_id: int | None
    articles: tuple[AlertArticle, ...]


@dataclass(frozen=True, slots=True)
class DeliveryJob:
    """One leased delivery of one alert: an attempt that has begun."""

    id: int
    alert_id: str
    channel: str
    recipient: int  # number within the channel
    attempts: int  # this one included
    first_attempt_at: datetime
    last_attempt_at: datetime  # start of this attempt


@dataclass(frozen=True, slots=True)
class PollCounts:
    """What one poll found in a document: `parsed == new + known + refused`, always."""

    parsed: int
    new: int  # rows made; duplicates of other feeds' entries and passed-over ones included
    known: int
    refused: int  # rows made that say why


DeliveryState = Literal["pending", "leased", "sent", "retrying", "expired", "refused", "muted", "shadow"]

BATCH_VERSION: Final = 1
