"""When to look again at a cut, and what is found by then."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from account_builders import entered, filed, seen
from store_builders import NOW, article, opened, verdict, write

from monitor.model import FOLLOW_UP_MONTHS, FiledAccount, Kind, Label, due_on
from monitor.shipped import shipped
from monitor.store import Store, articles, histories
from monitor.store import events as event_store

LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


DATES = {
    "the same day": ("2025-01-15", 3, "2025-04-15"),
    "over the year's end": ("2025-11-15", 3, "2026-02-15"),
    "the last day of a shorter month": ("2025-11-30", 3, "2026-02-28"),
    "of a leap year": ("2023-11-30", 3, "2024-02-29"),
    "from a leap day": ("2024-02-29", 12, "2025-02-28"),
    "from a leap day to a leap year": ("2024-02-29", 24, "2026-02-28"),
    "from the last day of a longer month": ("2025-03-31", 6, "2025-09-30"),
    "in December": ("2025-12-31", 12, "2026-12-31"),
}


@pytest.mark.parametrize(("day", "months", "expected"), DATES.values(), ids=DATES.keys())
def test_a_follow_up_is_due_on_the_same_day_of_a_later_month(day: str, months: int, expected: str) -> None:
    assert due_on(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_the_view_and_the_function_agree_on_every_day_of_four_years(store: Store) -> None:
    sql = """
        with recursive days (day) as (select '2023-01-01' union all select date(day, '+1 day') from days where day < '2026-12-31')
        select day, column1 as months, min(date(day, '+' || column1 || ' months'),
          date(day, 'start of month', '+' || (column1 + 1) || ' months', '-1 day')) as due
        from days cross join (values (3), (6), (12), (18), (24))
    """  # noqa: E501  # the formula of the view, as it stands there
    assert "min(\n    date(e.announced_on, '+' || m.months" in shipped("storage/schema.sql").read_text(encoding="utf-8")
    found = seen(store, sql)
    assert len(found) > 7000
    wrong = [row for row in found if due_on(date.fromisoformat(row["day"]), row["months"]).isoformat() != row["due"]]
    assert wrong == []


def test_each_cut_is_looked_up_five_times(store: Store) -> None:
    entered(store, filed("cut", day="2025-03-31"))
    found = seen(store, "select months, due_on, found from followups_view order by months")
    assert [row["months"] for row in found] == list(FOLLOW_UP_MONTHS)
    assert [row["due_on"] for row in found] == [due_on(date(2025, 3, 31), n).isoformat() for n in FOLLOW_UP_MONTHS]
    assert {row["found"] for row in found} == {"nothing found yet"}


NONE = {
    "a reversal": filed("x", Label.REVERSAL),
    "a hybrid": filed("x", Label.HYBRID),
    "a claim": filed("x", kind=Kind.PRODUCTIVITY_CLAIM),
}


@pytest.mark.parametrize("row", NONE.values(), ids=NONE.keys())
def test_nothing_else_is_looked_up(store: Store, row: FiledAccount) -> None:
    entered(store, row)
    assert seen(store, "select * from followups_view") == []


def test_an_excluded_cut_is_not_looked_up(store: Store) -> None:
    entered(store, filed("cut"))
    write(store, lambda db: event_store.exclude(db, 1, "a hoax", NOW))
    assert seen(store, "select * from followups_view") == []


def test_follow_ups_fall_due_one_after_the_other(store: Store) -> None:
    entered(store, filed("cut", day="2025-03-04"))

    def due(on: date) -> list[int]:
        return [one.months for one in store.read_now(lambda db: histories.due_followups(db, on))]

    assert due(date(2025, 6, 3)) == []
    assert due(date(2025, 6, 4)) == [3]
    assert due(date(2026, 3, 4)) == [3, 6, 12]


def test_what_came_due_before_anybody_asked_can_be_left_out(store: Store) -> None:
    entered(store, filed("cut", day="2025-03-04"))
    asked = store.read_now(lambda db: histories.due_followups(db, date(2026, 3, 10), since=date(2026, 3, 1)))
    assert [(one.months, one.due_on, one.found) for one in asked] == [(12, date(2026, 3, 4), "nothing found yet")]


def test_what_came_due_before_its_cut_was_stored_is_history_too(store: Store) -> None:
    entered(store, filed("cut", day="2025-03-04"))
    write(store, lambda db: db.execute("update events set first_seen_at = '2025-08-01T09:00:00.000Z'"))
    asked = store.read_now(lambda db: histories.due_followups(db, date(2026, 3, 10), since=date(2025, 1, 1)))
    assert [one.months for one in asked] == [6, 12]


ANSWERS = {
    "a reversal": (Label.REVERSAL, "1 later event, the first a reversal on 2025-09-01"),
    "a hybrid": (Label.HYBRID, "1 later event, the first a hybrid on 2025-09-01"),
}


@pytest.mark.parametrize(("label", "found"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_cut_that_was_answered_is_due_no_more(store: Store, label: Label, found: str) -> None:
    entered(store, filed("cut"), filed("back", label, "2025-09-01"))
    all_of_them = store.read_now(lambda db: histories.follow_ups(db, date(2026, 3, 2)))
    assert {(one.state, one.found) for one in all_of_them} == {("answered", found)}
    assert store.read_now(lambda db: histories.due_followups(db, date(2026, 3, 2))) == []


def test_a_cut_that_was_answered_on_its_own_day_is_told_as_answered(store: Store) -> None:
    entered(store, filed("back", Label.REVERSAL), filed("cut"))
    first = store.read_now(lambda db: histories.follow_ups(db, date(2026, 3, 2)))[0]
    assert (first.state, first.found) == ("answered", "1 later event, the first a reversal on 2025-03-04")
    [figures] = seen(store, "select current_state from companies_view")
    assert figures["current_state"] == "reversed"


def test_on_the_day_before_its_answer_a_cut_was_still_due(store: Store) -> None:
    entered(store, filed("cut"), filed("back", Label.REVERSAL, "2025-09-01"))
    asked = store.read_now(lambda db: histories.due_followups(db, date(2025, 8, 31)))
    assert [one.months for one in asked] == [3]
    everything = store.read_now(lambda db: histories.follow_ups(db, date(2025, 8, 31)))
    assert [one.state for one in everything] == ["due", *["waiting"] * 4]


def test_an_answer_that_is_excluded_is_none(store: Store) -> None:
    entered(store, filed("cut"), filed("back", Label.REVERSAL, "2025-09-01"))
    write(store, lambda db: event_store.exclude(db, 2, "never happened", NOW))
    [first, *_] = store.read_now(lambda db: histories.due_followups(db, date(2026, 3, 2)))
    assert first.found == "nothing found yet"


def test_another_cut_is_found_and_answers_nothing(store: Store) -> None:
    entered(store, filed("cut"), filed("more", day="2025-09-01"))
    first = store.read_now(lambda db: histories.follow_ups(db, date(2026, 3, 2)))[0]
    assert (first.state, first.events_found, first.first_label) == ("due", 1, Label.CUT)


def test_later_articles_of_the_employer_are_counted(store: Store) -> None:
    entered(store, filed("cut"))
    commentary = verdict(Label.CUT, Kind.COMMENTARY, company="Norvik Bank")
    write(store, lambda db: articles.upsert(db, article(verdict=commentary, published_at=NOW), NOW))
    early = article(2, verdict=commentary, published_at=NOW - timedelta(days=3000))
    write(store, lambda db: articles.upsert(db, early, NOW))
    first = store.read_now(lambda db: histories.follow_ups(db, date(2026, 3, 2)))[0]
    assert (first.articles_found, first.found) == (1, "1 later article, no later event")


def test_the_follow_ups_of_one_employer_are_his_alone(store: Store) -> None:
    entered(store, filed("cut"), filed("other", facts={"company": "Halden Telecom"}))
    asked = store.read_now(lambda db: histories.follow_ups(db, LONG_AGO, company="halden telecom"))
    assert {(one.company, one.state) for one in asked} == {("Halden Telecom", "waiting")}
