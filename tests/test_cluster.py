"""Home and workers with PostgreSQL between them; what both ways have in common is in test_pipeline."""

import asyncio
from pipes import article, one_worker

import psycopg
import pytest
from cluster_desk import PACE, batch, home_at, standing
from faults.hostile import HostileServer

from monitor.cluster import Engine, EngineError
from monitor.cluster.engine import FETCH, RESULTS
from monitor.dispatch import LostError, to_json
from monitor.errors import StoreBusyError
from monitor.model import BATCH_VERSION, BatchResult, NotTried

HTML = {"Content-Type": "text/html; charset=utf-8"}


async def test_a_job_ends_only_when_its_result_is_written(postgres_url: str) -> None:
    async with HostileServer() as site, one_worker(postgres_url), home_at(postgres_url) as desk:
        site.serve("/1", article("Norvik drops 320 advisers"), HTML)
        async with desk.home.work(batch(site.url("/1"))) as result:
            assert result.lease == "token"
            assert (await standing(postgres_url)).results == 1
        async with asyncio.timeout(20):
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


async def test_a_home_whose_place_was_taken_hears_of_it_and_ends_as_a_second_one_would(postgres_url: str) -> None:
    async def robbed() -> None:
        async with home_at(postgres_url) as desk, asyncio.timeout(20):
            await other.execute(TAKE_AWAY)
            await other.execute("select pg_advisory_lock(%s)", [0x6C61796F])
            while not desk.lost:
                await asyncio.sleep(0.05)

    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
        with pytest.raises(StoreBusyError, match="another daemon has become home"):
            await robbed()


async def test_a_store_that_takes_no_note_keeps_home_from_nothing(postgres_url: str) -> None:
    async with home_at(postgres_url) as desk, Engine(postgres_url, PACE) as worker, asyncio.timeout(20):
        desk.full = True
        await worker.announce("one", 4)  # something to note
        while desk.refused < 2:  # the first did not end the looks
            await asyncio.sleep(0.02)
        desk.full, before = False, len(desk.seen)
        while len(desk.seen) == before:
            await asyncio.sleep(0.02)


async def test_what_waits_when_a_home_starts_is_taken_back(postgres_url: str) -> None:
    async with Engine(postgres_url, PACE) as engine:
        await engine.send(FETCH, to_json(batch("http://127.0.0.1/1")).decode(), name="of an earlier life")
        assert (await engine.standing()).waiting == 1
        async with home_at(postgres_url), asyncio.timeout(20):
            while (await engine.standing()).waiting:
                await asyncio.sleep(0.02)


async def test_a_batch_that_nobody_brings_is_lost_and_taken_back(postgres_url: str) -> None:
    async with home_at(postgres_url, lease_s=60.2) as desk:
        with pytest.raises(LostError, match="no worker"):
            async with desk.home.work(batch("http://127.0.0.1/1")):
                pass
        assert (await standing(postgres_url)).waiting == 0


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


async def test_an_older_side_leaves_a_newer_schema_as_it_is(postgres_url: str) -> None:
    async with Engine(postgres_url, PACE):
        """The schema is made."""
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
        await connection.execute("update layoff_monitor_engine set version = '99.0.0'")
        async with Engine(postgres_url, PACE):
            """This side is older."""
        found = await (await connection.execute("select version from layoff_monitor_engine")).fetchall()
        assert found == [("99.0.0",)]
