"""The feed's row: its place in the list, when it is due, and what a poll changes in it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, entry, feed_row, opened, outcome, plan, polled, write

from monitor.clock import to_text
from monitor.model import FeedEntry, Reason, Validators
from monitor.store import Database, Store, entries, feeds, polls
from monitor.store.rows import scalar, update

A, B = entry(1), entry(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def not_worth(_: FeedEntry) -> bool:
    return False


def test_validators_of_a_whole_document_are_kept(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), A))
    assert (feed_row(store)["etag"], feed_row(store)["body_digest"]) == ('"v1"', "digest")


def test_a_partial_document_keeps_its_entries_and_no_validators(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    write(store, lambda db: polled(db, feed, B, validators=Validators(), reason=Reason.PARSE_PARTIAL))
    assert (feed_row(store)["etag"], feed_row(store)["last_reason"]) == (None, "parse_partial")
    assert store.read_now(lambda db: scalar(db, "select count(*) from entries")) == 2


def test_a_partial_document_keeps_no_validators_whoever_gives_them(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A, reason=Reason.PARSE_PARTIAL, body_digest="broken"))
    assert (feed_row(store)["etag"], feed_row(store)["body_digest"]) == (None, "broken")


SAME = {"result": "unchanged", "document": None, "validators": Validators('"v2"', None), "body_digest": "digest"}
NO_ANSWER = {"result": "failed", "document": None, "validators": Validators(), "reason": Reason.TIMED_OUT}
UNCHANGED: dict[str, tuple[Reason | None, list[dict[str, Any]], str | None]] = {
    "after a whole document": (None, [SAME], '"v2"'),
    "after a partial one": (Reason.PARSE_PARTIAL, [SAME], None),
    "after a partial one and a failure": (Reason.PARSE_PARTIAL, [NO_ANSWER, SAME], None),
    "twice after a partial one": (Reason.PARSE_PARTIAL, [SAME, SAME], None),
}


@pytest.mark.parametrize(("reason", "later", "etag"), UNCHANGED.values(), ids=UNCHANGED.keys())
def test_an_unchanged_body_brings_validators_unless_it_was_read_in_part_only(
    store: Store, reason: Reason | None, later: list[dict[str, Any]], etag: str | None
) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A, reason=reason))
    for answer in later:
        write(store, lambda db, answer=answer: polled(db, feed, **answer))  # type: ignore[misc]  # bound now
    assert feed_row(store)["etag"] == etag


def test_a_whole_document_after_a_partial_one_brings_validators_again(store: Store) -> None:
    feed = write(store, added)
    for answer in ({"reason": Reason.PARSE_PARTIAL}, {}, SAME):
        write(store, lambda db, answer=answer: polled(db, feed, **answer))  # type: ignore[misc]  # bound now
    assert feed_row(store)["etag"] == '"v2"'


def test_a_304_leaves_validators_and_counts_as_answered(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    write(store, lambda db: polled(db, feed, result="not_modified", document=None, conditional=True))
    row = feed_row(store)
    assert (row["etag"], row["not_modified"], row["polls"], row["failures"]) == ('"v1"', 1, 2, 0)


def test_a_failure_keeps_what_is_known_and_says_why(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    failure = outcome(
        feed, result="failed", document=None, reason=Reason.HTTP_5XX, detail="503", validators=Validators()
    )
    later = plan(failures=1, hold_until=NOW + 2 * HOUR)
    write(store, lambda db: polls.record_poll(db, failure, lambda _: later, worth_fetching=not_worth, now=NOW))
    row = feed_row(store)
    assert (row["etag"], row["failures"], row["last_reason"], row["last_error"]) == ('"v1"', 1, "http_5xx", "503")


def test_a_document_that_shares_nothing_with_the_last_is_a_possible_gap(store: Store) -> None:
    feed = write(store, added)
    for document in ((A,), (A, B), (entry(3),), ()):
        write(store, lambda db, document=document: polled(db, feed, *document))  # type: ignore[misc]  # bound now
    assert feed_row(store)["possible_gaps"] == 1


def test_entries_of_the_first_document_are_marked(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    write(store, lambda db: polled(db, feed, A, B))
    assert store.read_now(lambda db: (entries.get(db, 1).first_document, entries.get(db, 2).first_document)) == (
        True,
        False,
    )


def test_a_removed_feed_comes_back_with_its_history(store: Store) -> None:
    feed = write(store, added)
    write(store, lambda db: polled(db, feed, A))
    assert write(store, lambda db: feeds.remove(db, "https://news.example/feed", NOW))
    assert store.read_now(feeds.listing) == []
    again = write(
        store,
        lambda db: feeds.add(db, "https://news.example/feed", title=None, origin="added", now=NOW, start_interval_s=9),
    )
    assert again == (feed, True)
    assert [row["entries_seen"] for row in store.read_now(feeds.listing)] == [1]


def test_adding_a_listed_feed_changes_nothing(store: Store) -> None:
    feed = write(store, added)
    again = write(
        store,
        lambda db: feeds.add(db, "https://news.example/feed", title="T", origin="starter", now=NOW, start_interval_s=9),
    )
    assert again == (feed, False)


GIVEN = "https://News.Example:443/feed?b=2&a=1&utm_source=mail#top"
CANONICAL = "https://news.example/feed?a=1&b=2"


@pytest.mark.parametrize("again", [GIVEN, CANONICAL])
def test_a_feed_is_listed_once_and_fetched_as_it_was_given(store: Store, again: str) -> None:
    feed = write(store, lambda db: added(db, GIVEN))
    assert write(store, lambda db: added(db, again)) == feed
    assert [found.url for found in store.read_now(lambda db: feeds.due(db, NOW, None))] == [GIVEN]


@pytest.mark.parametrize("form", [GIVEN, CANONICAL])
def test_a_feed_is_removed_under_either_form(store: Store, form: str) -> None:
    write(store, lambda db: added(db, GIVEN))
    assert write(store, lambda db: feeds.remove(db, form, NOW))
    assert not write(store, lambda db: feeds.remove(db, form, NOW))


def test_a_feed_that_was_gone_comes_back_when_it_is_added_again(store: Store) -> None:
    def unit(db: Database) -> tuple[int, bool]:
        feed = added(db, CANONICAL)
        lost = plan(gone=True, failures=9, hold_until=NOW + 9 * HOUR, next_poll_at=NOW + 9 * HOUR)
        polls.record_poll(db, outcome(feed, A), lambda _: lost, worth_fetching=not_worth, now=NOW)
        return feeds.add(db, GIVEN, title=None, origin="added", now=NOW + HOUR, start_interval_s=9)

    assert write(store, unit) == (1, True)
    [due] = store.read_now(lambda db: feeds.due(db, NOW + HOUR, None))
    feed = store.read_now(lambda db: feeds.get(db, due.id))
    assert (feed.url, feed.failures, feed.hold_until, feed.interval_s) == (GIVEN, 0, None, 9)
    assert feed.validators == Validators()


FEED_STATES: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "due": ({}, True, True),
    "later": ({"next_poll_at": NOW + HOUR}, False, True),
    "held by its server": ({"next_poll_at": NOW, "hold_until": NOW + HOUR}, False, False),
    "held until just now": ({"next_poll_at": NOW, "hold_until": NOW}, True, True),
    "gone": ({"next_poll_at": NOW, "gone": True}, False, False),
}


@pytest.mark.parametrize(("planned", "due", "due_when_all"), FEED_STATES.values(), ids=FEED_STATES.keys())
def test_polling_all_overrides_due_times_but_not_servers(
    store: Store, planned: dict[str, Any], *, due: bool, due_when_all: bool
) -> None:
    def unit(db: Database) -> None:
        feed = added(db)
        if planned:
            polls.record_poll(db, outcome(feed, A), lambda _: plan(**planned), worth_fetching=not_worth, now=NOW)

    write(store, unit)
    assert bool(store.read_now(lambda db: feeds.due(db, NOW, 10))) == due
    assert bool(store.read_now(lambda db: feeds.due(db, NOW, 10, include_all=True))) == due_when_all


# --- the start of the daemon --------------------------------------------------------------------------------------

OVERDUE = {
    "a minute overdue": (NOW - HOUR / 60, NOW, 0.5, NOW + HOUR / 120),
    "two hours overdue": (NOW - 2 * HOUR, NOW, 0.5, NOW + HOUR / 4),
    "never polled": (NOW - 2 * HOUR, None, 0.5, NOW - 2 * HOUR),
    "not due": (NOW + HOUR, NOW, 0.5, NOW + HOUR),
}


@pytest.mark.parametrize(("due_at", "polled_at", "drawn", "expected"), OVERDUE.values(), ids=OVERDUE)
def test_overdue_feeds_are_spread_over_as_long_as_they_are_overdue_and_at_most_an_interval(
    store: Store, due_at: datetime, polled_at: datetime | None, drawn: float, expected: datetime
) -> None:
    def unit(db: Database) -> datetime:
        changes = {"next_poll_at": to_text(due_at), "last_polled_at": to_text(polled_at) if polled_at else None}
        update(db, "feeds", added(db), changes)
        feeds.spread(db, NOW, lambda: drawn)
        return feeds.get(db, 1).next_poll_at

    assert write(store, unit) == expected


# --- what the first look is asked for ---------------------------------------------------------------------------------


def test_what_is_asked_before_is_what_the_poll_asks(store: Store) -> None:
    nothing = FeedEntry(guid=None, url=None, title="", summary="")
    document = (A, B, entry(3), entry(3, guid="again"), entry(4), nothing)
    asked: list[FeedEntry] = []

    def look(new: FeedEntry) -> bool:
        asked.append(new)
        return True

    first = write(store, added)
    second = write(store, lambda db: added(db, "https://second.example/feed"))
    write(store, lambda db: polled(db, second, A))
    write(store, lambda db: polled(db, first, B))
    write(store, lambda db: polled(db, second, entry(4), worth=not_worth))
    beforehand = store.read_now(lambda db: polls.asked_about(db, first, document)[1])
    write(store, lambda db: polled(db, first, *document, worth=look))
    assert beforehand == asked == [entry(3), entry(4)]


# --- busy hosts -------------------------------------------------------------------------------------------------------


def test_feeds_of_busy_hosts_do_not_hide_the_others(store: Store) -> None:
    for number in range(3):
        write(store, lambda db, n=number: added(db, f"https://Many.Example:8443/feed{n}"))  # type: ignore[misc]  # bound now
    write(store, lambda db: added(db, "https://one.example/feed"))
    found = store.read_now(lambda db: feeds.due(db, NOW, 2, busy={"many.example:8443"}))
    assert [feed.url for feed in found] == ["https://one.example/feed"]
    assert len(store.read_now(lambda db: feeds.due(db, NOW, None))) == 4
