"""Texts that look like reports, made of our own words, what changes a copy on its way, and stories in a store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from store_builders import NOW, article, verdict

from monitor.model import Facts
from monitor.store import Database, articles, stories
from monitor.store.rows import rows
from monitor.stories import Telling, loose_address, sketch

DAY: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_SYLLABLES: Final = ("ba", "cor", "dan", "el", "fi", "gor", "hen", "is", "jun", "kal", "lo", "mar", "nu", "or", "pel")
_WORDS: Final = tuple(
    f"{one}{two}{three}" for one in _SYLLABLES for two in _SYLLABLES[:8] for three in ("", "ta", "ing")
)


def report(number: int, words: int = 300) -> str:
    """Return one text of so many words in sentences, the same for the same number."""
    draw = Random(number)
    sentences, left = [], words
    while left > 0:
        length = min(left, draw.randint(8, 22))
        sentences.append(" ".join(draw.choices(_WORDS, k=length)).capitalize() + ".")
        left -= length
    return " ".join(sentences)


def reworded(text: str, share: float, draw: Random) -> str:
    """Return the text with this share of its words replaced, here and there."""
    words = text.split()
    for place in draw.sample(range(len(words)), round(share * len(words))):
        words[place] = draw.choice(_WORDS)
    return " ".join(words)


def lengthened(text: str, draw: Random) -> str:
    """Return the text with two more sentences."""
    return f"{text} {report(draw.randint(10**6, 10**7), 36)}"


def shortened(text: str, _draw: Random) -> str:
    """Return the first seven tenths of the text."""
    words = text.split()
    return " ".join(words[: len(words) * 7 // 10])


def shuffled(text: str, draw: Random) -> str:
    """Return the text with its sentences in another order."""
    sentences = text.split(". ")
    draw.shuffle(sentences)
    return ". ".join(sentences)


CHANGES: Final[dict[str, Callable[[str, Random], str]]] = {
    "a twentieth of the words": lambda text, draw: reworded(text, 0.05, draw),
    "a tenth of the words": lambda text, draw: reworded(text, 0.10, draw),
    "two more sentences": lengthened,
    "cut to seven tenths": shortened,
    "sentences in another order": shuffled,
}


def telling(text: str = "", title: str = "", *, url: str | None = None, **more: Any) -> Telling:
    """Return what an article tells; facts are given by name, as are publisher and told_at."""
    fields = {name: more.pop(name) for name in ("publisher", "told_at") if name in more}
    plain = Telling(
        title=title,
        publisher="",
        addresses=frozenset(filter(None, [loose_address(url) if url else None])),
        told_at=DAY,
        facts=Facts(**more),
        sketch=sketch(text),
        text=text,
    )
    return replace(plain, **fields)


def stored(db: Database, number: int, text: str, *, company: str | None = "Brackwater", **changes: Any) -> int:
    """Return the id of an article of a publisher of its own, assigned to its story."""
    facts = {name: changes.pop(name) for name in ("jobs_count", "country") if name in changes}
    values: dict[str, Any] = {
        "title": "Brackwater lets programs advise its customers",
        "text": text,
        "publisher": f"paper{number}.example",
        "url": f"https://paper{number}.example/story",
        "canonical_url": f"https://paper{number}.example/story",
        "verdict": verdict(company=company, **facts),
        **changes,
    }
    article_id, _ = articles.upsert(db, article(number, **values), NOW)
    stories.assign(db, article_id, NOW)
    return article_id


def story_sets(db: Database) -> set[frozenset[str]]:
    """Return which articles share a story, by their publishers."""
    found: dict[int, set[str]] = {}
    for row in rows(db, "select story_id, publisher from articles"):
        found.setdefault(row["story_id"], set()).add(row["publisher"])
    return {frozenset(story) for story in found.values()}


def numbered(*groups: set[int]) -> set[frozenset[str]]:
    """Return stories as `story_sets` does, by the numbers of their articles."""
    return {frozenset(f"paper{number}.example" for number in group) for group in groups}


def unassigned(db: Database) -> None:
    """Leave the articles of a store as one has them from before there were stories."""
    for sql in ("delete from story_merges", "delete from story_keys", "delete from sketches"):
        db.execute(sql)
    db.execute("update articles set story_id = id")
