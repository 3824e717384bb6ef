"""What a person does about deliveries: test a channel, send again, see what a message held."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from monitor.alerts import outbox
from monitor.alerts.retries import Attempt
from monitor.errors import MonitorError
from monitor.model import AlertRecord, MessageContent, MessageJob
from monitor.pipeline import Runtime
from monitor.settings import Channel, Settings, recipients
from monitor.store import Database, Store, alerts, messages
from monitor.store.rows import Row

Args = Mapping[str, Any]


async def test(runtime: Runtime, args: Args) -> list[dict[str, Any]]:
    """Send a marked test through a channel, to each recipient: `{"channel"}`; return how each attempt ended.

    Everything is as for an alert but the store: a test is not stored and not tried again.
    """
    channel = _channel(runtime.settings, str(args["channel"]))
    now = runtime.tools.clock()
    jobs = [test_job(channel, number, now) for number in range(1, recipients(channel) + 1)]
    gate, clock = runtime.tools.gate, runtime.tools.clock
    ended = [(job, await outbox.attempt(runtime.settings, gate, job, clock)) for job in jobs]
    return [_told(job, attempt) for job, attempt in ended]


def test_job(channel: Channel, recipient: int, now: datetime) -> MessageJob:
    """Return a test as a message: marked in its headline, its rule and its kind."""
    record = AlertRecord(
        id=f"alert_test_{now:%Y%m%dT%H%M%S}",
        sequence=0,
        rule="test",
        subject=f"test:{channel.name}",
        label=None,
        company=None,
        raised_at=now,
        observed=None,
        expected=None,
        headline=f"TEST of the channel {channel.name}: nothing has happened",
        event_id=None,
        articles=(),
        kind="test",
        lines=("Somebody asked for this with `layoff-monitor alerts test`. Alerts will come the same way.",),
    )
    return MessageJob(0, record.id, channel.name, recipient, 1, now, now, MessageContent((record,), 1))


def _told(job: MessageJob, attempt: Attempt) -> dict[str, Any]:
    state = "sent" if attempt.state == "sent" else "failed"  # a test is not tried again, whoever was at fault
    recipient = f"{job.channel} {job.recipient}"
    return {"recipient": recipient, "state": state, "status": attempt.status, "error": attempt.error}


async def retry(runtime: Runtime, args: Args) -> dict[str, int]:
    """Have messages sent again: `{"id"}` of an alert or message, or its beginning; `{"channel"}`; or all failed."""
    now = runtime.tools.clock()
    store = runtime.store
    if args.get("channel"):
        channel = _channel(runtime.settings, str(args["channel"]))
        return {"due": await store.write(partial(messages.retry_channel, channel=channel.name, now=now))}
    if args.get("id"):
        asked = (await store.read(partial(_meant, beginning=str(args["id"]))))["id"]
        return {"due": await store.write(partial(messages.retry_id, asked=asked, now=now))}
    return {"due": await store.write(partial(messages.retry_failed, now=now))}


async def show(store: Store, beginning: str) -> dict[str, Any]:
    """Return one alert with what it says, its articles and deliveries, or one message with all alerts it holds."""
    found = await store.read(partial(_meant, beginning=beginning))
    if found["id"].startswith("message_"):
        return {**found, "alerts": await store.read(partial(messages.alerts_of, message_id=found["id"]))}
    record = await store.read(partial(alerts.record, alert_id=found["id"]))
    articles = [{"title": article.title, "url": article.url} for article in record.articles]
    sent = await store.read(partial(alerts.deliveries, alert_id=found["id"]))
    return {**found, "lines": list(record.lines), "articles": articles, "deliveries": sent}


def _meant(db: Database, beginning: str) -> Row:
    """Return the one alert or message whose id begins so; raises MonitorError if there is none, or more than one."""
    found = messages.find(db, beginning) if beginning.startswith("message_") else alerts.find(db, beginning)
    if len(found) != 1:
        kind = "message" if beginning.startswith("message_") else "alert"
        what = f"no {kind} has" if not found else f"{len(found)} {kind}s have"
        raise MonitorError(f"{what} an id that begins with {beginning!r}; `alerts list` shows them")
    return found[0]


def _channel(settings: Settings, name: str) -> Channel:
    channel = settings.channels.get(name)
    if channel is None:
        known = ", ".join(settings.channels) or "none"
        raise MonitorError(f"no channel {name!r} in the settings; there are: {known}")
    return channel
