"""Articles that change under their address: when a page is asked for again, and what an article was before.

A feed says that a story changed by other words under the same key. Its entry then waits once more, with its article,
and ends as stored again whatever the page brings (RELIABILITY.md F10, A10). Called inside units.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.identity import content_hash
from monitor.model import FeedEntry, Outcome, TextState
from monitor.store import verdicts
from monitor.store.articles import NewArticle
from monitor.store.rows import Row, each, one, rows, text_or_none, update
from monitor.store.sightings import Sighting, politeness_key

MOST_READINGS: Final = 20  # of one story; a page that changes all day is read once a week from then on
_IDLE: Final = 4  # more for a reading that found the same words: a feed that prints points has no news of a page
_REST: Final = timedelta(hours=1)  # between two readings of a story
_LONG_REST: Final = timedelta(days=7)
_ENDS: Final = frozenset({Outcome.STORED, Outcome.PASSED_OVER})
_NOTHING: Final = frozenset({Outcome.PASSED_OVER, Outcome.FAILED})  # what came of a story that nobody has read

_FIRST: Final = """
    select id, title, url, outcome, readings, coalesce(reread_at, ended_at) as read_at
    from entries where id = ? and feed_id is not null
"""
# One look into each index: a feed of years has more rows than a document has entries. `+` keeps it from the wrong one.
_KNOWN: Final = """
    select id, identity, canonical_url, title, summary, url, outcome, readings, duplicate_of,
      coalesce(reread_at, ended_at) as read_at
    from entries where id in (
      select id from entries where feed_id = :feed and identity in (select value from json_each(:identities))
      union
      select id from entries where +feed_id = :feed and canonical_url in (select value from json_each(:addresses))
    )
"""


def reopen(
    db: Database,
    feed_id: int,
    sightings: Sequence[Sighting],
    worth_fetching: Callable[[FeedEntry], bool],
    now: datetime,
) -> int:
    """Return how many known entries wait again because their feed lists them in other words now.

    Those that were stored, and those passed over whose new words are worth a look; one that still waits only gets the
    new words. For one that another feed had first that feed's entry waits, if the title is new to both: summaries are
    each feed's own, and may count points. `sightings` are the entries of one document.
    """
    found = list(_changed(db, feed_id, sightings))
    return sum(_reopened(db, row, entry, worth_fetching, now) for row, entry in found)


def asked_about(db: Database, feed_id: int, sightings: Sequence[Sighting]) -> list[FeedEntry]:
    """Return the entries that `reopen` would ask `worth_fetching` about: passed over, and in other words now."""
    return [entry for row, entry in _changed(db, feed_id, sightings) if _is_judged(db, row)]


def replace(db: Database, article_id: int, read: NewArticle, now: datetime) -> Row | None:
    """Return what the article was before, if another reading of its page took its place; None if it stays as it is.

    So it does where it says the same, where a person reviewed it or its event, and where this time there was less to
    read than its text: a wall tells nothing of a change.
    """
    before = one(db, "select * from articles where id = ?", [article_id]) or {}
    digest = content_hash(read.title, read.text)
    if before["content_hash"] == digest or _is_less(before, read) or _is_reviewed(db, before):
        return None
    db.execute(
        """
        insert into article_versions (article_id, title, content_hash, text_length, text_state, label, kind,
          modified_at, replaced_at)
        select id, title, content_hash, length(text), text_state, label, kind, modified_at, ? from articles where id = ?
        """,
        [to_text(now), article_id],
    )
    words = {"title": read.title, "text": read.text, "text_state": read.text_state, "content_hash": digest}
    modified_at = text_or_none(read.modified_at) or before["modified_at"]
    update(db, "articles", article_id, {**words, "language": read.language, "modified_at": modified_at})
    verdicts.replace(db, article_id, read.verdict, now)
    return before


def was_idle(db: Database, entry_id: int) -> None:
    """Count a reading that found nothing new as several."""
    db.execute("update entries set readings = readings + ? where id = ?", [_IDLE, entry_id])


def versions(db: Database, article_id: int) -> list[Row]:
    """Return what an article was before, the newest first."""
    sql = """
        select title, content_hash, text_length, text_state, label, kind, modified_at, replaced_at
        from article_versions where article_id = ? order by id desc limit 20
    """
    return rows(db, sql, [article_id])


def _changed(db: Database, feed_id: int, sightings: Sequence[Sighting]) -> Iterable[tuple[Row, FeedEntry]]:
    """Yield the rows of entries that stand in this document in other words, with what stands there."""
    by_identity: dict[str, FeedEntry] = {}
    by_address: dict[str, FeedEntry] = {}
    for sighting in sightings:
        by_identity.setdefault(sighting.identity, sighting.entry)
        if sighting.canonical:
            by_address.setdefault(sighting.canonical, sighting.entry)
    asked = {"feed": feed_id, "identities": json.dumps(list(by_identity)), "addresses": json.dumps(list(by_address))}
    for row in each(db, _KNOWN, asked):
        entry = by_identity.get(row["identity"]) or by_address[row["canonical_url"]]
        # A summary may have been trimmed by the night; what is not there says nothing of a change.
        if row["title"] != entry.title or row["summary"] not in {"", entry.summary}:
            yield row, entry


def _reopened(
    db: Database, row: Row, entry: FeedEntry, worth_fetching: Callable[[FeedEntry], bool], now: datetime
) -> bool:
    """Return whether an entry waits again, with its new words: until now, or until an hour after it was read last."""
    words: Row = {"title": entry.title, "summary": entry.summary}
    if row["outcome"] == Outcome.DUPLICATE:
        return _reopened_elsewhere(db, row, entry, worth_fetching, now)
    if row["outcome"] is None:
        update(db, "entries", row["id"], words)
        return False
    if row["outcome"] == Outcome.PASSED_OVER and not worth_fetching(entry):
        update(db, "entries", row["id"], words)
        return False
    return row["outcome"] in _ENDS and _begin(db, row, words, now)


def _reopened_elsewhere(
    db: Database, row: Row, entry: FeedEntry, worth_fetching: Callable[[FeedEntry], bool], now: datetime
) -> bool:
    """Return whether the story of an entry that another feed had first waits again: there, or here if nobody read it.

    That feed's words stay its own, else its next document would be a change once more.
    """
    first = _first(db, row)
    is_new = first is not None and entry.title not in {row["title"], first["title"]}
    waits = False
    if first is not None and is_new and first["outcome"] == Outcome.STORED:
        waits = _begin(db, first, {}, now)
        if not waits:
            return False  # asked once more by the next document
    elif first is not None and is_new and first["outcome"] in _NOTHING and worth_fetching(entry):
        waits = _begin(db, row, {"duplicate_of": None}, now)
    update(db, "entries", row["id"], {"title": entry.title, "summary": entry.summary})
    return waits


def _first(db: Database, row: Row) -> Row | None:
    """Return the entry of another feed that stands for this one, if there is one."""
    return one(db, _FIRST, [row["duplicate_of"]]) if row["outcome"] == Outcome.DUPLICATE else None


def _is_judged(db: Database, row: Row) -> bool:
    first = _first(db, row)
    return row["outcome"] == Outcome.PASSED_OVER or (first is not None and first["outcome"] in _NOTHING)


def _begin(db: Database, row: Row, changes: Row, now: datetime) -> bool:
    """Return whether an entry waits from the begin, with these changes, or has been read too often for that."""
    read_at = min(now, from_text(row["read_at"] or to_text(now)))  # a clock that was far ahead puts nothing off
    if row["readings"] >= MOST_READINGS and now - read_at < _LONG_REST:
        return False
    begun: Row = dict.fromkeys(("outcome", "reason", "detail", "ended_at"))
    begun |= {"attempts": 0, "hops": 0, "fetch_url": row["url"], "host": politeness_key(row["url"])}
    due_at = to_text(max(now, read_at + _REST))
    begun |= {"next_attempt_at": due_at, "reread_at": due_at, "readings": row["readings"] + 1}
    update(db, "entries", row["id"], changes | begun)
    return True


def _is_less(before: Row, read: NewArticle) -> bool:
    return before["text_state"] == TextState.FULL and read.text_state is not TextState.FULL


def _is_reviewed(db: Database, article: Row) -> bool:
    """Return whether a person has had his word, on the article or on the event it tells of."""
    if article["review_state"] not in {"auto", "needs_review"}:
        return True
    sql = "select 1 from events where id = ? and review_state <> 'auto' and retired_at is null"
    return one(db, sql, [article["event_id"]]) is not None
