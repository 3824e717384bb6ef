"""`feeds`: the list of what is polled."""

from pathlib import Path

import click

from monitor.cli.asking import ask, change
from monitor.cli.reading import read_bytes
from monitor.cli.terms import PATH, WRITES, Invocation, as_json, columns, counts, ending, print_json
from monitor.errors import UsageError


@click.group(epilog=ending("feeds list", "feeds add https://example.org/feed.xml"))
def feeds() -> None:
    """List, add, remove and import feeds."""


@feeds.command("list", epilog=ending("feeds list", "feeds list --json"))
@as_json
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> None:
    """Print the feeds with their state and the time of their next poll."""
    rows = ask(invocation, "feeds.list", {})
    if as_json:
        print_json(rows)
    else:
        invocation.say(columns(rows, ("state", "url", "title", "next_poll_at", "articles_kept", "last_error")))


@feeds.command(epilog=ending("feeds add https://example.org/feed.xml", exits=WRITES))
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--title", help="What to call it; the feed's own title without it. For one address only.")
@as_json
@click.pass_obj
def add(invocation: Invocation, urls: tuple[str, ...], title: str | None, as_json: bool) -> None:
    """Add feeds by their addresses; one that is there already stays as it is."""
    if title is not None and len(urls) > 1:
        raise click.UsageError("--title goes with one address")
    _add(invocation, [{"url": url, "title": title} for url in urls], as_json)


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


@feeds.command("import", epilog=ending("feeds import subscriptions.opml", "feeds import addresses.txt", exits=WRITES))
@click.argument("file", type=PATH)
@click.option("--yes", is_flag=True, help="Take an OPML file however many feeds it lists.")
@as_json
@click.pass_obj
def import_(invocation: Invocation, file: Path, yes: bool, as_json: bool) -> None:
    """Add the feeds of FILE: OPML, or a plain list with one address a line. `-` reads standard input."""
    from monitor.poll import read_feed_list  # noqa: PLC0415  # --help must not load the feed parser

    body = read_bytes(file)
    try:
        listings = read_feed_list(body, max_opml_feeds=None) if yes else read_feed_list(body)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
    _add(invocation, [{"url": listing.url, "title": listing.title} for listing in listings], as_json)


def _add(invocation: Invocation, urls: list[dict[str, str | None]], as_json: bool) -> None:
    answer = change(invocation, "feeds.add", {"urls": urls})
    refused = answer.get("refused") or []
    if as_json:
        print_json(answer)
    else:
        invocation.say(counts(answer))
        for part in refused:
            click.echo(f"refused {part.get('url')}: {part.get('reason')}", err=True)
    if refused:
        raise click.exceptions.Exit(1)
