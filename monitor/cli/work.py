"""`run`, `poll`, `process`, `worker`: the daemon, its two halves by hand, and its hands elsewhere."""

import asyncio
import sys

import click

from monitor.cli.asking import change
from monitor.cli.terms import WRITES, Invocation, as_json, counts, ending, print_json


@click.command(
    epilog=ending(
        "--config monitor.toml run",
        "run --once",
        exits=WRITES.replace("4 its owner does not answer", "4 another daemon owns the store")
        + "; stopped by one SIGTERM or SIGINT: 0, by a second: 130; failing feeds are no failure.\n\n"
        + "SIGHUP has the settings read again; where a terminal hangs up it ends the daemon, as SIGTERM does",
    )
)
@click.option("--once", is_flag=True, help="One pass over all that is due, then exit.")
@click.pass_obj
def run(invocation: Invocation, once: bool) -> None:
    """Run the daemon: poll, read, classify, store and alert."""
    from monitor import daemon  # noqa: PLC0415  # the only importer of apscheduler; others need not wait for it
    from monitor.health import manager_in  # noqa: PLC0415  # as above

    settings = invocation.settings()
    in_terminal = sys.stdin is not None and sys.stdin.isatty()
    reread = None if once or in_terminal else invocation.settings
    manager = manager_in(invocation.environ)
    code = asyncio.run(daemon.run(settings, once=once, reread=reread, manager=manager))
    if code:
        raise click.exceptions.Exit(code)


@click.command(epilog=ending("poll", "poll --all --json", exits=f"{WRITES}; failing feeds are no failure"))
@click.option("--all", "everything", is_flag=True, help="Every feed, due or not; what a server asked for is kept to.")
@as_json
@click.pass_obj
def poll(invocation: Invocation, everything: bool, as_json: bool) -> None:
    """Poll the feeds that are due into the ledger, once.

    No pages are fetched: that is `process`.
    """
    answer = change(invocation, "poll", {"all": everything})
    if as_json:
        print_json(answer)
    else:
        invocation.say(f"polled: {counts(answer)}")


@click.command(epilog=ending("process", "process --limit 50", exits=f"{WRITES}; failing pages are no failure"))
@click.option("--limit", type=click.IntRange(min=1), help="At most so many entries.")
@as_json
@click.pass_obj
def process(invocation: Invocation, limit: int | None, as_json: bool) -> None:
    """Fetch, extract, classify and store what waits in the ledger."""
    answer = change(invocation, "process", {"limit": limit})
    if as_json:
        print_json(answer)
    else:
        invocation.say(f"processed: {counts(answer)}")


@click.command(
    epilog=ending(
        "--config cluster.toml worker",
        exits="0 done; 1 PostgreSQL cannot be reached; 2 bad configuration or usage; 70 a bug"
        "; stopped by one SIGTERM or SIGINT: 0, by a second: 130",
    )
)
@click.pass_obj
def worker(invocation: Invocation) -> None:
    """Fetch, read and judge pages for a daemon on another machine.

    PostgreSQL at [cluster] url connects the two. A worker keeps nothing: start as many as you like, stop any.
    """
    from monitor import worker as working  # noqa: PLC0415  # --help must not load the pipeline

    code = asyncio.run(working.run(invocation.settings()))
    if code:
        raise click.exceptions.Exit(code)
