"""A file that is imported anew after its rows were corrected: one event each, and a person's word above it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_builders import entered, filed, seen
from review_builders import reviewing
from store_builders import opened

from monitor.model import FiledAccount, Kind, Label
from monitor.store import Store

CUT, BACK = Label.CUT, Label.REVERSAL


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def answer(to: str | None = "a", how: str | None = "reverses") -> FiledAccount:
    return filed("r", BACK, "2025-06-01", linked_external_id=to, link_type=how)


def link(store: Store) -> tuple[Any, ...]:
    """Return the link of the one reversal."""
    [row] = seen(store, "select linked_event_id, link_type, link_by from events where label = 'reversal'")
    return tuple(row.values())


def test_a_link_follows_its_row(store: Store) -> None:
    entered(store, filed("a", day="2025-01-04"), filed("b", day="2025-03-25"), answer())
    stated = link(store)
    entered(store, answer("b", "reverses_partly"))
    assert (stated, link(store)) == ((1, "reverses", "source"), (2, "reverses_partly", "source"))


def test_a_link_that_its_row_states_no_more_is_the_rule_s(store: Store) -> None:
    entered(store, filed("a", day="2025-01-04"), filed("b", day="2025-03-25"), answer())
    entered(store, answer(None, None))
    assert link(store) == (2, "reverses", "rule")


def test_a_link_whose_end_is_no_event_any_more_goes(store: Store) -> None:
    entered(store, filed("a", day="2025-01-04"), answer())
    entered(store, filed("a", day="2025-01-04", kind=Kind.SURVEY))
    assert link(store) == (None, None, "rule")


def test_a_person_s_link_stands_above_a_row_s(store: Store) -> None:
    entered(store, filed("a", day="2025-01-04"), filed("b", day="2025-03-25"), answer())
    reviewing(store)("event:3", link="2:softens")
    entered(store, answer(how="reverses_partly"))
    assert link(store) == (2, "softens", "person")


def test_rows_that_link_one_event_otherwise_change_nothing_the_second_time(store: Store) -> None:
    other = filed("s", BACK, "2025-06-02", linked_external_id="b", link_type="softens")
    given = [filed("a", day="2025-01-04"), filed("b", day="2025-03-25"), answer(), other]
    entered(store, *given)
    before = seen(store, "select count(*) as made from corrections")
    entered(store, *given)
    assert (link(store), seen(store, "select count(*) as made from corrections")) == ((1, "reverses", "source"), before)


CORRECTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a number": ({"facts": {"jobs_count": 120, "jobs_qualifier": "exact"}}, {"jobs_count": 120}),
    "a day near by": ({"day": "2025-03-09"}, {"announced_on": "2025-03-09"}),
    "a day far away": ({"day": "2025-09-04"}, {"announced_on": "2025-09-04"}),
    "a tier": ({"source_tier": 1}, {"source_tier": 1}),
    "a side": ({"label": BACK}, {"label": "reversal"}),
}


@pytest.mark.parametrize(("changed", "becomes"), CORRECTED.values(), ids=CORRECTED.keys())
@pytest.mark.parametrize("state", ["auto", "checked"])
def test_what_a_row_corrects_is_corrected_in_its_one_event(
    store: Store, state: str, changed: dict[str, Any], becomes: dict[str, Any]
) -> None:
    row = {"review_state": state, "facts": {"jobs_count": 100, "jobs_qualifier": "exact"}}
    entered(store, filed("a", **row))
    entered(store, filed("a", **(row | changed)))
    [event] = seen(store, "select * from events where retired_at is null")
    assert event == event | becomes | {"review_state": state}


@pytest.mark.parametrize(("before", "now"), [("auto", "checked"), ("checked", "auto"), ("checked", "disputed")])
def test_what_a_file_says_was_checked_follows_the_file(store: Store, before: Any, now: Any) -> None:
    entered(store, filed("a", review_state=before))
    entered(store, filed("a", review_state=now))
    assert seen(store, "select id, review_state, retired_at from events") == [
        {"id": 1, "review_state": now, "retired_at": None}
    ]


@pytest.mark.parametrize("state", ["auto", "checked"])
def test_what_a_person_reviewed_is_no_second_event_when_its_row_is_given_another_day(store: Store, state: Any) -> None:
    entered(store, filed("a", facts={"country": "NO"}))
    reviewing(store)("event:1", label="hybrid")
    entered(store, filed("a", day="2025-09-04", review_state=state, facts={"country": "SE"}))
    found = seen(store, "select label, announced_on, country, review_state, retired_at from events")
    assert found == [
        {
            "label": "hybrid",
            "announced_on": "2025-03-04",
            "country": "NO",
            "review_state": "checked",
            "retired_at": None,
        }
    ]


def test_a_row_taken_out_and_back_in_is_the_event_it_was(store: Store) -> None:
    entered(store, filed("a"))
    entered(store, filed("a", review_state="excluded"))
    gone = seen(store, "select id from events where review_state <> 'excluded'")
    entered(store, filed("a"))
    assert (gone, seen(store, "select id, review_state from events")) == ([], [{"id": 1, "review_state": "auto"}])
