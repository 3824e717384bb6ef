"""A person's word on articles: their events are made, changed or left."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from account_builders import seen
from review_builders import BANK, Review, events_of, of_article, reviewing, told
from store_builders import NOW, article, opened, verdict, write

from monitor.errors import MonitorError
from monitor.model import ClassifierId, Kind, Label
from monitor.store import Store, articles, verdicts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@pytest.fixture
def say(store: Store) -> Review:
    return reviewing(store)


def test_an_article_judged_anew_changes_its_event(store: Store, say: Review) -> None:
    told(store, 1)
    answer = say("article:1", label="reversal")
    assert "label cut -> reversal" in answer["changed"]
    assert of_article(store) == {"label": "reversal", "kind": "event", "review_state": "checked", "event_id": 2}
    assert events_of(store) == [(1, "cut", "excluded"), (2, "reversal", "auto")]
    assert [
        row["why"] for row in seen(store, "select * from corrections where article_id = 1 and field = 'label'")
    ] == ["seen on site"]


def test_an_article_that_is_only_commentary_leaves_its_event(store: Store, say: Review) -> None:
    told(store, 1)
    assert "it told of event 1, it tells of no event" in say("article:1", kind="commentary")["changed"]
    assert events_of(store) == [(1, "cut", "excluded")]


def test_an_article_that_is_an_event_after_all_makes_one(store: Store, say: Review) -> None:
    commentary = article(verdict=verdict(Label.CUT, Kind.COMMENTARY, company=BANK))
    write(store, lambda db: articles.upsert(db, commentary, NOW))
    say("article:1", label="hybrid", kind="event")
    assert events_of(store) == [(1, "hybrid", "auto")]
    assert of_article(store)["event_id"] == 1


def test_an_article_without_an_employer_makes_no_event_and_is_told_so(store: Store, say: Review) -> None:
    write(store, lambda db: articles.upsert(db, article(verdict=verdict(Label.NONE, Kind.OFF_TOPIC)), NOW))
    assert "no employer is known of it" in say("article:1", label="cut", kind="event")["changed"][-1]


def test_an_excluded_article_keeps_its_label_and_is_out_of_its_event_until_included(store: Store, say: Review) -> None:
    told(store, 1)
    say("article:1", exclude=True)
    assert of_article(store) == {"label": "cut", "kind": "event", "review_state": "excluded", "event_id": None}
    assert events_of(store) == [(1, "cut", "excluded")]
    say("article:1", include=True)
    assert of_article(store)["event_id"] == 1
    assert events_of(store)[0][2] == "auto"


def test_an_article_is_taken_out_of_an_event_that_others_tell_of(store: Store, say: Review) -> None:
    told(store, 1)
    told(store, 2, day=date(2026, 2, 1))
    say("article:2", merge="event:1")
    assert of_article(store, 2)["event_id"] == 1
    assert events_of(store)[1] == (2, "cut", "excluded")
    say("article:2", split=True)
    assert of_article(store, 2)["event_id"] != 1
    assert of_article(store, 2)["review_state"] == "checked"


def test_an_article_that_a_person_gave_an_event_stays_there(store: Store, say: Review) -> None:
    told(store, 1)
    told(store, 2, day=date(2026, 2, 1))
    say("article:2", merge="event:1")
    say("article:2", label="cut", kind="update")
    assert of_article(store, 2)["event_id"] == 1
    [kept] = seen(store, "select old, new, by from corrections where article_id = 2 and field = 'event_id'")
    assert kept == {"old": "2", "new": "1", "by": "person"}


def test_two_articles_that_a_person_calls_one_story_are_one_voice(store: Store, say: Review) -> None:
    told(store, 1)
    told(store, 2, day=date(2026, 2, 1))
    assert say("article:2", merge="article:1")["changed"] == [
        "it and article:1 are one story, 1", "it told of event 2, it tells of event 1"
    ]  # fmt: skip
    assert seen(store, "select independent_reports from events_view where id = 1") == [{"independent_reports": 1}]
    say("article:2", split=True)
    assert len({row["story_id"] for row in seen(store, "select story_id from articles")}) == 2


def test_a_link_is_asked_of_the_event(store: Store, say: Review) -> None:
    told(store, 1)
    with pytest.raises(MonitorError, match="links are between events; review event:1"):
        say("article:1", link="2")


def test_what_a_person_said_of_an_article_outlasts_a_newer_judge(store: Store, say: Review) -> None:
    told(store, 1)
    told(store, 2, day=date(2025, 2, 1))
    say("article:1", label="reversal")
    newer = ClassifierId("rules", "2")
    waiting = store.read_now(lambda db: verdicts.stale(db, newer, 0, (None, None)))
    assert [(row["id"], bool(row["reviewed"])) for row in waiting] == [(1, True), (2, False)]
