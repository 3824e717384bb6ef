"""Log records: one a line, in two forms, and nothing in them can forge a line or move a cursor."""

import io
import json
import logging
from datetime import UTC, datetime

import pytest

from monitor import log
from monitor.clock import from_text

HARMFUL = {
    "a line end": "a\nfeed.polled",
    "a carriage return": "a\rb",
    "an escape": "\x1b[2Ja",
    "a C1 control": "a\x9b2J",
    "a delete": "a\x7f",
    "a line separator": "a\u2028b",
    "a bidi override": "\u202eevil",
    "a tag beyond the basic plane": "a\U000e0041",
    "a lone surrogate": "a\ud800",
    "a vertical tab": "a\x0bb",
    "a form feed": "a\x0cb",
    "a backspace": "secret\b\b\b\b\b\bpublic",
    "a bell": "a\x07",
    "a zero": "a\0b",
    "a next line": "a\x85feed.polled",
    "a title of the window": "\x1b]0;owned\x07",
    "an isolate": "\u2067evil\u2069",
    "a zero width space": "a\u200bb",
    "the end of the object": 'a", "level": "error", "b": "\n{"',
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO, event: str = "feed.polled", level: int = logging.INFO, **extra: object) -> str:
    root = logging.getLogger()
    others, root.handlers = root.handlers, []  # what pytest captures travels between processes; a surrogate cannot
    try:
        with log.to_stream(stream, logging.INFO):
            logging.getLogger("monitor").log(level, event, extra=extra)
    finally:
        root.handlers = others
    return stream.getvalue()


def _fail(words: str) -> None:
    raise ValueError(words)


def test_elsewhere_a_record_is_a_line_of_json_with_its_fields() -> None:
    before = datetime.now(UTC)
    line = json.loads(written(io.StringIO(), feed="https://e.example/ä", new=3, odd={1}))
    assert from_text(line.pop("at")).timestamp() == pytest.approx(before.timestamp(), abs=60)
    assert line == {"level": "info", "event": "feed.polled", "feed": "https://e.example/ä", "new": 3, "odd": "{1}"}


def test_moments_are_written_like_all_others() -> None:
    at = datetime(2026, 3, 2, 9, 0, 0, 475173, tzinfo=UTC)
    assert json.loads(written(io.StringIO(), until=at))["until"] == "2026-03-02T09:00:00.475Z"
    assert "until=2026-03-02T09:00:00.475Z\n" in written(Terminal(), until=at)


def test_on_a_terminal_a_record_is_a_short_line() -> None:
    line = written(Terminal(), level=logging.WARNING, feed="https://e.example/ä", title="two words", none=None)
    assert line[8:] == ' warning feed.polled feed=https://e.example/ä title="two words" none=null\n'


@pytest.mark.parametrize("harm", HARMFUL.values(), ids=HARMFUL)
@pytest.mark.parametrize("stream", [io.StringIO, Terminal], ids=["elsewhere", "on a terminal"])
def test_no_value_forges_a_line_or_moves_the_cursor(harm: str, stream: type[io.StringIO]) -> None:
    text = written(stream(), title=harm, **{"ke\x1by": 1}) + written(stream(), event=harm)
    assert text.count("\n") == 2
    assert all(character.isprintable() for character in text.replace("\n", ""))


def test_of_all_characters_only_printable_ones_are_written_as_they_are() -> None:
    every = ".".join(map(chr, range(0x110000)))  # apart: two halves side by side are one character in JSON
    assert log.escaped(every).isprintable()
    assert json.loads(log.json_line([every]).encode()) == [every]


@pytest.mark.parametrize("harm", HARMFUL.values(), ids=HARMFUL)
def test_escaped_json_means_the_same(harm: str) -> None:
    assert json.loads(log.json_line({"title": harm})) == {"title": harm}


@pytest.mark.parametrize("stream", [io.StringIO, Terminal], ids=["elsewhere", "on a terminal"])
def test_a_traceback_is_kept(stream: type[io.StringIO]) -> None:
    target = stream()
    with log.to_stream(target, logging.INFO):
        try:
            _fail("a\x1bb")
        except ValueError:
            logging.getLogger("monitor").exception("batch.failed")
    assert "Traceback" in target.getvalue()
    assert "\x1b" not in target.getvalue()


def test_libraries_are_heard_from_warning_on_and_named() -> None:
    stream = io.StringIO()
    with log.to_stream(stream, logging.DEBUG):
        logging.getLogger("other.part").info("unheard")
        logging.getLogger("other.part").warning("heard")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["logger"]) == ("heard", "other.part")


def test_logging_is_afterwards_as_it_was() -> None:
    root, ours = logging.getLogger(), logging.getLogger("monitor")
    before = (list(root.handlers), root.level, ours.level)
    with log.to_stream(io.StringIO(), logging.DEBUG):
        pass
    assert (list(root.handlers), root.level, ours.level) == before
