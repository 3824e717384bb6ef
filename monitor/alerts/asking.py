"""Does a rule ask for this event? One function for all who want to know: the decision, `explain`, the preview. Pure."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from monitor.model import EventState, Kind
from monitor.settings import EVENT_KINDS, RuleSettings

TRUSTED_TIER: Final = 3  # a source of this tier or better confirms alone
UNRELATED: Final = 2  # so many independent reports confirm, too
STRENGTHS: Final = ("none", "speculative", "disputed", "implied", "explicit")  # weakest first; "denied" is none
_SUBJECTS: Final = {
    "surge": "at counts of events against what was to be expected",
    "milestone": "at the time since a cut",
    "silence": "for stories and feeds that fail to come",
    "digest": "back over a day or a week",
}


def why_not(rule: RuleSettings, event: EventState) -> str | None:
    """Return why the rule raises no alert on the event as it is now, in words; None if it asks for it.

    Each rule asks for all that it names at once. What an event does not state never matches what is asked for.
    """
    if rule.kind not in EVENT_KINDS:
        return f"it looks {_SUBJECTS[rule.kind]}, not at single events"
    return beside_the_point(rule, event) or _not_yet(rule, event)


def beside_the_point(rule: RuleSettings, event: EventState) -> str | None:
    """Return why the event is not of the sort that a rule of any kind is about; None if it is."""
    return next(_faults(rule, event), None)


def _faults(rule: RuleSettings, event: EventState) -> Iterator[str]:
    facts = event.facts
    if event.kind is not Kind.EVENT:
        yield "a claim of productivity is no action on staff"
    if event.excluded:
        yield "a person excluded the event"
    if event.label not in rule.labels:
        yield f"it asks for {_either(rule.labels)}, and this is a {event.label}"
    if rule.kind == "flip" and event.undoes is None:
        yield "it asks for what undoes a cut, and no cut of this employer is known that this would undo"
    if (rule.employers or rule.watched) and not _named(rule, event):
        asked = [*([f"those on the watch-list {rule.watched!r}"] if rule.watched else []), *rule.employers[:3]]
        yield f"{event.company} is not among the employers it asks for ({_either(asked)})"
    if not asked_for(rule.functions, facts.function):
        yield f"it asks for {_either(rule.functions)}, and the kind of work is {facts.function or 'not stated'}"
    if not asked_for(rule.countries, facts.country):
        yield f"it asks for {_either(rule.countries)}, and the country is {facts.country or 'not stated'}"
    if (facts.jobs_count or 0) < rule.min_jobs:
        stated = "no number is" if facts.jobs_count is None else f"{facts.jobs_count:,} are"
        yield f"it asks for at least {rule.min_jobs:,} stated jobs, and {stated} stated"
    if _strength(facts.attribution_strength) < _strength(rule.min_strength):
        yield f"it asks for a tie to AI that is at least {rule.min_strength}, and this is {facts.attribution_strength}"


def _not_yet(rule: RuleSettings, event: EventState) -> str | None:
    """Return what the rule still waits for; an article more may bring it."""
    if event.source_tier > rule.max_tier:
        return f"it waits for a source of tier {rule.max_tier} or better; the best so far is of {event.source_tier}"
    if not rule.confirm:
        return None
    if event.status == "rumoured":
        return "it waits for confirmation: so far only a headline was read (confirm = 1)"
    if event.source_tier > TRUSTED_TIER and event.reports < UNRELATED:
        return "it waits for confirmation: a source of tier 1 to 3, or a second unrelated outlet (confirm = 1)"
    return None


def asked_for(wanted: Sequence[str], stated: str | None) -> bool:
    """Return whether one of the stated values ("US;GB") is wanted; where nothing is, all are."""
    if not wanted:
        return True
    values = {value.strip().casefold() for value in (stated or "").split(";")} - {""}
    return not values.isdisjoint(_folded(tuple(wanted)))


@lru_cache(maxsize=256)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    """Return names in one form; a list may hold thousands, and is asked for each event."""
    return frozenset(name.strip().casefold() for name in names)


def _named(rule: RuleSettings, event: EventState) -> bool:
    """Return whether the employer is one of those that the rule names, or is on the list that it names."""
    return rule.watched in event.lists or bool(rule.employers and asked_for(rule.employers, event.company))


def _strength(word: str) -> int:
    return STRENGTHS.index(word) if word in STRENGTHS else 0


def _either(words: Sequence[str]) -> str:
    return " or ".join(words)
