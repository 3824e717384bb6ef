"""Servers that mean no good: the gate is rid of each within its limits, with the right reason, and holds nothing open.

The limits are short and given; no test looks at a clock. A server that held the gate would be ended by `PATIENCE`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

import httpx
import pytest
from faults.gates import ask, network
from faults.hostile import HostileServer
from faults.servers import SERVERS, Names, Server

from monitor.fetch import PAGE, Fetched, Gate
from monitor.model import Reason

Counted = Callable[[str, int], None]
SHORT: Final = replace(PAGE, deadline_s=0.3, keep_connection=False)
ENOUGH: Final = replace(PAGE, keep_connection=False)  # for those that are found out before any deadline
PATIENCE: Final = 40.0
ENDLESS: Final = {name: server for name, (server, reason) in SERVERS.items() if reason is Reason.TIMED_OUT}


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    with Names() as names:
        async with Gate(network("127.0.0.0/8:*"), resolver=names) as opened:
            yield opened


@pytest.mark.parametrize(("server", "reason"), SERVERS.values(), ids=SERVERS)
async def test_a_hostile_server_is_left_in_time_and_with_its_reason(
    server: Server, reason: Reason, site: HostileServer, gate: Gate, counted: Counted
) -> None:
    limits = SHORT if reason is Reason.TIMED_OUT else ENOUGH
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE):
        url = await server(site, stack)
        found = await ask(gate, url, limits)
        await site.abandoned()
        healthy = await ask(gate, site.serve("/healthy", b"fine"), ENOUGH)

    counted("hostile servers", 1)
    assert found is reason
    assert isinstance(healthy, Fetched)


def test_there_are_at_least_the_twenty_five_we_speak_of() -> None:
    assert len(SERVERS) >= 25


# Those on which a limit for each read never ends anything: something always comes.
DRIPS: Final = [name for name in ENDLESS if name.startswith(("drips", "hints"))]


async def test_control_a_client_with_a_limit_on_each_read_is_still_with_them_when_the_limit_has_passed_twice() -> None:
    async with AsyncExitStack() as stack, httpx.AsyncClient(timeout=1.0, trust_env=False) as client:
        sites = [await stack.enter_async_context(HostileServer()) for _ in DRIPS]
        urls = [await ENDLESS[name](site, stack) for name, site in zip(DRIPS, sites, strict=True)]
        asking = [asyncio.create_task(client.get(url), name=name) for name, url in zip(DRIPS, urls, strict=True)]
        ended, waiting = await asyncio.wait(asking, timeout=2.0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert {task.get_name() for task in ended} == set()
