"""One queue for a registrable domain: its hosts share lease, rest, hold and budget, and nobody else's turn."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, claimed, entry, on, opened, polled, problems, taken, write

from monitor.model import Outcome, Reason, RobotsRules
from monitor.store import Database, Store, entries, feeds
from monitor.store.courtesy import courtesy_of
from monitor.store.rows import rows, scalar

SECOND = timedelta(seconds=1)
RULES = RobotsRules("rules", "User-agent: *\nCrawl-delay: 120\n", NOW, crawl_delay_s=120.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@pytest.fixture
def domain(store: Store) -> Store:
    """Give a store in which entries 1 to 3 wait on three hosts of one domain, 4 on another's."""
    hosts = ("a.press.example", "b.press.example", "press.example", "quiet.example")
    write(store, lambda db: polled(db, added(db), *(on(host, number) for number, host in enumerate(hosts, 1))))
    return store


def served(db: Database, now: datetime = NOW, rest: timedelta = 0 * SECOND, **changes: Any) -> list[int]:
    """Return which entries are handed out now, each then ended and its host resting."""
    found = []
    limits = {name: changes.pop(name) for name in list(changes) if name not in {"hold_until", "robots"}}
    for batch in claimed(db, now, **limits):
        found += [item.entry_id for item in batch.items]
        for item in batch.items:
            entries.end(db, item.entry_id, entries.Ending(Outcome.FAILED, Reason.GONE), now)
        entries.close_lease(db, batch.lease, now=now, next_allowed_at=now + rest, **changes)
    return found


# --- turns -----------------------------------------------------------------------------------------------------


def test_of_a_domain_one_host_at_a_time_is_handed_out(domain: Store) -> None:
    assert taken(write(domain, claimed)) == {"a.press.example": [1], "quiet.example": [4]}
    assert write(domain, claimed) == []


def test_the_hosts_of_a_domain_take_turns_the_longest_waiting_first(domain: Store) -> None:
    write(domain, lambda db: polled(db, 1, on("a.press.example", 5), on("b.press.example", 6), now=NOW + HOUR))
    turns = [write(domain, lambda db, at=at: served(db, NOW + 2 * HOUR + at * SECOND)) for at in range(4)]  # type: ignore[misc]  # bound now
    assert turns == [[1, 5, 4], [2, 6], [3], []]


def test_a_domain_rests_whichever_of_its_hosts_was_asked(domain: Store) -> None:
    write(domain, lambda db: served(db, rest=5 * SECOND))
    assert write(domain, claimed) == []
    assert domain.read_now(lambda db: entries.rest_s(db, NOW + 2 * SECOND)) == 3.0
    assert taken(write(domain, lambda db: claimed(db, NOW + 5 * SECOND))) == {"b.press.example": [2]}


def test_a_domain_rests_from_the_last_of_its_hosts(domain: Store) -> None:
    write(domain, lambda db: served(db, rest=5 * SECOND))
    write(domain, lambda db: served(db, NOW + 5 * SECOND, rest=5 * SECOND))
    assert write(domain, lambda db: claimed(db, NOW + 9 * SECOND)) == []
    assert taken(write(domain, lambda db: claimed(db, NOW + 10 * SECOND))) == {"press.example": [3]}


def test_a_feed_of_a_domain_that_is_being_asked_is_not_due(store: Store) -> None:
    urls = ("https://a.press.example/feed", "https://b.press.example/feed", "https://quiet.example/feed")
    write(store, lambda db: [added(db, url) for url in urls])
    due = store.read_now(lambda db: feeds.due(db, NOW, None, busy={"press.example"}))
    assert [feed.url for feed in due] == ["https://quiet.example/feed"]


def test_a_hold_counts_for_every_host_of_the_domain(domain: Store) -> None:
    write(domain, lambda db: served(db, hold_until=NOW + HOUR))
    assert write(domain, lambda db: claimed(db, NOW + HOUR / 2)) == []
    assert domain.read_now(lambda db: entries.rest_s(db, NOW + HOUR / 2)) is None
    assert taken(write(domain, lambda db: claimed(db, NOW + HOUR))) == {"b.press.example": [2]}


def test_a_host_without_robots_rules_keeps_no_other_of_its_domain_waiting(domain: Store) -> None:
    write(domain, lambda db: served(db, max_batches=1, robots=RobotsRules("unreachable", "", NOW)))
    write(domain, lambda db: polled(db, 1, on("a.press.example", 5)))
    assert taken(write(domain, claimed)) == {"b.press.example": [2], "quiet.example": [4]}


def test_a_domain_with_thousands_of_old_entries_leaves_every_second_turn_to_others(store: Store) -> None:
    def unit(db: Database) -> list[str]:
        polled(db, added(db), *(on(f"{number % 40}.huge.example", number) for number in range(2000)))
        polled(db, 1, on("small.example", 3000), on("tiny.example", 3001), now=NOW + HOUR)
        began = NOW + 2 * HOUR
        order = []
        for turn in range(4):
            [batch] = claimed(db, began + turn * SECOND, max_batches=1)
            order.append(batch.host.partition(".")[2] if "huge" in batch.host else batch.host)
            entries.close_lease(db, batch.lease, now=began + turn * SECOND, next_allowed_at=began + turn * SECOND)
            for item in batch.items:
                entries.end(db, item.entry_id, entries.Ending(Outcome.FAILED, Reason.GONE), NOW)
        return order

    assert write(store, unit) == ["huge.example", "small.example", "tiny.example", "huge.example"]


def test_the_forty_hosts_of_a_domain_are_asked_in_forty_turns_each_once(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), *(on(f"{n % 40:02}.huge.example", n) for n in range(2000))))

    def unit(db: Database) -> list[str]:
        order = []
        for turn in range(40):
            at = NOW + turn * 5 * SECOND
            [batch] = claimed(db, at)
            order.append(batch.host)
            entries.close_lease(db, batch.lease, now=at, next_allowed_at=at + 5 * SECOND)
        return order

    assert sorted(write(store, unit)) == [f"{number:02}.huge.example" for number in range(40)]


# --- crawl-delay -------------------------------------------------------------------------------------------------


def test_a_crawl_delay_is_remembered_and_lengthens_the_rest_of_the_domain(domain: Store) -> None:
    write(domain, lambda db: served(db, rest=5 * SECOND, max_batches=1, robots=RULES))
    assert "b.press.example" not in taken(write(domain, lambda db: claimed(db, NOW + 119 * SECOND)))
    assert "b.press.example" in taken(write(domain, lambda db: claimed(db, NOW + 120 * SECOND)))


def test_a_crawl_delay_shorter_than_our_pause_shortens_nothing(domain: Store) -> None:
    hasty = RobotsRules("rules", "", NOW, crawl_delay_s=1.0)
    write(domain, lambda db: served(db, rest=5 * SECOND, max_batches=1, robots=hasty))
    assert "b.press.example" not in taken(write(domain, lambda db: claimed(db, NOW + 4 * SECOND)))


def test_a_crawl_delay_goes_with_the_rules_that_name_it(domain: Store) -> None:
    write(domain, lambda db: served(db, max_batches=1, robots=RULES))
    write(domain, lambda db: polled(db, 1, on("a.press.example", 5)))
    at = NOW + 300 * SECOND
    batches = write(domain, lambda db: claimed(db, at, max_batches=3))
    [batch] = [one for one in batches if one.host == "b.press.example"]
    write(domain, lambda db: entries.close_lease(db, batch.lease, now=at, next_allowed_at=at))
    [again] = write(domain, lambda db: claimed(db, at + SECOND, max_batches=3, max_items=1))
    assert (again.host, again.robots) == ("press.example", None)
    write(domain, lambda db: entries.close_lease(db, again.lease, now=at, next_allowed_at=at))
    [last] = write(domain, lambda db: claimed(db, at + 2 * SECOND))
    assert (last.host, last.robots) == ("a.press.example", RULES)


# --- budgets -----------------------------------------------------------------------------------------------------


def test_the_hosts_of_a_domain_draw_on_one_daily_budget(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), *(on(f"{n % 40}.huge.example", n) for n in range(400))))
    write(store, lambda db: polled(db, 1, on("small.example", 1000)))
    handed: list[int] = []
    for turn in range(30):
        at = NOW + turn * SECOND
        handed += write(store, lambda db, at=at: served(db, at, host_daily_pages=95))  # type: ignore[misc]  # bound now
    assert len(handed) == 95 + 1
    assert write(store, lambda db: served(db, NOW + 24 * HOUR, host_daily_pages=95)) != []


def test_what_comes_back_untried_is_given_back_to_the_domain(domain: Store) -> None:
    batch, *_ = write(domain, lambda db: claimed(db, host_daily_pages=1))
    write(domain, lambda db: entries.abandon(db, batch.lease))
    assert taken(write(domain, lambda db: claimed(db, host_daily_pages=1))) == {"a.press.example": [1]}


# --- whatever way an entry comes to wait ---------------------------------------------------------------------------


def by_poll(db: Database) -> None:
    polled(db, added(db), on("a.press.example", 1))


def by_redirect(db: Database) -> None:
    polled(db, added(db), on("first.example", 1))
    entries.move(db, 1, "https://a.press.example/story", NOW)


def by_import(db: Database) -> None:
    entries.add_imported(db, url="https://a.press.example/story", identity="i", title="", now=NOW)


def by_import_again(db: Database) -> None:
    by_import(db)
    entries.move(db, 1, "https://elsewhere.example/story", NOW)
    url = "https://a.press.example/story"
    entries.add_imported(db, url=url, identity="i", title="", now=NOW, reopen=True)


def from_before(db: Database) -> None:
    db.execute("insert into hosts (host) values ('a.press.example')")
    by_poll(db)


@pytest.mark.parametrize("comes", [by_poll, by_redirect, by_import, by_import_again, from_before])
def test_an_entry_waits_in_the_queue_of_its_domain(store: Store, comes: Callable[[Database], None]) -> None:
    write(store, comes)
    assert taken(write(store, claimed)) == {"a.press.example": [1]}
    assert store.read_now(lambda db: scalar(db, "select queue from leases")) == "press.example"
    assert store.read_now(problems) == []


def test_a_redirect_back_to_where_an_entry_began_is_a_loop(store: Store) -> None:
    url = "https://first.example/story"
    write(store, lambda db: polled(db, added(db), entry(1, url=url)))
    assert write(store, lambda db: entries.move(db, 1, "https://check.example/?back", NOW)) == "moved"
    assert write(store, lambda db: entries.move(db, 1, url, NOW)) == "failed"
    [row] = store.read_now(lambda db: rows(db, "select reason, detail from entries"))
    assert row == {"reason": "redirect_loop", "detail": f"redirected across 2 hosts, last to {url}"}


# --- what is shown -----------------------------------------------------------------------------------------------


def test_of_a_host_nobody_asked_yet_nothing_is_known(store: Store) -> None:
    assert store.read_now(lambda db: courtesy_of(db, "https://www.press.example/story", NOW)) == {
        "queue": "press.example",
        "host": "www.press.example",
        "leased": 0,
        "next_allowed_at": None,
        "hold_until": None,
        "pages_today": 0,
        "waiting": 0,
        "feeds_hold_until": None,
        "crawl_delay_s": None,
        "robots_state": None,
        "robots_fetched_at": None,
        "robots_age_s": None,
        "robots_failed_at": None,
        "robots_rest_until": None,
        "feed": None,
        "feed_pages_today": None,
    }


def test_what_a_host_and_its_domain_wait_for_is_shown(domain: Store) -> None:
    write(domain, lambda db: served(db, rest=5 * SECOND, max_batches=1, hold_until=NOW + HOUR, robots=RULES))
    shown = domain.read_now(lambda db: courtesy_of(db, "https://a.press.example/story/1", NOW + HOUR))
    assert {name: value for name, value in shown.items() if value is not None} == {
        "queue": "press.example",
        "host": "a.press.example",
        "leased": 0,
        "next_allowed_at": "2026-03-02T09:02:00.000Z",
        "hold_until": "2026-03-02T10:00:00.000Z",
        "pages_today": 1,
        "waiting": 2,
        "crawl_delay_s": 120.0,
        "robots_state": "rules",
        "robots_fetched_at": "2026-03-02T09:00:00.000Z",
        "robots_age_s": 3600.0,
        "feed": "https://news.example/feed",
        "feed_pages_today": 1,
    }


def test_a_hold_of_feeds_shows_for_every_host_of_the_domain(domain: Store) -> None:
    write(domain, claimed)
    held = "update hosts set feeds_hold_until = '2026-03-02T11:00:00.000Z' where host = 'a.press.example'"
    write(domain, lambda db: db.execute(held))
    shown = domain.read_now(lambda db: courtesy_of(db, "https://press.example/feed", NOW))
    assert shown["feeds_hold_until"] == "2026-03-02T11:00:00.000Z"


def test_a_batch_that_is_out_shows_and_its_entries_wait_still(domain: Store) -> None:
    write(domain, claimed)
    shown = domain.read_now(lambda db: courtesy_of(db, "https://b.press.example/", NOW))
    assert (shown["leased"], shown["pages_today"], shown["waiting"]) == (1, 1, 3)


def test_of_a_feed_its_own_pages_are_shown(domain: Store) -> None:
    write(domain, claimed)
    shown = domain.read_now(lambda db: courtesy_of(db, "https://news.example/feed", NOW))
    assert (shown["feed"], shown["feed_pages_today"], shown["pages_today"]) == ("https://news.example/feed", 2, 0)


def test_yesterday_s_pages_are_not_today_s(domain: Store) -> None:
    write(domain, claimed)
    shown = domain.read_now(lambda db: courtesy_of(db, "https://a.press.example/story/1", NOW + 24 * HOUR))
    assert (shown["pages_today"], shown["feed_pages_today"]) == (0, 0)


def test_what_needs_no_page_has_no_host(store: Store) -> None:
    shown = store.read_now(lambda db: courtesy_of(db, "https://news.google.com/rss/articles/CBMiabc?oc=5", NOW))
    assert (shown["queue"], shown["host"], shown["pages_today"]) == ("", "", 0)
