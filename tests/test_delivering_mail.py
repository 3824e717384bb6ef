"""Mail end to end: store, outbox and a real mail server; each recipient for himself, and no secret anywhere."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from faults import smtp_peer as peer
from faults.smtp_peer import Answer
from mail_desk import Desk, opened

from monitor.settings import MailChannel

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CANARIES = (
    "canary-password",
    "canary-login",
    "canary-path",
    "one@example.org",
    "two@example.org",
    "monitor@desk.example",
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as given:
        yield given


async def test_each_recipient_gets_a_letter(desk: Desk) -> None:
    key = await desk.raised()
    assert await desk.deliver() == 2
    assert sorted(letter.recipients for letter in desk.mail.taken) == [("one@example.org",), ("two@example.org",)]
    assert {letter.id for letter in desk.mail.taken} == {f"<{key}.letters.{n}@desk.example>" for n in (1, 2)}


async def test_one_recipient_who_is_refused_does_not_keep_the_other_from_his_letter(desk: Desk) -> None:
    desk.mail._script = iter([peer.UNKNOWN])
    await desk.raised()
    await desk.deliver()
    assert sorted(await desk.states()) == ["refused", "sent"]


async def test_a_greylisted_letter_is_tried_again_after_five_minutes_under_the_same_id(desk: Desk) -> None:
    desk.mail._script = iter([peer.GREYLISTED])
    await desk.raised(1, ("letters", 1))
    assert (await desk.deliver(), await desk.states()) == (1, ["retrying"])
    desk.clock.now += 5 * MINUTE - timedelta(seconds=1)
    assert await desk.deliver() == 0
    desk.clock.now += timedelta(seconds=1)
    assert (await desk.deliver(), await desk.states()) == (1, ["sent"])


async def test_a_lost_answer_brings_the_same_letter_again(desk: Desk) -> None:
    desk.mail._script = iter([peer.DROP_AFTER])
    await desk.raised(1, ("letters", 1))
    await desk.deliver()
    desk.clock.now += HOUR
    await desk.deliver()
    first, second = desk.mail.taken
    assert (first.id, first.body) == (second.id, second.body)
    assert desk.mail.lost_answers == 1


async def test_a_server_that_fails_for_five_days_expires_the_letter_and_is_told_in_the_chat(desk: Desk) -> None:
    desk.mail.default = peer.GREYLISTED
    await desk.raised(1, ("letters", 1))
    for _ in range(130):
        await desk.deliver()
        desk.clock.now += HOUR
    assert await desk.states() == ["expired"]
    words = [one.json["text"] for one in desk.chat.received]
    assert any("a message with 1 alert has expired" in text for text in words)
    assert any("is disabled: nothing has reached it for five days" in text for text in words)


async def test_a_recipient_who_was_taken_out_is_refused(desk: Desk) -> None:
    await desk.raised(1, ("letters", 3))
    await desk.deliver()
    last = (await desk.rows())[-1]
    assert (last["state"], last["last_error"]) == ("refused", "the channel 'letters 3' is no longer in the settings")


async def test_no_secret_and_no_address_is_stored_or_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Peers that repeat all they know, in every kind of answer (RELIABILITY.md D10)."""
    caplog.set_level(logging.DEBUG, "monitor")
    said = "canary-password canary-login <one@example.org> two@example.org monitor@desk.example"
    desk.mail.default = Answer(rcpt=f"450 {said}")
    desk.chat.default = replace(desk.chat.default, status=500, body=b"/canary-path")
    letters = desk.settings.channels["letters"]
    assert isinstance(letters, MailChannel)
    letters = replace(letters, username="canary-login", password="canary-password")
    desk.settings = replace(desk.settings, channels={**desk.settings.channels, "letters": letters})
    desk.mail.login = ("canary-login", "canary-password")
    await desk.raised(1, ("letters", 2), ("chat", 1))
    await desk.deliver()
    desk.mail.login = ("canary-login", "another")
    desk.clock.now += HOUR
    await desk.deliver()
    assert set(await desk.states()) == {"retrying"}
    path = desk.settings.store.path
    stored = path.read_bytes() + path.with_name("m.db-wal").read_bytes()
    logged = "".join(str(vars(one)) for one in caplog.records if one.name == "monitor")
    assert [canary for canary in CANARIES if canary.encode() in stored or canary in logged] == []
