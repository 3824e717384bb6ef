"""Trends of a store: which events count, what is derived of them, and that it can be derived again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from store_builders import added, article, draft, opened, write

from monitor import trending
from monitor.clock import to_text
from monitor.model import Facts, Kind, Label, Origin
from monitor.store import Database, Store, articles, companies, events
from monitor.store.rows import insert, one, rows, update
from monitor.store.trends import DERIVED

TODAY: Final = datetime(2026, 3, 4, 9, tzinfo=UTC)  # a Wednesday: the week to Sunday 1 March has settled
SUNDAY: Final = date(2026, 3, 1)
CUT, REVERSAL, HYBRID = Label.CUT, Label.REVERSAL, Label.HYBRID


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


class Press:
    """Feeds that answered for years, and what they told."""

    def __init__(self, db: Database, feeds: int = 1, weeks: int = 150) -> None:
        self.db = db
        self.feeds = [added(db, f"https://feed{number}.example/rss") for number in range(feeds)]
        self.told = 0
        for feed in self.feeds:
            for week in range(weeks):
                self.poll(feed, TODAY - timedelta(weeks=week))

    def poll(self, feed: int, at: datetime, result: str = "unchanged") -> None:
        insert(self.db, "polls", {"feed_id": feed, "polled_at": to_text(at), "result": result})

    def lists(self, article_id: int | None, on: date, feed: int, **changes: Any) -> int:
        """Let a feed list an article on a day."""
        at = to_text(datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
        row = {"feed_id": feed, "identity": f"{article_id} {feed} {changes}", "first_seen_at": at, "outcome": "stored",
               "article_id": article_id, "ended_at": at}  # fmt: skip
        return insert(self.db, "entries", row | changes)

    def tells(self, label: Label, on: date, *, late: int = 0, feed: int = 0, **changes: Any) -> int:
        """Return the number of a new event, told by a feed some days after its announcement."""
        self.told += 1
        columns = {
            name: changes.pop(name) for name in ("review_state", "linked_event_id", "link_type") if name in changes
        }
        origin = changes.pop("origin", Origin.LIVE)
        technology = changes.pop("technology", "ai")
        facts = Facts(
            technology=technology, function=changes.pop("function", None), country=changes.pop("country", None)
        )
        values = {"company": f"Employer {self.told}", "facts": facts, "source_tier": 2} | changes
        article_id, _ = articles.upsert(self.db, article(self.told, title=f"Headline {self.told}"), TODAY)
        event_id = events.insert_event(
            self.db, draft(label, on, **values), article_id=article_id, origin=origin, now=TODAY
        )
        if columns:
            update(self.db, "events", event_id, columns)
        if origin is Origin.LIVE:
            self.lists(article_id, on + timedelta(days=late), self.feeds[feed])
        return event_id


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


def test_an_event_of_several_countries_counts_in_each_and_once_in_all(store: Store) -> None:
    write(store, lambda db: Press(db).tells(CUT, date(2026, 2, 18), country="US; GB", function="finance"))
    assert store.read_now(counts) == {("cut", ""): 1}
    assert store.read_now(lambda db: counts(db, "country")) == {("cut", "US"): 1, ("cut", "GB"): 1}
    assert store.read_now(lambda db: counts(db, "function")) == {("cut", "finance"): 1}


# --- signals -----------------------------------------------------------------------------------------------


def weekly(press: Press, weeks: range, number: int, **changes: Any) -> None:
    """Tell of so many cuts in each of these weeks, counted back from the last one."""
    for week in weeks:
        for _ in range(number):
            press.tells(CUT, SUNDAY - timedelta(weeks=week, days=4), **changes)


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
