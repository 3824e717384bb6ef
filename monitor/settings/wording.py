"""What is said of a wrong setting: where it is, its key and value, what is wrong, what would be right."""

import difflib
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin

from msgspec import Meta

from monitor.errors import ConfigurationError, without_user

HIDDEN = "(value not shown)"


def refuse(where: str, key: str, value: str | None, problem: str) -> NoReturn:
    """Never return: raise the one form of sentence about a wrong setting."""
    shown = "" if value is None else f" = {value}"
    raise ConfigurationError(f"{where}: {key}{shown}: {problem}")


def shown(value: object) -> str:
    """Return a value as it may stand in a message: on one line, at most 80 characters, no password in an address."""
    text = without_user(repr(value))
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word most like the given one, or None when none is like it."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" or, when nothing is near, all that would be right."""
    options = list(known)
    near = nearest(word, options)
    return f"did you mean {near}?" if near else f"known here: {', '.join(options) or 'nothing'}"


def _bounds(meta: Meta) -> str:
    low, high = meta.ge, meta.le
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" not below {low}" if low is not None else ""


_SCALARS: dict[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    Path: "a path in quotes",
}


def expected(kind: Any) -> str:
    """Return what a setting of this type looks like, in words: "a number from 0 to 300"."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *notes = get_args(kind)
        return expected(inner) + "".join(_bounds(note) for note in notes if isinstance(note, Meta))
    if origin is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(kind))
    if origin is tuple:
        return f"a list in [ ], each {expected(get_args(kind)[0])}"
    if origin in {Union, types.UnionType}:
        return " or ".join(expected(part) for part in get_args(kind) if part is not type(None))
    return _SCALARS.get(kind, str(kind))
