"""What one unchanged feed costs: CPU of the client per 1,000 answers of 304, kept connections, 32 in flight.

    python benchmarks/transport.py [requests per round]

Four clients in turn against one small server in a process of its own: stock httpx, httpx over aiohttp with the
guard (ours), the whole gate (ours, with turns, limits and checks), and bare aiohttp, which the others are
compared to. Takes about ten seconds; only the client's CPU seconds are counted. Behind
docs/decisions/0003-httpx-over-aiohttp.md.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import IO, cast

import aiohttp
import httpx

from monitor.fetch import PAGE, Gate
from monitor.fetch.names import GuardedResolver
from monitor.fetch.transport import open_transport, tls_context
from monitor.guard import Guard
from monitor.model import Validators
from monitor.settings import NetworkSettings

IN_FLIGHT = 32
ROUNDS = 3
ETAG = '"5f3e-61a2b"'
LOOPBACK = "127.0.0.0/8:*"
ANSWER = f"HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\nCache-Control: max-age=600\r\n\r\n".encode()

Ask = Callable[[int], Awaitable[None]]  # takes the number of the asker


class Unchanged(asyncio.Protocol):
    """A server that answers 304 to whatever it is asked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request in the data."""
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def serve() -> None:
    """Print the port and serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Unchanged, "127.0.0.1", 0)
    # Every client also finds it under 32 other loopback addresses: to the gate these are 32 hosts.
    port = server.sockets[0].getsockname()[1]
    more = [await loop.create_server(Unchanged, f"127.0.1.{n + 1}", port) for n in range(IN_FLIGHT)]
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    for one in (server, *more):
        one.close()


def expect_304(status: int) -> None:
    """Return nothing for a 304; anything else would not be comparable."""
    if status != 304:
        raise RuntimeError(f"the server answered {status}")


@asynccontextmanager
async def stock_httpx(port: int) -> AsyncIterator[Ask]:
    """Return a way to ask with httpx as it comes."""
    async with httpx.AsyncClient(trust_env=False) as client:

        async def ask(_: int) -> None:
            answer = await client.get(f"http://127.0.0.1:{port}/feed", headers={"If-None-Match": ETAG})
            expect_304(answer.status_code)

        yield ask


@asynccontextmanager
async def httpx_over_aiohttp(port: int) -> AsyncIterator[Ask]:
    """Return a way to ask with our client: httpx over aiohttp, sockets by the guard."""
    guard = Guard([LOOPBACK])
    transport = open_transport(guard, GuardedResolver(guard), tls_context())
    async with httpx.AsyncClient(transport=transport, timeout=None) as client:  # noqa: S113  # as the gate goes without

        async def ask(_: int) -> None:
            answer = await client.get(f"http://127.0.0.1:{port}/feed", headers={"If-None-Match": ETAG})
            expect_304(answer.status_code)

        yield ask


@asynccontextmanager
async def whole_gate(port: int) -> AsyncIterator[Ask]:
    """Return a way to ask through the gate; each asker has a host to itself."""
    async with Gate(NetworkSettings(allow_private=(LOOPBACK,), host_delay_s=0)) as gate:

        async def ask(number: int) -> None:
            url = f"http://127.0.1.{number + 1}:{port}/feed"
            await gate.get(url, limits=PAGE, accept="*/*", validators=Validators(ETAG))

        yield ask


@asynccontextmanager
async def bare_aiohttp(port: int) -> AsyncIterator[Ask]:
    """Return a way to ask with aiohttp alone."""
    async with aiohttp.ClientSession() as session:

        async def ask(_: int) -> None:
            async with session.get(f"http://127.0.0.1:{port}/feed", headers={"If-None-Match": ETAG}) as answer:
                expect_304(answer.status)

        yield ask


CLIENTS = {
    "httpx": stock_httpx,
    "httpx over aiohttp, with the guard": httpx_over_aiohttp,
    "the whole gate": whole_gate,
    "aiohttp": bare_aiohttp,
}


async def cpu_s_per_thousand(ask: Ask, requests: int) -> float:
    """Return the CPU seconds of this process per 1,000 requests; the connections are opened before."""

    async def asker(number: int, count: int) -> None:
        for _ in range(count):
            await ask(number)

    await asyncio.gather(*(asker(number, 2) for number in range(IN_FLIGHT)))
    each = max(1, requests // IN_FLIGHT)
    before = time.process_time()
    await asyncio.gather(*(asker(number, each) for number in range(IN_FLIGHT)))
    return (time.process_time() - before) * 1000 / (each * IN_FLIGHT)


async def measure(port: int, requests: int) -> None:
    """Print the table."""
    costs: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for _ in range(ROUNDS):
        for name, opened in CLIENTS.items():
            async with opened(port) as ask:
                costs[name].append(await cpu_s_per_thousand(ask, requests))
    base = statistics.median(costs["aiohttp"])
    print(f"CPU s per 1,000 of 304, {IN_FLIGHT} in flight, median of {ROUNDS} rounds of {requests}")
    for name, seen in costs.items():
        middle = statistics.median(seen)
        print(f"{name:36} {middle:6.2f}  {middle / base:5.1f} x  ({min(seen):.2f} to {max(seen):.2f})")


def main() -> None:
    """Start the server, measure, stop it."""
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
        return
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        said, ended = cast("IO[str]", server.stdout), cast("IO[str]", server.stdin)
        asyncio.run(measure(int(said.readline()), requests))
        ended.close()


if __name__ == "__main__":
    main()
