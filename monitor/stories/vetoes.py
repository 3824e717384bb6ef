"""What forbids that two articles are copies, however alike their words: one form of report, two stories; pure."""

import re
from typing import Final, Literal

from monitor.model import Facts
from monitor.stories.copies import Telling
from monitor.stories.sketch import words

Veto = Literal["employer", "number", "place"]

_ANYWHERE: Final = frozenset({"global", "worldwide", "international"})
_THOUSANDS: Final = re.compile(r"(?<=\d)[.,'\u2019\u00a0\u202f ](?=\d{3}(?!\d))")


def contradiction(one: Telling, other: Telling) -> Veto | None:
    """Return what forbids two articles to be copies of one text: another employer, number or place; or None.

    By the facts read in both; and by the words, where the title of each has a name, or each a number, that the other
    article has nowhere. The same for both orders.
    """
    veto = facts_contradict(one.facts, other.facts)
    if veto is not None:
        return veto
    ours, theirs = _Words(one), _Words(other)
    if _unnamed(one.facts, ours, other.facts, theirs) or _unnamed(other.facts, theirs, one.facts, ours):
        return "employer"
    if ours.names - theirs.all and theirs.names - ours.all:
        return "employer"
    if ours.numbers - theirs.all and theirs.numbers - ours.all:
        return "number"
    return None


def facts_contradict(one: Facts, other: Facts) -> Veto | None:
    """Return which facts of two articles exclude that they are one story; what either does not state excludes nothing.

    An employer and its owner are one, numbers of jobs may overlap as ranges, places share one of their countries.
    """
    if one.company and other.company and not (_called(one) & _called(other)):
        return "employer"
    if one.jobs_count is not None and other.jobs_count is not None:
        most = (max(facts.jobs_count or 0, facts.jobs_count_max or 0) for facts in (one, other))
        if min(most) < max(one.jobs_count, other.jobs_count):
            return "number"
    ours, theirs = (_places(facts.country) for facts in (one, other))
    if ours and theirs and not (ours | theirs) & _ANYWHERE and ours.isdisjoint(theirs):
        return "place"
    return None


class _Words:
    """The words of one article: all of them folded, and the names and numbers that its title is about."""

    def __init__(self, of: Telling) -> None:
        title, text = (_THOUSANDS.sub("", part) for part in (of.title, of.text))
        headline, printed = words(title), set(words(text))
        self.all = {word.casefold() for word in (*headline, *printed)}
        self.names = {word.casefold() for word in headline if _is_name(word, printed)}
        self.numbers = {word for word in headline if word.isdecimal()}


def _is_name(word: str, printed: set[str]) -> bool:
    """Return whether a word of the title is a name, as far as its text tells: it never stands there in small letters.

    Headlines that capitalise every word say nothing, so the text must have the word just so. A script without capitals
    gives every word that is in the text.
    """
    small = word.lower()
    return word in printed and word[0].isalpha() and not word[0].islower() and (small == word or small not in printed)


def _unnamed(facts: Facts, own: _Words, other_facts: Facts, other: _Words) -> bool:
    """Return whether one article names its employer, and the other knows of none and never names this one."""
    if not facts.company or other_facts.company or not other.all:
        return False
    name = {word.casefold() for word in words(facts.company)}
    return bool(name) and name <= own.all and not name & other.all


def _called(facts: Facts) -> set[str]:
    return {name.casefold() for name in (facts.company, facts.parent) if name}


def _places(country: str | None) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in (country or "").split(";")) - {""}
