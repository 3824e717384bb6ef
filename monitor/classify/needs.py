"""What must occur in a sentence for a cue pattern to fit: the reason most patterns cost nothing.

A pattern's needs are clauses; of each clause one entry must be met. An entry is a plain word, a list ("{ai}"), or
the first letters, four or three, of a word that may go on ("auto*", "tak*").
"""

import re

STEMS = (4, 3)  # letters
_SPELLED = 100  # words in all that a pattern spells out at most
_PIECE = re.compile(r"\{[a-z_]+\}|\{\d+,?\d*\}|\(|\[[^\]]*\]|\\.|[^\W\d_]+|.", re.DOTALL)
_OPTIONAL = re.compile(r"[?*]|\{0,\d*\}")

_SPACED_GROUP = re.compile(r" \)(?:[?*]|\{\d,\d\})$")  # "(?:\w+ )?": what follows begins a word

Clause = frozenset[str]


def keys(tokens: set[str]) -> set[str]:
    """Return what the tokens of a sentence meet, the lists apart: themselves and their first letters."""
    return tokens | {f"{token[:stem]}*" for token in tokens for stem in STEMS if len(token) >= stem}


def clauses(line: str) -> list[Clause]:
    """Return the clauses of one pattern line; none if nothing can be said about what it needs."""
    if len(_alternatives(line)) > 1:
        either = _any_of(line)
        return [either] if either else []
    found: list[Clause] = []
    at = 0
    while at < len(line):
        match = _PIECE.match(line, at)
        if match is None:
            break
        spelled, end = _spelled(line, at)
        if spelled:
            found.append(spelled)
            at = end
            continue
        piece = match.group()
        end = match.end()
        if piece == "(":
            end = _closing(line, at)
            inner = line[at + (3 if line.startswith("(?:", at) else 1) : end - 1]
            clause = frozenset() if line.startswith(("(?!", "(?=", "(?<"), at) else _any_of(inner)
        elif piece.startswith("{") and piece[1:2].isalpha():
            clause = frozenset({piece})
        elif piece.isalpha():
            clause = _word(line, at, end)
        else:
            clause = frozenset()
        optional = _OPTIONAL.match(line, end)
        if clause and piece == "(" and not _ends(line, end) and (line[end] in "\\[(" or line[end].isalpha()):
            stems = [frozenset({n}) if n.endswith(("*", "}")) else _stem(n) for n in clause]
            clause = frozenset().union(*stems) if all(stems) else frozenset()
        if clause and not (piece == "(" and not _begins(line, at)) and not (optional and not piece.isalpha()):
            found.append(clause)
        at = optional.end() if optional and not piece.isalpha() else end
    return found


def _begins(line: str, at: int) -> bool:
    """Return whether what stands at a place begins a word."""
    return at == 0 or line[at - 1] in " |(^-" or _SPACED_GROUP.search(line[:at]) is not None


def _ends(line: str, at: int) -> bool:
    """Return whether a word has ended at a place: there the line ends, or but for what is looked ahead at."""
    return at == len(line) or (line.startswith(("(?=", "(?!"), at) and _closing(line, at) == len(line))


def _spelled(line: str, at: int) -> tuple[Clause, int]:
    """Return the words that a line spells out letter by letter at a place, and where they end; none if it does not."""
    words, end = _letters(line, at)
    whole = _begins(line, at) and (_ends(line, end) or line[end] in " |)")
    return (frozenset(words) if whole and "" not in words else frozenset()), end


def _letters(line: str, at: int) -> tuple[set[str], int]:
    """Return what letters, classes and brackets of letters spell from a place on, and where something else follows."""
    words = {""}
    while at < len(line):
        bracket = line.startswith("(?:", at)
        end = _closing(line, at) if bracket else line.find("]", at) + 1 if line[at] == "[" else at + 1
        parts = set(line[at:end].strip("[]")) or {line[at]}
        if bracket:
            spelled = [(one, *_letters(one, 0)) for one in _alternatives(line[at + 3 : end - 1])]
            parts = set().union(*(own for one, own, stop in spelled if stop == len(one)))
            if any(stop < len(one) for one, _, stop in spelled):
                break
        elif not all(map(str.isalpha, parts)):
            break
        follows = line[end : end + 1]
        parts |= {""} if follows == "?" else set()
        if follows in {"*", "+", "{"} or len(words) * len(parts) > _SPELLED:
            break
        words = {word + part for word in words for part in parts}
        at = end + (follows == "?")
    return words, at


def _closing(line: str, at: int) -> int:
    """Return the place after the bracket that closes the one at `at`, or the end of the line."""
    depth = 0
    for index in range(at, len(line)):
        depth += (line[index] == "(") - (line[index] == ")")
        if depth == 0:
            return index + 1
    return len(line)


def _any_of(inner: str) -> Clause:
    """Return one clause for alternatives: the union of one clause of each, or nothing."""
    union: set[str] = set()
    for alternative in _alternatives(inner):
        own = clauses(alternative)
        if not own:
            return frozenset()
        union |= min(own, key=len)
    return frozenset(union)


def _alternatives(inner: str) -> list[str]:
    """Return the parts of a bracket's inside between its own bars."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(inner):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            parts.append(inner[start:index])
            start = index + 1
    return [*parts, inner[start:]]


def _word(line: str, start: int, end: int) -> Clause:
    """Return the clause for the letters between two places, by what stands around them."""
    word = line[start:end]
    if start > 0 and line[start - 1] in "])}'+*?\\" and not _SPACED_GROUP.search(line[:start]):
        return frozenset()
    follows = line[end : end + 1]
    if follows == "?":
        return _stem(word[:-1])
    if follows in {"\\", "(", "[", "*"}:
        return _stem(word) if follows != "*" else frozenset()
    return frozenset({word})


def _stem(word: str) -> Clause:
    """Return the clause for a word that goes on in the pattern."""
    return frozenset({f"{word[: STEMS[0]]}*"}) if len(word) >= STEMS[-1] else frozenset()
