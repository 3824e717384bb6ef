"""What a poll leaves behind: what was learned, digests, false 304s, and holds for a whole registrable domain."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, entry, feed_row, opened, outcome, plan, polled, write

from monitor.clock import to_text
from monitor.model import Cadence, Feed, FeedDocument, FeedEntry, FeedState, PollCounts, Reason, Validators
from monitor.store import Database, Store, addresses, feeds, polls
from monitor.store.rows import scalar, update

A, B = entry(1), entry(2)
SAME = {"result": "unchanged", "document": None, "validators": Validators('"v2"', None), "body_digest": "digest"}
NO_ANSWER = {"result": "failed", "document": None, "validators": Validators(), "reason": Reason.TIMED_OUT}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def not_worth(_: FeedEntry) -> bool:
    return False


# --- what a poll leaves in the row --------------------------------------------------------------------------------

LEARNED: dict[str, Any] = {
    "state": FeedState.QUIET,
    "failure_weight": 0.75,
    "least_s": 3600.0,
    "moved_to": "https://paper.example/feed",
    "moved_since": NOW - HOUR,
    "cadence": Cadence(2, 60.0, 90.0, 720.0, NOW - 2 * HOUR, 20),
}


def test_what_was_learned_is_read_back_for_the_next_poll(store: Store) -> None:
    def unit(db: Database) -> Feed:
        document = FeedDocument("x", (A,), ttl_s=7200, digests=b"12345678")
        told = outcome(added(db), document=document)
        polls.record_poll(db, told, lambda _: plan(**LEARNED), worth_fetching=not_worth, now=NOW)
        return feeds.get(db, told.feed_id)

    feed = write(store, unit)
    assert {name: getattr(feed, name) for name in LEARNED if name != "state"} | {"state": FeedState.QUIET} == LEARNED
    assert (feed.ttl_s, feed.entry_digests, feed.last_polled_at) == (7200, b"12345678", NOW)


ANSWERS = {"a 304": {"result": "not_modified", "document": None}, "the same bytes": SAME, "no answer": NO_ANSWER}


@pytest.mark.parametrize("later", ANSWERS.values(), ids=ANSWERS)
def test_what_a_document_taught_of_news_is_kept_until_the_next(store: Store, later: dict[str, Any]) -> None:
    def unit(db: Database) -> Cadence:
        feed_id = added(db)
        for told, run in ((outcome(feed_id, A), 2), (outcome(feed_id, **later), 3)):
            learned = replace(LEARNED["cadence"], overlap_run=run, turnover_s=360.0 * run)
            polls.record_poll(db, told, lambda _, known=learned: plan(cadence=known), worth_fetching=not_worth, now=NOW)
        return feeds.get(db, feed_id).cadence

    assert write(store, unit) == Cadence(3, 60.0, 90.0, 1080.0, NOW - 2 * HOUR, 20)


WHOLE = FeedDocument("x", (A,), digests=b"12345678")
DIGESTS: dict[str, tuple[dict[str, Any], bytes]] = {
    "a whole document": ({"document": replace(WHOLE, digests=b"87654321")}, b"87654321"),
    "one whose entries cannot be told apart": ({"document": FeedDocument("x", (A,))}, b""),
    "a broken one": ({"document": replace(WHOLE, partial=True), "reason": Reason.TRUNCATED}, b""),
    "one called broken": ({"document": WHOLE, "reason": Reason.PARSE_PARTIAL}, b""),
    "the same bytes": (SAME, b"12345678"),
    "no answer": (NO_ANSWER, b"12345678"),
}


@pytest.mark.parametrize(("later", "digests"), DIGESTS.values(), ids=DIGESTS)
def test_the_digests_are_those_of_the_last_whole_document(store: Store, later: dict[str, Any], digests: bytes) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, document=WHOLE))
    write(store, lambda db: polled(db, feed, **later))
    assert store.read_now(lambda db: feeds.get(db, feed)).entry_digests == digests


def test_entries_skipped_for_their_bytes_are_known_and_make_no_gap(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    counts = write(store, lambda db: polled(db, feed, document=FeedDocument("x", (B,), skipped=1)))
    assert (counts, feed_row(store)["possible_gaps"]) == (PollCounts(2, 1, 1, 0), 0)


def minted(*numbers: int, at: str, **changes: Any) -> list[FeedEntry]:
    return [entry(number, guid=f"{number} as of {at}", **changes) for number in numbers]


GUIDS: dict[str, tuple[list[FeedEntry], int, bool]] = {
    "all new for known links": (minted(1, 2, 3, at="noon"), 0, True),
    "one of them as before": ([*minted(1, 2, at="noon"), *minted(3, at="dawn")], 0, False),
    "and a link that is new": (minted(1, 2, 3, 4, at="noon"), 0, False),
    "of two entries only": (minted(1, 2, at="noon"), 0, False),
    "beside one known by its bytes": (minted(1, 2, 3, at="noon"), 1, False),
    "none at all": ([entry(number, guid=None) for number in (1, 2, 3)], 0, False),
}


@pytest.mark.parametrize(("later", "skipped", "alarm"), GUIDS.values(), ids=GUIDS)
def test_new_guids_for_links_that_are_all_known_are_noted_and_make_no_entries(
    store: Store, later: list[FeedEntry], skipped: int, *, alarm: bool
) -> None:
    """RELIABILITY.md F9; and the note goes once a document is sound again."""
    feed = write(store, added)
    dawn = minted(1, 2, 3, at="dawn")
    write(store, lambda db: polled(db, feed, *dawn))
    document = FeedDocument("x", tuple(later), skipped=skipped)
    counts = write(store, lambda db: polled(db, feed, document=document))
    assert (feed_row(store)["guids_changed_at"] is not None, counts.new) == (alarm, len(later) == 4)
    write(store, lambda db: polled(db, feed, *dawn))
    assert feed_row(store)["guids_changed_at"] is None


GAPS: dict[str, tuple[Cadence, int]] = {
    "after a document of one": (Cadence(last_count=1), 1),
    "after an empty one": (Cadence(last_count=0), 0),
    "after one of unknown length": (Cadence(), 1),
}


@pytest.mark.parametrize(("before", "gaps"), GAPS.values(), ids=GAPS)
def test_nothing_can_have_rolled_off_an_empty_document(store: Store, before: Cadence, gaps: int) -> None:
    feed = write(store, added)
    first = partial(polls.record_poll, outcome=outcome(feed), decide=lambda _: plan(cadence=before))
    write(store, partial(first, worth_fetching=not_worth, now=NOW))
    write(store, lambda db: polled(db, feed, A))
    assert feed_row(store)["possible_gaps"] == gaps


def test_an_entry_keeps_the_aggregator_s_address_it_came_by(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), entry(1, via_url="https://links.example/1")))
    assert store.read_now(lambda db: scalar(db, "select via_url from entries")) == "https://links.example/1"


DENIED: dict[str, tuple[bool, list[FeedEntry], tuple[int, bool]]] = {
    "with new entries after a 304": (True, [A, B], (1, True)),
    "with new entries and no 304 since": (False, [A, B], (0, True)),
    "without new entries": (True, [A], (0, False)),
}


@pytest.mark.parametrize(("denied", "document", "expected"), DENIED.values(), ids=DENIED)
def test_an_untrue_304_is_counted_once_and_remembered(
    store: Store, document: list[FeedEntry], expected: tuple[int, bool], *, denied: bool
) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    if denied:
        said = {"result": "not_modified", "document": None, "conditional": True, "polled_at": NOW + HOUR}
        write(store, lambda db: polls.record_poll(
            db, replace(outcome(feed), **said), lambda _: plan(), worth_fetching=not_worth, now=NOW))  # fmt: skip
    write(store, lambda db: polled(db, feed, *document, false_304=True))
    assert (feed_row(store)["false_304s"], feed_row(store)["last_false_304_at"] is not None) == expected


# --- holds --------------------------------------------------------------------------------------------------------


def held(db: Database, url: str, until: datetime) -> None:
    """Have a feed's server ask to be left alone."""
    said = outcome(added(db, url), result="failed", document=None, reason=Reason.RATE_LIMITED)
    later = plan(hold_until=until, next_poll_at=until, failures=1)
    polls.record_poll(db, said, lambda _: later, worth_fetching=not_worth, now=NOW)


def due(db: Database, now: datetime, *, include_all: bool = True) -> list[str]:
    return [feed.url.split("//")[1] for feed in feeds.due(db, now, None, include_all=include_all)]


def test_one_feed_that_is_held_holds_itself_only(store: Store) -> None:
    def unit(db: Database) -> list[str]:
        added(db, "https://a.news.example/1")
        held(db, "https://b.news.example/2", NOW + HOUR)
        return due(db, NOW)

    assert write(store, unit) == ["a.news.example/1"]


def test_two_held_feeds_hold_every_feed_and_page_of_their_registrable_domain(store: Store) -> None:
    def unit(db: Database) -> tuple[list[str], list[str], Any]:
        for url in ("https://a.news.example/1", "https://other.example/1"):
            added(db, url)
        held(db, "https://b.news.example/2", NOW + HOUR)
        held(db, "https://c.news.example/3", NOW + 2 * HOUR)
        pages = scalar(db, "select max(hold_until) from hosts where queue = 'news.example'")
        return due(db, NOW + 1.5 * HOUR), due(db, NOW + 2 * HOUR, include_all=False), pages

    early, late, pages = write(store, unit)
    assert (early, min(late)) == (["other.example/1"], "a.news.example/1")
    assert pages == to_text(NOW + 2 * HOUR)


@pytest.mark.parametrize("ended", ["removed_at", "gone_at"])
def test_a_held_feed_that_is_polled_no_more_has_no_say_about_its_domain(store: Store, ended: str) -> None:
    def unit(db: Database) -> list[str]:
        added(db, "https://a.news.example/1")
        held(db, "https://b.news.example/2", NOW + HOUR)
        update(db, "feeds", 2, {ended: to_text(NOW)})
        held(db, "https://c.news.example/3", NOW + HOUR)
        return due(db, NOW)

    assert write(store, unit) == ["a.news.example/1"]


# --- whether a feed taken up is still to be asked -----------------------------------------------------------------

MEANWHILE: dict[str, Callable[[Database], object]] = {
    "removed": lambda db: feeds.remove(db, "https://a.news.example/1", NOW),
    "gone": lambda db: update(db, "feeds", 1, {"gone_at": to_text(NOW)}),
    "held": lambda db: held(db, "https://a.news.example/1", NOW + HOUR),
    "held with its domain": lambda db: [held(db, f"https://{n}.news.example/1", NOW + HOUR) for n in "bc"],
    "polled by another": lambda db: polled(db, 1, A),
}


@pytest.mark.parametrize("happened", MEANWHILE.values(), ids=MEANWHILE)
def test_a_feed_taken_up_is_let_go_after_what_happened_meanwhile(
    store: Store, happened: Callable[[Database], object]
) -> None:
    def unit(db: Database) -> tuple[Feed | None, Feed | None]:
        feed = feeds.get(db, added(db, "https://a.news.example/1"))
        before = feeds.still(db, feed, NOW)
        happened(db)
        return before, feeds.still(db, feed, NOW)

    before, after = write(store, unit)
    assert (before is not None, after) == (True, None)


def test_a_feed_taken_up_is_asked_where_it_has_moved_meanwhile(store: Store) -> None:
    def unit(db: Database) -> Feed | None:
        feed = feeds.get(db, added(db))
        addresses.move(db, feed.id, "https://news.example/moved", NOW)
        return feeds.still(db, feed, NOW)

    found = write(store, unit)
    assert found is not None
    assert found.url == "https://news.example/moved"
