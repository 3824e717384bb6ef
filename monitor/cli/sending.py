"""`alerts test`, `retry`, `atom` and `calendar`: does a channel work, once more what failed, what can be read."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from monitor.cli.asking import ask, change
from monitor.cli.terms import PATH, WRITES, Invocation, as_json, columns, ending, print_json, say
from monitor.errors import MonitorError


@click.command(epilog=ending("alerts test desk", exits=WRITES))
@click.argument("channel")
@as_json
@click.pass_obj
def test(invocation: Invocation, channel: str, as_json: bool) -> None:
    """Send a marked test through a channel. It goes the way alerts go, and how it ended is printed.

    Exit code 1 if anybody did not get it. A test is not stored and not tried again.
    """
    ended: list[dict[str, Any]] = change(invocation, "alerts.test", {"channel": channel})
    if as_json:
        print_json(ended)
    else:
        say(columns(ended, ("recipient", "state", "status", "error"), limit=300))
    if failed := sum(one["state"] != "sent" for one in ended):
        raise MonitorError(f"{failed} of {len(ended)} did not get the test")


@click.command(
    epilog=ending("alerts retry --failed", "alerts retry --channel desk", "alerts retry 0b9c1f2e", exits=WRITES)
)
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--failed", is_flag=True, help="Everything that expired or was refused.")
@click.option("--channel", help="All of this channel, which may send again if it was disabled.")
@as_json
@click.pass_obj
def retry(invocation: Invocation, id_: str | None, failed: bool, channel: str | None, as_json: bool) -> None:
    """Have sent again what did not get through.

    ID is that of an alert or of a message, or its beginning. The daemon sends it within seconds; without one,
    `layoff-monitor run --once` does.
    """
    if sum([id_ is not None, failed, channel is not None]) != 1:
        raise click.UsageError("say what: an ID, --failed, or --channel NAME")
    answer = change(invocation, "alerts.retry", {"id": id_, "channel": channel})
    if as_json:
        print_json(answer)
        return
    due = answer["due"]
    say("nothing to send again" if not due else f"{due} {'message is' if due == 1 else 'messages are'} due now")


_out = click.option("--out", type=PATH, help="The file to write, replacing an older one; without, standard output.")


@click.command(epilog=ending("alerts atom --out /srv/www/alerts.atom", "alerts atom --events"))
@click.option("--events", is_flag=True, help="The events instead of the alerts.")
@_out
@click.pass_obj
def atom(invocation: Invocation, events: bool, out: Path | None) -> None:
    """Write the newest alerts, or events, as an Atom feed. `serve` has both: /alerts.atom and /events.atom."""
    _write(invocation, "events.atom" if events else "alerts.atom", out)


@click.command(epilog=ending("alerts calendar --out followups.ics"))
@_out
@click.pass_obj
def calendar(invocation: Invocation, out: Path | None) -> None:
    """Write the follow-ups of cuts as a calendar. Those to come, or due for up to 90 days; `serve` has it, too."""
    _write(invocation, "followups.ics", out)


def _write(invocation: Invocation, name: str, out: Path | None) -> None:
    text = ask(invocation, "alerts.document", {"name": name})["text"]
    if out is None:
        click.echo(text.encode(), nl=False)
        return
    try:
        _put(out, text.encode())
    except OSError as error:
        raise MonitorError(f"{out} cannot be written: {error.strerror}") from error
    invocation.say(f"{out} is written")


def _put(out: Path, body: bytes) -> None:
    """Put a file in the place of an older one, whole or not at all; a device or a pipe is written to instead."""
    if out.exists() and not out.is_file():
        out.write_bytes(body)
        return
    target = Path(os.path.realpath(out))  # a link goes on to lead there
    made = target.with_name(f".{target.name}.new")
    try:
        made.write_bytes(body)
        made.replace(target)
    except OSError:
        with suppress(OSError):
            made.unlink(missing_ok=True)
        raise
