"""The cue book: `config/cues.toml` read, checked and compiled into patterns that cost only where they may fit.

A pattern names word lists and plain words; it is tried on a sentence only if one of each occurs there, so most
patterns cost one look into a set.
"""

import hashlib
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.classify import needs
from monitor.classify.alternation import any_of
from monitor.classify.needs import Clause
from monitor.classify.tables import read_table, strings, table_of
from monitor.classify.tokens import tokens
from monitor.errors import ConfigurationError
from monitor.shipped import shipped

ROLES = ("mask", "cut", "reversal", "hybrid", "link", "frame", "kind")
_GAP = re.compile(r" ?(?<!\.)\.{2,3} ")
_OPEN_BRACE = re.compile(r"\{[a-z_]+(?!\})\b")
_LIST_NAME = re.compile(r"\{([a-z_]+)\}")


_FREQUENT = (
    "a after an and are as at be but by for from had has have in is it its more not of on out that the this to up was"
    " were will with"
)
_EVERYWHERE = frozenset(_FREQUENT.split())  # so many sentences have these that to look for them rules out nothing


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """One compiled pattern of a family."""

    role: str
    family: str
    pattern: re.Pattern[str]
    needs: tuple[Clause, ...]  # it can fit only where all are met; the one it is indexed by first
    others: tuple[Clause, ...]  # the same without that one
    linked: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a sentence where a cue fits."""

    cue: Cue
    start: int
    end: int

    @property
    def name(self) -> str:
        """Return the full name of the cue family, for example `cut.layoff`."""
        return f"{self.cue.role}.{self.cue.family}"


@dataclass(frozen=True, slots=True)
class CueBook:
    """All cues, ready for use; never changes after loading."""

    digest: str  # of the file, so that a verdict tells which cues it went by
    offers: Mapping[str, frozenset[str]]  # word -> the needs it meets, by itself, its first letters or a list
    lists: Mapping[str, frozenset[str]]  # word -> the lists it may stand for
    stems: Mapping[str, frozenset[str]]  # first letters of a word that is not among them -> the needs they meet
    by_need: Mapping[str, tuple[Cue, ...]]  # the need that is looked up first -> cues, those of the role mask apart
    masks: Mapping[str, tuple[Cue, ...]]  # the same of the role mask
    words: Mapping[str, re.Pattern[str]]  # list name -> pattern for any of its entries

    def needs_met(self, low: str) -> set[str]:
        """Return what a lower-case sentence offers to the needs of cues, and of which lists it may have a word."""
        met: set[str] = set()
        nothing: frozenset[str] = frozenset()
        four, three = needs.STEMS
        for token in set(tokens(low)):
            offered = self.offers.get(token)
            if offered is not None:
                met |= offered
            else:
                met |= self.stems.get(token[:four]) or self.stems.get(token[:three], nothing)
        return met

    def lists_of(self, words: Iterable[str]) -> set[str]:
        """Return of which lists lower-case words may be: those of `needs_met`, without the needs of single cues."""
        return set().union(*filter(None, map(self.lists.get, set(words))))

    def marks(self, low: str, met: set[str]) -> list[Mark]:
        """Return where cues fit in a lower-case sentence that offers this to their needs, at most one mark per cue."""
        return _marks(self.by_need, low, met)

    def misleading(self, low: str, met: set[str]) -> list[Mark]:
        """Return where cues of the role mask fit, in the same way."""
        return _marks(self.masks, low, met)


def _marks(index: Mapping[str, tuple[Cue, ...]], low: str, met: set[str]) -> list[Mark]:
    found: list[Mark] = []
    tried: set[Cue] = set()
    for need in met & index.keys():
        for cue in index[need]:
            if any(map(met.isdisjoint, cue.others)) or cue in tried:
                continue
            tried.add(cue)
            match = cue.pattern.search(low)
            if match is not None:
                group = 1 if cue.pattern.groups else 0
                found.append(Mark(cue, match.start(group), match.end(group)))
    found.sort(key=lambda mark: (mark.start, -mark.end, mark.name))
    return found


def load(path: Path | None = None) -> CueBook:
    """Return the cue book of a file, the shipped one by default; raises ConfigurationError naming file and key."""
    path = path or shipped("config/cues.toml")
    document, raw = read_table(path)
    if document.get("version") != 1:
        raise ConfigurationError(f"{path}: version must be 1, not {document.get('version')!r}")
    unknown = set(document) - set(ROLES) - {"version", "words"}
    if unknown:
        raise ConfigurationError(f"{path}: [{min(unknown)}] is no role; roles are {', '.join(ROLES)}")
    lists = _word_lists(path, table_of(path, document, "words"))
    written = {name: any_of(entries) for name, entries in lists.items()}  # once: many cues name a list
    cues = [cue for role in ROLES if role in document for cue in _role(path, document, role, written)]
    needed = frozenset().union(*(clause for cue in cues for clause in cue.needs))
    offers = _offers(lists, needed)
    return CueBook(
        digest=hashlib.sha256(raw).hexdigest()[:8],
        offers=offers,
        lists={word: named for word, met in offers.items() if (named := frozenset(n for n in met if n[0] == "{"))},
        stems={
            (stem := need.removesuffix("*")): frozenset(needs.keys({stem}) & needed - {stem})
            for need in needed
            if need.endswith("*")
        },
        by_need=_index(cue for cue in cues if cue.role != "mask"),
        masks=_index(cue for cue in cues if cue.role == "mask"),
        words={name: re.compile(rf"\b{either}\b") for name, either in written.items()},
    )


def _word_lists(path: Path, table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return each list's entries, with the lists it takes in by "@name" (which must stand before it)."""
    lists: dict[str, tuple[str, ...]] = {}
    for name in table:
        entries: list[str] = []
        for line in strings(path, table, name, where="words"):
            if line.startswith("@"):
                if line[1:] not in lists:
                    raise ConfigurationError(f"{path}: words.{name} takes in {line}, which does not stand before it")
                entries.extend(lists[line[1:]])
            else:
                entries.extend(entry.strip() for entry in line.split("|"))
        wrong = [entry for entry in entries if not tokens(entry) or entry != entry.lower() or "*" in entry]
        if wrong:
            raise ConfigurationError(f"{path}: words.{name}: {wrong[0]!r} must be lower-case words")
        lists[name] = tuple(dict.fromkeys(entries))
    return lists


def _offers(lists: Mapping[str, tuple[str, ...]], needed: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return what each word meets that is needed, or is the longest of an entry of a list."""
    offers = {need: {need} for need in needed if not need.endswith(("*", "}"))}
    for name, entries in lists.items():
        for entry in entries:
            offers.setdefault(max(tokens(entry), key=len), set()).add(f"{{{name}}}")
    return {word: frozenset(met | (needs.keys({word}) & needed)) for word, met in offers.items()}


def _role(path: Path, document: Mapping[str, Any], role: str, lists: Mapping[str, str]) -> list[Cue]:
    """Return the compiled cues of one role; `lists` are regular expressions."""
    cues = []
    for family, table in table_of(path, document, role).items():
        where = f"{role}.{family}"
        if not isinstance(table, dict) or set(table) - {"patterns", "linked", "weight"}:
            raise ConfigurationError(f"{path}: [{where}] may hold only patterns, linked and weight")
        linked, weight = table.get("linked", False), table.get("weight", 1)
        if not isinstance(linked, bool):
            raise ConfigurationError(f"{path}: {where}.linked must be true or false, not {linked!r}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 10:
            raise ConfigurationError(f"{path}: {where}.weight must be a number above 0 and at most 10, not {weight!r}")
        for line in strings(path, table, "patterns", where=where):
            pattern, required = _compile(path, where, line, lists)
            cues.append(Cue(role, family, pattern, required, required[1:], linked, float(weight)))
    return cues


def _compile(path: Path, where: str, line: str, lists: Mapping[str, str]) -> tuple[re.Pattern[str], tuple[Clause, ...]]:
    """Return the pattern of one line and what must occur for it to fit, what is easiest to rule out first."""
    for name in _LIST_NAME.findall(line):
        if name not in lists:
            raise ConfigurationError(f"{path}: {where}: {line!r} names {{{name}}}, which is not in [words]")
    body = _GAP.sub(lambda gap: r"\b.{0,110}?\b" if len(gap.group().strip()) == 3 else r"\b[^,;:]{0,50}?\b", line)
    body = re.sub(r" \.{2,3}$", "", body).replace(" ?", r"[\s\-]{0,2}").replace(" ", r"[\s\-]{1,2}")
    if _OPEN_BRACE.search(body):
        raise ConfigurationError(f"{path}: {where}: {line!r} has an open brace; a list is written {{name}}")
    body = _LIST_NAME.sub(lambda match: lists[match.group(1)], body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # "[[" may mean something else one day
            pattern = re.compile(rf"(?<!\w)(?:{body})(?!\w)")
    except (re.error, FutureWarning) as error:
        raise ConfigurationError(f"{path}: {where}: {line!r} is not a regular expression: {error}") from error
    required = tuple(sorted(needs.clauses(line), key=_easy))
    if not required:
        raise ConfigurationError(f"{path}: {where}: {line!r} needs a {{list}} or a word of four letters to go by")
    return pattern, required


def _easy(clause: Clause) -> tuple[bool, bool, int]:
    """Return a key by which the clauses come first that few sentences meet: words of their own before lists."""
    return not clause.isdisjoint(_EVERYWHERE), any(need.startswith("{") for need in clause), len(clause)


def _index(cues: Iterable[Cue]) -> dict[str, tuple[Cue, ...]]:
    """Return the cues by the entries of the first of their clauses."""
    index: dict[str, list[Cue]] = {}
    for cue in cues:
        for need in cue.needs[0]:
            index.setdefault(need, []).append(cue)
    return {need: tuple(group) for need, group in index.items()}
