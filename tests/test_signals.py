"""What the daemon does when it is told something: at any moment of its life, once or twice (RELIABILITY.md T4)."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from pipes import settings

import pytest
from test_daemon import daemon, ended, start, until

from monitor.errors import ConfigurationError
from monitor.settings import Settings
from monitor.signals import Told

CONFIG = '[store]\npath = "m.db"\n[network]\nallow_private = ["127.0.0.0/8:*"]\nhost_delay_s = {delay}\n'
BAD = CONFIG.replace("host_delay_s", "host_dely_s")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "monitor.toml"
    file.write_text(CONFIG.format(delay=0))
    return file


def write(config: Path, text: str) -> None:
    config.write_text(text)


def holds(pid: int, number: signal.Signals) -> bool:
    """Return whether a process holds a signal back or has a handler for it: it no longer dies of it."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    masks = [int(line.split()[1], 16) for line in status if line.startswith(("SigBlk", "SigCgt"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc to see the first moments in")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_in_the_first_moments_stops_a_daemon_with_0(config: Path, number: signal.Signals) -> None:
    """Sent as soon as the process is the program and not yet only the interpreter: long before anything is loaded."""
    process = await start(config, "run")
    async with asyncio.timeout(60):
        while not holds(process.pid, signal.SIGTERM):
            await asyncio.sleep(0.001)
    process.send_signal(number)
    code, _, err = await ended(process)
    assert code == 0, err
    assert '"daemon.stopped"' in err


async def test_another_command_that_is_interrupted_while_it_is_loaded_ends_with_130(config: Path) -> None:
    process = await start(config, "import", "-")
    async with asyncio.timeout(60):
        while not holds(process.pid, signal.SIGTERM):
            await asyncio.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert (await ended(process))[0] == 130


async def test_a_hangup_has_the_settings_read_again(config: Path) -> None:
    async with daemon(config) as process:
        write(config, CONFIG.format(delay=1).replace("m.db", "other.db"))
        process.send_signal(signal.SIGHUP)
        await until(process, "settings.reread")
        await until(process, "daemon.started")
        assert config.with_name("other.db").exists()
        process.terminate()
        assert (await ended(process))[0] == 0


async def test_bad_settings_are_refused_and_the_old_ones_kept(config: Path) -> None:
    async with daemon(config) as process:
        write(config, BAD.format(delay=1))
        process.send_signal(signal.SIGHUP)
        await until(process, "settings.refused")
        process.send_signal(signal.SIGHUP)
        await until(process, "settings.refused")
        process.terminate()
        assert (await ended(process))[0] == 0


async def test_a_pass_that_loses_its_terminal_ends_in_order() -> None:
    told = Told(None)
    told.to_reread()
    assert (told.stop.is_set(), told.twice, told.next()) == (True, False, None)


def refused() -> Settings:
    raise ConfigurationError("host_dely_s: do you mean host_delay_s?")


def orders(told: Told) -> dict[str, Callable[[], None]]:
    return {"end": told.to_end, "reread": told.to_reread}


ORDERS: dict[str, tuple[list[str], bool, bool]] = {
    "nothing": ([], False, False),
    "new settings": (["reread"], True, True),
    "new settings twice": (["reread", "reread"], True, True),
    "to end": (["end"], True, False),
    "to end while it reads": (["reread", "end"], True, False),
    "to read while it ends": (["end", "reread"], True, False),
}


@pytest.mark.parametrize(("said", "stops", "goes_on"), ORDERS.values(), ids=ORDERS)
async def test_an_end_outweighs_new_settings(tmp_path: Path, said: list[str], *, stops: bool, goes_on: bool) -> None:
    fresh = settings(tmp_path / "m.db")
    told = Told(lambda: fresh)
    for word in said:
        orders(told)[word]()
    assert told.stop.is_set() == stops
    assert (told.next() is fresh) == goes_on
    assert not told.twice


async def test_settings_that_are_refused_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    told = Told(refused)
    told.to_reread()
    assert not told.stop.is_set()
    assert "host_dely_s" in vars(caplog.records[0])["error"]


async def test_the_second_order_to_end_cuts_off_and_the_third_does_nothing_more() -> None:
    async def run(made: list[Told]) -> None:
        made.append(Told(None))
        await asyncio.Event().wait()

    made: list[Told] = []
    running = asyncio.ensure_future(run(made))
    await asyncio.sleep(0)
    for _ in range(3):
        made[0].to_end()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (made[0].twice, running.cancelling()) == (True, 1)


def test_this_process_holds_nothing_back() -> None:
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
