"""Sentences of a text with their exact places, found in one pass."""

import re
from dataclasses import dataclass

MAX_CHARACTERS = 60_000  # of one text that are read; about 10,000 words, more than any news article has
MAX_SENTENCES = 400  # of one text that are judged
MAX_SENTENCE = 700  # characters; a longer one is cut at a space, so that every pattern meets a bounded string

_END = re.compile(r"[.!?…][\"'”’)\]]{0,2}(?=\s+[\"'“‘(\[]{0,2}[A-Z0-9ÅÄÖÜÉÈÀÁÍÓÚÑ])|\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Inc|Corp|Ltd|Co|No|vs|etc|approx|Jan|Feb|Aug|Sept?|Oct|Nov|Dec|Gen|Gov"
    r"|Sen|Rep)"
    r"|\b[A-Z]|\b[ap]\.m|\be\.g|\bi\.e)\.$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands: `text == source[start:end]`, without outer white space."""

    text: str
    start: int
    end: int
    paragraph: int  # counted from 0, headings and blank lines apart


def split(source: str) -> list[Sentence]:
    """Return the sentences of a text in order, at most MAX_SENTENCES of its first MAX_CHARACTERS characters."""
    limit = min(len(source), MAX_CHARACTERS)
    found: list[Sentence] = []
    start = 0
    paragraph = 0
    for match in _END.finditer(source, 0, limit):
        line_end = match.group() == "\n"
        if not line_end and _ABBREVIATION.search(source, max(start, match.start() - 8), match.start() + 1):
            continue
        _add(found, source, start, match.end(), paragraph)
        start = match.end()
        if line_end and found and found[-1].paragraph == paragraph:
            paragraph += 1
        if len(found) >= MAX_SENTENCES:
            return found[:MAX_SENTENCES]
    _add(found, source, start, limit, paragraph)
    return found[:MAX_SENTENCES]


def _add(found: list[Sentence], source: str, start: int, end: int, paragraph: int) -> None:
    """Append the piece, trimmed, and in parts if it is longer than MAX_SENTENCE."""
    while start < end:
        stop = end if end - start <= MAX_SENTENCE else _space_before(source, start, start + MAX_SENTENCE)
        piece = source[start:stop]
        left = len(piece) - len(piece.lstrip())
        text = piece.strip()
        if text:
            found.append(Sentence(text, start + left, start + left + len(text), paragraph))
        if len(found) >= MAX_SENTENCES:
            return
        start = stop


def _space_before(source: str, start: int, stop: int) -> int:
    """Return the place of the last space in the window, or its end if there is none."""
    at = source.rfind(" ", start + MAX_SENTENCE // 2, stop)
    return stop if at < 0 else at


def opening_end(sentences: list[Sentence], length: int) -> int:
    """Return how many of the sentences are the opening (CODEBOOK.md 4.2).

    The first three paragraphs of prose or the first third, whichever is shorter, and never less than two sentences
    or 400 characters: the third of a feed's summary would be half a sentence.
    """
    third = max(length // 3, 400)
    prose: list[int] = []
    for index, sentence in enumerate(sentences):
        is_prose = len(sentence.text) >= 60 or sentence.text[-1:] in '.!?"”'
        if is_prose and sentence.paragraph not in prose:
            prose.append(sentence.paragraph)
        if index >= 2 and (sentence.start >= third or len(prose) > 3):
            return index
    return len(sentences)
