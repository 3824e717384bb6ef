"""Home and workers with PostgreSQL between them; what both ways have in common is in test_pipeline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pipes import article, one_worker, tools

import psycopg
import pytest
from faults.hostile import HostileServer

from monitor.cluster import Engine, EngineError, Home, Pace, Standing
from monitor.cluster.engine import FETCH, RESULTS
from monitor.cluster.worker import Pulse
from monitor.dispatch import LostError, to_json
from monitor.errors import StoreBusyError
from monitor.model import BATCH_VERSION, Batch, BatchItem, BatchResult, NotTried, RobotsRules

PACE = Pace(0.2, 3.0, 0.1)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def batch(url: str, lease: str = "token") -> Batch:
    item = BatchItem(1, url, "Norvik drops 320 advisers", "A summary.")
    return Batch(BATCH_VERSION, "127.0.0.1", lease, 30.0, 0.0, RobotsRules("allow_all"), (item,))


class Desk:
    """A home, and what it has written of results that nobody waited for."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.strays: list[BatchResult] = []
        self.seen: list[Standing] = []
        self.lost = False


@asynccontextmanager
async def home_at(url: str, lease_s: float = 90.0) -> AsyncIterator[Desk]:
    """Give a home that writes nothing; a lease of 60 s is given up at once."""

    async def record(result: BatchResult) -> None:
        desk.strays.append(result)

    async def note(standing: Standing) -> None:
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


async def test_a_job_ends_only_when_its_result_is_written(postgres_url: str) -> None:
    async with HostileServer() as site, one_worker(postgres_url), home_at(postgres_url) as desk:
        site.serve("/1", article("Norvik drops 320 advisers"), HTML)
        async with desk.home.work(batch(site.url("/1"))) as result:
            assert result.lease == "token"
            assert (await standing(postgres_url)).results == 1
        while (await standing(postgres_url)).results:
            await asyncio.sleep(0.02)


async def test_a_result_that_could_not_be_written_comes_again(postgres_url: str) -> None:
    async with HostileServer() as site, one_worker(postgres_url), home_at(postgres_url) as desk:
        site.serve("/1", article("Norvik drops 320 advisers"), HTML)
        with pytest.raises(ZeroDivisionError):
            async with desk.home.work(batch(site.url("/1"))):
                raise ZeroDivisionError
        async with asyncio.timeout(20):
            while not desk.strays:
                await asyncio.sleep(0.05)
        assert [result.lease for result in desk.strays] == ["token"]


async def test_a_result_for_which_nobody_waits_is_written_all_the_same(postgres_url: str) -> None:
    async with home_at(postgres_url) as desk, Engine(postgres_url, PACE) as engine:
        late = BatchResult(BATCH_VERSION, "127.0.0.1", "of an earlier life", (NotTried(1),))
        await engine.send(RESULTS, to_json(late).decode())
        async with asyncio.timeout(20):
            while not desk.strays:
                await asyncio.sleep(0.02)
        assert desk.strays == [late]


async def test_home_hands_out_twice_what_its_workers_carry_and_nothing_without_any(postgres_url: str) -> None:
    async with home_at(postgres_url) as desk:
        assert desk.home.places() == 0
    async with one_worker(postgres_url), home_at(postgres_url) as desk:
        assert desk.home.places() == 2 * 4


async def test_while_a_batch_is_out_home_asks_nothing_of_its_domain(postgres_url: str) -> None:
    async with HostileServer() as site, one_worker(postgres_url), home_at(postgres_url) as desk:
        site.serve("/1", article("Norvik drops 320 advisers"), HTML)
        async with desk.home.work(batch(site.url("/1"))):
            assert desk.home.away() == {f"127.0.0.1:{site.port}"}
        assert desk.home.away() == set()


async def test_there_is_one_home(postgres_url: str) -> None:
    async with home_at(postgres_url):
        with pytest.raises(StoreBusyError, match="another daemon is home"):
            async with home_at(postgres_url):
                pass
    async with home_at(postgres_url):
        """The place is free again."""


TAKE_AWAY = """
    select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())
"""


async def test_a_home_whose_place_was_taken_hears_of_it(postgres_url: str) -> None:
    async with (
        home_at(postgres_url) as desk,
        await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other,
        asyncio.timeout(20),
    ):
        await other.execute(TAKE_AWAY)
        await other.execute("select pg_advisory_lock(%s)", [0x6C61796F])
        while not desk.lost:
            await asyncio.sleep(0.05)


async def test_what_waits_when_a_home_starts_is_taken_back(postgres_url: str) -> None:
    async with Engine(postgres_url, PACE) as engine:
        await engine.send(FETCH, to_json(batch("http://127.0.0.1/1")).decode())
        assert (await engine.standing()).waiting == 1
    async with home_at(postgres_url):
        assert (await standing(postgres_url)).waiting == 0


async def test_a_batch_that_nobody_brings_is_lost_and_taken_back(postgres_url: str) -> None:
    async with home_at(postgres_url, lease_s=60.2) as desk:
        with pytest.raises(LostError, match="no worker"):
            async with desk.home.work(batch("http://127.0.0.1/1")):
                pass
        assert (await standing(postgres_url)).waiting == 0


async def test_a_second_batch_of_a_domain_waits_for_the_first_even_if_home_has_forgotten_it(postgres_url: str) -> None:
    taken: list[str] = []
    more = asyncio.Event()

    async def handle(payload: str) -> None:
        taken.append(payload)
        await more.wait()

    async with Engine(postgres_url, PACE) as engine, Engine(postgres_url, PACE) as sending:
        working = asyncio.create_task(engine.take(FETCH, handle, places=4, grace_s=1))
        for payload, lock in (("a1", "a.example"), ("a2", "a.example"), ("b1", "b.example")):
            await sending.send(FETCH, payload, lock=lock)
        async with asyncio.timeout(20):
            while len(taken) < 2:
                await asyncio.sleep(0.02)
            assert sorted(taken) == ["a1", "b1"]
            more.set()
            while len(taken) < 3:
                await asyncio.sleep(0.02)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


@pytest.mark.parametrize("url", ["postgresql://monitor@127.0.0.1:1/none", "postgresql://monitor@127.0.0.1:not/none"])
async def test_a_server_that_is_not_there_is_told_in_words(url: str) -> None:
    with pytest.raises(EngineError):
        async with Engine(url, PACE):
            pass


async def test_an_error_does_not_tell_the_password() -> None:
    wrong = "postgresql://monitor:horse-battery@127.0.0.1:1/none"
    with pytest.raises(EngineError) as raised:
        async with Engine(wrong, PACE):
            pass
    assert "horse-battery" not in str(raised.value)


async def test_an_older_schema_of_the_engine_is_brought_up_to_date(postgres_url: str) -> None:
    async with Engine(postgres_url, PACE):
        """The schema is made."""
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
        await connection.execute("update layoff_monitor_engine set version = '3.5.0'")
    async with Engine(postgres_url, PACE) as engine:
        assert (await engine.standing()).waiting == 0
    async with await psycopg.AsyncConnection.connect(postgres_url) as connection:
        found = await (await connection.execute("select version from layoff_monitor_engine")).fetchall()
        assert [row[0] for row in found] != ["3.5.0"]


def test_a_worker_that_was_silent_too_long_doubts_its_batches() -> None:
    now = [100.0]
    pulse = Pulse(15.0, lambda: now[0])
    pulse.beat(100.0)
    now[0] = 115.0
    assert not pulse.doubted()
    now[0] = 115.1
    assert pulse.doubted()
    pulse.beat(115.0)
    assert (pulse.doubted(), pulse.lapses) == (False, 0)
    now[0] = 200.0
    pulse.beat(200.0)
    assert (pulse.doubted(), pulse.lapses) == (False, 1)  # a batch begun before is no longer its own
