"""Both ends of a cluster for tests: a home that writes nothing, and a worker that keeps what it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pipes import tools

from monitor.cluster import Engine, Home, Pace, Standing
from monitor.cluster.engine import FETCH, Taken
from monitor.errors import StoreError
from monitor.model import BATCH_VERSION, Batch, BatchItem, BatchResult, RobotsRules

PACE = Pace(0.2, 3.0, 0.1, 0.1)


def batch(url: str, lease: str = "token") -> Batch:
    item = BatchItem(1, url, "Norvik drops 320 advisers", "A summary.")
    return Batch(BATCH_VERSION, "127.0.0.1", lease, 30.0, 0.0, RobotsRules("allow_all"), (item,))


class Desk:
    """A home, and what it has written of results that nobody waited for."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.strays: list[BatchResult] = []
        self.seen: list[Standing] = []
        self.lost = self.full = False
        self.refused = 0


@asynccontextmanager
async def home_at(url: str, lease_s: float = 90.0) -> AsyncIterator[Desk]:
    """Give a home that writes nothing; a lease of 60 s is given up at once."""

    async def record(result: BatchResult) -> None:
        desk.strays.append(result)

    async def note(standing: Standing) -> None:
        if desk.full:
            desk.refused += 1
            raise StoreError("no room")
        desk.seen.append(standing)

    def lost() -> None:
        desk.lost = True

    async with tools() as given:
        desk = Desk(Home(Engine(url, PACE), given.gate, lease_s=lease_s, record=record, note=note, lost=lost))
        async with desk.home:
            yield desk


async def standing(url: str) -> Standing:
    async with Engine(url, PACE) as engine:
        return await engine.standing()


class Slow:
    """A worker that keeps what it takes until it is told to go on, and then does `ending` with it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.taken: list[Taken] = []
        self.go_on = asyncio.Event()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Engine]:
        """Give its engine, on which it takes batches."""
        async with Engine(self.url, PACE) as engine:
            working = asyncio.create_task(engine.take(FETCH, self.keep, places=4, grace_s=0))
            try:
                yield engine
            finally:
                while not working.done():  # a job that was taken just when it ended would be waited for
                    working.cancel()
                    await asyncio.wait([working], timeout=5)

    async def keep(self, taken: Taken) -> None:
        """Have a job in hand."""
        self.taken.append(taken)
        await self.go_on.wait()

    async def until_taken(self, number: int = 1) -> Taken:
        """Return the last job when it has so many."""
        async with asyncio.timeout(20):
            while len(self.taken) < number:
                await asyncio.sleep(0.02)
        return self.taken[-1]
