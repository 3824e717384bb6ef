"""A glimpse at a feed entry: what its words say one by one and in pairs, before a sentence is read.

Four in five entries of general news go no further. It is asked of English entries with a summary alone, and where it
is in doubt the answer is to read them. No model of its own: the judge's weights, with what the rules say where no cue
fits.
"""

from collections.abc import Sequence
from typing import Final

from monitor.classify.cues import CueBook
from monitor.classify.languages import ENGLISH, is_english, language_of
from monitor.classify.reading import lower
from monitor.classify.tokens import spoken
from monitor.classify.weights import Weights
from monitor.classify.words import as_features, pairs, singles, stem

# Least chance of a label for which an entry is read: where none of its words can be one for AI, by single words and by
# pairs as well; and where one can. Of 4,905 stories with a label no lead of 300 characters has less, nor one of 600 or
# 1,200; of 4,797 leads of 150 characters four have (November 2026).
BY_WORDS: Final = 0.01
BY_PAIRS: Final = 0.03
BESIDE_AI: Final = 0.005
_LEADS: Final = (50, 150)  # words of a summary that are weighed: the second in one of _LONG words in doubt by the first
_LONG: Final = 100
_LONGEST: Final = 40  # characters of a word; what is longer is none, and stems are remembered

_AI: Final = frozenset({"{ai}", "{look_ai}"})
_AT_LEAST: Final = ("", "label none", "rule 1", "kind off_topic", "none off_topic", "none high", "no employer")


def passes_over(book: CueBook, model: Weights, title: str, summary: str) -> bool:
    """Return whether an entry is English for certain and, by its words, about something else.

    None with nothing but a headline is, nor one with a word for jobs lost in it.
    """
    head, low = lower(title[:1000]), lower(summary)
    headline, told = spoken(head), spoken(low)
    above, below = book.lists_of(headline), book.lists_of(told)
    if not told or "{look_change}" in above:
        return False
    plain = head.isascii() and low.isascii()
    if not (is_english(headline + told[: _LEADS[0]]) if plain else language_of(title, summary) == ENGLISH):
        return False
    with_ai = [name for name, lists in (("t ai", above), ("o ai", below)) if not lists.isdisjoint(_AI)]
    named = {*_AT_LEAST, *(with_ai or ["no ai"]), *map("t ".__add__, above), *map("o ".__add__, below)}
    over = _stems(headline)
    for most in _LEADS:
        under = _stems(told[:most])
        alone = model.weigh(named | as_features(singles(over), singles(under)))
        if not with_ai and model.any_label(alone) < BY_WORDS:
            return True
        paired = model.weigh(as_features(pairs(over), pairs(under)))
        chance = model.any_label([one + two for one, two in zip(alone, paired, strict=True)])
        if chance < (BESIDE_AI if with_ai else BY_PAIRS):
            return True
        if len(told) < _LONG:
            break
    return False


def _stems(words: Sequence[str]) -> list[str]:
    return [stem(word[:_LONGEST]) for word in words]
