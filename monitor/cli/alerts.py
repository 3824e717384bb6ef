"""`explain` and `alerts`: why a story went the way it went, and what was told to whom."""

import click

from monitor.cli.asking import ask
from monitor.cli.terms import Invocation, as_json, columns, ending, print_json, say


@click.command(epilog=ending("explain https://example.org/a-story", "explain 17 --json"))
@click.argument("story", metavar="URL|ID")
@as_json
@click.pass_obj
def explain(invocation: Invocation, story: str, as_json: bool) -> None:
    """Print every decision about one story.

    Seen where and when, judged how and by which words, told to whom; and why what did not happen did not. A story
    the store does not know is answered, too ("found": false).
    """
    answer = ask(invocation, "explain", {"story": story})
    if as_json:
        print_json({key: value for key, value in answer.items() if key != "text"})
    else:
        say(answer["text"])


@click.group(epilog=ending("alerts list", "alerts show 0b9c1f2e"))
def alerts() -> None:
    """List and show what was raised and delivered."""


@alerts.command("list", epilog=ending("alerts list --limit 100 --json"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The newest so many.")
@as_json
@click.pass_obj
def list_(invocation: Invocation, limit: int, as_json: bool) -> None:
    """Print the newest alerts, the newest first."""
    rows = ask(invocation, "alerts.list", {"limit": limit})
    if as_json:
        print_json(rows)
    else:
        say(columns(rows, ("id", "raised_at", "state", "label", "company", "headline")))
        for rule in ask(invocation, "alerts.shadows", {}):
            say(f"rule {rule['rule']} is in shadow, decided and shown, not sent: {rule['why']}")


@alerts.command(epilog=ending("alerts show 0b9c1f2e"))
@click.argument("id_", metavar="ID")
@as_json
@click.pass_obj
def show(invocation: Invocation, id_: str, as_json: bool) -> None:
    """Print one alert with its deliveries."""
    answer = ask(invocation, "alerts.show", {"id": id_})
    if as_json:
        print_json(answer)
        return
    deliveries = answer.pop("deliveries")
    width = max(len(key) for key in answer)
    say("\n".join(f"{key.ljust(width)}  {'' if value is None else value}" for key, value in answer.items()))
    say(columns(deliveries, ("recipient", "state", "attempts", "last_attempt_at", "next_attempt_at", "last_error")))
