"""The employer an article is about: the name in the title or the opening that the text treats as an acting firm."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.classify import mentions
from monitor.classify.names import Name, Vocabulary, in_capitals
from monitor.classify.sentences import Sentence
from monitor.model import Place, Span

_READ = 8  # sentences of a text that are searched for the employer
_HEARD = 30  # sentences in which a name of the headline may come back
_MIN_SCORE = 2.0
_LEAST = 0.8  # enough where no name has more, and it is one of two words from the first sentences
_SAINT = ("St ", "St. ")
_OWN = frozenset({"'s", "’s"})
_EARLY = 4
_ALONE = 0.3  # of what speaks for one word of a headline, where the text has a longer name and not this one
_NEARLY_ALONE = 0.8  # ... where it has none either
_COMMON_ENDINGS = ("ly", "ing", "ers", "ors", "ists", "ants", "ians", "ees", "men", "ment", "ness")
_NAMED = 0.5  # what speaks at least for the full form of a firm's name
_ENOUGH = 4  # mentions of one name that are looked at
_RETURNS = 1.5  # what speaks for a name of the title that the text takes up
_DATELINE = re.compile(r"^(?:[A-ZÀ-Þ][^.!?\n]{1,60}?|[A-ZÀ-Þ][\w .,]{1,60}?)(?: [-–—] |: )(?!(?:the|an?|which|with) )")
_CREDITED = re.compile(  # "Jo Lind/Norvik Pictures", "Image Credits: Norvik Pictures"
    r"(?:\w ?/ ?|\b(?:image|photo|photograph|picture|illustration)s?(?: by| courtesy of|(?: credits?)?\s?:)"
    r"\W{0,4}(?:[\w.'’-]+ ){0,3}"
    r"|\bcredits?\s?:\W{0,4}(?:[\w.'’-]+ ){0,3})$",
    re.IGNORECASE,
)
_SMALL = re.compile(r"(?<![\w'’])[a-zà-ÿ]{3,}")
_TICKER = re.compile(
    r"\((?:NYSE|Nasdaq|NASDAQ|NasdaqGS|LSE|LON|ASX|TSX|NSE|BSE|ETR|XETRA|EPA|BME|AMS|SWX|HKEX)\s?:\s?([A-Z.]{1,6})\)"
    r"|(?<!\w)\$([A-Z]{2,5})\b"
)


@dataclass(frozen=True, slots=True)
class Named:
    """An employer found in an article."""

    name: str  # canonical
    printed: str
    place: Place
    span: Span
    known: bool
    parent: str | None = None


@dataclass
class Candidate:
    """What speaks for one name."""

    first: Named
    score: float = 0.0
    acts: bool = False
    firm: bool = False  # a word beside or in it says so
    in_title: bool = False
    times: int = 0


@dataclass
class Search:
    """One article as it is searched."""

    words: Vocabulary
    houses: frozenset[str]
    common: frozenset[str]  # known names that are commoner words still
    sentences: Sequence[Sentence]
    candidates: dict[str, Candidate] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)
    town: str = ""  # of the dateline
    things: set[str] = field(default_factory=set)  # names of bots, models and sites
    possessives: set[str] = field(default_factory=set)  # names that end in 's themselves
    capitals: bool | None = None  # whether the headline capitalises every word
    small: frozenset[str] | None = None  # words the text has in small letters, once they are needed

    def read(self, text: str, place: Place, offset: int, weight: float) -> None:
        """Add what one sentence says about each name in it."""
        skip = 0
        if place == "text" and offset == 0:
            dateline = _DATELINE.match(text)
            skip = dateline.end() if dateline else 0
            self.town = dateline.group().split(",")[0].split(" - ")[0].strip(" -–—:").lower() if dateline else ""
        for found in self.words.find(text):
            if _CREDITED.search(text, max(0, found.start - 60), found.start):
                continue
            name = self._whole(text, found)
            heard = self.candidates.get(self.words.canonical(name.printed) or name.printed)
            if name.start >= skip and (heard is None or heard.times < _ENOUGH):
                self._weigh(text, name, place, offset, weight)

    def _whole(self, text: str, name: Name) -> Name:
        """Return a name with the ending of its own that looks like a possessive: "Marlowe's is closing tills"."""
        if name.known:
            return name
        whole = f"{name.printed}'s"
        ends = text[name.end : name.end + 2] in _OWN
        if ends and (mentions.own_ending(text, name.end) or name.printed.startswith(_SAINT)):
            self.possessives.add(whole)
        elif not ends or whole not in self.possessives:
            return name
        return Name(text[name.start : name.end + 2], name.start, known=False)

    def _weigh(self, text: str, name: Name, place: Place, offset: int, weight: float) -> None:
        """Add what one mention says about its name."""
        if place == "text" and self._only_begins(name):
            return
        seen = mentions.treatment(text, name.start, name.end, known=name.known)
        organisation = not name.known and self.words.organisation(name.printed)
        words = name.printed.split()
        if not name.known and not organisation:
            if seen.thing or seen.site:
                self.things.add(name.printed)
            if not seen.sort and self.words.person(name.printed) and not self._is_small(words[-1].lower()):
                self.persons.update(words)
                return
            speaks = len(words) in {2, 3} and place == "text" and mentions.is_speaker(text, name.start, name.end)
            if seen.person or (speaks and not seen.sort and not self._is_firm(name.printed)):
                self.persons.update(words)
                return
            if self.words.never([word.lower() for word in words]):
                return
        if name.printed in self.houses and mentions.measures(text, name.end):
            score = -1.0
        else:
            score = self._score(name, seen, organisation=organisation)
        if place == "title":
            score = max(score, 0.5 if organisation else self._headline_name(text, name, score, seen))
        canonical = self.words.canonical(name.printed) or name.printed
        span = Span(place, offset + name.start, offset + name.end)
        named = Named(canonical, name.printed, place, span, name.known)
        candidate = self.candidates.setdefault(canonical, Candidate(named))
        candidate.score += weight * score
        candidate.times += 1
        candidate.acts |= seen.acts
        candidate.firm |= seen.sort or organisation
        candidate.in_title |= place == "title"

    def _only_begins(self, name: Name) -> bool:
        """Return whether a new name is but the first word of its sentence, which the text has in small letters too."""
        if name.known or name.start or " " in name.printed:
            return False
        lower = name.printed.lower()
        return lower.endswith(_COMMON_ENDINGS) or self._is_small(lower)

    def _is_firm(self, printed: str) -> bool:
        """Return whether a name was met before as more than a name: in the headline, or with a word for a firm."""
        candidate = self.candidates.get(printed)
        return candidate is not None and (candidate.in_title or candidate.firm)

    def _headline_name(self, text: str, name: Name, score: float, seen: mentions.Treatment) -> float:
        """Return the least a name weighs in a headline where capitals are for names: more if the headline begins so."""
        if name.known or seen.context or score < 0 or self._capitals(text) or self._is_small(name.printed.lower()):
            return score
        leads = mentions.goes_on(text, name.end) or mentions.is_rubric(text, name.end)
        return 0.5 if name.start == 0 and leads and " " in name.printed else 0.2

    def _capitals(self, title: str) -> bool:
        """Return whether the headline capitalises nearly every word."""
        if self.capitals is None:
            self.capitals = in_capitals(title)
        return self.capitals

    def _score(self, name: Name, seen: mentions.Treatment, *, organisation: bool) -> float:
        """Return how much one mention speaks for an acting firm."""
        treated = seen.acts or seen.owns
        if (name.known and name.printed in self.common and not (seen.sort or seen.takes)) or seen.product:
            return 0.0
        begins = not name.known and name.start == 0 and " " not in name.printed
        if begins and (self._only_begins(name) or not (treated or seen.subject)):
            return 0.0
        score = 1.0 if name.known else 0.6 if organisation else 0.0
        score += (1.2 if seen.acts else 0.5 if seen.subject else 0.0) + (0.8 if seen.owns else 0.0)
        score += 0.4 if seen.place else 0.0
        score += 0.3 if " " in name.printed and name.start and not name.known and not organisation else 0.0
        if name.printed in self.words.ambiguous and name.start == 0 and not (seen.owns or seen.speaks):
            score = 0.1
        if seen.context:
            score -= 0.4 if organisation else 0.7
        return score if name.known else max(score, 0.0)

    def _is_small(self, word: str) -> bool:
        """Return whether the text has a word in small letters too, so that a capital does not make it a name."""
        if self.small is None:
            texts = (sentence.text for sentence in self.sentences[:_HEARD])
            self.small = frozenset(word for text in texts for word in _SMALL.findall(text))
        return word in self.small


def main(search: Search, title: str) -> Candidate | None:
    """Return the candidate the article is about, or None if no name is treated as an acting firm."""
    sentences = search.sentences
    search.read(title, "title", 0, 5.0)
    for index, sentence in enumerate(sentences[:_READ]):
        weight = (2.0 if title or index else 3.0) if index < 4 else 0.7
        search.read(sentence.text, "text", sentence.start, weight)
    heard = [sentence.text for sentence in sentences[:_HEARD]]
    for whole in search.possessives & search.candidates.keys():
        if whole[:-2] in search.candidates:
            _merge(search.candidates, gone=whole[:-2], kept=whole)
    _join_short_forms(search.candidates, search.words)
    return _best(search, title, heard, _MIN_SCORE) or _best(search, title, heard, _LEAST)


def _best(search: Search, title: str, heard: Sequence[str], least: float) -> Candidate | None:
    """Return the candidate for which most speaks, if that is enough; a thin case takes a name of two words."""
    best: Candidate | None = None
    most = 0.0
    fuller = any(" " in name and c.score > 1 and not c.first.known for name, c in search.candidates.items())
    for name, candidate in search.candidates.items():
        if not candidate.first.known and (
            ((search.persons.issuperset(name.split()) or name in search.things) and not candidate.firm)
            or _only_a_headline_word(name, candidate, title, heard)
        ):
            continue
        if not candidate.first.known and name.lower() == search.town:
            continue
        score = candidate.score + (_RETURNS if candidate.in_title and candidate.times > 1 else 0.0)
        if candidate.in_title and candidate.times == 1 and not candidate.first.known and " " not in name and heard:
            score *= _ALONE if fuller else _NEARLY_ALONE
        if least < _MIN_SCORE and not (" " in name and candidate.first.printed in "\n".join((title, *heard[:_EARLY]))):
            continue
        if candidate.score > 0 and score >= max(least, most + 0.01):
            best, most = candidate, score
    return best


def ticker(title: str, sentences: Sequence[Sentence]) -> str | None:
    """Return the first ticker symbol of title and opening that is marked as one, or None."""
    for text in (title, *(sentence.text for sentence in sentences[:4])):
        match = _TICKER.search(text) if "(" in text or "$" in text else None
        if match is not None:
            return match.group(1) or match.group(2)
    return None


def _only_a_headline_word(name: str, candidate: Candidate, title: str, heard: Sequence[str]) -> bool:
    """Return whether a name is no more than a word of a headline set in capitals, which the text does not repeat."""
    if candidate.first.place != "title" or candidate.firm or not in_capitals(title):
        return False
    leads = candidate.acts and candidate.first.span.start == 0
    if not heard:
        return " " not in name and not leads
    return not leads and not any(name in text for text in heard if text != title)


def _join_short_forms(candidates: dict[str, Candidate], words: Vocabulary) -> None:
    """Give what speaks for "Rijnmond" to "Rijnmond Bank", where both occur and neither is a known alias.

    Of "Tessaly Energy" and "Tessaly Energy Guarantees", a headline in capitals, the organisation is the short one.
    """
    unknown = sorted((name for name, candidate in candidates.items() if not candidate.first.known), key=len)
    for index, short in enumerate(unknown):
        for name in unknown[index + 1 :]:
            if name not in candidates or short not in candidates:
                continue
            begins, ends = name.startswith(short + " "), name.endswith(" " + short)
            if ends and words.organisation(short):  # "Arc Dev Norvik Studios", a headline in capitals
                _merge(candidates, gone=name, kept=short)
                continue
            if (words.organisation(name) and (begins or ends)) or (begins and _is_full_form(name, candidates, words)):
                _merge(candidates, gone=short, kept=name)
                break
            if begins and words.organisation(short):
                _merge(candidates, gone=name, kept=short)


def _is_full_form(name: str, candidates: dict[str, Candidate], words: Vocabulary) -> bool:
    """Return whether a longer name is the firm's in full, and no product of it: some sentence treats it as a firm."""
    candidate = candidates[name]
    return candidate.score > _NAMED and name.rsplit(maxsplit=1)[-1].lower() not in words.products


def _merge(candidates: dict[str, Candidate], *, gone: str, kept: str) -> None:
    """Give what speaks for one name to another."""
    lost, won = candidates.pop(gone), candidates[kept]
    won.score += lost.score
    won.times += lost.times
    won.acts |= lost.acts
    won.firm |= lost.firm
    won.in_title |= lost.in_title
