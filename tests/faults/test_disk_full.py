"""A disk that fills up: collecting rests, reading and sending go on, and all goes on by itself once there is room (S3).

The whole daemon runs on the disk of `disk.c`, which takes no write while a file lies there. The control is a daemon
that does not look whether there is room.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pipes import article, rss

import pytest
from faults.daemons import QUICK
from faults.hostile import HostileServer, Seen
from faults.preload import TESTS, environment
from faults.receiver import OK, SECRET, Answer, Receiver

from monitor.clock import utc_now
from monitor.store import Store, audit, feeds
from monitor.store.rows import scalar

HERE = Path(__file__).parent
NAMES = ("Norvik", "Lumo", "Tarn")


@dataclass
class Desk:
    """A daemon's folder on such a disk, the site it polls and the receiver it tells."""

    home: Path
    site: HostileServer
    hook: Receiver
    run: dict[str, str]

    @property
    def full(self) -> Path:
        """While this is there, nothing can be written."""
        return Path(self.run["DISK_FULL"])

    @property
    def free(self) -> Path:
        """While this is there, it says how many MiB are free."""
        return Path(self.run["DISK_FREE"])

    def page(self, number: int) -> bytes:
        title = f"{NAMES[number]} Bank cuts 320 jobs as AI assistant takes over phone service"
        words = f"{NAMES[number]} Bank is laying off 320 people because artificial intelligence does their work. "
        return article(title, words * 4, "The union of the bank's staff was told on Monday. " * 6)

    def print(self, stories: int) -> None:
        """Have the feed list so many stories."""
        titles = [f"{NAMES[number]} Bank cuts 320 jobs as AI takes over" for number in range(stories)]
        items = [(title, self.site.url(f"/{number}")) for number, title in enumerate(titles)]
        for number in range(stories):
            self.site.paths.setdefault(f"/{number}", self._page(number))
        self.site.serve("/feed", rss(*items), {"Content-Type": "application/rss+xml"}, etag=f'"{stories}"')

    def _page(self, number: int) -> object:
        self.site.serve(f"/made{number}", self.page(number), {"Content-Type": "text/html; charset=utf-8"})
        return self.site.paths.pop(f"/made{number}")

    async def until(self, told: Callable[[], object], *, within_s: float = 40) -> None:
        async with asyncio.timeout(within_s):
            while not told():
                await asyncio.sleep(0.05)

    def times(self, words: str) -> int:
        """Return how often the daemon's log has these words."""
        return (self.home / "log").read_text().count(words)

    async def said(self, words: str, times: int = 1) -> None:
        """Return once the daemon's log has these words so often."""
        await self.until(lambda: self.times(words) >= times)

    def count(self, sql: str) -> int:
        """Return what a reader beside the daemon counts."""
        with Store.open(self.home / "monitor.db", clock=utc_now, read_only=True) as store:
            return int(store.read_now(lambda db: scalar(db, sql)))

    def stored(self) -> int:
        return self.count("select count(*) from articles_view where origin = 'live'")

    def sent(self) -> int:
        return self.count("select count(*) from deliveries_view where state = 'sent'")

    def problems(self) -> list[audit.Finding]:
        with Store.open(self.home / "monitor.db", clock=utc_now, read_only=True) as store:
            found = store.read_now(lambda db: audit.audit(db, utc_now()))
        return [finding for finding in found if finding.level == "problem"]

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Return what a person's command said, on the same disk."""
        line = [sys.executable, "-m", "monitor", "--config", str(self.home / "monitor.toml"), *words]
        return subprocess.run(line, capture_output=True, text=True, env=self.run, check=False, timeout=60)

    @asynccontextmanager
    async def working(self, how: str = "looking") -> AsyncIterator[None]:
        """Have the daemon run meanwhile, with shorter rests."""
        words = (str(HERE / "hasty.py"), how, "--config", str(self.home / "monitor.toml"), "run")
        with (self.home / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=log, stderr=log, env=self.run)
        try:
            await self.said("daemon.started")
            await self.until(lambda: self.count("select count(*) from meta where key = 'turns'"))  # written once a day
            yield
        finally:
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.fixture
async def desk(preloaded: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    home = tmp_path / "home"
    home.mkdir()
    run = environment(preloaded, home, DISK_FULL=tmp_path / "full", DISK_FREE=tmp_path / "free")
    async with HostileServer() as site, Receiver() as hook:
        config = home / "monitor.toml"
        config.write_text(QUICK.format(interval_s=1, hook=hook.url, secret=SECRET))
        config.chmod(0o600)
        desk = Desk(home, site, hook, dict(run))
        desk.free.write_text("5000")
        desk.print(0)
        with Store.open(home / "monitor.db", clock=utc_now) as store:
            new = partial(
                feeds.add, url=site.url("/feed"), title=None, origin="added", now=utc_now(), start_interval_s=1
            )
            store.submit(new).result(timeout=30)
        yield desk


async def before_a_poll(desk: Desk, number: int) -> None:
    """Let the disk fill before a document with a new story is asked for."""
    desk.full.touch()
    desk.print(number + 1)


async def between_poll_and_result(desk: Desk, number: int) -> None:
    """Let the disk fill while the story's page is being read."""
    released = asyncio.Event()

    async def held(request: Seen, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        del desk.site.paths[f"/{number}"]
        desk.print(number + 1)
        writer.write(desk.site.paths[f"/{number}"].answer(request))
        await writer.drain()

    desk.site.behave(f"/{number}", held)
    desk.print(number + 1)
    await desk.until(lambda: desk.site.asked(f"/{number}"))
    desk.full.touch()
    released.set()


async def before_an_attempt_s_end(desk: Desk, number: int) -> None:
    """Let the disk fill while the receiver reads what it is told of the story."""
    before = len(desk.hook.received)

    def choose(_id: str, times: int) -> Answer:
        if times == 1:
            desk.full.touch()
        return OK

    desk.hook.choose = choose
    desk.print(number + 1)
    await desk.hook.arrived(before + 1, within_s=40)
    desk.hook.choose = None


MOMENTS = (before_a_poll, between_poll_and_result, before_an_attempt_s_end)


async def test_a_disk_that_fills_costs_nothing_and_all_goes_on_by_itself(desk: Desk) -> None:
    async with desk.working():
        for number, fill in enumerate(MOMENTS):
            failures = desk.times("store.failed")
            await fill(desk, number)
            await desk.said("store.failed", failures + 1)
            assert desk.stored() == number + (fill is before_an_attempt_s_end)  # it can be read meanwhile
            if fill is before_a_poll:
                await desk.said("store.disk_full")
                checked = await asyncio.to_thread(desk.command, "check", "--alive")
                assert (checked.returncode, "no room to write" in checked.stdout) == (1, True)
            desk.full.unlink()
            await desk.until(lambda told=number + 1: (desk.stored(), desk.sent()) == (told, told))
        assert desk.problems() == []
        assert len({one.id for one in desk.hook.taken}) == len(MOMENTS)


async def test_a_quota_that_is_used_up_is_a_full_disk_and_no_broken_one(desk: Desk) -> None:
    async with desk.working():
        desk.full.write_text("a quota")  # of which SQLite says what it says of any disk that fails
        desk.print(1)
        await desk.said("store.disk_full")
        checked = await asyncio.to_thread(desk.command, "check", "--alive")
        assert "no room to write" in checked.stdout
        desk.full.unlink()
        await desk.until(lambda: desk.stored() == 1)
        assert desk.times("store.disk_failing") == 0


async def test_with_little_room_left_collecting_rests_while_people_are_told_and_heard(desk: Desk) -> None:
    desk.hook.choose = lambda _id, times: Answer(500) if times == 1 else OK
    async with desk.working():
        desk.print(1)
        await desk.hook.arrived(1, within_s=40)
        desk.free.write_text("99")
        await desk.said("store.disk_full")
        desk.print(2)
        retried = await asyncio.to_thread(desk.command, "alerts", "retry", "--channel", "hook")
        assert retried.returncode == 0, retried.stderr
        await desk.until(lambda: desk.sent() == 1)
        assert (desk.stored(), desk.site.asked("/1")) == (1, [])
        desk.free.write_text("499")
        await desk.said("store.disk_low")
        await desk.until(lambda: desk.stored() == 2)
        desk.free.write_text("500")
        await desk.said("store.disk_enough")


async def test_the_control_that_does_not_look_goes_on_collecting(desk: Desk) -> None:
    desk.free.write_text("99")
    desk.print(1)
    async with desk.working("blind"):
        await desk.until(lambda: desk.site.asked("/0"))


def test_a_disk_that_is_really_full_keeps_what_was_written_and_takes_more_once_there_is_room(tmp_path: Path) -> None:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a disk of eight mebibytes is mounted, which needs root and a mount namespace of its own")
    script = f"mount -t tmpfs -o size=8m none {tmp_path} && exec {sys.executable} {HERE / 'full_child.py'} {tmp_path}"
    imports = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, env=imports, check=False
    )
    assert (done.returncode, done.stdout) == (0, "sound\n"), done.stderr
