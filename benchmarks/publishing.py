"""What the hosts of the small internet (`world.py`) publish: feeds and pages, the same bytes for the same seed.

RSS and Atom in turn, entries of 0.6 to 4 kB as news sites write them: a teaser, and the text as HTML. One entry in
`on_topic` tells of jobs that go to AI or come back, in its title and on its page. Pages are ours, or take their
markup from a folder of HTML; then the text of each paragraph is replaced by words of ours.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path
from random import Random
from typing import Final

FIRST: Final = datetime(2026, 6, 1, 8, tzinfo=UTC)  # publication of the oldest entry of each feed
APART: Final = timedelta(hours=3)
PARAGRAPHS: Final = 600  # to draw from

_WHO: Final = (
    "the council",
    "a court",
    "the ministry",
    "the port",
    "a family firm",
    "the museum",
    "the league",
    "the river board",
)
_DID: Final = (
    "opened",
    "rejected",
    "delayed",
    "praised",
    "measured",
    "sold",
    "repaired",
    "voted on",
    "looked into",
    "cancelled",
)
_WHAT: Final = (
    "a bridge",
    "the new budget",
    "two ferries",
    "its oldest hall",
    "the harvest",
    "a night train",
    "the tariff",
)
_WHEN: Final = (
    "on Monday",
    "after a long debate",
    "before the summer",
    "for the third time",
    "without a word",
    "in the rain",
)
_WHY: Final = ("to save water", "because prices rose", "as the law asks", "for its birthday", "against all advice")
_TRADES: Final = ("Bank", "Telecom", "Insurance", "Freight", "Media", "Retail", "Software", "Energy")
_NAMES: Final = (
    "Norvik",
    "Aldera",
    "Brunnen",
    "Castellan",
    "Dorsum",
    "Elvira",
    "Fjellby",
    "Grantham",
    "Holmen",
    "Istria",
)
_NEWS: Final = (
    "{firm} cuts {jobs} jobs as artificial intelligence takes over customer service",
    "{firm} lays off {jobs} people and says AI agents do their work now",
    "{firm} rehires {jobs} workers after its AI assistant failed customers",
    "{firm} reverses AI layoffs and calls {jobs} agents back",
)
_STORY: Final = (
    "{firm} said its chatbot handles most calls, so {jobs} employees will leave by autumn, replaced by artificial "
    "intelligence. The union called the layoffs hasty and asked for talks about the people who remain."
)
# What an article about work and AI goes on with, in sentences of these parts.
_SAYS: Final = ("The company", "A union spokesman", "The chief executive", "One of the employees", "An analyst")
_TELLS: Final = ("said that", "told reporters that", "warned in a memo that", "confirmed on Tuesday that")
_ABOUT: Final = (
    "{jobs} jobs",
    "AI agents",
    "the chatbot",
    "artificial intelligence",
    "the layoffs",
    "a third of the staff",
    "its assistant",
    "hiring",
    "{jobs} of its 4,200 employees",
    "the software",
)
_DOES: Final = (
    "would go",
    "had replaced",
    "now handles",
    "will cost",
    "had failed",
    "slowed down",
    "took over",
    "ended",
)
_WHICH: Final = (
    "customer service",
    "most of the calls",
    "its oldest clerks",
    "some $40 million a year",
    "every claim",
    "the night shift",
    "the code of two products",
    "what people did",
    "12 per cent of posts",
    "the help desk",
)
_WHERE: Final = ("in Leeds", "since March", "at the branch", "across the group", "for good", "by autumn", "so far")
_PARAGRAPH: Final = re.compile(
    rb"(<p(?:\s[^>]*)?>)((?:(?!</?(?:p|div|section|article)\b).){40,}?)(</p>)", re.IGNORECASE | re.DOTALL
)
_TITLE: Final = re.compile(
    rb"(<title[^>]*>)[^<]*|(<h1[^>]*>).*?(?=</h1>)"
    rb"|(<meta [^>]*?(?:og|twitter):title[\"'][^>]*?content=[\"'])[^\"']*|(\"headline\"\s*:\s*\")[^\"]*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Press:
    """All that is published, by the numbers of feed and entry; 0 is the oldest entry of a feed."""

    seed: int = 1
    entries: int = 20  # a feed document holds the newest
    on_topic: int = 50  # one entry in so many; 0: none
    folder: Path | None = None  # of HTML files to take the markup of pages from

    @cached_property
    def paragraphs(self) -> list[str]:
        """What all texts are put together from."""
        chance = Random(self.seed)
        parts = (_WHO, _DID, _WHAT, _WHEN, _WHY)

        def sentence() -> str:
            return (
                " ".join(chance.choice(words) for words in parts).capitalize() + f", {chance.randrange(2, 900)} in all."
            )

        return [" ".join(sentence() for _ in range(chance.randrange(2, 6))) for _ in range(PARAGRAPHS)]

    @cached_property
    def files(self) -> list[Path]:
        """The HTML files of the folder, in one order."""
        return sorted(file for file in self.folder.rglob("*.htm*") if file.is_file()) if self.folder else []

    def tells(self, number: int, entry: int) -> bool:
        """Return whether an entry is about jobs and AI."""
        return bool(self.on_topic) and self._chance(number, entry).randrange(self.on_topic) == 0

    def title(self, number: int, entry: int) -> str:
        """Return the headline of an entry, which no other has."""
        chance = self._chance(number, entry)
        chance.random()
        if self.tells(number, entry):
            return chance.choice(_NEWS).format(**self._facts(number, entry))
        words = (chance.choice(part) for part in (_WHO, _DID, _WHAT, _WHEN))
        return f"{' '.join(words).capitalize()}: report {number}-{entry}"

    def text(self, number: int, entry: int, paragraphs: tuple[int, int]) -> list[str]:
        """Return the paragraphs of an entry or of its page, between these two numbers of them."""
        chance = self._chance(number, entry)
        told = [_STORY.format(**self._facts(number, entry))] if self.tells(number, entry) else []
        return told + chance.sample(self.paragraphs, chance.randrange(*paragraphs))

    def feed(self, number: int, grown: int, origin: str) -> bytes:
        """Return a feed's document after it has grown by so many entries; its pages are at `origin`."""
        newest_first = range(self.entries + grown - 1, grown - 1, -1)
        items = "".join((_atom if number % 2 else _rss)(self, number, entry, origin) for entry in newest_first)
        at = FIRST + APART * (self.entries + grown - 1)
        if number % 2:
            head = f"<id>{origin}/feed/{number}</id><title>Gazette {number}</title><updated>{at.isoformat()}</updated>"
            return f'<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{items}</feed>'.encode()
        head = f"<title>Courier {number}</title><link>{origin}/</link><description>News</description>"
        spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        return f'<?xml version="1.0"?>\n<rss version="2.0" {spaces}><channel>{head}\n{items}</channel></rss>'.encode()

    def page(self, number: int, entry: int) -> bytes:
        """Return the page of an entry."""
        title, words = self.title(number, entry), self.text(number, entry, (6, 14))
        if not self.files:
            return _page(title, words)
        chance = self._chance(number, entry)
        markup = self.files[chance.randrange(len(self.files))].read_bytes()
        left = iter(self._mingled(number, entry) if self.tells(number, entry) else chance.sample(self.paragraphs, 60))
        markup = _TITLE.sub(lambda at: at[at.lastindex or 0] + escape(title).encode(), markup)
        return _PARAGRAPH.sub(lambda at: at[1] + next(left, "").encode() + at[3], markup)

    def _mingled(self, number: int, entry: int) -> list[str]:
        """Return the paragraphs of a page that tells of jobs and AI in every other one, wherever its article begins."""
        chance, facts = self._chance(number, entry), self._facts(number, entry)

        def sentence() -> str:
            parts = (_SAYS, _TELLS, _ABOUT, _DOES, _WHICH, _WHERE)
            return " ".join(chance.choice(words) for words in parts).format(**facts) + "."

        told = [" ".join(sentence() for _ in range(chance.randrange(1, 4))) for _ in range(30)]
        story = [_STORY.format(**facts)] * 3  # what stands before the article may take the first
        pairs = zip(story + told, chance.sample(self.paragraphs, len(story + told)), strict=True)
        return [paragraph for pair in pairs for paragraph in pair]

    def _chance(self, number: int, entry: int) -> Random:
        return Random(f"{self.seed}/{number}/{entry}")

    def _facts(self, number: int, entry: int) -> dict[str, object]:
        chance = self._chance(entry, number)
        return {"firm": f"{chance.choice(_NAMES)} {chance.choice(_TRADES)} {number}", "jobs": 20 + 7 * entry + number}


@lru_cache(maxsize=20_000)
def _rss(press: Press, number: int, entry: int, origin: str) -> str:
    words = press.text(number, entry, (1, 2 + number // 2 % 12))  # some publishers only tease
    at = (FIRST + APART * entry).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"<item><title>{escape(press.title(number, entry))}</title><link>{origin}/page/{number}/{entry}</link>"
        f'<guid isPermaLink="false">{number}-{entry}</guid><pubDate>{at}</pubDate><dc:creator>Desk</dc:creator>'
        f"<category>News</category><category>Town</category><description>{escape(words[0][:200])}</description>"
        f"<content:encoded><![CDATA[{_html(words)}]]></content:encoded></item>\n"
    )


@lru_cache(maxsize=20_000)
def _atom(press: Press, number: int, entry: int, origin: str) -> str:
    words = press.text(number, entry, (1, 2 + number // 2 % 12))  # some publishers only tease
    at = (FIRST + APART * entry).isoformat()
    return (
        f"<entry><title>{escape(press.title(number, entry))}</title><id>tag:gazette,2026:{number}-{entry}</id>"
        f'<link rel="alternate" type="text/html" href="{origin}/page/{number}/{entry}"/><published>{at}</published>'
        f'<updated>{at}</updated><author><name>Desk</name></author><category term="news"/>'
        f'<summary>{escape(words[0][:200])}</summary><content type="html">{escape(_html(words))}</content></entry>\n'
    )


def _html(words: list[str]) -> str:
    return "".join(f'<p class="text">{word}</p>' for word in words) + '<p><a href="/more">More</a> <em>of this</em></p>'


def _page(title: str, words: list[str]) -> bytes:
    menu = "".join(f'<li><a href="/section/{number}">Section {number}</a></li>' for number in range(25))
    text = "".join(f"<p>{word}</p>" for word in words)
    return (
        f'<!doctype html><html lang="en"><head><title>{escape(title)}</title><meta charset="utf-8"></head><body>'
        f"<nav><ul>{menu}</ul></nav><main><article><h1>{escape(title)}</h1>{text}</article></main>"
        f"<footer><p>All rights are with the gazette.</p></footer></body></html>"
    ).encode()
