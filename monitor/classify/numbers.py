"""Numbers in a sentence of news: people counted, shares, and what is neither."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.classify.alternation import any_of

_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_ONES = {word: value for value, word in enumerate(_UNITS.split(), 1)}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_ABOUT = {  # words that round by themselves
    "dizaine": 10, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40, "cinquantaine": 50,
    "soixantaine": 60, "centaine": 100, "tiotal": 10, "tjugotal": 20, "trettiotal": 30, "fyrtiotal": 40,
    "femtiotal": 50, "hundratal": 100, "decena": 10, "quincena": 15, "veintena": 20, "centenar": 100,
}  # fmt: skip
_WORD = "|".join((*_ONES, *_TENS, *_SCALES))
_NUMBER = re.compile(
    r"(?<![\w.$€£₹#/_:+])(?<![a-z]-)(?:us|a|c|s|hk|nz)?(?P<money>[$€£₹]|rs\.? ?|usd ?|eur ?|gbp ?|sek ?)?"
    r"(?:(?P<digits>\d{1,3}(?:[.'\u2009 ]\d{3})+(?![\d_%])(?! ?(?:million|billion|bn))|\d{1,2}(?:,\d\d)*,\d\d_\d{3}"
    r"|\d[\d_]*(?:\.\d+|,\d\d?(?= ?(?:%|prozent|procent|por ciento|pour cent)))?)"
    r"(?P<scale>k\b| ?thousand\b| ?tausend\b| ?lakh\b| ?crore\b| ?million\b| ?billion\b| ?bn\b|m\b)?"
    rf"|(?P<round>\b(?:une |ett |una |un )?(?:{'|'.join(_ABOUT)})\b)"
    rf"|(?P<words>\b(?:an? )?(?:{_WORD})(?:[ -](?:and )?(?:{_WORD})){{0,5}}\b))"
)
_HAS_NUMBER = re.compile(rf"\d|(?<!\w){any_of((*_ONES, *_TENS, *_SCALES, *_ABOUT))}(?!\w)")
_BEFORE_DIGITS = 12  # more characters than a number can have before its first digit or word: "us$", "hksek ", "une "
_PERCENT = re.compile(
    r"^[\s-]?(?:%|percent\b|per cent\b|per-cent\b|pc\b|percentage\b|pct\b|prozent\b|procent\b|por ciento\b"
    r"|pour cent\b)"
)
_WHOLE = 100.0
_PERCENT_WORDS = ("%", "cent", "zent", " pc", "pct", "iento")  # one of them stands in every percentage
_ORDINAL = re.compile(
    r"^(?:st|nd|rd|th|pm|am|s|a\.m|p\.m)\b|^ ?(?:a\.m|p\.m|am|pm)\b|^(?:-|\s)?(?:years?|months?|weeks?|days?"
    r"|hours?|minutes?|x|p)\b"
    r"|^[:.]\d|^/\d|^-(?!odd|plus|strong|person|people|member|employee|job|staff|worker|\d| )[a-z]"
    r"|^ ?(?:january|february|march|april|june|july|august|september|october|november|december|euros?|dollars?"
    r"|pounds?)\b"
)
_MONTH_BEFORE = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|version|no|number|issue|episode|vol|volume|bulletin|level|band"
    r"|part|step|phase|room|article|local|flight|route|page"
    r"|chapter|aged|zum|vom|am|le)\.? $"
)
_QUALIFIERS = (
    ("up_to", r"up to|as many as|at most|no more than|a maximum of|maximum of|bis zu|jusqu'à|hasta|upp till"),
    (
        "at_least",
        (
            r"more than|over|at least|upwards of|upward of|above|in excess of|no fewer than|north of|mehr als|über"
            r"|plus de|más de|mer än|över|drygt|well over|a minimum of"
        ),
    ),
    ("estimate", r"an estimated|estimated|reportedly about|possibly|perhaps"),
    (
        "about",
        (
            r"about|around|approximately|roughly|some|nearly|almost|close to|circa|just under|just over|approx\.?|~"
            r"|rund|etwa|knapp|environ|près de|quelque|unos|unas|cerca de|cirka|omkring|runt|ungefär|near|the roughly"
            r"|fewer than|less than"
        ),
    ),
)
_BEFORE = re.compile(
    "(?:"
    + "|".join(f"(?P<{name}>\\b(?:{words}))" for name, words in _QUALIFIERS)
    + r") ?(?:its |the |another |a further )?$"
)
_RANGE = re.compile(r"^ ?(?:-|to|and|or|bis|à|a|y|och|till) ?(?:about |around |approximately )?$")
_FRACTIONS = {
    "a third": 100 / 3, "one third": 100 / 3, "one-third": 100 / 3, "two thirds": 200 / 3, "two-thirds": 200 / 3,
    "half": 50.0, "a quarter": 25.0, "one quarter": 25.0, "one-quarter": 25.0, "three quarters": 75.0,
    "three-quarters": 75.0, "a fifth": 20.0, "one fifth": 20.0, "one-fifth": 20.0, "a tenth": 10.0, "one-tenth": 10.0,
    "two fifths": 40.0, "two-fifths": 40.0, "a sixth": 100 / 6, "an eighth": 12.5,
}  # fmt: skip
_FRACTION = re.compile(
    r"\b(" + "|".join(sorted(_FRACTIONS, key=len, reverse=True)) + r")(?= (?:of|the|its|their|his|her|our)\b)"
)
_WHOLE_NUMBER = rf" (?:in|out of) (?:every )?(?P<whole>\d\d?|{'|'.join(_ONES)}|twenty)\b(?! (?:years|months))"
_IN_WHOLE = re.compile(_WHOLE_NUMBER)  # begins with a letter that is found without trying each place
_ONE_IN = re.compile(rf"\b(?P<part>\d|{'|'.join(_ONES)}){_WHOLE_NUMBER}")
_MOST = 12  # numbers of one sentence; a list of more tells of no one plan, and each is compared with every move
_VAGUE = re.compile(
    r"\b(?:(?:several|many|a few|low|tens of) )?(?:hundreds|thousands|dozens|scores)\b|\bseveral (?:hundred"
    r"|thousand|dozen)\b"
)
_RANGE_PERCENT = re.compile(r"^ ?(?:-|to|and) ?\d[\d.]* ?(?:%|percent|per cent|pc)")
_QUALIFIER_AFTER = re.compile(r"(?P<about>-odd\b)|(?P<at_least>-plus\b|\+| or more\b)")
_SERVICE_NUMBERS = frozenset(
    ["111", "112", "211", "311", "411", "511", "611", "711", "811", "911", "999"]
)  # that are dialled
_SCALE_OF = {
    "k": 1000,
    "thousand": 1000,
    "tausend": 1000,
    "lakh": 100_000,
    "crore": 10_000_000,
    "million": 1_000_000,
    "m": 1_000_000,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A count as printed: its value, its place in the sentence and the words that soften it."""

    value: int
    start: int
    end: int
    before: str  # the words before it
    told: str | None = None  # how it is softened by its own form or by what follows it
    upper: int | None = None  # of a range

    @property
    def qualifier(self) -> str:
        """Return how its words soften it: exact, about, at_least, up_to, estimate, range."""
        if self.told is not None:
            return self.told
        match = _BEFORE.search(self.before)
        return match.lastgroup or "exact" if match else "exact"


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
    matches = list(_numbers(low))
    fractions = [match.span() for match in _one_in(low)] if matches else []
    for match in matches:
        if len(found) == _MOST:
            break
        if not _counts(match, low) or any(start <= match.start() < end for start, end in fractions):
            continue
        value = _value(match)
        if value is None:
            continue
        start, end = match.start("digits" if match["digits"] else "round" if match["round"] else "words"), match.end()
        if found and _RANGE.match(low[found[-1].end : start]) and _joins(found[-1], value, low, start):
            first = found.pop()
            found.append(Number(first.value, first.start, end, first.before, "range", value))
            continue
        after = _QUALIFIER_AFTER.match(low, end)
        told = (after and after.lastgroup) or ("about" if match["round"] else None)
        if match["words"] and low.endswith("half ", 0, start):  # "half a million"
            value //= 2
        found.append(Number(value, start, end, low[max(0, start - 24) : start], told))
    return found


def _numbers(low: str) -> Iterator[re.Match[str]]:
    """Yield all numbers of a sentence; each is looked for from right before the next digit or number word."""
    end = 0
    while (sure := _HAS_NUMBER.search(low, end)) is not None:
        match = _NUMBER.search(low, max(end, sure.start() - _BEFORE_DIGITS))
        if match is None:
            return
        yield match
        end = match.end()


def _counts(match: re.Match[str], low: str) -> bool:
    """Return whether a number is no money, percentage, year, date or ordinal."""
    after = low[match.end() : match.end() + 16]
    if match["money"] or _RANGE_PERCENT.match(after) or _PERCENT.match(after) or _ORDINAL.match(after):
        return False
    before = low[max(0, match.start() - 12) : match.start()]
    if match["words"] in _SCALES and re.search(r"\b(?:several|few|many|some) $", before):
        return False
    if match["digits"] in _SERVICE_NUMBERS:
        return False
    return not _is_year(match, low) and not (match["digits"] and _MONTH_BEFORE.search(before))


def shares(low: str) -> list[Share]:
    """Return the percentages above 0 and up to 100, and the spelled fractions, of a lower-case sentence."""
    found = []
    if any(word in low for word in _PERCENT_WORDS):
        for match in _numbers(low):
            percent = _PERCENT.match(low[match.end() : match.end() + 16])
            if percent and not match["money"] and match["digits"]:
                value = float(re.sub(r"[_ '\u2009]", "", match["digits"]).replace(",", "."))
                if 0 < value <= _WHOLE:
                    found.append(Share(value, match.start("digits"), match.end() + percent.end()))
    for match in _one_in(low):
        part, whole = (_TENS.get(n) or _ONES.get(n) or int(n) for n in (match["part"], match["whole"]))
        if 0 < part < whole:
            found.append(Share(round(100 * part / whole, 1), match.start(), match.end()))
    found += [
        Share(round(_FRACTIONS[match.group(1)], 1), match.start(), match.end()) for match in _FRACTION.finditer(low)
    ]
    return sorted(found, key=lambda share: share.start)


def _one_in(low: str) -> Iterable[re.Match[str]]:
    """Yield the places of "1 in 10" and "two out of three"."""
    return _ONE_IN.finditer(low) if _IN_WHOLE.search(low) else ()


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
    if re.search(r"\b(?:and|y|och|a)\b", between):
        return bool(re.search(r"\b(?:between|entre|mellan) (?:\w+ )?$", before))
    return not re.search(r"\bfrom (?:\w+ ){0,2}$", before)


def _is_year(match: re.Match[str], low: str) -> bool:
    """Return whether a number is a year rather than a count."""
    digits = match["digits"] or ""
    if len(digits) != 4 or not digits.isdigit() or match["scale"] or not 1900 <= int(digits) <= 2100:
        return False
    return not re.match(
        r" (?:jobs|roles|positions|posts|staff|employees|workers|people|redundancies)\b", low[match.end() :]
    )


def _value(match: re.Match[str]) -> int | None:
    """Return the number's value, or None if it is no whole count of at least one."""
    if match["words"]:
        return _spelled(match["words"])
    if match["round"]:
        return _ABOUT[match["round"].split()[-1]]
    scale = (match["scale"] or "").strip()
    digits = re.sub(r"[_ '\u2009,]", "", match["digits"])
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits) and not scale:
        digits = digits.replace(".", "")
    if len(digits) > 9 or scale in {"billion", "bn"}:
        return None
    value = float(digits) * _SCALE_OF.get(scale, 1)
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
