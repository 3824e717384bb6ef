"""The *poll* transaction: what one poll of a feed changes, all or nothing. Called inside `write` and `read` units."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain
from typing import Final, cast

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.identity import host_key, queue_key
from monitor.model import (
    Cadence,
    Feed,
    FeedDocument,
    FeedEntry,
    NextPoll,
    Outcome,
    PollCounts,
    PollOutcome,
    Reason,
    Validators,
)
from monitor.store import feeds, meta, queues, revisions, sightings, unread
from monitor.store.rows import Row, insert, rows, scalar, setting, text_or_none
from monitor.store.sightings import Sighting

FAILED: Final = "polls_failed"  # key in meta: how many polls failed, counted since there is `figures.UNTOLD`
_ENTRY_COLUMNS: Final = (
    "feed_id, poll_id, guid, url, canonical_url, identity, title, summary, publisher, published_at, published_raw, "
    "date_guessed, first_document, first_seen_at, fetch_url, host, outcome, reason, detail, ended_at, "
    "duplicate_of, article_id, next_attempt_at, via_url"
)
_ENTRY_MARKS: Final = f"({', '.join('?' * len(_ENTRY_COLUMNS.split(',')))})"
_ROWS_AT_ONCE: Final = 20  # SQLite lays aside all pages that a statement may change, into a file where they are many

Seen = Sequence[Sighting]
Fresh = Sequence[tuple[Sighting, sightings.Ruling]]


def asked_about(db: Database, feed_id: int, entries: Sequence[FeedEntry]) -> tuple[Seen, list[FeedEntry]]:
    """Return the entries with their keys, and those `record_poll` would ask `worth_fetching` about; writes nothing.

    For judging them beforehand, outside the writer. Another feed's poll may come between, so that `record_poll` asks
    for some more or fewer.
    """
    seen = sightings.sight(entries)
    known = sightings.look_up(db, feed_id, seen)
    new = [one.entry for one in sightings.unseen(seen, known) if sightings.is_judged(one, known)]
    again = revisions.asked_about(db, feed_id, seen) if known.identities or known.own else []
    return seen, new + again


def record_poll(
    db: Database,
    outcome: PollOutcome,
    decide: Callable[[PollCounts], NextPoll],
    *,
    worth_fetching: Callable[[FeedEntry], bool],
    now: datetime,
    seen: Seen | None = None,
) -> PollCounts:
    """Write the *poll* transaction and return its counts: entries, validators, poll row, next poll, all or nothing.

    `parsed == new + known + refused` holds for every poll. `decide` gives the next poll from these counts;
    `worth_fetching` is asked for new entries, and for those passed over that stand there in other words now. `seen` are
    the entries of the document with their keys, if these are known.
    """
    if outcome.document is None:
        counts = PollCounts(0, 0, 0, 0)
        plan = decide(counts)
        at = to_text(outcome.polled_at)
        _insert_poll(db, outcome, at, counts, first_document=False)
        _update_feed(db, outcome, at, plan)
    else:
        seen = sightings.sight(outcome.document.entries) if seen is None else seen
        counts, plan = _record_document(db, outcome, seen, decide, worth_fetching, now)
    unread.keep(db, outcome, now)
    if outcome.result == "failed":
        meta.count(db, FAILED)
    if plan.hold_until is not None:
        _hold_queue(db, outcome.feed_id, now)
    return counts


def _record_document(  # what the transaction is given
    db: Database,
    outcome: PollOutcome,
    seen: Seen,
    decide: Callable[[PollCounts], NextPoll],
    worth_fetching: Callable[[FeedEntry], bool],
    now: datetime,
) -> tuple[PollCounts, NextPoll]:
    """Write what a poll with a document changes, and return its counts and the next poll."""
    feed, document = feeds.get(db, outcome.feed_id), cast("FeedDocument", outcome.document)
    known = sightings.look_up(db, feed.id, seen)
    fresh = [(new, sightings.rule(new, known, worth_fetching)) for new in sightings.unseen(seen, known)]
    refused = sum(ruling.outcome is Outcome.REFUSED for _, ruling in fresh)
    skipped = document.skipped
    counts = PollCounts(len(seen) + skipped, len(fresh) - refused, len(seen) - len(fresh) + skipped, refused)
    plan = decide(counts)
    first_document = feed.last_document_at is None
    at = to_text(outcome.polled_at)
    poll_id = _insert_poll(db, outcome, at, counts, first_document=first_document)
    if seen and not first_document:
        revisions.reopen(db, feed.id, seen, worth_fetching, now)  # before there are rows of this very document
    marks = {"feed_id": feed.id, "poll_id": poll_id, "first_document": first_document}
    written = _insert_entries(db, fresh, marks, now) if fresh else 0
    if written != counts.new + counts.refused or counts.parsed != counts.new + counts.known + counts.refused:
        raise AssertionError(f"the ledger does not add up for feed {feed.url}: {counts}, {written} rows")
    if written and not first_document:
        _make_news(db, poll_id)
    gap = counts.parsed > 0 and counts.known == 0 and feed.cadence.last_count != 0
    renamed = {"guids_changed_at": to_text(now) if sightings.renames_all(document, seen, known) else None}
    _update_feed(db, outcome, at, plan, renamed, gap=gap and not first_document)
    if outcome.false_304 and counts.new:
        _record_false_304(db, feed, outcome)
    return counts, plan


def _insert_entries(db: Database, fresh: Fresh, marks: dict[str, int], now: datetime) -> int:
    """Write new entries; return how many rows of this poll the ledger holds, by its own count."""
    at = to_text(now)
    for start in range(0, len(fresh), _ROWS_AT_ONCE):
        values = [_entry_values(*one, marks, now, at) for one in fresh[start : start + _ROWS_AT_ONCE]]
        sql = f"insert into entries ({_ENTRY_COLUMNS}) values {', '.join([_ENTRY_MARKS] * len(values))}"
        db.execute(sql, [*chain.from_iterable(values)])
    return int(scalar(db, "select count(*) from entries where poll_id = ?", [marks["poll_id"]]))


def _make_news(db: Database, poll_id: int) -> None:
    """Let what waits from a feed's first document alert after all, once another feed lists it as new."""
    sql = """
        update entries set first_document = 0
        where outcome is null and first_document and id in (select duplicate_of from entries where poll_id = ?)
    """
    db.execute(sql, [poll_id])


def _insert_poll(db: Database, outcome: PollOutcome, at: str, counts: PollCounts, *, first_document: bool) -> int:
    row = {
        "feed_id": outcome.feed_id,
        "polled_at": at,
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
    sighting: Sighting, ruling: sightings.Ruling, marks: dict[str, int], now: datetime, at: str
) -> tuple[object, ...]:
    """Return the values of a new row, in the order of the columns named above."""
    entry = sighting.entry
    published_at, guessed = sightings.date_of(entry, now)
    waits = ruling.outcome is None
    return (
        *(marks["feed_id"], marks["poll_id"], entry.guid, entry.url, sighting.canonical, sighting.identity),
        *(entry.title, entry.summary, entry.publisher, to_text(published_at), entry.published_raw),
        *(guessed, marks["first_document"], at, entry.url if waits else None),
        *(sightings.politeness_key(entry.url) if waits else None, ruling.outcome, ruling.reason, ruling.detail),
        *(None if waits else at, ruling.duplicate_of, ruling.article_id, at if waits else None, entry.via_url),
    )


def _update_feed(
    db: Database, outcome: PollOutcome, at: str, plan: NextPoll, more: Row | None = None, *, gap: bool = False
) -> None:
    """Write what a poll changes in the feed's row; validators only here, after the entries."""
    changes = {
        "last_polled_at": at,
        "last_reason": outcome.reason,
        "last_error": outcome.detail,
        **_planned(plan, at),
    } | (more or {})
    counted = ["polls"]
    if outcome.result != "failed":
        changes |= {"last_ok_at": at, "max_age_s": outcome.max_age_s}
        if not outcome.conditional:
            changes["last_full_at"] = at
    if outcome.result == "not_modified":
        counted.append("not_modified")
        changes["last_304_at"] = at
    if outcome.result == "unchanged":
        counted.append("unchanged")
        if outcome.validators != Validators() and not _was_read_in_part(db, outcome.feed_id):
            changes |= _validators(outcome.validators)
    if outcome.document is not None:
        changes |= _of_document(outcome, outcome.document, at, plan.cadence)
    if gap:
        counted.append("possible_gaps")
    counts = ", ".join(f"{name} = {name} + 1" for name in counted)
    settings, values = setting(changes)
    title = outcome.document.title if outcome.document else None
    if title is not None:
        settings += ", title = coalesce(title, ?)"
        values.append(title)
    db.execute(f"update feeds set {counts}, {settings} where id = ?", [*values, outcome.feed_id])


def _planned(plan: NextPoll, at: str) -> Row:
    """Return the plan with as much of the cadence as is learned from any answer."""
    return {
        "interval_s": plan.interval_s,
        "next_poll_at": to_text(plan.next_poll_at),
        "hold_until": text_or_none(plan.hold_until),
        "failures": plan.failures,
        "failure_weight": plan.failure_weight,
        "state": plan.state,
        "gone_at": at if plan.gone else None,
        "least_s": plan.least_s,
        "moved_to": plan.moved_to,
        "moved_since": text_or_none(plan.moved_since),
        "overlap_run": plan.cadence.overlap_run,
        "turnover_s": plan.cadence.turnover_s,
    }


def _of_document(outcome: PollOutcome, document: FeedDocument, at: str, learned: Cadence) -> Row:
    """Return what is kept of a document; of one read in part nothing by which the next could be cut short."""
    in_part = document.partial or outcome.reason is Reason.PARSE_PARTIAL
    return {
        "last_document_at": at,
        "body_digest": outcome.body_digest,
        "read_in_part": in_part,
        "ttl_s": document.ttl_s,
        "encoding": document.encoding,
        "undecodable": document.undecodable,
        "gap_s": learned.gap_s,
        "longest_gap_s": learned.longest_gap_s,
        "last_new_at": text_or_none(learned.last_new_at),
        "last_count": learned.last_count,
        "entry_digests": None if in_part else document.digests or None,
        **_validators(Validators() if in_part else outcome.validators),
    }


def _record_false_304(db: Database, feed: Feed, outcome: PollOutcome) -> None:
    """Distrust the server's "not modified" from now on; it is counted if it was said since the last document."""
    sql = "update feeds set last_false_304_at = ?, false_304s = false_304s + ? where id = ?"
    db.execute(sql, [to_text(outcome.polled_at), feed.says_nothing_new, feed.id])


def _hold_queue(db: Database, feed_id: int, now: datetime) -> None:
    """Leave a whole registrable domain alone, feeds and pages, once two of its feeds say so: until the later end."""
    sql = """
        select max(hold_until) as until, count(*) as feeds from feeds
        where queue = ? and removed_at is null and gone_at is null and hold_until > ?
    """
    url = feeds.get(db, feed_id).url
    queue = queue_key(url)
    held = rows(db, sql, [queue, to_text(now)])[0]
    if held["feeds"] < 2:
        return
    queues.join(db, host_key(url))
    sql = """
        update hosts set feeds_hold_until = max(:until, coalesce(feeds_hold_until, '')),
          hold_until = max(:until, coalesce(hold_until, ''))
        where queue = :queue
    """
    db.execute(sql, {"until": held["until"], "queue": queue})


def _validators(validators: Validators) -> Row:
    return {"etag": validators.etag, "last_modified": validators.last_modified}


def _was_read_in_part(db: Database, feed_id: int) -> bool:
    return bool(scalar(db, "select read_in_part from feeds where id = ?", [feed_id]))
