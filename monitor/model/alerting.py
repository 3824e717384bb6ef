"""What the rules look at when they decide on one event: the event as it is now, and what was told before."""

from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.model.articles import Facts
from monitor.model.vocabulary import Kind, Label


@dataclass(frozen=True, slots=True)
class Undone:
    """The cut that an event undoes, directly or through a chain."""

    event_id: int
    days: int  # from the cut's announcement to the event's
    facts: Facts  # those of the cut


@dataclass(frozen=True, slots=True)
class EventState:
    """An event as it stands at one moment, with the article in hand already part of it."""

    id: int
    company: str
    label: Label
    kind: Kind
    status: str
    announced_on: date
    source_tier: int  # best of its sources, 1..4
    reports: int  # independent ones: copies of one text are one, and so are the texts of one publisher
    facts: Facts = field(default_factory=Facts)  # as chosen among its sources
    undoes: Undone | None = None
    excluded: bool = False  # by a person
    is_copy: bool = False  # the article in hand repeats a text that the event had already
    lists: frozenset[str] = frozenset()  # names of the watch-lists that its employer is on


@dataclass(frozen=True, slots=True)
class Known:
    """What an alert knew of its event, to tell later what is new."""

    status: str
    jobs_count: int | None
    source_tier: int
    reports: int
    held: bool = False  # stored and not sent, because of a cool-down


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier alert of one rule: on the event in hand, or on the same employer with the same label."""

    event_id: int | None
    raised_at: datetime
    known: Known | None = None  # None: raised before alerts kept it
    withheld: str | None = None  # "muted" or "shadow": nobody was told


@dataclass(frozen=True, slots=True)
class Past:
    """What was before an event came to one rule."""

    told: tuple[Told, ...] = ()  # in the order of raising, whatever the clock said
    sent_today: int = 0  # alerts of the rule since midnight in its zone, without those that are withheld
    muted: str | None = None  # why its alerts are not to be sent, in a person's words
    shadow: str | None = None  # why the rule is in shadow, in words
