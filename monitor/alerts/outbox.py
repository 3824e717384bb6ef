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
from monitor.errors import StoreError
from monitor.model import AlertRecord, MessageContent, MessageJob, Reason
from monitor.settings import AppriseChannel, Channel, MailChannel, Settings, WebhookChannel, recipients
from monitor.store import Database, Store, channels, messages
from monitor.store.composing import fault

LEASE_S: Final = 60  # longer than any attempt, so that nobody else takes a message in flight
ATTEMPT_S: Final = 45
CONCURRENT: Final = 8
EACH: Final = 4  # of these to one channel, so that a slow receiver keeps nobody else waiting
LOOK_S: Final = 1.0  # while attempts are under way, for what else has come due
WRITES: Final = 3  # of an ending; a store that is busy is waited for in each

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
        lease = messages.Lease(LEASE_S, wait, interval, writable, EACH)
        return await self.store.write(partial(messages.lease_due, lease=lease, now=self.clock(), limit=limit))

    async def begun(self, limit: int, failed: list[BaseException]) -> set[asyncio.Task[None]]:
        """Begin up to `limit` attempts; a store that fails is noted, so that those under way can end."""
        try:
            return {asyncio.create_task(self.deliver(job)) for job in await self.lease(limit)}
        except StoreError as error:
            failed.append(error)
            return set()

    async def deliver(self, job: MessageJob) -> None:
        """Make one attempt and write down how it ended."""
        began = self.clock()
        channel = self.settings.channels.get(job.channel)
        made = await attempt(self.settings, self.gate, job, self.clock)
        now = self.clock()
        end = ending(job, made, now, self.random(), mail=isinstance(channel, MailChannel))
        others = [(name, recipients(other)) for name, other in self.settings.channels.items() if name != job.channel]
        known = channel is not None and job.recipient <= recipients(channel)
        told = others if known else []  # what was taken out is no news
        await self.written(partial(channels.settle, job=job, end=end, others=told, gone=made.gone, now=now))
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

    async def written(self, unit: Callable[[Database], object]) -> None:
        """Write down an ending, tenaciously: what was sent and not written down is sent again."""
        for left in reversed(range(WRITES)):
            try:
                await self.store.write(unit)
            except StoreError:
                if not left:
                    raise
            else:
                return


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


async def deliver_due(  # what it works with, each by its name
    store: Store,
    settings: Settings,
    gate: Poster,
    *,
    clock: Clock,
    random: Callable[[], float],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due and what comes due meanwhile, eight messages at a time; return how many attempts were made.

    With nothing due it costs one empty write unit. After a stop, or the StoreError it raises in the end, it begins no
    more attempts. Cancelled in the middle it leaves leases that run out by themselves.
    """
    outbox = _Outbox(store, settings, gate, clock, random)
    made, under_way, failed = 0, set[asyncio.Task[None]](), list[BaseException]()
    try:
        while True:
            if not failed and not stopping() and len(under_way) < CONCURRENT:
                under_way |= await outbox.begun(CONCURRENT - len(under_way), failed)
            if not under_way:
                break
            done, under_way = await asyncio.wait(under_way, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            made += len(done)
            failed += [error for error in (task.exception() for task in done) if error]
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    if failed:
        raise failed[0]
    return made
