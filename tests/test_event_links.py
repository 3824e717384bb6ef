"""What an event answers: the cut it reverses or softens, or the answer it follows."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from event_builders import CUT, HYBRID, REVERSAL, event, told
from hypothesis import given
from hypothesis import strategies as st

from monitor.events import Link, history_links, link
from monitor.model import EventDraft, Kind, KnownEvent

PAST = [event(1, CUT, "2024-05-01", jobs_count=320)]
UNDONE = [*PAST, event(2, REVERSAL, "2024-08-01", linked_event_id=1)]
SOFTENED = [*PAST, event(2, HYBRID, "2024-08-01", linked_event_id=1)]


@pytest.mark.parametrize(
    ("told_of", "known", "expected"),
    [
        pytest.param(told(REVERSAL, "2025-03-09"), PAST, Link(1, "reverses"), id="a reversal reverses the cut"),
        pytest.param(
            told(REVERSAL, "2025-03-09", jobs_count=200),
            PAST,
            Link(1, "reverses_partly"),
            id="partly, if fewer come back",
        ),
        pytest.param(
            told(REVERSAL, "2025-03-09", jobs_count=320), PAST, Link(1, "reverses"), id="wholly, if all come back"
        ),
        pytest.param(told(HYBRID, "2025-03-09", jobs_count=10), PAST, Link(1, "softens"), id="a hybrid softens it"),
        pytest.param(told(HYBRID, "2025-03-09"), UNDONE, Link(2, "follows"), id="a hybrid after the reversal follows"),
        pytest.param(told(REVERSAL, "2025-03-09"), UNDONE, Link(2, "follows"), id="so does a second reversal"),
        pytest.param(told(HYBRID, "2025-03-09"), SOFTENED, Link(2, "follows"), id="and a second hybrid"),
        pytest.param(
            told(REVERSAL, "2025-03-09"), SOFTENED, Link(1, "reverses"), id="the first reversal skips hybrids before it"
        ),
        pytest.param(
            told(HYBRID, "2025-03-09"),
            [*UNDONE, event(3, HYBRID, "2024-09-01", linked_event_id=2)],
            Link(3, "follows"),
            id="the newest answer is followed",
        ),
        pytest.param(
            told(REVERSAL, "2025-03-09"),
            [*UNDONE, event(3, CUT, "2024-12-01")],
            Link(3, "reverses"),
            id="a newer cut starts anew",
        ),
        pytest.param(told(REVERSAL, "2024-05-01"), PAST, Link(1, "reverses"), id="on the day of the cut"),
    ],
)
def test_an_answer_is_tied_to_the_newest_cut_before_it(
    told_of: EventDraft, known: list[KnownEvent], expected: Link
) -> None:
    assert link(told_of, known) == expected


@pytest.mark.parametrize(
    ("told_of", "known"),
    [
        pytest.param(told(CUT, "2025-03-09"), UNDONE, id="a cut answers nothing"),
        pytest.param(told(REVERSAL, "2025-03-09"), [], id="no history"),
        pytest.param(told(REVERSAL, "2024-04-30"), PAST, id="the cut came later"),
        pytest.param(told(REVERSAL, "2025-03-09"), [event(1, CUT, "2024-05-01", company="Lumo Pay")], id="not theirs"),
        pytest.param(
            told(REVERSAL, "2025-03-09"),
            [event(1, CUT, "2024-05-01", kind=Kind.PRODUCTIVITY_CLAIM)],
            id="a claim dismissed nobody",
        ),
        pytest.param(told(HYBRID, "2025-03-09", kind=Kind.PRODUCTIVITY_CLAIM), PAST, id="a claim answers nothing"),
        pytest.param(told(HYBRID, "2025-03-09"), [event(2, HYBRID, "2024-08-01")], id="an answer to nothing known"),
    ],
)
def test_nothing_else_is_linked(told_of: EventDraft, known: list[KnownEvent]) -> None:
    assert link(told_of, known) is None


def test_a_history_has_the_same_links_in_whatever_order_it_was_read() -> None:
    history = [event(4, CUT, "2024-05-01"), event(3, HYBRID, "2024-06-01"), event(2, REVERSAL, "2024-08-01")]
    links = {4: None, 3: Link(4, "softens"), 2: Link(4, "reverses")}
    assert [history_links(order) for order in permutations(history)] == [links] * 6


def test_a_circle_of_stored_links_ends() -> None:
    circle = [
        event(1, CUT, "2024-05-01"),
        event(2, HYBRID, "2024-06-01", linked_event_id=3),
        event(3, HYBRID, "2024-07-01", linked_event_id=2),
    ]
    assert link(told(HYBRID, "2025-03-09"), circle) == Link(1, "softens")


@st.composite
def histories(draw: st.DrawFn) -> list[KnownEvent]:
    first = date(2024, 1, 1)
    return [
        event(
            number,
            draw(st.sampled_from([CUT, REVERSAL, HYBRID])),
            str(first + timedelta(days=draw(st.integers(0, 30)))),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


@given(histories())
def test_each_answer_leads_back_to_one_cut_not_later_than_itself_and_a_cut_is_reversed_once(
    history: list[KnownEvent],
) -> None:
    links = history_links(history)
    by_id = {one.id: one for one in history}
    for one in history:
        at, steps = one, 0
        while (found := links[at.id]) is not None and steps <= len(history):
            at, steps = by_id[found.event_id], steps + 1
        cuts_before = [e for e in history if e.label is CUT and e.announced_on <= one.announced_on]
        if one.label is not CUT and cuts_before:
            assert at.label is CUT
            assert at.announced_on == max(cut.announced_on for cut in cuts_before)
        else:
            assert links[one.id] is None
    reversed_cuts = [found.event_id for found in links.values() if found and found.link_type == "reverses"]
    assert len(reversed_cuts) == len(set(reversed_cuts))
