"""The headline of an alert, by the kind of its rule. Pure."""

from typing import Final

from monitor.alerts import render
from monitor.model import EventDraft, EventState, Label, Undone

_LINE: Final = 500  # characters at most
_ANSWERS: Final = {  # done or announced, and only planned
    Label.REVERSAL: ("took people back", "plans to take people back"),
    Label.HYBRID: ("put people beside its AI", "plans to put people beside its AI"),
    Label.CUT: ("acted again", "plans to act again"),
}


def of_event(kind: str, event: EventState) -> str:
    """Return one line on an event: of a flip, how long after the cut it came; else what it is."""
    if kind == "flip" and event.undoes is not None:
        return _flip(event, event.undoes)
    return render.headline(draft_of(event))


def draft_of(event: EventState) -> EventDraft:
    """Return the account that an event is, as far as a headline needs it."""
    return EventDraft(
        company=event.company,
        label=event.label,
        kind=event.kind,
        announced_on=event.announced_on,
        date_precision="day",
        status=event.status,
        source_tier=event.source_tier,
        facts=event.facts,
    )


def _flip(event: EventState, undone: Undone) -> str:
    """Return for example "Norvik Bank took people back 190 days after cutting 320 jobs"."""
    done, planned = _answer(event)
    answer = planned if event.status == "planned" else done
    days = "on the day of" if undone.days == 0 else f"{undone.days:,} {'day' if undone.days == 1 else 'days'} after"
    cut = render.jobs(undone.facts) or "a number of jobs not stated"
    rumoured = " (rumoured)" if event.status == "rumoured" else ""
    return render.one_line(f"{event.company} {answer} {days} cutting {cut}{rumoured}", _LINE)


def _answer(event: EventState) -> tuple[str, str]:
    """Return what the employer did, and the same as a plan."""
    if event.label is Label.REVERSAL:
        if event.facts.action == "ai_withdrawn":  # which says nothing of people who come back
            return "withdrew its AI", "plans to withdraw its AI"
        if returned := render.jobs(event.facts):
            return f"brought back {returned}", f"plans to bring back {returned}"
    return _ANSWERS[event.label]
