"""`explain` on events: why an article is of one, and all that changed of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from account_builders import entered, filed
from store_builders import NOW, opened, write
from told_events import import_account, tell

from monitor.explain import as_text, explain
from monitor.model import Kind, Label
from monitor.store import Database, Store, events


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def lines(store: Store, asked: str, sort: str) -> list[str]:
    """Return what stands in the lines of a sort."""
    found = as_text(store.read_now(lambda db: explain(db, asked, NOW)))
    return [line.removeprefix(f"  {sort}").strip() for line in found if line.startswith(f"  {sort}")]


def test_it_says_how_an_article_came_to_its_event(store: Store) -> None:
    def unit(db: Database) -> None:
        event = tell(db, 1, on="2026-03-02", jobs_count=320)
        tell(db, 2, on="2026-03-05", jobs_count=320, into=event)
        tell(db, 3, Label.HYBRID, on="2026-03-05", jobs_count=320, into=event)
        tell(db, 4, on="2026-03-05", into=event)
        db.execute("update articles set story_id = 1 where id in (1, 4)")

    write(store, unit)
    assert [lines(store, f"article {number}", "joined") for number in (1, 2, 3, 4)] == [
        ["this article was the first of it"],
        ["same employer, same side, announced 3 days apart, numbers in common: 1"],
        ["same employer, told as hybrid, the event is a cut, announced 3 days apart, numbers in common: 1"],
        ["a copy of this article tells of it"],
    ]


def test_it_shows_what_changed_and_by_whose_word(store: Store) -> None:
    def unit(db: Database) -> None:
        event = tell(db, 1, tier=3, jobs_count=300)
        tell(db, 2, tier=1, jobs_count=320, into=event)
        events.correct(db, event, "country", "NO", "by the filing", NOW)

    write(store, unit)
    at = "at 2026-03-02T09:00:00.000Z"
    assert lines(store, "event 1", "changed") == [
        f"jobs_count: 300 -> 320 (source: tier 1 before tier 3) {at}",
        f"source_tier: 3 -> 1 (source: tier 1 before tier 3) {at}",
        f"country: nothing -> NO (person: by the filing) {at}",
    ]


def test_it_says_of_a_merged_event_what_it_became(store: Store) -> None:
    def unit(db: Database) -> None:
        kept, other = tell(db, 1), tell(db, 2, jobs_count=9, on="2026-03-09")
        events.merge(db, other, kept, "the same plan", NOW)

    write(store, unit)
    found = store.read_now(lambda db: explain(db, "article 2", NOW))
    assert "event 2 does not count: a person made it part of event 1" in found.why


def test_an_event_that_only_rows_of_files_tell_of_is_explained_by_number_and_by_source(store: Store) -> None:
    write(store, lambda db: import_account(db, "a", url="https://file.example/a"))
    for asked in ("event 1", "https://file.example/a"):
        found = store.read_now(lambda db, asked=asked: explain(db, asked, NOW))  # type: ignore[misc]  # bound now
        told = as_text(found)
        assert (found.found, "event 1: Norvik Bank, cut, announced 2026-03-02" in told) == (True, True)
        assert lines(store, asked, "sources") == ["0 articles, 1 row of files, 0 publishers, 1 independent report"]
        assert told[-1].startswith("why: no article of it is in the store: it is known by rows of files")


def test_the_source_of_a_note_is_not_said_to_be_unknown(store: Store) -> None:
    entered(store, filed("a", kind=Kind.SURVEY))
    found = as_text(store.read_now(lambda db: explain(db, "https://a.example/a", NOW)))
    assert "why: a row of a file has it for its source, which tells of no event; `company` shows it as a note" in found


def test_it_says_what_a_person_excluded(store: Store) -> None:
    def unit(db: Database) -> None:
        events.exclude(db, tell(db, 1), "satire", NOW)
        db.execute("update articles set review_state = 'excluded', event_id = null where id = ?", [1])

    write(store, unit)
    told = as_text(store.read_now(lambda db: explain(db, "article 1", NOW)))
    assert "why: event 1 does not count: a person excluded it" in told
