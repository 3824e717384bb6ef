"""What a server said, without what it must not repeat: for errors that are stored, logged and shown. Pure."""

import base64
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote

from monitor.alerts.render import one_line

EXCERPT: Final = 200  # characters kept of an answer or an error
HIDDEN: Final = "[…]"
_LEAST: Final = 4  # characters; shorter ones are no secret, and taking them out would garble the sentence
_READ: Final = 10_000  # characters looked at


def scrubbed(text: str, secrets: Iterable[str | None]) -> str:
    """Return at most 200 cleaned characters of the text in which no secret is left (RELIABILITY.md D10).

    A secret is also known in base64 and percent-encoded or decoded, and its beginning where the text breaks off. The
    text is cleaned first: a character that is taken out must not bring the halves of a secret together.
    """
    text = one_line(text, _READ)
    hidden = sorted({form for secret in secrets for form in _forms(secret or "")}, key=len, reverse=True)
    for form in hidden:
        text = text.replace(form, HIDDEN)
    cut = max((_overlap(text, form) for form in hidden), default=0)
    return one_line(text[: len(text) - cut] + HIDDEN if cut else text, EXCERPT)


def _forms(secret: str) -> Iterator[str]:
    """Yield the ways in which a server may repeat a secret."""
    plain = unquote(secret)
    encoded = base64.b64encode(secret.encode("utf-8", "replace")).decode()
    for form in (secret, plain, quote(plain, safe=""), encoded):
        if len(form) >= _LEAST and len(secret) >= _LEAST:
            yield form


def _overlap(text: str, form: str) -> int:
    """Return how many of the last characters of a text are the beginning of a secret; 0 below four."""
    most = min(len(text), len(form) - 1)
    return next((size for size in range(most, _LEAST - 1, -1) if text.endswith(form[:size])), 0)
