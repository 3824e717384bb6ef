"""A cluster whose workers die and freeze, whose database goes away and whose home is killed loses and doubles nothing.

Real processes: one `run`, three `worker`s, a PostgreSQL. The sites note each request: of no host two are ever under way
at once, and between them lies the pause that was asked for. The control has workers that go on after they were frozen.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from pipes import article, rss
from random import Random

import postgres
import psycopg
import pytest
from faults.hostile import HostileServer, Seen
from faults.sizes import Size

from monitor.clock import utc_now
from monitor.store import Store, audit, feeds
from monitor.store.rows import rows

HOSTS = 6
STORIES = 8  # of each host in a round: one batch
DELAY_S = 0.4
STALE_S = 4
ROUNDS = 5
RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
CONFIG = f"""
[store]
path = "monitor.db"
[network]
allow_private = ["127.0.0.0/8:*"]
host_delay_s = {DELAY_S}
[poll]
start_interval_s = 2
min_interval_s = 2
[cluster]
url_file = "cluster.url"
places = 3
heartbeat_s = 0.5
stale_s = {STALE_S}
"""
FEARLESS = Path(__file__).with_name("fearless.py")
WORKER = ("-m", "monitor")

Tally = Callable[[str, int], None]


class Cluster:
    """The processes of one test and the sites they read."""

    def __init__(self, folder: Path, postgres_url: str, sites: list[HostileServer], stack: AsyncExitStack) -> None:
        self.folder, self.postgres_url, self.sites, self._stack = folder, postgres_url, sites, stack
        self.urls: list[str] = []

    async def start(self, command: str, program: tuple[str, ...] = WORKER) -> asyncio.subprocess.Process:
        """Start a process of the product; it is killed at the end of the test if it still runs."""
        words = [*program, "--config", str(self.folder / "monitor.toml"), command]
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdout=log, stderr=log, env=ENVIRONMENT
            )
        self._stack.push_async_callback(killed, process)
        return process

    async def crew(self, number: int, program: tuple[str, ...] = WORKER) -> list[asyncio.subprocess.Process]:
        """Start so many workers; return them when PostgreSQL has heard of all."""
        started = [await self.start("worker", program) for _ in range(number)]
        async with asyncio.timeout(60):
            while self.told("worker.started") < number:
                await asyncio.sleep(0.05)
        return started

    def print_more(self) -> None:
        """Let each site publish more stories, each a cut at an employer of its own."""
        for number, site in enumerate(self.sites):
            for _ in range(STORIES):
                title = f"Norvik {len(self.urls)} cuts 320 jobs as AI assistant takes over phone service"
                words = f"Norvik {len(self.urls)} is laying off 320 people because artificial intelligence does it. "
                self.urls.append(
                    site.serve(f"/{len(self.urls)}", article(title, words * 4, "So it was told. " * 9), HTML)
                )
            mine = [url for url in self.urls if f":{site.port}/" in url and site.host in url]
            site.serve("/feed", rss(*((f"Norvik cuts jobs for AI {number}", url) for url in mine)), RSS)

    async def until_stored(self, within_s: float = 240) -> None:
        """Return when every story is in the store."""
        async with asyncio.timeout(within_s):
            while not await self.all_stored():
                await asyncio.sleep(0.1)

    async def all_stored(self) -> bool:
        with Store.open(self.folder / "monitor.db", clock=utc_now, read_only=True) as store:
            return await store.read(_stored) >= len(self.urls)

    async def until_quiet(self) -> None:
        """Return when every story is stored and nothing is under way."""
        await self.until_stored()
        async with asyncio.timeout(60):
            while self.jobs() or self.leases():
                await asyncio.sleep(0.1)

    def jobs(self) -> int:
        """Return how many batches and results PostgreSQL has that have not ended."""
        with psycopg.connect(self.postgres_url) as connection:
            found = connection.execute("select count(*) from procrastinate_jobs where status in ('todo', 'doing')")
            return int(found.fetchone()[0])

    def leases(self) -> int:
        """Return how many hosts home has handed out."""
        with Store.open(self.folder / "monitor.db", clock=utc_now, read_only=True) as store:
            return int(store.read_now(lambda db: rows(db, "select count(*) as number from leases"))[0]["number"])

    def told(self, event: str) -> int:
        """Return how often the processes have logged an event."""
        return (self.folder / "log").read_text().count(event)

    async def until_asked(self, more: int) -> None:
        """Return when so many more pages have been asked for."""
        wanted = self.pages() + more
        async with asyncio.timeout(60):
            while self.pages() < wanted:
                await asyncio.sleep(0.01)

    def pages(self) -> int:
        return sum(seen.path != "/feed" for site in self.sites for seen in site.requests)


def _stored(db: object) -> int:
    return int(rows(db, "select count(*) as number from articles_view where origin = 'live'")[0]["number"])


async def killed(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()


def overlaps(site: HostileServer) -> int:
    """Return how many requests began before the one before had ended."""
    ordered = sorted(site.requests, key=lambda seen: seen.at)
    return sum(_ended(before) > after.at for before, after in pairwise(ordered))


def hurried(site: HostileServer) -> int:
    """Return how many requests came too soon after the one before, as even a busy machine lets none."""
    ordered = sorted(site.requests, key=lambda seen: seen.at)
    return sum(after.at - _ended(before) < DELAY_S * 0.5 for before, after in pairwise(ordered))


def _ended(seen: Seen) -> float:
    return seen.ended[0] if seen.ended else float("inf")


@pytest.fixture
def own_postgres() -> Iterator[postgres.Server]:
    """Give a server of this test's own, which it may stop and start."""
    with postgres.served() as server:
        if server is None:
            pytest.skip("no PostgreSQL on this machine: install Debian's package postgresql")
        yield server


@pytest.fixture
async def cluster(tmp_path: Path, postgres_url: str) -> AsyncIterator[Cluster]:
    """Give a cluster with a database of its own on the server of all tests."""
    async with opened(tmp_path, postgres_url) as made:
        yield made


@asynccontextmanager
async def opened(folder: Path, postgres_url: str) -> AsyncIterator[Cluster]:
    """Give the sites and a store that knows their feeds; no process runs yet."""
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(HostileServer(f"127.0.0.{number + 10}")) for number in range(HOSTS)]
        (folder / "monitor.toml").write_text(CONFIG)
        secret = folder / "cluster.url"
        secret.touch(mode=0o600)
        secret.write_text(postgres_url)
        made = Cluster(folder, postgres_url, sites, stack)
        made.print_more()
        async with Store.open(folder / "monitor.db", clock=utc_now) as store:
            for site in sites:
                new = partial(feeds.add, url=site.url("/feed"), title=None, origin="added", start_interval_s=2)
                await store.write(partial(new, now=utc_now()))
        yield made


def check(cluster: Cluster, counted: Tally) -> None:
    """Assert what must hold after any fault: all stored once, hosts left in peace, nothing left behind."""
    with Store.open(cluster.folder / "monitor.db", clock=utc_now) as store:
        articles = store.read_now(lambda db: rows(db, "select url from articles_view where origin = 'live'"))
        findings = store.read_now(lambda db: [f for f in audit.audit(db, utc_now()) if f.level == "problem"])
    stored = sorted(row["url"] for row in articles)
    counted("stories through a faulty cluster", len(stored))
    counted("stories lost or doubled", len(set(cluster.urls) ^ set(stored)) + len(stored) - len(set(stored)))
    assert stored == sorted(cluster.urls)
    assert findings == []
    assert cluster.leases() == 0
    assert [overlaps(site) for site in cluster.sites] == [0] * HOSTS
    assert [hurried(site) for site in cluster.sites] == [0] * HOSTS
    assert cluster.jobs() == 0


async def stopped(*processes: asyncio.subprocess.Process) -> None:
    """Stop processes as a service manager would, and see that they end well."""
    for process in processes:
        process.terminate()
    for process in processes:
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_a_worker_that_is_killed_costs_nothing(cluster: Cluster, luck: Random, counted: Tally) -> None:
    crew = await cluster.crew(3)
    home = await cluster.start("run")
    await cluster.until_asked(luck.randrange(3, 10))
    crew[0].kill()
    await cluster.until_quiet()
    await stopped(home, *crew[1:])
    check(cluster, counted)


async def test_a_worker_that_freezes_and_comes_back_asks_nobody_twice(cluster: Cluster, counted: Tally) -> None:
    crew = await cluster.crew(2)
    home = await cluster.start("run")
    assert await frozen_at_work(crew[0], cluster)
    await cluster.until_quiet()
    await stopped(home, *crew)
    check(cluster, counted)


async def frozen_at_work(process: asyncio.subprocess.Process, cluster: Cluster) -> bool:
    """Freeze a worker until its batches were given to another that is at work on them; return whether it had any."""
    for _ in range(ROUNDS):
        await cluster.until_asked(HOSTS)
        told = cluster.told("batches.freed")
        process.send_signal(signal.SIGSTOP)
        while cluster.told("batches.freed") == told and not await cluster.all_stored():
            await asyncio.sleep(0.05)
        freed = cluster.told("batches.freed") > told
        if freed and not await cluster.all_stored():
            await cluster.until_asked(1)
        process.send_signal(signal.SIGCONT)
        if freed:
            return True
        cluster.print_more()
    return False


async def test_a_database_that_goes_away_is_waited_for(
    tmp_path: Path, own_postgres: postgres.Server, size: Size, luck: Random, counted: Tally
) -> None:
    async with opened(tmp_path, own_postgres.url) as cluster:
        crew = await cluster.crew(2)
        home = await cluster.start("run")
        for gone_s in size.outages_s:
            await cluster.until_asked(luck.randrange(2, 6))
            own_postgres.stop()
            await asyncio.sleep(gone_s)
            own_postgres.start()
            await cluster.until_stored()
            cluster.print_more()
        await cluster.until_quiet()
        await stopped(home, *crew)
        check(cluster, counted)


async def test_a_home_that_is_killed_goes_on_where_it_was(cluster: Cluster, luck: Random, counted: Tally) -> None:
    crew = await cluster.crew(2)
    for _ in range(2):
        home = await cluster.start("run")
        await cluster.until_asked(luck.randrange(2, 12))
        home.kill()
        await home.wait()
    home = await cluster.start("run")
    await cluster.until_quiet()
    await stopped(home, *crew)
    check(cluster, counted)


async def test_the_control_of_workers_that_go_on_after_a_freeze_is_caught(cluster: Cluster) -> None:
    crew = await cluster.crew(2, (str(FEARLESS),))
    await cluster.start("run")
    for _ in range(ROUNDS):
        assert await frozen_at_work(crew[0], cluster)
        await cluster.until_stored()
        if any(hurried(site) for site in cluster.sites):
            return
        cluster.print_more()
    pytest.fail("no host was asked too often: this test could not see it")
