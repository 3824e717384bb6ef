"""Fifteen secrets go through a whole run in which every delivery fails, and stand nowhere afterwards (D10, X2).

The servers refuse and repeat what they know. Looked through, byte by byte: the log, what the commands print, the store
with its WAL, a backup, an edition, the pages, the command lines of all processes, the messages themselves, and what a
crash leaves behind. The control notes errors in their own words and must be caught.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from click.testing import CliRunner
from faults.canaries import HOOKS, MAILS, SECRETS, Town, files_of, found_in, town
from viewers import serving

from monitor.cli import layoff_monitor
from monitor.clock import utc_now
from monitor.store import Store
from monitor.store.rows import Row, rows

ROOT = Path(__file__).parents[2]
CHANNELS = (*MAILS, *HOOKS, "rise")
CARELESS = str(Path(__file__).with_name("careless.py"))
PAGES = (
    "", "stories", "employers/1", "events/1", "trends", "sources", "ask", "why?url=event+1", "alerts.atom",
    *(f"monitor/{name}_view" for name in ("deliveries", "messages", "channels", "alerts", "feeds")),
    *(f"monitor/{name}.json?_shape=array" for name in ("messages", "channel_states", "second_opinions", "meta")),
)  # fmt: skip
APPRISE = """
import logging
class Apprise:
    def add(self, url):
        self.url = url
        return True
    def notify(self, title, body):
        logging.getLogger("apprise").error("cannot reach %s", self.url)
        raise ConnectionError(f"cannot reach {self.url}")
"""


def environment(at: Town) -> dict[str, str]:
    """Return what the daemon is started with: secrets, a stand-in for apprise, and a dump of stacks at a crash."""
    fakes = at.folder / "fakes"
    (fakes / "apprise").mkdir(parents=True, exist_ok=True)
    (fakes / "apprise" / "__init__.py").write_text(APPRISE, encoding="utf-8")
    path = os.pathsep.join([str(ROOT), str(fakes)])
    return {**os.environ, **at.environment, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}


@asynccontextmanager
async def daemon(at: Town, *program: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Give a daemon that tells everything it does; killed in the end if it still runs."""
    words = (*program, "--verbose", "--config", str(at.config), "run")
    with (at.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=log, stderr=log, env=environment(at), cwd=at.folder,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def commanded(at: Town, *words: str) -> str:
    """Return all that a command prints."""
    runner = CliRunner(env=at.environment)
    result = await asyncio.to_thread(runner.invoke, layoff_monitor, ["--config", str(at.config), *words])
    return f"$ {words[0]}\n{result.output}\n{result.exception!r}\n"


async def read(at: Town, sql: str) -> list[Row]:
    with Store.open(at.data / "monitor.db", clock=utc_now, read_only=True) as store:
        return await store.read(lambda db: rows(db, sql))


async def tried(at: Town) -> None:
    """Return once every channel has failed and the model was asked."""
    sql = """
        select count(distinct channel) as failed,
          (select count(*) from second_opinions where outcome = 'failed') as asked
        from messages where state = 'retrying'
    """
    async with asyncio.timeout(120):
        while await read(at, sql) != [{"failed": len(CHANNELS), "asked": 1}]:
            await asyncio.sleep(0.1)


def command_lines(process: int) -> bytes:
    """Return the command lines of a process and of all it has started."""
    lines = Path(f"/proc/{process}/cmdline").read_bytes()
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in (thread / "children").read_text().split():
            lines += b"\n" + command_lines(int(child))
    return lines


async def all_commands(at: Town) -> str:
    """Return what the commands say while the daemon runs."""
    [alert] = await read(at, "select id from alerts where kind = 'any'")
    asked = (
        *(("alerts", "test", name) for name in ("letters", "hook", "slack", "rise")),
        ("--help",), ("check",), ("check", "--json"), ("explain", at.site.url("/0")), ("explain", at.site.url("/1")),
        ("explain", at.site.url("/feed")), ("alerts", "list"), ("alerts", "show", alert["id"]), ("alerts", "mutes"),
        ("alerts", "preview"), ("feeds", "list", "--json"),
        ("feeds", "add", "--as-given", at.feed_with_password),
        ("backup", str(at.data / "copy.db")), ("export", str(at.data / "edition")),
    )  # fmt: skip
    return "".join([await commanded(at, *words) for words in asked])


def pages(at: Town) -> bytes:
    """Return what the site shows."""
    with serving(at.data / "monitor.db") as viewer:
        return "\n".join(viewer.ask(path).text for path in PAGES).encode()


async def test_no_secret_stands_anywhere_after_a_run_in_which_everything_fails(
    tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    async with town(tmp_path) as at:
        assert "1 added" in await commanded(at, "feeds", "add", "--as-given", at.site.url("/feed"))
        async with daemon(at, "-m", "monitor") as process:
            await tried(at)
            places = {"command lines": command_lines(process.pid)}
            places["commands"] = (await all_commands(at)).encode()
            process.send_signal(signal.SIGABRT)
            assert await process.wait() == -signal.SIGABRT
        places |= files_of(at.data) | {"log": (at.folder / "log").read_bytes()}
        places["pages"] = await asyncio.to_thread(pages, at)
        places |= at.sent()
    for name in ("monitor.db", "monitor.db-wal", "copy.db", "command lines", "pages", "letters", "bodies"):
        assert places[name], name
    assert any(name.startswith("edition") for name in places)
    assert b"Fatal Python error" in places["log"]
    assert b"alert.retrying" in places["log"]
    assert places["commands"].count(b"failed") >= 4
    leaks = sorted(found_in(places))
    counted("secrets put to the test", len(SECRETS))
    counted("secrets leaked", len(leaks))
    assert leaks == []


async def test_the_control_that_notes_errors_in_their_own_words_is_caught(tmp_path: Path) -> None:
    async with town(tmp_path) as at:
        await commanded(at, "feeds", "add", "--as-given", at.site.url("/feed"))
        async with daemon(at, CARELESS):
            await tried(at)
        leaks = list(found_in(files_of(at.data) | {"log": (at.folder / "log").read_bytes()}))
    assert any(leak.endswith("in log") for leak in leaks)
    assert any("monitor.db" in leak for leak in leaks)
    assert len({leak.partition(":")[0] for leak in leaks}) >= 8
