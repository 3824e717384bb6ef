"""`check`: whether all is well, and what to do where it is not."""

import asyncio

import click

from monitor.cli.terms import EXITS, Invocation, as_json, ending, print_json, say
from monitor.errors import MonitorError
from monitor.settings import Settings

ALIVE_S = 10.0  # of silence, after which a daemon is taken for dead


@click.command(
    epilog=ending(
        "check", "check --json", "check --alive", exits=EXITS.replace("1 expected failure", "1 something is wrong")
    )
)
@click.option(
    "--alive", is_flag=True, help="Only whether a daemon has the store, answers and can write; for health checks."
)
@as_json
@click.pass_obj
def check(invocation: Invocation, alive: bool, as_json: bool) -> None:
    """Print what is well and what is wrong, with the remedy.

    Looks at configuration, store, feeds, channels, clock, disk and versions, one line each.

    "note" tells something worth knowing; "problem" is a finding, and makes the exit code 1.
    """
    settings = invocation.settings()
    from monitor import check as checks  # noqa: PLC0415  # --help must not load the store

    if alive:
        found = [checks.daemon(settings.store.path, asyncio.run(_silence(settings)))]
    else:
        found = asyncio.run(checks.findings(settings))
    if as_json:
        print_json([checks.as_json(finding) for finding in found])
    else:
        say("\n".join(checks.line(finding) for finding in found))
    if checks.failed(found):
        raise click.exceptions.Exit(1)


async def _silence(settings: Settings) -> MonitorError | None:
    """Return why the owner of the store does not answer, or None; a feed that fails is no silence."""
    from monitor import control  # noqa: PLC0415  # --help must not load it

    try:
        await control.call(settings.store.path, "alive", {}, timeout_s=ALIVE_S)
    except MonitorError as error:
        return error
    return None
