"""`import`: articles that somebody has, into the store."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from monitor.cli.asking import change
from monitor.cli.filing import file_events
from monitor.cli.reading import STDIN, Line, decoded, json_lines, read_bytes, title_of
from monitor.cli.terms import WRITES, Invocation, as_json, counts, ending, print_json
from monitor.clock import from_text
from monitor.errors import UsageError

ENDINGS = (".txt", ".html", ".htm", ".jsonl")  # what is taken from a folder
LIKE_AN_ADDRESS = re.compile(r"www\.|[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_UNDATED = (
    "undated: no day was given or found, so what is told there counts as announced today; give JSON Lines with "
    '"published_at" to have it dated'
)
AT_ONCE = 200  # items handed over together
CHARACTERS_AT_ONCE = 8_000_000  # as JSON at most 48 MB, below what the control socket passes


def _from_file(path: Path) -> dict[str, Any]:
    body = read_bytes(path)
    item: dict[str, Any] = {"source": str(path), "sha256": hashlib.sha256(body).hexdigest()}
    text = decoded(body)
    if path.suffix.lower() in {".html", ".htm"}:
        return item | {"html": text}
    return item | {"title": title_of(text), "text": text}


def _from_line(line: Line) -> dict[str, Any]:
    item = {key: line.text(key) for key in ("title", "text", "html", "url", "published_at")}
    if not any(item[key] for key in ("title", "text", "html")):
        raise UsageError(f'{line.where}: needs "text" or "html", and better a "title", "url" and "published_at"')
    if moment := item["published_at"]:
        try:
            from_text(moment)
        except ValueError as error:
            right = 'must be a date or moment in ISO 8601, such as "2026-03-31"'
            raise UsageError(f"{line.where}: published_at = {moment!r}: {right}") from error
    text = item["text"] or item["html"] or ""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return item | {"source": line.where, "sha256": digest}


def _files(path: Path) -> Iterator[Path]:
    if path == STDIN or not path.is_dir():
        yield path
        return
    try:
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS and file.is_file())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if not found:
        raise UsageError(f"{path} holds no file that ends in {', '.join(ENDINGS)}")
    yield from found


def articles(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the articles of files and folders, in order; raises UsageError naming file and line."""
    for name in paths:
        for file in _files(Path(name)):
            if file.suffix.lower() == ".jsonl":
                yield from (_from_line(line) for line in json_lines(file))
            else:
                yield _from_file(file)


def portions(items: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the items in lists that are small enough to be handed to a daemon at once."""
    portion: list[dict[str, Any]] = []
    size = 0
    for item in items:
        length = sum(len(value) for value in item.values() if isinstance(value, str))
        if portion and (len(portion) == AT_ONCE or size + length > CHARACTERS_AT_ONCE):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += length
    if portion:
        yield portion


def added(total: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return two answers as one: numbers summed, lists joined."""
    return total | {key: total[key] + value if key in total else value for key, value in answer.items()}


@click.command(
    "import",
    epilog=ending(
        "import article.txt folder/ more.jsonl",
        "import https://example.org/a-story",
        "import --events layoffs.csv",
        exits=WRITES,
    ),
)
@click.argument("sources", nargs=-1, required=True, metavar="PATH|URL...")
@click.option("--events", is_flag=True, help="The files list events, one a row, as CSV or JSON Lines.")
@as_json
@click.pass_obj
def import_(invocation: Invocation, sources: tuple[str, ...], events: bool, as_json: bool) -> None:
    """Store articles or events from files, articles from addresses. They raise no alerts.

    They go through the same stages as polled ones.

    Text files (first line: title), HTML, JSON Lines with title, text or html, url and published_at; of a folder the
    files that end in .txt, .html, .htm or .jsonl.

    With --events: columns company, label, date and source are needed, all those of the event record are read
    (jobs_count, jobs_qualifier, function, country, status, linked_event_id, link_type, ...). Rows of kind event with a
    label become events, the rest notes. A row that does not fit is refused by line, the others go in; the same file
    again changes nothing.
    """
    if events:
        file_events(invocation, sources, as_json=as_json)
        return
    urls = [source for source in sources if source.lower().startswith(("http://", "https://"))]
    for source in sources:
        if source not in urls and LIKE_AN_ADDRESS.match(source) and not Path(source).exists():
            raise UsageError(f"{source}: an address begins with http:// or https://, and there is no such file")
    items = list(articles(source for source in sources if source not in urls))  # all are read before any is stored
    total: dict[str, Any] = {}
    for portion in portions(items):
        total = added(total, change(invocation, "import", {"items": portion}))
    if urls:
        total = added(total, change(invocation, "import", {"urls": urls}))
    refused = total.get("refused") or []
    if as_json:
        print_json(total)
    else:
        invocation.say(f"import: {counts(total)}")
        if total.get("undated"):
            invocation.say(_UNDATED)
        for part in refused:
            click.echo(f"refused {part.get('source')}: {part.get('reason')}", err=True)
    if refused:
        raise click.exceptions.Exit(1)
