"""`serve` and `check`: look at the store, and at whether all is well."""

import asyncio

import click

from monitor.cli.terms import EXITS, Invocation, as_json, ending, print_json, say


@click.command(epilog=ending("serve", "serve --port 8002 --open"))
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any that is free.")
@click.option("--open", "open_browser", is_flag=True, help="Show it in the web browser.")
@click.pass_obj
def serve(invocation: Invocation, port: int, open_browser: bool) -> None:
    """Show the store in datasette, to this machine, until interrupted.

    Read-only, on 127.0.0.1: each view with descriptions, facets and search, as pages, JSON and CSV, and by SQL.
    """
    from monitor import site  # noqa: PLC0415  # datasette takes a second to load

    viewer = site.viewer(invocation.settings().store.path)
    with site.listener(port) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        invocation.say(f"the store is at {address} (Ctrl-C ends it)")
        if open_browser:
            click.launch(address)
        asyncio.run(site.run(viewer, listening))


@click.command(
    epilog=ending("check", "check --json", exits=EXITS.replace("1 expected failure", "1 something is wrong"))
)
@as_json
@click.pass_obj
def check(invocation: Invocation, as_json: bool) -> None:
    """Print what is well and what is wrong, with the remedy.

    Looks at configuration, store, feeds, channels, clock, disk and versions, one line each.

    "note" tells something worth knowing; "fail" is a finding, and makes the exit code 1.
    """
    from monitor import check as checks  # noqa: PLC0415  # --help must not load the store

    found = asyncio.run(checks.findings(invocation.settings()))
    if as_json:
        print_json([checks.as_json(finding) for finding in found])
    else:
        say("\n".join(checks.line(finding) for finding in found))
    if checks.failed(found):
        raise click.exceptions.Exit(1)
