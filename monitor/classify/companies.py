"""Which employer a text is about: known ones by an alias table, new ones by how the sentence treats their name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.classify.sentences import Sentence
from monitor.classify.tables import read_table, strings, table_of
from monitor.errors import ConfigurationError
from monitor.model import Place, Span
from monitor.shipped import shipped

_READ = 12  # sentences of a text that are searched for the employer
_MIN_SCORE, _SHORT_WORD = 2.0, 3  # words of three letters may be small in a headline set in capitals
_NAME = re.compile(
    r"(?<![\w@#])[A-Zxe][\w&.'’\-]*[\w](?:[ \u00a0](?:[A-Z&][\w&.'’\-]*\w|&|\d{1,3}(?![\w,.%])"
    r"|of(?= [A-Z]))){0,11}"
    r"|(?<![\w@#])[A-Z](?=[ ,.])"
)
_WORD = re.compile(r"[\w&.'’\-]*[\w]|&")
_POSSESSIVE = re.compile(r"['’]s?$")
_OFFICE = (
    r"(?:CEOs?|[Cc]hief|[Bb]oss|[Cc]o-?[Ff]ounder|[Ff]ounder|[Pp]resident|[Ss]pokes\w+|[Ee]xecutives?|[Oo]wner|[Hh]ead"
    r"|[Cc]hair\w*|[Dd]irector|CFO|CTO|COO|[Mm]anager|[Aa]nalyst|[Pp]rofessor|[Ss]enator|[Rr]eporter"
    r"|[Ss]ecretary)"
)
_BEFORE_PERSON = re.compile(rf"(?:\b{_OFFICE}(?: (?!of\b|at\b)[a-z]+){{0,3}},? |\b(?:Mr|Ms|Mrs|Dr|Sir)\.? )$")
_OF_FIRM = re.compile(rf"\b{_OFFICE}(?: and [A-Za-z]+)? (?:of|at) (?:the )?(?:[a-z\-]+ ){{0,3}}$")
_AT_FIRM = re.compile(
    r"\b(?:layoffs?|cuts|jobs?|staff|workers|employees|roles|analyst|engineer|worker|employee) (?:at|by) $",
    re.IGNORECASE,
)
_SORT_BEFORE = re.compile(
    r"\b(?:company|firm|start-?up|insurer|bank|retailer|lender|airline|publisher|chain|maker|group|studio|platform|site"
    r"|operator|giant|provider|consultancy|carrier|utility|seller|broker|agency|business|carmaker|broadcaster|app"
    r"|network|house) $",
    re.IGNORECASE,
)
_MEASURES_AFTER = re.compile(
    r"^,? (?:[Ss]ays?|[Ss]aid|[Pp]redict|[Ff]orecast|[Ee]stimat|[Ff]inds?|[Rr]eport|[Ww]arn|[Ee]xpects?|[Aa]nalysis"
    r"|[Ss]tudy|[Ss]urvey|[Aa]nalysts?|[Rr]esearch|[Ee]conomists?)"
)
_CONTEXT = re.compile(
    r"(?:\b(?:such as|like|including|unlike|alongside|competitors?|rivals?|told|by|reported by|via|with|from|joins?"
    r"|following|similar to|seen at|partner(?:ship|ed) with|and)|,) $",
    re.IGNORECASE,
)
_FIRM_AFTER = re.compile(
    rf"^(?:['’]s?)? (?:{_OFFICE}|layoffs?\b|job cuts?\b|jobs?\b|staff\b|workers\b|employees\b|Layoffs?\b|Job Cuts?\b"
    r"|Workers\b|Employees\b|Staff\b|insiders\b|(?:supermarket|airline|restaurant)s?\b)"
)
_SPEAKS_AFTER = re.compile(r"^(?:,[^,.]{0,80},)? (?:[Ss]ays?|[Ss]aids?s?s?s?|[Uu]ses?s?)\b")
_VERB_AFTER = re.compile(r"^ (?:to [a-z]{2,}|will [a-z]|[a-z]{2,}s)\b")
_ACTS_AFTER = re.compile(
    r"^(?:,(?:[^,.]|,\d){0,80},| \([^)]{0,40}\))? (?:(?:[Rr]eportedly|[Aa]lso|[Nn]ow|[Jj]ust|[Qq]uietly|[Aa]lready"
    r"|[Hh]as|[Hh]ave|[Hh]ad|[Ii]s|[Aa]re|[Ww]ill|[Tt]o|[Pp]lans|[Ww]as|[Nn]ot|[Aa]lways|[Tt]oday|[Yy]esterday) ){0,3}"
    r"(?i:cut|slash|shed|ax|lay|laid|fir(?:e|ing)|sack|drop|eliminat|reduc|trim|replac|re-?hir|br(?:ing|ought)"
    r"|los(?:es?|t|ing)\b|stands?\b|tak|took|hir|recruit|revers|plan|announc|confirm|expect|let|fr(?:eez|oze)"
    r"|paus|stop|end|admit|scrap|abandon|pull|walk|shift|mov|retrain|reassign|redeploy|offer|promis|clos|shut"
    r"|restor|reinstat|remov|dismiss|return|keep|resum|restart|halt|ditch|disband|outsourc|switch|automat|want"
    r"|prevent|beg[ai]n|deploy|add|halv|cull|reach|expand|guarantee|introduc|reconsider|reassess|rethink|train"
    r"|doubl|tripl|backtrack|backflip|apologi[sz]|regret|concede|roll|shutter|pledg|vow|choos|chose|giv|gave"
    r"|mak|clarif|reveal|launch|splits?\b|call|send|employ|appl[iy]|goes|rolls?\b|put|hand|see|turn|won't|does"
    r"|shr[aiu]nk|downsiz|tests?\b|trial|tell|phase|debut|recall)"
)


@dataclass(frozen=True, slots=True)
class Named:
    """An employer found in an article."""

    name: str  # canonical
    printed: str
    place: Place
    span: Span
    known: bool


@dataclass
class _Candidate:
    """What speaks for one name."""

    first: Named
    score: float = 0.0
    acts: bool = False


@dataclass(frozen=True)
class Companies:
    """The alias table and the words that are no employers."""

    aliases: Mapping[str, str]  # as printed -> canonical
    ambiguous: frozenset[str]
    houses: frozenset[str]
    not_employers: frozenset[str]
    stop_words: frozenset[str]
    descriptors: frozenset[str]  # "Housebuilder", "Lender": stand before a name and are no part of it
    generic: frozenset[str]  # "Bank", "Group": part of names, and no names alone
    longest: int = field(default=5)  # words of an alias

    def canonical(self, printed: str) -> str:
        """Return the canonical name of an employer as printed; unknown names are their own."""
        return self.aliases.get(printed, printed)

    def main(self, title: str, sentences: Sequence[Sentence]) -> Named | None:
        """Return the employer the article is about, or None if no name is treated as an acting firm."""
        candidates: dict[str, _Candidate] = {}
        persons: set[str] = set()
        self._collect(title, "title", 0, 5.0, candidates, persons)
        for index, sentence in enumerate(sentences[:_READ]):
            self._collect(
                sentence.text,
                "text",
                sentence.start,
                (2.0 if title or index else 3.0) if index < 4 else 0.7,
                candidates,
                persons,
            )
        _join_short_forms(candidates)
        best: _Candidate | None = None
        for name, candidate in candidates.items():
            if not candidate.first.known and (
                persons.intersection(name.split()) or _only_a_headline_word(name, candidate, title, sentences)
            ):
                continue
            if candidate.score >= _MIN_SCORE and (best is None or candidate.score > best.score):
                best = candidate
        return best.first if best else None

    def others(self, text: str, main: str | None) -> bool:
        """Return whether a sentence names a known employer other than the main one, and not the main one."""
        found = self.known(text)
        return bool(found) and main not in found

    def count(self, text: str) -> int:
        """Return how many different known employers a piece of text names."""
        return len(self.known(text))

    def known(self, text: str) -> set[str]:
        """Return the known employers a piece of text names; a house or an outlet only where it acts itself."""
        found: set[str] = set()
        for name, start in self._names(text):
            canonical = self.aliases.get(name)
            acting = name not in self.houses or _ACTS_AFTER.match(text[start + len(name) : start + len(name) + 140])
            if canonical is not None and canonical not in self.not_employers and acting:
                found.add(canonical)
        return found

    def _collect(  # the two collections grow over all sentences
        self, text: str, place: Place, offset: int, weight: float, candidates: dict[str, _Candidate], persons: set[str]
    ) -> None:
        """Add what one sentence says about each name in it."""
        for printed, start in self._names(text):
            end = start + len(printed)
            before, after = text[max(0, start - 60) : start], text[end : end + 140]
            known = printed in self.aliases
            if not known and _BEFORE_PERSON.search(before):
                persons.update(printed.split())
                continue
            score, acts = self._score(printed, before, after, start)
            canonical = self.canonical(printed)
            if score <= 0 and canonical not in candidates:
                continue
            named = Named(canonical, printed, place, Span(place, offset + start, offset + end), known)
            candidate = candidates.setdefault(canonical, _Candidate(named))
            candidate.score += weight * score
            candidate.acts = candidate.acts or acts

    def _score(self, printed: str, before: str, after: str, start: int) -> tuple[float, bool]:
        """Return how much the place speaks for an acting firm, and whether it is the subject of an action."""
        known = printed in self.aliases
        acts = bool(_ACTS_AFTER.match(after))
        owns = (
            bool(_SORT_BEFORE.search(before))
            or bool(_FIRM_AFTER.match(after))
            or bool(_OF_FIRM.search(before))
            or bool(_AT_FIRM.search(before))
            or after.startswith(("'s ", "’s "))
        )
        leads = start == 0 and " " in printed and bool(_VERB_AFTER.match(after))
        speaks = not known and not acts and (leads or bool(_SPEAKS_AFTER.match(after)))
        score = (1.0 if known else 0.0) + (1.2 if acts else 0.5 if speaks else 0.0) + (0.8 if owns else 0.0)
        if printed in self.ambiguous and not (acts or owns):
            score -= 0.9
        if not known and start == 0 and " " not in printed and not (acts or owns):
            score = 0.0
        if _CONTEXT.search(before):
            score -= 0.7
        if printed in self.houses and _MEASURES_AFTER.match(after):
            score = -1.0
        return score, acts

    def _names(self, text: str) -> list[tuple[str, int]]:
        """Return the names in a piece of text with their places, function words and non-employers taken off."""
        found: list[tuple[str, int]] = []
        for match in _NAME.finditer(text):
            words = [(word.group(), match.start() + word.start()) for word in _WORD.finditer(match.group())]
            found.extend(self._cut_up(text, words))
        return found

    def _cut_up(self, text: str, words: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Return the names within a run of capitalised words: aliases first, else what no stop word ends."""
        found: list[tuple[str, int]] = []
        run: list[tuple[str, int]] = []
        index = 0
        while index < len(words):
            length = self._alias_length(text, words, index)
            if length:
                self._close(text, run, found)
                found.append((self._slice(text, words[index : index + length]), words[index][1]))
                index += length
                continue
            word = words[index][0]
            if _POSSESSIVE.sub("", word).lower() in self.stop_words or word in self.not_employers:
                self._close(text, run, found)
            else:
                run.append(words[index])
                if _POSSESSIVE.search(word):
                    self._close(text, run, found)
            index += 1
        self._close(text, run, found)
        return found

    def _alias_length(self, text: str, words: list[tuple[str, int]], index: int) -> int:
        """Return how many words from here on make up a known name; 0 if none do."""
        for length in range(min(self.longest, len(words) - index), 0, -1):
            last, start = words[index + length - 1]
            whole = text[words[index][1] : start + len(last)]
            if whole in self.aliases or self._slice(text, words[index : index + length]) in self.aliases:
                return length
        return 0

    def _close(self, text: str, run: list[tuple[str, int]], found: list[tuple[str, int]]) -> None:
        """Move a finished run of words into the names, if it is one."""
        while run and not run[-1][0][:1].isupper():
            run.pop()
        while run and (not run[0][0][:1].isupper() or (len(run) > 1 and run[0][0].lower() in self.descriptors)):
            run.pop(0)
        if run:
            printed = self._slice(text, run)
            generic = len(run) == 1 and printed.lower() in self.generic
            generic = generic or printed.startswith(("AI-", "A.I.-"))
            if printed not in self.not_employers and not generic and len(printed) > 1 and not printed.isdigit():
                found.append((printed, run[0][1]))
        run.clear()

    def _slice(self, text: str, words: list[tuple[str, int]]) -> str:
        """Return the text the words cover, without a possessive ending unless the name itself has one."""
        last, start = words[-1]
        whole = text[words[0][1] : start + len(last)]
        if whole in self.aliases:
            return whole
        return text[words[0][1] : start + len(_POSSESSIVE.sub("", last))]


def _only_a_headline_word(name: str, candidate: _Candidate, title: str, sentences: Sequence[Sentence]) -> bool:
    """Return whether a name is no more than a word of a headline set in capitals, which the text does not repeat."""
    words = [word for word in title.split() if len(word) > _SHORT_WORD]
    in_capitals = sum(word[:1].isupper() for word in words) > 0.7 * len(words)
    if candidate.first.place != "title" or not in_capitals or not sentences:
        return False
    again = any(name in sentence.text for sentence in sentences[:_READ] if sentence.text != title)
    return not again and not (candidate.acts and candidate.first.span.start == 0)


def _join_short_forms(candidates: dict[str, _Candidate]) -> None:
    """Give what speaks for "Rijnmond" to "Rijnmond Bank", where both occur and neither is a known alias."""
    for short in list(candidates):
        longer = next((name for name in candidates if name.startswith(short + " ")), None)
        if longer is not None and not candidates[short].first.known and not candidates[longer].first.known:
            candidates[longer].score += candidates.pop(short).score


def load(path: Path | None = None) -> Companies:
    """Return the employers of a file, the shipped one by default; raises ConfigurationError naming file and key."""
    path = path or shipped("config/companies.toml")
    document, _ = read_table(path)
    employers = table_of(path, document, "employers")
    aliases: dict[str, str] = {}
    for name in employers:
        value = employers[name]
        if value != [] and not strings(path, employers, name, where="employers"):
            raise ConfigurationError(f"{path}: employers.{name} must be a list of names")
        for alias in (name, *value):
            if aliases.setdefault(alias, name) != name:
                raise ConfigurationError(f"{path}: employers.{name}: {alias!r} also belongs to {aliases[alias]}")

    def names(table: str, key: str = "names") -> frozenset[str]:
        return frozenset(strings(path, table_of(path, document, table), key, where=table))

    return Companies(
        aliases=aliases,
        ambiguous=names("ambiguous"),
        houses=names("houses"),
        not_employers=names("not_employers") - aliases.keys(),
        stop_words=names("headline", "words"),
        descriptors=names("headline", "descriptors"),
        generic=names("headline", "generic") | names("headline", "descriptors"),
    )
