"""`explain` and `alerts`: why a story went the way it went, and what was told to whom."""

from pathlib import Path
from typing import Final

import click

from monitor.cli.asking import ask
from monitor.cli.terms import PATH, Invocation, as_json, columns, ending, print_json, say
from monitor.errors import MonitorError

_ALERT: Final = ("id", "raised_at", "state", "rule", "headline")
_DELIVERY: Final = ("recipient", "state", "attempts", "last_attempt_at", "next_attempt_at", "last_error")


@click.command(epilog=ending("explain https://example.org/a-story", "explain 17 --json"))
@click.argument("story", metavar="URL|ID")
@click.option("--document", type=PATH, metavar="FILE", help="Write what a feed's parser could not take, as it came.")
@as_json
@click.pass_obj
def explain(invocation: Invocation, story: str, document: Path | None, as_json: bool) -> None:
    """Print every decision about one story.

    Seen where and when, judged how and by which words, told to whom; and why what did not happen did not. A story
    the store does not know is answered, too ("found": false).
    """
    answer = ask(invocation, "explain", {"story": story})
    if document is not None:
        _write(document, ask(invocation, "explain.document", {"story": story}), story)
    if as_json:
        print_json({key: value for key, value in answer.items() if key != "text"})
    else:
        say(answer["text"])


def _write(file: Path, body: bytes | None, story: str) -> None:
    """Write the bytes of a document; nothing is overwritten."""
    if body is None:
        raise MonitorError(f"no document of {story!r} is kept: only of feeds that crash their parser or keep it busy")
    try:
        with file.open("xb") as new:
            new.write(body)
    except OSError as error:
        raise MonitorError(f"{file} cannot be written ({error.strerror}); name another file") from error


@click.group(epilog=ending("alerts list", "alerts show 0b9c1f2e"))
def alerts() -> None:
    """List, show, try out, resend and mute what is raised."""


@alerts.command("list", epilog=ending("alerts list --limit 100 --json"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The newest so many.")
@click.option("--failed", is_flag=True, help="Messages that were given up, instead; `alerts retry` sends them again.")
@as_json
@click.pass_obj
def list_(invocation: Invocation, limit: int, failed: bool, as_json: bool) -> None:
    """Print the newest alerts, the newest first. Channels that are disabled are named."""
    rows = ask(invocation, "alerts.failed" if failed else "alerts.list", {"limit": limit})
    if as_json:
        print_json(rows)
        return
    of_message = ("id", "recipient", "composed_at", "state", "alerts", "last_error")
    nothing = "no message was given up" if failed else "no alert was raised yet"
    say(columns(rows, of_message if failed else _ALERT, limit=200) if rows else nothing)
    for row in ask(invocation, "alerts.channels", {}):
        if row["disabled_at"]:
            say(f"channel {row['recipient']} is disabled since {row['disabled_at']}: {row['why']}")
    for rule in ask(invocation, "alerts.shadows", {}):
        say(f"rule {rule['rule']} is in shadow, decided and shown, not sent: {rule['why']}")


@alerts.command(epilog=ending("alerts show 0b9c1f2e"))
@click.argument("id_", metavar="ID")
@as_json
@click.pass_obj
def show(invocation: Invocation, id_: str, as_json: bool) -> None:
    """Print one alert, or one message. An alert has its articles and deliveries, a message all alerts it holds.

    ID is that of an alert or of a message, or its beginning.
    """
    answer = ask(invocation, "alerts.show", {"id": id_})
    if as_json:
        print_json(answer)
        return
    held = answer.pop("alerts", None) if "deliveries" not in answer else None
    deliveries, lines, articles = (answer.pop(name, []) for name in ("deliveries", "lines", "articles"))
    width = max(len(key) for key in answer)
    say("\n".join(f"{key.ljust(width)}  {value}" for key, value in answer.items() if value is not None))
    if held is not None:
        say(columns(held, _ALERT, limit=200))
        return
    for line in lines:
        say(f"- {line}", keep="")
    for article in articles:
        say(" ".join(part for part in ("article", article["title"], article["url"]) if part), keep="")
    say(columns(deliveries, _DELIVERY, limit=200))
