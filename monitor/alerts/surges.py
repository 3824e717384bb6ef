"""What a rule of kind `surge` says of a series of counts. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from monitor.alerts.asking import asked_for
from monitor.model import AlertDraft, Signal
from monitor.settings import RuleSettings

RANKS: Final = ("muted", "note", "surge")  # a state that comes after another is news even while that still holds


def why_not_signal(rule: RuleSettings, signal: Signal) -> str | None:
    """Return why the rule raises no alert on the series as it stands, in words; None if it does."""
    if signal.state == "usual":
        return "the count is as usual"
    if signal.label not in rule.labels:
        return f"it asks for {' or '.join(rule.labels)}, and this counts {signal.label}"
    if signal.window_days != rule.window_days:
        return f"it looks at {rule.window_days} days, and this counts {signal.window_days}"
    if rule.direction not in {"both", signal.direction}:
        return f"it asks for {rule.direction}, and this is {signal.direction}"
    return None if _counts(rule, signal) else "it asks for other employers, kinds of work or countries"


def series_of(rule: RuleSettings, signal: Signal) -> tuple[str, tuple[str, ...]]:
    """Return the beginning of the subjects of a series, and the states in it that leave nothing new to tell."""
    parts = (signal.label, signal.dimension, signal.value, signal.window_days, signal.direction)
    told = RANKS[RANKS.index(signal.state) :] if signal.state in RANKS else ()
    return f"{rule.kind}:{':'.join(str(part) for part in parts)}:", told


def draft_of(rule: RuleSettings, signal: Signal) -> AlertDraft:
    """Return the alert on a series: what is off with too little past to be sure is told as a note."""
    muted = signal.state == "muted"
    return AlertDraft(
        rule=rule.name,
        subject=f"{series_of(rule, signal)[0]}{signal.state}:{signal.window_end.isoformat()}",
        label=signal.label,
        company=None,
        headline=f"Note: {signal.text}" if signal.state == "note" else signal.text,
        event_id=None,
        observed=signal.observed,
        expected=signal.expected,
        kind=rule.kind,
        withheld="muted" if muted else None,
        why=f"too few of the feeds were live in both windows: {signal.text}" if muted else None,
        chart=signal.points,
    )


def asked_signals(rule: RuleSettings, signals: Iterable[Signal]) -> Sequence[Signal]:
    """Return the series that the rule tells of."""
    return [signal for signal in signals if why_not_signal(rule, signal) is None]


def _counts(rule: RuleSettings, signal: Signal) -> bool:
    """Return whether the series is one the rule counts: its own employers, its functions or countries, or all."""
    own = bool(rule.employers or rule.watched)
    if signal.dimension == "watch":
        return own and signal.value == rule.name
    if own or rule.functions or rule.countries:
        wanted = {"function": rule.functions, "country": rule.countries}.get(signal.dimension, ())
        return bool(wanted) and asked_for(wanted, signal.value)
    return True
