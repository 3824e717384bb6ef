"""The daemon as a process: it starts, works, answers commands, stops when told, and is alone with its store."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from pipes import article, rss

import pytest
from faults.hostile import HostileServer, late, silence

from monitor.clock import utc_now
from monitor.store import Store
from monitor.store.rows import rows

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html"}
TITLE = "Norvik Bank cuts 320 jobs as AI assistant takes over phone service"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "monitor.toml"
    file.write_text('[store]\npath = "m.db"\n[network]\nallow_private = ["127.0.0.0/8:*"]\nhost_delay_s = 0\n')
    return file


async def start(config: Path, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "monitor", "--config", str(config), *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
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


async def test_a_writing_command_reaches_the_running_daemon(config: Path) -> None:
    async with HostileServer() as site, daemon(config):
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        code, out, err = await ended(await start(config, "feeds", "add", site.url("/feed"), "--json"))
        assert (code, json.loads(out)) == (0, {"added": 1, "known": 0, "refused": []}), err
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
