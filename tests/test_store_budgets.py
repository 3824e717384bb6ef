"""Which hosts are handed out: daily budgets, entries that need no page, and hosts whose robots.txt cannot be had."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from store_builders import HOUR, NOW, added, claimed, entry, on, opened, polled, taken, write

from monitor.model import Batch, RobotsRules
from monitor.store import Database, Store, entries
from monitor.store.courtesy import courtesy_of
from monitor.store.rows import one, rows

AGGREGATED = "https://news.google.com/rss/articles/CBMiabc{}?oc=5"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def pageless(db: Database) -> None:
    """Put three entries into the ledger that need no page: two of an aggregator, one without an address."""
    links = [entry(number, url=AGGREGATED.format(number)) for number in (1, 2)]
    polled(db, added(db), *links, entry(3, url=None))


def test_entries_that_need_no_page_wait_under_no_host(store: Store) -> None:
    write(store, pageless)
    write(store, lambda db: entries.add_imported(db, url=AGGREGATED.format(9), identity="i", title="T", now=NOW))
    assert {row["host"] for row in store.read_now(lambda db: rows(db, "select host from entries"))} == {""}


def test_entries_that_need_no_page_come_with_their_addresses_in_one_batch(store: Store) -> None:
    write(store, pageless)
    [batch] = write(store, claimed)
    assert [item.url for item in batch.items] == [AGGREGATED.format(1), AGGREGATED.format(2), ""]


def test_a_redirect_to_an_aggregator_waits_under_no_host(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), on("a.example", 1)))
    write(store, lambda db: entries.move(db, 1, AGGREGATED.format(1), NOW))
    assert store.read_now(lambda db: entries.get(db, 1).host) == ""


def test_entries_that_need_no_page_cost_no_budget(store: Store) -> None:
    write(store, pageless)
    limits: dict[str, Any] = {"host_daily_pages": 1, "feed_daily_pages": 1, "max_items": 2}
    [first] = write(store, lambda db: claimed(db, **limits))
    write(store, lambda db: entries.close_lease(db, first.lease, now=NOW, next_allowed_at=NOW))
    write(store, lambda db: polled(db, 1, on("a.example", 7)))
    found = taken(write(store, lambda db: claimed(db, **limits)))
    assert found["a.example"] == [4]
    assert len(first.items) == 2


def released(db: Database, batch: Batch) -> None:
    for item in batch.items:
        entries.release(db, item.entry_id, batch.lease)


def abandoned(db: Database, batch: Batch) -> None:
    entries.abandon(db, batch.lease)


def charges(db: Database) -> tuple[int, int]:
    found = one(db, "select h.pages_count as host, f.pages_count as feed from hosts h, feeds f")
    assert found is not None
    return found["host"], found["feed"]


@pytest.mark.parametrize("back", [released, abandoned])
def test_what_comes_back_untried_costs_nothing(store: Store, back: Callable[[Database, Batch], None]) -> None:
    write(store, lambda db: polled(db, added(db), on("a.example", 1), on("a.example", 2)))
    [batch] = write(store, claimed)
    assert store.read_now(charges) == (2, 2)
    write(store, lambda db: back(db, batch))
    assert store.read_now(charges) == (0, 0)


def test_what_comes_back_after_midnight_leaves_the_new_day_alone(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), on("a.example", 1)))
    [batch] = write(store, claimed)
    write(store, lambda db: db.execute("update hosts set pages_day = '2026-03-03', pages_count = 5"))
    write(store, lambda db: db.execute("update feeds set pages_day = '2026-03-03', pages_count = 5"))
    write(store, lambda db: entries.abandon(db, batch.lease))
    assert store.read_now(charges) == (5, 5)


def test_each_feed_gets_its_own_charge_back(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), on("a.example", 1), on("a.example", 2)))
    write(store, lambda db: polled(db, added(db, "https://second.example/feed"), on("a.example", 3)))
    [batch] = write(store, claimed)
    write(store, lambda db: entries.release(db, 3, batch.lease))
    assert store.read_now(lambda db: [row["pages_count"] for row in rows(db, "select pages_count from feeds")]) == [
        2,
        0,
    ]
    assert store.read_now(charges)[0] == 2


# --- robots.txt that cannot be had ---------------------------------------------------------------------------------


def unreachable(db: Database) -> None:
    """Have the robots.txt of a.example fail once, with an entry still waiting there and one elsewhere."""
    polled(db, added(db), on("a.example", 1), on("a.example", 2), on("b.example", 3))
    batch = next(batch for batch in claimed(db, max_items=1) if batch.host == "a.example")
    rules = RobotsRules("unreachable", "", NOW)
    entries.close_lease(db, batch.lease, now=NOW, next_allowed_at=NOW + timedelta(seconds=5), robots=rules)


def test_a_host_without_robots_rules_rests_and_its_entries_lose_no_attempt(store: Store) -> None:
    write(store, unreachable)
    write(store, lambda db: entries.release_all(db, NOW))
    assert taken(write(store, lambda db: claimed(db, NOW + HOUR / 2))) == {"b.example": [3]}
    assert store.read_now(lambda db: entries.get(db, 2).attempts) == 0


def test_a_host_without_robots_rules_is_asked_again_after_an_hour(store: Store) -> None:
    write(store, unreachable)
    found = write(store, lambda db: claimed(db, NOW + HOUR))
    assert [(batch.host, batch.robots) for batch in found] == [("a.example", None)]


def asks(store: Store, now: datetime, state: Literal["allow_all", "unreachable"]) -> bool:
    """Return whether the robots.txt of a.example is asked for now; if so it is found to be in this state."""

    def unit(db: Database) -> bool:
        batches = claimed(db, now)
        for batch in batches:
            rules = RobotsRules(state, "", now)
            entries.close_lease(db, batch.lease, now=now, next_allowed_at=now, robots=rules)
        return any(batch.host == "a.example" and batch.robots is None for batch in batches)

    return write(store, unit)


def test_a_host_without_robots_rules_is_asked_ever_less_often_and_for_months_daily(store: Store) -> None:
    write(store, unreachable)
    asked = [hour for hour in range(1, 24 * 90) if asks(store, NOW + hour * HOUR, "unreachable")]
    assert asked[:8] == [1, 2, 4, 8, 16, 32, 56, 80]
    assert {after - before for before, after in pairwise(asked[5:])} == {24}


def test_a_robots_txt_that_came_back_in_between_is_missed_anew(store: Store) -> None:
    write(store, unreachable)
    month = 30 * 24 * HOUR
    assert asks(store, NOW + month, "unreachable")
    assert asks(store, NOW + 2 * month, "allow_all")
    assert asks(store, NOW + 4 * month, "unreachable")
    assert asks(store, NOW + 4 * month + HOUR, "unreachable")


def test_nobody_sits_and_waits_for_a_host_without_robots_rules(store: Store) -> None:
    write(store, unreachable)
    assert store.read_now(lambda db: entries.rest_s(db, NOW)) is None


def test_a_host_that_only_rests_between_two_requests_is_waited_for(store: Store) -> None:
    write(store, unreachable)
    write(store, lambda db: db.execute("update hosts set robots_state = 'allow_all'"))
    assert store.read_now(lambda db: entries.rest_s(db, NOW)) == 5.0


def test_an_entry_on_a_resting_host_says_until_when(store: Store) -> None:
    write(store, unreachable)
    shown = store.read_now(lambda db: courtesy_of(db, "https://a.example/story/2", NOW))
    assert shown["robots_rest_until"] == "2026-03-02T10:00:00.000Z"
