"""What a person does about deliveries: a test goes the real way, a retry is due at once, everything can be shown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from pipes import runtime, settings

import pytest
from faults import smtp_peer as peer
from faults.receiver import GONE, Answer, Receiver
from faults.smtp_peer import MailPeer

from monitor import outgoing
from monitor.errors import MonitorError
from monitor.model import AlertDraft, Label
from monitor.pipeline import Runtime, deliver
from monitor.settings import MailChannel, Settings
from monitor.store import alerts, channels
from monitor.store.rows import rows


@asynccontextmanager
async def desk(folder: Path, hook: Receiver, mail: MailPeer | None = None) -> AsyncIterator[Runtime]:
    """Give a runtime with a webhook, and with a mail channel of two recipients."""
    chosen: Settings = settings(folder / "m.db", hook=hook.url)
    if mail:
        addresses = {"sender": "monitor@desk.example", "to": ("one@example.org", "two@example.org")}
        letters = MailChannel(name="letters", host="127.0.0.1", port=mail.port, tls="none", **addresses)
        chosen = replace(chosen, channels={**chosen.channels, "letters": letters})
    async with runtime(chosen) as given:
        yield given


async def raised(given: Runtime, number: int = 1) -> str:
    draft = AlertDraft("mine", f"event:{number}", Label.CUT, None, f"cut {number}", None)
    now = given.tools.clock()
    return str(await given.store.write(lambda db: alerts.insert(db, draft, [("hook", 1)], now)))


# --- test ------------------------------------------------------------------------------------------------------


async def test_a_test_is_marked_signed_and_not_stored(tmp_path: Path) -> None:
    async with Receiver() as hook, desk(tmp_path, hook) as given:
        assert await outgoing.test(given, {"channel": "hook"}) == [
            {"recipient": "hook 1", "state": "sent", "status": 200, "error": None}
        ]
        [one] = hook.taken
        assert one.json["data"]["headline"] == "TEST of the channel hook: nothing has happened"
        assert (one.json["data"]["rule"], one.json["data"]["kind"]) == ("test", "test")
        assert await given.store.read(lambda db: rows(db, "select id from alerts")) == []


async def test_a_test_goes_to_each_recipient_and_says_how_each_ended(tmp_path: Path) -> None:
    async with Receiver() as hook, MailPeer([peer.UNKNOWN]) as mail, desk(tmp_path, hook, mail) as given:
        ended = await outgoing.test(given, {"channel": "letters"})
        assert [(one["recipient"], one["state"], one["status"]) for one in ended] == [
            ("letters 1", "failed", 550),
            ("letters 2", "sent", 250),
        ]
        assert [str(letter.parsed["Subject"]) for letter in mail.taken] == [
            "TEST of the channel letters: nothing has happened"
        ]


async def test_a_channel_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    async with Receiver() as hook, desk(tmp_path, hook) as given:
        with pytest.raises(MonitorError, match=r"no channel 'hok' in the settings; there are: hook"):
            await outgoing.test(given, {"channel": "hok"})


# --- retry -----------------------------------------------------------------------------------------------------


async def test_what_was_refused_is_sent_again_when_asked(tmp_path: Path) -> None:
    async with Receiver([GONE]) as hook, desk(tmp_path, hook) as given:
        key = await raised(given)
        await deliver(given)
        assert (await outgoing.show(given.store, key))["state"] == "failed"
        assert await outgoing.retry(given, {"id": None, "channel": "hook"}) == {"due": 1}
        await deliver(given)
        assert [one.id for one in hook.taken] == [key]
        assert await given.store.read(channels.listing) == []


async def test_one_alert_is_sent_again_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    async with Receiver([Answer(500)]) as hook, desk(tmp_path, hook) as given:
        key = await raised(given)
        await deliver(given)
        assert await outgoing.retry(given, {"id": key[:12], "channel": None}) == {"due": 1}
        assert await deliver(given) == 1
        assert await outgoing.retry(given, {"id": key, "channel": None}) == {"due": 0}


async def test_all_that_failed_is_sent_again(tmp_path: Path) -> None:
    async with Receiver() as hook, desk(tmp_path, hook) as given:
        await raised(given)
        await given.store.write(lambda db: db.execute("update alerts set observed = 9e999"))
        await deliver(given)
        await given.store.write(lambda db: db.execute("update alerts set observed = 9"))
        assert await outgoing.retry(given, {}) == {"due": 1}
        await deliver(given)
        assert [one.json["data"]["observed"] for one in hook.taken] == [9]


async def test_nothing_of_that_id_is_said(tmp_path: Path) -> None:
    async with Receiver() as hook, desk(tmp_path, hook) as given:
        for asked in ("alert_0", "message_0"):
            with pytest.raises(MonitorError, match="has an id that begins with"):
                await outgoing.retry(given, {"id": asked})


# --- show ------------------------------------------------------------------------------------------------------


async def test_a_message_shows_all_alerts_it_holds(tmp_path: Path) -> None:
    async with Receiver() as hook, desk(tmp_path, hook) as given:
        ids = {await raised(given, number) for number in range(3)}
        await deliver(given)
        [one] = hook.taken
        shown = await outgoing.show(given.store, one.id[:14])
        assert (shown["state"], shown["recipient"], {row["id"] for row in shown["alerts"]}) == ("sent", "hook 1", ids)


async def test_an_alert_shows_its_deliveries_and_their_message(tmp_path: Path) -> None:
    async with Receiver() as hook, desk(tmp_path, hook) as given:
        key = await raised(given)
        await deliver(given)
        shown = await outgoing.show(given.store, key)
        assert (shown["lines"], shown["articles"]) == ([], [])
        [delivery] = shown["deliveries"]
        assert (delivery["state"], delivery["attempts"], delivery["message_id"]) == ("sent", 1, key)
