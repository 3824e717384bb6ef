"""A store with an outbox, a gate and a receiver, on a clock that only the test moves."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faults.receiver import SECRET, Receiver

from monitor.alerts.outbox import deliver_due
from monitor.alerts.webhook import Poster
from monitor.fetch import Gate
from monitor.model import AlertDraft, Label
from monitor.settings import AlertsSettings, Channel, NetworkSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Store
from monitor.store import alerts as alert_store
from monitor.store.rows import rows

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)
MIDDLE = 0.5  # the jitter that changes nothing
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Hand:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """A store with an outbox, a gate, and a receiver to tell."""

    store: Store
    gate: Poster
    receiver: Receiver
    clock: Hand
    channels: dict[str, Channel]
    stopping: Callable[[], bool] = lambda: False
    jitter: Callable[[], float] = lambda: MIDDLE

    async def raise_alerts(self, count: int = 1, channel: str = "desk") -> list[str]:
        """Raise alerts, each for a channel of its own to the same receiver, so that each has its own message."""
        drafts = [
            AlertDraft("mine", f"event:{channel}:{n}", Label.CUT, "Norvik Bank", f"cut {n}", None) for n in range(count)
        ]

        names = [channel if channel != "desk" else self.channel(number) for number in range(count)]
        told = list(zip(drafts, names, strict=True))
        return await self.store.write(
            lambda db: [str(alert_store.insert(db, draft, [(name, 1)], self.clock())) for draft, name in told]
        )

    def channel(self, number: int) -> str:
        """Return a channel to the same receiver, another one for each number."""
        name = f"desk-{number}" if number else "desk"
        self.channels.setdefault(name, replace(self.channels["desk"], name=name))
        return name

    async def deliver(self) -> int:
        settings = Settings(
            store=StoreSettings(path=Path("unused")),
            alerts=AlertsSettings(group_wait_s=0, group_interval_s=0),
            channels=self.channels,
        )
        return await deliver_due(
            self.store, settings, self.gate, clock=self.clock, random=self.jitter, stopping=self.stopping
        )

    async def rows(self) -> list[dict[str, Any]]:
        """Return the deliveries of alerts about events, with their messages."""
        sql = """
            select v.*, m.last_status from deliveries d join alerts a on a.id = d.alert_id
            join deliveries_view v on v.alert_id = d.alert_id and v.channel = d.channel
            left join messages m on m.id = d.message_id where a.kind <> 'delivery' order by d.id
        """
        return await self.store.read(lambda db: rows(db, sql))

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    """Give one with an empty store."""
    clock = Hand()
    async with Receiver(clock=lambda: clock().timestamp()) as receiver:
        network = NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0)
        channel = WebhookChannel(name="desk", url=receiver.url, secret=SECRET)
        with Store.open(folder / "monitor.db", clock=clock) as store:
            async with Gate(network, clock=clock) as gate:
                yield Desk(store, gate, receiver, clock, {"desk": channel})
