"""What `check` asks of a store: does it add up, is it whole? Every check returns its findings, none repairs.

Each is a query on a connection that may be read-only; `audit` runs them all.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.store import seeds
from monitor.store.connection import search_faults
from monitor.store.rows import rows

SAFE_SQLITE: Final = (3, 51, 3)  # before it two connections could damage a store (RELIABILITY.md, finding 8)
_SHOWN: Final = 5
_STEPS_BETWEEN_LOOKS: Final = 100_000  # of SQLite's machine, between two looks whether to stop
_RESTORE: Final = "move the store away and put a backup in its place"
_REPORT: Final = "please report it; `layoff-monitor explain` shows the rows"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and what to do about it."""

    check: str
    level: Literal["problem", "note"]
    text: str
    remedy: str


def audit(db: Database, now: datetime) -> list[Finding]:
    """Return all findings; an empty list is a sound store on a sound SQLite."""
    checks = (
        integrity,
        foreign_keys,
        ledger_of_polls,
        ledger_of_feeds,
        endings,
        validators,
        full_text,
        seed_articles,
        alert_articles,
        story_numbers,
        sqlite_library,
    )
    return [finding for check in checks for finding in check(db)] + stale_leases(db, now)


def audited(db: Database, now: datetime, stopping: Callable[[], bool]) -> list[Finding] | None:
    """Return all findings, or None once `stopping` says so, which is asked often."""
    db.conn.set_progress_handler(stopping, _STEPS_BETWEEN_LOOKS)
    try:
        return audit(db, now)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        db.conn.set_progress_handler(None, 0)


def integrity(db: Database) -> list[Finding]:
    """Return what SQLite finds damaged in the file."""
    found = [str(row[0]) for row in db.execute("pragma integrity_check(5)")]
    return [] if found == ["ok"] else [_problem("integrity", "; ".join(found), _RESTORE)]


def foreign_keys(db: Database) -> list[Finding]:
    """Return references to rows that are not there."""
    found = db.execute("pragma foreign_key_check").fetchall()
    return [_problem("foreign keys", f"row {row[1]} of {row[0]} names a missing {row[2]}", _REPORT) for row in found][
        :5
    ]


def ledger_of_polls(db: Database) -> list[Finding]:
    """Return polls whose numbers do not add up: parsed = new + known + refused, rows = new + refused."""
    sql = """
        select p.id, f.url, p.parsed, p.new, p.known, p.refused,
          (select count(*) from entries n where n.poll_id = p.id) as written
        from polls p join feeds f on f.id = p.feed_id
        where p.parsed <> p.new + p.known + p.refused or written <> p.new + p.refused
    """
    return _each(
        db,
        sql,
        "ledger",
        "poll {id} of {url}: {parsed} parsed, {new} new, {known} known, {refused} refused, {written} rows",
    )


def ledger_of_feeds(db: Database) -> list[Finding]:
    """Return feeds whose entries are not exactly those their polls brought."""
    sql = """
        select f.url, coalesce(sum(p.new + p.refused), 0) as expected,
          (select count(*) from entries n where n.feed_id = f.id) as written
        from feeds f left join polls p on p.feed_id = f.id
        group by f.id having expected <> written
    """
    return _each(db, sql, "ledger", "feed {url}: its polls brought {expected} entries, it has {written}")


def endings(db: Database) -> list[Finding]:
    """Return entries that are in no state or in two, and stored ones without their article."""
    sql = """
        select n.id, coalesce(n.outcome, 'waiting') as outcome from entries n
        where (n.outcome is null) <> (n.next_attempt_at is not null)
           or (n.outcome is null) <> (n.ended_at is null)
           or (n.outcome is not null and n.lease is not null)
           or (n.outcome = 'stored' and n.article_id is null)
           or (n.outcome in ('refused', 'failed') and n.reason is null)
           or (n.outcome = 'duplicate' and n.duplicate_of is null and n.article_id is null)
    """
    return _each(db, sql, "entries", "entry {id} ({outcome}) is in no proper state")


def validators(db: Database) -> list[Finding]:
    """Return feeds that would be asked "has it changed?" although no document of theirs was ever read."""
    sql = """
        select url from feeds f
        where (etag is not null or last_modified is not null)
          and not exists (select 1 from polls p where p.feed_id = f.id and p.result = 'document')
          and not exists (select 1 from poll_sums p where p.feed_id = f.id and p.result = 'document')
    """
    return _each(db, sql, "validators", "feed {url} has validators without a document: its entries may be lost")


def full_text(db: Database) -> list[Finding]:
    """Return what the full-text index lacks or has too much; a writing connection also checks its contents."""
    sql = """
        select (select count(*) from (select id from articles except select id from articles_fts_docsize)) as missing,
          (select count(*) from (select id from articles_fts_docsize except select id from articles)) as surplus
    """
    row = rows(db, sql)[0]
    broken = search_faults(db)
    if broken:
        return [_problem("search", broken[0], _RESTORE)]
    remedy = "run `insert into articles_fts (articles_fts) values ('rebuild')` while no daemon runs"
    if row["missing"] or row["surplus"]:
        return [_problem("search", f"{row['missing']} articles not indexed, {row['surplus']} indexed in vain", remedy)]
    try:
        db.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_READONLY:
            return [_problem("search", f"the full-text index is damaged ({error})", remedy)]
    return []


def seed_articles(db: Database) -> list[Finding]:
    """Return seeds that are missing or changed."""
    faults = [_problem("seeds", text, _RESTORE) for text in seeds.changed(db)]
    if not rows(db, "select 1 from meta where key like 'seed:%' limit 1"):
        faults.append(Finding("seeds", "note", "no seed articles yet", "the next `layoff-monitor run` loads them"))
    return faults


def stale_leases(db: Database, now: datetime) -> list[Finding]:
    """Return leases of batches and attempts that ran out and that nobody took back, and entries leased to nobody."""
    expired = _each(
        db, "select host from leases where expires_at <= :now", "leases", "the lease of {host} ran out", now
    )
    orphans = _each(
        db,
        "select id from entries where lease is not null and lease not in (select token from leases)",
        "leases",
        "entry {id} is leased to nobody",
    )
    attempts = _each(
        db,
        "select message_id from messages where state = 'leased' and next_attempt_at <= :now",
        "leases",
        "the attempt to send message {message_id} did not end",
        now,
    )
    late = [(one, "the daemon takes it back within a minute") for one in expired]
    late += [(one, "the daemon sends it again within seconds") for one in attempts]
    return [Finding(one.check, "note", one.text, remedy) for one, remedy in late] + orphans


def alert_articles(db: Database) -> list[Finding]:
    """Return alerts of events that no stored article, and no row of a file of events, tells of."""
    sql = """
        select a.id, a.event_id from alerts a
        where a.event_id is not null and not exists (select 1 from event_articles ea where ea.event_id = a.event_id)
          and not exists (select 1 from accounts o where o.event_id = a.event_id)
    """
    return _each(db, sql, "alerts", "alert {id} speaks of event {event_id}, of which no article is stored")


def story_numbers(db: Database) -> list[Finding]:
    """Return stories that are not known by the lowest number of their articles."""
    sql = "select story_id, min(id) as first from articles group by story_id having first is not story_id"
    return _each(db, sql, "stories", "story {story_id} begins with article {first}")


def sqlite_library(_db: Database) -> list[Finding]:
    """Return a note when the SQLite in use has the fault that only our one-writer rule keeps away."""
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return []
    text = f"SQLite {sqlite3.sqlite_version} can damage a store that two programs write; this one lets only one write"
    return [
        Finding("sqlite", "note", text, "use a Python with SQLite 3.51.3 or later; never write the store from outside")
    ]


def _each(db: Database, sql: str, check: str, words: str, now: datetime | None = None) -> list[Finding]:
    found = rows(db, sql, {"now": to_text(now)} if now else {})
    findings = [_problem(check, words.format(**row), _REPORT) for row in found[:_SHOWN]]
    if len(found) > _SHOWN:
        findings.append(_problem(check, f"and {len(found) - _SHOWN} more like these", _REPORT))
    return findings


def _problem(check: str, text: str, remedy: str) -> Finding:
    return Finding(check, "problem", text, remedy)
