"""Events of employers, and the alerts they raise."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from monitor.model.alerting import Known
from monitor.model.articles import Facts
from monitor.model.trends import Point
from monitor.model.vocabulary import Kind, Label, TextState

DatePrecision = Literal["day", "month", "year"]
LinkType = Literal["reverses", "reverses_partly", "softens", "follows", "updates", "duplicates"]
DeliveryState = Literal["pending", "leased", "sent", "retrying", "expired", "refused", "muted", "shadow"]


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One article's account of one employer's action; joined to an event or the first of one."""

    company: str
    label: Label
    kind: Kind
    announced_on: date
    date_precision: DatePrecision
    status: str
    source_tier: int  # 1..4
    facts: Facts
    is_update: bool = False  # a new fact on an event that is known, so it may come long after it
    half_tied: bool = False  # without a label, and not far from one


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """As much of a stored event as joining, linking and alerting need."""

    id: int
    company: str
    label: Label
    announced_on: date
    source_tier: int
    jobs_count: int | None = None
    function: str | None = None
    country: str | None = None
    attribution_strength: str = "none"
    kind: Kind = Kind.EVENT  # or productivity_claim: joins only its like, links and alerts nothing
    linked_event_id: int | None = None  # what it reverses, softens or follows
    link_type: LinkType | None = None
    link_by: Literal["rule", "source", "person"] = "rule"
    date_precision: DatePrecision = "day"
    status: str = "announced"
    effective_on: date | None = None
    jobs_count_max: int | None = None
    jobs_qualifier: str = "none_stated"
    jobs_implied: int | None = None
    fte_equivalent: int | None = None
    share_pct: float | None = None
    headcount_before: int | None = None
    headcount_after: int | None = None
    excluded: bool = False  # by a person: what tells of it counts no more than it does


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert to be stored with its deliveries, before anything is sent."""

    rule: str
    subject: str
    label: Label | None
    company: str | None
    headline: str
    event_id: int | None
    observed: float | None = None
    expected: float | None = None
    kind: str = "any"  # of its rule
    withheld: Literal["shadow", "muted"] | None = None  # decided and shown, not sent
    why: str | None = None  # why it is withheld or late, in words
    not_before: datetime | None = None  # quiet hours, or the day's budget is spent
    lines: tuple[str, ...] = ()  # what changed; what a digest lists
    chart: tuple[Point, ...] = ()
    known: Known | None = None  # of its event, as the alert was decided


@dataclass(frozen=True, slots=True)
class AlertArticle:
    """One article an alert names, with its strongest words."""

    url: str | None
    title: str
    quote: str | None = None  # verbatim; None where the text is our own summary
    publisher: str | None = None
    text_state: TextState = TextState.FULL

    @property
    def whole(self) -> bool:
        """Return whether more than the headline, a summary or what a wall left of it was read."""
        return self.text_state in {TextState.FULL, TextState.ABSTRACT}


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """As much of an event as a message says."""

    id: int
    label: Label
    status: str
    announced_on: date
    date_precision: Literal["day", "month", "year"] = "day"
    jobs_count: int | None = None
    jobs_count_max: int | None = None
    jobs_qualifier: str = "none_stated"
    attribution_strength: str = "none"
    attribution_speaker: str | None = None
    quote: str | None = None
    quote_speaker: str | None = None
    quote_url: str | None = None
    quote_publisher: str | None = None
    linked_event_id: int | None = None
    days_to_reversal: int | None = None


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
    kind: str = "any"  # of its rule
    lines: tuple[str, ...] = ()
    chart: tuple[Point, ...] = ()
    articles_total: int = 0
    independent_reports: int | None = None
    event: AlertEvent | None = None
    linked: AlertEvent | None = None  # what the event reverses, softens or follows
    history: tuple[AlertEvent, ...] = ()  # of the employer, the newest first


@dataclass(frozen=True, slots=True)
class MessageContent:
    """What a message says, fixed when it is composed, so that every attempt sends the same bytes."""

    alerts: tuple[AlertRecord, ...]  # those spelled out, the most urgent first
    total: int  # of alerts it holds
    thread: str | None = None  # the first message to this recipient on the same event


@dataclass(frozen=True, slots=True)
class MessageJob:
    """One leased message: an attempt to send it has begun."""

    id: int
    message_id: str
    channel: str
    recipient: int  # number within the channel
    attempts: int  # this one included
    first_attempt_at: datetime
    composed_at: datetime
    content: MessageContent | None  # None: it cannot be written; `error` says why
    error: str | None = None
