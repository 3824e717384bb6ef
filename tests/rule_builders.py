"""Builders of rules, and of an event as rules look at it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from monitor.alerts import decide
from monitor.model import AlertDraft, EventState, Facts, Kind, Label, Past, Undone
from monitor.settings import RuleSettings

SEEN: Final = datetime(2025, 3, 10, 9, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
FACTS: Final = Facts(
    company="Norvik Bank",
    jobs_count=320,
    jobs_qualifier="exact",
    function="customer service",
    country="NO;SE",
    attribution_strength="implied",
)
EVENT: Final = EventState(
    id=7,
    company="Norvik Bank",
    label=Label.CUT,
    kind=Kind.EVENT,
    status="announced",
    announced_on=date(2025, 3, 9),
    source_tier=2,
    reports=1,
    facts=FACTS,
)
FLIP: Final = replace(EVENT, label=Label.REVERSAL, undoes=Undone(3, 190, FACTS), facts=Facts(company="Norvik Bank"))


def rule(**settings: Any) -> RuleSettings:
    """Return a rule with these settings, named mine."""
    return RuleSettings(**{"name": "mine", **settings})


def stating(event: EventState = EVENT, **facts: Any) -> EventState:
    """Return the event with other facts."""
    return replace(event, facts=replace(event.facts, **facts))


def decided(
    a_rule: RuleSettings, event: EventState = EVENT, past: Past | None = None, now: datetime = SEEN
) -> AlertDraft | None:
    """Return what a rule decides on an event."""
    drafts = decide([a_rule], event, lambda _rule, _event: past or Past(), now=now, zone=UTC)
    return drafts[0] if drafts else None
