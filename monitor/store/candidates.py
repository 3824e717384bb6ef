"""Which stored articles may be copies of one: found by keys, then compared. Called inside units.

The number of candidates has a bound, so a search takes no longer in a larger store.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.model import Facts
from monitor.store.rows import Row, one, rows, scalar
from monitor.stories import (
    BANDS,
    MOST_CHARACTERS,
    Copy,
    Telling,
    Veto,
    bands,
    contradiction,
    copy_of,
    facts_contradict,
    is_alike,
    keys,
    loose_address,
    sketch,
)

CANDIDATES: Final = 20  # of one key, the newest; a notice that stands in thousands of texts is a key of all of them
_LAYERS: Final = ("address", "fingerprint", "title")  # in the order in which they are believed

_TELLING: Final = """
    select a.id, a.story_id, a.title, a.publisher, a.url, a.canonical_url, a.final_url, a.stated_canonical,
      a.published_at, a.first_seen_at, a.facts, s.sketch
    from articles a left join sketches s on s.article_id = a.id
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A stored article whose text, address or title is that of another, and what forbids that they are one story."""

    article_id: int
    story_id: int
    copy: Copy
    veto: Veto | None


def read(db: Database, article_id: int) -> Telling:
    """Return what an article tells, with its text and a new sketch of it; raises LookupError if there is none."""
    row = one(db, f"{_TELLING} where a.id = ?", [article_id])
    if row is None:
        raise LookupError(f"no article {article_id}")
    text = _text(db, article_id)
    return replace(_telling(row), sketch=sketch(text), text=text)


def remember(db: Database, article_id: int, telling: Telling) -> None:
    """Keep the sketch of an article and the keys it is found by; those of its earlier text go."""
    before = scalar(db, "select sketch from sketches where article_id = ?", [article_id])
    if before != telling.sketch:
        gone = [(band, value, article_id) for band, value in enumerate(bands(before or b""))]
        db.conn.executemany("delete from story_keys where band = ? and value = ? and article_id = ?", gone)
        db.execute("insert or replace into sketches (article_id, sketch) values (?, ?)", [article_id, telling.sketch])
    kept = [(band, value, article_id) for band, value in keys(telling)]
    db.conn.executemany("insert or ignore into story_keys values (?, ?, ?)", kept)


def matches(db: Database, article_id: int, telling: Telling) -> Iterator[Match]:
    """Yield the likest article of each other story, the best of all first: by layer, then likeness, then age."""
    found: list[tuple[Row, Telling, Copy]] = []
    for row in _candidates(db, article_id, telling):
        other = _telling(row)
        copy = copy_of(telling, other)
        if copy is not None:
            found.append((row, other, copy))
    found.sort(key=lambda match: (_LAYERS.index(match[2].layer), -(match[2].likeness or 0.0), match[0]["id"]))
    asked: set[int] = set()
    for row, other, copy in found:
        if row["story_id"] not in asked:
            asked.add(row["story_id"])
            veto = facts_contradict(telling.facts, other.facts)
            if veto is None:  # only then are its words asked
                veto = contradiction(telling, replace(other, text=_text(db, row["id"])))
            yield Match(row["id"], row["story_id"], copy, veto)


def _candidates(db: Database, article_id: int, telling: Telling) -> list[Row]:
    """Return articles of other stories that share an address or title with this one, or may share the text."""
    sql = "select article_id from story_keys where band = ? and value = ? order by article_id desc limit ?"
    worded, named = set[int](), set[int]()
    for band, value in keys(telling):
        met = named if band >= BANDS else worded
        met.update(number for (number,) in db.execute(sql, [band, value, CANDIDATES + 1]))
    sketches = f"select article_id, sketch from sketches where article_id in ({_marks(worded)})"
    alike = {number for number, other in db.execute(sketches, [*worded]) if is_alike(telling.sketch, other)}
    near = sorted((alike | named) - {article_id})
    other_story = "a.story_id is not (select story_id from articles where id = ?)"
    return rows(db, f"{_TELLING} where a.id in ({_marks(near)}) and {other_story}", [*near, article_id])


def _marks(values: Collection[int]) -> str:
    return ", ".join("?" * len(values))


def _text(db: Database, article_id: int) -> str:
    return str(scalar(db, "select substr(text, 1, ?) from articles where id = ?", [MOST_CHARACTERS, article_id]))


def _telling(row: Row) -> Telling:
    known_by = {row[name] for name in ("url", "canonical_url", "final_url", "stated_canonical")}  # mostly one
    published = row["published_at"] or row["first_seen_at"]
    told_at = datetime.fromisoformat(published if "T" in published else f"{published}-01-01"[:10])
    return Telling(
        title=row["title"],
        publisher=(row["publisher"] or "").casefold().removeprefix("www."),
        addresses=frozenset(loose for url in known_by if url and (loose := loose_address(url))),
        told_at=told_at if told_at.tzinfo else told_at.replace(tzinfo=UTC),
        facts=msgspec.json.decode(row["facts"], type=Facts),
        sketch=row["sketch"] or b"",
    )
