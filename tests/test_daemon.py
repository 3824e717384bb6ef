"""The daemon as a process: it starts, works, answers commands, stops when told, and is alone with its store."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pipes import article, rss, runtime, settings

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from faults.hostile import HostileServer, late, silence

from monitor.app import open_runtime
from monitor.clock import Steps, to_text, utc_now
from monitor.daemon import Every, after_step
from monitor.errors import MonitorError
from monitor.store import Store, meta
from monitor.store.rows import rows
from monitor.subscriptions import add
from monitor.watchman import RECOUNTED

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html"}
TITLE = "Norvik Bank cuts 320 jobs as AI assistant takes over phone service"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "monitor.toml"
    file.write_text('[store]\npath = "m.db"\n[network]\nallow_private = ["127.0.0.0/8:*"]\nhost_delay_s = 0\n')
    return file


async def start(config: Path, *words: str, environment: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "monitor", "--config", str(config), *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def until(process: asyncio.subprocess.Process, event: str) -> None:
    """Read the daemon's log up to the first line of this event."""
    assert process.stderr
    async with asyncio.timeout(60):
        while event not in (line := (await process.stderr.readline()).decode()):
            assert line, f"the daemon ended before {event}"


@asynccontextmanager
async def daemon(config: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(config, "run")
    await until(process, "daemon.started")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def outcomes(config: Path) -> list[str | None]:
    with Store.open(config.with_name("m.db"), clock=utc_now, read_only=True) as store:
        return [row["outcome"] for row in store.read_now(lambda db: rows(db, "select outcome from entries_view"))]


async def test_once_does_all_that_is_due_and_exits(config: Path) -> None:
    async with HostileServer() as site:
        site.serve("/story", article(TITLE), HTML)
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        assert (await ended(await start(config, "feeds", "add", site.url("/feed"))))[0] == 0
        assert (await ended(await start(config, "run", "--once")))[0] == 0
    assert outcomes(config) == ["stored"]
    with Store.open(config.with_name("m.db"), clock=utc_now, read_only=True) as store:
        assert store.read_now(lambda db: meta.get(db, RECOUNTED)), "what goes by the clock was looked at, too"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_an_idle_daemon_with_0(config: Path, number: signal.Signals) -> None:
    async with daemon(config) as process:
        process.send_signal(number)
        code, _, _ = await ended(process)
    assert code == 0


async def test_a_stop_finishes_the_page_in_hand(config: Path) -> None:
    async with HostileServer() as site:
        page = article(TITLE)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
        site.behave("/story", late(head + page, 2.0))
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        await ended(await start(config, "feeds", "add", site.url("/feed")))
        async with daemon(config) as process:
            async with asyncio.timeout(30):
                while not site.asked("/story"):
                    await asyncio.sleep(0.05)
            process.terminate()
            code, _, _ = await ended(process)
    assert (code, outcomes(config)) == (0, ["stored"])


async def test_a_second_signal_cuts_off_what_is_in_hand_and_it_waits_for_the_next_start(config: Path) -> None:
    async with HostileServer() as site:
        site.behave("/story", silence)
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        await ended(await start(config, "feeds", "add", site.url("/feed")))
        async with daemon(config) as process:
            async with asyncio.timeout(30):
                while not site.asked("/story"):
                    await asyncio.sleep(0.05)
            process.terminate()
            await until(process, "daemon.stopping")
            process.terminate()
            code, _, _ = await ended(process)
    assert (code, outcomes(config)) == (130, [None])


async def test_a_second_daemon_is_refused_and_told_of_the_first(config: Path) -> None:
    async with daemon(config) as first:
        code, _, err = await ended(await start(config, "run"))
        assert code == 4
        assert str(first.pid) in err


def make_overdue(config: Path) -> None:
    """Make all feeds of the store due two hours ago, as a downtime does."""
    with Store.open(config.with_name("m.db"), clock=utc_now) as store:
        late = to_text(utc_now() - timedelta(hours=2))
        store.submit(lambda db: db.execute("update feeds set next_poll_at = ?", [late]).rowcount).result(timeout=30)


async def test_overdue_feeds_are_spread_when_the_daemon_starts_and_polled_at_once_when_told_to(config: Path) -> None:
    async with HostileServer() as site:
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        await ended(await start(config, "feeds", "add", site.url("/feed")))
        looked = len(site.asked("/feed"))
        for _ in range(2):
            await ended(await start(config, "run", "--once"))
            make_overdue(config)
        asked = len(site.asked("/feed")) - looked
        process = await start(config, "run")
        await until(process, '"feeds.spread", "overdue": 1')
        process.kill()
        await process.communicate()
    assert asked == 2


async def test_a_writing_command_reaches_the_running_daemon(config: Path) -> None:
    async with HostileServer() as site, daemon(config):
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        code, out, err = await ended(await start(config, "feeds", "add", site.url("/feed"), "--json"))
        assert (code, json.loads(out)["stored"]) == (0, [site.url("/feed")]), err
        _, listed, _ = await ended(await start(config, "feeds", "list", "--json"))
        assert [feed["url"] for feed in json.loads(listed)] == [site.url("/feed")]


async def test_a_file_that_is_imported_is_stored_without_an_alert(config: Path, tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(f"{TITLE}\n\nNorvik Bank is laying off 320 people as AI does their work.\n")
    code, out, err = await ended(await start(config, "import", str(tmp_path / "story.txt"), "--json"))
    assert (code, json.loads(out)["imported"]) == (0, 1), err
    with Store.open(config.with_name("m.db"), clock=utc_now, read_only=True) as store:
        sql = "select label, origin from articles_view where is_seed = 0"
        assert store.read_now(lambda db: rows(db, sql)) == [{"label": "cut", "origin": "imported"}]
        assert store.read_now(lambda db: rows(db, "select id from alerts_view")) == []


async def test_an_address_that_is_imported_is_fetched_through_the_gate(config: Path) -> None:
    async with HostileServer() as site:
        site.serve("/story", article(TITLE), HTML)
        code, out, err = await ended(await start(config, "import", site.url("/story"), "--json"))
        assert (code, json.loads(out)["imported"]) == (0, 1), err
        refused = await ended(await start(config, "import", "http://10.0.0.1/story"))
    assert refused[0] == 1
    assert "blocked_address" in refused[2]


async def test_a_clock_that_is_set_moves_the_schedule_and_the_ticks_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """RELIABILITY.md T1; apscheduler waits by the clock, so it is woken."""
    began, by = utc_now(), [timedelta(0)]

    def clock() -> datetime:
        return began + by[0]

    async with runtime(settings(tmp_path / "m.db"), clock) as given:
        await add(given, [{"url": "https://a.example/f"}])
        steps, scheduler = Steps(clock, lambda: 0.0), AsyncIOScheduler(timezone="UTC")
        ticked = asyncio.Event()

        async def tick() -> None:
            ticked.set()

        scheduler.add_job(tick, Every(3600))
        scheduler.start()
        await after_step(given, steps, scheduler)
        assert ("clock.stepped" in caplog.messages, ticked.is_set()) == (False, False)
        by[0] = timedelta(hours=-1)
        await after_step(given, steps, scheduler)
        [row] = await given.store.read(lambda db: rows(db, "select next_poll_at from feeds"))
        async with asyncio.timeout(30):
            await ticked.wait()
        scheduler.shutdown(wait=False)
    assert caplog.messages.count("clock.stepped") == 1
    assert row["next_poll_at"] == to_text(clock())
    assert steps.step() == timedelta(0)


def test_a_tick_that_is_a_month_late_is_not_caught_up_on_one_by_one() -> None:
    now = utc_now()
    assert Every(1).get_next_fire_time(now - timedelta(days=30), now) == now + timedelta(seconds=1)


async def test_a_clock_from_before_the_program_was_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="the clock says 1970-01-01, before this program was made; set it"):
        async with open_runtime(settings(tmp_path / "m.db"), clock=lambda: datetime(1970, 1, 1, tzinfo=UTC)):
            pass
