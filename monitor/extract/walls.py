"""Pages that ask for consent where the article should be; only what is beyond doubt."""

import re
from typing import Final

from monitor.identity import host_key

_CONSENT_HOST: Final = re.compile(r"\A(?:consent|guce|cmp)\.")
_LONGEST: Final = 2_500  # characters; an article about cookies is longer than a wall
_PHRASES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bbefore you continue\b",
        r"\b(?:accept|reject|agree to|decline) all(?: cookies)?\b",
        r"\bmanage (?:(?:my|your) )?(?:options|preferences|settings|choices|cookies)\b",
        r"\bwe (?:and our \w+(?: \w+)?|value your privacy|use cookies)\b",
        r"\b(?:our|\d+) (?:tcf )?(?:partners|vendors)\b",
        r"\bstore and/or access information on a device\b",
        r"\bwithdraw (?:your )?consent\b",
        r"\balle (?:akzeptieren|ablehnen)\b",
        r"\b(?:tout accepter|tout refuser)\b",
    )
)
_ENOUGH: Final = 3


def is_consent_wall(url: str, title: str, text: str) -> bool:
    """Tell a consent page: by its host, or by being short and made of the phrases such pages are made of."""
    if _CONSENT_HOST.match(host_key(url)):
        return True
    if len(text) > _LONGEST:
        return False
    words = f"{title}\n{text}"
    return sum(1 for phrase in _PHRASES if phrase.search(words)) >= _ENOUGH
