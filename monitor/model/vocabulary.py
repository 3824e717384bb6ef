"""The closed vocabularies: labels, kinds, outcomes, reasons (CODEBOOK.md 3 and 4, RELIABILITY.md 2.5)."""

from enum import StrEnum


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


class FeedState(StrEnum):
    """How a feed is doing, as of its last poll."""

    OK = "ok"
    QUIET = "quiet"  # answers, but nothing new for far longer than usual
    SILENT_ZERO = "silent_zero"  # answers with a document that lists nothing
    FAILING = "failing"
    BLOCKED = "blocked"  # refused, limited or banned, by the server or by our own guard
    GONE = "gone"  # answered 410: waits for a person


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
    PAYWALL = "paywall"
    LOGIN_PAGE = "login_page"
    CHALLENGE_PAGE = "challenge_page"
    EMPTY_SHELL = "empty_shell"
    OFF_TOPIC = "off_topic"  # its page was fetched and, at a glance, found not worth extracting
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
