"""`review`: a person's word on an event or an article."""

from typing import Any

import click

from monitor.cli.asking import change
from monitor.cli.terms import WRITES, Invocation, as_json, ending, print_json
from monitor.model import Kind, Label


@click.command(
    epilog=ending(
        'review event:12 --label reversal --why "people were taken back"',
        'review event:12 --merge event:15 --why "one announcement"',
        'review https://example.org/a-story --exclude --why "a satire"',
        exits=WRITES,
    )
)
@click.argument("target", metavar="EVENT|ARTICLE")
@click.option("--label", type=click.Choice([label.value for label in Label]), help="What happened to human work.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="What sort of text an article is.")
@click.option("--exclude", is_flag=True, help="It counts no more; an article tells of no event then.")
@click.option("--include", is_flag=True, help="It counts again.")
@click.option("--merge", metavar="OTHER", help="It is the same as this one; an article may be given an event.")
@click.option("--split", is_flag=True, help="An article: it is not of its event and story. An event: undo its merge.")
@click.option("--link", metavar="OTHER[:TYPE]", help="The event it answers: 12, 12:reverses_partly, ...; or none.")
@click.option("--why", metavar="TEXT", help="The reason, which is kept.")
@as_json
@click.pass_obj
def review(invocation: Invocation, /, target: str, as_json: bool, **asked: Any) -> None:
    """Say what is right of an event or an article, for good. Nothing that is read later changes it.

    EVENT is written event:12, ARTICLE article:34 or by its address; a bare number will do where only one of the two
    has it. Each change is kept with its reason. An article that is judged anew makes, changes or leaves its event.

    TYPE of a link is reverses, reverses_partly, softens, follows, updates or duplicates.
    """
    answer = change(invocation, "review", {"target": target, **asked})
    if as_json:
        print_json(answer)
        return
    for sentence in answer["changed"]:
        invocation.say(f"{answer['target']}: {sentence}")
