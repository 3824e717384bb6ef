"""`weekly_view`: events by ISO week and label, zero-filled, held against Python's own calendar."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from store_builders import NOW, article, draft, opened, write

from monitor.model import Facts, Kind, Label, Origin
from monitor.store import Database, Store, articles, events
from monitor.store.rows import one, rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def event(db: Database, label: Label, on: date, number: int = 1, **changes: Any) -> int:
    """Return a new event with one article."""
    article_id, _ = articles.upsert(db, article(number), NOW)
    return events.insert_event(db, draft(label, on, **changes), article_id=article_id, origin=Origin.LIVE, now=NOW)


def iso_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def random_events(random: Random) -> list[tuple[Label, date, int | None, str]]:
    labels = (Label.CUT, Label.REVERSAL, Label.HYBRID)
    first = date(2019, 12, 20)
    return [
        (
            random.choice(labels),
            first + timedelta(days=random.randrange(800)),
            random.choice([None, 10, 250]),
            random.choice(["Norvik Bank", "Brackwater Mutual", "Hollin Freight"]),
        )
        for _ in range(60)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_weeks_are_iso_weeks_without_gaps(store: Store, seed: int) -> None:
    made = random_events(Random(seed))

    def unit(db: Database) -> None:
        for number, (label, on, jobs, company) in enumerate(made):
            event(db, label, on, number, company=company, facts=Facts(company=company, jobs_count=jobs))

    write(store, unit)
    found = store.read_now(lambda db: rows(db, "select * from weekly_view"))
    first, last = min(on for _, on, _, _ in made), max(on for _, on, _, _ in made)
    monday = first - timedelta(days=first.weekday())
    weeks = [iso_week(monday + timedelta(weeks=step)) for step in range((last - monday).days // 7 + 1)]
    assert [(row["week"], row["label"]) for row in found] == [
        (week, label) for week in weeks for label in sorted(["cut", "reversal", "hybrid"])
    ]
    counts = Counter((iso_week(on), str(label)) for label, on, _, _ in made)
    jobs: Counter[tuple[str, str]] = Counter()
    for label, on, count, _ in made:
        jobs[iso_week(on), str(label)] += count or 0
    companies = Counter((week, label) for week, label, _ in {(iso_week(on), str(lb), c) for lb, on, _, c in made})
    for row in found:
        key = (row["week"], row["label"])
        assert (row["events"], row["articles"]) == (counts[key], counts[key])
        assert (row["jobs_stated"], row["companies"]) == (jobs[key], companies[key])


def test_every_day_of_many_years_falls_into_its_iso_week(store: Store) -> None:
    sql = """
        with recursive days (day) as (
          select '1999-12-25' union all select date(day, '+1 day') from days where day < '2033-01-10'
        ), thursdays as (select day, date(day, '-3 days', 'weekday 4') as thursday from days)
        select day, strftime('%Y', thursday) || '-W'
          || printf('%02d', (cast(strftime('%j', thursday) as integer) - 1) / 7 + 1) as week from thursdays
    """
    found = store.read_now(lambda db: rows(db, sql))
    assert [row["week"] for row in found] == [iso_week(date.fromisoformat(row["day"])) for row in found]


NOT_COUNTED: dict[str, dict[str, Any]] = {
    "a productivity claim": {"kind": Kind.PRODUCTIVITY_CLAIM},
    "known to the month only": {"date_precision": "month"},
}


@pytest.mark.parametrize("changes", NOT_COUNTED.values(), ids=NOT_COUNTED.keys())
def test_weeks_count_events_of_known_days_only(store: Store, changes: dict[str, Any]) -> None:
    write(store, lambda db: event(db, Label.CUT, date(2026, 3, 2), **changes))
    assert store.read_now(lambda db: rows(db, "select * from weekly_view where events > 0")) == []


def test_weeks_show_the_upper_end_apart(store: Store) -> None:
    facts = Facts(jobs_count=300, jobs_count_max=500, jobs_qualifier="range")
    write(store, lambda db: event(db, Label.CUT, date(2026, 3, 2), facts=facts))
    row = store.read_now(lambda db: one(db, "select * from weekly_view where label = 'cut'"))
    assert row is not None
    assert (row["jobs_stated"], row["jobs_up_to"]) == (300, 500)


def test_an_empty_store_has_no_weeks(store: Store) -> None:
    assert store.read_now(lambda db: rows(db, "select * from weekly_view")) == []
