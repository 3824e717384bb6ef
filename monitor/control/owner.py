"""The owner's side of the control socket: who listens, and how each connection is answered."""

import asyncio
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from monitor.control.messages import LONGEST_MESSAGE, WORKING, refusal, reply, request_of, socket_path
from monitor.errors import MonitorError, StoreError, UsageError

logger = logging.getLogger("monitor")

Handler = Callable[[dict[str, Any]], Awaitable[Any]]

QUIET: Final = frozenset({"alive"})  # health checks ask this twice a minute
LONGEST_PATH: Final = 100  # bytes; a socket's path holds 108 on Linux, 104 on macOS


def _bind(path: Path) -> tuple[socket.socket, Path | None]:
    """Return a socket bound at `path` and, where that is too long for a socket, the short folder it is in.

    A file left by a killed daemon is replaced; only the holder of the owner lock may call this. The socket is
    made under another name and moved into place, so nobody meets it with a mode wider than 0600. For a long path
    it lies in a folder of mode 0700 and `path` is a link there: owner and command need not agree on where
    temporary files are.
    """
    beside, folder = path.with_name(f"{path.name}.new"), None
    place = beside
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        beside.unlink(missing_ok=True)
        if len(os.fsencode(beside)) > LONGEST_PATH:
            folder = Path(tempfile.mkdtemp(prefix="layoff-monitor-"))
            place = folder / "owner.sock"
            beside.symlink_to(place)
        listener.bind(str(place))
        place.chmod(0o600)
        beside.replace(path)
    except OSError as error:
        listener.close()
        raise StoreError(f"cannot listen at {path}: {error}; is its folder writable?") from error
    return listener, folder


class _Door:
    """The connections that are open, each a task of its own: a slow client keeps nobody waiting."""

    def __init__(self, handlers: Mapping[str, Handler], patience_s: float, beat_s: float) -> None:
        self.handlers = handlers
        self.patience_s = patience_s
        self.beat_s = beat_s
        self.tasks: set[asyncio.Future[Any]] = set()

    def keep(self, task: asyncio.Future[Any] | None) -> None:
        """Remember a task until it is done."""
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it closes or is too slow."""
        self.keep(asyncio.current_task())
        try:
            while await self._exchange(reader, writer):
                pass
        except (TimeoutError, OSError, asyncio.CancelledError):
            writer.transport.abort()  # the client left or is too slow, or the daemon stops
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            async with asyncio.timeout(self.patience_s):
                line = await reader.readline()
        except ValueError:
            await self._send(writer, refusal(UsageError(f"a request holds at most {LONGEST_MESSAGE} bytes")))
            return False
        if not line.endswith(b"\n"):
            return False
        work = asyncio.ensure_future(self._answer(line))
        self.keep(work)
        await self._beat(work, writer)
        await self._send(writer, await work)
        return True

    async def _beat(self, work: asyncio.Future[bytes], writer: asyncio.StreamWriter) -> None:
        """Say that the work goes on until it is done; a client that has left does not end what was begun."""
        try:
            while not (await asyncio.wait({work}, timeout=self.beat_s))[0]:
                await self._send(writer, WORKING)
        except (TimeoutError, OSError):
            logger.info("control.client_left")

    async def _send(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        async with asyncio.timeout(self.patience_s):
            writer.write(line)
            await writer.drain()

    def _handler(self, command: str) -> Handler:
        if command not in self.handlers:
            raise UsageError(f"the daemon knows no command {command!r}; is it of another version?")
        return self.handlers[command]

    async def _answer(self, line: bytes) -> bytes:
        try:
            command, args = request_of(line)
            handler = self._handler(command)
            logger.log(logging.DEBUG if command in QUIET else logging.INFO, "control.asked", extra={"command": command})
            answer = reply(await handler(args))
        except MonitorError as error:
            return refusal(error)
        except Exception as error:  # the daemon outlives a bug in one command
            logger.exception("control.failed")
            return refusal(error)
        if len(answer) > LONGEST_MESSAGE:
            return refusal(MonitorError("the answer is too long to be passed on"))
        return answer


@asynccontextmanager
async def serve(
    store: Path, handlers: Mapping[str, Handler], *, patience_s: float = 30.0, beat_s: float = 2.0
) -> AsyncIterator[None]:
    """Answer commands for a store within it; at its end those under way are cancelled and the socket is removed.

    Only for the holder of the owner lock. Raises StoreError when the socket cannot be made.
    """
    path = socket_path(store)
    listener, folder = _bind(path)
    ours = path.lstat().st_ino
    door = _Door(handlers, patience_s, beat_s)
    server = await asyncio.start_unix_server(door.enter, sock=listener, limit=LONGEST_MESSAGE)
    try:
        yield
    finally:
        server.close()
        with suppress(FileNotFoundError):
            if path.lstat().st_ino == ours:
                path.unlink()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        tasks = list(door.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
