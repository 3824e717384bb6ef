"""The command's side of the control socket: ask the owner, or be the owner for one command."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from monitor.control.messages import LONGEST_MESSAGE, WORKING, answer_in, request, socket_path
from monitor.errors import StoreBusyError

R = TypeVar("R")
SILENCE_S: Final = 30.0  # after which an owner that says nothing is taken to hang

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]  # a command and its arguments -> its answer
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connect(store: Path, timeout_s: float) -> Streams | None:
    """Return streams to the owner, or None where nobody listens."""
    path = socket_path(store)
    try:
        place = path.readlink() if path.is_symlink() else path
        async with asyncio.timeout(timeout_s):
            return await asyncio.open_unix_connection(str(place), limit=LONGEST_MESSAGE)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as error:  # TimeoutError is one
        raise _silent(store, error) from error


def _silent(store: Path, error: Exception | None = None) -> StoreBusyError:
    why = f" ({type(error).__name__}: {error})".replace(": )", ")") if error else ""
    return StoreBusyError(f"the owner of {store} does not answer{why}; wait until it ends, or stop it")


async def _converse(store: Path, streams: Streams, line: bytes, timeout_s: float) -> bytes:
    reader, writer = streams
    try:
        async with asyncio.timeout(timeout_s):
            writer.write(line)
            await writer.drain()
        answer = WORKING
        while answer == WORKING:
            async with asyncio.timeout(timeout_s):
                answer = await reader.readline()
    except (OSError, ValueError) as error:
        raise _silent(store, error) from error
    finally:
        writer.close()
    if not answer.endswith(b"\n"):
        raise StoreBusyError(f"the owner of {store} went away before it answered; ask again")
    return answer


async def call(store: Path, command: str, args: dict[str, Any], *, timeout_s: float = SILENCE_S) -> Any:
    """Return the owner's answer to a command, or raise the error it answered with.

    Raises StoreBusyError when nobody listens or the owner is silent for `timeout_s`; however long its work takes,
    it says every few seconds that it goes on.
    """
    line = request(command, args)
    streams = await _connect(store, timeout_s)
    if streams is None:
        raise _silent(store)
    return answer_in(await _converse(store, streams, line, timeout_s))


@asynccontextmanager
async def session(
    store: Path,
    open_runtime: Callable[[], AbstractAsyncContextManager[R]],
    handlers: Mapping[str, Callable[[R, dict[str, Any]], Awaitable[Any]]],
    *,
    patience_s: float = 5.0,
) -> AsyncIterator[Ask]:
    """Give a function that carries out writing commands: here if nobody owns the store, else by its owner.

    An owner that is starting or stopping does not listen: both ways are tried for `patience_s`, then
    StoreBusyError names the owner.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + patience_s
    while True:
        async with AsyncExitStack() as stack:
            try:
                runtime = await stack.enter_async_context(open_runtime())
            except StoreBusyError as error:
                busy = error
            else:
                yield partial(_here, runtime, handlers)
                return
        if streams := await _connect(store, SILENCE_S):
            yield partial(_there, store, [streams])
            return
        if clock() >= until:
            raise busy
        await asyncio.sleep(0.1)


async def _here(
    runtime: R,
    handlers: Mapping[str, Callable[[R, dict[str, Any]], Awaitable[Any]]],
    command: str,
    args: dict[str, Any],
) -> Any:
    return await handlers[command](runtime, args)


async def _there(store: Path, opened: list[Streams], command: str, args: dict[str, Any]) -> Any:
    """Return the owner's answer, over the connection that is open or, after the first, over one of its own."""
    line = request(command, args)
    if not opened:
        return await call(store, command, args)
    return answer_in(await _converse(store, opened.pop(), line, SILENCE_S))


async def act(
    store: Path,
    open_runtime: Callable[[], AbstractAsyncContextManager[R]],
    handlers: Mapping[str, Callable[[R, dict[str, Any]], Awaitable[Any]]],
    command: str,
    args: dict[str, Any],
    *,
    patience_s: float = 5.0,
) -> Any:
    """Return a writing command's answer, carried out as `session` says."""
    async with session(store, open_runtime, handlers, patience_s=patience_s) as ask:
        return await ask(command, args)
