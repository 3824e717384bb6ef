"""What an event answers: the cut it reverses or softens, or the answer it follows."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from event_builders import CUT, HYBRID, REVERSAL, event
from hypothesis import given
from hypothesis import strategies as st

from monitor.events import Link, history_links
from monitor.model import Kind, KnownEvent, Label


def answer(label: Label, day: str, **more: Any) -> KnownEvent:
    return event(9, label, day, **more)


PAST = [event(1, CUT, "2024-05-01", jobs_count=320)]
UNDONE = [*PAST, event(2, REVERSAL, "2024-08-01", linked_event_id=1)]
SOFTENED = [*PAST, event(2, HYBRID, "2024-08-01", linked_event_id=1)]


@pytest.mark.parametrize(
    ("told_of", "known", "expected"),
    [
        pytest.param(answer(REVERSAL, "2025-03-09"), PAST, Link(1, "reverses"), id="a reversal reverses the cut"),
        pytest.param(
            answer(REVERSAL, "2025-03-09", jobs_count=200),
            PAST,
            Link(1, "reverses_partly"),
            id="partly, if fewer come back",
        ),
        pytest.param(
            answer(REVERSAL, "2025-03-09", jobs_count=320), PAST, Link(1, "reverses"), id="wholly, if all come back"
        ),
        pytest.param(answer(HYBRID, "2025-03-09", jobs_count=10), PAST, Link(1, "softens"), id="a hybrid softens it"),
        pytest.param(answer(HYBRID, "2025-03-09"), UNDONE, Link(2, "follows"), id="a hybrid after a reversal follows"),
        pytest.param(answer(REVERSAL, "2025-03-09"), UNDONE, Link(2, "follows"), id="so does a second reversal"),
        pytest.param(answer(HYBRID, "2025-03-09"), SOFTENED, Link(2, "follows"), id="and a second hybrid"),
        pytest.param(
            answer(REVERSAL, "2025-03-09"),
            SOFTENED,
            Link(1, "reverses"),
            id="the first reversal skips earlier hybrids",
        ),
        pytest.param(
            answer(HYBRID, "2025-03-09"),
            [*UNDONE, event(3, HYBRID, "2024-09-01", linked_event_id=2)],
            Link(3, "follows"),
            id="the newest answer is followed",
        ),
        pytest.param(
            answer(REVERSAL, "2025-03-09"),
            [*UNDONE, event(3, CUT, "2024-12-01")],
            Link(3, "reverses"),
            id="a newer cut starts anew",
        ),
        pytest.param(answer(REVERSAL, "2024-05-01"), PAST, Link(1, "reverses"), id="on the day of the cut"),
        pytest.param(
            answer(REVERSAL, "2025-03-09", country="GB"),
            [event(1, CUT, "2024-05-01", country="GB"), event(2, CUT, "2025-03-02", country="US")],
            Link(1, "reverses"),
            id="last week's cut in another country stays",
        ),
        pytest.param(
            answer(HYBRID, "2025-03-09", function="customer service"),
            [
                event(1, CUT, "2024-05-01", function="customer service"),
                event(2, CUT, "2025-03-02", function="software"),
            ],
            Link(1, "softens"),
            id="so does a newer one of another function",
        ),
        pytest.param(
            answer(REVERSAL, "2025-03-09", function="customer service"),
            [event(1, CUT, "2024-05-01", function="software")],
            Link(1, "reverses"),
            id="another function alone forbids nothing",
        ),
        pytest.param(
            answer(REVERSAL, "2025-03-09", country="GB"),
            [event(1, CUT, "2024-05-01"), event(2, CUT, "2024-09-01")],
            Link(2, "reverses"),
            id="what states no country contradicts none",
        ),
        pytest.param(
            answer(HYBRID, "2025-03-09", function="customer service", country="GB"),
            [event(1, CUT, "2024-05-01", function="customer service", country="SE")],
            Link(1, "softens"),
            id="a word from abroad on the same work",
        ),
    ],
)
def test_an_answer_is_tied_to_the_newest_cut_before_it(
    told_of: KnownEvent, known: list[KnownEvent], expected: Link
) -> None:
    assert history_links([*known, told_of])[told_of.id] == expected


@pytest.mark.parametrize(
    ("told_of", "known"),
    [
        pytest.param(answer(CUT, "2025-03-09"), UNDONE, id="a cut answers nothing"),
        pytest.param(answer(REVERSAL, "2025-03-09"), [], id="no history"),
        pytest.param(answer(REVERSAL, "2024-04-30"), PAST, id="the cut came later"),
        pytest.param(
            answer(REVERSAL, "2025-03-09", country="GB"),
            [event(1, CUT, "2024-05-01", country="US")],
            id="the cut was in another country",
        ),
        pytest.param(
            answer(REVERSAL, "2025-03-09"),
            [event(1, CUT, "2024-05-01", kind=Kind.PRODUCTIVITY_CLAIM)],
            id="a claim dismissed nobody",
        ),
        pytest.param(answer(HYBRID, "2025-03-09", kind=Kind.PRODUCTIVITY_CLAIM), PAST, id="a claim answers nothing"),
        pytest.param(answer(HYBRID, "2025-03-09"), [event(2, HYBRID, "2024-08-01")], id="an answer to nothing known"),
    ],
)
def test_nothing_else_is_linked(told_of: KnownEvent, known: list[KnownEvent]) -> None:
    assert history_links([*known, told_of])[told_of.id] is None


def test_a_history_has_the_same_links_in_whatever_order_it_was_read() -> None:
    history = [event(4, CUT, "2024-05-01"), event(3, HYBRID, "2024-06-01"), event(2, REVERSAL, "2024-08-01")]
    links = {4: None, 3: Link(4, "softens"), 2: Link(4, "reverses")}
    assert [history_links(order) for order in permutations(history)] == [links] * 6


def test_a_circle_of_a_person_s_links_leads_nowhere() -> None:
    circle = [
        event(1, CUT, "2024-05-01"),
        event(2, HYBRID, "2024-06-01", linked_event_id=3, link_by="person"),
        event(3, HYBRID, "2024-07-01", linked_event_id=2, link_by="person"),
        answer(HYBRID, "2025-03-09"),
    ]
    assert history_links(circle)[9] == Link(1, "softens")


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


def test_a_person_s_link_stays_and_others_follow_from_it() -> None:
    history = [
        event(1, CUT, "2024-05-01"),
        event(2, CUT, "2024-06-01"),
        event(3, REVERSAL, "2024-08-01", linked_event_id=1, link_type="reverses", link_by="person"),
        event(4, REVERSAL, "2024-09-01"),
        event(5, REVERSAL, "2024-10-01", link_by="person"),
    ]
    assert history_links(history) == {1: None, 2: None, 4: Link(2, "reverses")}


def test_links_of_what_came_before_a_day_are_taken_as_they_are() -> None:
    history = [
        event(1, CUT, "2024-05-01"),
        event(2, REVERSAL, "2024-08-01", linked_event_id=1),
        event(3, REVERSAL, "2024-09-01"),
    ]
    assert history_links(history, date(2024, 9, 1)) == {3: Link(2, "follows")}
