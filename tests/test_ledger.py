"""The ledger: what a poll makes of every entry of a document, and that the numbers always add up."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_builders import HOUR, NOW, added, article, entry, opened, polled, write

from monitor.model import FeedEntry, Outcome, PollCounts, Reason
from monitor.store import Database, Store, articles, audit, entries
from monitor.store.rows import Row, one, rows, scalar

A, B = entry(1), entry(2)
NOTHING = FeedEntry(guid=None, url=None, title="", summary="")
OTHER_GUID = replace(A, guid="another guid")
OTHER_LINK = replace(A, url="https://news.example/other")
WITH_TRACKER = replace(A, guid="a third guid", url="https://news.example/story/1?utm_source=feed")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def problems(db: Database) -> list[audit.Finding]:
    return [finding for finding in audit.audit(db, NOW) if finding.level == "problem"]


# --- a poll: parsed = new + known + refused ---------------------------------------------------------------------

POLLS: dict[str, tuple[tuple[FeedEntry, ...], tuple[FeedEntry, ...], PollCounts]] = {
    "all are new": ((), (A, B), PollCounts(2, 2, 0, 0)),
    "an empty document": ((A,), (), PollCounts(0, 0, 0, 0)),
    "all are known": ((A, B), (B, A), PollCounts(2, 0, 2, 0)),
    "one of two is new": ((A,), (A, B), PollCounts(2, 1, 1, 0)),
    "the same twice in one document": ((), (A, A), PollCounts(2, 1, 1, 0)),
    "another guid with the same link is known": ((A,), (OTHER_GUID,), PollCounts(1, 0, 1, 0)),
    "another guid with the same link in one document": ((), (A, OTHER_GUID), PollCounts(2, 1, 1, 0)),
    "the same link with a tracker is known": ((A,), (WITH_TRACKER,), PollCounts(1, 0, 1, 0)),
    "a guid used again with another link is new": ((A,), (OTHER_LINK,), PollCounts(1, 1, 0, 0)),
    "without guid the link decides": ((A,), (replace(A, guid=None),), PollCounts(1, 0, 1, 0)),
    "without link the guid decides": ((replace(A, url=None),), (replace(A, url=None),), PollCounts(1, 0, 1, 0)),
    "without guid and link the words decide": (
        (replace(A, guid=None, url=None),),
        (replace(A, guid=None, url=None), replace(B, guid=None, url=None)),
        PollCounts(2, 1, 1, 0),
    ),
    "nothing at all is refused": ((), (NOTHING, A), PollCounts(2, 1, 0, 1)),
    "nothing at all is refused once and then known": ((NOTHING,), (NOTHING, NOTHING), PollCounts(2, 0, 2, 0)),
}


@pytest.mark.parametrize(("before", "document", "counts"), POLLS.values(), ids=POLLS.keys())
def test_a_poll_counts_every_entry_exactly_once(
    store: Store, before: tuple[FeedEntry, ...], document: tuple[FeedEntry, ...], counts: PollCounts
) -> None:
    def unit(db: Database) -> PollCounts:
        feed = added(db)
        polled(db, feed, *before)
        return polled(db, feed, *document)

    assert write(store, unit) == counts
    assert store.read_now(problems) == []


WAITS, PASSED = (None, None), ("passed_over", None)


FIRST_STATES: dict[str, tuple[FeedEntry, bool, tuple[str | None, str | None]]] = {
    "worth fetching: it waits": (A, True, WAITS),
    "not worth fetching: passed over": (A, False, PASSED),
    "no link: its own words wait to be judged": (replace(A, url=None), True, WAITS),
    "nothing to know it by: refused": (NOTHING, True, ("refused", "refused_value")),
    "a title alone is something": (replace(NOTHING, title="Only a title"), True, WAITS),
}


@pytest.mark.parametrize(("new", "worth", "state"), FIRST_STATES.values(), ids=FIRST_STATES.keys())
def test_a_new_entry_begins_in_one_named_state(
    store: Store, new: FeedEntry, *, worth: bool, state: tuple[str | None, str | None]
) -> None:
    write(store, lambda db: polled(db, added(db), new, worth=lambda _: worth))
    row = store.read_now(lambda db: one(db, "select * from entries"))
    assert row is not None
    assert (row["outcome"], row["reason"]) == state
    assert (row["next_attempt_at"] is None) == (row["outcome"] is not None)


def test_an_entry_waits_under_its_politeness_key(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), replace(A, url="https://Press.Example:8443/a"), replace(B, url=None)))
    waiting = store.read_now(lambda db: rows(db, "select host, fetch_url, next_attempt_at from entries order by id"))
    assert [row["host"] for row in waiting] == ["press.example:8443", ""]
    assert {row["next_attempt_at"] for row in waiting} == {"2026-03-02T09:00:00.000Z"}


def first_feed(outcome_of_first: str) -> Callable[[Database], int]:
    """Return a unit that has one feed's entry end so, and gives a second feed."""

    def unit(db: Database) -> int:
        polled(db, added(db), A, worth=lambda _: outcome_of_first != "passed_over")
        if outcome_of_first == "stored":
            article_id, _ = articles.upsert(db, article(1), NOW)
            entries.end(db, 1, entries.Ending(Outcome.STORED, article_id=article_id), NOW)
        if outcome_of_first == "failed":
            entries.end(db, 1, entries.Ending(Outcome.FAILED, Reason.GONE), NOW)
        return added(db, "https://second.example/feed")

    return unit


SECOND_FEED: dict[str, tuple[str, bool, tuple[str | None, int | None, int | None]]] = {
    "still waiting": ("waiting", True, ("duplicate", 1, None)),
    "stored": ("stored", True, ("duplicate", 1, 1)),
    "failed, and these words are worth a look": ("failed", True, (None, None, None)),
    "failed, and these words are not": ("failed", False, ("duplicate", 1, None)),
    "passed over, and these words are worth a look": ("passed_over", True, (None, None, None)),
    "passed over, and these words are not": ("passed_over", False, ("duplicate", 1, None)),
}


@pytest.mark.parametrize(("first", "worth", "expected"), SECOND_FEED.values(), ids=SECOND_FEED.keys())
def test_an_address_known_from_another_feed_is_a_duplicate(
    store: Store, first: str, *, worth: bool, expected: tuple[str | None, int | None, int | None]
) -> None:
    second = write(store, first_feed(first))
    counts = write(store, lambda db: polled(db, second, OTHER_GUID, worth=lambda _: worth))
    row = store.read_now(lambda db: one(db, "select * from entries where id = 2"))
    assert counts == PollCounts(1, 1, 0, 0)
    assert row is not None
    assert (row["outcome"], row["duplicate_of"], row["article_id"]) == expected


def test_a_duplicate_of_a_duplicate_points_at_the_first(store: Store) -> None:
    def unit(db: Database) -> list[Any]:
        for number in range(3):
            polled(db, added(db, f"https://feed{number}.example/"), A)
        return [row["duplicate_of"] for row in rows(db, "select duplicate_of from entries order by id")]

    assert write(store, unit) == [None, 1, 1]


def worth(_: FeedEntry) -> bool:
    return True


def not_worth(_: FeedEntry) -> bool:
    return False


def test_an_address_that_a_second_feed_brought_to_life_is_not_fetched_for_a_third(store: Store) -> None:
    def unit(db: Database) -> Any:
        for number in range(3):
            polled(db, added(db, f"https://feed{number}.example/"), A, worth=not_worth if number == 0 else worth)
        return [(row["outcome"], row["duplicate_of"]) for row in rows(db, "select * from entries order by id")]

    assert write(store, unit) == [("passed_over", None), (None, None), ("duplicate", 2)]


def test_an_address_that_was_imported_is_a_duplicate_of_its_article(store: Store) -> None:
    def unit(db: Database) -> Row | None:
        articles.upsert(db, article(1), NOW)
        polled(db, added(db), A)
        return one(db, "select outcome, article_id, duplicate_of from entries")

    assert write(store, unit) == {"outcome": "duplicate", "article_id": 1, "duplicate_of": None}


def test_when_an_entry_is_stored_its_duplicates_get_the_article_too(store: Store) -> None:
    def unit(db: Database) -> Any:
        polled(db, added(db), A)
        polled(db, added(db, "https://second.example/feed"), A)
        article_id, _ = articles.upsert(db, article(1), NOW)
        entries.end(db, 1, entries.Ending(Outcome.STORED, article_id=article_id), NOW)
        return scalar(db, "select article_id from entries where id = 2")

    assert write(store, unit) == 1


DATES: dict[str, tuple[datetime | None, datetime, bool]] = {
    "stated": (NOW - HOUR, NOW - HOUR, False),
    "missing": (None, NOW, True),
    "a few hours ahead": (NOW + 5 * HOUR, NOW + 5 * HOUR, False),
    "more than a day ahead": (NOW + 25 * HOUR, NOW, True),
    "years old": (NOW - timedelta(days=900), NOW - timedelta(days=900), False),
    "epoch zero": (datetime(1970, 1, 1, tzinfo=UTC), NOW, True),
    "year one": (datetime(1, 1, 1, tzinfo=UTC), NOW, True),
}


@pytest.mark.parametrize(("stated", "kept", "guessed"), DATES.values(), ids=DATES.keys())
def test_a_date_that_cannot_be_becomes_the_first_sight(
    store: Store, stated: datetime | None, kept: datetime, *, guessed: bool
) -> None:
    write(store, lambda db: polled(db, added(db), replace(A, published_at=stated, published_raw="as printed")))
    found = store.read_now(lambda db: entries.get(db, 1))
    assert (found.published_at, found.date_guessed) == (kept, guessed)
    assert store.read_now(lambda db: scalar(db, "select published_raw from entries")) == "as printed"


def test_the_first_look_is_asked_for_new_entries_only(store: Store) -> None:
    asked: list[str | None] = []

    def look(new: FeedEntry) -> bool:
        asked.append(new.guid)
        return True

    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    write(store, lambda db: polled(db, feed, A, B, worth=look))
    assert asked == [B.guid]


def test_a_poll_that_does_not_add_up_leaves_nothing_behind(store: Store) -> None:
    write(
        store, lambda db: db.execute("create temp trigger lose after insert on entries begin delete from entries; end")
    )
    feed = write(store, added)
    with pytest.raises(AssertionError, match="does not add up"):
        write(store, lambda db: polled(db, feed, A))
    assert store.read_now(lambda db: scalar(db, "select count(*) from polls")) == 0


keys = st.sampled_from([None, "one", "two", "three"])
documents = st.lists(
    st.builds(lambda g, u, t: FeedEntry(g, u and f"https://a.example/{u}", t or "", ""), keys, keys, keys)
)


@given(st.lists(documents, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ledger_adds_up_for_any_series_of_documents(tmp_path_factory: pytest.TempPathFactory, series: Any) -> None:
    with opened(tmp_path_factory.mktemp("series") / "monitor.db") as store:
        feeds_of_series = write(store, lambda db: [added(db), added(db, "https://second.example/feed")])
        for number, document in enumerate(series):
            feed = feeds_of_series[number % 2]
            write(store, lambda db, feed=feed, document=document: polled(db, feed, *document))  # type: ignore[misc]  # bound now
        assert store.read_now(problems) == []


def test_a_document_of_50000_entries_is_written_in_seconds(store: Store) -> None:
    feed = write(store, added)
    many = tuple(entry(number) for number in range(50_000))
    began = datetime.now(UTC)
    assert write(store, lambda db: polled(db, feed, *many)) == PollCounts(50_000, 50_000, 0, 0)
    assert datetime.now(UTC) - began < timedelta(seconds=30)
