"""`retention`: what is trimmed after how many days, and what of it is due."""

from typing import Final

import click

from monitor.cli.asking import ask, change
from monitor.cli.terms import WRITES, Invocation, as_json, columns, ending, print_json

_ALL: Final = "of rows in all"  # of the table: not all of them are of the kind that goes


@click.command(epilog=ending("retention --dry-run", "retention", exits=WRITES))
@click.option("--dry-run", is_flag=True, help="Change nothing: say what would go, and what stays for ever.")
@as_json
@click.pass_obj
def retention(invocation: Invocation, dry_run: bool, as_json: bool) -> None:
    """Trim now what [retention] says. The daemon does so each night after its backup.

    Articles, events, alerts, deliveries, the ledger's rows and the seeds are never among it.
    """
    plan = ask(invocation, "retention", {})
    done = {} if dry_run else change(invocation, "retention", {})
    if as_json:
        print_json([{**line, "gone": done.get(line["setting"])} for line in plan])
        return
    shown = [
        {**line, "days": line["days"] or "for ever", "gone": done.get(line["setting"]), _ALL: line["rows"]}
        for line in plan
    ]
    names = ("go", _ALL, "what", "stays") if dry_run else ("gone", _ALL, "what")
    invocation.say(columns(shown, ("setting", "days", *names)))
