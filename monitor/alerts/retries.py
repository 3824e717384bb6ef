"""When a message is tried again, and how it stands after an attempt. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from monitor.model import MessageJob
from monitor.store.messages import End

WAITS_S: Final = (
    5,
    300,
    1800,
    7200,
    18000,
    36000,
    50400,
    72000,
    86400,
)  # before attempt 2, 3, ... 10 (Standard Webhooks)
JITTER: Final = 0.1  # of a wait, either way
WINDOW: Final = timedelta(seconds=sum(WAITS_S) * (1 + JITTER))  # Retry-After cannot reach beyond: about 83 h
PATIENCE: Final = timedelta(hours=68)  # ten attempts as planned never take less
MAIL_WAITS_S: Final = (300, 600, 1200, 2400, 4020)  # then always the last (RFC 5321 4.5.4.1 asks for no less)
MAIL_PATIENCE: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended."""

    state: Literal["sent", "retrying", "refused"]
    status: int | None = None
    error: str | None = None  # without the channel's secrets and addresses
    retry_after_s: float | None = None
    gone: bool = False  # the receiver wants nothing any more: the channel is disabled


def next_attempt(
    attempt: int, now: datetime, jitter: float, retry_after_s: float | None, first_attempt_at: datetime
) -> datetime | None:
    """Return when to try again after failed attempt number `attempt` (from 1), or None: the delivery has expired.

    Ten attempts over about 75 h. `jitter` in [0, 1) moves a wait by up to 10 % either way. A Retry-After makes a
    wait longer, never shorter, and no longer than to the end of the ten attempts' window: a receiver can ask for
    patience, not for silence. Attempts that died with their process count, but do not shorten the receiver's
    time: before 68 h nothing expires, and what is beyond ten by then goes on once a day.
    """
    if attempt > len(WAITS_S) and now - first_attempt_at >= PATIENCE:
        return None
    wait_s = WAITS_S[min(max(attempt, 1), len(WAITS_S)) - 1]
    planned = now + timedelta(seconds=wait_s * (1 - JITTER + 2 * JITTER * jitter))
    if retry_after_s is None or not retry_after_s > 0:
        return planned
    asked = now + timedelta(seconds=min(retry_after_s, WINDOW.total_seconds()))
    return max(planned, min(asked, first_attempt_at + WINDOW))


def next_mail(attempt: int, now: datetime, first_attempt_at: datetime) -> datetime | None:
    """Return when to try a mail again: after 5, 10, 20, 40 min, then every 67, for five days (RELIABILITY.md D2)."""
    if now - first_attempt_at >= MAIL_PATIENCE:
        return None
    return now + timedelta(seconds=MAIL_WAITS_S[min(max(attempt, 1), len(MAIL_WAITS_S)) - 1])


def ending(job: MessageJob, attempt: Attempt, now: datetime, jitter: float, *, mail: bool = False) -> End:
    """Return how the message stands after this attempt."""
    if attempt.state != "retrying":
        return End(attempt.state, None, attempt.status, attempt.error)
    if mail:
        again = next_mail(job.attempts, now, job.first_attempt_at)
    else:
        again = next_attempt(job.attempts, now, jitter, attempt.retry_after_s, job.first_attempt_at)
    return End("expired" if again is None else "retrying", again, attempt.status, attempt.error)
