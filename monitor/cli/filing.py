"""`import --events`: a file of events that somebody keeps, row by row into the store."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from monitor import accounts
from monitor.cli.asking import change_on
from monitor.cli.reading import STDIN, read_bytes
from monitor.cli.terms import Invocation, counts, print_json
from monitor.clock import utc_now
from monitor.errors import UsageError
from monitor.model import FiledAccount

AT_ONCE: Final = 500  # rows in one transaction: about a second of the writer's time
COMPANIES_AT_ONCE: Final = 100
PROGRESS_EVERY: Final = 5000  # rows
SHOWN: Final = 100  # refusals printed one by one


@dataclass(slots=True)
class Reading:
    """What was read so far: which rows stand where, which employers act, what is refused."""

    lines: dict[str, str] = field(default_factory=dict)  # name of a row -> file and line
    companies: dict[str, None] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[str, None] = field(default_factory=dict)  # columns

    def refuse(self, where: str, reason: str, column: str | None = None, value: str = "") -> None:
        """Note why a row is not taken."""
        self.refused.append({"source": where, "column": column, "value": value, "reason": reason})


def file_events(invocation: Invocation, paths: Sequence[str], *, as_json: bool) -> None:
    """Take in the rows of files, and tell what became of them; exits with 1 if any was refused."""
    reading = Reading()
    total: Counter[str] = Counter()
    rows = _rows([Path(path) for path in paths], reading)

    def told(answer: Mapping[str, Any]) -> dict[str, Any] | None:
        before = sum(total.values())
        total.update({name: number for name, number in answer.items() if isinstance(number, int)})
        for part in answer.get("refused", ()):
            reading.refuse(reading.lines[part["external_id"]], part["reason"], "event_id", part["external_id"])
        if sum(total.values()) // PROGRESS_EVERY > before // PROGRESS_EVERY:
            invocation.say(f"{sum(total.values())} rows taken in, {len(reading.refused)} refused", err=True)
        return next(asked, None)

    asked = _asked(rows, reading)
    change_on(invocation, "import.events", next(asked, None), told)
    _tell(invocation, reading, total, as_json=as_json)


def _asked(rows: Iterable[FiledAccount], reading: Reading) -> Iterator[dict[str, Any]]:
    """Yield what is asked of the owner of the store: rows in portions, then the links of their employers."""
    portion: list[Any] = []
    for row in rows:
        portion.append(msgspec.to_builtins(row))
        if len(portion) == AT_ONCE:
            yield {"accounts": portion}
            portion = []
    if portion:
        yield {"accounts": portion}
    names = list(reading.companies)
    for start in range(0, len(names), COMPANIES_AT_ONCE):
        yield {"companies": names[start : start + COMPANIES_AT_ONCE]}


def _rows(paths: Sequence[Path], reading: Reading) -> Iterator[FiledAccount]:
    """Yield the accounts of files, each row once; what is wrong with the others is noted."""
    opened = [_opened(path, reading) for path in paths]  # no file is begun before all headers are understood
    terms = accounts.load(utc_now().date())
    for where, records, name_of in opened:
        for record in records:
            line = f"{where}, line {record.line}"
            found = accounts.read(record, terms)
            if isinstance(found, list):
                for part in found:
                    reason = part.right if part.column is None else f"must be {part.right}"
                    reading.refuse(line, reason, part.column and name_of(part.column), part.value)
            elif found.external_id in reading.lines and not found.external_id.startswith("sha256:"):
                other = reading.lines[found.external_id]
                reading.refuse(
                    line, f"must be a name that no other row has; {other} has it", "event_id", found.external_id
                )
            else:
                reading.lines[found.external_id] = line
                if found.facts.company:
                    reading.companies[found.facts.company] = None
                yield found


def _opened(path: Path, reading: Reading) -> tuple[str, Iterator[accounts.Record], Callable[[str], str]]:
    """Return a file's name, its rows, and how it calls a column."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the file of events in it")
    where = "standard input" if path == STDIN else str(path)
    body = read_bytes(path, accounts.LONGEST_FILE)
    if path.suffix.lower() == ".jsonl":
        return where, accounts.lined(body, where), lambda meaning: meaning
    sheet = accounts.opened(body, where)
    reading.unread |= dict.fromkeys(sheet.unread)
    return where, sheet.records(), sheet.name_of


def _tell(invocation: Invocation, reading: Reading, total: Mapping[str, int], *, as_json: bool) -> None:
    """Print what became of the rows."""
    if as_json:
        print_json({**total, "refused": reading.refused, "unread_columns": list(reading.unread)})
    else:
        if reading.unread:
            invocation.say(f"columns that are not read: {', '.join(reading.unread)}", err=True)
        for part in reading.refused[:SHOWN]:
            column = f", column {part['column']} = {part['value']!r}:" if part["column"] else ":"
            click.echo(f"refused {part['source']}{column} {part['reason']}", err=True)
        if len(reading.refused) > SHOWN:
            click.echo(f"and {len(reading.refused) - SHOWN} more refusals; --json names them all", err=True)
        rows = len({part["source"] for part in reading.refused})
        invocation.say(f"import: {counts({**total, 'refused': rows})}")
    if reading.refused:
        raise click.exceptions.Exit(1)
