"""Two daemons on one store cannot run (RELIABILITY.md S9, P12); for one process see test_store_owner."""

import asyncio
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from store_builders import opened
from test_daemon import config, daemon, ended, start, until

from monitor.clock import utc_now
from monitor.store import owner

__all__ = ["config"]  # a fixture
OTHER_BOOT = "00000000-0000-4000-8000-000000000000"


def mine(path: Path) -> owner.Process:
    """Return the note this process would leave in a store."""
    return owner._this_process(path, utc_now())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.db"
    opened(path).close()
    return path


NOTES: dict[str, tuple[dict[str, object], bool]] = {
    "this very process": ({}, True),
    "on a machine whose name was changed": ({"host": "renamed"}, True),
    "before the machine was started anew": ({"boot": OTHER_BOOT}, False),
    "process 1 of a container that was started anew": ({"pid": 1, "ticks": "17"}, False),
    "process 1 of a container on a machine that was started anew": ({"pid": 1, "boot": OTHER_BOOT}, False),
    "a number that was given out again": ({"ticks": "1"}, False),
    "a number that nobody has": ({"pid": 2**22 + 1}, False),
    "of the store this one was copied from": ({"file": "1:1"}, False),
}


@pytest.mark.parametrize(("change", "alive"), NOTES.values(), ids=NOTES)
def test_only_the_living_owner_of_this_very_file_keeps_others_out(
    path: Path, *, change: dict[str, object], alive: bool
) -> None:
    assert owner.alive(replace(mine(path), **change), path) == alive


def test_a_container_that_is_started_anew_with_the_same_number_gets_its_store(path: Path) -> None:
    """Its host name and process number are as before; when the process began is not."""
    before = replace(mine(path), host=socket.gethostname(), pid=1, ticks="17")
    assert not owner.alive(before, path)


def test_the_control_with_a_lock_file_alone_lets_a_second_in_once_it_is_deleted(path: Path) -> None:
    place = path.with_name("control.lock")
    with FileLock(place, timeout=0, thread_local=False):
        place.unlink()
        second = FileLock(place, timeout=0, thread_local=False)
        second.acquire()
        assert second.is_locked
        second.release()


async def test_a_deleted_lock_file_lets_no_second_daemon_in_and_the_first_stops(config: Path) -> None:
    """It stops writing at once, and ends with 4 when its minute's look, or its end, finds out."""
    async with daemon(config) as first:
        await until(first, "daemon.status")  # its first minute's look
        (config.parent / "m.db.lock").unlink()
        code, _, err = await ended(await start(config, "run"))
        assert (code, str(first.pid) in err) == (4, True)
        first.terminate()
        code, _, err = await ended(first)
        assert (code, "is no longer this daemon's" in err) == (4, True)


async def test_a_daemon_that_was_killed_is_followed_at_once(config: Path) -> None:
    for _ in range(3):
        process = await start(config, "run")
        await until(process, "daemon.started")
        process.send_signal(signal.SIGKILL)
        assert (await ended(process))[0] == -signal.SIGKILL


async def test_of_daemons_started_at_the_same_moment_one_runs(config: Path) -> None:
    processes = [await start(config, "run") for _ in range(3)]
    done = [asyncio.ensure_future(ended(process)) for process in processes]
    async with asyncio.timeout(60):
        while sum(one.done() for one in done) < 2:
            await asyncio.sleep(0.02)
    [running] = [process for process, one in zip(processes, done, strict=True) if not one.done()]
    while not owner.note(config.parent / "m.db"):
        await asyncio.sleep(0.02)
    assert owner.note(config.parent / "m.db").pid == running.pid  # type: ignore[union-attr]  # waited for
    running.terminate()
    assert sorted([(await one)[0] for one in done]) == [0, 4, 4]
