"""Crawl traps: addresses that a server makes up without end are not fetched, and a feed full of pages has a budget."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from faults.gates import refused
from faults.hostile import HostileServer
from store_builders import NOW, added, claimed, entry, opened, polled, problems, write

from monitor.fetch import Gate
from monitor.identity import crawl_trap
from monitor.model import Outcome, PollCounts, Reason
from monitor.store import Database, Store, entries
from monitor.store.courtesy import courtesy_of
from monitor.store.rows import rows, scalar

SITE = "https://news.example"
DEEP = "/a0/a1/a2/a3/a4/a5/a6/a7/a8/a9/b0/b1/b2/b3/b4/b5/b6/b7/b8/b9"

TRAPS = {
    "21 levels": f"{DEEP}/c0",
    "one segment four times in a row": "/a/a/a/a",
    "one segment four times among others": "/x/a/y/a/z/a/a?page=2",
    "a circle of two": "/tags/ai/tags/ai/tags/ai/tags/ai",
}
SOUND = {
    "an ordinary story": "/2026/03/02/story-of-the-day",
    "20 levels": DEEP,
    "20 levels and a slash": f"{DEEP}/",
    "one segment three times": "/11/11/11/story",
    "repeated in the query only": "/a?b=/a/a/a/a/a",
    "empty segments": "/a//////////////////////////b",
    "the front page": "/",
    "nothing": "",
}


@pytest.mark.parametrize("path", TRAPS.values(), ids=TRAPS)
def test_a_path_too_deep_or_too_often_the_same_is_a_trap(path: str) -> None:
    assert crawl_trap(SITE + path)


@pytest.mark.parametrize("path", SOUND.values(), ids=SOUND)
def test_another_path_is_none(path: str) -> None:
    assert crawl_trap(SITE + path) is None


def test_what_is_no_address_is_no_trap() -> None:
    assert crawl_trap("http://[") is None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def test_an_entry_that_leads_into_a_trap_is_refused_at_sight_and_says_why(store: Store) -> None:
    counts = write(store, lambda db: polled(db, added(db), entry(1, url=f"{SITE}/a/a/a/a"), entry(2)))
    [refused_one, _] = store.read_now(lambda db: rows(db, "select outcome, reason, detail from entries"))
    assert counts == PollCounts(2, 1, 0, 1)
    assert refused_one == {
        "outcome": "refused",
        "reason": "refused_value",
        "detail": "a path with 'a' in it 4 times looks like a crawl trap",
    }
    assert store.read_now(problems) == []


async def test_a_redirect_into_a_trap_is_not_followed(site: HostileServer, gate: Gate) -> None:
    error = await refused(gate, site.redirect("/story", "/cal/cal/cal/cal"))
    assert (error.reason, error.permanent) == (Reason.REDIRECT_BLOCKED, True)
    assert "looks like a crawl trap" in error.detail
    assert len(site.requests) == 1


def test_a_feed_of_endless_calendar_pages_costs_its_budget_a_day_and_keeps_nobody_waiting(store: Store) -> None:
    """Each day lists 300 more pages of the calendar; ten stories of another feed share the host."""
    second = timedelta(seconds=1)

    def day(db: Database, number: int) -> list[int]:
        at, found = NOW + timedelta(days=number), []
        pages = (
            entry(n, url=f"{SITE}/calendar/{2026 + n // 12}/{n % 12 + 1}")
            for n in range(number * 300, 300 * (number + 1))
        )
        polled(db, 1, *pages, now=at)
        polled(
            db,
            2,
            *(entry(n, url=f"{SITE}/story/{n}") for n in range(90_000 + number * 10, 90_010 + number * 10)),
            now=at,
        )
        for turn in range(40):
            now = at + turn * 60 * second
            for batch in claimed(db, now, host_daily_pages=2000, feed_daily_pages=45):
                found += [item.entry_id for item in batch.items]
                for item in batch.items:
                    entries.end(db, item.entry_id, entries.Ending(Outcome.FAILED, Reason.GONE), now)
                entries.close_lease(db, batch.lease, now=now, next_allowed_at=now + 5 * second)
        return found

    write(store, lambda db: (added(db, f"{SITE}/calendar.rss"), added(db, f"{SITE}/news.rss")))
    fetched = [write(store, lambda db, number=number: day(db, number)) for number in range(3)]  # type: ignore[misc]  # bound now
    assert [len(found) for found in fetched] == [55, 55, 55]
    assert (
        store.read_now(lambda db: scalar(db, "select count(*) from entries where feed_id = 2 and outcome is null")) == 0
    )
    shown = store.read_now(lambda db: courtesy_of(db, f"{SITE}/calendar.rss", NOW + timedelta(days=2, hours=1)))
    assert (shown["feed_pages_today"], shown["pages_today"], shown["waiting"]) == (45, 55, 900 - 135)
    assert store.read_now(problems) == []
