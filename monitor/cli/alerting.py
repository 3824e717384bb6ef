"""`alerts preview/backtest/mute` and `watch`: what the rules would say, and what a person wants to hear of."""

import getpass
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from monitor.cli.asking import ask, change
from monitor.cli.terms import WRITES, Invocation, as_json, columns, counts, ending, print_json, say

LIST: Final = "watch"
_RULES: Final = ("rule", "kind", "sent", "held_back", "late", "history")
_NEWEST: Final = 3  # alerts in full words

list_option = click.option("--list", "name", default=LIST, show_default=True, help="The name of the list.")


@click.command(epilog=ending("alerts preview", "alerts preview 'every event' --days 90 --json"))
@click.argument("rule", required=False)
@click.option("--days", type=click.IntRange(min=1, max=9999), default=28, show_default=True, help="So many days back.")
@as_json
@click.pass_obj
def preview(invocation: Invocation, rule: str | None, days: int, as_json: bool) -> None:
    """Print what today's rules would have sent over the last days.

    Rules in shadow are shown with the others. The newest are printed in full words.
    """
    answer = ask(invocation, "alerts.backtest", {"rule": rule, "since": f"{days}d"})
    if as_json:
        print_json(answer)
        return
    _say_rules(answer)
    say(
        columns(answer["alerts"], ("at", "rule", "headline", "withheld"), limit=200) if answer["alerts"] else "no alert"
    )
    for alert in answer["alerts"][-_NEWEST:]:
        say("")
        say("\n".join(_in_full(alert)))


@click.command(epilog=ending("alerts backtest --since 2025-01-01", "alerts backtest --since 90d --rule flips --json"))
@click.option("--since", required=True, metavar="DATE", help='From when on: a date, or a time like "90d".')
@click.option("--rule", help="Only this rule.")
@as_json
@click.pass_obj
def backtest(invocation: Invocation, since: str, rule: str | None, as_json: bool) -> None:
    """Print what the rules would have sent over the history. By rule and week, and line by line.

    Nothing is stored or sent. What came as history counts as if it had come on the day it is dated, and is marked.
    """
    answer = ask(invocation, "alerts.backtest", {"rule": rule, "since": since})
    if as_json:
        print_json(answer)
        return
    _say_rules(answer)
    for one in answer["rules"]:
        if one["weeks"]:
            say(f"{one['rule']}: " + ", ".join(f"{week} {number}" for week, number in one["weeks"].items()))
    if answer["alerts"]:
        marked = [{**alert, "history": "history" if alert["history"] else ""} for alert in answer["alerts"]]
        say(columns(marked, ("at", "rule", "headline", "withheld", "history"), limit=200))


def _say_rules(answer: Mapping[str, Any]) -> None:
    say(f"from {answer['since']} to {answer['until']}")
    say(columns(answer["rules"], _RULES))
    for rule in answer["rules"]:
        if rule["shadow"]:
            say(f"rule {rule['rule']} is in shadow, decided and shown, not sent: {rule['shadow']}")
    for note in answer["notes"]:
        say(f"note: {note}")


def _in_full(alert: Mapping[str, Any]) -> Sequence[str]:
    late = f"not before {alert['not_before']}" if alert["not_before"] else None
    how = "; ".join(part for part in (alert["withheld"], late, alert["why"]) if part)
    about = f"rule {alert['rule']} ({alert['kind']}), {alert['subject']}"
    return [alert["headline"], *(f"  {line}" for line in (*alert["lines"], f"{alert['at']}, {about}", how) if line)]


@click.command(epilog=ending("alerts mute 'every event' --until 7d --why 'too many'", exits=WRITES))
@click.argument("name", metavar="RULE|COMPANY")
@click.option("--until", required=True, metavar="DATE", help='A date, or a time like "7d" or "12h".')
@click.option("--why", required=True, help="For those who wonder.")
@click.pass_obj
def mute(invocation: Invocation, name: str, until: str, why: str) -> None:
    """Hold back the alerts of a rule, or on an employer, for a time.

    They are decided and kept all the same, as muted, with who said so and why.
    """
    args = {"name": name, "until": until, "why": why, "by": _who()}
    answer = change(invocation, "alerts.mute", args)
    invocation.say(f"{answer['muted']} is muted until {answer['until']}")


@click.command(epilog=ending("alerts unmute 'every event'", exits=WRITES))
@click.argument("name", metavar="RULE|COMPANY")
@click.pass_obj
def unmute(invocation: Invocation, name: str) -> None:
    """End a mute before its time."""
    change(invocation, "alerts.unmute", {"name": name})
    invocation.say(f"{name} is muted no more")


@click.command(epilog=ending("alerts mutes --json"))
@as_json
@click.pass_obj
def mutes(invocation: Invocation, as_json: bool) -> None:
    """Print what is muted, until when, by whom and why."""
    rows = ask(invocation, "alerts.mutes", {})
    if as_json:
        print_json(rows)
    else:
        say(columns(rows, ("muted", "until", "by", "why")) if rows else "nothing is muted")


@click.group(epilog=ending("watch add 'Norvik Bank' --why 'our largest client'", "watch list"))
def watch() -> None:
    """Keep lists of employers to watch.

    A rule with `watchlist = true` tells of those on the list "watch", one with `watchlist = "NAME"` of another list.
    """


@watch.command(epilog=ending("watch add 'Norvik Bank' 'Lumo Pay' --list banks", exits=WRITES))
@click.argument("companies", metavar="COMPANY...", nargs=-1, required=True)
@list_option
@click.option("--why", help="For those who wonder.")
@click.pass_obj
def add(invocation: Invocation, companies: tuple[str, ...], name: str, why: str | None) -> None:
    """Put employers on a list; they need not be known yet."""
    answer = change(invocation, "watch.add", {"companies": list(companies), "list": name, "why": why})
    invocation.say(f"{counts(answer)}: {', '.join(answer['companies'])}")


@watch.command(epilog=ending("watch remove 'Norvik Bank'", exits=WRITES))
@click.argument("companies", metavar="COMPANY...", nargs=-1, required=True)
@list_option
@click.pass_obj
def remove(invocation: Invocation, companies: tuple[str, ...], name: str) -> None:
    """Take employers off a list."""
    answer = change(invocation, "watch.remove", {"companies": list(companies), "list": name})
    invocation.say(counts(answer))


@watch.command("list", epilog=ending("watch list --json"))
@as_json
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Print who is watched, and the newest event of each."""
    rows = ask(invocation, "watch.list", {})
    if as_json:
        print_json(rows)
    else:
        say(columns(rows, ("list", "company", "events", "last_event_on", "why")) if rows else "nobody is watched")


def _who() -> str:
    """Return the name of who asks; a machine without names of users has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"
