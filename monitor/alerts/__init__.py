"""From an event to the alerts its rules raise. Pure; the outbox beside it sends what was stored.

"History never alerts" is decided here too, per article: `may_alert`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from monitor.model import AlertDraft, Facts, Kind, KnownEvent, Origin
from monitor.settings import RuleSettings

FRESH: Final = timedelta(days=7)  # an entry dated earlier than this before we saw it is history
TRUSTED_TIER: Final = 3  # a source of this tier or better confirms alone
STRENGTHS: Final = ("none", "speculative", "disputed", "implied", "explicit")  # weakest first; "denied" is none


def may_alert(
    *,
    origin: Origin,
    first_document: bool,
    first_document_setting: Literal["quiet", "alert"],
    published_at: datetime | None,
    first_seen_at: datetime,
    date_guessed: bool,
) -> bool:
    """Return whether an article may raise alerts at all: history never does.

    History are imports, seeds, a feed's first document (unless the setting says "alert"), and every entry
    whose own date is over 7 days before we first saw it. A date we guessed says nothing either way.
    """
    if origin is not Origin.LIVE or (first_document and first_document_setting == "quiet"):
        return False
    return published_at is None or date_guessed or first_seen_at - published_at <= FRESH


def decide(
    rules: Sequence[RuleSettings],
    event: KnownEvent,
    facts: Facts,
    headline: str,
    *,
    raised_today: Mapping[str, int],
) -> list[AlertDraft]:
    """Return the alerts an event raises, one per matching rule, in the order of the rules.

    To be asked each time an article is joined to the event, with the event as it is then: the subject
    `event:ID` is unique per rule in the store, so an event that is confirmed or grows later raises its alert
    then, and only once. `facts` are those of the article in hand; they fill in what the event does not state.
    `raised_today` counts a rule's alerts since midnight UTC. Beyond `max_per_day` nothing is dropped: the
    alert is decided as shadow, so it is stored and shown, and not sent.
    """
    if event.kind is not Kind.EVENT:
        return []
    return [
        AlertDraft(
            rule=rule.name,
            subject=f"event:{event.id}",
            label=event.label,
            company=event.company,
            headline=headline,
            event_id=event.id,
            withheld="shadow" if rule.shadow or _spent(rule, raised_today) else None,
        )
        for rule in rules
        if _matches(rule, event, facts)
    ]


def _spent(rule: RuleSettings, raised_today: Mapping[str, int]) -> bool:
    return 0 < rule.max_per_day <= raised_today.get(rule.name, 0)


def _matches(rule: RuleSettings, event: KnownEvent, facts: Facts) -> bool:
    """Return whether the rule asks for this event; an empty list asks for all, a filled one for what is stated."""
    jobs = facts.jobs_count if event.jobs_count is None else event.jobs_count
    return (
        (not rule.labels or event.label in rule.labels)
        and _asked(rule.employers, event.company)
        and _asked(rule.functions, event.function or facts.function)
        and _asked(rule.countries, event.country or facts.country)
        and (jobs or 0) >= rule.min_jobs
        and _strength(event.attribution_strength) >= _strength(rule.min_strength)
        and (rule.confirm == 0 or event.source_tier <= TRUSTED_TIER or event.publishers >= 2)
    )


def _asked(wanted: Sequence[str], stated: str | None) -> bool:
    """Return whether one of the stated values ("US;GB") is wanted."""
    if not wanted:
        return True
    values = {value.strip().casefold() for value in (stated or "").split(";")} - {""}
    return not values.isdisjoint(name.strip().casefold() for name in wanted)


def _strength(word: str) -> int:
    return STRENGTHS.index(word) if word in STRENGTHS else 0
