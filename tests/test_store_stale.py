"""Two holders of one entry: a late result never strips a newer lease, and what never ends is ended."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from store_builders import HOUR, NOW, added, claimed, on, opened, polled, problems, taken, write

from monitor.model import Batch, Reason
from monitor.store import Database, Store, entries
from monitor.store.leases import MOST_ATTEMPTS, SOON
from monitor.store.rows import one, scalar


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store in which entries 1 and 2 wait on one host."""
    with opened(tmp_path / "monitor.db") as store:
        write(store, lambda db: polled(db, added(db), on("a.example", 1), on("a.example", 2)))
        yield store


def twice_leased(db: Database) -> tuple[str, str]:
    """Return the stale and the live token of entries 1 and 2."""
    [first] = claimed(db)
    entries.release_expired(db, NOW + HOUR)
    [second] = claimed(db, NOW + HOUR)
    return first.lease, second.lease


def release(db: Database, token: str | None) -> bool:
    return entries.release(db, 1, token)


def retry(db: Database, token: str | None) -> bool:
    return entries.retry(db, 1, Reason.TIMED_OUT, None, NOW + 2 * HOUR, token)


@pytest.mark.parametrize("act", [release, retry])
def test_a_stale_result_leaves_a_newer_lease_alone(store: Store, act: Callable[[Database, str | None], bool]) -> None:
    stale, live = write(store, twice_leased)
    assert not write(store, lambda db: act(db, stale))
    found = store.read_now(lambda db: entries.get(db, 1))
    assert (found.lease, found.attempts) == (live, 2)


@pytest.mark.parametrize("act", [release, retry])
def test_a_stale_result_moves_nothing_that_waits_again(
    store: Store, act: Callable[[Database, str | None], bool]
) -> None:
    [batch] = write(store, claimed)
    write(store, lambda db: entries.release_expired(db, NOW + HOUR))
    assert not write(store, lambda db: act(db, batch.lease))
    assert taken(write(store, claimed)) == {"a.example": [1, 2]}


@pytest.mark.parametrize("act", [release, retry])
@pytest.mark.parametrize("named", [True, False], ids=["by the live token", "by no token"])
def test_the_live_result_counts(store: Store, act: Callable[[Database, str | None], bool], *, named: bool) -> None:
    _, live = write(store, twice_leased)
    assert write(store, lambda db: act(db, live if named else None))
    assert store.read_now(lambda db: entries.get(db, 1).lease) is None


def test_closing_a_stale_lease_leaves_a_newer_one_alone(store: Store) -> None:
    stale, live = write(store, twice_leased)
    assert not write(store, lambda db: entries.close_lease(db, stale, now=NOW, next_allowed_at=NOW))
    assert store.read_now(lambda db: entries.get(db, 2).lease) == live


def test_a_lease_whose_batch_is_still_under_way_here_is_kept_though_it_ran_out(store: Store) -> None:
    [batch] = write(store, claimed)
    assert write(store, lambda db: entries.release_expired(db, NOW + HOUR, keep=[batch.lease])) == 0
    assert store.read_now(lambda db: entries.lease_is_live(db, batch.lease))
    assert write(store, lambda db: entries.release_expired(db, NOW + HOUR, keep=["another"])) == 1


def expired(db: Database, _: Batch, now: datetime) -> None:
    entries.release_expired(db, now + HOUR)


def restarted(db: Database, _: Batch, now: datetime) -> None:
    entries.release_all(db, now)


def abandoned(db: Database, batch: Batch, _: datetime) -> None:
    entries.abandon(db, batch.lease)


def handed_out(db: Database, times: int, back: Callable[[Database, Batch, datetime], None], step: timedelta) -> int:
    """Return how many times entry 1 could be handed out, with so long between."""
    for count in range(times):
        now = NOW + (count + 1) * step
        batches = claimed(db, now)
        if not batches or 1 not in {item.entry_id for item in batches[0].items}:
            return count
        back(db, batches[0], now)
    return times


@pytest.mark.parametrize("back", [expired, restarted])
def test_an_entry_that_never_brings_a_result_waits_for_days_and_ends_as_failed(
    store: Store, back: Callable[[Database, Batch, datetime], None]
) -> None:
    assert write(store, lambda db: handed_out(db, 20, back, timedelta(0))) == SOON + 1
    assert store.read_now(lambda db: scalar(db, "select outcome from entries where id = 1")) is None
    more = write(store, lambda db: handed_out(db, 20, back, timedelta(days=2)))
    assert SOON + 1 + more == MOST_ATTEMPTS + 1
    row = store.read_now(lambda db: one(db, "select outcome, reason, detail, ended_at from entries where id = 1"))
    assert row is not None
    assert (row["outcome"], row["reason"]) == ("failed", "extract_crashed")
    assert row["detail"] == "handed out 14 times without a result"
    assert store.read_now(problems) == []


def test_an_entry_that_is_given_back_untried_is_handed_out_for_ever(store: Store) -> None:
    assert write(store, lambda db: handed_out(db, 20, abandoned, timedelta(0))) == 20


def test_an_entry_that_brought_failures_is_not_counted_as_lost(store: Store) -> None:
    def unit(db: Database) -> None:
        for number in range(MOST_ATTEMPTS):
            [batch] = claimed(db, NOW + number * HOUR, max_items=1)
            entries.retry(db, 1, Reason.TIMED_OUT, "slow", NOW, batch.lease)
            entries.close_lease(db, batch.lease, now=NOW, next_allowed_at=NOW)

    write(store, unit)
    assert write(store, lambda db: entries.release_all(db, NOW + timedelta(days=1))) == 0
    assert store.read_now(lambda db: scalar(db, "select outcome from entries where id = 1")) is None
