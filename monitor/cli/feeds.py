"""`feeds`: the list of what is polled."""

import sys

import click

from monitor.cli.asking import ask, change
from monitor.cli.feedlines import check_line, feed_lines
from monitor.cli.feedlists import export, import_
from monitor.cli.subscribing import add
from monitor.cli.terms import WRITES, Invocation, as_json, ending, print_json, say, terminal_width
from monitor.clock import utc_now


@click.group(epilog=ending("feeds list", "feeds add example.org"))
def feeds() -> None:
    """List, add, remove and check feeds. Lists of them are read and written, too."""


@feeds.command("list", epilog=ending("feeds list", "feeds list --json"))
@as_json
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Print the feeds with their state and their polls. Those in trouble come first, with what it is."""
    rows = ask(invocation, "feeds.list", {})
    if as_json:
        print_json(rows)
    elif rows:
        invocation.say(feed_lines(rows, utc_now(), terminal_width()))
    else:
        invocation.say("no feeds; `layoff-monitor feeds add` brings some")


@feeds.command(epilog=ending("feeds remove https://example.org/feed.xml", exits=WRITES))
@click.argument("url")
@as_json
@click.pass_obj
def remove(invocation: Invocation, url: str, as_json: bool) -> None:
    """Stop polling a feed; its entries and articles are kept."""
    answer = change(invocation, "feeds.remove", {"url": url})
    if as_json:
        print_json(answer)
    else:
        invocation.say(f"removed {url}")


@feeds.command(
    epilog=ending(
        "feeds check",
        "feeds check https://example.org/feed.xml --json",
        exits=WRITES.replace("1 expected failure", "1 a feed needs a person"),
    )
)
@click.argument("urls", nargs=-1, metavar="[URL]...")
@as_json
@click.pass_obj
def check(invocation: Invocation, urls: tuple[str, ...], as_json: bool) -> None:
    """Ask feeds now, storing nothing. Told is whether they answer, with what, and how often there is something new.

    All feeds of the list, or those that are named, in the list or not. One that asked to be left alone is not asked.

    "note" tells something worth knowing; "problem" needs a person, and makes the exit code 1.
    """
    if sys.stderr.isatty() and not (as_json or invocation.quiet):
        click.echo("asking each feed once; pauses between requests to a site are meant", err=True)
    found = change(invocation, "feeds.check", {"urls": list(urls)})
    if as_json:
        print_json(found)
    else:
        told = [row for row in found if row["level"] == "problem" or not invocation.quiet]
        for row in told:
            say(check_line(row, utc_now()))
    if any(row["level"] == "problem" for row in found):
        raise click.exceptions.Exit(1)


for _command in (add, import_, export):
    feeds.add_command(_command)
