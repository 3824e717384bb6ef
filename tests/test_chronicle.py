"""Rows of files in the store: events, notes, links, and what a second import changes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from account_builders import entered, filed, seen
from store_builders import NOW, article, draft, opened, write

from monitor import chronicle
from monitor.model import FiledAccount, Kind, Label, Origin
from monitor.store import Database, Store, articles
from monitor.store import events as event_store

EVENTS = "select * from events_view order by id"
REVERSAL = "select * from events_view where label = 'reversal'"
CUT = filed("cut", facts={"jobs_count": 400, "jobs_qualifier": "about"})
BACK = filed("back", Label.REVERSAL, "2025-09-01", linked_external_id="cut", link_type="reverses_partly")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def test_a_row_with_a_label_becomes_an_event_with_its_source(store: Store) -> None:
    assert entered(store, CUT)["new_events"] == 1
    [event] = seen(store, EVENTS)
    assert (event["company"], event["jobs_count"], event["origin"]) == ("Norvik Bank", 400, "imported")
    assert (event["review_state"], event["independent_reports"], event["articles"]) == ("auto", 1, 0)


NOTES = {
    "of label none": filed("n", Label.NONE),
    "a claim": filed("n", kind=Kind.PRODUCTIVITY_CLAIM, facts={"fte_equivalent": 700}),
    "an update": filed("n", kind=Kind.UPDATE),
    "a forecast": filed("n", Label.REVERSAL, kind=Kind.FORECAST),
    "of nobody who acts": filed("n", facts={"company": None}),
}


@pytest.mark.parametrize("row", NOTES.values(), ids=NOTES.keys())
def test_every_other_row_becomes_a_note(store: Store, row: FiledAccount) -> None:
    assert entered(store, row)["notes"] == 1
    assert seen(store, EVENTS) == []
    assert [(note["kind"], note["company"]) for note in seen(store, "select * from notes_view")] == [
        (row.kind, row.facts.company)
    ]


def test_a_second_import_changes_nothing(store: Store) -> None:
    entered(store, CUT, BACK, NOTES["a forecast"])
    before = seen(store, "select * from events"), seen(store, "select * from corrections")
    again = entered(store, CUT, BACK, NOTES["a forecast"])
    assert (again["known"], again["new_events"], again["notes"], again["changed"]) == (3, 0, 0, 0)
    assert (seen(store, "select * from events"), seen(store, "select * from corrections")) == before


def test_a_row_joins_the_event_that_an_article_told_of(store: Store) -> None:
    def told(db: Database) -> None:
        article_id, _ = articles.upsert(db, article(), NOW)
        account = draft(on=date(2025, 3, 1), company="Norvik Bank", date_precision="month")
        event_store.insert_event(db, account, article_id=article_id, origin=Origin.LIVE, now=NOW)

    write(store, told)
    assert entered(store, CUT)["joined"] == 1
    [event] = seen(store, EVENTS)
    assert (event["announced_on"], event["date_precision"], event["jobs_count"]) == ("2025-03-04", "day", 400)
    assert (event["articles"], event["accounts"], event["origin"]) == (1, 1, "live")


def test_links_of_the_file_come_before_the_rule(store: Store) -> None:
    later = filed("later", day="2025-06-01", facts={"jobs_count": 9, "jobs_qualifier": "exact"})
    entered(store, CUT, later, BACK)
    [back] = seen(store, REVERSAL)
    assert (back["linked_event_id"], back["link_type"], back["reverses_event_id"]) == (1, "reverses_partly", 1)
    assert back["days_to_reversal"] == (date(2025, 9, 1) - date(2025, 3, 4)).days
    assert seen(store, EVENTS)[0]["status"] == "partly_reversed"


def test_a_link_is_found_whatever_row_comes_first(store: Store) -> None:
    entered(store, BACK)
    entered(store, CUT)
    [back] = seen(store, REVERSAL)
    assert back["link_type"] == "reverses_partly"


def test_a_link_to_a_note_is_left_to_the_rule(store: Store) -> None:
    claim = filed("claim", day="2025-01-01", kind=Kind.PRODUCTIVITY_CLAIM)
    back = filed("b", Label.REVERSAL, "2025-09-01", linked_external_id="claim", link_type="follows")
    entered(store, claim, CUT, back)
    [event] = seen(store, REVERSAL)
    assert event["link_type"] == "reverses"


def test_a_link_that_a_person_took_away_stays_away(store: Store) -> None:
    entered(store, CUT, BACK)
    write(store, lambda db: event_store.set_link(db, 2, None, None, by="person", now=NOW, why="two sites"))
    entered(store, CUT, BACK)
    assert seen(store, EVENTS)[1]["linked_event_id"] is None


def test_a_row_that_says_something_else_now_changes_its_event(store: Store) -> None:
    entered(store, CUT)
    mended = filed("cut", facts={"jobs_count": 450, "jobs_qualifier": "about"})
    assert entered(store, mended)["changed"] == 1
    [event] = seen(store, EVENTS)
    assert event["jobs_count"] == 450
    [change] = seen(store, "select * from corrections where field = 'jobs_count'")
    assert (change["old"], change["new"]) == ("400", "450")


def test_a_row_that_tells_of_no_event_any_more_leaves_it_retired(store: Store) -> None:
    entered(store, CUT)
    entered(store, filed("cut", Label.NONE))
    assert [row["review_state"] for row in seen(store, EVENTS)] == ["excluded"]
    assert len(seen(store, "select * from notes_view")) == 1


def test_a_row_that_moved_by_days_keeps_the_number_of_its_event(store: Store) -> None:
    entered(store, CUT)
    entered(store, filed("cut", day="2025-03-10", facts={"jobs_count": 400, "jobs_qualifier": "about"}))
    [event] = seen(store, EVENTS)
    assert (event["id"], event["announced_on"], event["review_state"]) == (1, "2025-03-10", "auto")


def test_a_row_that_its_keeper_excluded_leaves_its_event(store: Store) -> None:
    entered(store, CUT)
    assert entered(store, filed("cut", review_state="excluded"))["changed"] == 1
    assert [row["review_state"] for row in seen(store, EVENTS)] == ["excluded"]


def test_a_row_that_moved_by_months_makes_another_event(store: Store) -> None:
    entered(store, CUT)
    entered(store, filed("cut", day="2025-07-01", facts={"jobs_count": 400, "jobs_qualifier": "about"}))
    counted = "select announced_on from events_view where review_state <> 'excluded'"
    assert seen(store, counted) == [{"announced_on": "2025-07-01"}]


def test_a_name_that_another_employer_s_row_has_is_refused(store: Store) -> None:
    entered(store, CUT)
    [refused] = entered(store, filed("cut", facts={"company": "Halden Telecom"}))["refused"]
    assert refused["external_id"] == "cut"
    assert "is about Norvik Bank; give it another" in refused["reason"]


def test_an_excluded_event_takes_later_rows_with_it(store: Store) -> None:
    entered(store, CUT)
    write(store, lambda db: event_store.exclude(db, 1, "a hoax", NOW))
    entered(store, filed("more", facts={"jobs_count": 400, "jobs_qualifier": "about"}))
    assert [(row["id"], row["review_state"]) for row in seen(store, EVENTS)] == [(1, "excluded")]


# --- the shipped events --------------------------------------------------------------------------------------------


def test_the_shipped_events_are_taken_in_once(store: Store) -> None:
    assert write(store, lambda db: chronicle.load_shipped(db, NOW)) > 100
    assert write(store, lambda db: chronicle.load_shipped(db, NOW)) == 0
    assert seen(store, "select distinct origin, review_state from events") == [
        {"origin": "seed", "review_state": "auto"}
    ]


def test_rows_of_one_shipped_file_are_never_joined(store: Store) -> None:
    write(store, lambda db: chronicle.load_shipped(db, NOW))
    told = [row["event_id"] for row in seen(store, "select event_id from accounts where event_id is not null")]
    assert len(set(told)) == len(told) > 70


def test_an_exclusion_survives_restarts_and_newer_editions(store: Store) -> None:
    write(store, lambda db: chronicle.load_shipped(db, NOW))
    write(store, lambda db: event_store.exclude(db, 1, "not in our field", NOW))
    write(store, lambda db: db.execute("delete from meta where key like 'seed_events:%'"))
    assert write(store, lambda db: chronicle.load_shipped(db, NOW)) == 0
    assert seen(store, "select review_state from events where id = 1") == [{"review_state": "excluded"}]


def test_what_a_row_says_of_a_number_that_is_not_stated_makes_no_number(store: Store) -> None:
    entered(store, filed("x", facts={"jobs_implied": 1800, "fte_equivalent": 700, "share_pct": 50.0}))
    [event] = seen(store, EVENTS)
    assert (event["jobs_count"], event["jobs_implied"]) == (None, 1800)
