"""`search`: articles by their words, from the terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from monitor.cli.asking import ask
from monitor.cli.terms import Invocation, as_json, ending, print_json, say
from monitor.log import escaped
from monitor.model import Kind, Label


def highlighted(text: str, marks: Sequence[Sequence[int]]) -> str:
    """Return a text with its matches in bold, all else made harmless."""
    styled, at = "", 0
    for start, end in marks:
        styled += escaped(text[at:start]) + click.style(escaped(text[start:end]), bold=True)
        at = end
    return styled + escaped(text[at:])


def shown(hit: Mapping[str, Any]) -> str:
    """Return a hit as lines for a terminal."""
    day = hit["date"][:10] if hit["published_at"] else f"undated, seen {hit['first_seen_at'][:10]}"
    head = (day, hit["publisher"], f"{hit['label']} / {hit['kind']}", hit["company"])
    lines = (
        escaped("  ".join(part for part in head if part)),
        f"  {highlighted(hit['title'], hit['title_marks'])}",
        f"  {highlighted(hit['snippet'], hit['marks'])}",
        escaped(f"  article {hit['id']}{': ' + hit['url'] if hit['url'] else ''}"),
    )
    return "\n".join(lines)


# A word after a minus is no option, and "-hybrid" does not ask for help; what begins with two is a misspelt option.
@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    epilog=ending("search klarna rehir* -bank", "search '\"voice assistant\"' --label reversal --since 2025-01-01"),
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY...")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@click.option(
    "--sort", type=click.Choice(["date", "rank"]), default="date", show_default=True, help="Last stored or best first."
)
@click.option("--label", type=click.Choice([label.value for label in Label]), help="Only with this label.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only of this kind.")
@click.option("--company", metavar="NAME", help="Only of employers whose name holds this.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only published since, as 2025-01-31.")
@as_json
@click.pass_obj
def search(
    invocation: Invocation, /, words: tuple[str, ...], since: datetime | None, as_json: bool, **how: Any
) -> None:
    """Print the articles whose title or text holds all the words.

    "word phrase" stands for these words in this order, begin* for words that begin so, -word for what must not be
    there; in a shell the quotation marks need quotes of their own. Case and accents make no difference.

    Nothing found is an answer, too: the exit code is 0, and standard output holds nothing, or [] with --json.
    """
    if wrong := next((word for word in words if word.startswith("--")), None):
        raise click.NoSuchOption(wrong, ctx=click.get_current_context())
    asked = {"query": " ".join(words), "since": since and f"{since:%Y-%m-%d}", **how}
    hits = ask(invocation, "search", asked)
    if as_json:
        print_json(hits)
    elif hits:
        say("\n\n".join(shown(hit) for hit in hits), keep="\n\x1b")
    else:
        invocation.say("nothing found", err=True)
