"""Names in a sentence: runs of capitalised words, known employers first, words that only start a sentence taken off."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PARTS = 3  # words that may follow the first of a name
_OF_PERSON = 3  # words of a person's name, at most
SHORT_WORD = 3  # words of three letters may be small in a headline set in capitals
_NAME = re.compile(
    r"(?<![\w@#])(?:(?:St|Mt)\. )?[A-ZÀ-ÖØ-Þxe][\w&.'’\-]*\w"
    r"(?:[ \u00a0](?:(?:St\. )?[A-ZÀ-ÖØ-Þ&][\w&.'’\-]*\w|&|\d{1,3}(?![\w,.%])|(?:of the|of|for|des|du|de|del|der|do"
    r"|da)(?= [A-Z]))){0,11}"
    r"|(?<![\w@#])[A-Z](?=[ ,.])"
)
_HEAD = re.compile(r"(?<![\w.])[\w][\w.&\-]*\w|\w")
_WORD = re.compile(r"(?:St|Mt)\. [\w&.'’\-]*\w|[\w&.'’\-]*\w|&")
_LINKS = frozenset({"of", "of the", "for", "des", "du", "de", "del", "der", "do", "da", "&"})
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"
)
_NUMERALS = frozenset(_NUMBER_WORDS.split())
_TITLES = frozenset({"Mr", "Mrs", "Ms", "Miss", "Dr", "Sir", "Dame", "Prof", "Frau", "Herr", "Madame", "Monsieur"})
_ADJECTIVE = re.compile(r"(?:ish|an|ese|ch|ss|sche[nr]?|ska|gian)$")
_ARTICLE = re.compile(r"[LD]['’][a-zà-ÿ]")
_LEGAL = frozenset(
    {"n.v", "s.a", "ag", "se", "plc", "inc", "ltd", "llc", "corp", "gmbh", "ab", "oy", "nv", "sa", "s.p.a", "co", "llp"}
)
_FORMS = frozenset({"group", "inc", "corp", "plc", "ltd", "company", "corporation"})
_AI_FIRM = re.compile(
    r"['’]s |,? (?:has|have|is|will|to|said|says|(?!agents|bots|tools|systems|chatbots|assistants|jobs|cuts"
    r"|layoffs)[a-z]+(?:s|ed)) "
)
_MADE_ADJECTIVE = ("-like", "-style", "-owned", "-led", "-backed", "-based", "-era", "-made", "-run", "-driven")
_NO_NAME = re.compile(r"AI-|A\.I\.-|[A-Z]{1,3}\d[\d.,]*(?:m|bn|k|M|B)?$")  # "AI-led", "R4.8m"
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as printed and where its sentence has it."""

    printed: str
    start: int
    known: bool

    @property
    def end(self) -> int:
        """Return the place after the name."""
        return self.start + len(self.printed)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known about capitalised words."""

    aliases: Mapping[str, str]  # as printed -> canonical
    not_employers: frozenset[str]
    places: frozenset[str]
    stop_words: frozenset[str]  # end a name in a headline where every word has a capital
    descriptors: frozenset[str]  # "Housebuilder", "Lender": stand before a name and are no part of it
    generic: frozenset[str]  # "Bank", "Group": part of names, and no names alone
    last: frozenset[str]  # words that show an organisation at the end of a name, and at its beginning
    first: frozenset[str]
    none: frozenset[str]  # words that show what is no employer
    first_names: frozenset[str]
    products: frozenset[str]  # words that end the name of what a firm sells
    ambiguous: frozenset[str]  # known names that are words of the language too
    heads: frozenset[str]  # how known names begin
    longest: int = 5  # words of an alias

    def canonical(self, printed: str) -> str | None:
        """Return the canonical name of a known employer as printed, whatever apostrophe it is set with."""
        return self.aliases.get(printed) or (self.aliases.get(printed.replace("’", "'")) if "’" in printed else None)

    def organisation(self, name: str) -> bool:
        """Return whether the words of a name show an organisation that employs people."""
        words = name.lower().split()
        if len(words) == 1 or self.never(words):
            return False
        return words[-1].strip(".") in self.last or words[0] in self.first

    def person(self, name: str) -> bool:
        """Return whether a name is a person's: a title or a first name begins it, and no word for a firm ends it."""
        words = name.split()
        if words[0].strip(".") in _TITLES:
            return True
        return len(words) <= _OF_PERSON and words[0] in self.first_names and not self.organisation(name)

    def never(self, words: list[str]) -> bool:
        """Return whether the small-letter words of a name show what is no employer: a union, a court, a street."""
        return words[-1] in self.none and words[-2:-1] != ["credit"]

    def names_known(self, text: str) -> bool:
        """Return whether a piece of text may name a known employer, at the cost of a look."""
        return not self.heads.isdisjoint(_HEAD.findall(text))

    def find(self, text: str) -> list[Name]:
        """Return the names in a piece of text with their places, function words and non-employers taken off."""
        found: list[Name] = []
        for match in _NAME.finditer(text):
            alone = match.group()
            if (
                alone.lower() in self.stop_words and alone not in self.aliases
            ):  # "The", "In": what most sentences begin with
                continue
            words = [(word.group(), match.start() + word.start()) for word in _WORD.finditer(match.group())]
            self._cut_up(text, words, found)
        return found

    def _cut_up(self, text: str, words: list[tuple[str, int]], found: list[Name]) -> None:
        """Add the names within a run of capitalised words: known ones first, else what no stop word ends."""
        run: list[tuple[str, int]] = []
        index = 0
        while index < len(words):
            length = 0 if run and run[-1][0] == "&" else self._alias_length(text, words, index)
            follows = words[index + length][0] if index + length < len(words) else ""
            if length and not (run and (self._goes_on(follows) or self._inside(run, words[0][1], length))):
                self._close(text, run, found)
                found.append(Name(self._slice(text, words[index : index + length]), words[index][1], known=True))
                index += length
                continue
            word = words[index][0]
            follows = words[index + 1][0] if index + 1 < len(words) else ""
            if self._ends(text, words, index, run=run):
                self._close(text, run, found)
            else:
                run.append(words[index])
                if _POSSESSIVE.search(word) and not self._goes_on(follows):
                    self._close(text, run, found)
            index += 1
        self._close(text, run, found)

    def _ends(self, text: str, words: list[tuple[str, int]], index: int, *, run: list[tuple[str, int]]) -> bool:
        """Return whether a word is no part of a name, and ends one that stands before it."""
        printed, start = words[index]
        plain = _POSSESSIVE.sub("", printed)
        lower = plain.lower()
        follows = words[index + 1][0] if index + 1 < len(words) else ""
        if run and lower in self.last:
            return False
        if "-" in lower and (lower.partition("-")[0] in _NUMERALS or lower.endswith(_MADE_ADJECTIVE)):
            return True
        if run and lower in _LINKS:  # "Port of Saltery"
            return printed != "&" and run[0][0].lower() not in self.first and run[0][0].lower() not in self.last
        if run and plain == "AI":  # "Orrin AI hires", but not "Norvik AI chatbot"
            return bool(follows) or not _AI_FIRM.match(text, start + 2)
        if plain in self.places or lower in _NUMERALS:
            return self._place_ends(lower, follows, words[-1][0])
        return lower in self.stop_words or plain in self.not_employers or _ARTICLE.match(printed) is not None

    def _place_ends(self, lower: str, follows: str, last: str) -> bool:
        """Return whether a place or a number word is no part of a name: it is one of "Preston City Council"."""
        if follows == "&" or follows in self.places or follows.lower() in self.last:
            return False
        return not follows or _ADJECTIVE.search(lower) is not None or not self._goes_on(last)

    def _inside(self, run: list[tuple[str, int]], start: int, length: int) -> bool:
        """Return whether a known name of one word is but the end of another name: "Casa Lumen", not "Insurer Aviva"."""
        lower = run[0][0].lower()
        if lower in self.first:
            return True
        if length > 1 or len(run) > 1 or run[0][1] == start == 0:
            return False
        return lower not in self.descriptors and lower not in self.stop_words and not _ADJECTIVE.search(lower)

    def _goes_on(self, word: str) -> bool:
        """Return whether a word can only be the end of a longer name: "St. Anne's Hospital"."""
        return word.lower() in self.last and word.lower() not in self.stop_words

    def _alias_length(self, text: str, words: list[tuple[str, int]], index: int) -> int:
        """Return how many words from here on make up a known name that is not the start of a longer one."""
        if head(words[index][0]) not in self.heads:
            return 0
        for length in range(min(self.longest, len(words) - index), 0, -1):
            last, start = words[index + length - 1]
            whole = text[words[index][1] : start + len(last)]
            if (
                self.canonical(whole) is None
                and self.canonical(self._slice(text, words[index : index + length])) is None
            ):
                continue
            follows = words[index + length][0].lower() if index + length < len(words) else ""
            if follows == "&" and index + length + 1 < len(words):  # "Orsted & Finch"
                return 0
            longer = whole in self.ambiguous and self._part_of_longer(words[index + length :])
            return 0 if longer and follows not in _FORMS else length
        return 0

    def _part_of_longer(self, rest: list[tuple[str, int]]) -> bool:
        """Return whether the words after a known name make it the beginning of another: "Delta Dental"."""
        small = [_POSSESSIVE.sub("", word).lower() for word, _ in rest[:_PARTS]]
        if any(word in self.stop_words and word not in self.last for word in small):
            return False
        return bool(small) and len(rest) <= _PARTS and small[0] not in self.products and small[0] not in _LINKS

    def _close(self, text: str, run: list[tuple[str, int]], found: list[Name]) -> None:
        """Move a finished run of words into the names, if it is one."""
        while run and not run[-1][0][:1].isupper() and not run[-1][0].isdigit():
            run.pop()
        while run and (not run[0][0][:1].isupper() or (len(run) > 1 and self._describes(run))):
            run.pop(0)
        if len(run) > 1 and run[-1][0].isdigit() and text[run[-1][1] + len(run[-1][0]) :][1:2].islower():
            run.pop()  # "At Norvik Mills 240 women"
        while len(run) > 1 and run[-1][0].lower() in _LEGAL and run[-2][0] != "&":
            run.pop()
        if run:
            printed = self._slice(text, run)
            generic = len(run) == 1 and printed.lower() in self.generic
            generic = generic or printed in self.places or _NO_NAME.match(printed) is not None
            if printed not in self.not_employers and not generic and len(printed) > 1:
                found.append(Name(printed, run[0][1], known=False))
        run.clear()

    def _describes(self, run: list[tuple[str, int]]) -> bool:
        """Return whether the first word only describes: "Lender Norvik", but not "University of Norland"."""
        return run[0][0].lower() in self.descriptors and run[1][0] not in _LINKS

    def _slice(self, text: str, words: list[tuple[str, int]]) -> str:
        """Return the text the words cover, without a possessive ending unless the name itself has one."""
        last, start = words[-1]
        whole = text[words[0][1] : start + len(last)]
        if self.canonical(whole) is not None:
            return whole
        return text[words[0][1] : start + len(_POSSESSIVE.sub("", last))]


def head(name: str) -> str:
    """Return how a name begins, up to the first character that is neither letter, digit nor one of ".&-"."""
    match = _HEAD.search(name)
    return match.group() if match else name


def in_capitals(title: str) -> bool:
    """Return whether a headline gives nearly every word a capital, so that capitals say nothing about names."""
    words = [word for word in title.split() if len(word) > SHORT_WORD]
    return sum(word[:1].isupper() for word in words) > 0.7 * len(words)
