"""How commands reach the rest of the program: changes go to the store's owner, questions are read from the file."""

import asyncio
from typing import Any

from monitor.cli.terms import Invocation


def change(invocation: Invocation, command: str, args: dict[str, Any]) -> Any:
    """Return the answer to a writing command, carried out here or by the daemon that owns the store."""
    settings = invocation.settings()  # a wrong setting is told before the pipeline is loaded
    from monitor import app, commands, control  # noqa: PLC0415  # --help and classify must not load it either

    return asyncio.run(
        control.act(settings.store.path, lambda: app.open_runtime(settings), commands.WRITING, command, args)
    )


def ask(invocation: Invocation, question: str, args: dict[str, Any]) -> Any:
    """Return the answer to a question, read from the store beside whoever owns it."""
    settings = invocation.settings()
    from monitor import commands  # noqa: PLC0415  # as above

    async def answer() -> Any:
        return await commands.READING[question](settings, args)

    return asyncio.run(answer())
