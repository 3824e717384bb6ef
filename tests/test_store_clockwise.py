"""After the clock was set back: nothing waits longer than it ever has to, and nothing that is right is moved."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from store_builders import HOUR, NOW, added, claimed, on, opened, polled, problems, write

from monitor.clock import to_text
from monitor.model import AlertDraft, Label, RobotsRules
from monitor.store import Database, Store, alerts, entries, messages
from monitor.store.clockwise import begin, clamp, step
from monitor.store.rows import insert, moment, scalar

MINUTE = timedelta(minutes=1)
LONGEST: dict[str, tuple[str, str, timedelta]] = {
    "a feed's next poll": ("feeds", "next_poll_at", 26.4 * HOUR),
    "a feed's hold": ("feeds", "hold_until", 24 * HOUR),
    "an entry's next attempt": ("entries", "next_attempt_at", 24 * HOUR),
    "a host's rest": ("hosts", "next_allowed_at", 5 * MINUTE),
    "a host's hold": ("hosts", "hold_until", 24 * HOUR),
    "the hold of a host's feeds": ("hosts", "feeds_hold_until", 24 * HOUR),
    "the fetch of robots.txt": ("hosts", "robots_fetched_at", 0 * HOUR),
    "the failed fetch of robots.txt": ("hosts", "robots_failed_at", 0 * HOUR),
    "a delivery": ("deliveries", "due_at", 50 * HOUR),
    "a message": ("messages", "next_attempt_at", 84 * HOUR),
    "a lease": ("leases", "expires_at", 15 * MINUTE),
    "a feed's last poll": ("feeds", "last_polled_at", 0 * HOUR),
    "its last whole document": ("feeds", "last_full_at", 0 * HOUR),
    "its last document": ("feeds", "last_document_at", 0 * HOUR),
    "its last new entry": ("feeds", "last_new_at", 0 * HOUR),
    "its last 304": ("feeds", "last_304_at", 0 * HOUR),
    "its last untrue 304": ("feeds", "last_false_304_at", 0 * HOUR),
    "since when it moves": ("feeds", "moved_since", 0 * HOUR),
    "a message's first attempt": ("messages", "first_attempt_at", 0 * HOUR),
    "since when a channel fails": ("channel_states", "failing_since", 0 * HOUR),
}


def one_of_each(db: Database) -> None:
    """Put one row of all that waits into the store."""
    polled(db, added(db), on("a.example", 1), on("a.example", 2))
    [batch] = claimed(db, max_items=1)
    entries.close_lease(db, batch.lease, now=NOW, next_allowed_at=NOW, robots=RobotsRules("allow_all", "", NOW))
    claimed(db, max_items=1)
    alert = AlertDraft("any", "one", Label.CUT, "Brackwater Mutual", "Headline", None)
    alerts.insert(db, alert, [("hook", 1)], NOW)
    zero = timedelta(0)
    messages.lease_due(db, messages.Lease(60, zero, zero, lambda _: None), NOW, 1)
    alerts.insert(db, replace(alert, subject="two"), [("hook", 1)], NOW)
    row = {"channel": "hook", "recipient": 1, "failing_since": to_text(NOW)}
    insert(db, "channel_states", row)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        write(store, one_of_each)
        yield store


def put(db: Database, table: str, column: str, at: datetime) -> None:
    last = "true" if table == "channel_states" else f"rowid = (select max(rowid) from {table})"  # noqa: S608  # ours
    sql = f"update {table} set {column} = ? where {last}"  # noqa: S608  # names of ours
    db.execute(sql, [to_text(at)])


def latest(store: Store, table: str, column: str) -> datetime | None:
    sql = f"select max({column}) from {table}"  # noqa: S608  # names of ours
    return moment(store.read_now(lambda db: scalar(db, sql)))


@pytest.mark.parametrize(("table", "column", "longest"), LONGEST.values(), ids=LONGEST.keys())
def test_a_moment_out_of_reach_becomes_the_longest_wait(
    store: Store, table: str, column: str, longest: timedelta
) -> None:
    write(store, lambda db: put(db, table, column, NOW + timedelta(days=400)))
    assert write(store, lambda db: clamp(db, NOW)) == 1
    assert latest(store, table, column) == NOW + longest
    assert store.read_now(problems) == []


@pytest.mark.parametrize(("table", "column", "longest"), LONGEST.values(), ids=LONGEST.keys())
def test_the_longest_wait_itself_is_left_alone(store: Store, table: str, column: str, longest: timedelta) -> None:
    write(store, lambda db: put(db, table, column, NOW + longest))
    assert write(store, lambda db: clamp(db, NOW)) == 0
    assert latest(store, table, column) == NOW + longest


def test_everything_is_due_again_soon_after_a_clock_was_a_year_ahead(store: Store) -> None:
    long_ago = NOW - timedelta(days=365)
    write(store, lambda db: entries.release_all(db, NOW))
    write(store, lambda db: clamp(db, long_ago))
    assert write(store, lambda db: clamp(db, long_ago)) == 0
    for table, column, longest in LONGEST.values():
        newest = latest(store, table, column)
        assert newest is None or newest <= long_ago + longest


@pytest.mark.parametrize("by", [-HOUR, HOUR, timedelta(days=30)])
@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, column, longest in LONGEST.values() if longest], ids=str
)
def test_what_waits_waits_as_long_as_before_when_the_clock_is_set(
    store: Store, table: str, column: str, by: timedelta
) -> None:
    write(store, lambda db: put(db, table, column, NOW + MINUTE))
    write(store, lambda db: step(db, by, NOW + by))
    sql = f"select {column} from {table} order by rowid desc"  # noqa: S608  # names of ours
    assert moment(store.read_now(lambda db: scalar(db, sql))) == NOW + by + MINUTE
    assert store.read_now(problems) == []


@pytest.mark.parametrize("by", [-HOUR, HOUR, timedelta(days=30)])
@pytest.mark.parametrize(
    ("table", "column"), [("messages", "first_attempt_at"), ("channel_states", "failing_since")], ids=str
)
def test_no_receiver_is_given_up_because_the_clock_was_set(
    store: Store, table: str, column: str, by: timedelta
) -> None:
    write(store, lambda db: put(db, table, column, NOW - HOUR))
    write(store, lambda db: step(db, by, NOW + by))
    assert latest(store, table, column) == NOW + by - HOUR


WAITS = {"polled by the clock of before": 0 * HOUR, "polled by the new clock": timedelta(days=30)}


@pytest.mark.parametrize("by", WAITS.values(), ids=WAITS)
def test_no_feed_waits_longer_than_its_interval_after_a_step(store: Store, by: timedelta) -> None:
    """The second was polled between the step and the moment it was found."""
    after = NOW + timedelta(days=30)
    write(store, lambda db: put(db, "feeds", "last_polled_at", NOW + by))
    write(store, lambda db: put(db, "feeds", "next_poll_at", NOW + by + HOUR / 2))
    write(store, lambda db: step(db, timedelta(days=30), after))
    at = latest(store, "feeds", "next_poll_at")
    assert at is not None
    assert after < at <= after + HOUR / 2


@pytest.mark.parametrize("asked", [True, False], ids=["polled", "never polled"])
def test_a_clock_put_right_while_nothing_ran_costs_a_feed_that_was_moved_ahead_one_interval(
    store: Store,
    asked: bool,  # noqa: FBT001  # a table of cases
) -> None:
    """The next poll went ahead with the clock, and the clock came back without it."""
    ahead = timedelta(days=1)
    if not asked:
        write(store, lambda db: db.execute("update feeds set last_polled_at = null"))
    write(store, lambda db: step(db, ahead, NOW + ahead))
    write(store, lambda db: clamp(db, NOW))
    assert latest(store, "feeds", "next_poll_at") == NOW + HOUR / 2


def test_what_a_publisher_wishes_for_outlasts_a_step(store: Store) -> None:
    write(store, lambda db: put(db, "feeds", "next_poll_at", NOW + 9 * HOUR))
    write(store, lambda db: db.execute("update feeds set ttl_s = 36000"))
    write(store, lambda db: step(db, HOUR, NOW + HOUR))
    assert latest(store, "feeds", "next_poll_at") == NOW + 10 * HOUR


def test_a_clock_set_back_while_nothing_ran_costs_a_feed_one_interval(store: Store) -> None:
    write(store, lambda db: clamp(db, NOW - HOUR))
    assert latest(store, "feeds", "next_poll_at") == NOW - HOUR / 2
    assert latest(store, "feeds", "last_polled_at") == NOW - HOUR


# --- a clock that was ahead, and was put right while nothing ran -------------------------------------------------

AHEAD = timedelta(days=30)
SAID: dict[str, tuple[str, str, str]] = {
    "a mute": ("mutes", "until", "added_at"),
    "the hold of a feed": ("feeds", "hold_until", "last_polled_at"),
    "an alert that is gathered": ("deliveries", "due_at", "raised_at"),
    "a message that failed": ("messages", "next_attempt_at", "last_attempt_at"),
    "a message that was never tried": ("messages", "next_attempt_at", "composed_at"),
}


def said(db: Database, table: str, column: str, when: str, at: datetime) -> None:
    """Let something be told to wait for two hours, at that moment."""
    row = {"rule": "any", "until": to_text(NOW), "why": "fair", "by": "me", "added_at": to_text(NOW)}
    insert(db, "mutes", row)
    for each, name in ((table, column), ("alerts" if table == "deliveries" else table, when)):
        put(db, each, name, at + (2 * HOUR if name == column else 0 * HOUR))


@pytest.mark.parametrize(("table", "column", "when"), SAID.values(), ids=SAID)
def test_what_was_told_to_wait_by_a_clock_that_was_ahead_waits_as_long_from_the_start(
    store: Store, table: str, column: str, when: str
) -> None:
    write(store, lambda db: said(db, table, column, when, NOW + AHEAD))
    write(store, lambda db: begin(db, NOW))
    assert latest(store, table, column) == NOW + 2 * HOUR
    assert write(store, lambda db: begin(db, NOW)) == 0, "once is enough"


@pytest.mark.parametrize(("table", "column", "when"), SAID.values(), ids=SAID)
def test_what_was_told_to_wait_by_a_clock_that_is_right_is_left_alone(
    store: Store, table: str, column: str, when: str
) -> None:
    write(store, lambda db: said(db, table, column, when, NOW - HOUR))
    write(store, lambda db: begin(db, NOW))
    assert latest(store, table, column) == NOW + HOUR


@pytest.mark.parametrize(("table", "column", "when"), SAID.values(), ids=SAID)
def test_what_is_moved_with_a_clock_that_is_put_right_is_moved_once(
    store: Store, table: str, column: str, when: str
) -> None:
    write(store, lambda db: said(db, table, column, when, NOW + AHEAD))
    write(store, lambda db: step(db, -AHEAD, NOW))
    assert latest(store, table, column) == NOW + 2 * HOUR


DATED = {
    "an alert": ("alerts", "raised_at"),
    "a rule": ("rules", "first_seen_at"),
    "the last answer of a feed": ("feeds", "last_ok_at"),
}


@pytest.mark.parametrize("act", [begin, lambda db, now: step(db, -AHEAD, now)], ids=["at a start", "when it is set"])
@pytest.mark.parametrize(("table", "column"), DATED.values(), ids=DATED)
def test_pauses_are_not_counted_from_a_moment_that_is_yet_to_come(
    store: Store, table: str, column: str, act: Callable[[Database, datetime], int]
) -> None:
    """An alert of next month would keep others on its employer back until then, and a rule its first digest."""
    write(store, lambda db: insert(db, "rules", {"name": "any", "kind": "event", "first_seen_at": to_text(NOW)}))
    write(store, lambda db: db.execute(f"update {table} set {column} = ?", [to_text(NOW + AHEAD)]))  # noqa: S608  # ours
    write(store, lambda db: act(db, NOW))
    assert latest(store, table, column) == NOW
