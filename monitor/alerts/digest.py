"""What a rule of kind `digest` says of a day or a week: all of it in one message, and how the feeds are. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from monitor.alerts.asking import why_not
from monitor.alerts.wording import of_event
from monitor.model import AlertDraft, EventState, Label
from monitor.settings import RuleSettings

MOST: Final = 50  # events, and alerts, named one by one
_PLURALS: Final = {Label.CUT: "cuts", Label.REVERSAL: "reversals", Label.HYBRID: "hybrids"}


@dataclass(frozen=True, slots=True)
class Lookback:
    """What there is to tell of since the last digest."""

    since: datetime
    events: tuple[EventState, ...]  # first seen since, whatever the rule asks for
    alerts: tuple[tuple[str, str, str | None], ...]  # rule, headline, and whether and why it was withheld
    ratio: Mapping[str, Any] | None  # reversals and cuts of the newest 28 days, and between what their ratio lies
    health: str  # how feeds and deliveries are, in one line


def subject_of(day: date) -> str:
    """Return the subject that makes a digest of a day the only one."""
    return f"digest:{day.isoformat()}"


def draft_of(rule: RuleSettings, day: date, back: Lookback) -> AlertDraft:
    """Return the digest of a day; it is sent even if there is nothing to tell, and ends with how the feeds are."""
    asked = [event for event in back.events if _listed(rule, event)]
    counts = Counter(event.label for event in asked)
    parts = [
        f"{counts[label]} {label if counts[label] == 1 else _PLURALS[label]}" for label in _PLURALS if counts[label]
    ]
    told = f"{len(back.alerts)} {'alert' if len(back.alerts) == 1 else 'alerts'}"
    return AlertDraft(
        rule=rule.name,
        subject=subject_of(day),
        label=None,
        company=None,
        headline=f"{rule.name}, {day.isoformat()}: {', '.join(parts) or 'no new event'}; {told}",
        event_id=None,
        observed=len(asked),
        kind=rule.kind,
        lines=tuple(_lines(asked, back)),
    )


def _lines(asked: Sequence[EventState], back: Lookback) -> Iterator[str]:
    yield f"Since {back.since:%Y-%m-%d %H:%M} UTC:"
    headlines = [of_event("any", event) for event in asked]
    yield from (f"event {event.id}: {words}" for event, words in zip(asked[:MOST], headlines, strict=False))
    if len(asked) > MOST:
        yield f"and {len(asked) - MOST} more events; `layoff-monitor serve` shows them"
    others = [alert for alert in back.alerts if alert[1] not in headlines]
    for rule, headline, withheld in others[:MOST]:
        yield f"alert of {rule}: {headline}{f' ({withheld})' if withheld else ''}"
    if len(back.alerts) > min(len(others), MOST):
        yield _further(len(back.alerts) - len(others), len(others) - MOST)
    if back.ratio is not None:
        yield _ratio(back.ratio)
    yield back.health


def _further(repeated: int, left_out: int) -> str:
    """Return how many alerts are not named, most of them for saying of an event above what is said there."""
    told = f"{repeated} {'alert says' if repeated == 1 else 'alerts say'} no more of these events" if repeated else ""
    more = f"{left_out} more" if left_out > 0 else ""
    return f"{'; '.join(part for part in (told, more) if part)}; `layoff-monitor alerts list` shows them"


def _ratio(found: Mapping[str, Any]) -> str:
    counts = f"{found['reversals']} to {found['cuts']}"
    between = "" if found["ratio"] is None else f", that is {found['ratio']:.2f}"
    if None not in {found["low"], found["high"]}:
        between += f" (between {found['low']:.2f} and {found['high']:.2f} with 95 % confidence)"
    return f"Reversals to cuts announced in the 28 days to {found['window_end']}: {counts}{between}"


def _listed(rule: RuleSettings, event: EventState) -> bool:
    """Return whether the digest lists the event: as a rule of kind any with the same wishes would tell of it."""
    return why_not(replace(rule, kind="any"), event) is None


def health(found: Mapping[str, Any]) -> str:
    """Return the last line of a digest: do feeds answer, does anything wait, did all arrive."""
    states: Mapping[str, int] = found["states"]
    total = sum(states.values())
    ill = ", ".join(f"{number} {state}" for state, number in sorted(states.items()) if state != "ok")
    feeds = f"{states.get('ok', 0)} of {total} feeds are well" if total else "no feeds"
    polled = f", last poll {found['last_polled_at'][:16].replace('T', ' ')} UTC" if found["last_polled_at"] else ""
    failed = f"; {found['failed']} alerts could not be delivered" if found["failed"] else ""
    return f"Health: {feeds}{f' ({ill})' if ill else ''}{polled}; {found['waiting']} entries wait{failed}"
