"""Five hundred feeds on one host: asked for one at a time, and no faster for having been away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from pipes import rss, runtime, settings
from random import Random

import pytest
from faults.hostile import HostileServer

from monitor.fetch import Gate
from monitor.pipeline import Runtime, poll_pass
from monitor.settings import NetworkSettings
from monitor.store import Database, feeds

FEEDS = 500
DELAY_S = 0.002
AWAY = timedelta(hours=2)
MINUTE = timedelta(minutes=1)


@dataclass
class Hand:
    """A clock that only the test moves."""

    now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def clock() -> Hand:
    return Hand()


@pytest.fixture
async def given(tmp_path: Path, site: HostileServer, clock: Hand) -> AsyncIterator[Runtime]:
    """Give a product that follows five hundred feeds of one host and has polled each once."""
    network = NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=DELAY_S)
    async with (
        runtime(settings(tmp_path / "m.db", host_delay_s=DELAY_S), clock) as base,
        Gate(network, clock=clock) as gate,
    ):
        given = replace(base, tools=replace(base.tools, gate=gate))

        def follow(db: Database) -> None:
            for n in range(FEEDS):
                url = site.serve(f"/{n}", rss((f"Weather {n}", f"http://weather.example/{n}")), etag=f'"{n}"')
                feeds.add(db, url, title=None, origin="added", now=clock(), start_interval_s=1800)

        await given.store.write(follow)
        await poll_pass(given)
        yield given


def asked_alone(site: HostileServer) -> bool:
    """Return whether every request came the pause after the answer to the one before."""
    return all(after.at - before.ended[0] >= DELAY_S for before, after in pairwise(site.requests))


async def per_minute(given: Runtime, site: HostileServer, clock: Hand, minutes: int) -> list[int]:
    """Return how many feeds were asked for in each of the next minutes."""
    counts = []
    for _ in range(minutes):
        before = len(site.requests)
        await poll_pass(given)
        counts.append(len(site.requests) - before)
        clock.now += MINUTE
    return counts


async def test_feeds_of_one_host_are_asked_one_by_one_with_a_pause_between_and_spread_out_after_two_hours_away(
    given: Runtime, site: HostileServer, clock: Hand, luck: Random
) -> None:
    """The control is in it: what would be due at once, were it not spread."""
    assert len({one.path for one in site.requests}) == len(site.requests) == FEEDS
    assert asked_alone(site)

    clock.now += AWAY
    at_once = await given.store.read(partial(feeds.due, now=clock(), limit=None))
    overdue = await given.store.write(partial(feeds.spread, now=clock(), draw=luck.random))
    counts = await per_minute(given, site, clock, minutes=32)

    assert len(at_once) == overdue == FEEDS
    assert sum(counts) >= FEEDS
    assert max(counts) < 4 * FEEDS / 30
    assert asked_alone(site)
