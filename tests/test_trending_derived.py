"""Trends of a store: reversals to cuts, how long cuts last, and that all that is derived can be derived again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import opened, write
from trend_builders import CUT, HYBRID, REVERSAL, SUNDAY, TODAY, Press, weekly

from monitor import trending
from monitor.clock import to_text
from monitor.store import Database, Store
from monitor.store.rows import insert, one, rows
from monitor.store.trends import DERIVED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


# --- ratio and survival ------------------------------------------------------------------------------------


def test_the_ratio_counts_the_last_28_and_the_last_365_days(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db)
        weekly(press, range(40), 1)
        press.tells(REVERSAL, SUNDAY)
        press.tells(REVERSAL, SUNDAY - timedelta(days=27))
        press.tells(REVERSAL, SUNDAY - timedelta(days=28))
        press.tells(REVERSAL, date(2025, 6, 1), date_precision="month")
        press.tells(REVERSAL, date(2025, 1, 1), date_precision="year")

    write(store, unit)
    found = store.read_now(lambda db: trending.compute(db, now=TODAY)).ratios
    month, year = found[SUNDAY, 28], found[SUNDAY, 365]
    assert (month.reversals, month.cuts, year.reversals, year.cuts) == (2, 4, 4, 40)
    assert len({end for end, _ in found}) == 40, "from the first event on"


def followed(db: Database) -> dict[tuple[str, str, str], list[tuple[int, bool]]]:
    found = trending.compute(db, now=TODAY).followed
    return {group: [(cut.days, cut.is_reversed) for cut in cuts] for group, cuts in found.items()}


ANSWERS: dict[str, tuple[dict[str, Any], tuple[int, bool], tuple[int, bool]]] = {
    "a reversal": ({"label": REVERSAL, "link_type": "reverses"}, (31, True), (31, True)),
    "a partial one": ({"label": REVERSAL, "link_type": "reverses_partly"}, (31, True), (31, True)),
    "a hybrid": ({"label": HYBRID, "link_type": "softens"}, (62, False), (31, True)),
    "a rumour": ({"label": REVERSAL, "link_type": "reverses", "status": "rumoured"}, (62, False), (62, False)),
    "one of another cut": ({"label": REVERSAL, "linked_event_id": None}, (62, False), (62, False)),
    "one still to come": (
        {"label": REVERSAL, "link_type": "reverses", "on": date(2026, 3, 5)},
        (62, False),
        (62, False),
    ),
}


@pytest.mark.parametrize(("answer", "reversed_", "softened"), ANSWERS.values(), ids=ANSWERS)
def test_a_cut_is_followed_to_its_answer_or_to_today(
    answer: dict[str, Any], reversed_: tuple[int, bool], softened: tuple[int, bool], store: Store
) -> None:
    def unit(db: Database) -> None:
        press = Press(db)
        cut = press.tells(CUT, date(2026, 1, 1))
        press.tells(**({"on": date(2026, 2, 1), "linked_event_id": cut} | answer))

    write(store, unit)
    assert store.read_now(followed) == {
        ("reversed", "all", ""): [reversed_],
        ("reversed_or_softened", "all", ""): [softened],
    }


def test_the_first_answer_of_a_chain_ends_a_cut(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db)
        cut = press.tells(CUT, date(2026, 1, 1))
        hybrid = press.tells(HYBRID, date(2026, 1, 11), linked_event_id=cut, link_type="softens")
        back = press.tells(REVERSAL, date(2026, 1, 21), linked_event_id=hybrid, link_type="follows")
        press.tells(REVERSAL, date(2026, 1, 31), linked_event_id=back, link_type="follows")

    write(store, unit)
    found = store.read_now(followed)
    assert found == {("reversed", "all", ""): [(20, True)], ("reversed_or_softened", "all", ""): [(10, True)]}


FOLLOWED_FROM: dict[str, tuple[dict[str, Any], list[tuple[int, bool]]]] = {
    "a day": ({}, [(62, False)]),
    "the middle of a month": ({"date_precision": "month"}, [(48, False)]),
    "the middle of this month, not after today": ({"on": date(2026, 3, 1), "date_precision": "month"}, [(0, False)]),
    "no time in a year": ({"date_precision": "year"}, []),
    "no time where it was taken back before it began": ({"status": "withdrawn"}, []),
}


@pytest.mark.parametrize(("changes", "expected"), FOLLOWED_FROM.values(), ids=FOLLOWED_FROM)
def test_a_cut_is_followed_from(changes: dict[str, Any], expected: list[tuple[int, bool]], store: Store) -> None:
    write(store, lambda db: Press(db).tells(**({"label": CUT, "on": date(2026, 1, 1)} | changes)))
    assert store.read_now(followed).get(("reversed", "all", ""), []) == expected


def test_groups_of_five_cuts_have_a_curve_of_their_own(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db)
        weekly(press, range(5), 1, country="US", function="finance")
        weekly(press, range(4), 1, country="GB")

    write(store, unit)
    groups = [group[1:] for group in store.read_now(followed) if group[0] == "reversed"]
    assert groups == [("all", ""), ("country", "US"), ("function", "finance")]


# --- derived, and derived again ----------------------------------------------------------------------------


def filled(db: Database) -> None:
    press = Press(db, feeds=2)
    weekly(press, range(4, 60), 5, country="US;GB", function="finance")
    weekly(press, range(4), 14, feed=1)
    cut = press.tells(CUT, date(2025, 5, 5))
    press.tells(REVERSAL, date(2026, 2, 2), linked_event_id=cut, link_type="reverses")
    press.tells(HYBRID, date(2026, 1, 2), late=9)


def derived(store: Store) -> dict[str, list[dict[str, Any]]]:
    return {table: store.read_now(lambda db, name=table: rows(db, f"select * from {name}")) for table in DERIVED}  # type: ignore[misc]  # noqa: S608  # names of ours; bound now


def test_what_is_derived_can_be_rebuilt_from_the_rows(store: Store) -> None:
    write(store, filled)
    write(store, lambda db: trending.refresh(db, now=TODAY))
    before = derived(store)
    assert all(before.values())
    write(store, lambda db: [db.execute(f"delete from {table}") for table in DERIVED] and None)  # noqa: S608  # as above
    write(store, lambda db: trending.refresh(db, now=TODAY))
    assert derived(store) == before


def test_refreshing_twice_changes_nothing(store: Store) -> None:
    write(store, filled)
    first = write(store, lambda db: trending.refresh(db, now=TODAY))
    before = derived(store)
    assert write(store, lambda db: trending.refresh(db, now=TODAY + timedelta(hours=9))) == first
    assert derived(store) == before


def test_refreshing_step_by_step_derives_the_same_as_at_once(store: Store, tmp_path: Path) -> None:
    """The weeks in which feeds answered are noted as polls come in; the polls before are not read again."""
    later = [TODAY + timedelta(days=1), TODAY + timedelta(days=8), TODAY + timedelta(days=9)]

    def poll(db: Database, at: datetime) -> None:
        insert(db, "polls", {"feed_id": 1, "polled_at": to_text(at), "result": "document"})

    with opened(tmp_path / "other.db") as other:
        for this in (store, other):
            write(this, filled)
        for at in later:
            write(store, lambda db: trending.refresh(db, now=TODAY))
            for this in (store, other):
                write(this, lambda db, at=at: poll(db, at))  # type: ignore[misc]  # bound now
        for this in (store, other):
            write(this, lambda db: trending.refresh(db, now=TODAY))
        assert derived(store) == derived(other)


def test_a_reader_computes_what_the_daemon_would_have_written(store: Store) -> None:
    write(store, filled)
    unwritten = store.read_now(lambda db: trending.compute(db, now=TODAY))
    assert derived(store)["trend_signals"] == []
    assert write(store, lambda db: trending.refresh(db, now=TODAY)) == list(unwritten.signals)


def test_history_gives_what_refreshing_on_each_day_would_have_given(store: Store) -> None:
    write(store, filled)
    since = date(2026, 1, 7)
    past = store.read_now(lambda db: list(trending.history(db, since=since, until=TODAY.date(), step_days=3)))
    assert [day for day, _ in past] == [since + timedelta(days=3 * step) for step in range(19)]
    for day, signals in past[::4]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        assert signals == list(store.read_now(lambda db, noon=noon: trending.compute(db, now=noon)).signals)  # type: ignore[misc]  # bound now
    assert any(one.state == "surge" for _, signals in past for one in signals)


def test_the_view_of_weeks_has_no_gaps_and_sums_four_weeks(store: Store) -> None:
    def unit(db: Database) -> None:
        press = Press(db)
        for on in ("2025-12-22", "2025-12-31", "2026-01-19", "2026-02-18"):
            press.tells(CUT, date.fromisoformat(on))
        trending.refresh(db, now=TODAY)

    write(store, unit)
    sql = "select week, events, events_28_days from trends_view where dimension = 'all' order by week_start"
    assert [tuple(row.values()) for row in store.read_now(lambda db: rows(db, sql))] == [
        ("2025-W52", 1, 1), ("2026-W01", 1, 2), ("2026-W02", 0, 2), ("2026-W03", 0, 2), ("2026-W04", 1, 2),
        ("2026-W05", 0, 1), ("2026-W06", 0, 1), ("2026-W07", 0, 1), ("2026-W08", 1, 1),
    ]  # fmt: skip


def test_an_empty_store_has_muted_signals_and_nothing_else(store: Store) -> None:
    assert {one.state for one in write(store, lambda db: trending.refresh(db, now=TODAY))} == {"muted"}
    assert {table: len(found) for table, found in derived(store).items() if found} == {"trend_signals": 3}
    assert store.read_now(lambda db: one(db, "select * from trends_view")) is None


def test_values_of_a_column_are_told_apart_and_named_once() -> None:
    assert trending.parts("US; GB;;US ") == ("US", "GB")
    assert trending.parts(None) == ()
