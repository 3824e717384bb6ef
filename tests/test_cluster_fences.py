"""What keeps a domain from being asked from two places: locks, and the doubt of whoever was silent."""

import asyncio
from urllib.parse import urlsplit

import psycopg
import pytest
from cluster_desk import PACE, Slow, batch, home_at

from monitor.cluster import Engine
from monitor.cluster.engine import FETCH, Taken
from monitor.cluster.worker import Pulse
from monitor.dispatch import LostError
from monitor.identity import queue_key


async def test_a_second_batch_of_a_domain_waits_for_the_first_even_if_home_has_forgotten_it(postgres_url: str) -> None:
    taken: list[str] = []
    more = asyncio.Event()

    async def handle(job: Taken) -> None:
        taken.append(job.payload)
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


async def test_a_new_home_leaves_alone_what_a_worker_asks_for_the_one_before(postgres_url: str) -> None:
    slow = Slow(postgres_url)
    async with slow.at_work() as engine:
        domain = queue_key("http://127.0.0.1/1")
        await engine.send(FETCH, "a batch", lock=domain, name="of an earlier life")
        await slow.until_taken()
        async with home_at(postgres_url) as desk, asyncio.timeout(20):
            assert desk.home.away() == {domain}
            waiting = asyncio.create_task(desk.home.work(batch("http://127.0.0.1/1")).__aenter__())
            slow.go_on.set()
            with pytest.raises(LostError, match="an earlier life") as lost:
                await waiting  # what it holds may be what has just been brought
            assert not lost.value.begun
            while desk.home.away():
                await asyncio.sleep(0.02)


async def test_a_domain_is_not_given_free_while_a_worker_is_at_its_batch_however_late(postgres_url: str) -> None:
    slow = Slow(postgres_url)
    async with slow.at_work(), home_at(postgres_url, lease_s=60.2) as desk:
        waiting = asyncio.create_task(desk.home.work(batch("http://127.0.0.1/1")).__aenter__())
        await slow.until_taken()
        await asyncio.sleep(1)
        assert (waiting.done(), desk.home.away()) == (False, {queue_key("http://127.0.0.1/1")})
        slow.go_on.set()
        with pytest.raises(LostError) as lost:
            await waiting
        assert lost.value.begun


async def test_a_worker_whose_batch_was_given_to_another_can_neither_answer_nor_end_it(postgres_url: str) -> None:
    first, second = Slow(postgres_url), Slow(postgres_url)
    async with first.at_work() as one:
        await one.send(FETCH, "a batch", lock="a.example", name="token")
        taken = await first.until_taken()
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
            await other.execute("delete from procrastinate_workers")  # as of one that was silent too long
        async with second.at_work() as two:
            assert await two.sweep() == 1
            again = await (first if len(first.taken) > 1 else second).until_taken()
            assert again.job == taken.job
            first.go_on.set()
            assert not await one.answer(taken, "late")
            assert ((await two.standing()).running, (await two.standing()).results) == (1, 0)
            assert await two.answer(again, "in time")
            assert ((await two.standing()).running, (await two.standing()).results) == (0, 1)


async def test_a_worker_that_took_its_own_batch_anew_does_not_end_it_with_the_old_answer(postgres_url: str) -> None:
    slow = Slow(postgres_url)
    async with slow.at_work() as engine, await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
        await engine.send(FETCH, "a batch", lock="a.example", name="token")
        before = await slow.until_taken()
        await other.execute("select procrastinate_retry_job_v2(id, null, null, null, null) from procrastinate_jobs")
        again = await slow.until_taken(2)
        assert (again.job, again.worker) == (before.job, before.worker)
        assert not await engine.answer(before, "the old")
        assert await engine.answer(again, "the new")


async def test_who_takes_jobs_can_be_stopped_while_postgresql_is_away(postgres_url: str, postgres_server: str) -> None:
    slow, name = Slow(postgres_url), urlsplit(postgres_url).path[1:]
    async with Engine(postgres_url, PACE) as engine:
        await engine.send(FETCH, "a batch")
        working = asyncio.create_task(engine.take(FETCH, slow.keep, places=4, grace_s=3))
        await slow.until_taken()
        async with await psycopg.AsyncConnection.connect(postgres_server, autocommit=True) as other:
            await other.execute(f'alter database "{name}" allow_connections false')
            await other.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        await asyncio.wait([working], timeout=1)  # it has noticed, and waits for what it has in hand
        working.cancel()
        await asyncio.wait([working], timeout=20)
        assert working.cancelled()  # and not one more failure after which it is to try again


async def test_a_batch_over_which_three_workers_died_is_given_to_no_fourth(postgres_url: str) -> None:
    slow = Slow(postgres_url)
    async with Engine(postgres_url, PACE) as home:
        await home.send(FETCH, "poison", lock="a.example", name="token")
        freed = []
        for number in range(3):
            async with slow.at_work() as engine, await psycopg.AsyncConnection.connect(postgres_url) as other:
                await slow.until_taken(number + 1)
                await other.execute("update procrastinate_jobs set worker_id = null")
                await other.commit()
                freed.append(await engine.sweep())
        assert freed == [1, 1, 0]
        assert (await home.standing()).failed == 1
        assert await home.withdraw("token") == "over"


def test_a_worker_that_was_silent_too_long_doubts_its_batches_and_then_leaves_them() -> None:
    now = [100.0]
    pulse = Pulse(40.0, lambda: now[0])
    pulse.beat(100.0)
    now[0] = 120.0
    assert not pulse.doubted(0)
    now[0] = 120.1
    assert (pulse.doubted(0), pulse.gone(0)) == (True, False)
    now[0] = 130.1
    assert pulse.gone(0)
    pulse.beat(120.0)
    assert (pulse.doubted(0), pulse.lapses) == (False, 0)
    now[0] = 200.0
    pulse.beat(200.0)
    assert pulse.lapses == 1
    assert (pulse.doubted(0), pulse.gone(0)) == (True, True)  # a batch begun before is no longer its own
    assert (pulse.doubted(1), pulse.gone(1)) == (False, False)
