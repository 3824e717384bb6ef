"""Merges and links a person sets: what they leave standing, how they are undone, and what cannot be."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from account_builders import entered, filed, seen
from review_builders import BANK, Review, of_article, reviewing, told
from store_builders import NOW, opened, write

from monitor.errors import MonitorError
from monitor.model import Kind, Label
from monitor.store import Store
from monitor.store import events as event_store

JANUARY, MARCH, MAY = (date(2026, month, 2) for month in (1, 3, 5))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@pytest.fixture
def say(store: Store) -> Review:
    return reviewing(store)


@pytest.fixture
def three(store: Store, say: Review) -> Review:
    """Return how a person speaks of three cuts, the second of which is part of the first."""
    for number, day in enumerate((JANUARY, MARCH, MAY), 1):
        told(store, number, day=day)
    say("event:2", merge="event:1")
    return say


def links(store: Store) -> list[tuple[int | None, str | None]]:
    """Return what each event is linked to, and how."""
    found = seen(store, "select linked_event_id, link_type from events order by id")
    return [(row["linked_event_id"], row["link_type"]) for row in found]


def standing(store: Store) -> list[int]:
    """Return the events that are not retired."""
    return [row["id"] for row in seen(store, "select id from events where retired_at is null order by id")]


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "merged into another, too": ("event:2", {"merge": "event:3"}, "was merged into event 1; --split undoes that"),
    "made what another becomes part of": ("event:3", {"merge": "event:2"}, "event 2 is retired"),
    "what its own part becomes part of": ("event:1", {"merge": "event:2"}, "event 2 is retired"),
    "linked": ("event:2", {"link": "none"}, "was merged into event 1"),
    "a link's end": ("event:3", {"link": "2"}, "event 2 is excluded"),
    "excluded": ("event:2", {"exclude": True}, "was merged into event 1"),
}


@pytest.mark.parametrize(("target", "asked", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_was_merged_cannot_be(store: Store, three: Review, target: str, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(MonitorError, match=words):
        three(target, **asked)
    assert (standing(store), links(store)[1]) == ([1, 3], (1, "duplicates"))


def test_an_article_said_to_be_of_a_merged_event_is_of_what_it_became(store: Store, three: Review) -> None:
    three("article:3", merge="event:2")
    assert (of_article(store, 3)["event_id"], standing(store)) == (1, [1])


def test_an_article_judged_anew_tells_of_what_its_event_became_part_of(store: Store, three: Review) -> None:
    three("article:2", label="none")
    three("article:2", label="cut")
    assert (of_article(store, 2)["event_id"], standing(store)) == (1, [1, 3])


def test_a_row_that_tells_of_a_merged_event_joins_what_it_became(store: Store) -> None:
    entered(store, filed("a"), filed("b", day="2025-03-25"))
    reviewing(store)("event:2", merge="event:1")
    entered(store, filed("c", day="2025-03-26"))
    assert seen(store, "select event_id from accounts where external_id = 'c'") == [{"event_id": 1}]
    assert standing(store) == [1]


@pytest.mark.parametrize("order", [("event:2", "event:3"), ("event:3", "event:2")])
def test_merges_of_merges_are_undone_in_any_order(store: Store, say: Review, order: tuple[str, str]) -> None:
    for number, day in enumerate((JANUARY, MARCH, MAY), 1):
        told(store, number, day=day)
    say("event:3", merge="event:2")
    say("event:2", merge="event:1")
    for target in order:
        say(target, split=True)
    assert [of_article(store, number)["event_id"] for number in (1, 2, 3)] == [1, 2, 3]
    assert (standing(store), links(store)) == ([1, 2, 3], [(None, None)] * 3)


def test_what_is_merged_with_its_answer_leaves_no_link_to_itself(store: Store, say: Review) -> None:
    told(store, 1, day=JANUARY)
    told(store, 2, Label.REVERSAL, day=MARCH)
    say("event:2", link="1:reverses")
    say("event:1", merge="event:2")
    assert links(store) == [(2, "duplicates"), (None, None)]


def test_a_link_a_person_set_goes_with_a_merge_and_comes_back(store: Store, say: Review) -> None:
    told(store, 1, day=JANUARY)
    told(store, 2, day=MARCH)
    told(store, 3, Label.REVERSAL, day=MAY)
    say("event:3", link="2:reverses_partly")
    say("event:2", merge="event:1")
    merged = links(store)[2]
    say("event:2", split=True)
    assert (merged, links(store)[2]) == ((1, "reverses_partly"), (2, "reverses_partly"))


def test_a_merge_is_undone_to_nothing_when_nothing_tells_of_the_event_any_more(store: Store, three: Review) -> None:
    three("article:2", exclude=True)
    three("event:2", split=True)
    assert standing(store) == [1, 3]
    assert seen(store, "select review_state from events where id = 2") == [{"review_state": "excluded"}]


def test_an_event_whose_only_article_was_excluded_with_it_cannot_count_again(store: Store, say: Review) -> None:
    told(store, 1)
    say("event:1", exclude=True)
    say("article:1", exclude=True)
    with pytest.raises(MonitorError, match="nothing tells of event:1 any more"):
        say("event:1", include=True)


def test_an_article_without_a_label_brings_no_event_back(store: Store, say: Review) -> None:
    told(store, 1)
    say("article:1", label="none")
    with pytest.raises(MonitorError, match="nothing tells of event 1, and article:1 has no label"):
        say("article:1", merge="event:1")
    assert of_article(store, 1)["event_id"] is None


def test_an_article_that_leaves_an_event_of_a_file_is_not_counted_there_any_more(store: Store, say: Review) -> None:
    told(store, 1)
    entered(store, filed("a", facts={"company": BANK}))
    say("article:1", merge="event:2")
    say("article:1", label="none")
    assert seen(store, "select articles, accounts from events_view where id = 2") == [{"articles": 0, "accounts": 1}]


def test_a_merge_undone_brings_back_no_event_that_nothing_tells_of(store: Store, three: Review) -> None:
    three("article:1", label="none")
    three("article:2", exclude=True)
    three("event:2", split=True)
    counting = seen(store, "select id from events where review_state <> 'excluded'")
    assert (standing(store), counting) == ([3], [{"id": 3}])


def test_a_link_taken_away_leaves_the_cut_to_the_next_answer(store: Store, say: Review) -> None:
    told(store, 1, day=JANUARY)
    told(store, 2, Label.REVERSAL, day=MARCH)
    told(store, 3, Label.REVERSAL, day=MAY)
    say("event:2", link="none")
    said = links(store)
    write(store, lambda db: event_store.relink(db, BANK, NOW))
    assert said == links(store) == [(None, None), (None, None), (1, "reverses")]


def test_what_a_person_excluded_stays_so_when_it_is_told_of_again(store: Store, say: Review) -> None:
    entered(store, filed("a"))
    entered(store, filed("a", kind=Kind.SURVEY))
    say("event:1", exclude=True)
    entered(store, filed("a"))
    assert seen(store, "select review_state from events") == [{"review_state": "excluded"}]


def test_an_article_comes_back_to_the_event_it_alone_told_of(store: Store, say: Review) -> None:
    told(store, 1, day=JANUARY)
    told(store, 2, day=date(2026, 1, 4))
    say("article:2", merge="event:1")
    say("article:2", split=True)
    own = of_article(store, 2)["event_id"]
    say("article:2", exclude=True)
    without = standing(store)
    say("article:2", include=True)
    assert (of_article(store, 2)["event_id"], without, standing(store)) == (own, [1], [1, own])


@pytest.mark.parametrize("by", ["source", "person"])
def test_a_merge_that_is_undone_gives_back_the_link_there_was(store: Store, say: Review, by: str) -> None:
    stated = {"linked_external_id": "a", "link_type": "updates"} if by == "source" else {}
    entered(store, filed("a", day="2025-01-04"), filed("b", day="2025-04-04", **stated))
    if by == "person":
        say("event:2", link="1:updates")
    say("event:2", merge="event:1")
    say("event:2", split=True)
    [row] = seen(store, "select linked_event_id, link_type, link_by from events where id = 2")
    assert row == {"linked_event_id": 1, "link_type": "updates", "link_by": by}
