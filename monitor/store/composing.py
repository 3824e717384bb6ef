"""What a message holds: the alerts that wait for one recipient, with their articles as of now. Called inside units."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Error
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import AlertRecord, MessageContent
from monitor.store import alerts, mutes
from monitor.store.rows import Row, insert, rows, scalar

SPELLED_OUT: Final = 200  # alerts in one message; the others are counted (RELIABILITY.md D13)
FURTHER_ARTICLES: Final = 10  # kept of each alert but the first, which no form of a message gives more room

Writable = Callable[[AlertRecord], object]


def compose(db: Database, channel: str, recipient: int, writable: Writable, now: datetime) -> None:
    """Gather all that is due for a recipient into one message; an alert that cannot be written has one of its own.

    So it holds up nobody (RELIABILITY.md D16): its message is refused from the start, with the reason.
    """
    waiting = _waiting(db, channel, recipient, now)
    told, poison = _sorted_out(db, [row["alert_id"] for row in waiting], writable)
    refused = {"state": "refused", "last_attempt_at": to_text(now), "ended_at": to_text(now)}
    for alert_id, error in poison.items():
        row = {"message_id": alert_id, "channel": channel, "recipient": recipient, "last_error": error, **refused}
        _hold(db, insert(db, "messages", {**row, "composed_at": to_text(now)}), [alert_id], row)
    ids = [row["alert_id"] for row in waiting if row["alert_id"] not in poison]
    if not told:
        return
    row = {
        "message_id": ids[0] if len(ids) == 1 else _message_id(channel, recipient, ids),
        "channel": channel,
        "recipient": recipient,
        "state": "pending",
        "next_attempt_at": to_text(now),
    }
    thread = _thread(db, row, told[0].event_id)
    held = MessageContent(tuple(told), len(ids), thread)
    text = msgspec.json.encode(held).decode()
    _hold(db, insert(db, "messages", {**row, "content": text, "composed_at": to_text(now)}), ids, row)


def _waiting(db: Database, channel: str, recipient: int, now: datetime) -> list[Row]:
    """Return what is due for a recipient, without what was muted since it was raised; that is noted as such."""
    found = rows(
        db,
        """
        select d.id, d.alert_id, a.rule, a.company_id from deliveries d join alerts a on a.id = d.alert_id
        where d.channel = ? and d.recipient = ? and d.state = 'pending' and d.message_id is null and d.due_at <= ?
        order by a.kind <> 'flip', a.sequence
        """,
        [channel, recipient, to_text(now)],
    )
    subjects = {(row["rule"], row["company_id"]) for row in found}
    muted = {subject: mutes.why(db, *subject, now) for subject in subjects}
    kept = []
    for row in found:
        if why := muted[row["rule"], row["company_id"]]:
            mutes.hold_back(db, row["id"], row["alert_id"], why)
        else:
            kept.append(row)
    return kept


def content(db: Database, row: Row, writable: Writable) -> tuple[MessageContent | None, str | None]:
    """Return what a stored message says, or None and why it cannot be said; one that is not yet written is."""
    if row["content"] is not None:
        try:
            return msgspec.json.decode(row["content"], type=MessageContent), None
        except msgspec.DecodeError as error:
            return None, f"what this message holds cannot be read: {fault(error)}"
    sql = "select alert_id from deliveries where message_id = ? order by id"
    told, poison = _sorted_out(db, [held["alert_id"] for held in rows(db, sql, [row["id"]])], writable)
    if not told:
        return None, next(iter(poison.values()), "this message holds no alert")
    written = MessageContent(tuple(told), len(told), _thread(db, row, told[0].event_id))
    text = msgspec.json.encode(written).decode()
    db.execute("update messages set content = ? where id = ?", [text, row["id"]])
    return written, None


def fault(error: Exception) -> str:
    """Return kind and place of an unexpected error; not its words, which can hold a channel's address."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _sorted_out(db: Database, ids: Sequence[str], writable: Writable) -> tuple[list[AlertRecord], dict[str, str]]:
    """Return the alerts to be spelled out, and those that cannot be written, with the reason."""
    told: list[AlertRecord] = []
    poison: dict[str, str] = {}
    for alert_id in ids:
        if len(told) == SPELLED_OUT:
            break
        try:
            record = alerts.record(db, alert_id)
            writable(record)
        except Error:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not hold up the others
            poison[alert_id] = f"this alert cannot be written as a message: {fault(error)}"
        else:
            told.append(replace(record, articles=record.articles[:FURTHER_ARTICLES]) if told else record)
    return told, poison


def _hold(db: Database, message: int, ids: Sequence[str], row: Row) -> None:
    """Note that a message holds these alerts."""
    db.conn.executemany(
        "update deliveries set message_id = ?, due_at = null where alert_id = ? and channel = ? and recipient = ?",
        [(message, alert_id, row["channel"], row["recipient"]) for alert_id in ids],
    )


def _message_id(channel: str, recipient: int, ids: Sequence[str]) -> str:
    return "message_" + sha256("\0".join([channel, str(recipient), *ids]).encode()).hexdigest()[:24]


def _thread(db: Database, row: Row, event_id: int | None) -> str | None:
    """Return the id of the first message to this recipient that told of the event, if it is another one."""
    if event_id is None:
        return None
    sql = """
        select m.message_id from deliveries d
        join alerts a on a.id = d.alert_id join messages m on m.id = d.message_id
        where a.event_id = ? and d.channel = ? and d.recipient = ? and m.content is not null and m.message_id <> ?
        order by m.id limit 1
    """
    found = scalar(db, sql, [event_id, row["channel"], row["recipient"], row["message_id"]])
    return None if found is None else str(found)
