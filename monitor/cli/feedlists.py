"""`feeds import` and `feeds export`: lists of feeds, as other readers write and read them."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from monitor.cli.asking import ask, change
from monitor.cli.reading import read_bytes
from monitor.cli.subscribing import nothing_typed, tell_refused
from monitor.cli.terms import PATH, WRITES, Invocation, as_json, at_terminal, counts, ending, print_json, say
from monitor.clock import utc_now
from monitor.errors import MonitorError, UsageError
from monitor.log import escaped

MOST_TOLD = 20  # refused lines of a list that are named one by one


@click.command(
    "import",
    epilog=ending(
        "feeds import subscriptions.opml",
        "feeds import addresses.txt --dry-run",
        exits=WRITES.replace("1 expected failure", "1 some were refused, the rest was added (--yes)"),
    ),
)
@click.argument("file", type=PATH)
@click.option("--yes", is_flag=True, help="Add what can be added, however many feeds an OPML file lists.")
@click.option("--dry-run", is_flag=True, help="Show what would be added, add nothing.")
@as_json
@click.pass_obj
def import_(invocation: Invocation, file: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Add the feeds of FILE, OPML or one address a line. `-` reads standard input.

    All of them or none: a file with an address that cannot be a feed's is refused, unless --yes says to add the others.
    On a terminal the list is shown first.
    """
    read = _read(invocation, file, lift=yes)
    new, refused = read["new"], read["refused"]
    stays = bool(refused) and not (yes or dry_run)
    asks = at_terminal() and not (yes or dry_run or as_json or stays) and file != Path("-")
    if asks or (dry_run and not (as_json or invocation.quiet)):
        say("\n".join(f"{one['url']}  {one['title'] or ''}".rstrip() for one in new))
        say(counts({"to add": len(new), "known": len(read["known"]), "refused": len(refused)}))
    if stays or not as_json:
        tell_refused(refused, MOST_TOLD)
    if stays:
        raise UsageError(f"{file}: {_bad(refused)}; nothing was added: correct them, or add the others with --yes")
    answer: dict[str, Any] = {"added": 0, "stored": []}
    with nothing_typed():
        feeds = "this feed" if len(new) == 1 else f"these {len(new)} feeds"
        agreed = not asks or (bool(new) and click.confirm(f"Add {feeds}?", err=True))
    if new and agreed and not dry_run:
        answer = change(invocation, "feeds.add", {"urls": new})
    known = len(read["known"]) + answer.get("known", 0)
    if as_json:
        print_json({**answer, "known": known, "refused": refused, **({"new": new} if dry_run else {})})
    elif not dry_run:
        invocation.say(counts({"added": answer["added"], "known": known, "refused": len(refused)}))
    if refused:
        raise click.exceptions.Exit(1)


@click.command(epilog=ending("feeds export", "feeds export feeds.opml"))
@click.argument("file", type=PATH, required=False)
@click.pass_obj
def export(invocation: Invocation, file: Path | None) -> None:
    """Write the list of feeds as OPML. Other readers and `feeds import` read it. Without FILE: to standard output."""
    rows = ask(invocation, "feeds.list", {})
    from monitor.poll import FeedListing, write_opml  # noqa: PLC0415  # --help must not load the feed parser

    text = write_opml((FeedListing(row["url"], row["title"]) for row in rows), utc_now())
    if file is None or file == Path("-"):
        click.echo(text.encode(), nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise MonitorError(f"{file} exists and is left as it is; remove it first, or name another file") from error
    except OSError as error:
        raise MonitorError(f"{file} cannot be written: {error.strerror}") from error
    invocation.say(f"wrote {len(rows)} {'feed' if len(rows) == 1 else 'feeds'} to {escaped(str(file))}")


def _read(invocation: Invocation, file: Path, *, lift: bool) -> dict[str, Any]:
    """Return what a list holds, read by the store's owner in a process of its own."""
    body = b64encode(read_bytes(file)).decode()
    try:
        read: dict[str, Any] = change(invocation, "feeds.read", {"body": body, "lift": lift})
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
    return read


def _bad(refused: list[dict[str, Any]]) -> str:
    first = f"{refused[0]['place']}: {refused[0]['reason']}"
    return first if len(refused) == 1 else f"{len(refused)} addresses are refused, the first at {first}"
