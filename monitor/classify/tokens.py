"""A text as runs of letters, or of letters and digits: for plain ASCII without a regular expression, at a third."""

import re
from typing import Final

_TOKEN: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_BETWEEN_TOKENS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
_BETWEEN_LETTERS: Final = {code: " " for code in range(128) if not chr(code).isalpha()}


def tokens(text: str) -> list[str]:
    """Return the runs of letters and digits of a text, in order."""
    return text.translate(_BETWEEN_TOKENS).split() if text.isascii() else _TOKEN.findall(text)


def letters(text: str) -> list[str]:
    """Return the runs of letters of a text, in order."""
    return text.translate(_BETWEEN_LETTERS).split() if text.isascii() else _LETTERS.findall(text)
