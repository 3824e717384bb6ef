"""Whose turn it is, found without looking at what cannot be ready, and at once where something makes it ready."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, claimed, on, opened, polled, taken, write

from monitor.model import Outcome, Reason
from monitor.store import Database, Store, entries
from monitor.store.rows import rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def comes(db: Database) -> None:
    polled(db, 1, on("new.example", 7))


def leads_elsewhere(db: Database) -> None:
    entries.move(db, 1, "https://elsewhere.example/story", NOW)


def ends_unheard(db: Database) -> None:
    [lease] = rows(db, "select token from leases")
    entries.end(db, 1, entries.Ending(Outcome.FAILED, Reason.GONE), NOW)
    entries.give_up(db, lease["token"], NOW)


def is_held_no_more(db: Database) -> None:
    db.execute("update hosts set hold_until = null")


def pays_again(db: Database) -> None:
    db.execute("update feeds set pages_count = 0")


# What happens, what must hold before it, which trigger has it known, and whose turn it is then.
HAPPENS: dict[str, tuple[Callable[[Database], None], str, str, str]] = {
    "an entry comes": (comes, "", "entries_new_turn", "new.example"),
    "an entry leads elsewhere": (leads_elsewhere, "", "entries_next_turn", "elsewhere.example"),
    "a batch ends unheard": (ends_unheard, "", "leases_next_turn", "b.press.example"),
    "a hold ends": (
        is_held_no_more,
        "update hosts set hold_until = '2027-01-01T00:00:00.000Z'; delete from leases",
        "hosts_next_turn",
        "b.press.example",
    ),
    "a feed pays again": (
        pays_again,
        "update feeds set pages_day = '2026-03-02', pages_count = 9; delete from leases",
        "feeds_next_turn",
        "b.press.example",
    ),
}


def turns_after(db: Database, happens: str, *, without: bool) -> list[str]:
    """Return whose turn it is once something has happened, when nobody's was before."""
    work, before, trigger, _ = HAPPENS[happens]
    polled(db, added(db), on("a.press.example", 1), on("b.press.example", 2))
    assert taken(claimed(db, feed_daily_pages=9)) == {"a.press.example": [1]}
    for sql in filter(None, before.split("; ")):
        db.execute(sql)
    assert claimed(db, feed_daily_pages=9) == []
    if without:
        db.execute(f"drop trigger {trigger}")
    work(db)
    return list(taken(claimed(db, feed_daily_pages=9)))


@pytest.mark.parametrize("happens", HAPPENS)
def test_what_makes_a_queue_ready_is_seen_at_once(store: Store, happens: str) -> None:
    assert write(store, lambda db: turns_after(db, happens, without=False)) == [HAPPENS[happens][3]]


@pytest.mark.parametrize("happens", HAPPENS)
def test_control_without_its_trigger_it_is_not(store: Store, happens: str) -> None:
    assert write(store, lambda db: turns_after(db, happens, without=True)) == []


def looks(db: Database, **limits: Any) -> int:
    """Return at how many queues a claim that finds nothing looks."""
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    try:
        assert claimed(db, **limits) == []
    finally:
        db.conn.set_trace_callback(None)
    return sum("rests_until" in sql for sql in asked)


WAITS = {
    "until later": "update entries set next_attempt_at = '2026-03-02T10:00:00.000Z'",
    "for their rest": "update hosts set next_allowed_at = '2026-03-02T09:00:05.000Z'",
    "for a hold": "update hosts set hold_until = '2026-03-02T10:00:00.000Z'",
    "for the next day": "update hosts set pages_day = '2026-03-02', pages_count = 9",
    "for their feeds' next day": "update feeds set pages_day = '2026-03-02', pages_count = 9",
    "for robots.txt": "update hosts set robots_state = 'unreachable', robots_fetched_at = '2026-03-02T09:00:00.000Z'",
}


@pytest.mark.parametrize("why", WAITS)
def test_what_cannot_be_ready_is_looked_at_once(store: Store, why: str) -> None:
    def unit(db: Database) -> list[int]:
        polled(db, added(db), *(on(f"h{n}.example{n}.example", n) for n in range(50)))
        limits: dict[str, Any] = {"host_daily_pages": 9, "feed_daily_pages": 9}
        claimed(db, max_batches=0, **limits)  # gives the hosts their queues
        db.execute(WAITS[why])
        return [looks(db, **limits), looks(db, **limits)]

    assert write(store, unit) == [50, 0]


def test_of_a_backlog_no_more_is_looked_at_than_is_handed_out(store: Store) -> None:
    def unit(db: Database) -> int:
        polled(db, added(db), *(on(f"h{n}.example{n}.example", n) for n in range(200)))
        claimed(db, max_batches=3)
        asked: list[str] = []
        db.conn.set_trace_callback(asked.append)
        claimed(db, NOW + HOUR, max_batches=3)
        db.conn.set_trace_callback(None)
        return sum("rests_until" in sql for sql in asked)

    assert write(store, unit) <= 7  # three that were leased, and those after them


def test_rows_that_were_lost_come_back_at_the_start(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), on("a.example", 1), on("b.example", 2)))
    write(store, lambda db: claimed(db, max_batches=0))
    assert write(store, lambda db: db.execute("delete from turns") and claimed(db)) == []
    write(store, lambda db: entries.release_all(db, NOW))
    assert taken(write(store, claimed)) == {"a.example": [1], "b.example": [2]}


def test_a_queue_in_which_nothing_waits_has_no_row(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), on("a.example", 1)))
    [batch] = write(store, claimed)
    write(store, lambda db: entries.end(db, 1, entries.Ending(Outcome.FAILED, Reason.GONE), NOW))
    write(store, lambda db: entries.close_lease(db, batch.lease, now=NOW, next_allowed_at=NOW))
    assert write(store, claimed) == []
    assert json.dumps(store.read_now(lambda db: rows(db, "select * from turns"))) == "[]"
