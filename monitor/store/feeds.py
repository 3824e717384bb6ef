"""Feeds in the store: the list, when each is due, and the *poll* transaction. Called inside `write` and `read` units.

A feed's schedule is a column of its row; nothing else remembers one.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.identity import canonical_url, host_key
from monitor.model import Feed, FeedEntry, NextPoll, Outcome, PollCounts, PollOutcome, Reason, Validators
from monitor.store import sightings
from monitor.store.rows import Row, insert, moment, one, rows, scalar, text_or_none, update

_ENTRY_COLUMNS: Final = (
    "feed_id, poll_id, guid, url, canonical_url, identity, title, summary, publisher, published_at, published_raw, "
    "date_guessed, first_document, first_seen_at, fetch_url, host, outcome, reason, ended_at, duplicate_of, "
    "article_id, next_attempt_at"
)
_FORGOTTEN: Final = ("removed_at", "gone_at", "hold_until", "etag", "last_modified")  # of a feed that comes back


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

    Addresses are compared in canonical form and kept as given, for fetching. A removed feed and one that answered 410
    come back with their history, and are asked anew, without validators. All are due at once.
    """
    found = one(db, "select id, removed_at, gone_at from feeds where canonical_url = ?", [canonical_url(url)])
    start = {"url": url, "interval_s": start_interval_s, "next_poll_at": to_text(now)}
    if found is None:
        keys = {"canonical_url": canonical_url(url), "host": host_key(url), "added_at": to_text(now)}
        return insert(db, "feeds", {**start, **keys, "title": title, "origin": origin}), True
    if found["removed_at"] is None and found["gone_at"] is None:
        return int(found["id"]), False
    if found["removed_at"] is not None:
        start |= {"added_at": to_text(now)}
    update(db, "feeds", found["id"], start | dict.fromkeys(_FORGOTTEN) | {"failures": 0})
    return int(found["id"]), True


def remove(db: Database, url: str, now: datetime) -> bool:
    """Return whether the feed was in the list, in either form; it is polled no more, its entries and articles stay."""
    sql = "update feeds set removed_at = ? where canonical_url = ? and removed_at is null"
    return bool(db.execute(sql, [to_text(now), canonical_url(url)]).rowcount)


def listing(db: Database) -> list[Row]:
    """Return the feeds as `feeds_view` shows them, in the order they were added."""
    return rows(db, "select * from feeds_view order by id")


def due(
    db: Database, now: datetime, limit: int | None, *, include_all: bool = False, busy: Collection[str] = ()
) -> list[Feed]:
    """Return feeds whose time has come, longest overdue first; at most `limit`, None for all.

    Feeds on `busy` hosts (politeness keys) are left out before the limit counts. `include_all` overrides due times,
    but never what a server asked for: a hold that lies ahead, or 410.
    """
    sql = """
        select * from feeds
        where removed_at is null and gone_at is null and (hold_until is null or hold_until <= :now)
          and (next_poll_at <= :now or :include_all) and host not in (select value from json_each(:busy))
        order by next_poll_at, id limit :limit
    """
    asked = {"now": to_text(now), "include_all": include_all, "busy": json.dumps(list(busy))}
    return [_feed(row) for row in rows(db, sql, asked | {"limit": -1 if limit is None else limit})]


def get(db: Database, feed_id: int) -> Feed:
    """Return one feed; raises LookupError if there is none."""
    row = one(db, "select * from feeds where id = ?", [feed_id])
    if row is None:
        raise LookupError(f"no feed {feed_id}")
    return _feed(row)


def unseen(db: Database, feed_id: int, entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """Return the entries that `record_poll` would ask `worth_fetching` about, in document order; writes nothing.

    For judging them beforehand, outside the writer. Another feed's poll may come between, so that `record_poll` asks
    for some more or fewer.
    """
    seen = sightings.sight(entries)
    known = sightings.look_up(db, feed_id, seen)
    return [new.entry for new in sightings.unseen(seen, known) if sightings.is_judged(new, known)]


def record_poll(
    db: Database,
    outcome: PollOutcome,
    plan: NextPoll,
    *,
    worth_fetching: Callable[[FeedEntry], bool],
    now: datetime,
) -> PollCounts:
    """Write the *poll* transaction and return its counts: entries, validators, poll row, next poll, all or nothing.

    `parsed == new + known + refused` holds for every poll. `worth_fetching` is asked for new entries only.
    """
    feed = get(db, outcome.feed_id)
    document = outcome.document
    seen = sightings.sight(document.entries if document else ())
    known = sightings.look_up(db, feed.id, seen)
    fresh = [(new, sightings.rule(new, known, worth_fetching)) for new in sightings.unseen(seen, known)]
    refused = sum(ruling.outcome is Outcome.REFUSED for _, ruling in fresh)
    counts = PollCounts(len(seen), len(fresh) - refused, len(seen) - len(fresh), refused)
    first_document = document is not None and feed.last_document_at is None
    poll_id = _insert_poll(db, outcome, counts, first_document=first_document)
    marks = {"feed_id": feed.id, "poll_id": poll_id, "first_document": first_document}
    db.conn.executemany(
        f"insert into entries ({_ENTRY_COLUMNS}) values ({', '.join('?' * len(_ENTRY_COLUMNS.split(',')))})",
        (_entry_values(sighting, ruling, marks, now) for sighting, ruling in fresh),
    )
    written = scalar(db, "select count(*) from entries where poll_id = ?", [poll_id])
    if written != counts.new + counts.refused or counts.parsed != counts.new + counts.known + counts.refused:
        raise AssertionError(f"the ledger does not add up for feed {feed.url}: {counts}, {written} rows")
    if not first_document:
        _make_news(db, poll_id)
    gap = document is not None and not first_document and counts.parsed > 0 and counts.known == 0
    _update_feed(db, feed, outcome, plan, gap=gap)
    return counts


def _make_news(db: Database, poll_id: int) -> None:
    """Let what waits from a feed's first document alert after all, once another feed lists it as new."""
    sql = """
        update entries set first_document = 0
        where outcome is null and first_document and id in (select duplicate_of from entries where poll_id = ?)
    """
    db.execute(sql, [poll_id])


def _insert_poll(db: Database, outcome: PollOutcome, counts: PollCounts, *, first_document: bool) -> int:
    row = {
        "feed_id": outcome.feed_id,
        "polled_at": to_text(outcome.polled_at),
        "result": outcome.result,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "conditional": outcome.conditional,
        "first_document": first_document,
        "parsed": counts.parsed,
        "new": counts.new,
        "known": counts.known,
        "refused": counts.refused,
        "body_bytes": outcome.body_bytes,
        "duration_ms": outcome.duration_ms,
    }
    return insert(db, "polls", row)


def _entry_values(
    sighting: sightings.Sighting, ruling: sightings.Ruling, marks: dict[str, int], now: datetime
) -> tuple[object, ...]:
    """Return the values of a new row, in the order of the columns named above."""
    entry = sighting.entry
    published_at, guessed = sightings.date_of(entry, now)
    waits = ruling.outcome is None
    at = to_text(now)
    return (
        *(marks["feed_id"], marks["poll_id"], entry.guid, entry.url, sighting.canonical, sighting.identity),
        *(entry.title, entry.summary, entry.publisher, to_text(published_at), entry.published_raw),
        *(guessed, marks["first_document"], at, entry.url if waits else None),
        *(sightings.politeness_key(entry.url) if waits else None, ruling.outcome, ruling.reason, None if waits else at),
        *(ruling.duplicate_of, ruling.article_id, at if waits else None),
    )


def _update_feed(db: Database, feed: Feed, outcome: PollOutcome, plan: NextPoll, *, gap: bool) -> None:
    """Write what a poll changes in the feed's row; validators only here, after the entries."""
    at = to_text(outcome.polled_at)
    changes: Row = {
        "last_polled_at": at,
        "interval_s": plan.interval_s,
        "next_poll_at": to_text(plan.next_poll_at),
        "hold_until": text_or_none(plan.hold_until),
        "failures": plan.failures,
        "last_reason": outcome.reason,
        "last_error": outcome.detail,
        "gone_at": at if plan.gone else None,
    }
    if outcome.result != "failed":
        changes["last_ok_at"] = at
        if not outcome.conditional:
            changes["last_full_at"] = at
    if outcome.document is not None:
        in_part = outcome.document.partial or outcome.reason is Reason.PARSE_PARTIAL
        changes |= {"last_document_at": at, "body_digest": outcome.body_digest, "read_in_part": in_part}
        changes |= _validators(Validators() if in_part else outcome.validators)
    elif outcome.result == "unchanged" and outcome.validators != Validators() and not _was_read_in_part(db, feed.id):
        changes |= _validators(outcome.validators)
    update(db, "feeds", feed.id, changes)
    db.execute(
        """
        update feeds set polls = polls + 1, not_modified = not_modified + ?, unchanged = unchanged + ?,
          possible_gaps = possible_gaps + ?, title = coalesce(title, ?)
        where id = ?
        """,
        [
            outcome.result == "not_modified",
            outcome.result == "unchanged",
            gap,
            outcome.document.title if outcome.document else None,
            feed.id,
        ],
    )


def _validators(validators: Validators) -> Row:
    return {"etag": validators.etag, "last_modified": validators.last_modified}


def _was_read_in_part(db: Database, feed_id: int) -> bool:
    return bool(scalar(db, "select read_in_part from feeds where id = ?", [feed_id]))


def _feed(row: Row) -> Feed:
    return Feed(
        id=row["id"],
        url=row["url"],
        interval_s=row["interval_s"],
        next_poll_at=from_text(row["next_poll_at"]),
        validators=Validators(row["etag"], row["last_modified"]),
        body_digest=row["body_digest"],
        failures=row["failures"],
        last_full_at=moment(row["last_full_at"]),
        last_document_at=moment(row["last_document_at"]),
        hold_until=moment(row["hold_until"]),
    )
