"""Events in the store: made of accounts, changed with a reason, linked, and ended; each test is one transaction."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from event_builders import told
from store_builders import NOW
from told_events import changes, event_row, import_account, tell

from monitor.model import Kind, Label, Origin, TextState
from monitor.store import Database, accounts, events
from monitor.store.connection import connect
from monitor.store.events import telling
from monitor.store.migrations import migrate
from monitor.store.rows import one, rows, scalar

CUT, BACK, MIXED = Label.CUT, Label.REVERSAL, Label.HYBRID


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("store") / "monitor.db"
    db = connect(path)
    migrate(db, path)
    yield db
    db.close()


@pytest.fixture
def db(connection: Database) -> Iterator[Database]:
    connection.execute("begin")
    yield connection
    connection.execute("rollback")


# --- accounts and corrections --------------------------------------------------------------------------------------


def test_a_change_says_what_held_before_and_whose_account_changed_it_and_why(db: Database) -> None:
    event = tell(db, 1, tier=3, jobs_count=300, jobs_qualifier="about")
    tell(db, 2, into=event, tier=1, jobs_count=320, jobs_qualifier="exact", on="2026-03-03")
    [change] = rows(db, "select * from corrections where field = 'jobs_count'")
    assert (change["old"], change["new"], change["by"], change["source_article_id"], change["why"]) == (
        "300", "320", "source", 2, "tier 1 before tier 3",
    )  # fmt: skip
    assert rows(db, "select company, source, why from corrections_view where field = 'jobs_count'") == [
        {"company": "Norvik Bank", "source": "https://news.example/story/2", "why": "tier 1 before tier 3"}
    ]


def test_filling_what_was_empty_is_a_change_too(db: Database) -> None:
    event = tell(db, 1)
    tell(db, 2, into=event, function="customer service")
    assert changes(db, event) == [("function", None, "customer service", "source")]


def test_copies_that_say_the_same_change_nothing(db: Database) -> None:
    event = tell(db, 1, jobs_count=320, quote="We regret it.")
    for number in range(2, 22):
        tell(db, number, into=event, jobs_count=320, quote="We regret it.", on="2026-03-04")
    assert changes(db, event) == []
    assert one(db, "select articles, publishers, corrections from events_view") == {
        "articles": 21, "publishers": 21, "corrections": 0,
    }  # fmt: skip


def test_any_order_of_arrival_ends_in_the_same_event(db: Database) -> None:
    accounts_told: list[dict[str, Any]] = [
        {"tier": 4, "jobs_count": 900, "on": "2026-03-01", "attribution_strength": "explicit"},
        {"tier": 2, "jobs_count": 300, "jobs_qualifier": "about", "function": "software", "on": "2026-03-05"},
        {"tier": 2, "jobs_count": 320, "jobs_qualifier": "exact", "quote": "Roles will go.", "on": "2026-03-04"},
        {"tier": 1, "share_pct": 10.0, "attribution_strength": "denied", "on": "2026-03-07"},
        {"tier": 3, "state": TextState.HEADLINE_ONLY, "country": "NO", "on": "2026-03-02"},
    ]
    random, ends = Random(5), []
    for attempt in range(12):
        random.shuffle(accounts_told)
        event = 0
        for number, facts in enumerate(accounts_told):
            outlet = f"{facts['on']}.example"
            event = tell(db, attempt * 10 + number, **{**facts, "publisher": outlet, "into": event or None})
        last: dict[str, Any] = {field: new for field, _, new, _ in changes(db, event)}
        end = event_row(db, event)
        assert {field: str(end[field]) for field in last if last[field] is not None} == {
            field: new for field, new in last.items() if new is not None
        }
        ends.append(
            {k: v for k, v in end.items() if k not in {"id", "first_seen_at", "updated_at", "quote_article_id"}}
        )
    assert all(end == ends[0] for end in ends)
    assert (ends[0]["jobs_count"], ends[0]["status"], ends[0]["announced_on"]) == (320, "disputed", "2026-03-01")


def test_a_quote_whose_text_no_longer_has_it_is_dropped(db: Database) -> None:
    event = tell(db, 1, quote="We regret it.", quote_speaker="a chief")
    db.execute("update articles set text = 'Other words.'")
    events.rebuild(db, event, NOW, "the text changed")
    row = event_row(db, event)
    assert (row["quote"], row["quote_speaker"], row["quote_article_id"]) == (None, None, None)
    assert ("quote", "We regret it.", None, "rule") in changes(db, event)


def test_a_quote_that_stands_in_no_stored_words_is_never_an_event_s(db: Database) -> None:
    event = tell(db, 1, text="Other words.", quote="We regret it.", quote_speaker="a chief")
    tell(db, 2, into=event, text="Nor these.", quote="We are sorry.")
    row = event_row(db, event)
    assert (row["quote"], row["quote_speaker"], row["quote_article_id"]) == (None, None, None)


def test_a_row_of_an_import_is_an_account_and_a_report_of_its_publisher(db: Database) -> None:
    event = import_account(db, "a", jobs_count=320, publisher="a.example", status="completed")
    tell(db, 1, into=event, publisher="b.example", quote="We regret it.")
    found = one(
        db, "select articles, accounts, publishers, independent_reports, jobs_count, status, quote from events_view"
    )
    assert found == {
        "articles": 1, "accounts": 1, "publishers": 2, "independent_reports": 2, "jobs_count": 320,
        "status": "completed", "quote": "We regret it.",
    }  # fmt: skip


def test_an_imported_event_keeps_its_facts_when_its_articles_are_judged_otherwise(db: Database) -> None:
    event = import_account(db, "a", jobs_count=320)
    tell(db, 1, into=event, function="software")
    events.leave(db, event, 1)
    events.rebuild(db, event, NOW, "a text was judged anew")
    row = event_row(db, event)
    assert (row["jobs_count"], row["function"], row["review_state"]) == (320, None, "auto")


def test_a_row_is_stored_once_and_a_note_tells_of_nothing(db: Database) -> None:
    import_account(db, "a")
    note = accounts.NewAccount(
        label=CUT, kind=Kind.SURVEY, announced_on=date(2026, 3, 2), date_precision="day", source_tier=2,
        origin=Origin.IMPORTED, external_id="b", company="Norvik Bank",
    )  # fmt: skip
    first, again = accounts.put(db, note, NOW), accounts.put(db, note, NOW)
    assert (first[1], again) == (True, (first[0], False))
    assert accounts.draft(db, first[0]) is None


def test_copies_of_one_story_are_one_report_and_so_is_one_publisher(db: Database) -> None:
    event = tell(db, 1)
    for number in (2, 3):
        tell(db, number, into=event)
    db.execute("update articles set story_id = 1 where id in (1, 2)")
    assert scalar(db, "select independent_reports from events_view") == 2
    db.execute("update articles set publisher = 'one.example'")
    assert scalar(db, "select independent_reports from events_view") == 1


# --- life and links ------------------------------------------------------------------------------------------------


def test_a_reversal_changes_the_state_of_its_cut_and_taking_it_away_sets_it_back(db: Database) -> None:
    cut = tell(db, 1, on="2026-01-05")
    back = tell(db, 2, BACK, on="2026-03-02")
    assert event_row(db, cut)["status"] == "reversed"
    events.leave(db, back, 2)
    events.rebuild(db, back, NOW, "a text was judged anew")
    events.relink(db, "Norvik Bank", NOW)
    row = event_row(db, cut)
    assert (row["status"], row["stated_status"]) == ("announced", "announced")
    assert [change[:3] for change in changes(db, cut)] == [
        ("status", "announced", "reversed"), ("status", "reversed", "announced"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cut", "answer", "state"),
    [
        ({"jobs_count": 320}, {"jobs_count": 200}, "partly_reversed"),
        ({"effective_on": date(2026, 9, 1)}, {}, "withdrawn"),
        ({"effective_on": date(2026, 2, 1)}, {}, "reversed"),
    ],
)
def test_how_a_cut_was_undone(db: Database, cut: dict[str, Any], answer: dict[str, Any], state: str) -> None:
    first = tell(db, 1, on="2026-01-05", **cut)
    tell(db, 2, BACK, on="2026-03-02", **answer)
    assert event_row(db, first)["status"] == state


def test_a_plan_is_underway_once_its_day_has_come(db: Database) -> None:
    event = tell(db, 1, effective_on=date(2026, 4, 1))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]
    assert event_row(db, event)["status"] == "planned"
    assert [events.refresh_statuses(db, day) for day in days] == [0, 1, 0]
    assert event_row(db, event)["status"] == "underway"
    assert changes(db, event) == [("status", "planned", "underway", "rule")]


def test_a_headline_is_a_rumour_until_an_unrelated_outlet_or_a_text_says_so(db: Database) -> None:
    event = tell(db, 1, state=TextState.HEADLINE_ONLY)
    states = [event_row(db, event)["status"]]
    tell(db, 2, into=event, state=TextState.HEADLINE_ONLY, publisher="paper1.example")
    states.append(event_row(db, event)["status"])
    tell(db, 3, into=event, state=TextState.HEADLINE_ONLY)
    states.append(event_row(db, event)["status"])
    assert states == ["rumoured", "rumoured", "announced"]


def test_a_link_that_moves_to_another_cut_is_a_change_by_rule(db: Database) -> None:
    old = tell(db, 1, on="2026-01-05")
    back = tell(db, 2, BACK, on="2026-03-02")
    new = tell(db, 3, on="2026-02-20")
    found = rows(db, "select event_id, field, old, new, why, by from corrections where field = 'linked_event_id'")
    assert found == [
        {
            "event_id": back,
            "field": "linked_event_id",
            "old": str(old),
            "new": str(new),
            "why": "reverses: by the rule of links",
            "by": "rule",
        }
    ]
    why = "select event_id, new, why from corrections where field = 'status' order by id"
    assert [tuple(row.values()) for row in rows(db, why)] == [
        (old, "reversed", f"event {back} reverses it"),
        (old, "announced", f"event {back} no longer answers it"),
        (new, "reversed", f"event {back} reverses it"),
    ]


def test_only_what_a_change_can_have_touched_is_linked_anew(db: Database) -> None:
    cut = tell(db, 1, on="2026-01-05")
    back = tell(db, 2, BACK, on="2026-01-20")
    db.execute("update events set linked_event_id = null, link_type = null where id = ?", [back])
    events.relink(db, "Norvik Bank", NOW, date(2026, 1, 21))
    assert event_row(db, back)["linked_event_id"] is None
    events.relink(db, "Norvik Bank", NOW, date(2026, 1, 20))
    assert event_row(db, back)["linked_event_id"] == cut


# --- candidates ----------------------------------------------------------------------------------------------------


def test_candidates_are_events_of_the_days_that_count(db: Database) -> None:
    days = ["2025-02-23", "2025-02-24", "2025-03-09", "2025-03-24", "2025-03-25"]
    for number, day in enumerate(days):
        tell(db, number, on=day, jobs_count=100 * 10**number)
    found = events.candidates(db, told(CUT, "2025-03-10"))
    assert [str(event.announced_on) for event in found] == days[1:4]


def test_vague_events_and_what_an_update_may_be_of_are_candidates_from_further_back(db: Database) -> None:
    year, month, old = (
        tell(db, number, on=day) for number, day in enumerate(["2025-01-01", "2025-04-01", "2025-02-01"])
    )
    db.execute("update events set date_precision = 'year' where id = ?", [year])
    db.execute("update events set date_precision = 'month' where id = ?", [month])
    report = told(CUT, "2025-04-30")
    assert {event.id for event in events.candidates(db, report)} == {year, month}
    assert {event.id for event in events.candidates(db, replace(report, is_update=True))} == {year, month, old}


def test_what_a_person_excluded_is_a_candidate_and_what_was_retired_is_none(db: Database) -> None:
    kept, gone = tell(db, 1, on="2025-03-01"), tell(db, 2, on="2025-03-20", jobs_count=9)
    db.execute("update events set review_state = 'excluded' where id = ?", [kept])
    db.execute("update events set review_state = 'excluded', retired_at = '' where id = ?", [gone])
    assert [(event.id, event.excluded) for event in events.candidates(db, told(CUT, "2025-03-10"))] == [(kept, True)]


def test_candidates_are_found_by_index(db: Database) -> None:
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    events.candidates(db, told(CUT, "2025-03-10"))
    db.conn.set_trace_callback(None)
    plans = [row["detail"] for sql in asked for row in rows(db, f"explain query plan {sql}")]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN")] == []


def test_what_an_import_gives_as_checked_is_only_filled_by_what_is_read_later(db: Database) -> None:
    event = import_account(db, "a", jobs_count=320, review_state="checked")
    tell(db, 1, into=event, tier=1, jobs_count=900, function="software")
    row = event_row(db, event)
    assert (row["review_state"], row["jobs_count"], row["function"], row["source_tier"]) == (
        "checked", 320, "software", 1,
    )  # fmt: skip


def test_of_thousands_of_articles_the_best_the_first_and_the_last_are_read(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST", 2)
    event = tell(db, 1, on="2026-03-05", tier=3)
    for number, day in enumerate(("2026-03-01", "2026-03-06", "2026-03-09", "2026-03-10", "2026-03-11"), 2):
        tell(db, number, on=day, tier=4 if day == "2026-03-01" else 3, into=event, jobs_count=100 * number)
    tell(db, 9, on="2026-03-07", tier=1, share_pct=10.0, into=event)
    assert {one.article_id for one in events.accounts(db, event)} == {7, 1, 2, 6}
    row = event_row(db, event)
    assert (row["announced_on"], row["jobs_count"], row["share_pct"]) == ("2026-03-01", 600, 10.0)
