"""How entries are handed out in batches and come back: leases, budgets, robots rules, redirects to other hosts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, article, claimed, entry, on, opened, polled, problems, taken, write

from monitor.clock import to_text
from monitor.model import Outcome, Reason, RobotsRules
from monitor.store import Database, Store, articles, entries
from monitor.store.rows import one, scalar

A, B = entry(1), entry(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


# --- handing out -------------------------------------------------------------------------------------------------


@pytest.fixture
def backlog(store: Store) -> Store:
    """Give a store in which entries 1, 2 wait on one host, 3 on another."""
    write(store, lambda db: polled(db, added(db), on("a.example", 1), on("a.example", 2), on("b.example", 3)))
    return store


def test_a_batch_holds_the_entries_of_one_host(backlog: Store) -> None:
    assert taken(write(backlog, claimed)) == {"a.example": [1, 2], "b.example": [3]}


def test_a_host_under_lease_is_left_alone(backlog: Store) -> None:
    write(backlog, lambda db: claimed(db, max_items=1))
    assert write(backlog, claimed) == []


def test_no_more_batches_and_items_than_asked_for(backlog: Store) -> None:
    assert taken(write(backlog, lambda db: claimed(db, max_batches=1, max_items=1))) == {"a.example": [1]}


def test_an_attempt_is_counted_when_it_begins(backlog: Store) -> None:
    write(backlog, claimed)
    assert backlog.read_now(lambda db: entries.get(db, 1).attempts) == 1


def test_entries_without_an_address_come_with_an_empty_one(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), replace(A, url=None)))
    [batch] = write(store, claimed)
    assert (batch.host, batch.items[0].url, batch.items[0].title) == ("", "", "Story 1")


def test_it_is_told_how_long_each_has_waited(backlog: Store) -> None:
    write(backlog, lambda db: db.execute("update entries set reread_at = ? where id = 2", [to_text(NOW + HOUR)]))
    [batch, _] = write(backlog, lambda db: claimed(db, NOW + 2 * HOUR))
    assert [item.waited_s for item in batch.items] == [7200.0, 3600.0]


def test_a_guessed_date_does_not_leave_home(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), replace(A, published_at=None), B))
    [batch] = write(store, claimed)
    assert [item.published_at for item in batch.items] == [None, B.published_at]


def close(db: Database, token: str, now: datetime = NOW, **changes: Any) -> bool:
    return entries.close_lease(db, token, now=now, **({"next_allowed_at": now} | changes))


def test_a_closed_lease_frees_its_host_from_the_time_it_names(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1, max_items=1))
    assert write(backlog, lambda db: close(db, batch.lease, next_allowed_at=NOW + HOUR))
    assert taken(write(backlog, claimed)) == {"b.example": [3]}
    assert taken(write(backlog, lambda db: claimed(db, NOW + HOUR))) == {"a.example": [1, 2]}


def test_a_hold_keeps_the_host_closed_and_a_shorter_one_does_not_open_it(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1))
    write(backlog, lambda db: close(db, batch.lease, hold_until=NOW + 3 * HOUR))
    assert "a.example" not in taken(write(backlog, lambda db: claimed(db, NOW + 2 * HOUR)))
    [again] = write(backlog, lambda db: claimed(db, NOW + 3 * HOUR))
    write(backlog, lambda db: close(db, again.lease, hold_until=NOW + HOUR))
    hold = backlog.read_now(lambda db: scalar(db, "select hold_until from hosts where host = 'a.example'"))
    assert hold == "2026-03-02T12:00:00.000Z"


def test_a_lease_that_ran_out_gives_its_entries_back(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1))
    assert write(backlog, lambda db: entries.release_expired(db, NOW + timedelta(seconds=599))) == 0
    assert write(backlog, lambda db: entries.release_expired(db, NOW + timedelta(seconds=600))) == 1
    assert not backlog.read_now(lambda db: entries.lease_is_live(db, batch.lease))
    assert taken(write(backlog, lambda db: claimed(db, max_batches=1))) == {"a.example": [1, 2]}


def test_a_stale_token_brings_content_and_moves_no_host(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1))
    write(backlog, lambda db: entries.release_expired(db, NOW + HOUR))
    write(backlog, lambda db: claimed(db, NOW + HOUR, max_batches=1))
    ended = write(backlog, lambda db: entries.end(db, 1, entries.Ending(Outcome.FAILED, Reason.GONE), NOW))
    assert ended
    assert not write(
        backlog, lambda db: close(db, batch.lease, next_allowed_at=NOW + 9 * HOUR, hold_until=NOW + 9 * HOUR)
    )
    host = backlog.read_now(
        lambda db: one(db, "select next_allowed_at, hold_until from hosts where host = 'a.example'")
    )
    assert host == {"next_allowed_at": None, "hold_until": None}


def test_an_entry_ends_once(backlog: Store) -> None:
    first = write(backlog, lambda db: entries.end(db, 1, entries.Ending(Outcome.FAILED, Reason.GONE), NOW))
    second = write(backlog, lambda db: entries.end(db, 1, entries.Ending(Outcome.REFUSED, Reason.ROBOTS_DENIED), NOW))
    retried = write(backlog, lambda db: entries.retry(db, 1, Reason.TIMED_OUT, None, NOW))
    assert (first, second, retried) == (True, False, False)
    assert backlog.read_now(lambda db: entries.get(db, 1).outcome) is Outcome.FAILED


def test_an_entry_to_be_retried_waits_for_its_time(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1))
    write(backlog, lambda db: entries.retry(db, 1, Reason.TIMED_OUT, "slow", NOW + HOUR))
    write(backlog, lambda db: close(db, batch.lease))
    assert taken(write(backlog, lambda db: claimed(db, max_batches=1))) == {"a.example": [2]}


def test_an_entry_that_was_not_tried_waits_as_before(backlog: Store) -> None:
    write(backlog, claimed)
    write(backlog, lambda db: entries.release(db, 1))
    found = backlog.read_now(lambda db: entries.get(db, 1))
    assert (found.attempts, found.lease, found.outcome) == (0, None, None)


def test_an_abandoned_batch_waits_as_before(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1))
    assert write(backlog, lambda db: entries.abandon(db, batch.lease)) == 2
    assert backlog.read_now(lambda db: entries.get(db, 2).attempts) == 0
    assert taken(write(backlog, lambda db: claimed(db, max_batches=1))) == {"a.example": [1, 2]}


def test_a_new_owner_takes_all_leases_back(backlog: Store) -> None:
    write(backlog, claimed)
    assert write(backlog, lambda db: entries.release_all(db, NOW)) == 2
    assert taken(write(backlog, claimed)) == {"a.example": [1, 2], "b.example": [3]}


def test_a_spent_daily_budget_of_a_host_lasts_until_midnight(backlog: Store) -> None:
    [batch] = write(backlog, lambda db: claimed(db, max_batches=1, host_daily_pages=1))
    assert len(batch.items) == 1
    write(backlog, lambda db: close(db, batch.lease))
    assert "a.example" not in taken(write(backlog, lambda db: claimed(db, host_daily_pages=1)))
    assert "a.example" in taken(write(backlog, lambda db: claimed(db, NOW + 24 * HOUR, host_daily_pages=1)))


def test_a_spent_daily_budget_of_a_feed_spares_other_feeds(backlog: Store) -> None:
    second = write(backlog, lambda db: added(db, "https://second.example/feed"))
    write(backlog, lambda db: polled(db, second, on("a.example", 4)))
    assert taken(write(backlog, lambda db: claimed(db, feed_daily_pages=1, max_batches=1))) == {"a.example": [1, 4]}
    assert taken(write(backlog, lambda db: claimed(db, feed_daily_pages=1))) == {}


RULES = RobotsRules("rules", "User-agent: *\nDisallow: /x", NOW)
UNREACHABLE = RobotsRules("unreachable", "", NOW)
ROBOTS: dict[str, tuple[list[tuple[RobotsRules, timedelta]], timedelta, str | None]] = {
    "never fetched": ([], 0 * HOUR, None),
    "fetched today": ([(RULES, 0 * HOUR)], 23 * HOUR, "rules"),
    "fetched yesterday": ([(RULES, 0 * HOUR)], 25 * HOUR, None),
    "unreachable an hour ago": ([(UNREACHABLE, 0 * HOUR)], HOUR, None),
    "rules serve on when they cannot be had again": (
        [(RULES, 0 * HOUR), (UNREACHABLE, 30 * HOUR)],
        30.5 * HOUR,
        "rules",
    ),
    "for as long as they had been missing": ([(RULES, 0 * HOUR), (UNREACHABLE, 30 * HOUR)], 35 * HOUR, "rules"),
    "but are asked for again": ([(RULES, 0 * HOUR), (UNREACHABLE, 30 * HOUR)], 36 * HOUR, None),
    "an hour later where they were missing for minutes": (
        [(RULES, 0 * HOUR), (UNREACHABLE, 24.1 * HOUR)],
        25.1 * HOUR,
        None,
    ),
    "a day later where they were missing for weeks": (
        [(RULES, 0 * HOUR), (UNREACHABLE, 600 * HOUR)],
        624 * HOUR,
        None,
    ),
    "and not for ever": ([(RULES, 0 * HOUR), (UNREACHABLE, 721 * HOUR)], 722 * HOUR, None),
}


@pytest.mark.parametrize(("history", "after", "state"), ROBOTS.values(), ids=ROBOTS.keys())
def test_robots_rules_travel_with_the_batch_while_they_are_fresh(
    backlog: Store, history: list[tuple[RobotsRules, timedelta]], after: timedelta, state: str | None
) -> None:
    for rules, at in history:
        batch, *_ = write(backlog, lambda db, at=at: claimed(db, NOW + at))  # type: ignore[misc]  # bound now
        fetched = replace(rules, fetched_at=NOW + at)
        write(backlog, lambda db: close(db, batch.lease, NOW + at, robots=fetched))  # noqa: B023  # run at once
    batch, *_ = write(backlog, lambda db: claimed(db, NOW + after))
    assert (batch.robots.state if batch.robots else None) == state


# --- redirects to other hosts ------------------------------------------------------------------------------------


def test_an_entry_that_moved_waits_under_its_new_host(backlog: Store) -> None:
    assert write(backlog, lambda db: entries.move(db, 1, "https://c.example/story", NOW)) == "moved"
    assert taken(write(backlog, claimed)) == {"a.example": [2], "b.example": [3], "c.example": [1]}
    assert backlog.read_now(lambda db: entries.get(db, 1).hops) == 1


def test_an_entry_that_moves_more_than_five_times_has_failed(backlog: Store) -> None:
    became = [
        write(backlog, lambda db, hop=hop: entries.move(db, 1, f"https://hop{hop}.example/", NOW))  # type: ignore[misc]  # bound now
        for hop in range(7)
    ]
    assert became == ["moved"] * 5 + ["failed", "late"]
    assert backlog.read_now(lambda db: scalar(db, "select reason from entries where id = 1")) == "redirect_loop"


def test_an_entry_that_moves_to_a_stored_story_is_its_duplicate(backlog: Store) -> None:
    write(backlog, lambda db: articles.upsert(db, article(9), NOW))
    assert (
        write(backlog, lambda db: entries.move(db, 1, "https://news.example/story/9?utm_source=x", NOW)) == "duplicate"
    )
    assert backlog.read_now(lambda db: entries.get(db, 1).article_id) == 1


def test_an_entry_that_moves_to_a_waiting_story_is_its_duplicate(backlog: Store) -> None:
    assert write(backlog, lambda db: entries.move(db, 1, "https://b.example/story/3", NOW)) == "duplicate"
    assert backlog.read_now(lambda db: scalar(db, "select duplicate_of from entries where id = 1")) == 3


def test_an_entry_that_moves_to_a_story_that_was_passed_over_is_fetched_there(backlog: Store) -> None:
    write(backlog, lambda db: entries.end(db, 3, entries.Ending(Outcome.PASSED_OVER), NOW))
    assert write(backlog, lambda db: entries.move(db, 1, "https://b.example/story/3", NOW)) == "moved"


def test_an_address_that_led_to_another_story_leads_there_from_other_feeds_too(backlog: Store) -> None:
    write(backlog, lambda db: entries.move(db, 1, "https://b.example/story/3", NOW))
    write(backlog, lambda db: polled(db, added(db, "https://second.example/feed"), on("a.example", 1)))
    assert backlog.read_now(lambda db: scalar(db, "select duplicate_of from entries where id = 4")) == 3


def test_two_entries_that_redirect_to_each_other_do_not_vanish_into_each_other(backlog: Store) -> None:
    write(backlog, lambda db: entries.move(db, 1, "https://b.example/story/3", NOW))
    assert write(backlog, lambda db: entries.move(db, 3, "https://a.example/story/1", NOW)) == "moved"


# --- imports ---------------------------------------------------------------------------------------------------


def imported(db: Database, now: datetime = NOW, **options: Any) -> tuple[int, bool]:
    url = "https://a.example/story/9"
    return entries.add_imported(db, url=url, identity=url, title="Story", now=now, **options)


def test_an_import_that_is_read_by_hand_is_not_handed_out_meanwhile(store: Store) -> None:
    write(store, lambda db: imported(db, due_at=NOW + HOUR))
    assert write(store, claimed) == []
    assert taken(write(store, lambda db: claimed(db, NOW + HOUR))) == {"a.example": [1]}


ENDINGS: dict[str, tuple[entries.Ending, bool, bool]] = {
    "one that failed begins again": (entries.Ending(Outcome.FAILED, Reason.TIMED_OUT), True, True),
    "one that was refused begins again": (entries.Ending(Outcome.REFUSED, Reason.ROBOTS_DENIED), True, True),
    "one that is stored does not": (entries.Ending(Outcome.STORED, article_id=1), True, False),
    "nor does one that nobody asked for again": (entries.Ending(Outcome.FAILED, Reason.TIMED_OUT), False, False),
}


@pytest.mark.parametrize(("ending", "reopen", "waits"), ENDINGS.values(), ids=ENDINGS.keys())
def test_an_import_that_is_asked_for_again(store: Store, ending: entries.Ending, *, reopen: bool, waits: bool) -> None:
    def unit(db: Database) -> tuple[int, bool]:
        entry_id, _ = imported(db)
        entries.move(db, entry_id, "https://b.example/elsewhere", NOW)
        articles.upsert(db, article(1), NOW)
        entries.end(db, entry_id, ending, NOW)
        return imported(db, NOW + HOUR, reopen=reopen)

    assert write(store, unit) == (1, False)
    found = store.read_now(lambda db: entries.get(db, 1))
    assert (found.outcome is None) == waits
    if waits:
        assert (found.host, found.hops, found.attempts) == ("a.example", 0, 0)
    assert store.read_now(problems) == []


def test_an_import_is_in_the_ledger_once(store: Store) -> None:
    def unit(db: Database) -> tuple[int, bool]:
        return entries.add_imported(db, url="https://news.example/story/1", identity="i", title="Story", now=NOW)

    assert [write(store, unit), write(store, unit)] == [(1, True), (1, False)]
    assert store.read_now(problems) == []
