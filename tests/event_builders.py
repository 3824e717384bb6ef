"""Builders of stored events and of accounts that may tell of them."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from monitor.model import EventDraft, Facts, Kind, KnownEvent, Label

CUT: Final = Label.CUT
REVERSAL: Final = Label.REVERSAL
HYBRID: Final = Label.HYBRID


def event(number: int, label: Label, day: str, **more: Any) -> KnownEvent:
    """Return a stored event of one bank."""
    plain = KnownEvent(
        id=number,
        company="Norvik Bank",
        label=label,
        announced_on=date.fromisoformat(day),
        source_tier=2,
    )
    return replace(plain, **more)


def told(label: Label, day: str, *, kind: Kind = Kind.EVENT, **facts: Any) -> EventDraft:
    """Return an article's account of an action of that bank."""
    return EventDraft(
        company="Norvik Bank",
        label=label,
        kind=kind,
        announced_on=date.fromisoformat(day),
        date_precision="day",
        status="announced",
        source_tier=2,
        facts=Facts(**{"company": "Norvik Bank", **facts}),
    )
