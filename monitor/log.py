"""Log records on standard error: JSON lines for machines, short lines for a terminal; no record can forge another.

The rest of the program says `logging.getLogger("monitor").info("feed.polled", extra={"feed": ...})`: an event's
name and its data. Nothing here knows of secrets: what must not be written is not put into `extra`.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TextIO

LOGGER: Final = "monitor"
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def escaped(text: str, keep: str = "") -> str:
    r"""Return text in which nothing can move a cursor, end a line or turn the reading direction: \u001b, \u202e.

    Control, format (bidi), surrogate, unassigned and separator characters become JSON escapes, so escaped JSON
    stays the same JSON. Characters in `keep` are left as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else json.dumps(c)[1:-1] for c in text)


def json_line(value: object) -> str:
    """Return a value as JSON on one line, readable in any script, without a character that could do harm."""
    return escaped(json.dumps(value, ensure_ascii=False, default=_told))


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record carries beyond its event's name."""
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _told(value: object) -> str:
    """Return a value that JSON does not know: a moment as all others are written, else its own words."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def _plain(value: object) -> str:
    value = _told(value) if isinstance(value, datetime) else value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_told)
    return escaped(json.dumps(text, ensure_ascii=False) if " " in text or not text else text)


class JsonLines(logging.Formatter):
    """One JSON object a record: at, level, event, logger when it is not ours, and the record's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record on one line."""
        line: dict[str, Any] = {
            "at": _told(_moment(record)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.name.split(".")[0] != LOGGER:
            line["logger"] = record.name
        line.update({key: value for key, value in fields(record).items() if key not in line})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json_line(line)


class ShortLines(logging.Formatter):
    """`08:15:02 feed.polled feed=https://... new=3`: time in UTC, the level only when it is not info."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line; a traceback follows on lines of its own."""
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()} "
        said = " ".join(f"{escaped(key)}={_plain(value)}" for key, value in fields(record).items())
        line = f"{_moment(record):%H:%M:%S} {level}{escaped(record.getMessage())} {said}".rstrip()
        if record.exc_info:
            line += "\n" + escaped(self.formatException(record.exc_info), keep="\n")
        return line


@contextmanager
def to_stream(stream: TextIO, level: int) -> Iterator[None]:
    """Within it records from `level` up go to the stream; afterwards logging is as it was.

    Libraries are heard from WARNING on, whatever the level.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ShortLines() if stream.isatty() else JsonLines())
    root, ours = logging.getLogger(), logging.getLogger(LOGGER)
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    ours.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
