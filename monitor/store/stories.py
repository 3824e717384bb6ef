"""Which stored articles are copies of one text. Called inside units.

A story is known by the lowest number of its articles. It hangs together by merges, each between two articles and with
the layer that decided; one that is undone is kept as a record, and its articles stay apart.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec
from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import Facts
from monitor.store import candidates, meta
from monitor.store.candidates import Match
from monitor.store.rows import Row, insert, one, rows, scalar
from monitor.stories import Telling, facts_contradict

Hindrance = Literal["employer", "number", "place", "person"]

REFUSED_SHOWN: Final = 5
MEMBERS_ASKED: Final = 200  # of a story, for facts that contradict
_DONE: Final = "stories:sketched"  # all articles up to this number have been looked at


def assign(db: Database, article_id: int, now: datetime) -> int:
    """Return the story of an article, found by its text, address and title as they are now; idempotent.

    To be called once its row is written or its words have changed. It never leaves a story it is in. Where it is a copy
    of texts of two stories, these become one, unless their articles contradict each other or were taken apart.
    """
    telling = candidates.read(db, article_id)
    candidates.remember(db, article_id, telling)
    return _look(db, article_id, telling, now)


def backfill(db: Database, limit: int, now: datetime) -> int:
    """Return how many articles of before there were stories were assigned now, at most `limit`; 0 once all are."""
    done = int(meta.get(db, _DONE) or 0)
    sql = """
        select a.id from articles a left join sketches s on s.article_id = a.id
        where a.id > ? and s.article_id is null order by a.id limit ?
    """
    waiting = [row["id"] for row in rows(db, sql, [done, limit])]
    for article_id in waiting:
        assign(db, article_id, now)
    last = waiting[-1] if waiting else scalar(db, "select coalesce(max(id), 0) from articles")
    meta.put(db, _DONE, str(last))
    return len(waiting)


def story_of(db: Database, article_id: int) -> int:
    """Return the story an article belongs to; raises LookupError if there is no such article."""
    found = scalar(db, "select story_id from articles where id = ?", [article_id])
    if found is None:
        raise LookupError(f"no article {article_id}")
    return int(found)


def members(db: Database, story_id: int) -> list[Row]:
    """Return the articles of a story, oldest first, with title, url, publisher, source_tier and dates."""
    sql = """
        select id, title, url, publisher, source_tier, published_at, first_seen_at from articles
        where story_id = ? order by id
    """
    return rows(db, sql, [story_id])


def copies(db: Database, article_id: int) -> list[int]:
    """Return the other articles of an article's story, oldest first."""
    story_id = story_of(db, article_id)
    return [row["id"] for row in members(db, story_id) if row["id"] != article_id]


def event_of(db: Database, article_id: int) -> int | None:
    """Return the event that most other articles of its story tell of, of its own employer if it knows one; or None."""
    sql = """
        select other.event_id
        from articles a
        join articles other on other.story_id = a.story_id and other.id <> a.id
        join events e on e.id = other.event_id and e.retired_at is null
        where a.id = ? and (a.company_id is null or a.company_id = e.company_id)
        group by other.event_id order by count(*) desc, other.event_id limit 1
    """
    found = scalar(db, sql, [article_id])
    return None if found is None else int(found)


def joined_by(db: Database, article_id: int) -> Row | None:
    """Return the story of an article in figures, and the merge that made it part of it, for `explain`.

    `{"story_id", "articles", "publishers", "layer", "like_article_id", "likeness", "why", "merged_at", "undone"}`;
    of the first article of a story layer and the like are None. `undone` are merges of the article that hold no longer.
    """
    found = one(
        db,
        """
        select a.story_id, count(*) as articles, count(distinct b.publisher) as publishers
        from articles a join articles b on b.story_id = a.story_id where a.id = ? group by a.id
        """,
        [article_id],
    )
    if found is None:
        return None
    merged = """
        select layer, iif(article_id = :id, like_article_id, article_id) as like_article_id, likeness, why, merged_at
        from story_merges where (article_id = :id or like_article_id = :id) and undone_at is null
        order by article_id <> :id, id limit 1
    """
    tie = None if found["story_id"] == article_id else one(db, merged, {"id": article_id})
    none = {"layer": None, "like_article_id": None, "likeness": None, "why": None, "merged_at": None}
    undone = """
        select layer, article_id, like_article_id, likeness, undone_at, undone_why from story_merges
        where (article_id = :id or like_article_id = :id) and undone_at is not null order by id desc limit 20
    """
    return found | (tie or none) | {"undone": rows(db, undone, {"id": article_id})}


def refused(db: Database, article_id: int) -> list[Row]:
    """Return the articles whose text, address or title is this one's and that are not of its story, and why not.

    `{"article_id", "layer", "likeness", "because"}`: another employer, number or place, or a person's word.
    """
    story_id = story_of(db, article_id)
    found = []
    for match in candidates.matches(db, article_id, candidates.read(db, article_id)):
        because = _hindrance(db, story_id, match)
        if because is not None:
            found.append(
                {
                    "article_id": match.article_id,
                    "layer": match.copy.layer,
                    "likeness": match.copy.likeness,
                    "because": because,
                }
            )
    return found[:REFUSED_SHOWN]


def merge(db: Database, article_id: int, story_id: int, why: str, now: datetime) -> int:
    """Return the story that an article's and this one have become, by a person's word; no rule forbids it.

    Raises LookupError if there is no such story.
    """
    own = story_of(db, article_id)
    if story_of(db, story_id) != story_id:
        raise LookupError(f"no story {story_id}")
    if own == story_id:
        return own
    db.execute(
        """
        delete from stories_apart where
          article_id in (select id from articles where story_id = :own)
            and other_id in (select id from articles where story_id = :to)
          or article_id in (select id from articles where story_id = :to)
            and other_id in (select id from articles where story_id = :own)
        """,
        {"own": own, "to": story_id},
    )
    row = {"article_id": article_id, "like_article_id": story_id, "layer": "person", "why": why}
    return _unite(db, own, story_id, row, now)


def split(db: Database, article_id: int, why: str, now: datetime) -> int:
    """Return the story of an article alone, taken out of the one it was in; no later merge brings it back there.

    Those that were copies of this one only, and not of each other, part as well.
    """
    others = copies(db, article_id)
    if not others:
        return story_of(db, article_id)
    undone = """
        update story_merges set undone_at = :now, undone_why = :why
        where (article_id = :id or like_article_id = :id) and undone_at is null
        returning article_id, like_article_id
    """
    ties = rows(db, undone, {"now": to_text(now), "why": why, "id": article_id})
    for other in others:
        db.execute("insert or ignore into stories_apart (article_id, other_id) values (?, ?)", [article_id, other])
    db.execute("update articles set story_id = id where id = ?", [article_id])
    parts = _parts(db, others)
    db.conn.executemany("update articles set story_id = ? where id = ?", [(parts[other], other) for other in others])
    for loose in sorted({number for tie in ties for number in tie.values()} - {article_id, None}):
        _look(db, loose, candidates.read(db, loose), now)
    return article_id


def _look(db: Database, article_id: int, telling: Telling, now: datetime) -> int:
    """Return the article's story after it was merged with those of which it is a copy."""
    story_id = story_of(db, article_id)
    for match in candidates.matches(db, article_id, telling):
        if _hindrance(db, story_id, match) is None:
            row = {
                "article_id": article_id,
                "like_article_id": match.article_id,
                "layer": match.copy.layer,
                "likeness": match.copy.likeness,
            }
            story_id = _unite(db, story_id, match.story_id, row, now)
    return story_id


def _hindrance(db: Database, story_id: int, match: Match) -> Hindrance | None:
    """Return why a story must not be united with that of a match: a veto on any two articles, or a person."""
    if match.veto is not None:
        return match.veto
    sql = """
        select exists (
          select 1 from articles a join stories_apart p on p.article_id = a.id join articles b on b.id = p.other_id
          where a.story_id = ? and b.story_id = ?
        )
    """
    if any(scalar(db, sql, pair) for pair in ((story_id, match.story_id), (match.story_id, story_id))):
        return "person"
    theirs = _facts(db, match.story_id)
    vetoes = (facts_contradict(mine, other) for mine in _facts(db, story_id) for other in theirs)
    return next((veto for veto in vetoes if veto is not None), None)


def _facts(db: Database, story_id: int) -> set[Facts]:
    """Return what the articles of a story state, as far as the vetoes ask."""
    sql = "select facts from articles where story_id = ? order by id limit ?"
    read = (msgspec.json.decode(row["facts"], type=Facts) for row in rows(db, sql, [story_id, MEMBERS_ASKED]))
    return {
        Facts(
            company=facts.company,
            parent=facts.parent,
            jobs_count=facts.jobs_count,
            jobs_count_max=facts.jobs_count_max,
            country=facts.country,
        )
        for facts in read
    }


def _unite(db: Database, one_story: int, other_story: int, tie: Row, now: datetime) -> int:
    """Return the story that two have become, with a record of the merge that did it."""
    kept, given_up = sorted((one_story, other_story))
    db.execute("update articles set story_id = ? where story_id = ?", [kept, given_up])
    insert(db, "story_merges", tie | {"from_story_id": given_up, "story_id": kept, "merged_at": to_text(now)})
    return kept


def _parts(db: Database, articles: Iterable[int]) -> dict[int, int]:
    """Return of each of these articles the lowest one that merges which hold tie it to."""
    first = {number: number for number in articles}

    def lowest(number: int) -> int:
        while first[number] != number:
            first[number] = first[first[number]]
            number = first[number]
        return number

    sql = "select like_article_id from story_merges where article_id = ? and undone_at is null"
    for article_id in first:
        for (like,) in db.execute(sql, [article_id]).fetchall():
            if like in first:
                low, high = sorted((lowest(article_id), lowest(like)))
                first[high] = low
    return {number: lowest(number) for number in first}
