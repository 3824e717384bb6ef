"""What a rule of kind `surge` says of a series of counts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.alerts.asking import asked_for
from monitor.model import AlertDraft, Signal
from monitor.settings import RuleSettings

RANKS: Final = ("note", "surge")  # a state that comes after another is news even while that still holds
_NAMED: Final = 20  # muted series


def why_not_signal(rule: RuleSettings, signal: Signal) -> str | None:
    """Return why the rule raises no alert on the series as it stands, in words; None if it does."""
    if signal.state == "usual":
        return "the count is as usual"
    if signal.label not in rule.labels:
        return f"it asks for {' or '.join(rule.labels)}, and this counts {signal.label}"
    if signal.window_days != rule.window_days:
        return f"it looks at {rule.window_days} days, and this counts {signal.window_days}"
    if signal.direction is not None and rule.direction not in {"both", signal.direction}:
        return f"it asks for {rule.direction}, and this is {signal.direction}"
    return None if _counts(rule, signal) else "it asks for other employers, kinds of work or countries"


@dataclass(frozen=True, slots=True)
class Telling:
    """What a rule tells of one series, or of all that are muted."""

    series: str  # the beginning of the subjects of its alerts
    states: tuple[str, ...]  # one of these, told within the window, leaves nothing new to tell
    draft: AlertDraft


def tellings(rule: RuleSettings, signals: Iterable[Signal]) -> list[Telling]:
    """Return what the rule tells of the counts as they stand; those that are muted are kept together, as muted."""
    asked = [signal for signal in signals if why_not_signal(rule, signal) is None]
    muted = [signal for signal in asked if signal.state == "muted"]
    found = [_of_series(rule, signal) for signal in asked if signal.state != "muted"]
    return [*found, _of_muted(rule, muted)] if muted else found


def _of_series(rule: RuleSettings, signal: Signal) -> Telling:
    """Return the alert on a series; what is off with too little past to be sure is told as a note."""
    parts = (signal.label, signal.dimension, signal.value, signal.window_days, signal.direction)
    series = f"{rule.kind}:{':'.join(str(part) for part in parts)}:"
    draft = AlertDraft(
        rule=rule.name,
        subject=f"{series}{signal.state}:{signal.window_end.isoformat()}",
        label=signal.label,
        company=None,
        headline=f"Note: {signal.text}" if signal.state == "note" else signal.text,
        event_id=None,
        observed=signal.observed,
        expected=signal.expected,
        kind=rule.kind,
        chart=signal.points,
    )
    return Telling(series, RANKS[RANKS.index(signal.state) :], draft)


def _of_muted(rule: RuleSettings, muted: Sequence[Signal]) -> Telling:
    series = f"{rule.kind}:muted:"
    counts = "1 count is" if len(muted) == 1 else f"{len(muted)} counts are"
    draft = AlertDraft(
        rule=rule.name,
        subject=f"{series}muted:{muted[0].window_end.isoformat()}",
        label=None,
        company=None,
        headline=f"{counts} muted in the {rule.window_days} days to {muted[0].window_end}: too few feeds to compare",
        event_id=None,
        kind=rule.kind,
        withheld="muted",
        why="too few of the feeds were live in both windows to tell more or fewer events from more or fewer feeds",
        lines=tuple(signal.text for signal in muted[:_NAMED]),
    )
    return Telling(series, ("muted",), draft)


def _counts(rule: RuleSettings, signal: Signal) -> bool:
    """Return whether the series is one the rule counts: its own employers, its functions or countries, or all."""
    own = bool(rule.employers or rule.watched)
    if signal.dimension == "watch":
        return own and signal.value == rule.name
    if own or rule.functions or rule.countries:
        wanted = {"function": rule.functions, "country": rule.countries}.get(signal.dimension, ())
        return bool(wanted) and asked_for(wanted, signal.value)
    return True
