"""The reader of a text: narrowed to the cues that can fit in the text at all, and every sentence read as alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.classify import cues, rules
from monitor.classify.firstlook import READ
from monitor.classify.languages import ENGLISH
from monitor.classify.reader import Reader, read
from monitor.classify.reading import Reading, lower
from monitor.classify.sentences import split
from monitor.model import Label

DATA = Path(__file__).parent / "data"
ROLES = ("cut", "reversal", "hybrid", "link", "frame", "kind")


@pytest.fixture(scope="module")
def book() -> cues.CueBook:
    return cues.load()


def texts() -> Iterator[tuple[str, str]]:
    for name in ("clusters", "set_aside", "examples"):
        for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            item: dict[str, Any] = json.loads(line)
            yield item["title"], item["text"]


def as_set(reading: Reading) -> list[object]:
    """Return what was read; cues that fit in one place are in no order."""
    signals = {(s.mark, s.side, s.hedged, s.negated, s.background) for s in reading.signals}
    return [signals, reading.frames, reading.links, reading.lists, set(reading.pasts), reading.weight, reading.ai]


def test_a_sentence_is_read_among_others_as_it_is_read_alone(book: cues.CueBook) -> None:
    for title, text in texts():
        reader = Reader(book, split(title), split(text))
        for sentence in reader.sentences:
            for zone in ("opening", "body"):
                among = reader.read(sentence, "text", zone)
                assert as_set(among) == as_set(read(book, sentence, "text", zone)), sentence.text


def test_a_narrowed_book_finds_what_the_whole_book_finds(book: cues.CueBook) -> None:
    for _, text in texts():
        offered = [(low, book.needs_met(low)) for low in (lower(sentence.text) for sentence in split(text))]
        narrowed = book.narrowed(set().union(*(met for _, met in offered)))
        for low, met in offered:
            assert set(narrowed.marks(low, met, ROLES)) == set(book.marks(low, met, ROLES))
            assert set(narrowed.marks(low, met, ("mask",))) == set(book.marks(low, met, ("mask",)))


def test_control_a_book_narrowed_for_another_text_misses_cues(book: cues.CueBook) -> None:
    low = lower("The bank lays off 300 workers because AI does their work.")
    other = book.narrowed(book.needs_met(lower("The weather is fine.")))
    assert not other.marks(low, book.needs_met(low), ROLES)
    assert book.marks(low, book.needs_met(low), ROLES)


def test_the_first_look_is_that_of_a_case_read_afresh() -> None:
    judge = rules.load()
    for title, text in [("Weather", "Rain. " * 1500), *texts()][:200]:
        for summary in (text[:300], text[:READ], text):
            chances = judge.model.chances(judge.read_case(title, summary, ENGLISH).features)
            if 1 - chances.labels[Label.NONE] >= rules.LOOK:
                assert judge.first_look(title, summary)
