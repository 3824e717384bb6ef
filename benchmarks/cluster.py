"""How many times faster are three workers than one, where the work waits on the network?

    python benchmarks/cluster.py [--pages 240] [--latency 0.5] [--json FILE]

Runs a home and one worker, then a home and three, against hosts on loopback whose pages take a while, and prints pages
a second and what each process took of CPU, with a PostgreSQL of its own (Debian's package postgresql). What a million
feeds would take follows in `million.py`.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from pipes import article, rss  # noqa: E402

import postgres  # noqa: E402  # the same server the tests use
from faults.hostile import HostileServer, late  # noqa: E402

from monitor.clock import utc_now  # noqa: E402
from monitor.store import Store  # noqa: E402
from monitor.store.rows import rows  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
PLACES = 4
CONFIG = f"""
[store]
path = "monitor.db"
[network]
allow_private = ["127.0.0.0/8:*"]
host_delay_s = 0
[cluster]
url_file = "cluster.url"
places = {PLACES}
heartbeat_s = 1
stale_s = 15
"""


# --- measuring ---------------------------------------------------------------------------------------------


async def measured(workers: int, pages: int, latency_s: float) -> dict[str, float]:
    """Return pages a second and CPU milliseconds a page of home, workers and PostgreSQL, with so many workers."""
    with postgres.served() as server, tempfile.TemporaryDirectory() as name:
        if server is None:
            sys.exit("no PostgreSQL on this machine: install Debian's package postgresql")
        folder = Path(name)
        (folder / "monitor.toml").write_text(CONFIG)
        (folder / "cluster.url").touch(mode=0o600)
        (folder / "cluster.url").write_text(server.url)
        async with Sites(pages, latency_s) as sites:
            await finished(await started(folder, "feeds", "add", *sites.feeds))
            await finished(await started(folder, "poll"))  # so that all pages wait when the workers begin
            crew = [await started(folder, "worker") for _ in range(workers)]
            home = await started(folder, "run")
            await until(folder, pages // 10)
            begun, before = time.monotonic(), [cpu_s(home), sum(map(cpu_s, crew)), cpu_of_postgres(server)]
            first = stored(folder)
            await until(folder, pages)
            done, took = stored(folder) - first, time.monotonic() - begun
            after = [cpu_s(home), sum(map(cpu_s, crew)), cpu_of_postgres(server)]
            for process in [home, *crew]:
                process.terminate()
                await process.wait()
    home_s, work_s, postgres_s = (late_s - early_s for late_s, early_s in zip(after, before, strict=True))
    return {
        "workers": workers,
        "pages_a_second": done / took,
        "home_ms_a_page": 1000 * home_s / done,
        "worker_ms_a_page": 1000 * work_s / done,
        "postgres_ms_a_page": 1000 * postgres_s / done,
    }


class Sites:
    """Hosts on loopback, each with a feed and pages that take a while; an asynchronous context manager."""

    HOSTS = 24

    def __init__(self, pages: int, latency_s: float) -> None:
        self._pages, self._latency_s = pages, latency_s
        self._servers = [HostileServer(f"127.0.1.{number + 1}") for number in range(self.HOSTS)]
        self.feeds: list[str] = []

    async def __aenter__(self) -> Self:
        for number, server in enumerate(self._servers):
            await server.__aenter__()
            items = []
            for page in range(number, self._pages, self.HOSTS):
                title = f"Norvik {page} cuts 320 jobs as AI assistant takes over phone service"
                body = article(
                    title, f"Norvik {page} is laying off 320 people because of artificial intelligence. " * 40
                )
                head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
                items.append((title, server.behave(f"/{page}", late(head + body, self._latency_s))))
            self.feeds.append(server.serve("/feed", rss(*items), {"Content-Type": "application/rss+xml"}))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            await server.__aexit__(None, None, None)


async def started(folder: Path, *words: str) -> asyncio.subprocess.Process:
    """Return a process of the product that has been started."""
    command = ("-m", "monitor", "--quiet", "--config", str(folder / "monitor.toml"), *words)
    return await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT)


async def finished(process: asyncio.subprocess.Process) -> None:
    """Return when a command has ended well."""
    if await process.wait():
        sys.exit("a command of the product failed")


async def until(folder: Path, pages: int) -> None:
    """Return when so many pages are stored."""
    while stored(folder) < pages:
        await asyncio.sleep(0.1)


def stored(folder: Path) -> int:
    """Return how many pages are stored."""
    with Store.open(folder / "monitor.db", clock=utc_now, read_only=True) as store:
        sql = "select count(*) as number from articles_view where origin = 'live'"
        return int(store.read_now(lambda db: rows(db, sql))[0]["number"])


def cpu_s(process: asyncio.subprocess.Process) -> float:
    """Return the CPU seconds of a process, its children and those that have ended."""
    return sum(_own_s(pid) for pid in _family(process.pid))


def cpu_of_postgres(server: postgres.Server) -> float:
    """Return the CPU seconds of a PostgreSQL server with all its processes."""
    first = int((server.folder / "postmaster.pid").read_text().split("\n", 1)[0])
    return sum(_own_s(pid) for pid in _family(first))


def _own_s(pid: int) -> float:
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, numbers[11:15])) / TICK  # user and system, its own and of children that have ended


def _family(pid: int) -> Iterator[int]:
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in tasks.read_text().split():
            yield from _family(int(child))


def main() -> None:
    """Print the speed with one worker and with three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=240)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds until a page comes")
    parser.add_argument("--json", type=Path, help="write what was found here")
    args = parser.parse_args()
    found = [asyncio.run(measured(workers, args.pages, args.latency)) for workers in (1, 3)]
    print(f"{'workers':>8} {'pages/s':>8} {'home ms':>8} {'worker ms':>10} {'PostgreSQL ms':>14}   (CPU of a page)")
    for row in found:
        print("{:8.0f} {:8.2f} {:8.1f} {:10.1f} {:14.2f}".format(*row.values()))
    ratio = found[1]["pages_a_second"] / found[0]["pages_a_second"]
    print(f"three workers reach {ratio:.2f} times one, pages taking {args.latency} s to come")
    if args.json:
        args.json.write_text(json.dumps({"runs": found, "ratio": ratio, "latency_s": args.latency}, indent=2) + "\n")


if __name__ == "__main__":
    main()
