"""What holds for all tests, and what the fault tests of a run have counted."""

import dataclasses
import gc
import json
import os
import signal
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import postgres
import pytest
from faults.gates import network
from faults.hostile import HostileServer
from faults.sizes import SIZES, Size

from monitor.fetch import Gate

with warnings.catch_warnings():
    # datasette opens a connection when it is imported and leaves it to the garbage collector, which Python 3.13
    # reports in whatever test runs then. Here it is collected before the first test; leaks of ours still fail.
    warnings.simplefilter("ignore", ResourceWarning)
    import datasette.filters  # type: ignore[import-untyped]  # ships no types

    assert datasette.filters.Filters
    gc.collect()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give the address of a real PostgreSQL: the one that is named, else a private one; without either, skip."""
    named = os.environ.get(postgres.VARIABLE)
    if named:
        yield named
        return
    with postgres.served() as server:
        if server is None:
            pytest.skip(f"no PostgreSQL: install Debian's package postgresql, or name a server in {postgres.VARIABLE}")
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the address of a database of this test's own."""
    with postgres.database(postgres_server) as url:
        yield url


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


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has what it starts in the background ignore SIGINT, and all its children with it; ours are sent it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take how large the run of the fault tests is, and where its figures go."""
    group = parser.getgroup("faults")
    group.addoption("--size", choices=sorted(SIZES), default="change", help="how many faults to make")
    group.addoption("--soak-hours", type=float, help="how long the soak lasts, in hours (else as --size says)")
    group.addoption("--figures", type=Path, metavar="FILE", help="write what the fault tests counted as JSON")


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> Size:
    """Give how many faults this run is to make."""
    chosen = SIZES[request.config.getoption("size")]
    hours = request.config.getoption("soak_hours")
    return chosen if hours is None else dataclasses.replace(chosen, soak_s=hours * 3600)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> str:
    """Give this test's seed: that of the run, which pytest prints and takes as `--randomly-seed`, and its name."""
    return f"{request.config.getoption('randomly_seed')} {request.node.name}"


@pytest.fixture
def luck(seed: str) -> Random:
    """Give this test's source of chance."""
    return Random(seed)


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Give what notes so many faults made, or losses seen, under a name; the run's figures are the sums."""

    def note(name: str, number: int) -> None:
        record_property("counted", (name, number))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the fault tests counted, and write it where it was asked for."""
    figures: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == "counted":
                        figures[value[0]] += value[1]
    if figures or terminalreporter.stats.get("failed"):
        terminalreporter.section("faults")
        seed = config.getoption("randomly_seed")
        terminalreporter.write_line(f"the same again: --size {config.getoption('size')} --randomly-seed={seed}")
        for name, number in sorted(figures.items()):
            terminalreporter.write_line(f"{number:>12,}  {name}")
    if target := config.getoption("figures"):
        run = {"date": datetime.now(UTC).date().isoformat(), "size": config.getoption("size")}
        run["seed"] = config.getoption("randomly_seed")
        target.write_text(json.dumps({**run, "figures": dict(sorted(figures.items()))}, indent=2) + "\n", "utf-8")
