"""`alerts test` and `alerts retry`: whether a channel works, and once more what did not get through."""

from typing import Any

import click

from monitor.cli.asking import change
from monitor.cli.terms import WRITES, Invocation, as_json, columns, ending, print_json, say
from monitor.errors import MonitorError


@click.command(epilog=ending("alerts test desk", exits=WRITES))
@click.argument("channel")
@as_json
@click.pass_obj
def test(invocation: Invocation, channel: str, as_json: bool) -> None:
    """Send a marked test through a channel, the way alerts go, and print how it ended.

    Exit code 1 if anybody could not be reached. A test is not stored and not tried again.
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
