"""The reader of a text: every sentence read as alone; and what the first look makes of a text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.classify import cues, glimpse, rules
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

    def passing(least: float) -> set[tuple[str, str]]:
        for bound in ("BY_WORDS", "BY_PAIRS", "BESIDE_AI"):
            monkeypatch.setattr(glimpse, bound, least)
        return kept()

    as_it_is = kept()
    with_every_sentence_read = passing(0.0)
    assert as_it_is == with_every_sentence_read
    assert len(passing(0.5)) < len(as_it_is)  # control


GENERAL = """
Rain closes the coast road for a third day | Engineers hope to open one lane by Thursday after a night of storms.
Late goal keeps Harrow in the cup | The visitors had shots cleared off the line before the captain headed in a corner.
A court rejected the new budget | The tariff rose for the third time and the council votes again in May.
Museum buys a lost seascape | The painting hung in a farmhouse kitchen for sixty years; it goes on show in the autumn.
Wheat prices fall as the harvest comes in | Traders in Rouen put the early crop at two per cent above last year's.
Doctors warn of a long pollen season | A mild winter has brought birch and grass forward by three weeks.
Minister opens talks on the river treaty | Both delegations meet again in Basel to settle who pays for the locks.
Five soups for a cold week | A pot of lentils, two onions and an hour is all that the first of them takes.
"""


def test_a_glimpse_leaves_most_general_news_unread() -> None:
    judge = rules.load()
    entries = [line.split(" | ") for line in GENERAL.strip().splitlines()]
    read = [one[0] for one in entries if not glimpse.passes_over(judge.book, judge.model, *one)]
    assert len(read) <= 2, read


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("A court rejected the new budget", ""),  # nothing but a headline
        ("Layoffs at the mill", "The river froze early this year."),  # jobs in the headline
        ("A court rejected the new budget", "Its clerks go: a chatbot does their work now."),  # AI beside work
        ("En domstol afviste budgettet", "Floden frøs til, og mange af dem der var på isen blev våde."),  # not English
    ],
)
def test_what_may_tell_of_the_subject_is_read(title: str, summary: str) -> None:
    judge = rules.load()
    assert not glimpse.passes_over(judge.book, judge.model, title, summary)
