"""What home does about workers elsewhere: of a batch that nobody brings back, of a domain that they are asking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from pipes import rss, runtime, settings

import pytest
from faults.hostile import HostileServer

from monitor.dispatch import LostError
from monitor.identity import queue_key
from monitor.model import Batch, BatchResult
from monitor.pipeline import poll_pass, process_pass
from monitor.store import feeds
from monitor.store.rows import rows


@dataclass
class Nobody:
    """Workers that bring nothing back, having begun or not; after so many batches there are none."""

    begun: bool = False
    left: int = 0
    asked: tuple[str, ...] = ()
    looks: int = 0

    def places(self) -> int:
        return int(self.left > 0)

    def away(self) -> tuple[str, ...]:
        self.looks += 1
        return self.asked if self.looks > 1 else ()

    @asynccontextmanager
    async def work(self, batch: Batch) -> AsyncIterator[BatchResult]:
        self.left -= 1
        raise LostError("nobody", begun=self.begun)
        yield  # never: what makes this a generator


@pytest.mark.parametrize(("begun", "attempts"), [(False, 0), (True, 3)])
async def test_entries_of_a_lost_batch_wait_again(tmp_path: Path, *, begun: bool, attempts: int) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as here:
        given = replace(here, elsewhere=Nobody(begun, left=3))
        url = site.serve("/feed", rss(("Norvik drops 320 advisers", site.url("/1"))), {"Content-Type": "text/xml"})
        new = partial(feeds.add, url=url, title=None, origin="added", now=given.tools.clock(), start_interval_s=1800)
        await given.store.write(new)
        await poll_pass(given)
        await process_pass(given, limit=3)
        sql = "select outcome, lease, attempts from entries"
        assert await given.store.read(partial(rows, sql=sql)) == [
            {"outcome": None, "lease": None, "attempts": attempts}
        ]
        assert await given.store.read(partial(rows, sql="select 1 from leases")) == []


async def test_a_poll_whose_domain_was_given_to_a_worker_meanwhile_holds_no_place_and_stays_due(tmp_path: Path) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as here:
        url = site.serve("/feed", rss(("Norvik drops 320 advisers", site.url("/1"))), {"Content-Type": "text/xml"})
        new = partial(feeds.add, url=url, title=None, origin="added", now=here.tools.clock(), start_interval_s=1800)
        await here.store.write(new)
        away = replace(here, elsewhere=Nobody(asked=(queue_key(url),)))
        assert (await poll_pass(away))["feeds"] == 0
        assert site.requests == []
        assert (await poll_pass(here))["feeds"] == 1
