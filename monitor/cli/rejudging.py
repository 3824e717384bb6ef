"""`reclassify`: what is stored, judged by today's classifier."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click

from monitor.cli.asking import change_on
from monitor.cli.terms import WRITES, Invocation, as_json, counts, ending, json_text

PROGRESS_EVERY = 5000  # articles
OPENING = '{"changes": ['


def line(change: Mapping[str, Any]) -> str:
    """Return a changed verdict as one line for a person."""
    before, after = change["before"], change["after"]
    became = f"{before['label']}/{before['kind']} -> {after['label']}/{after['kind']}"
    firms = " -> ".join(dict.fromkeys(name or "no employer" for name in (before["company"], after["company"])))
    return f"{change['change']:7}  article {change['article_id']}  {became}  {firms}  {change['title']}"


class _Telling:
    """What is printed while it goes on: changes as they come, the counts at the end; as one JSON document if asked."""

    def __init__(self, invocation: Invocation, *, as_json: bool) -> None:
        self.invocation = invocation
        self.as_json = as_json
        self.total: Counter[str] = Counter()
        self.told = 0
        self.by = ""

    def step(self, answer: Mapping[str, Any]) -> dict[str, Any] | None:
        """Tell of one step; return with what to go on."""
        for change in answer["changes"]:
            if self.as_json:
                click.echo(f"{',' if self.told else OPENING}\n{json_text(change)}", nl=False)
            else:
                self.invocation.say(line(change))
            self.told += 1
        self.by = str(answer.get("classifier", ""))
        seen = self._seen()
        self.total.update(answer["counts"])
        if self._seen() // PROGRESS_EVERY > seen // PROGRESS_EVERY and answer["after"] is not None:
            self.invocation.say(f"judged up to article {answer['after']} of {answer['last']}", err=True)
        return None if answer["after"] is None else {"after": answer["after"]}

    def end(self, *, dry_run: bool) -> None:
        names = ("judged", "gained", "lost", "changed", "facts", "same", "reviewed", "failed")
        total = {name: self.total[name] for name in names}
        if self.as_json:
            click.echo(f"{'' if self.told else OPENING}\n], {json_text({**total, 'dry_run': dry_run})[1:]}")
        else:
            words = {"facts": "with other facts only", "reviewed": "left to the person who reviewed them"}
            told = counts({words.get(name, name): number for name, number in total.items()})
            self.invocation.say(f"{told}{' (nothing was changed)' if dry_run else ''}")

    def _seen(self) -> int:
        return self.total["judged"] + self.total["reviewed"] + self.total["failed"]


@click.command(epilog=ending("reclassify --dry-run", "reclassify", "reclassify --json > changes.json", exits=WRITES))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@as_json
@click.pass_obj
def reclassify(invocation: Invocation, dry_run: bool, as_json: bool) -> None:
    """Judge the stored texts by today's classifier. Verdicts gained, lost and changed are printed.

    Nothing alerts. Earlier verdicts stay as history, each with its classifier; events follow the new ones. What a
    person reviewed is left as it is. A run that was cut off goes on where it was when it is started again. A running
    daemon judges by the classifier it was started with.

    With other facts only: label, kind and employer are what they were.
    """
    telling = _Telling(invocation, as_json=as_json)
    if dry_run:
        settings = invocation.settings()
        from monitor import commands  # noqa: PLC0415  # --help must not load the pipeline

        for answer in commands.rehearse(settings):
            telling.step(answer)
    else:
        change_on(invocation, "reclassify", {"after": 0}, telling.step)
        from monitor import commands  # noqa: PLC0415  # --help must not load the pipeline

        today = commands.classifier()
        if telling.by not in {"", today}:
            invocation.say(
                f"the running daemon judged by {telling.by}, this program would by {today}: restart the daemon, and"
                " call this again",
                err=True,
            )
    telling.end(dry_run=dry_run)
