"""What the rules that go by the clock look back on: what came, what was told, who is silent. Reads, never writes."""

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.store.rows import Row, moment, one, rows, scalar


def last_story(db: Database, labels: Sequence[str]) -> datetime | None:
    """Return when the newest polled article of one of these labels was first seen."""
    marks = ", ".join("?" for _ in labels)
    # The plus keeps SQLite from an index: going back from the newest, the first one is met soon.
    sql = f"select first_seen_at from articles where origin = 'live' and +label in ({marks}) order by id desc limit 1"
    return moment(scalar(db, sql, list(labels)))


def answers(db: Database, late: datetime) -> Row:
    """Return how feeds answer: `feeds` that are polled, `last_answer`, and `unanswered`.

    That is whether any was asked in vain after the last answer, or was due before `late` and still is.
    """
    sql = """
        with polled as (select * from feeds where removed_at is null and gone_at is null),
          heard as (select max(last_ok_at) as last_answer from polled)
        select count(*) as feeds, (select last_answer from heard) as last_answer,
          coalesce(max(next_poll_at < :late
            or last_polled_at > coalesce((select last_answer from heard), '')), 0) as unanswered
        from polled
    """
    return one(db, sql, {"late": to_text(late)}) or {}


def stale_feeds(db: Database, before: datetime) -> list[tuple[str, datetime]]:
    """Return the feeds that were asked and have not answered since `before`, the longest silent first."""
    sql = """
        select url, coalesce(last_ok_at, added_at) as since from feeds
        where removed_at is null and gone_at is null and coalesce(last_ok_at, added_at) < :before
          and last_polled_at > coalesce(last_ok_at, '')
        order by 2, 1
    """
    return [(row["url"], from_text(row["since"])) for row in rows(db, sql, {"before": to_text(before)})]


def raised_last(db: Database, rule: str, beginning: str, *, now: datetime) -> datetime | None:
    """Return when the rule last raised an alert whose subject begins like this, as far as the clock knows."""
    sql = """
        select max(raised_at) from alerts
        where rule = :rule and substr(subject, 1, length(:beginning)) = :beginning and raised_at <= :now
    """
    return moment(scalar(db, sql, {"rule": rule, "beginning": beginning, "now": to_text(now)}))


def is_raised(db: Database, rule: str, subject: str) -> bool:
    """Return whether the rule has raised an alert on this subject."""
    return scalar(db, "select 1 from alerts where rule = ? and subject = ?", [rule, subject]) is not None


def told_of_series(db: Database, rule: str, beginning: str, states: Sequence[str], *, after: datetime) -> bool:
    """Return whether the rule has told of a series in one of these states since `after`, or by a clock ahead of it."""
    marks = ", ".join("?" for _ in states)
    sql = f"""
        select 1 from alerts where rule = ? and raised_at > ? and substr(subject, 1, ?) = ?
          and substr(subject, ?, instr(substr(subject, ?), ':') - 1) in ({marks}) limit 1
    """
    rest = len(beginning) + 1
    return scalar(db, sql, [rule, to_text(after), len(beginning), beginning, rest, rest, *states]) is not None


def new_events(db: Database, since: datetime, until: datetime) -> list[int]:
    """Return the events that polling first told of in this time, oldest announcement first."""
    sql = """
        select id from events where origin = 'live' and first_seen_at > ? and first_seen_at <= ?
        order by announced_on, id
    """
    return [row["id"] for row in rows(db, sql, [to_text(since), to_text(until)])]


def alerts_between(db: Database, since: datetime, until: datetime) -> list[tuple[str, str, str | None]]:
    """Return rule, headline, and how it is withheld, of what was raised in this time; digests are not told of."""
    sql = """
        select rule, headline, withheld from alerts
        where raised_at > ? and raised_at <= ? and kind <> 'digest' order by sequence
    """
    return [(row["rule"], row["headline"], row["withheld"]) for row in rows(db, sql, [to_text(since), to_text(until)])]


def ratio(db: Database, days: int = 28) -> Row | None:
    """Return reversals and cuts of the newest window that was counted, and between what their ratio lies."""
    return one(db, "select * from ratio_view where window_days = ? order by window_end desc limit 1", [days])


def health(db: Database) -> Row:
    """Return how the program fares: feeds by state, the last poll, what waits, what could not be delivered."""
    states = rows(db, "select state, count(*) as number from feeds where removed_at is null group by state")
    row = one(
        db,
        """
        select (select max(last_polled_at) from feeds) as last_polled_at,
          (select count(*) from entries where outcome is null) as waiting,
          (select count(*) from alerts_view where state = 'failed') as failed
        """,
    )
    return {**(row or {}), "states": {found["state"]: found["number"] for found in states}}


def changed(db: Database) -> str:
    """Return a word that changes whenever an event is added, changed or excluded."""
    row = one(db, "select count(*) as events, max(updated_at) as at from events") or {}
    return f"{row['events']}/{row['at']}"
