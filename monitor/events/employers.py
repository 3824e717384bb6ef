"""When two spellings name one employer. Pure."""

import re
import unicodedata
from typing import Final

# What the law or habit adds to a firm's name, without marks; only ever dropped from its end.
_FORM: Final = re.compile(
    r"a[bg]|aktiengesellschaft|asa?|aps|bva?|co|company|corp|corporation|gmbh|groupe?|gruppe|holdings?|inc|incorporated"
    r"|kgaa|kg|kk|limited|ll[cp]|lp|ltda?|nv|ohg|oyj?|plc|private|pt[ey]|publ|pvt|s[abeal]|sa[bes]|sarl|spa|srl|tbk"
)
# Letters that are no letter with a mark to Unicode; the Turkish dotless i is U+0131.
_UNMARKED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "\u0131": "i", "&": " and ", "+": " + "}
)
_SLASHED: Final = re.compile(r"\b([as])/([asb])\b")  # A/S, S/A, A/B
_SILENT: Final = re.compile("['\u2019`\u00b4.()]")  # "S.p.A.", "Macy's", "AB (publ)"
_BETWEEN: Final = re.compile(r"[^\w+]+")


def employer_key(name: str) -> str:
    """Return the form under which spellings of one employer are one.

    Without regard to case, accents, punctuation, a leading "The", and legal form, "Group" or "Holdings" at the end;
    nothing else is dropped, so that "Meta" and "Meta Financial", "Norvik" and "Norvik Bank" stay two.
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_UNMARKED))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _SILENT.sub("", _SLASHED.sub(r"\1\2", plain))
    words = [word for word in _BETWEEN.split(unicodedata.normalize("NFC", plain).replace("_", " ")) if word]
    kept = words[1:] if len(words) > 1 and words[0] == "the" else words
    while len(kept) > 1 and _FORM.fullmatch(kept[-1]):
        kept = kept[:-1]
    if len(kept) > 1 and kept[-1] == "and":  # "Harlow & Co."
        kept = kept[:-1]
    return " ".join(kept) or " ".join(name.casefold().split())


def same_employer(one: str, other: str) -> bool:
    """Return whether two names are one employer's; a subsidiary and its owner are two."""
    return one == other or employer_key(one) == employer_key(other)


def is_shortened(one: str, other: str) -> bool:
    """Return whether one name is how the other begins: "Kestrel" of "Kestrel Parcel", never "Norvik" of "Norvikson"."""
    ours, theirs = employer_key(one).split(), employer_key(other).split()
    shorter = min(ours, theirs, key=len)
    return len(ours) != len(theirs) and ours[: len(shorter)] == theirs[: len(shorter)]


def shortenings(name: str) -> list[str]:
    """Return the forms of names that a name may be the longer one of: "kestrel" of "Kestrel Parcel AB"."""
    words = employer_key(name).split()
    return [" ".join(words[:length]) for length in range(1, len(words))]
