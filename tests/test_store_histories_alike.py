"""What followed a cut, read once for all cuts of an employer, is what `followups_view` says of each, whatever came."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.shipped import shipped
from monitor.store import Database
from monitor.store.histories import what_followed
from monitor.store.rows import rows

DAYS = ["2026-01-31", "2026-02-01", "2026-02-02", "2999-01-01"]
MOMENTS = st.none() | st.sampled_from(["2026-01", "2026-01-31", "2026-02-01T00:00:00.000Z", "2026-02-02T09:00:00.000Z"])
EVENTS = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.sampled_from(["cut", "cut", "reversal", "hybrid"]),
        st.sampled_from(["event", "event", "event", "productivity_claim"]),
        st.sampled_from(DAYS),
        st.sampled_from(["auto", "auto", "excluded"]),
        st.none() | st.sampled_from(["updates", "follows"]),
    ),
    max_size=7,
)
ARTICLES = st.lists(
    st.tuples(
        st.none() | st.integers(1, 2),
        st.none() | st.integers(1, 7),
        st.sampled_from(["cut", "reversal", "none"]),
        MOMENTS,
        st.sampled_from(["auto", "checked", "excluded"]),
    ),
    max_size=7,
)
EVENT = """
    insert into events (id, company_id, label, kind, announced_on, review_state, link_type, status, date_precision,
      origin, source_tier, first_seen_at, updated_at)
    values (?, ?, ?, ?, ?, ?, ?, 'announced', 'day', 'live', 1, '', '')
"""
ARTICLE = """
    insert into articles (company_id, event_id, label, published_at, review_state, title, text, text_state,
      first_seen_at, origin, content_hash, kind, confidence, probability, rule, facts, spans, classifier_name,
      classifier_version, classified_at)
    values (?, ?, ?, ?, ?, '', '', 'full', '', 'live', '', 'event', 'low', 0, '', '{}', '{}', '', '', '')
"""


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    """Give a store in memory that knows two employers."""
    made = Database(memory=True)
    made.conn.executescript(shipped("storage/schema.sql").read_text(encoding="utf-8"))
    made.conn.executemany("insert into companies values (?, ?, ?, null)", [(1, "A", "a"), (2, "B", "b")])
    made.conn.commit()
    yield made
    made.close()


@given(EVENTS, ARTICLES)
def test_what_followed_is_what_the_view_says(
    db: Database, events: list[tuple[object, ...]], articles: list[tuple[object, ...]]
) -> None:
    db.conn.execute("begin")
    db.conn.executemany(EVENT, [(number, *event) for number, event in enumerate(events, 1)])
    db.conn.executemany(ARTICLE, articles)
    columns = "event_id, events_found, articles_found, first_label, first_found_on, found"
    seen = rows(db, f"select distinct {columns} from followups_view")  # noqa: S608  # ours
    told = what_followed(db, {row["event_id"] for row in seen})
    db.conn.rollback()
    assert told == {row.pop("event_id"): row for row in seen}
