"""The reader of a text: every sentence read as alone; and what the first look makes of a text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.classify import cues, firstlook, rules
from monitor.classify.reader import Reader, read
from monitor.classify.reading import Reading
from monitor.classify.sentences import split

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def book() -> cues.CueBook:
    return cues.load()


def texts() -> Iterator[tuple[str, str]]:
    for name in ("clusters", "set_aside", "examples"):
        for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            item: dict[str, Any] = json.loads(line)
            yield item["title"], item["text"]


def told(*names: str) -> Iterator[tuple[str, str]]:
    """Yield the stories with a label, written for these files."""
    for name in names:
        for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            item: dict[str, Any] = json.loads(line)
            if item["label"] != "none":
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


def test_no_story_is_lost_by_a_glimpse_at_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = rules.load()

    def kept() -> set[tuple[str, str]]:
        stories = list(told("set_aside", "examples", "written/stream"))
        leads = [(title, text[:length]) for title, text in stories for length in (300, 900)]
        return {lead for lead in leads if judge.first_look(*lead)}

    as_it_is = kept()
    monkeypatch.setattr(firstlook, "GLIMPSE", 0.0)
    with_every_sentence_read = kept()
    assert as_it_is == with_every_sentence_read
    monkeypatch.setattr(firstlook, "GLIMPSE", 0.5)
    assert len(kept()) < len(as_it_is)  # control


def test_a_glimpse_leaves_most_general_news_unread() -> None:
    judge = rules.load()
    general = [("A court rejected the new budget", "The tariff rose for the third time because prices did. " * 3)]
    read = [firstlook.worth_a_look(judge.book, judge.model, *entry) for entry in general]
    assert read == [False]


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("A court rejected the new budget", ""),  # nothing but a headline
        ("Layoffs at the mill", "The river froze early this year."),  # jobs in the headline
        ("A court rejected the new budget", "The river froze early. A chatbot told of it."),  # AI
    ],
)
def test_what_may_tell_of_the_subject_is_read(title: str, summary: str) -> None:
    judge = rules.load()
    assert firstlook.worth_a_look(judge.book, judge.model, title, summary)
