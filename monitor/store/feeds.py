"""Feeds in the store: the list, and when each is due. Called inside `write` and `read` units.

A feed's schedule is a column of its row; nothing else remembers one.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.identity import canonical_url, host_key, queue_key
from monitor.model import Cadence, Feed, FeedState, Validators
from monitor.store import addresses
from monitor.store.rows import Row, insert, moment, rows, update

_ANEW: Final = {  # of a feed that comes back
    **dict.fromkeys(("removed_at", "gone_at", "hold_until", "etag", "last_modified", "entry_digests", "least_s")),
    **dict.fromkeys(("last_reason", "last_error", "moved_to", "moved_since")),
    "state": FeedState.OK,
    **dict.fromkeys(("failures", "failure_weight", "overlap_run"), 0),
}


# What a poll needs of a feed's row, and no more of it: each column costs a tenth of what it costs to find the row.
_COLUMNS: Final = """
    id, url, interval_s, next_poll_at, etag, last_modified, body_digest, failures, last_full_at, last_document_at,
    hold_until, last_polled_at, failure_weight, overlap_run, gap_s, longest_gap_s, turnover_s, last_new_at, last_count,
    ttl_s, entry_digests, moved_to, moved_since, last_304_at, last_false_304_at, least_s
"""
_MAY_BE_ASKED: Final = """
    removed_at is null and gone_at is null and (hold_until is null or hold_until <= :now)
    and not exists (select 1 from hosts h where h.queue = feeds.queue and h.feeds_hold_until > :now)
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A feed whose time has come, as it was then: so much as it takes to give it its turn."""

    id: int
    url: str
    last_polled_at: datetime | None


def add(
    db: Database,
    url: str,
    *,
    title: str | None,
    origin: Literal["starter", "added"],
    now: datetime,
    start_interval_s: int,
) -> tuple[int, bool]:
    """Return the feed's id and whether it is polled from now on and was not before.

    Addresses are compared in canonical form and kept as given, for fetching; one that a listed feed had before it moved
    is that feed's. A removed feed and one that answered 410 come back with their history, and are asked anew, without
    validators. All are due at once.
    """
    found = addresses.find(db, url)
    start = {"interval_s": start_interval_s, "next_poll_at": to_text(now)}
    place = {"url": url, "canonical_url": canonical_url(url), "host": host_key(url), "queue": queue_key(url)}
    if found is None:
        return insert(db, "feeds", {**start, **place, "added_at": to_text(now), "title": title, "origin": origin}), True
    if found["removed_at"] is None and found["gone_at"] is None:
        return int(found["id"]), False
    if found["removed_at"] is not None:
        start |= {"added_at": to_text(now)}
    if found["canonical_url"] == place["canonical_url"]:
        start |= {"url": url}
    update(db, "feeds", found["id"], {**start, **_ANEW})
    return int(found["id"]), True


def remove(db: Database, url: str, now: datetime) -> bool:
    """Return whether the feed was in the list, under any address of it; its entries and articles stay."""
    found = addresses.find(db, url)
    if found is None or found["removed_at"] is not None:
        return False
    update(db, "feeds", found["id"], {"removed_at": to_text(now)})
    return True


def listing(db: Database) -> list[Row]:
    """Return the feeds as `feeds_view` shows them, and why they last failed, in the order they were added."""
    sql = """
        select v.*, f.last_reason, f.read_in_part, f.guids_changed_at, f.undecodable
        from feeds_view v join feeds f on f.id = v.id order by v.id
    """
    return rows(db, sql)


def due(
    db: Database, now: datetime, limit: int | None, *, include_all: bool = False, busy: Collection[str] = ()
) -> list[Due]:
    """Return feeds whose time has come, longest overdue first; at most `limit`, None for all.

    Feeds of `busy` queues (registrable domains) are left out before the limit counts. `include_all` overrides due
    times, but never what a server asked for: a hold that lies ahead, of the feed or of its whole queue, or 410.
    """
    sql = f"""
        select id, url, last_polled_at from feeds
        where {_MAY_BE_ASKED}
          and (next_poll_at <= :now or :include_all) and queue not in (select value from json_each(:busy))
        order by next_poll_at, id limit :limit
    """
    asked = {"now": to_text(now), "include_all": include_all, "busy": json.dumps(list(busy))}
    found = db.execute(sql, asked | {"limit": -1 if limit is None else limit})
    return [Due(feed_id, url, moment(polled_at)) for feed_id, url, polled_at in found]


def still(db: Database, feed: Due | Feed, now: datetime) -> Feed | None:
    """Return a feed that was due as it is now; None if meanwhile it was polled, held, removed or found to be gone."""
    sql = f"select {_COLUMNS} from feeds where id = :id and {_MAY_BE_ASKED}"
    row = db.execute(sql, {"id": feed.id, "now": to_text(now)}).fetchone()
    found = _feed(row) if row else None
    return found if found and found.last_polled_at == feed.last_polled_at else None


def spread(db: Database, now: datetime, draw: Callable[[], float]) -> int:
    """Return how many feeds were overdue; each is now due at a time drawn from as long as it is so already.

    For the start of the daemon (RELIABILITY.md C3): a short restart costs nothing, and after a long one there is no
    burst. At most the feed's interval. Feeds that were never polled are due at once, as they were.
    """
    sql = """
        select id, interval_s, next_poll_at from feeds
        where removed_at is null and gone_at is null and last_polled_at is not null and next_poll_at < ?
    """
    overdue = rows(db, sql, [to_text(now)])
    for row in overdue:
        by_s = (now - from_text(row["next_poll_at"])).total_seconds()
        at = now + timedelta(seconds=draw() * min(by_s, row["interval_s"]))
        update(db, "feeds", row["id"], {"next_poll_at": to_text(at)})
    return len(overdue)


def get(db: Database, feed_id: int) -> Feed:
    """Return one feed; raises LookupError if there is none."""
    row = db.execute(f"select {_COLUMNS} from feeds where id = ?", [feed_id]).fetchone()
    if row is None:
        raise LookupError(f"no feed {feed_id}")
    return _feed(row)


def _feed(row: Sequence[Any]) -> Feed:
    """Return the feed in a row of `_COLUMNS`."""
    feed_id, url, interval_s, next_poll_at, etag, last_modified, body_digest, failures, *row = row
    last_full_at, last_document_at, hold_until, last_polled_at, failure_weight, *row = row
    overlap_run, gap_s, longest_gap_s, turnover_s, last_new_at, last_count, *row = row
    ttl_s, entry_digests, moved_to, moved_since, last_304_at, last_false_304_at, least_s = row
    return Feed(
        id=feed_id,
        url=url,
        interval_s=interval_s,
        next_poll_at=from_text(next_poll_at),
        validators=Validators(etag, last_modified),
        body_digest=body_digest,
        failures=failures,
        last_full_at=moment(last_full_at),
        last_document_at=moment(last_document_at),
        hold_until=moment(hold_until),
        last_polled_at=moment(last_polled_at),
        failure_weight=failure_weight,
        cadence=Cadence(overlap_run, gap_s, longest_gap_s, turnover_s, moment(last_new_at), last_count),
        ttl_s=ttl_s,
        entry_digests=entry_digests or b"",
        moved_to=moved_to,
        moved_since=moment(moved_since),
        last_304_at=moment(last_304_at),
        last_false_304_at=moment(last_false_304_at),
        least_s=least_s,
    )
