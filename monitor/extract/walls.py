"""Is this the article, or what stands before it? What is seen of a page in (`sight`), a reason out; pure.

But for an address of consent, and a field for a password with hardly any text, no sign decides alone. Counted are the
sentences that open as those of walls do (`phrases`), the titles and the machinery in the markup, and, against all of
them, how much is told that is not about the wall: an article on cookies tells enough, a wall does not.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from monitor.extract import marks, phrases
from monitor.identity import is_consent_address
from monitor.model import Reason

LONGEST: Final = 2_500  # characters of text; no wall is longer, few articles are shorter
SUBSTANCE: Final = 400  # characters that are not about the wall, which make an article: some 70 words
SHREDS: Final = 150  # characters that may stand on any page
PARAGRAPH: Final = 60  # characters; what is shorter does not show where a text ends
SENTENCE: Final = 30  # characters; what is shorter is a label
LAST: Final = 3  # lines of a text in which its end is looked for
LABEL_BLANKS: Final = 6  # a line with fewer is a label, too
BADGE_BLANKS: Final = 2  # fewer are in "Subscribers only", which may stand at another story
CHARACTERS_OF_A_WORD: Final = 8  # and the space after it, at least on average
LABEL: Final = 240  # characters of a block: what asks for a subscription is short, what tells of it is a paragraph
ITS_WORDS: Final = 4  # different words of its own that a wall has at least
OFFER: Final = 110  # characters of a block
OFFERS: Final = 2  # labels about subscriptions, which make a stub of a lead that is very short or stops
STUB_WORDS: Final = 260  # of its own that the lead of a barred article has at most
LOCKED_WORDS: Final = 60  # below which an article that says it is not free to read is taken for its lead
MISSING_WORDS: Final = 60  # in which a page says that it is not there, and where else to go
OFFERED_WORDS: Final = 45  # below which an article with offers beside it is taken for a lead
STOPPED_WORDS: Final = 70  # the same where it stops in the middle
CUT_RATIO: Final = 1.5  # times as many words as were read must be in an article to say that it is cut off
TITLE: Final = 45  # characters; headlines are longer
TITLES: Final = 3  # of the head, of the page, and the first heading
SOURCE: Final = 60_000  # characters of the page in which machinery is looked for: walls are small
MOSTLY: Final = 0.45  # of what is to be read; no wall tells more that is not about it
OPENINGS: Final = {"consent": phrases.CONSENT, "challenge": phrases.CHALLENGE}
_BREAK: Final = re.compile(r"(?<=[.!?…])[\"'”»)]*\s+|\n+")
_SITE: Final = re.compile(r"\s[|\u2013\u2014\u00b7-]\s")  # between a title and the site's name
_MORE: Final = re.compile(r"[:?] ")
_ACCEPT: Final = re.compile(r"cookie|accept|accett|acept|aceit|akzept|zustimm|einwillig|consent|godkän|samtyck")
_BULLETS: Final = " \t-*>\N{BULLET}\N{MIDDLE DOT}\N{EN DASH}\N{EM DASH}\N{RIGHTWARDS ARROW}\N{CHECK MARK}"
_CUT_OFF: Final = ("…", "...", "[…]", "[...]", "(…)", "(...)")
_ENDINGS: Final = tuple(".!?\"'”»“)…:;|*\N{RIGHT SINGLE QUOTATION MARK}")
# "1 of 4 free articles", "2 articles left": the page is open.
_METER: Final = re.compile(
    r"(?<!\d)\d{1,9} (?:of|von|sur|des|de|di|van|av|af|z) (?:\w+ )?\d+"
    r"|\b[1-9]\d? (?:\w+ ){0,3}"
    r"(?:left|remaining|übrig|frei|gratuits?|gratis|restants?|restantes?|gratuit[ioe]|kvar|tilbage|igjen)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is to be seen of a page, as far as it can tell a wall from an article."""

    url: str
    titles: tuple[str, ...]  # of the head and of the headings
    text: str  # what was read as its article
    blocks: tuple[str, ...] = ()  # everything visible, block by block
    source: str = ""  # the page as it came
    markup: str = ""  # the same without scripts
    password: bool = False  # it has a field for one
    rooted: bool = False  # it has an empty element for what its scripts make
    locked: bool = False  # it says that it is not free to read
    words: int | None = None  # of the whole article, as it states them
    managed: int = 0  # characters in its consent managers, which are not in `text` and `blocks`


def wall(seen: Sight) -> Reason | None:
    """Return what a page shows instead of its article, None for an article or for nothing to speak of."""
    if is_consent_address(seen.url):
        return Reason.CONSENT_WALL
    if len(seen.text) > LONGEST:
        return None
    signs = _Signs(seen)
    tests = (
        (Reason.CHALLENGE_PAGE, _is_challenge),
        (Reason.CONSENT_WALL, _is_consent),
        (Reason.LOGIN_PAGE, _is_login),
        (Reason.CONSENT_WALL, lambda _, signs: signs.is_all("consent")),
        (Reason.EXTRACT_EMPTY, _is_missing),
        (Reason.PAYWALL, _is_paywall),
        (Reason.CONSENT_WALL, _is_managed),
        (Reason.EMPTY_SHELL, _is_shell),
        (Reason.CHALLENGE_PAGE, lambda _, signs: signs.is_all("challenge")),
        (Reason.EMPTY_SHELL, _is_bare),
    )
    return next((reason for reason, holds in tests if holds(seen, signs)), None)


class _Signs:
    """The sentences of a page, to be counted by how they open and by what they are about."""

    def __init__(self, seen: Sight) -> None:
        self.titles = tuple(_plain(title) for title in seen.titles[:TITLES])
        self.text = _sentences(seen.text)
        self.page = [sentence for block in seen.blocks for sentence in _sentences(block)]
        self.labels = [line for block in seen.blocks if len(block) <= LABEL for line in _sentences(block)]
        self.read = self.text if len(seen.text) > SHREDS else self.page
        self.said = (*(title for title in self.titles if len(title) <= OFFER), *self.text[:2])
        self.lines = [_plain(line) for line in seen.text.splitlines()]
        self.own = [line for line in self.lines if _is_told(line)]
        self._seen = seen

    @cached_property
    def offers(self) -> int:
        """Return how many different labels are about a price or a subscription."""
        labels = (_plain(block) for block in set(self._seen.blocks) if _is_label(block))
        return sum(marks.OFFERED.match(label) is not None for label in labels)

    @cached_property
    def _source(self) -> str:
        return self._seen.source[:SOURCE].lower()

    def machinery(self, names: tuple[str, ...]) -> bool:
        """Return whether the page is made with one of these."""
        return any(name in self._source for name in names)

    def asks(self, openings: tuple[str, ...]) -> bool:
        """Return whether the page has at least two different labels that open so, as its buttons do."""
        return _opened([label for label in self.page if len(label) <= TITLE], openings) >= 2

    def entitled(self, openings: tuple[str, ...]) -> bool:
        """Return whether a title opens so and says no more than that: "Just a moment: why shops ask" is a headline."""
        names = (_SITE.split(title)[0] for title in self.titles)
        return any(len(name) <= TITLE and not _MORE.search(name) and name.startswith(openings) for name in names)

    def told(self, kind: str, enough: float = SUBSTANCE) -> int:
        """Return how many characters are in sentences that are not about this kind of wall, counted until `enough`."""
        about, told = marks.WORDS[kind], 0
        for line in self.read:
            if len(line) >= SENTENCE and not about.search(line):
                told += len(line)
                if told >= enough:
                    break
        return told

    def is_all(self, kind: str) -> bool:
        """Return whether nearly all there is to read is about this kind of wall, in several words, to the reader."""
        there, openings = sum(map(len, self.read)), OPENINGS[kind]
        mostly = self.told(kind, SHREDS) < SHREDS or (
            there < LONGEST / 2
            and (self.entitled(openings) or self.asks(openings))
            and self.told(kind, MOSTLY * there) < MOSTLY * there
        )
        if not mostly or not any(marks.READER.search(line) for line in self.read):
            return False
        words = {word for line in self.read for word in marks.WORDS[kind].findall(line)}
        return len(words) >= (ITS_WORDS if sum(map(len, self.read)) >= SUBSTANCE else 2)


def _opened(lines: list[str], openings: tuple[str, ...]) -> int:
    """Return how many different openings these sentences have."""
    starts = _starts(openings)
    begun = {line for line in lines if line[:3] in starts and line.startswith(openings)}
    return sum(1 for opening in openings if any(line.startswith(opening) for line in begun)) if begun else 0


@cache
def _starts(openings: tuple[str, ...]) -> frozenset[str]:
    """Return the first three characters of each: most lines are told by them that they open with none."""
    return frozenset(opening[:3] for opening in openings)


def _is_told(line: str) -> bool:
    """Return whether a line of a text, in lower case, is of its article, and neither a label nor part of a box."""
    if len(line) > LABEL:
        return True
    boxed = line.startswith((*phrases.BARRIER, *phrases.OFFER)) or (len(line) <= OFFER and marks.OFFERED.match(line))
    return len(line) >= SENTENCE and not boxed


def _is_label(block: str) -> bool:
    return block.count(" ") >= 2 and len(block) <= OFFER


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text in lower case, without what stands before their first word."""
    return [line for piece in _BREAK.split(_plain(text)) if (line := piece.strip(_BULLETS))]


def _plain(text: str) -> str:
    return text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\N{NO-BREAK SPACE}", " ")


def _is_challenge(_: Sight, signs: _Signs) -> bool:
    told = signs.told("challenge")
    if told >= SUBSTANCE:
        return False
    points = _opened(signs.page, phrases.CHALLENGE) + 2 * signs.entitled(phrases.CHALLENGE)
    points += 3 * signs.machinery(marks.CHALLENGERS) + signs.machinery(marks.CAPTCHAS)
    return points >= 3 or (points >= 2 and told < SHREDS)


def _is_consent(_: Sight, signs: _Signs) -> bool:
    told = signs.told("consent")
    if told >= SUBSTANCE:
        return False
    points = _opened(signs.read, phrases.CONSENT) + signs.entitled(phrases.CONSENT)
    points += signs.machinery(marks.CONSENT_MANAGERS)
    return points >= 4 or (points >= 3 and told < SHREDS)


def _is_managed(seen: Sight, signs: _Signs) -> bool:
    """Tell a page on which hardly anything but a consent manager is to be read."""
    return seen.managed >= SUBSTANCE and not seen.rooted and sum(map(len, signs.page)) < SUBSTANCE


def _is_login(seen: Sight, signs: _Signs) -> bool:
    if seen.password and len(seen.text) < SHREDS:
        return True
    return (
        signs.told("login") < SHREDS
        and _opened(signs.read, phrases.LOGIN) + 2 * signs.entitled(phrases.LOGIN) + 2 * seen.password >= 4
    )


def _is_paywall(seen: Sight, signs: _Signs) -> bool:
    """Tell a stub by what bars the rest of it, or, where only something is offered, by a text that is not whole.

    Whole articles carry the same boxes after their last sentence, and say that they are not free to read; so an offer
    alone, a price or a log-in line, makes no stub.
    """
    words = _words(signs.own)
    barriers = [label for label in signs.labels if _is_barrier(label)]
    if barriers:
        return words <= (STUB_WORDS if any(label.count(" ") >= BADGE_BLANKS for label in barriers) else LOCKED_WORDS)
    stops = _stops(signs)
    if seen.locked:
        shorter = seen.words is not None and seen.words > CUT_RATIO * words
        return stops or shorter or words < LOCKED_WORDS
    return signs.offers >= OFFERS and words < (STOPPED_WORDS if stops else OFFERED_WORDS)


def _words(lines: list[str]) -> int:
    """Return how many words these lines have, by their characters where words are not kept apart."""
    return sum(max(len(line.split()), len(line) // CHARACTERS_OF_A_WORD) for line in lines)


def _stops(signs: _Signs) -> bool:
    """Return whether the text stops in the middle: in dots, or in a paragraph without an end."""
    if any(line.endswith(_CUT_OFF) for line in signs.lines[-LAST:]):
        return True
    last = next((line for line in reversed(signs.own) if len(line) >= PARAGRAPH), "")
    return bool(last) and not last.endswith(_ENDINGS)


def _is_barrier(label: str) -> bool:
    """Return whether a label bars the rest of this article; "2 free articles left" opens it."""
    return label.startswith(phrases.BARRIER) and not _METER.search(label) and not _ACCEPT.search(label)


def _is_missing(_: Sight, signs: _Signs) -> bool:
    """Tell a page that says it is not there, in a title of its own or in the first thing it says."""
    entitled = signs.entitled(phrases.NOT_FOUND) or any(marks.MISSING.search(line) for line in signs.said)
    if not entitled or _words(signs.own) >= MISSING_WORDS:
        return False
    return signs.told("missing") < SUBSTANCE


def _is_shell(seen: Sight, signs: _Signs) -> bool:
    """Tell a page made by scripts, which are not run: an empty root, or the request to switch them on."""
    if sum(len(line) for line in signs.text if "javascript" not in line) >= SHREDS:
        return False
    if not signs.page:
        return "<script" in seen.source.lower()
    return seen.rooted or any("javascript" in line for line in signs.page)


def _is_bare(seen: Sight, _: _Signs) -> bool:
    """Tell a page of labels, where no line is as long as a sentence."""
    return (
        bool(seen.text)
        and "<script" in seen.source.lower()
        and all(len(line) <= TITLE and line.count(" ") < LABEL_BLANKS for line in seen.text.splitlines())
    )
