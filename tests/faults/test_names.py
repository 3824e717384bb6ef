"""Names: resolved once per connection, checked as a whole, and never waited for by others."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from pipes import rss, runtime, settings

import pytest
from faults.gates import ask, network
from faults.hostile import HostileServer
from faults.vectors import REFUSED

from monitor.clock import utc_now
from monitor.crew import Crew
from monitor.errors import FetchError
from monitor.fetch import FEED, Fetched, Gate, names
from monitor.fetch.names import THREADS, GuardedResolver
from monitor.guard import Guard
from monitor.model import Reason
from monitor.pipeline import start_polls
from monitor.store import feeds
from monitor.store.rows import rows


@pytest.fixture
async def site() -> AsyncIterator[HostileServer]:
    async with HostileServer() as server:
        server.serve("/", b"reached")
        yield server


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
async def test_a_name_that_leads_to_a_refused_address_is_blocked(address: str) -> None:
    async with Gate(network(), resolver=lambda _: [address]) as gate:
        assert await ask(gate, "http://news.example/") is Reason.BLOCKED_ADDRESS


async def test_a_mixed_answer_is_refused_whole(site: HostileServer) -> None:
    async with Gate(network(f"127.0.0.1:{site.port}"), resolver=lambda _: ["127.0.0.1", "127.0.0.2"]) as gate:
        assert await ask(gate, site.url("/", "news.example")) is Reason.BLOCKED_ADDRESS

    assert site.accepts == 0


async def test_an_answer_that_turns_bad_is_refused_at_the_next_connection(site: HostileServer) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    async with HostileServer("127.0.0.2", site.port) as secret:
        # Feeds close their connection, so the second request has to resolve again.
        async with Gate(network(f"127.0.0.1:{site.port}"), resolver=lambda _: next(answers)) as gate:
            url = site.url("/", "news.example")
            first = await gate.get(url, limits=FEED, accept="*/*")
            with pytest.raises(FetchError) as caught:
                await gate.get(url, limits=FEED, accept="*/*")

        assert isinstance(first, Fetched)
        assert (caught.value.reason, secret.accepts) == (Reason.BLOCKED_ADDRESS, 0)


async def test_a_name_is_resolved_once_per_connection_and_with_its_final_dot(site: HostileServer) -> None:
    asked: list[str] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"]

    async with Gate(network(f"127.0.0.1:{site.port}"), resolver=lookup) as gate:
        for host in ("News.Example", "news.example.", "news.example"):
            await ask(gate, site.url("/", host))

    assert set(asked) == {"news.example."}
    assert len(asked) == site.accepts


async def test_localhost_is_loopback_without_asking_anyone(site: HostileServer) -> None:
    def lookup(name: str) -> list[str]:
        raise AssertionError(name)

    async with Gate(network(f"127.0.0.1:{site.port}"), resolver=lookup) as gate:
        assert isinstance(await ask(gate, site.url("/", "localhost")), Fetched)


async def test_a_name_is_judged_in_the_form_in_which_it_is_sent(site: HostileServer) -> None:
    async with Gate(network(f"127.0.0.1:{site.port}"), resolver=lambda _: ["127.0.0.1"]) as gate:
        for host in ("intranet", "\uff49ntranet", "\u2139ntranet", "intranet\u3002"):
            assert await ask(gate, site.url("/", host)) is Reason.REFUSED_VALUE, host

    assert site.accepts == 0


def no_such_name(name: str) -> list[str]:
    raise OSError(f"{name}: no such name")


FAILURES: dict[str, Callable[[str], list[str]]] = {
    "no such name": no_such_name,
    "no address": lambda _: [],
    "no valid address": lambda _: ["not an address"],
}


@pytest.mark.parametrize("lookup", FAILURES.values(), ids=FAILURES)
async def test_a_name_that_does_not_resolve_is_named(lookup: Callable[[str], list[str]]) -> None:
    async with Gate(network(), resolver=lookup) as gate:
        assert await ask(gate, "http://news.example/") is Reason.DNS_FAILED


async def test_twenty_names_without_an_answer_do_not_hold_up_a_healthy_one(site: HostileServer) -> None:
    release = threading.Event()

    def lookup(name: str) -> list[str]:
        if name.startswith("tarpit"):
            release.wait(30)
        return ["127.0.0.1"]

    try:
        async with Gate(network(f"127.0.0.1:{site.port}"), resolver=lookup) as gate:
            stuck = [asyncio.create_task(ask(gate, site.url("/", f"tarpit{n}.example"))) for n in range(20)]
            await asyncio.sleep(0)
            async with asyncio.timeout(5):
                answer = await ask(gate, site.url("/", "news.example"))
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
    finally:
        release.set()

    assert isinstance(answer, Fetched)


async def test_control_the_pool_of_the_loop_is_stopped_by_twenty_such_names() -> None:
    """Six threads is what asyncio has on a machine with two cores; `getaddrinfo` goes through them."""
    release = threading.Event()

    def lookup(name: str) -> list[str]:
        if name.startswith("tarpit"):
            release.wait(30)
        return ["127.0.0.1"]

    with ThreadPoolExecutor(6) as pool:
        loop = asyncio.get_running_loop()
        stuck = [loop.run_in_executor(pool, lookup, f"tarpit{n}.example") for n in range(20)]
        try:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await loop.run_in_executor(pool, lookup, "news.example")
        finally:
            release.set()
        await asyncio.gather(*stuck)


async def test_a_feed_is_polled_while_twenty_others_wait_for_their_names(tmp_path: Path, site: HostileServer) -> None:
    release = threading.Event()

    def lookup(name: str) -> list[str]:
        if name.startswith("tarpit"):
            release.wait(30)
        return ["127.0.0.1"]

    site.serve("/feed", rss(("Norvik drops advisers", "https://news.example/1")))
    hosts = [*(f"tarpit{n}.example" for n in range(20)), "healthy.example"]
    async with runtime(settings(tmp_path / "m")) as base, Gate(network("127.0.0.1:*"), resolver=lookup) as gate:
        given = replace(base, tools=replace(base.tools, gate=gate), polling=asyncio.Semaphore(32))
        for host in hosts:
            url = site.url("/feed", host)
            await given.store.write(
                partial(feeds.add, url=url, title=None, origin="added", now=utc_now(), start_interval_s=1800)
            )
        async with Crew() as crew:
            await start_polls(given, crew, Counter())
            await crew.progress()
            told = await given.store.read(
                partial(rows, sql="select f.host from polls p join feeds f on f.id = feed_id")
            )
            release.set()
            await crew.settled()

    assert told == [{"host": f"healthy.example:{site.port}"}]
    assert len(site.requests) == len(hosts)


async def test_a_name_server_that_stays_silent_is_given_up_after_a_while() -> None:
    release = threading.Event()

    def lookup(_: str) -> list[str]:
        release.wait(30)
        return []

    try:
        with pytest.raises(FetchError, match=r"within 0\.05 s") as caught:
            await GuardedResolver(Guard(), lookup, limit_s=0.05).resolve("news.example", 80)
    finally:
        release.set()

    assert caught.value.reason is Reason.DNS_FAILED


async def test_two_who_wait_for_a_free_look_up_both_get_the_addresses_of_one_name() -> None:
    release = threading.Event()

    def lookup(name: str) -> list[str]:
        if name.startswith("tarpit"):
            release.wait(30)
        return ["93.184.215.14"]

    resolver = GuardedResolver(Guard(), lookup)
    try:
        stuck = [asyncio.create_task(resolver.resolve(f"tarpit{n}.example", 80)) for n in range(THREADS)]
        await asyncio.sleep(0)
        both = [asyncio.create_task(resolver.resolve("news.example", 80)) for _ in range(2)]
        await asyncio.sleep(0)
    finally:
        release.set()
    async with asyncio.timeout(3):
        found = await asyncio.gather(*both)
        await asyncio.gather(*stuck)

    assert [one[0]["host"] for one in found] == ["93.184.215.14"] * 2


async def test_a_machine_without_a_thread_to_spare_fails_one_look_up_and_not_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    resolver = GuardedResolver(Guard(), lambda _: ["93.184.215.14"], limit_s=3)
    with monkeypatch.context() as patched:
        patched.setattr(names, "Thread", NoThread)
        for _ in range(THREADS + 1):
            with pytest.raises(FetchError, match="start new thread") as caught:
                await resolver.resolve("news.example", 80)

    assert caught.value.reason is Reason.DNS_FAILED
    assert (await resolver.resolve("news.example", 80))[0]["host"] == "93.184.215.14"


async def test_one_who_gives_up_waiting_for_a_free_look_up_leaves_it_to_the_others() -> None:
    release = threading.Event()

    def lookup(name: str) -> list[str]:
        if name.startswith("tarpit"):
            release.wait(30)
        return ["93.184.215.14"]

    resolver = GuardedResolver(Guard(), lookup)
    try:
        stuck = [asyncio.create_task(resolver.resolve(f"tarpit{n}.example", 80)) for n in range(THREADS)]
        await asyncio.sleep(0)
        leaving = asyncio.create_task(resolver.resolve("news.example", 80))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    finally:
        release.set()
    await asyncio.gather(*stuck)
    async with asyncio.timeout(3):
        await asyncio.gather(*(resolver.resolve(f"news{n}.example", 80) for n in range(2 * THREADS)))
