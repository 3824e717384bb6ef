"""`backup`: a verified copy of the store, made while it is in use."""

from pathlib import Path
from shlex import quote
from typing import Any

import click

from monitor.cli.terms import PATH, Invocation, as_json, ending, print_json


def told(made: dict[str, Any], store: Path) -> str:
    """Return in words what a copy holds, and how it is used."""
    back = f"layoff-monitor --db {quote(str(store))} restore {quote(made['path'])}"
    return (
        f"copied {store} to {made['path']}\n"
        f"  {made['bytes']:,} bytes, {made['articles']:,} articles, {made['entries']:,} entries\n"
        f"  checked: the file, its references, {made['seeds']} seeds\n"
        f"  sha256 {made['sha256']}\n"
        f"look into it with --db; to go back to it, end the daemon and run: {back}"
    )


@click.command(epilog=ending("backup /backups/layoffs.db", "backup /backups/", "backup --force /backups/latest.db"))
@click.argument("file", type=PATH)
@click.option("--force", is_flag=True, help="Replace FILE if there is one, at once and by a whole copy.")
@as_json
@click.pass_obj
def backup(invocation: Invocation, file: Path, force: bool, as_json: bool) -> None:
    """Write a verified copy of the store to FILE. The daemon may work meanwhile.

    A folder as FILE gets a copy with the date in its name. Under its name stands only ever a copy that was checked
    (its pages, its references, its seeds) and flushed to disk; it can be read by this user alone.
    """
    settings = invocation.settings()
    from monitor import commands  # noqa: PLC0415  # --help must not load the store

    made = commands.back_up(settings, file, replace=force)
    if as_json:
        print_json(made)
    else:
        invocation.say(told(made, settings.store.path))
