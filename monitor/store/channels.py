"""How recipients fare: since when one fails, and whether it is left alone until a person says otherwise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import AlertDraft, MessageJob
from monitor.store import alerts, messages
from monitor.store.messages import End
from monitor.store.rows import Row, one, rows

PATIENCE: Final = timedelta(days=5)  # of failure and nothing else, then a channel is disabled (RELIABILITY.md D8)
DELIVERY: Final = "delivery"  # rule and kind of alerts about deliveries

Others = Sequence[tuple[str, int]]  # the channels that can tell of one that fails, with their numbers of recipients


def listing(db: Database) -> list[Row]:
    """Return the recipients with whom something is wrong, as `channels_view` shows them."""
    return rows(db, "select * from channels_view order by recipient")


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
