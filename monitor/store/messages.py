"""Messages as rows: alerts gathered for one recipient, leased before they are sent, ended once. Called inside units.

`lease_due` is the *attempt start*: it composes what is due and counts the attempt before any byte leaves;
`end_attempt` is the *attempt end*.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import DeliveryState, MessageJob
from monitor.store import composing
from monitor.store.composing import Writable
from monitor.store.rows import Row, rows, text_or_none

_WAITING: Final = "('pending', 'retrying', 'leased')"
_FAILED: Final = "('expired', 'refused')"


@dataclass(frozen=True, slots=True)
class Lease:
    """How deliveries are gathered and leased."""

    seconds: float  # longer than any attempt
    wait: timedelta  # from the first alert that is due to the first message
    interval: timedelta  # between two messages to one recipient
    writable: Writable  # raises for an alert that cannot be written as a message
    each: int = 1000  # messages of one channel under lease at the same time


@dataclass(frozen=True, slots=True)
class End:
    """What an attempt leaves in the message's row."""

    state: DeliveryState
    next_attempt_at: datetime | None
    status: int | None
    error: str | None


def lease_due(db: Database, lease: Lease, now: datetime, limit: int) -> list[MessageJob]:
    """Return messages whose time has come, new ones first; their attempt is counted before any byte is sent.

    A lease that ran out is due again: whoever held it died between sending and writing down the answer.
    """
    for channel, recipient in _open_groups(db, lease, now)[:limit]:
        composing.compose(db, channel, recipient, lease.writable, now)
    found = rows(
        db,
        f"""
        with busy as (
          select channel, count(*) as number from messages where state = 'leased' and next_attempt_at > :now
          group by channel
        ),
        due as (
          select m.*, coalesce(busy.number, 0) + row_number() over (
              partition by m.channel order by m.attempts > 0, m.next_attempt_at, m.id) as place
          from messages m left join busy using (channel) where m.state in {_WAITING} and m.next_attempt_at <= :now
        )
        select * from due where place <= :each order by attempts > 0, next_attempt_at, id limit :limit
        """,
        {"now": to_text(now), "each": lease.each, "limit": limit},
    )
    return [_start(db, row, lease, now) for row in found]


def release_all(db: Database, now: datetime) -> int:
    """Return how many attempts of an earlier process were cut off; each is due again at once, under the same id.

    For the owner's start, when nobody else can be sending.
    """
    sql = "update messages set state = 'retrying', next_attempt_at = ? where state = 'leased'"
    return int(db.execute(sql, [to_text(now)]).rowcount)


def end_attempt(db: Database, message: int, end: End, now: datetime) -> bool:
    """Return whether the ending was written down: for a message under lease, and for `sent` always but once."""
    return bool(
        db.execute(
            """
            update messages set state = :state, next_attempt_at = :next, last_status = :status, last_error = :error,
              ended_at = case when :next is null then :now end
            where id = :id and (state = 'leased' or (:state = 'sent' and state <> 'sent'))
            """,
            {
                "id": message,
                "state": end.state,
                "next": text_or_none(end.next_attempt_at),
                "status": end.status,
                "error": end.error,
                "now": to_text(now),
            },
        ).rowcount
    )


def refuse_all(db: Database, channel: str, recipient: int, why: str | None, now: datetime) -> int:
    """Return how many messages to a recipient are tried no more, because it is gone."""
    sql = f"""
        update messages set state = 'refused', next_attempt_at = null, last_error = ?, ended_at = ?
        where channel = ? and recipient = ? and state in {_WAITING}
    """
    return int(db.execute(sql, [why, to_text(now), channel, recipient]).rowcount)


def kinds(db: Database, message: int) -> dict[str, int]:
    """Return how many alerts of each kind a message holds."""
    sql = """
        select a.kind, count(*) as n from deliveries d join alerts a on a.id = d.alert_id
        where d.message_id = ? group by a.kind
    """
    return {row["kind"]: row["n"] for row in rows(db, sql, [message])}


def find(db: Database, beginning: str) -> list[Row]:
    """Return the messages whose id begins like this, as `messages_view` shows them."""
    return rows(db, "select * from messages_view where substr(id, 1, ?) = ? limit 20", [len(beginning), beginning])


def alerts_of(db: Database, message_id: str) -> list[Row]:
    """Return all alerts of the messages with this id, each once, in the order they were raised."""
    sql = """
        select distinct v.id, v.raised_at, v.rule, v.label, v.company, v.headline, v.state from messages m
        join deliveries d on d.message_id = m.id join alerts_view v on v.id = d.alert_id
        where m.message_id = ? order by v.raised_at, v.id
    """
    return rows(db, sql, [message_id])


def dead_letters(db: Database, limit: int = 50) -> list[Row]:
    """Return the newest messages that were given up, as `messages_view` shows them."""
    sql = f"select * from messages_view where state in {_FAILED} order by composed_at desc limit ?"
    return rows(db, sql, [limit])


def retry(db: Database, where: str, values: list[str], now: datetime) -> int:
    """Return how many messages that were given up, or wait for another attempt, are due now; attempts count anew."""
    sql = f"""
        update messages set state = 'pending', attempts = 0, first_attempt_at = null, next_attempt_at = ?,
          ended_at = null
        where state in ('expired', 'refused', 'retrying') and {where}
    """
    return int(db.execute(sql, [to_text(now), *values]).rowcount)


def retry_failed(db: Database, now: datetime) -> int:
    """Return how many messages that were given up are due again."""
    return retry(db, f"state in {_FAILED}", [], now)


def retry_channel(db: Database, channel: str, now: datetime) -> int:
    """Return how many messages of a channel are due again; the channel may send again if it was disabled."""
    db.execute("delete from channel_states where channel = ?", [channel])
    return retry(db, "channel = ?", [channel], now)


def retry_id(db: Database, asked: str, now: datetime) -> int:
    """Return how many messages with this id, or that hold this alert, are due again."""
    holding = "id in (select d.message_id from deliveries d where d.alert_id = ?)"
    return retry(db, f"(message_id = ? or {holding})", [asked, asked], now)


def _open_groups(db: Database, lease: Lease, now: datetime) -> list[tuple[str, int]]:
    """Return the recipients to whom a new message may go now, the longest waiting first."""
    found = rows(
        db,
        """
        select d.channel, d.recipient, min(d.due_at) as first_due,
          (select max(m.composed_at) from messages m
            where m.channel = d.channel and m.recipient = d.recipient and m.composed_at <= :now) as last
        from deliveries d left join channel_states s using (channel, recipient)
        where d.state = 'pending' and d.message_id is null and d.due_at <= :now and s.disabled_at is null
        group by d.channel, d.recipient order by first_due
        """,
        {"now": to_text(now)},
    )
    return [
        (row["channel"], row["recipient"])
        for row in found
        if from_text(row["first_due"]) + lease.wait <= now
        and (row["last"] is None or from_text(row["last"]) + lease.interval <= now)
    ]


def _start(db: Database, row: Row, lease: Lease, now: datetime) -> MessageJob:
    content, error = composing.content(db, row, lease.writable)
    db.execute(
        """
        update messages set state = 'leased', attempts = attempts + 1, last_attempt_at = :at,
          first_attempt_at = coalesce(first_attempt_at, :at), next_attempt_at = :until
        where id = :id
        """,
        {"id": row["id"], "at": to_text(now), "until": to_text(now + timedelta(seconds=lease.seconds))},
    )
    return MessageJob(
        id=row["id"],
        message_id=row["message_id"],
        channel=row["channel"],
        recipient=row["recipient"],
        attempts=row["attempts"] + 1,
        first_attempt_at=from_text(row["first_attempt_at"]) if row["first_attempt_at"] else now,
        composed_at=from_text(row["composed_at"]),
        content=content,
        error=error,
    )
