"""The control socket: changes reach the owner of the store, and nobody can make another wait."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor import control
from monitor.control.messages import WORKING
from monitor.errors import ConfigurationError, MonitorError, StoreBusyError, StoreError, UsageError


class Bell:
    """A command that waits until it is rung."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.rung = asyncio.Event()

    async def wait(self, args: dict[str, Any]) -> Any:
        self.began.set()
        await self.rung.wait()
        return args


async def echo(args: dict[str, Any]) -> Any:
    return {"got": args}


async def fail(args: dict[str, Any]) -> Any:
    kinds = {"usage": UsageError, "store": StoreError, "busy": StoreBusyError, "own": MonitorError,
             "setting": ConfigurationError}  # fmt: skip
    raise kinds[args["kind"]]("it is so")


async def bug(_args: dict[str, Any]) -> Any:
    raise ZeroDivisionError


HANDLERS: dict[str, control.Handler] = {"echo": echo, "fail": fail, "bug": bug}


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def raw(store: Path, data: bytes) -> bytes:
    """Send bytes as they are and return the first line of the answer."""
    reader, writer = await asyncio.open_unix_connection(str(control.socket_path(store)), limit=control.LONGEST_MESSAGE)
    writer.write(data)
    line = await reader.readline()
    writer.close()
    return line


async def test_a_command_gets_the_answer_of_the_owner(tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        assert await control.call(tmp_path / "x.db", "echo", {"a": ["ä", None, 1]}) == {"got": {"a": ["ä", None, 1]}}


@pytest.mark.parametrize(("kind", "code"), [("usage", 2), ("setting", 2), ("store", 3), ("busy", 4), ("own", 1)])
async def test_an_error_of_the_owner_is_raised_here_with_its_exit_code(kind: str, code: int, tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        with pytest.raises(MonitorError, match=r"^it is so$") as caught:
            await control.call(tmp_path / "x.db", "fail", {"kind": kind})
    assert caught.value.exit_code == code


async def test_a_bug_of_the_owner_is_told_as_one_and_the_owner_goes_on(tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        with pytest.raises(control.OwnerFailedError, match="ZeroDivisionError") as caught:
            await control.call(tmp_path / "x.db", "bug", {})
        assert await control.call(tmp_path / "x.db", "echo", {}) == {"got": {}}
    assert caught.value.exit_code == 70


async def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        with pytest.raises(UsageError, match="knows no command 'eco'"):
            await control.call(tmp_path / "x.db", "eco", {})


BAD_REQUESTS = {
    "no JSON": b"hello\n",
    "no object": b"[1]\n",
    "no command": b"{}\n",
    "a command that is no text": b'{"command": 1}\n',
    "arguments that are no object": b'{"command": "echo", "args": 1}\n',
    "no UTF-8": b"\xff\xfe\n",
    "an abyss": b"[" * 100_000 + b"\n",
    "an empty line": b"\n",
}


@pytest.mark.parametrize("request_", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
async def test_a_bad_request_is_answered(request_: bytes, tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        answer = json.loads(await raw(tmp_path / "x.db", request_))
    assert (answer["ok"], answer["exit_code"]) == (False, 2)


async def test_a_request_above_the_limit_is_answered_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.control.owner.LONGEST_MESSAGE", 1000)
    async with control.serve(tmp_path / "x.db", HANDLERS):
        answer = json.loads(await raw(tmp_path / "x.db", b"x" * 3000))
    assert "at most 1000 bytes" in answer["error"]


async def test_one_connection_can_ask_several_times(tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        reader, writer = await asyncio.open_unix_connection(str(control.socket_path(tmp_path / "x.db")))
        for number in (1, 2):
            writer.write(b'{"command": "echo", "args": {"n": %d}}\n' % number)
            assert json.loads(await reader.readline())["answer"] == {"got": {"n": number}}
        writer.close()


async def test_an_owner_says_that_it_works_until_it_answers(tmp_path: Path) -> None:
    bell, store = Bell(), tmp_path / "x.db"
    async with control.serve(store, {"wait": bell.wait}, beat_s=0.001):
        reader, writer = await asyncio.open_unix_connection(str(control.socket_path(store)))
        writer.write(b'{"command": "wait"}\n')
        assert [await reader.readline(), await reader.readline()] == [WORKING, WORKING]
        asking = asyncio.create_task(control.call(store, "wait", {"a": 1}))
        bell.rung.set()
        assert await asking == {"a": 1}
        writer.close()


async def test_an_owner_that_is_silent_is_not_waited_for(tmp_path: Path) -> None:
    bell, store = Bell(), tmp_path / "x.db"
    async with control.serve(store, {"wait": bell.wait}, beat_s=60):
        with pytest.raises(StoreBusyError, match="does not answer"):
            await control.call(store, "wait", {}, timeout_s=0.05)


async def test_a_client_that_says_nothing_keeps_nobody_waiting_and_is_let_go(tmp_path: Path) -> None:
    store = tmp_path / "x.db"
    async with control.serve(store, HANDLERS, patience_s=0.05):
        silent, writer = await asyncio.open_unix_connection(str(control.socket_path(store)))
        writer.write(b'{"command": ')
        assert await control.call(store, "echo", {}) == {"got": {}}
        assert await silent.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_client_that_leaves_does_not_end_what_it_began(tmp_path: Path) -> None:
    bell, store = Bell(), tmp_path / "x.db"
    done = asyncio.Event()

    async def wait(args: dict[str, Any]) -> Any:
        await bell.wait(args)
        done.set()

    async with control.serve(store, {"wait": wait}, beat_s=0.01):
        reader, writer = await asyncio.open_unix_connection(str(control.socket_path(store)))
        writer.write(b'{"command": "wait"}\n')
        assert await reader.readline() == WORKING
        writer.transport.abort()
        bell.rung.set()
        await asyncio.wait_for(done.wait(), 5)


async def test_what_is_under_way_at_the_end_is_cancelled(tmp_path: Path) -> None:
    bell, store = Bell(), tmp_path / "x.db"
    async with control.serve(store, {"wait": bell.wait}):
        asking = asyncio.create_task(control.call(store, "wait", {}))
        await bell.began.wait()
    with pytest.raises(StoreBusyError, match=r"went away|does not answer"):
        await asking


async def test_the_socket_is_its_owners_alone_and_gone_afterwards(tmp_path: Path) -> None:
    path = control.socket_path(tmp_path / "x.db")
    async with control.serve(tmp_path / "x.db", HANDLERS):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == []


async def test_the_socket_of_a_killed_owner_is_replaced(tmp_path: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(control.socket_path(tmp_path / "x.db")))
    stale.close()
    with pytest.raises(StoreBusyError):
        await control.call(tmp_path / "x.db", "echo", {})
    async with control.serve(tmp_path / "x.db", HANDLERS):
        assert await control.call(tmp_path / "x.db", "echo", {}) == {"got": {}}


async def test_a_successor_s_socket_is_not_removed(tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        async with control.serve(tmp_path / "x.db", {}):
            pass
        async with control.serve(tmp_path / "x.db", HANDLERS):
            pass
        control.socket_path(tmp_path / "x.db").write_text("another's")
    assert control.socket_path(tmp_path / "x.db").read_text() == "another's"


async def test_a_store_whose_path_is_too_long_for_a_socket_can_be_asked(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    async with control.serve(folder / "x.db", HANDLERS):
        place = control.socket_path(folder / "x.db").readlink()
        assert await control.call(folder / "x.db", "echo", {}) == {"got": {}}
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert (names(folder), place.parent.exists()) == ([], False)


async def test_a_link_to_the_store_leads_to_the_same_owner(tmp_path: Path) -> None:
    (tmp_path / "x.db").touch()
    (tmp_path / "y.db").symlink_to(tmp_path / "x.db")
    async with control.serve(tmp_path / "x.db", HANDLERS):
        assert await control.call(tmp_path / "y.db", "echo", {}) == {"got": {}}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)  # noqa: PTH101  # in an async test
    with pytest.raises(StoreError, match="is its folder writable"):
        async with control.serve(tmp_path / "x.db", HANDLERS):
            pass


# --- acting ------------------------------------------------------------------------------------------------


class Runtime:
    """What `open_runtime` gives, as far as these tests look."""


@asynccontextmanager
async def free() -> AsyncIterator[Runtime]:
    yield Runtime()


@asynccontextmanager
async def owned() -> AsyncIterator[Runtime]:
    raise StoreBusyError("the store is owned by process 7")
    yield Runtime()


async def here(_runtime: Runtime, args: dict[str, Any]) -> Any:
    return {"here": args}


async def test_a_store_nobody_owns_is_changed_here(tmp_path: Path) -> None:
    assert await control.act(tmp_path / "x.db", free, {"echo": here}, "echo", {"a": 1}) == {"here": {"a": 1}}


async def test_a_store_with_an_owner_is_changed_by_the_owner(tmp_path: Path) -> None:
    async with control.serve(tmp_path / "x.db", HANDLERS):
        assert await control.act(tmp_path / "x.db", owned, {"echo": here}, "echo", {"a": 1}) == {"got": {"a": 1}}


async def test_an_owner_that_is_still_starting_is_waited_for(tmp_path: Path) -> None:
    asking = asyncio.create_task(control.act(tmp_path / "x.db", owned, {"echo": here}, "echo", {}))
    await asyncio.wait({asking}, timeout=0.05)
    async with control.serve(tmp_path / "x.db", HANDLERS):
        assert await asking == {"got": {}}


async def test_an_owner_that_does_not_listen_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreBusyError, match="owned by process 7"):
        await control.act(tmp_path / "x.db", owned, {"echo": here}, "echo", {}, patience_s=0)


async def test_a_busy_store_within_a_command_is_not_passed_on(tmp_path: Path) -> None:
    async def busy(_runtime: Runtime, _args: dict[str, Any]) -> Any:
        raise StoreBusyError("locked by a backup")

    async with control.serve(tmp_path / "x.db", HANDLERS):
        with pytest.raises(StoreBusyError, match="locked by a backup"):
            await control.act(tmp_path / "x.db", free, {"echo": busy}, "echo", {})
