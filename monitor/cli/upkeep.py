"""`serve` and `check`: look at the store, and at whether all is well."""

import asyncio
from ipaddress import IPv4Address

import click

from monitor.cli.terms import EXITS, Invocation, as_json, ending, print_json, say
from monitor.errors import MonitorError
from monitor.settings import Settings

ALIVE_S = 10.0  # of silence, after which a daemon is taken for dead


@click.command(epilog=ending("serve", "serve --port 8002 --open"))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen; see above.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any that is free.")
@click.option("--open", "open_browser", is_flag=True, help="Show it in the web browser.")
@click.pass_obj
def serve(invocation: Invocation, host: str, port: int, open_browser: bool) -> None:
    """Show the store in datasette, to this machine, until interrupted.

    Read-only: each view with descriptions, facets and search, as pages, JSON and CSV, and by SQL.

    There is no login: whoever reaches ADDRESS reads the whole store. 0.0.0.0 is for containers, whose engine decides
    who that is; requests must then still be for 127.0.0.1 or localhost.
    """
    try:
        IPv4Address(host)
    except ValueError as error:
        raise click.UsageError(f"--host {host}: must be an IPv4 address of this machine, such as 127.0.0.1") from error
    from monitor import site  # noqa: PLC0415  # datasette takes a second to load

    viewer = site.viewer(invocation.settings().store.path, host)
    with site.listener(port, host) as listening:
        shown = "127.0.0.1" if host == site.EVERYWHERE else host
        address = f"http://{shown}:{listening.getsockname()[1]}/"
        invocation.say(f"the store is at {address} (Ctrl-C ends it)")
        if open_browser:
            click.launch(address)
        asyncio.run(site.run(viewer, listening))


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
