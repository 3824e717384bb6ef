"""A mail server in eight modes: what the ledger says of each recipient afterwards, and when it is tried again (D2-D7).

Store, outbox and a real server of aiosmtpd; the clock is the test's.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from faults import smtp_peer as peer
from faults.smtp_peer import Answer
from mail_desk import NOW, Desk, opened

from monitor.alerts import mail
from monitor.clock import from_text
from monitor.settings import MailChannel
from monitor.store import messages

FIRST = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(mail, "TIMEOUT_S", 0.5)
    async with opened(tmp_path) as given:
        yield given


# What it does with the letters in turn; then for each of the two recipients: state, wait, words; letters it has taken.
Row = tuple[str, timedelta | None, str]
OK: Row = ("sent", None, "")
MODES: dict[str, tuple[list[Answer], list[Row], int]] = {
    "ok": ([peer.OK, peer.OK], [OK, OK], 2),
    "partial": ([peer.OK, peer.UNKNOWN], [("refused", None, "550 from"), OK], 1),
    "greylisted": (
        [peer.GREYLISTED, peer.LATER],
        [("retrying", FIRST, "450 from"), ("retrying", FIRST, "451 from")],
        0,
    ),
    "mailbox full (452)": ([peer.FULL, peer.FULL], [("retrying", FIRST, "452 from")] * 2, 0),
    "unwanted (554)": ([peer.UNWANTED, peer.UNWANTED], [("refused", None, "554 from")] * 2, 0),
    "dropped after DATA": ([peer.DROP_AFTER, peer.OK], [("retrying", FIRST, "SMTP"), OK], 2),
    "stalls": ([peer.STALL, peer.OK], [("retrying", FIRST, "SMTPReadTimeoutError"), OK], 1),
    "no TLS": ([], [("retrying", FIRST, "STARTTLS")] * 2, 0),
}


@pytest.mark.parametrize("mode", MODES)
async def test_the_ledger_says_how_each_letter_ended_and_when_the_next_attempt_is(
    mode: str, desk: Desk, counted: Callable[[str, int], None]
) -> None:
    answers, expected, taken = MODES[mode]
    desk.mail._script = iter(answers)
    if mode == "no TLS":
        encrypted(desk)
    await desk.raised()
    await desk.deliver()
    found = sorted((await desk.rows()), key=lambda row: row["state"])
    assert [row["attempts"] for row in found] == [1, 1]
    for row, (state, wait, words) in zip(found, sorted(expected), strict=True):
        again = row["next_attempt_at"]
        assert (row["state"], again and from_text(again) - NOW) == (state, wait)
        assert words in (row["last_error"] or "")
    assert len([one for one in desk.mail.received if one.answer.data.startswith("2") and one.answer.misdeed in
                {"none", "drop_after"}]) == taken  # fmt: skip
    counted("mail behaviours", 1)


def encrypted(desk: Desk) -> None:
    """Have letters go encrypted only, as they do unless the settings say something else."""
    letters = desk.settings.channels["letters"]
    assert isinstance(letters, MailChannel)
    desk.settings = replace(
        desk.settings, channels={**desk.settings.channels, "letters": replace(letters, tls="starttls")}
    )


async def test_the_control_that_does_not_insist_on_tls_sends_in_clear_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lax(mail.SMTP):
        def __init__(self, **options: object) -> None:
            super().__init__(**{**options, "start_tls": None})  # the library's default: encrypt if it is offered

    monkeypatch.setattr(mail, "SMTP", Lax)
    encrypted(desk)
    await desk.raised()
    await desk.deliver()
    assert [letter.encrypted for letter in desk.mail.taken] == [False, False]


async def test_a_letter_is_tried_after_5_10_20_40_minutes_then_every_67_for_five_days_and_then_told(desk: Desk) -> None:
    desk.mail.default = peer.GREYLISTED
    key = await desk.raised(1, ("letters", 1))
    made: list[timedelta] = []
    while (row := (await desk.rows())[0])["state"] in {"pending", "retrying"}:
        desk.clock.now = from_text(row["next_attempt_at"])
        made.append(desk.clock.now - NOW)
        await desk.deliver()
    waits = [after - before for before, after in pairwise(made)]
    assert waits[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert set(waits[4:]) == {67 * MINUTE}
    assert timedelta(days=5) <= made[-1] < timedelta(days=5) + 67 * MINUTE
    assert row["state"] == "expired"
    [listed] = await desk.store.read(messages.dead_letters)
    assert (listed["id"], listed["attempts"]) == (key, len(made))
    await desk.deliver()
    assert any(
        "Channel letters 1: a message with 1 alert has expired" in one.json["text"] for one in desk.chat.received
    )


async def test_an_expired_letter_can_be_replayed(desk: Desk) -> None:
    desk.mail.default = peer.UNWANTED
    await desk.raised(1, ("letters", 1))
    await desk.deliver()
    desk.mail.default = peer.OK
    assert await desk.store.write(lambda db: messages.retry_failed(db, desk.clock())) == 1
    await desk.deliver()
    assert (await desk.states(), len(desk.mail.taken)) == (["sent"], 1)
