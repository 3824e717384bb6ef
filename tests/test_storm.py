"""A storm: 10,000 matching alerts in an hour are at most five messages a recipient, and every one can be found."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from faults.receiver import SECRET, Receiver
from faults.smtp_peer import MailPeer

from monitor.alerts.body import BODY_BYTES
from monitor.alerts.outbox import deliver_due
from monitor.fetch import Gate
from monitor.model import AlertDraft, Label
from monitor.settings import MailChannel, NetworkSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Database, Store, messages
from monitor.store import alerts as alert_store

START = datetime(2025, 3, 10, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALERTS, A_MINUTE = 10_000, 10_000 // 60 + 1


class Hand:
    """A clock that only the test moves."""

    now = START

    def __call__(self) -> datetime:
        return self.now


def raise_some(db: Database, first: int, clock: Hand) -> None:
    for number in range(first, min(first + A_MINUTE, ALERTS)):
        kind = "flip" if number == ALERTS - 1 else "any"
        headline = f"Firm {number}: cut of 5 jobs"
        draft = AlertDraft("every event", f"event:{number}", Label.CUT, None, headline, None, kind=kind)
        alert_store.insert(db, draft, [("hook", 1), ("letters", 1)], clock())


def settings(path: Path, hook: Receiver, mail: MailPeer) -> Settings:
    addresses = {"sender": "a@desk.example", "to": ("b@c.example",)}
    return Settings(
        store=StoreSettings(path=path),
        network=NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0),
        channels={
            "hook": WebhookChannel(name="hook", url=hook.url, secret=SECRET),
            "letters": MailChannel(name="letters", host="127.0.0.1", port=mail.port, tls="none", **addresses),
        },
    )


async def test_a_storm_is_five_messages_in_its_first_hour_and_all_of_it_can_be_found(tmp_path: Path) -> None:
    clock = Hand()
    async with Receiver(clock=lambda: clock().timestamp()) as hook, MailPeer() as mail:
        chosen = settings(tmp_path / "m.db", hook, mail)
        with Store.open(chosen.store.path, clock=clock) as store:
            async with Gate(chosen.network, clock=clock) as gate:
                for minute in range(61):
                    clock.now = START + minute * MINUTE
                    if minute < 60:
                        await store.write(lambda db, first=minute * A_MINUTE: raise_some(db, first, clock))
                    await deliver_due(store, chosen, gate, clock=clock, random=lambda: 0.5)
                first_hour = (len(hook.taken), len(mail.taken))
                clock.now = START + 120 * MINUTE
                await deliver_due(store, chosen, gate, clock=clock, random=lambda: 0.5)
            found = [store.read_now(lambda db, id_=one.id: messages.alerts_of(db, id_)) for one in hook.taken]
    assert 1 <= max(first_hour) <= 5
    assert sum(len(held) for held in found) == len({row["id"] for held in found for row in held}) == ALERTS
    assert all(len(one.body) <= BODY_BYTES for one in hook.taken)
    for one, held in zip(hook.taken, found, strict=True):
        data = json.loads(one.body)["data"]
        assert 1 + len(data["alerts"]) + data["alerts_omitted"] == len(held)
        assert data["show_all"] == f"layoff-monitor alerts show {one.id}"
    assert json.loads(hook.taken[-1].body)["data"]["kind"] == "flip"
    for letter in mail.taken:
        text = str(letter.parsed.get_body(("plain",)))
        assert text.count("* Firm") <= 200
        assert "layoff-monitor alerts show message_" in text
