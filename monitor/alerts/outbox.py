"""The outbox's second half: deliveries stored with their alert are sent from here, at least once.

An attempt is two write units: the lease before the first byte, the ending after the answer. What dies in between
keeps its lease until that runs out, and is then sent again under the same id (docs/decisions/0007).
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from monitor.alerts import render, webhook
from monitor.alerts.webhook import Attempt, Poster
from monitor.clock import Clock
from monitor.errors import StoreError
from monitor.model import DeliveryJob, DeliveryState, Reason
from monitor.settings import Channel, WebhookChannel
from monitor.store import Store
from monitor.store import alerts as alert_store

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
LEASE_S: Final = 60  # longer than any attempt, so that nobody else takes a delivery in flight
ATTEMPT_S: Final = 45
CONCURRENT: Final = 8
MOST_EACH: Final = 200  # attempts one worker makes in one call

_log = logging.getLogger("monitor")


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


@dataclass(frozen=True, slots=True)
class Ending:
    """What an attempt leaves in the delivery's row."""

    state: DeliveryState
    next_attempt_at: datetime | None
    status: int | None
    error: str | None


def ending(job: DeliveryJob, attempt: Attempt, now: datetime, jitter: float) -> Ending:
    """Return how the delivery stands after this attempt."""
    if attempt.state != "retrying":
        return Ending(attempt.state, None, attempt.status, attempt.error)
    again = next_attempt(job.attempts, now, jitter, attempt.retry_after_s, job.first_attempt_at)
    return Ending("expired" if again is None else "retrying", again, attempt.status, attempt.error)


def _fault(error: Exception) -> str:
    """Return kind and place of an unexpected error; not its words, which can hold a channel's address."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


@dataclass(frozen=True, slots=True)
class _Outbox:
    """One call of `deliver_due`, with what it works with."""

    store: Store
    channels: Mapping[str, Channel]
    gate: Poster
    clock: Clock
    random: Callable[[], float]

    async def lease(self, limit: int) -> list[DeliveryJob]:
        """Return up to `limit` due deliveries, leased: their attempt has begun."""
        return await self.store.write(
            partial(alert_store.lease_due, now=self.clock(), lease_s=LEASE_S, limit=limit),
        )

    async def work(self, job: DeliveryJob) -> int:
        """Make this attempt and then others that are due, and return how many."""
        for made in range(1, MOST_EACH + 1):
            await self.deliver(job)
            due = await self.lease(1) if made < MOST_EACH else []
            if not due:
                return made
            job = due[0]
        return MOST_EACH

    async def deliver(self, job: DeliveryJob) -> None:
        """Make one attempt and write down how it ended."""
        began = self.clock()
        attempt = await self.attempt(job)
        now = self.clock()
        end = ending(job, attempt, now, self.random())
        await self.store.write(
            partial(
                alert_store.end_attempt,
                delivery_id=job.id,
                state=end.state,
                next_attempt_at=end.next_attempt_at,
                status=end.status,
                error=end.error,
                now=now,
            )
        )
        _log.log(
            logging.INFO if end.state == "sent" else logging.WARNING,
            "alert.%s",
            end.state,
            extra={
                "alert_id": job.alert_id,
                "channel": job.channel,
                "attempt": job.attempts,
                "status": end.status,
                "error": end.error,
                "next_attempt_at": end.next_attempt_at,
                "duration_ms": round((now - began).total_seconds() * 1000),
            },
        )

    async def attempt(self, job: DeliveryJob) -> Attempt:
        """Return how one attempt ended; only a store that fails raises."""
        channel = self.channels.get(job.channel)
        if channel is None:
            return Attempt("refused", error=f"the channel {job.channel!r} is no longer in the settings")
        try:
            record = await self.store.read(partial(alert_store.record, alert_id=job.alert_id))
            body = render.encode(render.payload(record))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # a poison alert must not hold up the others (RELIABILITY.md D16)
            return Attempt("refused", error=f"this alert cannot be written as a message: {_fault(error)}")
        return await self.send(channel, job, body)

    async def send(self, channel: WebhookChannel, job: DeliveryJob, body: bytes) -> Attempt:
        """Return how sending ended; a fault of ours is tried again like one of theirs."""
        try:
            async with asyncio.timeout(ATTEMPT_S):
                return await webhook.send(channel, self.gate, job.alert_id, body, self.clock())
        except TimeoutError:
            return Attempt("retrying", error=f"{Reason.TIMED_OUT} at {webhook.origin(channel.url)}")
        except Exception as error:  # noqa: BLE001  # an attempt always ends in a recorded outcome
            return Attempt("retrying", error=f"a fault of this program: {_fault(error)}")


async def deliver_due(
    store: Store,
    channels: Mapping[str, Channel],
    gate: Poster,
    *,
    clock: Clock,
    random: Callable[[], float],
) -> int:
    """Send what is due, eight deliveries at a time, and return how many attempts were made.

    With nothing due it costs one empty write unit. Cancelled in the middle it leaves leases that run out by themselves.
    """
    outbox = _Outbox(store, channels, gate, clock, random)
    jobs = await outbox.lease(CONCURRENT)
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(outbox.work(job)) for job in jobs]
    return sum(worker.result() for worker in workers)
