"""The share of an employer's people that is affected, and of how many it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify import counting
from monitor.classify.counting import Stated
from monitor.classify.factbook import FactBook
from monitor.classify.numbers import Share, shares
from monitor.classify.reading import Reading, looks_back

_BASES = (
    ("contractors", r"contractors|freelancers|freelance \w+"),
    (
        "support",
        r"(?:\d[\d_]* )?(?:customer )?(?:support|service)(?: staff| team| workforce| agents| roles| jobs| desk)",
    ),
    ("division", r"(?:\w+ )?(?:division|department|unit|newsroom|team|studio)"),
    (
        "all staff",
        (
            r"workforce|staff|employees|workers|headcount|jobs|roles|positions|people|personnel|payroll|company"
            r"|strength"
            r"|belegschaft|stellen|effectifs?|salariés|plantilla|personalen"
        ),
    ),
)
_BASE = re.compile(
    r"^ ?(?:(?:of|in|der|ihrer|seiner|de|des|av)\b ?)?(?:(?:its|the|their|all|our|his|her|total|global|entire"
    r"|full-time|company|u\.s|us|worldwide|own|current|remaining|sa|ses|su|la)\b ?)*"
    r"(?:[\w'-]+ ){0,2}?" + "(?:" + "|".join(f"(?P<b{i}>{words})" for i, (_, words) in enumerate(_BASES)) + r")\b"
)
_STAFF_BEFORE = re.compile(r"(?:workforce|headcount|staff|jobs|employees|payroll|team)\b[^.;]{0,30}\bby (?:\w+ ){0,2}$")
_OF_ITS = re.compile(
    r" ?of (?:(?:its|the|their|our|all|about|around|some|nearly|roughly|more than|over|total|global|current) ?)*"
)
_NEAR = 70  # characters between a share and what is done to those it is of
_READ = 14  # sentences searched for a share of staff
_ZONES = {"title": 1.0, "opening": 0.8, "body": 0.2}
_DIGITS = 0.5  # what a percentage says more than "nearly half"


@dataclass(frozen=True, slots=True)
class Portion:
    """A share of staff as it stands in a sentence, and what staff it is of."""

    reading: Reading
    share: Share
    base: str


def stated(words: FactBook, readings: Sequence[Reading]) -> Portion | None:
    """Return the share of staff the story is about, or None; a percentage says more than "nearly half"."""
    best: tuple[float, Portion] | None = None
    for reading in readings[:_READ]:
        low = reading.low
        found = shares(low)
        if found and counting.TALLY.search(low):
            continue
        for share in found:
            base = _base(words, reading, share)
            weight = _ZONES[reading.zone] + (_DIGITS if low[share.start].isdigit() else 0.0)
            if base is not None and (best is None or weight > best[0]):
                best = weight, Portion(reading, share, base)
    return best[1] if best is not None else None


def _base(words: FactBook, reading: Reading, share: Share) -> str | None:
    """Return whose share it is, or None if it is none of staff to whom something is done now."""
    low = reading.low
    base = _BASE.match(low[share.end : share.end + 60])
    before = low[max(0, share.start - _NEAR) : share.start]
    near = words.moves.search(before) or words.moves.search(low, share.end, share.end + _NEAR)
    owned = base is not None or _STAFF_BEFORE.search(before) is not None
    if not near or not owned or looks_back(low, share.start, share.end, reading.pasts):
        return None
    return _BASES[int(base.lastgroup[1:])][0] if base is not None and base.lastgroup else "all staff"


def whole(part: Portion, numbers: Sequence[Stated]) -> int | None:
    """Return of how many people a share is, where the number follows it: 900 of "a third of its 900 support staff"."""
    for number in numbers:
        beside = number.reading is part.reading and number.entry.role in {"before", "whole"}
        if beside and _OF_ITS.fullmatch(part.reading.low[part.share.end : number.entry.number.start]):
            return number.value
    return None
