"""All the store knows of one story or one feed, for `explain`. Reads, never writes."""

from typing import Final, Literal

from sqlite_utils import Database

from monitor.identity import canonical_url
from monitor.store import addresses, unread
from monitor.store.rows import Row, one, rows, scalar

MOST: Final = 100  # rows of a kind that one explanation shows
RECENT_POLLS: Final = 10

# Of two addresses of a row that are the same, one index has it; each of these is a look-up.
_EITHER: Final = "in (:asked, :canonical)"
_ARTICLE_AT: Final = f"""
    select id from articles where url {_EITHER}
    union select id from articles where final_url {_EITHER} and final_url is not url
    order by id
"""
_ENTRIES_AT: Final = f"""
    select id from entries where url {_EITHER} and canonical_url {_EITHER}
    union select id from entries where url {_EITHER} and canonical_url is not url
    union select id from entries where fetch_url {_EITHER} and fetch_url is not url and fetch_url is not null
    order by id limit :most
"""
_ENTRY: Final = """
select n.id, f.url as feed, n.feed_id, n.guid, n.url, n.canonical_url, n.via_url, n.fetch_url, n.title, n.publisher,
  n.origin, n.published_at, n.date_guessed, n.first_document, n.first_seen_at, n.outcome, n.reason, n.detail,
  n.ended_at, n.duplicate_of, n.article_id, n.attempts, n.next_attempt_at, n.hops
from entries n
left join feeds f on f.id = n.feed_id
"""
_EVENT: Final = """
    select v.id, v.company, v.label, v.kind, v.status, v.announced_on, v.jobs_count, v.jobs_qualifier,
      v.articles, v.accounts, v.publishers, v.independent_reports, v.linked_event_id, v.link_type, v.reverses_event_id,
      v.days_to_reversal, v.review_state, e.retired_at
    from events_view v join events e on e.id = v.id
"""
_FEED: Final = """
    select id, url, canonical_url, queue, title, origin, state, added_at, removed_at, gone_at, last_polled_at,
      next_poll_at, interval_s, hold_until, ttl_s, max_age_s, least_s, overlap_run, failures, failure_weight,
      last_reason, last_error, last_ok_at, last_full_at, last_document_at, last_new_at, last_count, gap_s,
      longest_gap_s, turnover_s, polls, not_modified, unchanged, possible_gaps, false_304s, last_false_304_at,
      moved_to, moved_since, encoding, undecodable, guids_changed_at
    from feeds where id = ?
"""


def by_address(db: Database, asked: str) -> tuple[int | None, list[int]]:
    """Return the article and the entries an address leads to, oldest first: canonical, as found, or after redirects."""
    keys = {"asked": asked, "canonical": canonical_url(asked), "most": MOST}
    by_key = "select id from articles where canonical_url = :canonical or final_canonical = :canonical"
    article = one(db, f"{by_key} order by canonical_url <> :canonical, id", keys)
    entries = rows(db, "select id from entries where canonical_url = :canonical order by id limit :most", keys)
    if not article and not entries:
        article, entries = one(db, _ARTICLE_AT, keys), rows(db, _ENTRIES_AT, keys)
    return article["id"] if article else None, [entry["id"] for entry in entries]


def feed_by_address(db: Database, asked: str) -> int | None:
    """Return the feed of an address, in whatever form; one that it had counts, too, and one that was removed."""
    found = addresses.find(db, asked)
    return int(found["id"]) if found else None


def feed(db: Database, feed_id: int) -> Row:
    """Return one feed with its last polls (`recent`), how its entries ended (`endings`), and `addresses` it had."""
    found = one(db, _FEED, [feed_id])
    if found is None:
        raise LookupError(f"no feed {feed_id}")
    ended = (
        "select coalesce(outcome, 'waiting') as outcome, count(*) as number from entries where feed_id = ? group by 1"
    )
    recent = """
        select polled_at, result, reason, detail, conditional, parsed, new, known, refused, body_bytes, duration_ms
        from polls where feed_id = ? order by polled_at desc, id desc limit ?
    """
    former = "select url, until, why from feed_addresses where feed_id = ? order by until desc"
    found["endings"] = {row["outcome"]: row["number"] for row in rows(db, ended, [feed_id])}
    found["recent"] = rows(db, recent, [feed_id, RECENT_POLLS])
    found["addresses"] = rows(db, former, [feed_id])
    found["unread"] = unread.of_feed(db, feed_id)
    return found


def exists(db: Database, table: Literal["articles", "entries", "feeds"], row_id: int) -> bool:
    """Return whether the table has a row of this number."""
    return one(db, f"select 1 as found from {table} where id = ?", [row_id]) is not None


def entries_of(db: Database, entry_ids: list[int], article_id: int | None) -> list[Row]:
    """Return these entries and all others of the same story: of the article, or copies; oldest first."""
    marks = ", ".join("?" * len(entry_ids)) or "null"
    return rows(
        db,
        f"""
        with asked (id) as (
          select id from entries where id in ({marks}) union select id from entries where article_id = ?
        ), story (id) as (
          select id from asked
          union select duplicate_of from entries where id in (select id from asked) and duplicate_of is not null
          union select id from entries where duplicate_of in (select id from asked)
        )
        {_ENTRY} where n.id in (select id from story) order by n.id limit ?
        """,
        [*entry_ids, article_id, MOST],
    )


def article(db: Database, article_id: int) -> Row | None:
    """Return one article with its verdict, employer and feed, without its text."""
    return one(
        db,
        """
        select a.id, a.url, a.canonical_url, a.final_url, a.publisher, a.title, a.text_state, a.language,
          a.published_at, a.first_seen_at, a.origin, a.is_seed, a.source_tier, a.label, a.kind,
          a.confidence, a.probability, a.rule,
          c.name as company, a.classifier_name || ' ' || a.classifier_version as classifier, a.classified_at,
          a.event_id, a.review_state, a.content_hash,
          length(a.text) as text_length
        from articles a left join companies c on c.id = a.company_id where a.id = ?
        """,
        [article_id],
    )


def evidence(db: Database, article_id: int) -> list[Row]:
    """Return the words the verdict rests on, strongest first."""
    sql = 'select place, quote, start, "end", cue, weight from evidence where article_id = ? order by position limit ?'
    return rows(db, sql, [article_id, MOST])


def events(db: Database, article_id: int) -> list[Row]:
    """Return the events the article is a source of."""
    sql = f"{_EVENT} where e.id in (select event_id from event_articles where article_id = ?) order by e.id limit ?"
    return rows(db, sql, [article_id, MOST])


def event(db: Database, event_id: int) -> list[Row]:
    """Return an event as `events` does; none if there is none."""
    return rows(db, f"{_EVENT} where e.id = ?", [event_id])


def events_cited(db: Database, address: str) -> list[Row]:
    """Return the events of which a row of a file tells that has this address for its source."""
    sql = f"{_EVENT} where e.id in (select event_id from accounts where url = ?) order by e.id limit ?"
    return rows(db, sql, [address, MOST])


def is_noted(db: Database, address: str) -> bool:
    """Return whether a row of a file that tells of no event has this address for its source."""
    return scalar(db, "select 1 from accounts where url = ? and event_id is null", [address]) is not None


def corrections(db: Database, event_id: int) -> list[Row]:
    """Return what changed of an event, the oldest first."""
    sql = """
        select field, old, new, why, by, source, corrected_at from corrections_view
        where event_id = ? order by id limit ?
    """
    return rows(db, sql, [event_id, MOST])


def is_copied_in(db: Database, event_id: int, article_id: int) -> bool:
    """Return whether another article of the same story tells of the event."""
    sql = """
        select 1 as found from articles a join articles other on other.story_id = a.story_id and other.id <> a.id
        where a.id = ? and other.event_id = ?
    """
    return one(db, sql, [article_id, event_id]) is not None


def article_of_event(db: Database, event_id: int) -> int | None:
    """Return the first article of an event."""
    found = one(
        db, "select article_id as id from event_articles where event_id = ? order by added_at, article_id", [event_id]
    )
    return found["id"] if found else None


def event_of_alert(db: Database, alert_id: str) -> int | None:
    """Return the event an alert speaks of."""
    found = one(db, "select event_id as id from alerts where id = ?", [alert_id])
    return found["id"] if found else None
