"""Reports that tie nothing to AI, and names cut short: when they are of an event that others tell of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from event_builders import CUT, HYBRID, REVERSAL, event, told
from store_builders import NOW, article, opened, verdict, write

from monitor.events import draft, match
from monitor.model import EventDraft, Kind, KnownEvent, Label, Origin
from monitor.store import Database, Store, articles, events
from monitor.store.rows import rows

DAY = "2025-03-09"
COUNTED: dict[str, Any] = {"jobs_count": 320, "jobs_qualifier": "exact"}


def report(later: int = 0, *, half_tied: bool = False, **facts: Any) -> EventDraft:
    on = date.fromisoformat(DAY) + timedelta(days=later)
    return replace(told(Label.NONE, on.isoformat(), **facts), half_tied=half_tied)


def cut(number: int = 1, day: str = DAY, **more: Any) -> KnownEvent:
    return event(number, CUT, day, **(COUNTED | more))


TOO: dict[str, tuple[EventDraft, list[KnownEvent]]] = {
    "the same number": (report(**COUNTED), [cut()]),
    "about the same number, twelve days on": (report(12, jobs_count=300, jobs_qualifier="about"), [cut()]),
    "the number of one of two": (report(**COUNTED), [cut(2, jobs_count=90), cut()]),
    "the same number, of a plan with two halves": (report(**COUNTED), [event(1, HYBRID, DAY, **COUNTED)]),
    "no number, half tied to AI, the day after": (report(1, half_tied=True), [cut()]),
}
NOT: dict[str, tuple[EventDraft, list[KnownEvent]]] = {
    "another number, half tied": (report(jobs_count=4_000, jobs_qualifier="exact", half_tied=True), [cut()]),
    "another country": (report(country="SE", **COUNTED), [cut(country="GB")]),
    "three weeks on": (report(21, **COUNTED), [cut()]),
    "no number and not tied to AI": (report(1), [cut()]),
    "no number, a week on": (report(7, half_tied=True), [cut()]),
    "no number, and two it could be of": (report(half_tied=True), [cut(), event(2, HYBRID, DAY)]),
    "no number, of a reversal": (report(half_tied=True), [event(1, REVERSAL, DAY)]),
    "a claim of productivity": (report(**COUNTED), [cut(kind=Kind.PRODUCTIVITY_CLAIM)]),
}


@pytest.mark.parametrize(("one", "known"), TOO.values(), ids=TOO.keys())
def test_a_report_tells_of_the_event_too(one: EventDraft, known: list[KnownEvent]) -> None:
    found = match(one, known)
    assert found is not None
    assert found.id == 1


@pytest.mark.parametrize(("one", "known"), NOT.values(), ids=NOT.keys())
def test_a_report_tells_of_something_else(one: EventDraft, known: list[KnownEvent]) -> None:
    assert match(one, known) is None


@pytest.mark.parametrize(("probability", "half_tied"), [(0.6, True), (0.9, False)])
def test_a_report_is_half_tied_when_a_label_is_not_unlikely(*, probability: float, half_tied: bool) -> None:
    judged = replace(verdict(Label.NONE, company="Norvik Bank"), probability=probability)
    account = draft(
        judged, published_at=NOW, first_seen_at=NOW, source_tier=2, text_state=article(1).text_state, unlabelled=True
    )
    assert account is not None
    assert account.half_tied is half_tied


def named(company: str, **facts: Any) -> EventDraft:
    return replace(told(CUT, DAY, **facts), company=company)


@pytest.mark.parametrize(("short", "long"), [("Kestrel", "Kestrel Parcel"), ("Kestrel Parcel", "Kestrel")])
def test_a_name_cut_short_is_the_employer_only_with_a_number_in_common_on_the_same_days(short: str, long: str) -> None:
    known = [cut(company=long)]
    assert match(named(short, **COUNTED), known) is not None
    assert match(named(short), known) is None
    assert match(named(short, jobs_count=900, jobs_qualifier="exact"), known) is None
    assert match(named(short, **COUNTED), [cut(company=long, day="2025-03-01")]) is None
    assert match(named("Kestrelle", **COUNTED), known) is None


def test_a_name_that_two_employers_begin_with_is_nobody_elses() -> None:
    known = [cut(1, company="Kestrel Parcel"), cut(2, company="Kestrel Foods")]
    assert match(named("Kestrel", **COUNTED), known) is None


# --- in the store ------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


ON = date(2026, 3, 2)
TELLS = ("tells", Label.CUT, "Brackwater Mutual")
REPORTS = ("reports", Label.NONE, "Brackwater Mutual")
SHORT = ("short", Label.CUT, "Brackwater")


def arrived(db: Database, sort: str, label: Label, company: str) -> None:
    """Take an article in as `record` does."""
    judged = verdict(label, company=company, jobs_count=320, jobs_qualifier="exact")
    address = f"https://{sort}.example/1"
    new = article(
        1, url=address, canonical_url=address, publisher=sort, title=sort, text=f"{sort} 320", verdict=judged,
        published_at=datetime(ON.year, ON.month, ON.day, tzinfo=UTC),
    )  # fmt: skip
    article_id, _ = articles.upsert(db, new, NOW)
    account = EventDraft(company, label, Kind.EVENT, ON, "day", "announced", 2, judged.facts)
    event_id = events.found(db, account, None)
    if label is Label.NONE:
        if event_id is not None:
            events.add_article(db, event_id, article_id, NOW)
        return
    if event_id is None:
        event_id = events.insert_event(db, account, article_id=article_id, origin=Origin.LIVE, now=NOW)
    else:
        events.join(db, event_id, account, article_id=article_id, now=NOW)
    events.add_reports(db, event_id, NOW)


@pytest.mark.parametrize("order", list(permutations([TELLS, REPORTS, SHORT])))
def test_whatever_comes_first_they_are_one_event_of_three_articles(
    store: Store, order: tuple[tuple[str, Label, str], ...]
) -> None:
    for one in order:
        write(store, lambda db, one=one: arrived(db, *one))
    seen = store.read_now(lambda db: rows(db, "select company, label, articles, publishers from events_view"))
    assert seen == [{"company": "Brackwater Mutual", "label": "cut", "articles": 3, "publishers": 3}]


def test_a_report_changes_nothing_of_what_the_event_is(store: Store) -> None:
    write(store, lambda db: arrived(db, *TELLS))
    before = store.read_now(lambda db: rows(db, "select * from events"))
    write(store, lambda db: arrived(db, *REPORTS))
    assert store.read_now(lambda db: rows(db, "select * from events")) == before
