"""The words of an article as features: stems and pairs of neighbours, and which of them stand in the title."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from monitor.classify.reading import Reading

LEAD = 6  # readings whose words count in any case: title and first sentences
MOST = 20  # readings whose words count at all; after the lead only those that name AI or a change in work
_LONGEST = 400  # characters of one reading
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[$€£]?\d[\d_.,]*%?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDING = re.compile(r"(?:ations?|ings?|ers?|ed|es|s|ments?|e)$")
_SHORT = 4  # letters; such words are their own stem
_COMMON = frozenset(
    {"the", "a", "an", "of", "to", "in", "on", "for", "at", "by", "and", "with", "from", "as", "is", "are", "was"}
    | {"were", "be", "been", "has", "have", "had", "it", "its", "this", "that"}
)  # say nothing alone, only beside a neighbour


def of_readings(readings: Sequence[Reading], employer: str) -> Iterator[str]:
    """Yield the word features of an article, some of them more than once; the employer's name is `<org>`.

    "w:rehir" is a stem anywhere, "t:rehir" one in the title; "w:tak back" and "t:tak back" are pairs of neighbours.
    """
    own = frozenset(_WORD.findall(employer.lower()))
    for reading in telling(readings):
        yield from _of_sentence(reading.low, own, in_title=reading.zone == "title")


@lru_cache(maxsize=128)  # the sentences of an article are asked for three times: by model, settling and evidence
def _of_sentence(low: str, own: frozenset[str], *, in_title: bool) -> tuple[str, ...]:
    stems = ["<org>" if word in own else stem(word) for word in _WORD.findall(low[:_LONGEST])]
    features = with_pairs(stems)
    headline = map("t:".__add__, features) if in_title else ()
    return (*map("w:".__add__, features), *headline)


def of_text(low: str) -> list[str]:
    """Return the word features of a text in lower case that nobody has read, without their places."""
    return with_pairs([stem(word) for word in _WORD.findall(low[:_LONGEST])])


def with_pairs(stems: Sequence[str]) -> list[str]:
    """Return the stems that say something alone, and the pairs of neighbours."""
    return singles(stems) + pairs(stems)


def singles(stems: Sequence[str]) -> list[str]:
    """Return the stems that say something alone."""
    return [word for word in stems if word not in _COMMON]


def pairs(stems: Sequence[str]) -> list[str]:
    """Return the pairs of neighbours."""
    return [f"{left} {right}" for left, right in pairwise(stems)]


def as_features(above: Sequence[str], below: Sequence[str]) -> set[str]:
    """Return the features of words or pairs of a headline and a text: a headline's are its own and the whole's."""
    return {*map("t:".__add__, above), *map("w:".__add__, above), *map("w:".__add__, below)}


@lru_cache(maxsize=1 << 13)  # the usual words; 0.4 µs for one that is not among them
def stem(word: str) -> str:
    """Return a word without its ending, cut the same way for all forms of most verbs and nouns; numbers by their sort.

    >>> [stem(word) for word in ("rehires", "rehired", "rehiring", "stopped", "4_000", "2026", "12%", "$5")]
    ['rehir', 'rehir', 'rehir', 'stop', '<number>', '<year>', '<share>', '<money>']
    """
    if word[-1] == "%":
        return "<share>"
    if word[0] in "$€£":
        return "<money>"
    if word[0].isdigit():
        return "<year>" if _YEAR.fullmatch(word) else "<number>"
    if len(word) <= _SHORT:
        return word
    word = word.removesuffix("'s")
    cut = _ENDING.sub("", word)
    if len(cut) < 3:
        return word
    if len(cut) > 3 and cut[-1] == cut[-2] and cut[-1] not in "lsz":
        cut = cut[:-1]
    return cut


def telling(readings: Sequence[Reading]) -> Iterator[Reading]:
    """Yield the readings whose words count."""
    count = 0
    for reading in readings:
        if count >= LEAD and reading.zone == "body" and not reading.signals and not reading.ai:
            continue
        count += 1
        if count > MOST:
            return
        yield reading
