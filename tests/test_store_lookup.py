"""An address that no story is known by is looked up in indexes, and found as a pass over all rows finds it."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.identity import canonical_url
from monitor.shipped import shipped
from monitor.store import Database
from monitor.store.lookup import MOST, by_address
from monitor.store.rows import rows

PLAIN, TRACKED, MOVED, ODD = (
    "https://a.example/1",
    "https://a.example/1?utm_source=x",
    "https://b.example/2",
    "no address",
)
ADDRESSES = st.none() | st.sampled_from([PLAIN, TRACKED, MOVED, ODD])
ENTRIES = st.lists(st.tuples(ADDRESSES, ADDRESSES, ADDRESSES), max_size=4)
ARTICLES = st.lists(st.tuples(ADDRESSES, ADDRESSES, ADDRESSES), max_size=3)
ENTRY = """
    insert into entries (url, canonical_url, fetch_url, identity, first_seen_at, next_attempt_at)
    values (?, ?, ?, ?, '', '')
"""
ARTICLE = """
    insert or ignore into articles (url, final_url, canonical_url, title, text, text_state, first_seen_at, origin,
      content_hash, label, kind, confidence, probability, rule, facts, spans, classifier_name, classifier_version,
      classified_at)
    values (?, ?, ?, '', '', 'full', '', 'live', '', 'none', 'off_topic', 'low', 0, '', '{}', '{}', '', '', '')
"""
EITHER = "in (:asked, :canonical)"


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    """Give an empty store in memory."""
    made = Database(memory=True)
    made.conn.executescript(shipped("storage/schema.sql").read_text(encoding="utf-8"))
    yield made
    made.close()


def by_a_pass(db: Database, asked: str) -> tuple[int | None, list[int]]:
    """Return what is found by reading all rows."""
    keys = {"asked": asked, "canonical": canonical_url(asked), "most": MOST}
    articles = f"select id from articles where +url {EITHER} or +final_url {EITHER} order by +id"  # noqa: S608  # ours
    entries = f"select id from entries where +url {EITHER} or +fetch_url {EITHER} order by +id limit :most"  # noqa: S608  # ours
    article = rows(db, articles, keys)
    return article[0]["id"] if article else None, [row["id"] for row in rows(db, entries, keys)]


@given(ENTRIES, ARTICLES, st.sampled_from([PLAIN, TRACKED, MOVED, ODD]))
def test_what_no_story_is_known_by_is_found_as_by_a_pass_over_all(
    db: Database, entries: list[tuple[str | None, ...]], articles: list[tuple[str | None, ...]], asked: str
) -> None:
    db.conn.execute("begin")
    db.conn.executemany(ENTRY, [(*entry, str(number)) for number, entry in enumerate(entries)])
    db.conn.executemany(ARTICLE, articles)
    known = {"canonical": canonical_url(asked)}
    stories = rows(db, "select 1 from articles where canonical_url = :canonical", known)
    stories += rows(db, "select 1 from entries where canonical_url = :canonical", known)
    found, longer = by_address(db, asked), by_a_pass(db, asked)
    db.conn.rollback()
    assert stories or found == longer
