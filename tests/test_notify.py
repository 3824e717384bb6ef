"""What the service manager is told: ready, alive only while all lives, stopping; over a real datagram socket."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from pipes import runtime, settings

import pytest
from asking import free_port, got

from monitor.health import Manager, Pulse, attended, manager_in
from monitor.health.pulse import STALLED_S


@pytest.fixture
def line(tmp_path: Path) -> Iterator[socket.socket]:
    """Give the socket that a service manager listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(0)
        yield listening


async def heard(line: socket.socket) -> str:
    async with asyncio.timeout(60):
        return (await asyncio.get_running_loop().sock_recv(line, 4096)).decode()


ENVIRONMENTS: dict[str, tuple[dict[str, str], Manager]] = {
    "nobody": ({}, Manager()),
    "a socket": ({"NOTIFY_SOCKET": "/run/x"}, Manager("/run/x")),
    "an abstract socket": ({"NOTIFY_SOCKET": "@x"}, Manager("\0x")),
    "a socket of another kind": ({"NOTIFY_SOCKET": "vsock:2:1"}, Manager()),
    "a watchdog": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "7"}, Manager("/x", 9.0)),
    "a watchdog of another": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "8"}, Manager("/x")),
    "no number": ({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"}, Manager("/x")),
}


@pytest.mark.parametrize(("environ", "manager"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_manager_is_the_one_the_environment_names(environ: dict[str, str], manager: Manager) -> None:
    assert manager_in(environ, pid=7) == manager


def test_a_manager_that_does_not_listen_is_no_failure(tmp_path: Path) -> None:
    assert [Manager().tell("READY=1"), Manager(str(tmp_path / "none")).tell("READY=1")] == [False, False]


async def test_a_daemon_that_lives_says_so_again_and_again(line: socket.socket, tmp_path: Path) -> None:
    stop = asyncio.Event()
    manager = Manager(line.getsockname(), watchdog_s=0.03)
    async with runtime(settings(tmp_path / "m.db")) as given, attended(given, Pulse(), manager, stop):
        assert [await heard(line) for _ in range(4)] == ["READY=1", *["WATCHDOG=1"] * 3]
        stop.set()
        while await heard(line) != "STOPPING=1":
            pass


async def test_one_that_only_reads_its_settings_anew_is_not_taken_to_end(line: socket.socket, tmp_path: Path) -> None:
    stop = asyncio.Event()
    manager = Manager(line.getsockname())
    async with runtime(settings(tmp_path / "m.db")) as given:
        async with attended(given, Pulse(), manager, stop, ending=lambda: False):
            stop.set()
            assert await heard(line) == "READY=1"
            assert (await heard(line)).startswith("RELOADING=1\nMONOTONIC_USEC=")
        async with attended(given, Pulse(), manager, asyncio.Event()):
            assert await heard(line) == "READY=1"


class Stalled(Pulse):
    """A pulse in which one loop has not been heard of for long."""

    def silences(self) -> dict[str, float]:
        return {"poll": STALLED_S + 1}


@pytest.mark.parametrize("cause", ["a loop that stalled", "a store that is lost", "a writer that died"])
async def test_one_that_does_not_live_is_silent_and_told_in_the_log(
    cause: str, line: socket.socket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manager = Manager(line.getsockname(), watchdog_s=0.03)
    pulse = Stalled() if cause == "a loop that stalled" else Pulse()
    async with runtime(settings(tmp_path / "m.db")) as given:
        if cause == "a store that is lost":
            (tmp_path / "m.db.lock").unlink()
        elif cause == "a writer that died":
            await asyncio.to_thread(given.store.close)
        async with attended(given, pulse, manager, asyncio.Event()):
            assert await heard(line) == "READY=1"
            async with asyncio.timeout(20):
                while "watchdog.silent" not in [record.message for record in caplog.records]:
                    await asyncio.sleep(0)
        with pytest.raises(BlockingIOError):
            line.recv(4096)


async def test_a_full_disk_is_no_reason_to_be_killed(
    line: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    manager = Manager(line.getsockname(), watchdog_s=0.03)
    async with runtime(settings(tmp_path / "m.db")) as given, attended(given, Pulse(), manager, asyncio.Event()):
        assert [await heard(line) for _ in range(2)] == ["READY=1", "WATCHDOG=1"]


async def test_the_daemon_tells_its_manager_when_it_begins_and_when_it_ends(
    line: socket.socket, tmp_path: Path
) -> None:
    config = tmp_path / "monitor.toml"
    port = free_port()
    config.write_text(f'[store]\npath = "m.db"\n[health]\nport = {port}\n', encoding="utf-8")
    environ = {**os.environ, "NOTIFY_SOCKET": line.getsockname(), "WATCHDOG_USEC": "30000000"}
    command = (sys.executable, "-m", "monitor", "--config", str(config), "run")
    process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.DEVNULL)
    try:
        assert await heard(line) == "READY=1"
        assert await heard(line) == "WATCHDOG=1"
        assert [(await got(port, path))[0] for path in ("/healthz", "/metrics", "/x")] == [200, 200, 404]
        process.send_signal(signal.SIGTERM)
        assert await heard(line) == "STOPPING=1"
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_loop_s_lag_is_measured() -> None:
    """A clock that goes five seconds at each look: a second's rest took five."""
    ticks = iter(range(0, 1000, 5))
    pulse = Pulse(lambda: float(next(ticks)))
    feeling = asyncio.ensure_future(pulse.feel())
    while not pulse.lag_s:
        await asyncio.sleep(0.01)
    feeling.cancel()
    assert pulse.lag_s == 4.0
