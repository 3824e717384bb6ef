"""What the daemon does when it is told something: at any moment of its life, once or twice (RELIABILITY.md T4)."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from pipes import settings

import pytest
from test_daemon import daemon, ended, start, until

from monitor.clock import utc_now
from monitor.errors import ConfigurationError, StoreBusyError, StoreError
from monitor.settings import Settings
from monitor.signals import Told
from monitor.store import Store

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
    process = await start(config, "import", "-", stdin=asyncio.subprocess.PIPE)  # it would wait for words
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


async def test_a_command_that_has_the_store_meanwhile_is_waited_for(config: Path) -> None:
    """It finds nobody there and takes the store, while the daemon reads its settings."""
    async with daemon(config) as process:
        with Store.open(config.with_name("other.db"), clock=utc_now):
            write(config, CONFIG.format(delay=0).replace("m.db", "other.db"))
            process.send_signal(signal.SIGHUP)
            await until(process, "settings.reread")
            async with asyncio.timeout(60):
                while not is_free(config.with_name("m.db")):
                    await asyncio.sleep(0.01)
            ending = asyncio.ensure_future(process.wait())
            await asyncio.wait({ending}, timeout=0.5)
        await until(process, "daemon.started")
        process.terminate()
        assert await ending == 0


def is_free(store: Path) -> bool:
    try:
        Store.open(store, clock=utc_now).close()
    except StoreBusyError:
        return False
    return True


async def test_bad_settings_are_refused_and_the_old_ones_kept(config: Path) -> None:
    async with daemon(config) as process:
        write(config, BAD.format(delay=1))
        process.send_signal(signal.SIGHUP)
        await until(process, "settings.refused")
        process.send_signal(signal.SIGHUP)
        await until(process, "settings.refused")
        process.terminate()
        assert (await ended(process))[0] == 0


@asynccontextmanager
async def cannot_run(config: Path, why: str) -> AsyncIterator[str]:
    """Give settings that are right and with which no daemon can begin."""
    match why:
        case "its port is somebody else's":
            async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as other:
                yield CONFIG.format(delay=0) + f"[health]\nport = {other.sockets[0].getsockname()[1]}\n"
        case "its store is no store":
            config.with_name("other.db").write_text("kept by somebody for something else")
            yield CONFIG.format(delay=0).replace("m.db", "other.db")
        case "its cluster is not there":
            yield CONFIG.format(delay=0) + '[cluster]\nurl = "postgresql://127.0.0.1:1/none"\n'


@pytest.mark.parametrize("why", ["its port is somebody else's", "its store is no store", "its cluster is not there"])
async def test_settings_that_cannot_run_give_way_to_the_old_ones(config: Path, why: str) -> None:
    config.chmod(0o600)  # noqa: ASYNC240  # an address of PostgreSQL may hold a password
    async with daemon(config) as process, cannot_run(config, why) as text:
        write(config, text)
        process.send_signal(signal.SIGHUP)
        await until(process, "they cannot run: ")
        await until(process, f'"store": "{config.with_name("m.db")}"')
        write(config, CONFIG.format(delay=1).replace("m.db", "third.db"))
        process.send_signal(signal.SIGHUP)
        await until(process, "settings.reread")
        await until(process, f'"store": "{config.with_name("third.db")}"')
        process.terminate()
        assert (await ended(process))[0] == 0


async def test_a_daemon_that_is_to_end_goes_back_to_no_settings(tmp_path: Path) -> None:
    told, first = Told(lambda: settings(tmp_path / "other.db")), settings(tmp_path / "m.db")
    told.runs(first)
    told.to_reread()
    told.next()
    told.to_end()
    assert told.instead(StoreError("no room")) is None


@pytest.mark.parametrize("at_work", [False, True], ids=["at its first start", "at work"])
async def test_what_ends_a_daemon_that_has_no_way_back_is_raised(tmp_path: Path, *, at_work: bool) -> None:
    told = Told(None)
    if at_work:
        told.runs(settings(tmp_path / "m.db"))
    with pytest.raises(StoreError, match="no room"):
        told.instead(StoreError("no room"))


async def test_old_settings_that_cannot_run_any_more_either_end_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = settings(tmp_path / "m.db")
    told = Told(lambda: settings(tmp_path / "other.db"))
    told.runs(first)
    told.to_reread()
    told.next()
    assert told.instead(ExceptionGroup("two", [OSError("no folder"), StoreError("no room")])) is first
    assert vars(caplog.records[-1])["error"] == "they cannot run: no folder; no room"
    with pytest.raises(StoreBusyError):
        told.instead(StoreBusyError("somebody took it"))


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
