"""What an event undoes: the cut it reverses or softens, or the answer it follows. Pure.

Articles arrive in any order, so `history_links` gives the links of a whole history at once, whatever came first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from monitor.events.matching import named, places_differ
from monitor.model import Kind, KnownEvent, Label, LinkType

LOOKED_AT: Final = 200  # the newest cuts an answer may be tied to; no employer known has announced as many


@dataclass(frozen=True, slots=True)
class Link:
    """Which earlier event an event answers, and how."""

    event_id: int
    link_type: LinkType


@dataclass(slots=True)
class _Past:
    """What came before an event: the cuts, the cut each answer leads back to, and the answers to each cut."""

    cuts: list[KnownEvent] = field(default_factory=list)
    root: dict[int, int] = field(default_factory=dict)
    newest: dict[int, KnownEvent] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)

    def add(self, event: KnownEvent) -> None:
        """Take up the next event in the order of their days, with its link."""
        if event.kind is not Kind.EVENT:
            return
        if event.label is Label.CUT:
            self.cuts.append(event)
            self.root[event.id] = event.id
            return
        cut = self.root.get(event.linked_event_id or 0)
        if cut is not None:
            self.root[event.id] = cut
            self.newest[cut] = event
            if event.label is Label.REVERSAL:
                self.reversed.add(cut)


def _link(answer: KnownEvent, past: _Past) -> Link | None:
    """Return what an event answers, of those of its employer before it; None for a cut, a claim, or without a cut.

    One rule. The cut in question is the one `undone_cut` finds. The first reversal after it `reverses` it
    (`reverses_partly` if both numbers are stated and fewer come back), the first answer of any sort, if a hybrid,
    `softens` it; every other answer `follows` the newest answer before it, and so leads back to the cut through the
    chain. No event has more than one link.
    """
    if answer.kind is not Kind.EVENT or answer.label is Label.CUT:
        return None
    cut = undone_cut(answer, past.cuts[-LOOKED_AT:])
    if cut is None:
        return None
    if answer.label is Label.REVERSAL and cut.id not in past.reversed:
        return Link(cut.id, "reverses_partly" if _fewer(answer.jobs_count, cut.jobs_count) else "reverses")
    if cut.id in past.newest:
        return Link(past.newest[cut.id].id, "follows")
    return Link(cut.id, "softens")


def undone_cut(answer: KnownEvent, earlier: Iterable[KnownEvent]) -> KnownEvent | None:
    """Return the newest of the cuts that agree with the answer best in function and country.

    Who hires support staff back undoes neither last week's cut of engineers nor one in another country, while an older
    one of support staff is known. A cut elsewhere is undone only if the function is the same (who speaks abroad may be
    taken for where the jobs are); what is not stated agrees with nothing and contradicts nothing.
    """

    def fitness(cut: KnownEvent) -> tuple[int, date, int]:
        here = bool(named(cut.country) & named(answer.country)) - places_differ(cut.country, answer.country)
        return _same_function(cut, answer) + here, *_age(cut)

    cuts = (
        event
        for event in earlier
        if event.label is Label.CUT
        and (not places_differ(event.country, answer.country) or _same_function(event, answer))
    )
    return max(cuts, key=fitness, default=None)


def history_links(known: Iterable[KnownEvent], since: date = date.min) -> dict[int, Link | None]:
    """Return the link of each event of one employer, by event id, as if all had arrived in the order they happened.

    Its answer depends on what happened, not on what was read first; a cut found late takes its reversal with it. A
    link of a person or a file is kept as it is, whether it leads anywhere or not, and so is that of an event before
    `since`.
    """
    links: dict[int, Link | None] = {}
    past = _Past()
    for event in sorted(known, key=lambda event: (event.announced_on, event.label is not Label.CUT, event.id)):
        if event.link_by != "rule" or event.announced_on < since:
            past.add(event)
            continue
        found = links[event.id] = _link(event, past)
        past.add(replace(event, linked_event_id=found.event_id if found else None))
    return links


def _same_function(one: KnownEvent, other: KnownEvent) -> bool:
    return bool(named(one.function) & named(other.function))


def _age(event: KnownEvent) -> tuple[date, int]:
    return event.announced_on, event.id


def _fewer(returned: int | None, cut: int | None) -> bool:
    return returned is not None and cut is not None and returned < cut
