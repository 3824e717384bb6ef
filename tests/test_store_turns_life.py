"""Whose turn it is, whatever happens to a ledger: the same hosts in the same order as by looking at all that waits."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from store_builders import HOUR, NOW, added, claimed, entry, on, opened, polled, write

from monitor.clock import to_text
from monitor.model import Outcome, Reason, RobotsRules
from monitor.store import Database, Store, clockwise, entries, turns
from monitor.store.budgets import day_of
from monitor.store.queues import STATES, WAITING_HOSTS, join_all
from monitor.store.robots import ASKABLE
from monitor.store.rows import Row, rows

# Every host that can be asked, by looking at all of them.
ALL = f"""
    {WAITING_HOSTS}, due as materialized (
      select w.host, h.queue, h.next_allowed_at, (select min(next_attempt_at) from entries n
        where n.outcome is null and n.lease is null and n.host = w.host) as due_at
      from waiting w join hosts h on h.host = w.host where {ASKABLE}
    ), asked (queue) as (select distinct queue from due), states as materialized ({STATES})
    select h.host, h.queue, s.pages_today
    from due h left join states s on s.queue = h.queue
    where h.due_at <= :now and not s.leased
      and (s.next_allowed_at is null or s.next_allowed_at <= :now)
      and (s.hold_until is null or s.hold_until <= :now)
      and (:queue_pages = 0 or h.host = '' or s.pages_today < :queue_pages)
    order by max(h.due_at, coalesce(s.next_allowed_at, '')), h.queue,
      max(h.due_at, coalesce(h.next_allowed_at, '')), h.host
"""  # noqa: S608  # ours
NAMES = (
    "a.press.example",
    "b.press.example",
    "c.press.example",
    "one.example",
    "two.example",
    "three.example",
    "four.test",
)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def expected(db: Database, limits: Row, most: int, most_items: int) -> list[tuple[str, list[int]]]:
    """Return the hosts whose turn it is with their entries, found by looking at everything."""
    join_all(db)
    chosen: dict[str, tuple[str, list[int]]] = {}
    for row in rows(db, ALL, limits):
        if len(chosen) < most and row["queue"] not in chosen:
            found = turns._entries(db, row["host"], row["pages_today"], limits, most_items)
            if found:
                chosen[row["queue"]] = row["host"], [one["id"] for one in found]
    return list(chosen.values())


class Ledger:
    """A ledger that anything may happen to, on a clock that goes on, and now and then back."""

    def __init__(self, db: Database, luck: Random) -> None:
        self.db, self.luck, self.now, self.number = db, luck, NOW + 11 * HOUR, 0
        self.feeds = [added(db, f"https://feed.example/{number}") for number in range(4)]
        self.leases: list[str] = []
        self.limits = (0, 0)

    def live(self) -> None:
        """Let one thing happen."""
        ways = (self.polls, self.polls, self.passes, self.passes, self.ends, self.ends, self.retries, self.gives_back,
                self.expires, self.holds, self.clock, self.settles, self.spends, self.moves)  # fmt: skip
        self.luck.choice(ways)()

    def polls(self) -> None:
        """A feed brings entries."""
        found = []
        for _ in range(self.luck.randint(1, 6)):
            self.number += 1
            found.append(on(self.luck.choice(NAMES), self.number))
        found += [entry(self.number, url=None)] if self.luck.random() < 0.2 else []
        polled(self.db, self.luck.choice(self.feeds), *found, now=self.now - self.luck.random() * HOUR)

    def passes(self) -> None:
        """Time passes."""
        self.now += self.luck.choice((1, 5, 60, 3600, 40_000)) * timedelta(seconds=1)

    def ends(self) -> None:
        """A batch ends, its pages read or not, with what was learnt of the host."""
        for token in self.leases[: self.luck.randint(1, 3)]:
            for row in rows(self.db, "select id from entries where lease = ?", [token]):
                if self.luck.random() < 0.6:
                    entries.end(self.db, row["id"], entries.Ending(Outcome.FAILED, Reason.GONE), self.now)
            robots = RobotsRules(
                "unreachable" if self.luck.random() < 0.3 else "allow_all", "", self.now, crawl_delay_s=30.0
            )
            entries.close_lease(
                self.db, token, now=self.now,
                next_allowed_at=self.now + self.luck.choice((0, 5)) * timedelta(seconds=1),
                robots=robots,
                hold_until=self.now + HOUR if self.luck.random() < 0.2 else None,
            )  # fmt: skip
            self.leases.remove(token)

    def retries(self) -> None:
        """An entry is to be tried again later."""
        found = self.waiting()
        if found:
            entries.retry(self.db, found, Reason.TIMED_OUT, None, self.now + self.luck.choice((0, 1, 30)) * HOUR)

    def gives_back(self) -> None:
        """A batch was not carried out, or nobody heard of its end."""
        if self.leases:
            if self.luck.random() < 0.5:
                for row in rows(self.db, "select id from entries where lease = ?", [self.leases[0]]):
                    entries.end(self.db, row["id"], entries.Ending(Outcome.FAILED, Reason.GONE), self.now)
            entries.abandon(self.db, self.leases.pop(0), self.luck.choice((None, self.now)))

    def expires(self) -> None:
        """Leases run out, or their owner is gone."""
        if self.luck.random() < 0.3:
            entries.release_all(self.db, self.now)
        else:
            entries.release_expired(self.db, self.now)
        live = {row["token"] for row in rows(self.db, "select token from leases")}
        self.leases = [token for token in self.leases if token in live]

    def holds(self) -> None:
        """A feed's server wants the whole domain left alone, or no longer."""
        until = self.luck.choice((None, to_text(self.now + HOUR)))
        self.db.execute("update hosts set hold_until = ? where host = ?", [until, self.luck.choice(NAMES)])

    def clock(self) -> None:
        """The clock is set."""
        by = self.luck.choice((-1, 1)) * self.luck.choice((HOUR / 2, 20 * HOUR, 3 * DAY))
        self.now += by
        clockwise.step(self.db, by, self.now)

    def settles(self) -> None:
        """The settings allow for more or fewer pages a day."""
        self.limits = self.luck.choice(((0, 0), (3, 0), (0, 2), (4, 3)))

    def spends(self) -> None:
        """A feed, or a host, has had pages today, or has them given back."""
        count, day = self.luck.choice((0, 1, 5)), day_of(self.now)
        if self.luck.random() < 0.5:
            feed = self.luck.choice(self.feeds)
            self.db.execute("update feeds set pages_day = ?, pages_count = ? where id = ?", [day, count, feed])
        else:
            host = self.luck.choice(NAMES)
            self.db.execute("update hosts set pages_day = ?, pages_count = ? where host = ?", [day, count, host])

    def moves(self) -> None:
        """An entry leads to another host."""
        found = self.waiting()
        if found:
            self.number += 1
            entries.move(self.db, found, f"https://{self.luck.choice(NAMES)}/moved/{self.number}", self.now)

    def waiting(self) -> int | None:
        """Return an entry that has not ended."""
        found = rows(self.db, "select id from entries where outcome is null")
        return self.luck.choice(found)["id"] if found else None

    def claims(self) -> tuple[list[tuple[str, list[int]]], list[tuple[str, list[int]]]]:
        """Return what should be handed out, and what is."""
        most, items = self.luck.randint(0, 5), self.luck.randint(1, 4)
        queue_pages, feed_pages = self.limits
        limits = {
            "now": to_text(self.now),
            "day": day_of(self.now),
            "queue_pages": queue_pages,
            "feed_pages": feed_pages,
        }
        should = expected(self.db, limits, most, items)
        batches = claimed(self.db, self.now, max_batches=most, max_items=items, host_daily_pages=queue_pages,
                          feed_daily_pages=feed_pages)  # fmt: skip
        self.leases += [batch.lease for batch in batches]
        return should, [(batch.host, [item.entry_id for item in batch.items]) for batch in batches]


def differences(db: Database, luck: Random, steps: int) -> tuple[list[object], int]:
    """Return where what is handed out is not what should be, and how many batches were."""
    ledger, handed_out = Ledger(db, luck), 0
    wrong: list[object] = []
    for _ in range(steps):
        ledger.live()
        should, did = ledger.claims()
        handed_out += len(did)
        wrong += [(should, did)] if should != did else []
    return wrong, handed_out


@pytest.mark.parametrize("life", range(3))
def test_whatever_happens_the_same_hosts_come_in_the_same_order(store: Store, luck: Random, life: int) -> None:
    wrong, handed_out = write(store, lambda db: differences(db, Random(f"{luck.random()} {life}"), 200))
    assert wrong == []
    assert handed_out > 30
