"""What must occur in a sentence for a cue pattern to fit: the reason most patterns cost nothing.

A pattern's needs are clauses; of each clause one entry must be met. An entry is a plain word, a list ("{ai}"), or
the first four letters of a longer word ("auto*").
"""

import re

STEM = 4  # letters
_PIECE = re.compile(r"\{[a-z_]+\}|\{\d+,?\d*\}|\(|\[[^\]]*\]|\\.|[a-z]+|.", re.DOTALL)
_OPTIONAL = re.compile(r"[?*]|\{0,\d*\}")

_SPACED_GROUP = re.compile(r" \)(?:[?*]|\{\d,\d\})$")  # "(?:\w+ )?": what follows begins a word

Clause = frozenset[str]


def keys(tokens: set[str]) -> set[str]:
    """Return what the tokens of a sentence meet, the lists apart: themselves and their first letters."""
    return tokens | {f"{token[:STEM]}*" for token in tokens if len(token) >= STEM}


def clauses(line: str) -> list[Clause]:
    """Return the clauses of one pattern line; none if nothing can be said about what it needs."""
    found: list[Clause] = []
    at = 0
    while at < len(line):
        match = _PIECE.match(line, at)
        if match is None:
            break
        piece = match.group()
        end = match.end()
        if piece == "(":
            end = _closing(line, at)
            clause = frozenset() if line.startswith(("(?!", "(?=", "(?<"), at) else _any_of(line[at:end])
        elif piece.startswith("{") and piece[1:2].isalpha():
            clause = frozenset({piece})
        elif piece.isalpha():
            clause = _word(line, at, end)
        else:
            clause = frozenset()
        optional = _OPTIONAL.match(line, end)
        if clause and piece == "(" and line[end : end + 1] and (line[end] in "\\[(" or line[end].isalpha()):
            clause = frozenset(n if n.endswith(("*", "}")) else f"{n[:STEM]}*" for n in clause)
            clause = clause if all(len(n) > STEM for n in clause) else frozenset()
        attached = piece == "(" and at > 0 and line[at - 1] not in " |(^" and not _SPACED_GROUP.search(line[:at])
        if clause and not attached and not (optional and not piece.isalpha()):
            found.append(clause)
        at = optional.end() if optional and not piece.isalpha() else end
    return found


def _closing(line: str, at: int) -> int:
    """Return the place after the bracket that closes the one at `at`, or the end of the line."""
    depth = 0
    for index in range(at, len(line)):
        depth += (line[index] == "(") - (line[index] == ")")
        if depth == 0:
            return index + 1
    return len(line)


def _any_of(group: str) -> Clause:
    """Return one clause for a bracket: the union of one clause of each alternative, or nothing."""
    inner = group[3:-1] if group.startswith("(?:") else group[1:-1]
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
        rest = line[end + 1 : end + 2]
        return frozenset({word, word[:-1]}) if rest in {"", " ", ")", "|", ","} else _stem(word[:-1])
    if follows in {"\\", "(", "[", "*"}:
        return _stem(word) if follows != "*" else frozenset()
    return frozenset({word})


def _stem(word: str) -> Clause:
    """Return the clause for a word that goes on in the pattern."""
    return frozenset({f"{word[:STEM]}*"}) if len(word) >= STEM else frozenset()
