"""A store with an outbox, a mail server and a chat, on a clock that only the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from faults.receiver import Receiver
from faults.smtp_peer import MailPeer

from monitor.alerts.outbox import deliver_due
from monitor.fetch import Gate
from monitor.model import AlertDraft, Label
from monitor.settings import AlertsSettings, MailChannel, NetworkSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Store
from monitor.store import alerts as alert_store
from monitor.store.rows import Row, rows

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)


class Hand:
    """A clock that only the test moves."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """A store with an outbox, a mail server and a chat."""

    store: Store
    gate: Gate
    mail: MailPeer
    chat: Receiver
    clock: Hand
    settings: Settings

    async def raised(self, number: int = 1, *channels: tuple[str, int]) -> str:
        draft = AlertDraft("mine", f"event:{number}", Label.CUT, "Norvik Bank", f"cut {number}", None)
        told = channels or (("letters", 2),)
        return str(await self.store.write(lambda db: alert_store.insert(db, draft, told, self.clock())))

    async def deliver(self) -> int:
        return await deliver_due(self.store, self.settings, self.gate, clock=self.clock, random=lambda: 0.5)

    async def rows(self) -> list[Row]:
        sql = """
            select v.* from deliveries_view v join alerts a on a.id = v.alert_id where a.kind <> 'delivery'
            order by v.recipient
        """
        return await self.store.read(lambda db: rows(db, sql))

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    """Give one with an empty store; two recipients of letters, and a chat that is told of them."""
    clock = Hand()
    async with MailPeer() as mail, Receiver() as chat:
        letters = MailChannel(
            name="letters",
            host="127.0.0.1",
            port=mail.port,
            tls="none",
            sender="monitor@desk.example",
            to=("one@example.org", "two@example.org"),
        )
        url = f"http://127.0.0.1:{chat.port}/canary-path"
        settings = Settings(
            store=StoreSettings(path=folder / "m.db"),
            network=NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0),
            alerts=AlertsSettings(group_wait_s=0, group_interval_s=0),
            channels={"letters": letters, "chat": WebhookChannel(name="chat", url=url, format="slack")},
        )
        with Store.open(settings.store.path, clock=clock) as store:
            async with Gate(settings.network, clock=clock) as gate:
                yield Desk(store, gate, mail, chat, clock, settings)
