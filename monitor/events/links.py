"""What an event undoes: the cut it reverses or softens, or the answer it follows. Pure.

Articles arrive in any order, so `history_links` gives the links of a whole history at once, whatever came first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.events.matching import named, places_differ
from monitor.model import Kind, KnownEvent, Label, LinkType


@dataclass(frozen=True, slots=True)
class Link:
    """Which earlier event an event answers, and how."""

    event_id: int
    link_type: LinkType


def link(answer: KnownEvent, past: Sequence[KnownEvent]) -> Link | None:
    """Return what an event answers, of those of its employer before it; None for a cut, a claim, or without a cut.

    One rule. The cut in question is the one `undone_cut` finds. The first reversal after it `reverses` it
    (`reverses_partly` if both numbers are stated and fewer come back), the first answer of any sort, if a hybrid,
    `softens` it; every other answer `follows` the newest answer before it, and so leads back to the cut through the
    chain. No event has more than one link.
    """
    if answer.kind is not Kind.EVENT or answer.label is Label.CUT:
        return None
    earlier = [event for event in past if event.kind is Kind.EVENT and event.announced_on <= answer.announced_on]
    cut = undone_cut(answer, earlier)
    if cut is None:
        return None
    by_id = {event.id: event for event in earlier}
    answers = [event for event in earlier if event.label is not Label.CUT and _root(event, by_id) == cut.id]
    if answer.label is Label.REVERSAL and all(event.label is not Label.REVERSAL for event in answers):
        return Link(cut.id, "reverses_partly" if _fewer(answer.jobs_count, cut.jobs_count) else "reverses")
    if answers:
        return Link(max(answers, key=_age).id, "follows")
    return Link(cut.id, "softens")


def undone_cut(answer: KnownEvent, earlier: Iterable[KnownEvent]) -> KnownEvent | None:
    """Return the newest cut that agrees with the answer in most of function and country; never one elsewhere.

    Who hires support staff back in one country undoes nothing in another, nor last week's cut of engineers while an
    older one of support staff is known. What is not stated agrees with nothing and contradicts nothing.
    """

    def fitness(cut: KnownEvent) -> tuple[int, date, int]:
        pairs = ((cut.function, answer.function), (cut.country, answer.country))
        return sum(bool(named(ours) & named(theirs)) for ours, theirs in pairs), *_age(cut)

    cuts = (e for e in earlier if e.label is Label.CUT and not places_differ(e.country, answer.country))
    return max(cuts, key=fitness, default=None)


def history_links(known: Iterable[KnownEvent], since: date = date.min) -> dict[int, Link | None]:
    """Return the link of each event of one employer, by event id, as if all had arrived in the order they happened.

    Its answer depends on what happened, not on what was read first; a cut found late takes its reversal with it. A
    person's link is kept as it is, whether it leads anywhere or not, and so is that of an event before `since`.
    """
    links: dict[int, Link | None] = {}
    past: list[KnownEvent] = []
    for event in sorted(known, key=lambda event: (event.announced_on, event.label is not Label.CUT, event.id)):
        if event.link_by == "person" or event.announced_on < since:
            past.append(event)
            continue
        found = link(event, past)
        links[event.id] = found
        past.append(replace(event, linked_event_id=found.event_id if found else None))
    return links


def _age(event: KnownEvent) -> tuple[date, int]:
    return event.announced_on, event.id


def _root(event: KnownEvent, by_id: dict[int, KnownEvent]) -> int | None:
    """Return the id of the cut at the end of the event's links, if they lead to one."""
    at: KnownEvent | None = event
    for _ in range(len(by_id)):
        if at is None or at.linked_event_id is None:
            return None
        at = by_id.get(at.linked_event_id)
        if at is not None and at.label is Label.CUT:
            return at.id
    return None


def _fewer(returned: int | None, cut: int | None) -> bool:
    return returned is not None and cut is not None and returned < cut
