"""What the rules say of one event: which alerts it raises, which of them are sent, when, and why not. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from monitor.alerts.asking import why_not
from monitor.alerts.cooling import known, news, resting_until
from monitor.alerts.hours import loud_from, next_midnight, wall
from monitor.alerts.wording import of_event
from monitor.model import AlertDraft, EventState, Past, Told
from monitor.settings import RuleSettings

HELD: tuple[str, ...] = ("told now: a cool-down held it back",)


def decide(
    rules: Sequence[RuleSettings],
    event: EventState,
    past: Callable[[RuleSettings, EventState], Past],
    *,
    now: datetime,
    zone: tzinfo,
) -> list[AlertDraft]:
    """Return the alerts an event raises, in the order of the rules; most of the time none.

    To be asked each time an article is joined to the event, with the event as it is then. `past` is asked of those
    rules alone that ask for the event. Nothing that a rule asks for is dropped: what is not sent is stored with the
    reason.
    """
    drafts = (_decided(rule, event, past, now, zone) for rule in rules if why_not(rule, event) is None)
    return [draft for draft in drafts if draft is not None]


def _decided(
    rule: RuleSettings,
    event: EventState,
    past_of: Callable[[RuleSettings, EventState], Past],
    now: datetime,
    zone: tzinfo,
) -> AlertDraft | None:
    past = past_of(rule, event)
    earlier = [told for told in past.told if told.event_id == event.id]
    before = _newest(earlier)
    resting: datetime | None = None
    if before is not None:
        lines = news(before.known, event)
        if not lines:
            return None
    else:
        other = _newest(past.told, lambda told: told.event_id != event.id and _reached(told, past))
        resting = resting_until(other, rule.cool_down_h, now)
        lines = news(other.known, event) if resting and other else HELD if earlier else ()
        resting = None if lines else resting
        if earlier and (resting or event.is_copy):
            return None  # it is held back already
    draft = AlertDraft(
        rule=rule.name,
        subject=f"event:{event.id}" if not earlier else f"event:{event.id}:{len(earlier) + 1}",
        label=event.label,
        company=event.company,
        headline=of_event(rule.kind, event),
        event_id=event.id,
        kind=rule.kind,
        lines=lines,
        known=known(event, held=resting is not None),
    )
    return replace(draft, **_sending(rule, past, resting, now, zone))


def _sending(rule: RuleSettings, past: Past, resting: datetime | None, now: datetime, zone: tzinfo) -> dict[str, Any]:
    if resting is not None:
        why = f"cooling down until {_clock(resting, zone)}: {rule.cool_down_h} h after the last alert on this employer"
        return {"withheld": "muted", "why": f"{why} and label, and nothing new"}
    return sending(rule, past, now, zone)


def sending(rule: RuleSettings, past: Past, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return whether, when and why an alert of the rule is not sent at once: `withheld`, `why`, `not_before`."""
    if past.muted:
        return {"withheld": "muted", "why": past.muted}
    if past.shadow:
        return {"withheld": "shadow", "why": past.shadow}
    at, why = now, []
    if 0 < rule.max_per_day <= past.sent_today:
        at = next_midnight(now, zone)
        why.append(f"the day's {rule.max_per_day} are sent: it goes out with the others after midnight")
    loud = loud_from(rule.quiet_hours, at, zone)
    if loud > at:
        at = loud
        why.append(f"quiet hours {rule.quiet_hours}: it goes out at {_clock(at, zone)}")
    return {"not_before": at, "why": "; ".join(why)} if why else {}


def shadow_of(rule: RuleSettings, new_since: str | None) -> str | None:
    """Return why a rule is in shadow, or None if it sends; `new_since`: when it came, if after the first run."""
    if rule.shadow:
        return "the rule says shadow = true"
    if rule.shadow is None and new_since:
        return f"the rule is new since {new_since[:10]}; write shadow = false to send"
    return None


def _reached(told: Told, past: Past) -> bool:
    """Return whether somebody was told, or would have been by a rule that is on trial."""
    return told.withheld is None or (told.withheld == "shadow" and past.shadow is not None)


def _newest(told: Sequence[Told], counts: Callable[[Told], bool] = lambda _: True) -> Told | None:
    """Return the last that counts of those that were not held back by a cool-down themselves."""
    return next((one for one in reversed(told) if not (one.known and one.known.held) and counts(one)), None)


def _clock(moment: datetime, zone: tzinfo) -> str:
    """Return a moment as the clock on the wall will show it."""
    return f"{wall(moment, zone):%Y-%m-%d %H:%M} {zone}"
