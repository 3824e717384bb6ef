"""Fetch addresses with little room to breathe, and print what became of each: run by the tests as a process.

    bomb_child.py (gate | httpx) MIB URL...

The first address is harmless and warms everything up. After it the address space may grow by MIB and no more.
One line of JSON per address: its outcome, and by how many KiB the peak of resident memory rose.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

import httpx

from monitor.errors import FetchError
from monitor.fetch import PAGE, Gate
from monitor.settings import NetworkSettings


def peak_kib() -> int:
    """Return the most memory this process has had resident; getrusage would count its parent's from before exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def confine(mib: int) -> None:
    """Let the address space grow by so much from here."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    room = pages * resource.getpagesize() + (mib << 20)
    resource.setrlimit(resource.RLIMIT_AS, (room, room))


async def by_gate(url: str) -> str:
    """Return the reason the gate gives, or `fetched`."""
    settings = NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0)
    async with Gate(settings) as gate:
        try:
            await gate.get(url, limits=PAGE, accept="*/*")
        except FetchError as error:
            return error.reason.value
    return "fetched"


async def by_httpx(url: str) -> str:
    """Return `capped` if counting the decoded bytes of a stream was protection enough."""
    count = 0
    try:
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as answer:
            async for chunk in answer.aiter_bytes():
                count += len(chunk)
                if count > PAGE.max_bytes:
                    return "capped"
    except MemoryError:
        return "out of memory"
    return "fetched"


async def main() -> None:
    """Print the outcomes."""
    fetch = {"gate": by_gate, "httpx": by_httpx}[sys.argv[1]]
    await fetch(sys.argv[3])
    confine(int(sys.argv[2]))
    for url in sys.argv[4:]:
        before = peak_kib()
        outcome = await fetch(url)
        print(json.dumps({"outcome": outcome, "rose_kib": peak_kib() - before}), flush=True)


asyncio.run(main())
