"""`explain` answers for feeds: in which state and why, asked when and why then; and how a story's host is treated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_builders import NOW, added, claimed, entry, opened, polled, write

from monitor.explain import Explanation, as_text, explain
from monitor.explain.courtesy import lasting
from monitor.model import Outcome, Reason
from monitor.store import Database, Store, entries, queues, rows

URL = "https://news.example/story/1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as opened_store:
        yield opened_store


def explained(store: Store, asked: str = URL) -> Explanation:
    return store.read_now(lambda db: explain(db, asked, NOW))


def why(store: Store, asked: str = URL) -> str:
    return "\n".join(explained(store, asked).why)


def listed(db: Database) -> int:
    """List one entry in a feed polled before, and return the entry's id."""
    feed = added(db)
    polled(db, feed, entry(1000))
    polled(db, feed, entry(1))
    return 2


def formerly(db: Database, url: str) -> None:
    """Give the first feed an address that it had."""
    db.execute("insert into feed_addresses values (1, :url, :url, '2026-01-01', 'moved')", {"url": url})


# --- how its host is treated -------------------------------------------------------------------------------


def held(db: Database, **columns: Any) -> None:
    """List an entry that waits on a host whose row says this."""
    listed(db)
    queues.join(db, "news.example")
    for name, value in columns.items():
        db.execute(f"update hosts set {name} = ?", [value])  # noqa: S608  # names are the test's own


LATER = "2026-03-02T10:00:00.000Z"
BARRIERS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "nothing is in its way: a running daemon reads it"),
    "a hold": ({"hold_until": LATER}, f"news.example asked to be left alone until {LATER}"),
    "a hold that is over": ({"hold_until": "2026-03-02T08:00:00.000Z"}, "nothing is in its way"),
    "a rest": ({"next_allowed_at": LATER}, f"news.example was asked a moment ago and rests until {LATER}"),
    "a robots.txt that cannot be had": (
        {"robots_state": "unreachable", "robots_fetched_at": "2026-03-02T09:00:00.000Z"},
        "robots.txt of news.example could not be had; nothing is asked of it until 2026-03-02T10:00:00.000Z",
    ),
    "pages of today": (
        {"pages_day": "2026-03-02", "pages_count": 12},
        "12 pages of news.example were asked for today (UTC), 0 of its feed; what is beyond",
    ),
    "pages of yesterday": ({"pages_day": "2026-03-01", "pages_count": 12}, "nothing is in its way"),
}


@pytest.mark.parametrize(("host", "words"), BARRIERS.values(), ids=BARRIERS)
def test_an_entry_that_waits_says_what_is_in_its_way(host: dict[str, Any], words: str, store: Store) -> None:
    write(store, lambda db: held(db, **host))
    assert words in why(store)


def test_of_an_entry_that_is_held_the_budget_is_not_given_as_a_reason(store: Store) -> None:
    write(store, lambda db: held(db, hold_until=LATER, pages_day="2026-03-02", pages_count=12))
    assert "host_daily_pages" not in why(store)


def test_an_entry_whose_queue_is_being_asked_says_so(store: Store) -> None:
    def busy(db: Database) -> None:
        listed(db)
        claimed(db, max_items=1)

    write(store, busy)
    assert "another page of news.example is being read" in why(store)


def test_an_entry_shows_its_queue_and_its_robots_txt(store: Store) -> None:
    rules = {"robots_state": "rules", "robots_fetched_at": "2026-03-02T08:00:00.000Z", "crawl_delay_s": 20.0}
    write(store, lambda db: held(db, **rules))
    lines = as_text(explained(store))
    assert "  queue     news.example: 2 entries wait in it, 0 pages today" in lines
    assert "  robots    news.example: rules read at 2026-03-02T08:00:00.000Z, asks for 20 s between pages" in lines


def test_a_robots_txt_that_is_missing_says_since_when_and_until_when_it_is_left_alone(store: Store) -> None:
    since = {"robots_failed_at": "2026-03-02T05:00:00.000Z", "robots_fetched_at": "2026-03-02T09:00:00.000Z"}
    write(store, lambda db: held(db, robots_state="unreachable", **since))
    words = "could not be had at 2026-03-02T09:00:00.000Z and not since 2026-03-02T05:00:00.000Z: nothing is asked"
    assert f"  robots    news.example: {words}" in as_text(explained(store))
    assert "nothing is asked of it until 2026-03-02T13:00:00.000Z" in why(store)


def test_a_page_that_robots_txt_forbids_says_when_it_was_read(store: Store) -> None:
    def refused(db: Database) -> None:
        held(db, robots_state="rules", robots_fetched_at="2026-03-02T08:00:00.000Z")
        entries.end(db, 2, entries.Ending(Outcome.REFUSED, Reason.ROBOTS_DENIED, "Disallow: /story"), NOW)

    write(store, refused)
    assert "robots.txt of news.example, read at 2026-03-02T08:00:00.000Z, forbids the page" in why(store)


def test_the_aggregator_that_led_to_a_story_is_named(store: Store) -> None:
    def through(db: Database) -> None:
        listed(db)
        db.execute("update entries set via_url = 'https://aggregator.example/x' where id = 2")

    write(store, through)
    assert "  via       https://aggregator.example/x, an aggregator's page that led there" in as_text(explained(store))


# --- a feed ------------------------------------------------------------------------------------------------

FEED = "https://news.example/feed"


def with_feed(db: Database, **columns: Any) -> None:
    polled(db, added(db), entry(1), entry(2))
    polled(db, 1, result="not_modified", document=None, conditional=True)
    changes = {"title": "Example news", "last_polled_at": "2026-03-02T09:00:00.000Z"} | columns
    rows.update(db, "feeds", 1, changes)


def of_feed(store: Store, asked: str = FEED) -> dict[str, Any]:
    feed = explained(store, asked).feed
    assert feed is not None
    return feed


@pytest.mark.parametrize("asked", [FEED, "feed 1", "FEED:1", f"{FEED}#top", "https://news.example/old-feed"])
def test_a_feed_is_found_by(asked: str, store: Store) -> None:
    def moved(db: Database) -> None:
        with_feed(db)
        formerly(db, "https://news.example/old-feed")

    write(store, moved)
    assert of_feed(store, asked)["id"] == 1
    assert explained(store, asked).why == ()


def test_an_unknown_feed_says_what_would_do(store: Store) -> None:
    assert "`feed N`" in why(store, "feed 17")


def test_a_feed_is_told_from_state_to_last_polls(store: Store) -> None:
    write(store, with_feed)
    lines = as_text(explained(store, "feed 1"))
    assert lines[:3] == ["feed 1", "feed 1: Example news", f"  address   {FEED}"]
    assert "  state     ok: it answers; last new entry" in "\n".join(lines)
    assert "  entries   2 waiting" in lines
    assert "  answers   2 polls, 1 not modified" in lines
    assert [line.partition("Z  ")[2] for line in lines[-2:]] == [
        "not modified, asked whether it changed, 0 bytes, 0 ms",
        "document, 2 entries: 2 new, 0 known, 0 bytes, 0 ms",
    ]


STATES: dict[str, tuple[dict[str, Any], str]] = {
    "not polled": ({"last_polled_at": None}, "not polled yet"),
    "ok": ({"last_new_at": LATER}, f"it answers; last new entry {LATER}"),
    "quiet": (
        {"state": "quiet", "last_new_at": "2026-02-20T09:00:00.000Z", "longest_gap_s": 3600.0},
        "nothing is new since 2026-02-20T09:00:00.000Z, for 10 d; its longest silence of late was 60 min",
    ),
    "quiet for ever": ({"state": "quiet", "last_new_at": None}, "nothing is new so far"),
    "silent": ({"state": "silent_zero"}, "its document lists nothing"),
    "failing": (
        {"state": "failing", "failures": 3, "last_reason": "http_5xx", "last_error": "503"},
        "failed 3 times in a row (http_5xx: 503)",
    ),
    "blocked": (
        {"state": "blocked", "failures": 1, "last_reason": "rate_limited"},
        "refused once (rate_limited)",
    ),
    "gone": ({"state": "gone", "gone_at": LATER}, f"it answered 410 at {LATER}"),
}


@pytest.mark.parametrize(("columns", "words"), STATES.values(), ids=STATES)
def test_a_state_of_a_feed_has_its_reason(columns: dict[str, Any], words: str, store: Store) -> None:
    write(store, lambda db: with_feed(db, **columns))
    assert words in of_feed(store)["state_reason"]


WAITS: dict[str, tuple[dict[str, Any], str]] = {
    "a hold": ({"hold_until": LATER}, f"its server asked to be left alone until {LATER}"),
    "failures": ({"failures": 2, "failure_weight": 1.5}, "those so far weigh 1.5"),
    "no document yet": ({"last_document_at": None}, "nothing is known of its habits"),
    "a publisher's wish": ({"ttl_s": 5400}, "its publisher asks for 90 min between two polls"),
    "a server's word": ({"max_age_s": 7200.0}, "its server says that its document is fresh for 2 h"),
    "a server's patience": ({"least_s": 7200.0}, "refused us when asked more often than every 2 h"),
    "a turnover": ({"turnover_s": 900.0}, "its document was filled anew within 15 min of late"),
    "too early": ({"overlap_run": 1}, "its last poll on time held mostly known entries"),
    "too late": ({"overlap_run": -2}, "its last 2 polls on time held mostly new ones"),
    "removed": ({"removed_at": LATER}, f"it was taken off the list at {LATER}"),
    "gone": ({"gone_at": LATER}, "it is not polled until a person says so"),
}


@pytest.mark.parametrize(("columns", "words"), WAITS.values(), ids=WAITS)
def test_the_wait_of_a_feed_has_its_reason(columns: dict[str, Any], words: str, store: Store) -> None:
    write(store, lambda db: with_feed(db, **{"overlap_run": 0} | columns))
    assert words in "\n".join(of_feed(store)["wait_reasons"])


def test_two_feeds_that_were_asked_to_wait_hold_all_of_their_host(store: Store) -> None:
    def asked(db: Database) -> None:
        with_feed(db)
        held(db, feeds_hold_until=LATER)

    write(store, asked)
    assert (
        f"two feeds of this host were asked to wait, so all of them rest until {LATER}"
        in of_feed(store)["wait_reasons"]
    )


def test_a_feed_that_moves_and_has_moved_shows_where(store: Store) -> None:
    def moved(db: Database) -> None:
        with_feed(db, moved_to="https://news.example/new", moved_since=LATER, false_304s=2, last_false_304_at=LATER)
        formerly(db, "https://news.example/old")

    write(store, moved)
    lines = "\n".join(as_text(explained(store, "feed 1")))
    assert "  formerly  https://news.example/old, until 2026-01-01: moved" in lines
    assert f"  moves to  https://news.example/new, since {LATER}" in lines
    assert f"2 false 304s (the last at {LATER})" in lines


def test_only_the_last_ten_polls_are_shown(store: Store) -> None:
    def often(db: Database) -> None:
        for number in range(12):
            polled(db, added(db), entry(number))

    write(store, often)
    assert len(of_feed(store)["recent"]) == 10


LENGTHS = {90: "90 s", 120: "2 min", 2700: "45 min", 9000: "2.5 h", 172_800: "2 d", 1_000_000: "11.6 d"}


@pytest.mark.parametrize(("seconds", "words"), LENGTHS.items())
def test_a_length_of_time_is_said_as_a_person_does(seconds: float, words: str) -> None:
    assert lasting(seconds) == words
