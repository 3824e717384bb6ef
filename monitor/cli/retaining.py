"""`retention`: what is trimmed after how many days, and what of it is due."""

import click

from monitor.cli.asking import ask, change
from monitor.cli.terms import WRITES, Invocation, as_json, columns, ending, print_json


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
    shown = [{**line, "days": line["days"] or "for ever", "gone": done.get(line["setting"])} for line in plan]
    names = (
        ("setting", "days", "rows", "go", "what", "stays") if dry_run else ("setting", "days", "rows", "gone", "what")
    )
    invocation.say(columns(shown, names))
