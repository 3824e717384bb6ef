"""Numbers in a sentence of news: people counted, shares, and what is neither."""

import re
from dataclasses import dataclass

_ONES = dict(
    zip(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],  # reads better than nineteen quoted words
        range(1, 20),
        strict=True,
    )
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_WORD = "|".join((*_ONES, *_TENS, *_SCALES))
_NUMBER = re.compile(
    r"(?<![\w.$€£₹#/_:])(?<![a-z]-)(?:us|a|c|s|hk|nz)?(?P<money>[$€£₹]|rs\.? ?|usd ?|eur ?|gbp ?|sek ?)?"
    r"(?:(?P<digits>\d[\d_]*(?:\.\d+)?)(?P<scale>k\b| ?thousand\b| ?million\b| ?billion\b| ?bn\b|m\b)?"
    rf"|(?P<words>\b(?:a )?(?:{_WORD})(?:[ -](?:and )?(?:{_WORD})){{0,5}}\b))"
)
_HAS_NUMBER = re.compile(rf"\d|\b(?:{_WORD})\b")
_PERCENT = re.compile(r"^[\s-]?(?:%|percent\b|per cent\b|pc\b|percentage\b|pct\b)")
_ORDINAL = re.compile(r"^(?:st|nd|rd|th|pm|am|s)\b|^(?:-|\s)?(?:year|month|week|day|hour|minute|x|p)\b|^[:.]\d")
_QUALIFIERS = (
    ("up_to", r"up to|as many as|at most|no more than|a maximum of|maximum of"),
    ("at_least", r"more than|over|at least|upwards of|upward of|above|in excess of|no fewer than|north of"),
    ("estimate", r"an estimated|estimated|reportedly about|possibly|perhaps"),
    ("about", r"about|around|approximately|roughly|some|nearly|almost|close to|circa|just under|just over|approx\.?|~"),
)
_BEFORE = re.compile(
    "(?:" + "|".join(f"(?P<{name}>(?:{words}))" for name, words in _QUALIFIERS) + r") ?(?:its |the |another )?$"
)
_RANGE = re.compile(r"^ ?(?:-|to|and|or) ?(?:about |around |approximately )?$")
_FRACTIONS = {
    "a third": 100 / 3, "one third": 100 / 3, "one-third": 100 / 3, "two thirds": 200 / 3, "two-thirds": 200 / 3,
    "half": 50.0, "a quarter": 25.0, "one quarter": 25.0, "one-quarter": 25.0, "three quarters": 75.0,
    "three-quarters": 75.0, "a fifth": 20.0, "one fifth": 20.0, "a tenth": 10.0, "one in ten": 10.0,
    "one in five": 20.0,
}  # fmt: skip
_FRACTION = re.compile(r"\b(" + "|".join(sorted(_FRACTIONS, key=len, reverse=True)) + r")(?= (?:of|the|its|their)\b)")
_VAGUE = re.compile(
    r"\b(?:(?:several|many|a few|low|tens of) )?(?:hundreds|thousands|dozens)\b|\bseveral (?:hundred"
    r"|thousand|dozen)\b"
)
_RANGE_PERCENT = re.compile(r"^ ?(?:-|to|and) ?\d[\d.]* ?(?:%|percent|per cent|pc)")


@dataclass(frozen=True, slots=True)
class Number:
    """A count as printed: its value, its place in the sentence and the words that soften it."""

    value: int
    start: int
    end: int
    qualifier: str  # exact, about, at_least, up_to, estimate, range
    upper: int | None = None  # of a range


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage or fraction as printed."""

    percent: float
    start: int
    end: int


def counts(low: str) -> list[Number]:
    """Return the numbers of a lower-case sentence that can count people, ranges joined.

    Money, percentages, years, dates and ordinals are left out.
    """
    found: list[Number] = []
    if not _HAS_NUMBER.search(low):
        return found
    for match in _NUMBER.finditer(low):
        after = low[match.end() : match.end() + 16]
        if match["money"] or _RANGE_PERCENT.match(after) or _PERCENT.match(after) or _ORDINAL.match(after):
            continue
        value = _value(match)
        if match["words"] in _SCALES and re.search(r"\b(?:several|few|many|some) $", low[: match.start()][-9:]):
            continue
        if value is None or _is_year(match, low):
            continue
        start, end = match.span("digits" if match["digits"] else "words")
        end = match.end()
        if found and _RANGE.match(low[found[-1].end : start]) and _joins(found[-1], value, low, start):
            first = found.pop()
            found.append(Number(first.value, first.start, end, "range", value))
            continue
        found.append(Number(value, start, end, _qualifier(low[max(0, start - 24) : start])))
    return found


def shares(low: str) -> list[Share]:
    """Return the percentages and spelled fractions of a lower-case sentence."""
    found = []
    for match in _NUMBER.finditer(low):
        percent = _PERCENT.match(low[match.end() : match.end() + 14])
        if percent and not match["money"] and match["digits"]:
            found.append(
                Share(float(match["digits"].replace("_", "")), match.start("digits"), match.end() + percent.end())
            )
    found += [
        Share(round(_FRACTIONS[match.group(1)], 1), match.start(), match.end()) for match in _FRACTION.finditer(low)
    ]
    return sorted(found, key=lambda share: share.start)


def vague(low: str) -> tuple[int, int] | None:
    """Return the place of "hundreds", "thousands" or "dozens", or None."""
    match = _VAGUE.search(low)
    return match.span() if match else None


def _joins(first: Number, value: int, low: str, start: int) -> bool:
    """Return whether two numbers are the ends of one range, not a change "from ... to ..." or a list."""
    before = low[max(0, first.start - 28) : first.start]
    between = low[first.end : start]
    if first.upper is not None or value <= first.value:
        return False
    if "and" in between:
        return bool(re.search(r"\bbetween (?:\w+ )?$", before))
    return not re.search(r"\bfrom (?:\w+ ){0,2}$", before)


def _qualifier(before: str) -> str:
    """Return how the words before a number soften it."""
    match = _BEFORE.search(before)
    return match.lastgroup or "exact" if match else "exact"


def _is_year(match: re.Match[str], low: str) -> bool:
    """Return whether a number is a year rather than a count."""
    digits = match["digits"] or ""
    if len(digits) != 4 or "_" in digits or match["scale"] or not 1900 <= int(digits) <= 2100:
        return False
    return not re.match(
        r" (?:jobs|roles|positions|posts|staff|employees|workers|people|redundancies)\b", low[match.end() :]
    )


def _value(match: re.Match[str]) -> int | None:
    """Return the number's value, or None if it is no whole count of at least one."""
    if match["words"]:
        return _spelled(match["words"])
    scale = {"k": 1000, "thousand": 1000, "million": 1_000_000, "m": 1_000_000}
    digits = match["digits"].replace("_", "")
    if len(digits) > 9 or (match["scale"] or "").strip() in {"billion", "bn"}:
        return None
    value = float(digits) * scale.get((match["scale"] or "").strip(), 1)
    return round(value) if value >= 1 and abs(value - round(value)) < 1e-6 else None


def _spelled(words: str) -> int | None:
    """Return the value of a number in words."""
    total = current = 0
    for word in re.split(r"[ -]", words):
        if word in _ONES:
            current += _ONES[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word in {"hundred", "dozen"}:
            current = max(current, 1) * _SCALES[word]
        elif word in _SCALES:
            total += max(current, 1) * _SCALES[word]
            current = 0
    return total + current or None
