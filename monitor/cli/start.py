"""`demo` and `init`: the first minutes with the program."""

import asyncio
import json
import re
from pathlib import Path

import click

from monitor import settings as configuration
from monitor.cli.terms import PATH, WRITES, Invocation, ending, say
from monitor.errors import MonitorError
from monitor.shipped import shipped


@click.command(epilog=ending("demo", "demo /tmp/tryout"))
@click.argument("directory", type=PATH, required=False)
def demo(directory: Path | None) -> None:
    """Show the whole product, offline, in under a minute.

    A small local feed site and local receivers; real polling, extraction, classification, events, alerts and
    deliveries, next to the seed articles. DIRECTORY keeps the store; without it a temporary one is made.
    """
    from monitor import demo as demonstration  # noqa: PLC0415  # --help must not load the pipeline

    code = asyncio.run(demonstration.run(directory, say))
    if code:
        raise click.exceptions.Exit(code)


def configuration_text(store: Path | None) -> str:
    """Return the configuration `init` writes: the shipped one, with the store's path if one is named."""
    text = shipped("config/monitor.toml").read_text(encoding="utf-8")
    if store is None:
        return text
    line = f"path = {json.dumps(str(store.absolute()), ensure_ascii=False)}"
    return re.sub(r"(?m)^path = .*$", lambda _: line, text, count=1)


async def _make_store(settings: configuration.Settings) -> None:
    from monitor import app  # noqa: PLC0415  # --help must not load the pipeline

    async with app.open_runtime(settings):
        """A new store is filled when it is opened."""


@click.command(epilog=ending("init", "init /srv/layoffs", exits=WRITES))
@click.argument("directory", type=PATH, default=Path())
@click.pass_obj
def init(invocation: Invocation, directory: Path) -> None:
    """Write an editable configuration and make its store.

    DIRECTORY (this one without it) gets monitor.toml, and beside it the store with seed articles and starter feeds.
    """
    file = directory / "monitor.toml"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            file.chmod(0o600)  # so that it may hold a secret
            opened.write(configuration_text(invocation.db))
    except FileExistsError as error:
        raise MonitorError(f"{file} exists and is left as it is; remove it first, or name another folder") from error
    except OSError as error:
        raise MonitorError(f"{file} cannot be written: {error.strerror}") from error
    try:
        settings = configuration.load(file, invocation.environ)
        asyncio.run(_make_store(settings))
    except BaseException:
        file.unlink()  # so that init can be called again
        raise
    invocation.say(f"wrote {file}\nmade the store {settings.store.path}")
    invocation.say(f"next: edit {file} (a contact first), then\n  layoff-monitor --config {file} run")
