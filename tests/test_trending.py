"""Trends of a store: which events count, over which feeds."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from store_builders import article, opened, write
from trend_builders import CUT, SUNDAY, TODAY, Press, weekly

from monitor import trending
from monitor.model import Kind, Origin
from monitor.store import Database, Store, articles, companies, events
from monitor.store.reading import overview
from monitor.store.rows import insert, rows, update


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def counts(db: Database, dimension: str = "all") -> dict[tuple[str, str], int]:
    """Return what each series counts in all weeks together."""
    found: dict[tuple[str, str], int] = {}
    for (label, kind, value, _), number in trending.compute(db, now=TODAY).weeks.items():
        if kind == dimension:
            found[label, value] = found.get((label, value), 0) + number
    return found


# --- what counts -------------------------------------------------------------------------------------------

COUNTS: dict[str, dict[str, Any]] = {
    "an event by AI": {},
    "by automation": {"technology": "automation"},
    "by what is not said": {"technology": None},
    "of the last tier that counts alone": {"source_tier": 3},
    "that a person checked": {"review_state": "checked"},
    "that was imported": {"origin": Origin.IMPORTED},
}
COUNTS_NOT: dict[str, dict[str, Any]] = {
    "a claim of productivity": {"kind": Kind.PRODUCTIVITY_CLAIM},
    "by robots": {"technology": "robotics"},
    "a rumour": {"status": "rumoured"},
    "one voice of the lowest tier": {"source_tier": 4},
    "excluded by a person": {"review_state": "excluded"},
    "a duplicate": {"link_type": "duplicates"},
    "known to the month only": {"date_precision": "month"},
}


@pytest.mark.parametrize("changes", COUNTS.values(), ids=COUNTS)
def test_it_counts(changes: dict[str, Any], store: Store) -> None:
    write(store, lambda db: Press(db).tells(CUT, date(2026, 2, 18), **changes))
    assert store.read_now(counts) == {("cut", ""): 1}


@pytest.mark.parametrize("changes", COUNTS_NOT.values(), ids=COUNTS_NOT)
def test_it_does_not_count(changes: dict[str, Any], store: Store) -> None:
    write(store, lambda db: Press(db).tells(CUT, date(2026, 2, 18), **changes))
    assert store.read_now(counts) == {}


SET_APART = {"by robots": 1, "a rumour": 1, "one voice of the lowest tier": 1}  # histories show it: a page must say so


@pytest.mark.parametrize("name", ["an event by AI", *COUNTS_NOT])
def test_what_histories_show_and_pages_do_not_count_is_known(name: str, store: Store) -> None:
    changes = COUNTS_NOT.get(name, {})
    write(store, lambda db: Press(db).tells(CUT, date(2026, 2, 18), **changes))

    def apart(*days: int) -> int:
        since, until = (date(2026, 2, day) for day in days)
        return store.read_now(lambda db: overview.set_apart(db, since, until))

    assert apart(18, 18) == SET_APART.get(name, 0)
    assert apart(1, 17) == apart(19, 28) == 0


VOICES = {
    "two unrelated outlets": ({"publisher": "other.example"}, 1),
    "the same outlet again": ({}, 0),
    "a copy in another outlet": ({"publisher": "other.example", "story": True}, 0),
}


@pytest.mark.parametrize(("second", "expected"), VOICES.values(), ids=VOICES)
def test_the_lowest_tier_needs_two_unrelated_outlets(second: dict[str, Any], expected: int, store: Store) -> None:
    def unit(db: Database) -> None:
        event_id = Press(db).tells(CUT, date(2026, 2, 18), source_tier=4)
        is_copy = second.pop("story", False)
        other, _ = articles.upsert(db, article(99, **second), TODAY)
        update(db, "articles", 1, {"story_id": 1})
        update(db, "articles", other, {"story_id": 1 if is_copy else other})
        events.add_article(db, event_id, other, TODAY)

    write(store, unit)
    assert sum(store.read_now(counts).values()) == expected


@pytest.mark.parametrize(("review_state", "expected"), [("auto", 1), ("excluded", 0)])
def test_an_account_that_a_person_excluded_is_no_second_outlet(review_state: str, expected: int, store: Store) -> None:
    def unit(db: Database) -> None:
        event_id = Press(db).tells(CUT, date(2026, 2, 18), source_tier=4)
        told = {"event_id": event_id, "label": CUT, "kind": "event", "announced_on": "2026-02-18", "facts": "{}"}
        known = {"date_precision": "day", "source_tier": 4, "origin": "imported", "added_at": "2026-02-19"}
        insert(db, "accounts", {**told, **known, "publisher": "other.example", "review_state": review_state})

    write(store, unit)
    assert sum(store.read_now(counts).values()) == expected


def test_an_event_of_several_countries_counts_in_each_and_once_in_all(store: Store) -> None:
    write(store, lambda db: Press(db).tells(CUT, date(2026, 2, 18), country="US; GB", function="finance"))
    assert store.read_now(counts) == {("cut", ""): 1}
    assert store.read_now(lambda db: counts(db, "country")) == {("cut", "US"): 1, ("cut", "GB"): 1}
    assert store.read_now(lambda db: counts(db, "function")) == {("cut", "finance"): 1}


# --- signals -----------------------------------------------------------------------------------------------


def the_cuts(db: Database, **asked: Any) -> Any:
    found = trending.compute(db, now=TODAY, **asked).signals
    return next(one for one in found if (one.label, one.dimension) == (CUT, "all"))


def test_a_surge_in_the_store_is_found(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db)
        weekly(press, range(4, 60), 5)
        weekly(press, range(4), 14)

    write(store, unit)
    found = store.read_now(the_cuts)
    assert (found.state, found.direction, found.observed, found.expected) == ("surge", "more", 56, 20.0)
    assert (found.window_end, found.feeds, found.coverage) == (SUNDAY, 1, 1.0)


def test_imported_and_seed_events_are_no_surge_on_day_one(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db, weeks=2)
        weekly(press, range(4, 150), 1, origin=Origin.SEED)
        weekly(press, range(4), 20, feed=0)

    write(store, unit)
    assert {one.state for one in store.read_now(lambda db: trending.compute(db, now=TODAY)).signals} == {"muted"}


def test_the_week_of_a_feeds_first_answer_does_not_count(store: Store) -> None:
    write(store, lambda db: Press(db, weeks=13) and None)
    assert "feeds were asked in 11 weeks so far" in store.read_now(the_cuts).text, "nor does the week that goes on"


def test_a_failed_poll_is_no_answer(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db, feeds=2)
        weekly(press, range(60), 5)
        db.execute("update polls set result = 'failed' where feed_id = 2 and polled_at > '2026-02-10'")

    write(store, unit)
    assert store.read_now(the_cuts).feeds == 1


def test_a_feed_that_listed_what_another_brought_in_tells_of_it_too(store: Store) -> None:
    """The feed that brought the articles in died; the one that only repeated them counts them on."""

    def unit(db: Database) -> None:
        press = Press(db, feeds=2)
        weekly(press, range(60), 5)
        db.execute("delete from polls where feed_id = 1 and polled_at > '2026-01-10'")
        for entry in rows(db, "select id, article_id, date(first_seen_at) as day from entries"):
            on = date.fromisoformat(entry["day"])
            press.lists(None, on, 2, outcome="duplicate", duplicate_of=entry["id"])

    write(store, unit)
    found = store.read_now(the_cuts)
    assert (found.state, found.observed, found.feeds) == ("usual", 20, 1)


def test_lists_are_counted_by_the_companies_they_name(store: Store) -> None:
    def unit(db: Database) -> None:
        Press(db).tells(CUT, date(2026, 2, 18), company="Hollin Freight")
        db.execute("update companies set name = name")

    write(store, unit)
    watched = {"freight": [store.read_now(lambda db: companies.find(db, "Hollin Freight"))], "banks": [777]}
    found = store.read_now(lambda db: trending.compute(db, now=TODAY, watched=watched))
    assert [(one.value, one.observed) for one in found.signals if one.dimension == "watch"] == [("freight", 1)]
