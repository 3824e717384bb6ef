"""`feeds add`: what a site has to offer is shown, then stored."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from monitor.cli.asking import change
from monitor.cli.feedlines import search_lines
from monitor.cli.terms import WRITES, Invocation, as_json, at_terminal, counts, ending, print_json, say
from monitor.log import escaped


@click.command(
    epilog=ending(
        "feeds add example.org",
        "feeds add https://example.org/feed.xml --yes",
        "feeds add --as-given https://example.org/feed.xml",
        exits=WRITES.replace("1 expected failure", "1 an address was refused"),
    )
)
@click.argument("addresses", nargs=-1, required=True, metavar="SITE_OR_FEED...")
@click.option("--title", help="What to call it; the feed's own title without it. For one address only.")
@click.option("--yes", is_flag=True, help="Add the best of what is found without asking.")
@click.option("--dry-run", is_flag=True, help="Show what is found, add nothing.")
@click.option("--as-given", is_flag=True, help="Store the addresses as they are, without asking them anything.")
@as_json
@click.pass_obj
def add(
    invocation: Invocation,
    /,
    addresses: tuple[str, ...],
    title: str | None,
    **flags: bool,
) -> None:
    """Add feeds by address, or those that are found on a site.

    Shows what is found: the newest entries, how often there are new ones, how often it will be polled. On a terminal
    it asks which one to add; elsewhere, and with --yes or --json, the best is added. What is in the list already is
    given the --title.
    """
    if title is not None and len(addresses) > 1:
        raise click.UsageError("--title goes with one address")
    if flags["as_given"] and flags["dry_run"]:
        raise click.UsageError("--as-given looks at nothing, so there is nothing to show with --dry-run")
    found: list[dict[str, Any]] = []
    if flags["as_given"]:
        chosen = [{"url": address, "title": title} for address in addresses]
    else:
        asks = at_terminal() and not (flags["yes"] or flags["dry_run"] or flags["as_json"])
        found = _found(invocation, addresses)
        chosen = []
        for one in found:
            if one["refused"] is None and (asks or not (flags["as_json"] or invocation.quiet)):
                say(search_lines(one))
            with nothing_typed():
                chosen += _chosen(one, title, asks=asks)
    _finish(invocation, found, [] if flags["dry_run"] else chosen, as_json=flags["as_json"])


def _found(invocation: Invocation, addresses: Sequence[str]) -> list[dict[str, Any]]:
    if sys.stderr.isatty() and not invocation.quiet:
        click.echo(f"looking for feeds at {escaped(', '.join(addresses))}; pauses between requests are meant", err=True)
    found: list[dict[str, Any]] = change(invocation, "feeds.find", {"urls": list(addresses)})
    return found


def _chosen(found: Mapping[str, Any], title: str | None, *, asks: bool) -> list[dict[str, Any]]:
    """Return the feed to store of what was found: the best, or what the person at the terminal says."""
    if found["known"]:
        return [{"url": found["url"], "title": title}]
    candidates = found["candidates"]
    number = 1
    if asks and len(candidates) > 1:
        kind = click.IntRange(0, len(candidates))
        number = click.prompt(f"Which one, 1 to {len(candidates)}, or 0 for none", type=kind, default=1, err=True)
    if not candidates or number == 0:
        return []
    best = candidates[number - 1]
    if asks and not click.confirm(f"Add {escaped(best['url'])}?", err=True):
        return []
    return [{"url": best["url"], "title": title or (None if best["known"] else best["title"])}]


def _finish(
    invocation: Invocation, found: Sequence[Mapping[str, Any]], chosen: Sequence[Mapping[str, Any]], *, as_json: bool
) -> None:
    """Store what was chosen, tell what was refused, and end with 1 if anything was."""
    answer: dict[str, Any] = {"added": 0, "known": 0, "refused": [], "stored": []}
    if chosen:
        answer = change(invocation, "feeds.add", {"urls": list(chosen)})
    refused = [{"url": one["url"], **one["refused"]} for one in found if one["refused"]] + answer["refused"]
    if as_json:
        print_json({**answer, "refused": refused, "found": found})
    else:
        if chosen:
            invocation.say(counts(answer))
        tell_refused(refused)
    if refused:
        raise click.exceptions.Exit(1)


@contextmanager
def nothing_typed() -> Iterator[None]:
    """Say that nothing is added where a question is met by the end of what is typed; the exit code is then 1."""
    try:
        yield
    except click.Abort as error:
        if not isinstance(error.__context__, EOFError):
            raise
        click.echo("\nnothing added", err=True)
        raise click.exceptions.Exit(1) from error


def tell_refused(refused: Sequence[Mapping[str, Any]], most: int | None = None) -> None:
    """Print on standard error what was refused, why, and what to do; at most so many of them."""
    for part in refused[:most]:
        place = f"{part['place']}: " if part.get("place") else ""
        remedy = f" -> {part['remedy']}" if part.get("remedy") else ""
        click.echo(escaped(f"refused {place}{part['url']}: {part['reason']}{remedy}"), err=True)
    if most is not None and len(refused) > most:
        click.echo(f"and {len(refused) - most} more", err=True)
