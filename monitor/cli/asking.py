"""How commands reach the rest of the program: changes go to the store's owner, questions are read from the file."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

from monitor.cli.terms import Invocation


def change(invocation: Invocation, command: str, args: dict[str, Any]) -> Any:
    """Return the answer to a writing command, carried out here or by the daemon that owns the store."""
    settings = invocation.settings()  # a wrong setting is told before the pipeline is loaded
    from monitor import app, commands, control  # noqa: PLC0415  # --help and classify must not load it either

    gc.freeze()  # what was loaded stays: a collection need not look at it
    try:
        return asyncio.run(
            control.act(settings.store.path, lambda: app.open_runtime(settings), commands.WRITING, command, args)
        )
    finally:
        gc.unfreeze()


def change_on(
    invocation: Invocation, command: str, args: dict[str, Any] | None, told: Callable[[Any], dict[str, Any] | None]
) -> None:
    """Carry out a writing command again and again: `told` is given each answer and says with what to go on, or None."""
    settings = invocation.settings()
    from monitor import app, commands, control  # noqa: PLC0415  # as above

    async def work() -> None:
        following = args
        async with control.session(
            settings.store.path, lambda: app.open_runtime(settings), commands.WRITING
        ) as ask_owner:
            while following is not None:
                following = told(await ask_owner(command, following))

    asyncio.run(work())


def ask(invocation: Invocation, question: str, args: dict[str, Any]) -> Any:
    """Return the answer to a question, read from the store beside whoever owns it."""
    settings = invocation.settings()
    from monitor import commands  # noqa: PLC0415  # as above

    async def answer() -> Any:
        return await commands.READING[question](settings, args)

    return asyncio.run(answer())
