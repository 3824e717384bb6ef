"""`export`: a dated edition of the store as files."""

from datetime import datetime
from pathlib import Path

import click

from monitor.cli.terms import PATH, Invocation, as_json, ending, print_json


@click.command(epilog=ending("export editions/", "export editions/ --since 2026-01-01", "export --force editions/"))
@click.argument("folder", type=PATH, metavar="DIR")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only what came or changed on this day or later; README.txt says by which column.",
)
@click.option("--with-text", is_flag=True, help="With the texts of articles, which belong to others: to keep private.")
@click.option("--force", is_flag=True, help="Replace an edition of the same day, by a whole one.")
@as_json
@click.pass_obj
def export(
    invocation: Invocation, folder: Path, since: datetime | None, with_text: bool, force: bool, as_json: bool
) -> None:
    """Write a dated edition into DIR, as CSV and JSON Lines.

    It is DIR/layoff-monitor-YYYY-MM-DD; the daemon may work meanwhile.

    Every view as CSV and as JSON Lines, what each column means, a README.txt and SHA256SUMS. Under its name stands a
    whole edition or none.
    """
    settings = invocation.settings()
    from monitor import commands  # noqa: PLC0415  # --help must not load the store

    made = commands.export(settings, folder, since and since.date(), with_text=with_text, replace=force)
    if as_json:
        print_json(made)
    else:
        counts = ", ".join(f"{number:,} {name.removesuffix('_view')}" for name, number in made["rows"].items())
        invocation.say(f"wrote {made['path']}\n  {made['bytes']:,} bytes: {counts}")
