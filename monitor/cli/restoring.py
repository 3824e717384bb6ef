"""`restore`: back to a copy of the store, which is checked first; the store that was there is kept."""

from pathlib import Path
from typing import Any

import click

from monitor.cli.terms import PATH, WRITES, Invocation, as_json, ending, print_json


def told(done: dict[str, Any]) -> str:
    """Return in words what stands in the store's place now, what was there, and what follows from it."""
    lines = [
        f"restored {done['path']} from {done['file']}",
        f"  {done['articles']:,} articles, {done['entries']:,} entries, {done['seeds']} seeds, checked as a whole",
        f"  the store that was there is now {done['kept']}" if done["kept"] else "  there was no store before",
    ]
    if done["older"]:
        lines.append("  it was made by an older program: the next start brings it up to date, and keeps a copy first")
    if done["waiting"]:
        number = "1 delivery" if done["waiting"] == 1 else f"{done['waiting']:,} deliveries"
        sent = f"{number} that waited in this copy will be sent, with the same ids, though some may have arrived since"
        held = f"{number} that waited in this copy are held back (--hold) and shown as muted or expired"
        lines.append(f"  {held if done['held'] else f'{sent}; with --hold they are not'}")
    lines.append("  what was alerted after this copy was made can be told again, where feeds still list it")
    lines.append("start the daemon again, and `serve` if it runs: it still shows the store that was there")
    return "\n".join(lines)


@click.command(
    epilog=ending(
        "restore backups/monitor-nightly-20261122T033000Z.db",
        "restore --hold /mnt/elsewhere/monitor.db",
        exits=WRITES.replace("4 its owner does not answer", "4 a daemon has the store: end it first"),
    )
)
@click.argument("file", type=PATH)
@click.option("--hold", is_flag=True, help="Do not send what had not arrived when the copy was made.")
@as_json
@click.pass_obj
def restore(invocation: Invocation, file: Path, hold: bool, as_json: bool) -> None:
    """Put a copy in the store's place, checked as a whole first.

    FILE is a copy that `backup`, the daemon or an upgrade made, of this or an older program. It stays as it is. The
    store that was there is moved aside, never deleted. Cut off at any moment, the same command can be run again.

    A copy does not know what was delivered after it was made: what waited in it is sent again, under the same ids,
    unless --hold is given.
    """
    settings = invocation.settings()
    from monitor.upkeep import rescue  # noqa: PLC0415  # --help must not load the store

    done = rescue.restore(settings, file, hold=hold)
    if as_json:
        print_json(done)
    else:
        invocation.say(told(done))
