"""The outbox's second half: what was stored with its alert is gathered into messages and sent, at least once.

An attempt is two write units: the lease before the first byte, the ending after the answer. What dies in between
keeps its lease until that runs out, and is then sent again under the same id (docs/decisions/0007).
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from monitor.alerts import apprising, body, chat, letter, mail, webhook
from monitor.alerts.render import encode
from monitor.alerts.retries import Attempt, ending
from monitor.alerts.webhook import Poster
from monitor.clock import Clock
from monitor.model import AlertRecord, MessageContent, MessageJob, Reason
from monitor.settings import AppriseChannel, Channel, MailChannel, Settings, WebhookChannel, recipients
from monitor.store import Store, channels, messages
from monitor.store.composing import fault

LEASE_S: Final = 60  # longer than any attempt, so that nobody else takes a message in flight
ATTEMPT_S: Final = 45
CONCURRENT: Final = 8
MOST_EACH: Final = 200  # attempts one worker makes in one call

_log = logging.getLogger("monitor")


@dataclass(frozen=True, slots=True)
class _Outbox:
    """One call of `deliver_due`, with what it works with."""

    store: Store
    settings: Settings
    gate: Poster
    clock: Clock
    random: Callable[[], float]

    async def lease(self, limit: int) -> list[MessageJob]:
        """Return up to `limit` due messages, leased: their attempt has begun."""
        grouping = self.settings.alerts
        wait, interval = (timedelta(seconds=s) for s in (grouping.group_wait_s, grouping.group_interval_s))
        lease = messages.Lease(LEASE_S, wait, interval, writable)
        return await self.store.write(partial(messages.lease_due, lease=lease, now=self.clock(), limit=limit))

    async def work(self, job: MessageJob) -> int:
        """Make this attempt and then others that are due, and return how many."""
        for made in range(1, MOST_EACH + 1):
            await self.deliver(job)
            due = await self.lease(1) if made < MOST_EACH else []
            if not due:
                return made
            job = due[0]
        return MOST_EACH

    async def deliver(self, job: MessageJob) -> None:
        """Make one attempt and write down how it ended."""
        began = self.clock()
        channel = self.settings.channels.get(job.channel)
        made = await attempt(self.settings, self.gate, job, self.clock)
        now = self.clock()
        end = ending(job, made, now, self.random(), mail=isinstance(channel, MailChannel))
        others = [(name, recipients(other)) for name, other in self.settings.channels.items() if name != job.channel]
        told = others if channel else []  # a channel that was taken out is no news
        await self.store.write(partial(channels.settle, job=job, end=end, others=told, gone=made.gone, now=now))
        _log.log(
            logging.INFO if end.state == "sent" else logging.WARNING,
            "alert.%s",
            end.state,
            extra={
                "message_id": job.message_id,
                "alerts": job.content.total if job.content else None,
                "channel": job.channel,
                "recipient": job.recipient,
                "attempt": job.attempts,
                "status": end.status,
                "error": end.error,
                "next_attempt_at": end.next_attempt_at,
                "duration_ms": round((now - began).total_seconds() * 1000),
            },
        )


async def attempt(settings: Settings, gate: Poster, job: MessageJob, clock: Clock) -> Attempt:
    """Make one attempt to send a message and return how it ended; only a store that fails raises."""
    channel = settings.channels.get(job.channel)
    if channel is None or job.recipient > recipients(channel):
        name = job.channel if channel is None else f"{job.channel} {job.recipient}"
        return Attempt("refused", error=f"the channel {name!r} is no longer in the settings")
    if job.content is None:
        return Attempt("refused", error=job.error)
    try:
        async with asyncio.timeout(ATTEMPT_S):
            return await _sent(channel, gate, job, settings.alerts.site_url, clock())
    except TimeoutError:
        return Attempt("retrying", error=f"{Reason.TIMED_OUT} at {where(channel)}")
    except Exception as error:  # noqa: BLE001  # an attempt always ends in a recorded outcome
        return Attempt("retrying", error=f"a fault of this program: {fault(error)}")


async def _sent(channel: Channel, gate: Poster, job: MessageJob, site_url: str | None, now: datetime) -> Attempt:
    """Make one attempt through a channel of any kind and return how it ended."""
    content = job.content
    if content is None:  # whoever calls has looked
        raise ValueError("nothing to send")
    match channel:
        case WebhookChannel():
            write = {"slack": chat.slack, "discord": chat.discord, "teams": chat.teams}.get(
                channel.format, body.payload
            )
            sent = encode(write(job.message_id, content, site_url))
            return await webhook.send(channel, gate, job.message_id, sent, now)
        case MailChannel():
            return await mail.send(channel, job.recipient, letter.write(channel, job, content, site_url))
        case AppriseChannel():
            return await apprising.send(channel, content, letter.plain(job.message_id, content, site_url))


def where(channel: Channel) -> str:
    """Return as much of a channel's address as may be shown."""
    match channel:
        case WebhookChannel():
            return webhook.origin(channel.url)
        case MailChannel():
            return f"{channel.host}:{channel.port}"
        case AppriseChannel():
            return f"{channel.url.partition('://')[0]}://"


def writable(record: AlertRecord) -> None:
    """Raise for an alert that cannot be written in one of the forms messages have (RELIABILITY.md D16)."""
    alone = MessageContent((record,), 1)
    encode(body.payload(record.id, alone))
    letter.parts(record.id, alone, None)


async def deliver_due(
    store: Store, settings: Settings, gate: Poster, *, clock: Clock, random: Callable[[], float]
) -> int:
    """Send what is due, eight messages at a time, and return how many attempts were made.

    With nothing due it costs one empty write unit. Cancelled in the middle it leaves leases that run out by themselves.
    """
    outbox = _Outbox(store, settings, gate, clock, random)
    jobs = await outbox.lease(CONCURRENT)
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(outbox.work(job)) for job in jobs]
    return sum(worker.result() for worker in workers)
