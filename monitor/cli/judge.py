"""`classify` and `evaluate`: what the judge says, and how well it judges. Neither opens the store."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from monitor.cli.reading import STDIN, decoded, json_lines, read_bytes, title_of, words_of
from monitor.cli.terms import PATH, as_json, ending, json_text, print_json, say
from monitor.cli.verdicts import verdict_json, verdict_lines
from monitor.errors import UsageError

LARGEST_SET = 2**30  # bytes of labelled articles

Item = tuple[object, str, str]  # id, title, text


def _items(path: Path, *, lines: bool) -> Iterator[Item]:
    """Yield what a file holds: itself, or with `lines` (or the ending .jsonl) one item a line."""
    if path.suffix.lower() in {".html", ".htm"}:
        raise UsageError(f"{path}: classify reads text and JSON Lines; save the page's text, its first line the title")
    if not lines and path.suffix.lower() != ".jsonl":
        text = words_of(path)
        yield str(path), title_of(text), text
        return
    for line in json_lines(path):
        title, text_of_line = line.text("title"), line.text("text")
        if title is None and text_of_line is None:
            raise UsageError(f'{line.where}: needs "title" or "text", as in {{"id": 1, "title": "...", "text": "..."}}')
        yield line.item.get("id"), title or "", text_of_line or ""


@click.command(
    epilog=ending(
        "classify article.txt", "classify --jsonl stories.jsonl > verdicts.jsonl", "classify --json - < a.txt"
    )
)
@click.argument("paths", nargs=-1, type=PATH, metavar="[PATH]...")
@click.option("--jsonl", is_flag=True, help='Read {"id","title","text"} a line, write one verdict a line.')
@as_json
def classify(paths: tuple[Path, ...], jsonl: bool, as_json: bool) -> None:
    """Print label, evidence and facts of articles, storing nothing.

    A text file's title is its first line, its text the whole file; `-`, or no PATH, reads standard input. Every
    quote stands verbatim at its offsets, which count characters of the input as given.
    """
    if not paths and sys.stdin.isatty():
        raise click.UsageError("name files, or - for standard input")
    from monitor.classify import rules  # noqa: PLC0415  # --help must not load the cues

    classifier = rules.load()
    found: list[dict[str, Any]] = []
    for path in paths or (STDIN,):
        for id_, title, text in _items(path, lines=jsonl):
            verdict = classifier.classify(title, text, None)
            if jsonl:
                click.echo(json_text(verdict_json(id_, verdict)))
            elif as_json:
                found.append(verdict_json(id_, verdict))
            else:
                say(verdict_lines(id_, verdict))
    if as_json and not jsonl:
        print_json(found)


@click.command(
    epilog=ending("evaluate labelled.jsonl", "evaluate --errors labelled.jsonl", "evaluate a.jsonl b.jsonl --json")
)
@click.argument("files", type=PATH, nargs=-1, required=True, metavar="FILE...")
@click.option("--errors", is_flag=True, help="Also print what is wrong, one by one, with the words decided by.")
@as_json
def evaluate(files: tuple[Path, ...], errors: bool, as_json: bool) -> None:
    """Score the classifier and its facts on labelled files.

    JSON Lines: each line is an object with title, text, label and kind, and if known id, company, jobs_count and the
    other facts, lang, date, and group (items of one group are drawn together for the intervals). A fact that no line
    of a file names is not scored there. With --json the errors are always there.
    """
    from monitor import evaluate as evaluation  # noqa: PLC0415  # --help must not load the cues
    from monitor.classify import rules  # noqa: PLC0415  # as above

    items = []
    for file in files:
        text = decoded(read_bytes(file, LARGEST_SET)).removeprefix("\ufeff")
        try:
            items += evaluation.read_items(text.split("\n"))  # splitlines() would end lines within a text, too
        except UsageError as error:
            raise UsageError(f"{file}, {error}") from error
    report = evaluation.evaluate(rules.load(), items)
    if as_json:
        print_json(evaluation.as_json(report))
    else:
        say(evaluation.as_text(report, errors=errors))
