"""How recipients fare: since when one fails, and whether it is left alone until a person says otherwise."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import AlertDraft, MessageJob
from monitor.store import alerts, messages, meta
from monitor.store.messages import End
from monitor.store.rows import Row, one, rows, scalar

PATIENCE: Final = timedelta(days=5)  # of failure and nothing else, then a channel is disabled (RELIABILITY.md D8)
DELIVERY: Final = "delivery"  # rule and kind of alerts about deliveries

RECIPIENTS: Final = "recipients"  # key in meta: whose the numbers of each channel are, as hashes of their addresses
GONE: Final = 1000  # numbers above are of recipients that were taken out
_OF_RECIPIENTS: Final = ("deliveries", "messages", "channel_states")

Others = Sequence[tuple[str, int]]  # the channels that can tell of one that fails, with their numbers of recipients


def listing(db: Database) -> list[Row]:
    """Return the recipients with whom something is wrong, as `channels_view` shows them."""
    return rows(db, "select * from channels_view order by recipient")


def renumber(db: Database, addresses: Mapping[str, Sequence[str]]) -> int:
    """Return how many recipients have another number since their channel's list was changed; what is theirs follows.

    `addresses` are those of each channel in the order of the settings. Only hashes of them are kept.
    """
    hashes = {name: [_hash(name, given[: end + 1]) for end in range(len(given))] for name, given in addresses.items()}
    known: dict[str, list[str]] = json.loads(meta.get(db, RECIPIENTS) or "{}")
    moved = sum(_moved(db, name, known.get(name, []), now) for name, now in hashes.items())
    meta.put(db, RECIPIENTS, json.dumps(known | hashes))
    return moved


def _hash(channel: str, addresses: Sequence[str]) -> str:
    """Return what the last of these addresses is known by, the second of two equal ones by another hash."""
    words = (channel, addresses[-1], str(addresses.count(addresses[-1])))
    return sha256("\0".join(words).encode()).hexdigest()[:16]


def _moved(db: Database, channel: str, before: Sequence[str], now: Sequence[str]) -> int:
    """Give a channel's recipients the numbers they have now, and those that were taken out numbers of their own."""
    sql = "select max(recipient) from deliveries where channel = ?"
    gone = count(max(GONE, scalar(db, sql, [channel]) or 0) + 1)
    moves = [(now.index(one) + 1 if one in now else next(gone), old) for old, one in enumerate(before, 1)]
    changed = [(new, old) for new, old in moves if new != old]
    for table in _OF_RECIPIENTS:
        sql = f"update {table} set recipient = -? where channel = ? and recipient = ?"
        db.conn.executemany(sql, [(new, channel, old) for new, old in changed])
        db.execute(f"update {table} set recipient = -recipient where channel = ? and recipient < 0", [channel])
    return len(changed)


def settle(db: Database, job: MessageJob, end: End, others: Others, *, gone: bool, now: datetime) -> bool:
    """Return whether an attempt's end was written down; what it means for the channel is written with it.

    A message that was given up, and a channel that is disabled, are told on the `others`, by an alert like any other.
    To a disabled one no new message goes; those under way are tried to their end, and one that arrives enables it.
    """
    if not messages.end_attempt(db, job.id, end, now):
        return False
    at = {"channel": job.channel, "recipient": job.recipient}
    if end.state == "sent":
        db.execute("delete from channel_states where channel = :channel and recipient = :recipient", at)
        return True
    if end.state in {"expired", "refused"}:
        _tell_of_loss(db, job, end, others, now)
    known = one(db, "select * from channel_states where channel = :channel and recipient = :recipient", at)
    since = now if known is None or known["failing_since"] is None else from_text(known["failing_since"])
    lasting = now - since >= PATIENCE
    if (end.state == "refused" and not gone) or (known and known["disabled_at"]):
        return True
    db.execute(
        """
        insert into channel_states (channel, recipient, failing_since, disabled_at, why)
        values (:channel, :recipient, :since, :disabled, :why)
        on conflict do update set disabled_at = excluded.disabled_at, why = excluded.why
        """,
        {**at, "since": to_text(since), "disabled": to_text(now) if gone or lasting else None, "why": end.error},
    )
    if gone:
        messages.refuse_all(db, job.channel, job.recipient, end.error, now)
    if gone or lasting:
        because = "its receiver says that it is gone for good" if gone else "nothing has reached it for five days"
        words = f"Channel {job.channel} {job.recipient} is disabled: {because}"
        _tell(db, f"disabled:{job.channel}:{job.recipient}:{to_text(now)}", words, job, others, now)
    return True


def _tell_of_loss(db: Database, job: MessageJob, end: End, others: Others, now: datetime) -> None:
    """Tell once a day and recipient that something was given up; of alerts about deliveries nothing is told again."""
    held = messages.kinds(db, job.id)
    lost = sum(number for kind, number in held.items() if kind != DELIVERY)
    if lost:
        what = "1 alert" if lost == 1 else f"{lost} alerts"
        ended = "has expired" if end.state == "expired" else "was refused"
        words = f"Channel {job.channel} {job.recipient}: a message with {what} {ended}"
        _tell(db, f"lost:{job.channel}:{job.recipient}:{now:%Y-%m-%d}", words, job, others, now)


def _tell(db: Database, subject: str, words: str, job: MessageJob, others: Others, now: datetime) -> None:
    remedy = f"`layoff-monitor alerts retry --channel {job.channel}` sends what waits, once its receiver works"
    draft = AlertDraft(DELIVERY, subject, None, None, words, None, kind=DELIVERY, lines=(remedy,))
    alerts.insert(db, draft, others, now)
