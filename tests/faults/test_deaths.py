"""RELIABILITY.md A2: the four deaths of a worker process, in our sandbox and, as the control, in the standard pool."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import deaths
import pytest

from monitor.errors import ParseError
from monitor.model import Reason
from monitor.sandbox import Limits, Sandbox

MiB = 1 << 20
NEIGHBOURS = 5
TIGHT = Limits(cpu_s=1, wall_s=1.0, memory_bytes=512 * MiB, recycle_bytes=200 * MiB)

Submit = Callable[[Callable[[], Any]], Awaitable[Any]]

DEATHS = {
    "it hangs": deaths.hang,
    "the kernel kills it": deaths.be_killed,
    "it crashes in C": deaths.segfault,
    "it runs out of memory": deaths.run_out_of_memory,
}


@asynccontextmanager
async def our_sandbox() -> AsyncIterator[Submit]:
    async with Sandbox(2, limits={"page": TIGHT}) as sandbox:
        yield lambda function: sandbox.run("page", function)


@asynccontextmanager
async def the_standard_pool() -> AsyncIterator[Submit]:
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    loop = asyncio.get_running_loop()
    try:
        # Shielded: a future that was cancelled makes the pool's own thread raise once its process is killed.
        yield lambda function: asyncio.wait_for(asyncio.shield(loop.run_in_executor(pool, function)), 2)
    finally:
        for process in (pool._processes or {}).values():
            process.kill()
        pool.shutdown(cancel_futures=True)


async def survivors(pool: AbstractAsyncContextManager[Submit], culprit: Callable[[], Any]) -> tuple[bool, int]:
    """Give whether the culprit failed, and how many of the five submitted with it succeeded."""
    async with pool as submit:
        ends = await asyncio.gather(
            submit(culprit), *(submit(deaths.answer) for _ in range(NEIGHBOURS)), return_exceptions=True
        )
    return isinstance(ends[0], Exception), sum(isinstance(end, int) for end in ends[1:])


@pytest.mark.parametrize("culprit", DEATHS.values(), ids=DEATHS)
async def test_the_culprit_dies_alone(culprit: Callable[[], Any]) -> None:
    assert await survivors(our_sandbox(), culprit) == (True, NEIGHBOURS)


@pytest.mark.parametrize("culprit", DEATHS.values(), ids=DEATHS)
async def test_the_standard_pool_fails_the_same_test(culprit: Callable[[], Any]) -> None:
    """The control: it loses the neighbours, or, having no limits, lets the culprit have its way."""
    assert await survivors(the_standard_pool(), culprit) != (True, NEIGHBOURS)


REASONS = [
    ("feed", deaths.hang, Reason.PARSE_TIMEOUT),
    ("page", deaths.hang, Reason.EXTRACT_TIMEOUT),
    ("feed", deaths.spin, Reason.PARSE_TIMEOUT),
    ("page", deaths.be_killed, Reason.EXTRACT_CRASHED),
    ("feed", deaths.segfault, Reason.PARSE_CRASHED),
    ("page", deaths.run_out_of_memory, Reason.EXTRACT_CRASHED),
    ("feed", deaths.raise_oddly, Reason.PARSE_CRASHED),
]


@pytest.mark.parametrize(("kind", "culprit", "reason"), REASONS)
async def test_each_death_has_its_reason_in_the_words_of_its_kind(
    kind: Any, culprit: Callable[[], Any], reason: Reason
) -> None:
    async with Sandbox(1, limits={"feed": TIGHT, "page": TIGHT}) as sandbox:
        with pytest.raises(ParseError) as caught:
            await sandbox.run(kind, culprit)
    assert caught.value.reason is reason


async def test_work_goes_on_after_five_deaths_in_a_row() -> None:
    async with our_sandbox() as submit:
        ends = [await asyncio.gather(submit(deaths.be_killed), return_exceptions=True) for _ in range(5)]
        assert all(isinstance(end[0], ParseError) for end in ends)
        assert await submit(deaths.answer) > 0
