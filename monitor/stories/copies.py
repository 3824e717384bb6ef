"""Whether two articles are copies of one text, by which layer, and the keys under which such pairs meet; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import urlsplit
from zlib import crc32

from monitor.identity import canonical_url, publisher_of
from monitor.model import Facts
from monitor.stories.sketch import BANDS, bands, likeness, size, words

Layer = Literal["address", "fingerprint", "title"]

ADDRESS_BAND: Final = BANDS  # after those of the text
TITLE_BAND: Final = BANDS + 1

# Measured in November 2026 on 1,037 real texts and on changed copies of 181. Two that are no copies reach 0.22, or 0.31
# where one desk wrote both by one form. With a tenth of its words changed a copy has 0.47 or more in 95 of 100 cases.
COPY: Final = 0.32
SHORT_COPY: Final = 0.5  # asked for of short texts
FIRM: Final = 0.7  # asked for of texts far apart in time
TRACE: Final = 0.15  # beside an address or a title that is the same
SHORT_RUNS: Final = 50  # fewer runs of words are a stub, a summary, or one notice that stands on many pages
NEAR: Final = timedelta(days=30)
TITLE_WITHIN: Final = timedelta(days=3)
BARE_TITLE_WITHIN: Final = timedelta(hours=12)  # where there is no text to compare; a daily column has one title, too
_LONGEST_TITLE: Final = 2_000  # characters that are looked at
_TITLE_WORDS: Final = 5
_TITLE_BYTES: Final = 25

_AMP_CACHE: Final = re.compile(
    r"https?://(?:[\w-]+\.cdn\.ampproject\.org/[civ]|www\.google\.[a-z.]{2,6}/amp)/(?:s/)?", re.IGNORECASE
)
_AMP_NAMES: Final = frozenset(
    {"amp", "outputtype=amp", "output=amp", "view=amp", "format=amp", "amp=", "amp=1", "amp=true"}
)
_OUTLET: Final = re.compile(r"\s+[|–—-]\s+(?=[^|–—]*\Z)")  # noqa: RUF001  # the dashes papers put before their name
_POSITIVE: Final = 0x7FFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One article as far as its being a copy is concerned."""

    title: str
    publisher: str  # folded; "" if unknown
    addresses: frozenset[str]  # loose forms of all it is known by
    told_at: datetime  # published, or first seen
    facts: Facts
    sketch: bytes
    text: str = ""  # its beginning; only the vetoes read it


@dataclass(frozen=True, slots=True)
class Copy:
    """What made two articles copies of one text."""

    layer: Layer
    likeness: float | None  # of their texts, where both can be sketched


def copy_of(one: Telling, other: Telling) -> Copy | None:
    """Return by which layer the two are copies of one text, or None; what forbids it is not asked here.

    The same for both orders. Within one publisher the titles must be alike, too, for the text may be a notice that
    stands in the place of the story; of short texts titles or facts must be.
    """
    alike = likeness(one.sketch, other.sketch)
    trace = alike is not None and alike >= TRACE
    apart = abs(one.told_at - other.told_at)
    same_publisher = bool(one.publisher) and one.publisher == other.publisher
    if one.addresses & other.addresses and (trace or alike_titles(one.title, other.title)):
        return Copy("address", alike)
    short = min(size(one.sketch), size(other.sketch)) < SHORT_RUNS
    enough = FIRM if apart > NEAR else SHORT_COPY if short else COPY
    backed = not same_publisher and (not short or _same_count(one.facts, other.facts))
    if alike is not None and alike >= enough and (backed or alike_titles(one.title, other.title)):
        return Copy("fingerprint", alike)
    within = BARE_TITLE_WITHIN if alike is None else TITLE_WITHIN
    key = title_key(one.title)
    if same_publisher and key and key == title_key(other.title) and apart <= within and (trace or alike is None):
        return Copy("title", alike)
    return None


def is_alike(one: bytes, other: bytes) -> bool:
    """Return whether two sketches are so alike that their texts may be copies by the words alone."""
    alike = likeness(one, other)
    return alike is not None and alike >= COPY


def keys(of: Telling) -> Iterator[tuple[int, int]]:
    """Yield (band, value) pairs under which copies of an article are looked for: text, address, publisher and title."""
    yield from enumerate(bands(of.sketch))
    for address in sorted(of.addresses):
        yield ADDRESS_BAND, _number(address)
    title = title_key(of.title)
    if title and of.publisher:
        yield TITLE_BAND, _number(f"{of.publisher}\n{title}")


@lru_cache(maxsize=1 << 10)  # of wire stories: each copy is compared with the same twenty that came before it
def loose_address(url: str) -> str | None:
    """Return what the forms of one address have in common: no scheme, `www.`, AMP or last slash; None of a front page.

    Two articles that share it may be one story or two (RELIABILITY.md A8); `http://` and `https://` seldom are two.
    """
    try:
        form = canonical_url(_AMP_CACHE.sub("https://", url, count=1))
        parts = urlsplit(form)
    except ValueError:
        return None
    segments = [part for part in parts.path.split("/") if part and part.lower() != "amp"]
    if segments:
        segments[-1] = re.sub(r"\.amp(?=\.html?\Z|\Z)", "", segments[-1], flags=re.IGNORECASE)
    query = "&".join(piece for piece in parts.query.split("&") if piece and piece.lower() not in _AMP_NAMES)
    host = publisher_of(form)
    if not host or not (segments or query):
        return None
    return f"{host}/{'/'.join(segments)}{'?' if query else ''}{query}"


def title_key(title: str) -> str:
    """Return the words of a title without its outlet's name at the end; "" if they are too few to name one story."""
    title = " ".join(title[:_LONGEST_TITLE].split())  # long runs of blanks would take quadratic time
    *before, _ = _OUTLET.split(title, maxsplit=1)
    rest = words(before[0].casefold()) if before else []
    found = rest if len(rest) >= _TITLE_WORDS else words(title.casefold())
    key = " ".join(found)
    return key if len(found) >= _TITLE_WORDS and len(key.encode(errors="replace")) >= _TITLE_BYTES else ""


def alike_titles(one: str, other: str) -> bool:
    """Return whether two titles share at least half the words of the shorter one."""
    ours, theirs = (set(words(title.casefold())) for title in (one, other))
    return bool(ours and theirs) and 2 * len(ours & theirs) >= min(len(ours), len(theirs))


def _same_count(one: Facts, other: Facts) -> bool:
    """Return whether both state the same number of jobs at the same employer."""
    ours, theirs = ((facts.company, facts.jobs_count) for facts in (one, other))
    return None not in ours and ours == theirs


def _number(key: str) -> int:
    return crc32(key.encode(errors="replace")) & _POSITIVE
