"""The sandbox: when its processes start, end and are replaced, and what they are allowed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ParseError, UsageError
from monitor.model import Reason
from monitor.poll import parse_feed, read_feed_list
from monitor.sandbox import Limits, Sandbox, SandboxClosedError

sys.path.insert(0, str(Path(__file__).parent / "faults"))
import deaths

MiB = 1 << 20
FAULTS = Path(__file__).parent / "faults"
ROOT = Path(__file__).parent.parent


def limits(**changed: Any) -> dict[Any, Limits]:
    values: dict[str, Any] = {
        "cpu_s": 5, "wall_s": 5.0, "memory_bytes": 512 * MiB, "recycle_bytes": 200 * MiB
    }  # fmt: skip
    bounds = Limits(**(values | changed))
    return {"feed": bounds, "page": bounds}


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone, or going while it is read
        return False


def cpu_ticks(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[11])


async def until(condition: Callable[[], bool], within_s: float = 8.0) -> bool:
    for _ in range(int(within_s / 0.02)):
        if condition():
            return True
        await asyncio.sleep(0.02)
    return False


async def until_gone(*pids: int) -> bool:
    return await until(lambda: not any(alive(pid) for pid in pids))


async def test_no_process_starts_before_the_first_task() -> None:
    async with Sandbox(2) as sandbox:
        assert sandbox.processes() == ()


async def test_one_task_after_another_needs_one_process() -> None:
    async with Sandbox(2) as sandbox:
        assert len({await sandbox.run("page", deaths.answer) for _ in range(5)}) == 1


async def test_short_tasks_at_the_same_time_need_one_process_too() -> None:
    async with Sandbox(2) as sandbox:
        await sandbox.run("page", deaths.answer)
        assert len(set(await asyncio.gather(*(sandbox.run("page", deaths.answer) for _ in range(8))))) == 1


async def test_tasks_behind_one_that_takes_long_get_another_process() -> None:
    async with Sandbox(2) as sandbox:
        first = await sandbox.run("page", deaths.answer)
        stuck = asyncio.create_task(sandbox.run("page", deaths.hang))
        behind = set(await asyncio.gather(*(sandbox.run("page", deaths.answer) for _ in range(4))))
        stuck.cancel()
        with suppress(asyncio.CancelledError):
            await stuck
    assert len(behind) == 1
    assert first not in behind


async def test_feeds_and_pages_never_share_a_process() -> None:
    async with Sandbox(1) as sandbox:
        assert await sandbox.run("page", deaths.answer) != await sandbox.run("feed", deaths.answer)


async def test_a_process_that_reads_feeds_carries_no_library_for_pages_or_http() -> None:
    feed = b"<rss version='2.0'><channel><title>News</title></channel></rss>"
    async with Sandbox(1) as sandbox:
        await sandbox.run("feed", parse_feed, feed, None, "https://example.org/feed")
        heavy = ("trafilatura", "lxml", "httpx", "aiohttp", "datasette", "apscheduler", "feedparser")
        assert await sandbox.run("feed", deaths.loaded, *heavy) == ["feedparser"]


async def test_an_idle_process_ends_and_the_next_task_starts_another() -> None:
    async with Sandbox(1, idle_s=0.05) as sandbox:
        first = await sandbox.run("page", deaths.answer)
        assert await until_gone(first)
        assert await sandbox.run("page", deaths.answer) != first


async def test_a_process_killed_while_idle_costs_no_task() -> None:
    async with Sandbox(1) as sandbox:
        first = await sandbox.run("page", deaths.answer)
        os.kill(first, signal.SIGKILL)
        assert await sandbox.run("page", deaths.answer) != first


async def test_a_process_that_has_grown_is_replaced() -> None:
    async with Sandbox(1, limits=limits(recycle_bytes=100 * MiB)) as sandbox:
        first = await sandbox.run("page", deaths.answer)
        await sandbox.run("page", deaths.grow_by, 120)
        assert await sandbox.run("page", deaths.answer) != first


async def test_a_process_is_replaced_after_so_many_tasks() -> None:
    async with Sandbox(1, limits=limits(recycle_tasks=2)) as sandbox:
        pids = [await sandbox.run("page", deaths.answer) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_the_cpu_limit_is_of_each_task_and_not_of_the_process() -> None:
    async with Sandbox(1, limits=limits(cpu_s=1, wall_s=60.0)) as sandbox:
        pids = {await sandbox.run("page", burn, 0.5) for _ in range(3)}
    assert len(pids) == 1


def burn(seconds: float) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


async def test_waiting_for_a_process_does_not_count_to_the_limit() -> None:
    async with Sandbox(1, limits=limits(wall_s=0.5)) as sandbox:
        naps = await asyncio.gather(*(sandbox.run("page", time.sleep, 0.2) for _ in range(4)))
    assert naps == [None] * 4


async def test_cancelling_kills_the_work() -> None:
    async with Sandbox(1) as sandbox:
        pid = await sandbox.run("page", deaths.answer)
        idle = cpu_ticks(pid)
        work = asyncio.create_task(sandbox.run("page", deaths.spin))
        assert await until(lambda: cpu_ticks(pid) > idle + 10)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert await until_gone(pid)
        assert await sandbox.run("page", deaths.answer) != pid


@pytest.mark.parametrize("at_work", [deaths.hang, deaths.spin])
async def test_closing_takes_less_than_two_seconds_and_leaves_no_process(at_work: Any) -> None:
    async with Sandbox(2) as sandbox:
        await sandbox.run("feed", deaths.answer)
        work = asyncio.create_task(sandbox.run("page", at_work))
        assert await until(lambda: len(sandbox.processes()) == 2)
        pids = sandbox.processes()
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert len(pids) == 2
    assert await until_gone(*pids)
    with pytest.raises(SandboxClosedError):
        await work


async def test_a_closed_sandbox_takes_no_task() -> None:
    async with Sandbox(1) as sandbox:
        pass
    with pytest.raises(SandboxClosedError):
        await sandbox.run("page", deaths.answer)


async def test_the_refusals_of_a_parser_pass_through_unchanged() -> None:
    async with Sandbox(1) as sandbox:
        with pytest.raises(ParseError) as refused:
            await sandbox.run("feed", parse_feed, b"", None, "https://example.org/")
        with pytest.raises(UsageError, match="well-formed"):
            await sandbox.run("feed", read_feed_list, b"<opml><body>")
    assert (refused.value.reason, refused.value.detail) == (Reason.EMPTY_FEED, "the document is empty")


async def test_large_documents_go_in_and_out() -> None:
    body = os.urandom(10 * MiB)
    async with Sandbox(1) as sandbox:
        assert await sandbox.run("feed", deaths.echo, body) == body


async def test_three_hundred_tasks_leave_no_memory_behind() -> None:
    async with Sandbox(1) as sandbox:
        for _ in range(50):
            await sandbox.run("page", deaths.echo, bytes(MiB))
        before = resident()
        for _ in range(250):
            await sandbox.run("page", deaths.echo, bytes(MiB // 4))
        assert resident() - before < 20 * MiB


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


async def test_a_start_keeps_the_event_loop_waiting_for_less_than_a_quarter_second() -> None:
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            worst = max(worst, time.monotonic() - before)

    watcher = asyncio.create_task(watch())
    async with Sandbox(2) as sandbox:
        await asyncio.gather(*(sandbox.run("page", burn, 0.1) for _ in range(3)))
    watcher.cancel()
    assert worst < 0.25


PROGRAM = """
import asyncio, os, sys
import deaths
from monitor.sandbox import Limits, Sandbox, SandboxClosedError

async def main():
    bounds = Limits(cpu_s=1, wall_s=1.0, memory_bytes=512 << 20, recycle_bytes=200 << 20)
    async with Sandbox(2, limits={"feed": bounds, "page": bounds}) as sandbox:
        idle = await sandbox.run("feed", deaths.answer)
        if "stay" in sys.argv:
            busy = await sandbox.run("page", deaths.answer)
            work = asyncio.create_task(sandbox.run("page", deaths.hang))
            await asyncio.sleep(0.1)
            print(*sandbox.processes(), flush=True)
            await asyncio.sleep(60)
        print("answered", flush=True)

if __name__ == "__main__":
    asyncio.run(main())
"""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{FAULTS}"}


def started_as(way: str, folder: Path) -> list[str]:
    package = folder / "program"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    script = folder / "console-script"
    script.write_text(PROGRAM, encoding="utf-8")
    ways = {
        "console script": [str(script)],
        "python -m": ["-m", "program"],
        "python -c": ["-c", PROGRAM],
    }
    return [sys.executable, "-W", "error", *ways[way]]


@pytest.mark.parametrize("way", ["console script", "python -m", "python -c"])
def test_it_works_however_the_program_was_started(way: str, tmp_path: Path) -> None:
    done = subprocess.run(
        started_as(way, tmp_path), env=environment(), cwd=tmp_path, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "answered\n", "")


def test_what_each_process_imports_again_of_our_own_program_is_light() -> None:
    """A console script's main module runs again in every process; heavy imports belong into the commands."""
    heavy = ("trafilatura", "lxml", "feedparser", "httpx", "aiohttp", "datasette", "apscheduler", "sqlite3")
    program = f"import sys, monitor.__main__; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_no_process_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    """One child was idle, one at work that would never end; the kernel ends the latter at its wall limit."""
    command = [*started_as("console script", tmp_path), "stay"]
    with subprocess.Popen(  # noqa: ASYNC220  # nothing else runs in this loop
        command, env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    assert await until_gone(*pids)
