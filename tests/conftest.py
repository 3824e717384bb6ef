"""What holds for all tests."""

import gc
import warnings
from collections.abc import AsyncIterator

import pytest
from faults.gates import network
from faults.hostile import HostileServer

from monitor.fetch import Gate

with warnings.catch_warnings():
    # datasette opens a connection when it is imported and leaves it to the garbage collector, which Python 3.13
    # reports in whatever test runs then. Here it is collected before the first test; leaks of ours still fail.
    warnings.simplefilter("ignore", ResourceWarning)
    import datasette.filters  # type: ignore[import-untyped]  # ships no types

    assert datasette.filters.Filters
    gc.collect()


@pytest.fixture
async def site() -> AsyncIterator[HostileServer]:
    """Give a server on 127.0.0.1."""
    async with HostileServer() as server:
        yield server


@pytest.fixture
async def other() -> AsyncIterator[HostileServer]:
    """Give a server on another host."""
    async with HostileServer("127.0.0.2") as server:
        yield server


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    """Give the real gate, without pauses and with loopback permitted."""
    async with Gate(network("127.0.0.0/8:*")) as opened:
        yield opened


@pytest.fixture
async def everywhere() -> AsyncIterator[Gate]:
    """Give the real gate, to which every name is a name of this machine."""
    async with Gate(network("127.0.0.0/8:*"), resolver=lambda _: ["127.0.0.1"]) as opened:
        yield opened
