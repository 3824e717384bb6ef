"""A person's word on events: what it changes, that it is kept, and how it is taken back."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from account_builders import entered, filed, seen
from review_builders import BANK, Review, events_of, of_article, reviewing, told
from store_builders import NOW, opened, write

from monitor.errors import MonitorError, UsageError
from monitor.model import Label
from monitor.store import Store
from monitor.store import events as event_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@pytest.fixture
def say(store: Store) -> Review:
    return reviewing(store)


# --- who is meant --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["article:1", "article 1", "https://news.example/story/1", "HTTPS://news.example/story/1?utm_source=x"]
)
def test_an_article_is_meant_by_number_or_address(store: Store, say: Review, target: str) -> None:
    told(store, 1)
    assert say(target, exclude=True)["target"] == "article:1"


def test_a_number_that_only_an_event_has_needs_no_prefix(store: Store, say: Review) -> None:
    entered(store, filed("cut"))
    assert say("1", exclude=True)["target"] == "event:1"


MISSED = {
    "a number that both have": (
        "1",
        r"1 is an event \(Brackwater Mutual, cut, .*\) and an article .*article:1",
    ),
    "no such event": ("event:9", "there is no event 9"),
    "neither": ("9", "neither an event nor an article 9"),
    "an address of nothing": ("https://news.example/none", "no article of"),
    "words": ("the big one", "none of event:NUMBER, article:NUMBER and an address"),
}


@pytest.mark.parametrize(("target", "words"), MISSED.values(), ids=MISSED.keys())
def test_what_is_not_meant_clearly_is_told(store: Store, say: Review, target: str, words: str) -> None:
    told(store, 1)
    with pytest.raises(MonitorError, match=words):
        say(target, exclude=True)


WRONG = {
    "no reason": ({"why": " ", "exclude": True}, "--why TEXT is needed"),
    "nothing asked": ({}, "nothing is asked"),
    "two things": ({"exclude": True, "split": True}, "cannot be asked together"),
}


@pytest.mark.parametrize(("asked", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_review_has_one_action_and_a_reason(store: Store, say: Review, asked: dict[str, Any], words: str) -> None:
    told(store, 1)
    with pytest.raises(UsageError, match=words):
        say("event:1", **asked)


# --- events ----------------------------------------------------------------------------------------------------------


def test_a_label_is_corrected_and_stays_when_more_is_told(store: Store, say: Review) -> None:
    told(store, 1)
    assert say("event:1", label="hybrid")["changed"] == ["label cut -> hybrid"]
    entered(store, filed("more", day="2026-03-02", facts={"company": BANK}))
    write(store, lambda db: event_store.rebuild(db, 1, NOW, "again"))
    assert events_of(store)[0] == (1, "hybrid", "checked")
    [kept] = seen(store, "select * from corrections where field = 'label'")
    assert (kept["old"], kept["new"], kept["why"], kept["by"]) == ("cut", "hybrid", "seen on site", "person")


def test_an_event_is_excluded_and_included_again(store: Store, say: Review) -> None:
    told(store, 1)
    assert say("event:1", exclude=True)["event"]["review_state"] == "excluded"
    assert seen(store, "select cuts from companies_view") == [{"cuts": 0}]
    assert say("event:1", include=True)["event"]["review_state"] == "checked"
    assert seen(store, "select cuts from companies_view") == [{"cuts": 1}]


def test_a_merge_is_undone_by_a_split(store: Store, say: Review) -> None:
    told(store, 1, jobs_count=300)
    entered(store, filed("row", facts={"company": BANK, "jobs_count": 900}))
    assert events_of(store) == [(1, "cut", "auto"), (2, "cut", "auto")]
    say("event:2", merge="event:1")
    assert events_of(store) == [(1, "cut", "checked"), (2, "cut", "excluded")]
    assert seen(store, "select event_id from accounts") == [{"event_id": 1}]
    assert "is no part of event 1" in say("event:2", split=True)["changed"][0]
    assert events_of(store) == [(1, "cut", "checked"), (2, "cut", "checked")]
    assert seen(store, "select event_id from accounts") == [{"event_id": 2}]
    assert seen(store, "select jobs_count from events order by id") == [{"jobs_count": 300}, {"jobs_count": 900}]


def test_the_articles_of_a_merged_event_come_back_with_it(store: Store, say: Review) -> None:
    told(store, 1)
    told(store, 2, day=date(2026, 2, 1))
    say("event:2", merge="1")
    assert of_article(store, 2)["event_id"] == 1
    say("event:2", split=True)
    assert (of_article(store, 1)["event_id"], of_article(store, 2)["event_id"]) == (1, 2)
    assert seen(store, "select event_id, article_id from event_articles order by 1, 2") == [
        {"event_id": 1, "article_id": 1}, {"event_id": 2, "article_id": 2}
    ]  # fmt: skip


LINKS = {
    "a reversal undoes the cut": ("1", "reverses"),
    "with its type": ("1:reverses_partly", "reverses_partly"),
    "with its prefix": ("event:1:softens", "softens"),
}


@pytest.mark.parametrize(("link", "link_type"), LINKS.values(), ids=LINKS.keys())
def test_a_link_that_a_person_set_stays(store: Store, say: Review, link: str, link_type: str) -> None:
    told(store, 1, day=date(2025, 3, 2))
    told(store, 2, day=date(2025, 6, 2))
    told(store, 3, Label.REVERSAL, day=date(2026, 1, 2))
    assert say("event:3", link=link)["event"]["linked_event_id"] == 1
    write(store, lambda db: event_store.relink(db, BANK, NOW))
    [row] = seen(store, "select link_type, link_by, reverses_event_id from events_view where id = 3")
    assert row == {"link_type": link_type, "link_by": "person", "reverses_event_id": 1}


def test_a_link_is_taken_away_for_good(store: Store, say: Review) -> None:
    told(store, 1, day=date(2025, 3, 2))
    told(store, 2, Label.REVERSAL)
    say("event:2", link="none")
    write(store, lambda db: event_store.relink(db, BANK, NOW))
    assert seen(store, "select linked_event_id from events where id = 2") == [{"linked_event_id": None}]


CANNOT = {
    "label none": ({"label": "none"}, "--exclude takes one out"),
    "a kind": ({"kind": "survey"}, "review an article of it: article:1"),
    "split what was not merged": ({"split": True}, "was merged into no other; .* article:1"),
    "merge with an article": ({"merge": "article:1"}, "can be merged with an event only"),
    "merge with itself": ({"merge": "event:1"}, "are not two of one employer"),
    "link to itself": ({"link": "1"}, "are not two of one employer"),
    "a link of no type": ({"link": "1:undoes"}, "TYPE is one of reverses"),
    "a link to nothing": ({"link": "77"}, "there is no event 77"),
}


@pytest.mark.parametrize(("asked", "words"), CANNOT.values(), ids=CANNOT.keys())
def test_what_cannot_be_is_told_and_changes_nothing(
    store: Store, say: Review, asked: dict[str, Any], words: str
) -> None:
    told(store, 1)
    with pytest.raises(MonitorError, match=words):
        say("event:1", **asked)
    assert events_of(store) == [(1, "cut", "auto")]
    assert seen(store, "select * from corrections") == []


def test_events_of_two_employers_are_never_linked(store: Store, say: Review) -> None:
    told(store, 1)
    entered(store, filed("other", Label.REVERSAL, "2026-04-01"))
    with pytest.raises(MonitorError, match="are not two of one employer"):
        say("event:2", link="1")


def test_links_never_go_round(store: Store, say: Review) -> None:
    told(store, 1, day=date(2025, 3, 2))
    told(store, 2, Label.REVERSAL)
    with pytest.raises(MonitorError, match="links that go round lead nowhere"):
        say("event:1", link="2:follows")
