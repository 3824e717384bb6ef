"""The ledger: each entry seen is a row that waits with its next attempt, or has ended in one named outcome.

Called inside `write` and `read` units. An entry ends once: whoever comes second changes nothing. `leases` hands
entries out; here is what comes back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.identity import canonical_url
from monitor.model import Origin, Outcome, Reason
from monitor.store import standing
from monitor.store.leases import (
    abandon,
    claim,
    close_lease,
    lease_is_live,
    release_all,
    release_expired,
    rest_s,
    uncount,
)
from monitor.store.rows import Row, moment, one, scalar
from monitor.store.sightings import politeness_key
from monitor.store.standing import names_a_page

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
    duplicate_of: int | None = None  # of a duplicate; without it the entry that brought the article


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

    One that was read again is stored as before, with its article, whatever came of the reading. Entries that are
    duplicates of this one point at its article from now on, or at what it is a duplicate of.
    """
    twin_id = ending.duplicate_of
    if ending.outcome is Outcome.DUPLICATE and twin_id is None and ending.article_id is not None:
        sql = "select min(id) from entries where article_id = ? and outcome = 'stored'"
        twin_id = scalar(db, sql, [ending.article_id])
    done = db.execute(
        """
        update entries set outcome = iif(article_id is null, ?, 'stored'), reason = ?, detail = ?,
          duplicate_of = iif(article_id is null, ?, null), article_id = coalesce(article_id, ?), ended_at = ?,
          lease = null, next_attempt_at = null
        where id = ? and outcome is null
        """,
        [ending.outcome, ending.reason, ending.detail, twin_id, ending.article_id, to_text(now), entry_id],
    ).rowcount
    if done and ending.article_id is not None:
        db.execute("update entries set article_id = ? where duplicate_of = ?", [ending.article_id, entry_id])
    if done and ending.outcome is Outcome.DUPLICATE and (twin_id is not None or ending.article_id is not None):
        db.execute("update entries set duplicate_of = ? where duplicate_of = ?", [twin_id, entry_id])
    return bool(done)


def retry(
    db: Database, entry_id: int, reason: Reason, detail: str | None, next_attempt_at: datetime, token: str | None = None
) -> bool:
    """Return whether the entry waits again, with the reason of its last failure; False if it has ended.

    With a token only while the entry is under that lease: a stale result strips no newer one.
    """
    sql = """
        update entries set reason = ?, detail = ?, next_attempt_at = ?, lease = null
        where id = ? and outcome is null and (? is null or lease = ?)
    """
    return bool(db.execute(sql, [reason, detail, to_text(next_attempt_at), entry_id, token, token]).rowcount)


def release(db: Database, entry_id: int, token: str | None = None) -> bool:
    """Return whether an entry that was handed out and not tried waits again as before.

    Neither the attempt nor its page is counted. With a token only while the entry is under that lease.
    """
    sql = (
        "select lease from entries where id = ? and outcome is null and lease is not null and (? is null or lease = ?)"
    )
    lease = scalar(db, sql, [entry_id, token, token])
    if lease is None:
        return False
    uncount(db, lease, [entry_id])
    db.execute("update entries set lease = null where id = ?", [entry_id])
    return True


def move(db: Database, entry_id: int, url: str, now: datetime) -> str:
    """Return what became of an entry whose page redirects to another host: `moved`, `duplicate`, `failed` or `late`.

    It waits under that host with one hop more. After five hops it has failed, and back where it began, for no cookie
    is carried from host to host; an address whose story is already in the ledger makes it a duplicate.
    """
    entry = get(db, entry_id)
    if entry.outcome is not None:
        return "late"
    if entry.hops >= MOST_HOPS or url == entry.url:
        hosts = f"more than {MOST_HOPS}" if entry.hops >= MOST_HOPS else f"{entry.hops + 1}"
        detail = f"redirected across {hosts} hosts, last to {url}"
        end(db, entry_id, Ending(Outcome.FAILED, Reason.REDIRECT_LOOP, detail), now)
        return "failed"
    canonical = canonical_url(url)  # of a story read again its own article stands there
    twin = standing.at(db, [canonical], apart_from=entry_id).get(canonical) if names_a_page(canonical) else None
    if twin is not None and twin.stands and entry.article_id is None:
        end(db, entry_id, Ending(Outcome.DUPLICATE, article_id=twin.article_id, duplicate_of=twin.entry_id), now)
        return "duplicate"
    db.execute(
        "update entries set fetch_url = ?, host = ?, hops = hops + 1, next_attempt_at = ?, lease = null where id = ?",
        [url, politeness_key(url), to_text(now), entry_id],
    )
    return "moved"


def add_imported(  # noqa: PLR0913  # the columns of a row that no feed fills
    db: Database,
    *,
    url: str | None,
    identity: str,
    title: str,
    now: datetime,
    due_at: datetime | None = None,
    reopen: bool = False,
) -> tuple[int, bool]:
    """Return the id of the ledger row of something imported, and whether it is new; it waits like any entry.

    An address that waits until `due_at`, or a file whose page is read at once: then the caller ends it in the same
    unit. With `reopen` one that was refused or failed, or waits, begins again: somebody asks for it by hand.
    """
    found = scalar(db, "select id from entries where feed_id is null and identity = ?", [identity])
    due = to_text(due_at or now)
    if found is not None:
        if reopen:
            _reopen(db, found, due)
        return int(found), False
    canonical = canonical_url(url) if url else None
    cursor = db.execute(
        """
        insert into entries (url, canonical_url, identity, title, published_at, date_guessed, first_seen_at, origin,
          fetch_url, host, next_attempt_at)
        values (?, ?, ?, ?, ?, 1, ?, 'imported', ?, ?, ?)
        """,
        [url, canonical, identity, title, to_text(now), to_text(now), url, politeness_key(url), due],
    )
    return int(cursor.lastrowid or 0), True


def _reopen(db: Database, entry_id: int, due: str) -> None:
    row = one(db, "select url from entries where id = ?", [entry_id]) or {}
    db.execute(
        """
        update entries set outcome = null, reason = null, detail = null, ended_at = null, attempts = 0, hops = 0,
          fetch_url = url, host = ?, next_attempt_at = ?
        where id = ? and (outcome is null or outcome in ('refused', 'failed')) and lease is null
        """,
        [politeness_key(row["url"]), due, entry_id],
    )


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
