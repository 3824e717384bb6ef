"""How much of an employer's history is read when its links are set."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from store_builders import NOW, draft, opened

from monitor.events import LOOKED_AT, history_links
from monitor.model import Label, Origin
from monitor.store import Database, Store, companies, events

DAYS = [date(2025, 1, 1) + timedelta(days=number) for number in range(LOOKED_AT + 100)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def employer(db: Database) -> int:
    """Return an employer with an event on each day, every tenth of which answers the cut before it."""
    for number, day in enumerate(DAYS):
        label = Label.REVERSAL if number % 10 == 9 else Label.CUT
        events.insert_event(db, draft(label, day), origin=Origin.LIVE, now=NOW)
    events.relink(db, "Brackwater Mutual", NOW)
    return companies.find(db, "Brackwater Mutual") or 0


def test_of_a_long_history_only_what_answers_may_be_tied_to_is_read(store: Store) -> None:
    company_id = store.submit(employer).result()
    late = DAYS[-15]
    whole = store.read_now(lambda db: events.history(db, company_id))
    read = store.read_now(lambda db: events.history(db, company_id, late))
    before = [event for event in read if event.announced_on < late]
    assert len(whole) == len(DAYS)
    assert sum(event.label is Label.CUT for event in before) == LOOKED_AT
    assert read == whole[-len(read) :]
    assert history_links(read, late) == history_links(whole, late)
    assert any(history_links(read, late).values())


def test_of_a_short_history_all_is_read(store: Store) -> None:
    company_id = store.submit(employer).result()
    early = DAYS[50]
    assert len(store.read_now(lambda db: events.history(db, company_id, early))) == len(DAYS)
