"""What the soak is made of: how long and how often, the daemon that is killed and hindered, the weather it works in."""

import asyncio
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from faults import receiver as hooks
from faults.gauges import Look, look, size_of
from faults.hostile import Behaviour, drip, framed, raw, reset, silence
from faults.internet import Internet
from faults.receiver import SECRET, Receiver

CHILD = Path(__file__).with_name("soak_child.py")
ROOT = Path(__file__).parents[2]
CONFIG = """
[store]
path = "monitor.db"
[network]
allow_private = ["127.0.0.0/8:*"]
host_delay_s = 0
[poll]
start_interval_s = {interval_s}
min_interval_s = {interval_s}
max_interval_s = {interval_s}
[alerts]
first_document = "alert"
group_wait_s = 0
group_interval_s = 0
[channels.hook]
kind = "webhook"
url = "{hook}"
secret = "{secret}"
[[rules]]
name = "every event"
kind = "any"
"""
WEATHER: dict[str, Behaviour] = {
    "errors": raw(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
    "overload": raw(b"HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
    "hangs": silence,
    "resets": reset,
    "drips": drip(b"HTTP/1.1 200 OK\r\n\r\n<rss>", b" ", 0.5),
    "nonsense": raw(framed(bytes(range(256)) * 40, b"Content-Type: application/rss+xml")),
}
FULL_AT = 1 << 16  # bytes of a file
STEPS_S = (3600, -3600, 86_400, -86_400, 600, -600)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a soak is, and how often what happens: each minute, five minutes or hour; more often in a short one."""

    seconds: float

    @property
    def feeds(self) -> int:
        """How many feeds there are."""
        return int(max(20, min(500, self.seconds / 10)))

    @property
    def interval_s(self) -> int:
        """How often each is asked."""
        return int(max(1, min(60, self.seconds / 60)))

    @property
    def entries_a_day(self) -> float:
        """How many entries all feeds publish: some for each poll."""
        return 86_400 * max(1.0, self.feeds / self.interval_s / 10)

    @property
    def fault_s(self) -> float:
        """How long one sort of weather lasts."""
        return min(60.0, self.seconds / 6)

    @property
    def kill_s(self) -> float:
        """How long a daemon lives that is killed."""
        return min(300.0, self.seconds / 6)

    @property
    def rare_s(self) -> float:
        """How often the clock is set, and the disk is full."""
        return min(3600.0, self.seconds / 2)


@dataclass(slots=True)
class Soak:
    """A daemon between an internet and a receiver, with all that is done to it."""

    folder: Path
    plan: Plan
    internet: Internet
    port: int
    hook: Receiver
    luck: Random
    counts: Counter[str] = field(default_factory=Counter)
    looks: list[Look] = field(default_factory=list)  # of the life of which nobody makes an end
    highest_log: int = 0

    @property
    def store(self) -> Path:
        """The store's file."""
        return self.folder / "monitor.db"

    def prepare(self) -> None:
        """Write the settings, and the clock as it is."""
        config = self.folder / "monitor.toml"
        config.write_text(CONFIG.format(interval_s=self.plan.interval_s, hook=self.hook.url, secret=SECRET), "utf-8")
        config.chmod(0o600)
        self.set_clock(0)

    def set_clock(self, wrong_s: float) -> None:
        """Set the daemon's clock wrong by so many seconds; whole or not at all."""
        made = self.folder / "clock.new"
        made.write_text(str(wrong_s), encoding="ascii")
        made.replace(self.folder / "clock")

    async def feeds_added(self) -> None:
        """Have the daemon's store know all feeds."""
        listed = self.folder / "feeds.txt"
        listed.write_text("".join(f"http://{host}:{self.port}/feed\n" for host in self.internet.feeds), "utf-8")
        words = ("-m", "monitor", "--quiet", "--config", str(self.folder / "monitor.toml"), "feeds", "import")
        adding = await asyncio.create_subprocess_exec(sys.executable, *words, str(listed), "--yes", cwd=ROOT)
        assert await adding.wait() == 0

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Give a running daemon; one that still runs is killed at the end.

        What it says comes through a pipe, for a file of its own would be full with the disk.
        """
        words = (str(CHILD), str(self.folder / "clock"), "--config", str(self.folder / "monitor.toml"), "run")
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=asyncio.subprocess.PIPE, limit=1 << 24,
        )  # fmt: skip
        reading = asyncio.create_task(self._written(process))
        try:
            await until((self.folder / f"started-{process.pid}").exists, process)
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()
            await reading

    async def _written(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        with (self.folder / "log").open("ab") as log:
            async for line in process.stderr:
                log.write(line)
                if b'"daemon.started"' in line:
                    (self.folder / f"started-{process.pid}").touch()
            log.flush()

    async def hindered(self, process: asyncio.subprocess.Process, seconds: float, *, watched: bool) -> None:
        """Let a daemon live so long in changing weather; `watched`: note what it takes."""
        began = time.monotonic()
        fault_at, step_at, full_at = 0.0, self.luck.uniform(0, self.plan.rare_s), self.luck.uniform(0, self.plan.rare_s)
        while (passed := time.monotonic() - began) < seconds:
            assert process.returncode is None, "the daemon ended by itself"
            if passed >= fault_at:
                fault_at += self.plan.fault_s
                self.change_weather()
            if passed >= step_at:
                step_at += self.plan.rare_s
                self.set_clock(self.luck.choice(STEPS_S))
                self.counts["clock steps"] += 1
            if passed >= full_at:
                full_at += self.plan.rare_s
                await self.full_disk(process, min(20.0, seconds / 8))
            if watched:
                self.looks.append(await look(process.pid, self.store, began))
            self.highest_log = max(self.highest_log, size_of(Path(f"{self.store}-wal")))
            await asyncio.sleep(min(10.0, seconds / 20))

    def change_weather(self) -> None:
        """Let a fifth of the hosts be out of order in one way or another, and the receiver now and then."""
        hosts = self.luck.sample(sorted(self.internet.feeds), len(self.internet.feeds) // 5)
        self.internet.weather = {host: self.luck.choice(list(WEATHER.values())) for host in hosts}
        down = self.luck.random() < 0.3
        ways = (hooks.OK, hooks.OK, hooks.Answer(500), hooks.DROP_AFTER)
        self.hook.choose = lambda _id, _times: hooks.Answer(503) if down else self.luck.choice(ways)
        self.counts["faults"] += 1

    async def full_disk(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        """Let writes of the daemon beyond the beginning of a file fail for a while, as on a full disk (EFBIG)."""
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FULL_AT, before[1]))
        await asyncio.sleep(seconds)
        if process.returncode is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
        self.counts["full disks"] += 1

    async def stormy(self, seconds: float) -> None:
        """Let two daemons or more live one after the other in changing weather, each until it is killed."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends or self.counts["kills"] < 2:
            async with self.daemon() as process:
                await self.hindered(process, self.luck.uniform(0.1, 2) * self.plan.kill_s / 2, watched=False)
            self.counts["kills"] += 1

    def calm(self) -> None:
        """Have all in order again, and nothing new published."""
        self.internet.weather, self.hook.choose = {}, None
        self.internet.freeze()
        self.set_clock(0)


async def until(done: Callable[[], bool], process: asyncio.subprocess.Process, within_s: float = 60) -> None:
    """Return when it is so; raises TimeoutError if that takes too long, AssertionError if the daemon ends before."""
    async with asyncio.timeout(within_s):
        while not done():
            assert process.returncode is None, "the daemon ended by itself"
            await asyncio.sleep(0.05)
