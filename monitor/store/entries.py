"""The ledger: each entry seen is a row that waits with its next attempt, or has ended in one named outcome.

Called inside `write` and `read` units. An entry ends once: whoever comes second changes nothing. `leases` hands
entries out; here is what comes back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.identity import canonical_url, host_key
from monitor.model import Origin, Outcome, Reason
from monitor.store.leases import abandon, claim, close_lease, lease_is_live, release_all, release_expired, rest_s
from monitor.store.rows import Row, moment, one, scalar

__all__ = [
    "Ending",
    "Entry",
    "abandon",
    "add_imported",
    "claim",
    "close_lease",
    "end",
    "get",
    "lease_is_live",
    "move",
    "release",
    "release_all",
    "release_expired",
    "rest_s",
    "retry",
]

MOST_HOPS: Final = 5  # hosts an entry is followed across


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger, as much of it as its result needs."""

    id: int
    feed_id: int | None  # None: imported
    url: str | None
    canonical_url: str | None
    title: str
    summary: str
    publisher: str | None
    published_at: datetime | None
    date_guessed: bool
    first_document: bool
    first_seen_at: datetime
    origin: Origin
    source_tier: int | None  # of its feed, where an operator has set one
    host: str | None
    hops: int
    attempts: int  # the present one included
    lease: str | None
    outcome: Outcome | None  # None: waiting
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an entry ends: `stored` needs its article, `refused` and `failed` their reason."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = None
    article_id: int | None = None


def get(db: Database, entry_id: int) -> Entry:
    """Return one entry; raises LookupError if there is none."""
    sql = """
        select n.*, f.source_tier from entries n left join feeds f on f.id = n.feed_id where n.id = ?
    """
    row = one(db, sql, [entry_id])
    if row is None:
        raise LookupError(f"no entry {entry_id}")
    return _entry(row)


def end(db: Database, entry_id: int, ending: Ending, now: datetime) -> bool:
    """Return whether the entry ended now; False if it had ended before, and then nothing is changed.

    Entries that are duplicates of one that is stored point at its article from now on.
    """
    done = db.execute(
        """
        update entries set outcome = ?, reason = ?, detail = ?, article_id = ?, ended_at = ?, lease = null,
          next_attempt_at = null
        where id = ? and outcome is null
        """,
        [ending.outcome, ending.reason, ending.detail, ending.article_id, to_text(now), entry_id],
    ).rowcount
    if done and ending.article_id is not None:
        db.execute(
            "update entries set article_id = ? where duplicate_of = ? and article_id is null",
            [ending.article_id, entry_id],
        )
    return bool(done)


def retry(db: Database, entry_id: int, reason: Reason, detail: str | None, next_attempt_at: datetime) -> bool:
    """Return whether the entry waits again, with the reason of its last failure; False if it has ended."""
    sql = """
        update entries set reason = ?, detail = ?, next_attempt_at = ?, lease = null where id = ? and outcome is null
    """
    return bool(db.execute(sql, [reason, detail, to_text(next_attempt_at), entry_id]).rowcount)


def release(db: Database, entry_id: int) -> bool:
    """Return whether an entry that was handed out and not tried waits again as before; the attempt is not counted."""
    sql = """
        update entries set lease = null, attempts = max(0, attempts - 1)
        where id = ? and outcome is null and lease is not null
    """
    return bool(db.execute(sql, [entry_id]).rowcount)


def move(db: Database, entry_id: int, url: str, now: datetime) -> str:
    """Return what became of an entry whose page redirects to another host: `moved`, `duplicate`, `failed` or `late`.

    It waits under that host with one hop more. After five hops it has failed; an address whose story is already
    in the ledger makes it a duplicate.
    """
    entry = get(db, entry_id)
    if entry.outcome is not None:
        return "late"
    if entry.hops >= MOST_HOPS:
        detail = f"redirected across more than {MOST_HOPS} hosts, last to {url}"
        end(db, entry_id, Ending(Outcome.FAILED, Reason.REDIRECT_LOOP, detail), now)
        return "failed"
    twin = _twin(db, entry, canonical_url(url))
    if twin is not None:
        _end_as_duplicate(db, entry_id, twin, now)
        return "duplicate"
    db.execute(
        "update entries set fetch_url = ?, host = ?, hops = hops + 1, next_attempt_at = ?, lease = null where id = ?",
        [url, host_key(url), to_text(now), entry_id],
    )
    return "moved"


def add_imported(db: Database, *, url: str | None, identity: str, title: str, now: datetime) -> tuple[int, bool]:
    """Return the id of the ledger row of something imported, and whether it is new; it waits like any entry.

    An address that waits, or a file whose page is read at once: then the caller ends it in the same unit.
    """
    found = scalar(db, "select id from entries where feed_id is null and identity = ?", [identity])
    if found is not None:
        return int(found), False
    at = to_text(now)
    canonical = canonical_url(url) if url else None
    cursor = db.execute(
        """
        insert into entries (url, canonical_url, identity, title, published_at, date_guessed, first_seen_at, origin,
          fetch_url, host, next_attempt_at)
        values (?, ?, ?, ?, ?, 1, ?, 'imported', ?, ?, ?)
        """,
        [url, canonical, identity, title, at, at, url, host_key(url) if url else "", at],
    )
    return int(cursor.lastrowid or 0), True


def _twin(db: Database, entry: Entry, canonical: str) -> Row | None:
    """Return the entry and article that already stand for this address, if others than the entry itself do."""
    article = one(db, "select id as article_id, null as id from articles where canonical_url = ?", [canonical])
    if article is not None:
        return article
    if canonical == entry.canonical_url:
        return None
    return one(
        db,
        """
        select coalesce(duplicate_of, id) as id, article_id from entries
        where canonical_url = ? and id <> ? and coalesce(duplicate_of, id) <> ?
          and (outcome is null or outcome <> 'passed_over')
        order by id limit 1
        """,
        [canonical, entry.id, entry.id],
    )


def _end_as_duplicate(db: Database, entry_id: int, twin: Row, now: datetime) -> None:
    end(db, entry_id, Ending(Outcome.DUPLICATE, article_id=twin["article_id"]), now)
    db.execute("update entries set duplicate_of = ? where id = ?", [twin["id"], entry_id])


def _entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        feed_id=row["feed_id"],
        url=row["url"],
        canonical_url=row["canonical_url"],
        title=row["title"],
        summary=row["summary"],
        publisher=row["publisher"],
        published_at=moment(row["published_at"]),
        date_guessed=bool(row["date_guessed"]),
        first_document=bool(row["first_document"]),
        first_seen_at=from_text(row["first_seen_at"]),
        origin=Origin(row["origin"]),
        source_tier=row["source_tier"],
        host=row["host"],
        hops=row["hops"],
        attempts=row["attempts"],
        lease=row["lease"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        article_id=row["article_id"],
    )
