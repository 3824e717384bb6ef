"""A webhook's receiver that behaves in thirty ways: what the ledger says afterwards, and when it is tried again (D8).

Each way goes through the store, the outbox, the real gate and a real socket. The clock is the test's.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import trustme
from delivery_desk import HOUR, NOW, SECOND, Desk, opened
from faults import receiver as hooks
from faults.receiver import Answer, Receiver, redirect, retry_after

from monitor.alerts import webhook
from monitor.alerts.retries import WAITS_S, WINDOW
from monitor.clock import from_text
from monitor.fetch import Gate, Posted
from monitor.fetch.exchange import WEBHOOK
from monitor.model import AlertDraft
from monitor.store import alerts, channels

PLANNED = timedelta(seconds=WAITS_S[0])
DAY = 24 * HOUR
MOVED = redirect("http://127.0.0.1:9/elsewhere", 308)
ESCAPES = Answer(500, body=b"\x1b[2J\x1b]0;owned\x07 fail\r\nalert.sent \xe2\x80\xae\x9b2J \x00end")


@dataclass(frozen=True)
class Hurried:
    """The real gate with less patience."""

    gate: Gate

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Posted:
        limits = replace(WEBHOOK, deadline_s=0.4, headers_s=0.4)
        return await self.gate.post(url, body=body, headers=headers, limits=limits)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as given:
        assert isinstance(given.gate, Gate)
        given.gate = Hurried(given.gate)
        yield given


# What it does; the state, its status, the wait planned, and words of the reason.
WAYS: dict[str, tuple[Answer, str, int | None, timedelta | None, str]] = {
    "200": (hooks.OK, "sent", 200, None, ""),
    "204": (Answer(204), "sent", 204, None, ""),
    "200 and an answer of 8 MiB": (hooks.HUGE, "sent", 200, None, ""),
    "200 and less answer than announced": (hooks.SHORT, "sent", 200, None, ""),
    "200 and an answer that drips": (hooks.DRIP, "sent", 200, None, ""),
    "301": (redirect("/elsewhere", 301), "retrying", 301, PLANNED, "301 from"),
    "302 to itself": (redirect("/hook"), "retrying", 302, PLANNED, "302 from"),
    "307": (redirect("/elsewhere", 307), "retrying", 307, PLANNED, "307 from"),
    "308 to another host": (MOVED, "retrying", 308, PLANNED, "308 from"),
    "400": (Answer(400, body=b"no such field"), "retrying", 400, PLANNED, "no such field"),
    "401": (Answer(401), "retrying", 401, PLANNED, "401 from"),
    "403": (Answer(403), "retrying", 403, PLANNED, "403 from"),
    "404": (Answer(404), "retrying", 404, PLANNED, "404 from"),
    "408": (Answer(408), "retrying", 408, PLANNED, "408 from"),
    "410": (hooks.GONE, "refused", 410, None, "410 from"),
    "413": (Answer(413), "retrying", 413, PLANNED, "413 from"),
    "429 and ten minutes": (retry_after(600), "retrying", 429, timedelta(minutes=10), "429 from"),
    "429 and a date": (retry_after(format_datetime(NOW + HOUR, usegmt=True)), "retrying", 429, HOUR, "429 from"),
    "429 and a thousand years": (retry_after(10**11), "retrying", 429, WINDOW, "429 from"),
    "429 and a second": (retry_after(1), "retrying", 429, PLANNED, "429 from"),
    "429 and nonsense": (retry_after("soon"), "retrying", 429, PLANNED, "429 from"),
    "500": (Answer(500), "retrying", 500, PLANNED, "500 from"),
    "500 and control characters": (ESCAPES, "retrying", 500, PLANNED, "fail alert.sent"),
    "502": (Answer(502), "retrying", 502, PLANNED, "502 from"),
    "503 and two minutes": (retry_after(120, 503), "retrying", 503, timedelta(minutes=2), "503 from"),
    "504": (Answer(504), "retrying", 504, PLANNED, "504 from"),
    "no answer": (hooks.HANG, "retrying", None, PLANNED, "timed_out at"),
    "dropped with the body unread": (hooks.DROP_BEFORE, "retrying", None, PLANNED, "bad_http at"),
    "taken and dropped": (hooks.DROP_AFTER, "retrying", None, PLANNED, "bad_http at"),
    "taken and reset": (hooks.RESET, "retrying", None, PLANNED, "bad_http at"),
    "no HTTP": (hooks.GARBAGE, "retrying", None, PLANNED, "bad_http at"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_the_ledger_says_how_an_attempt_ended_and_when_the_next_one_is(
    way: str, desk: Desk, counted: Callable[[str, int], None]
) -> None:
    answer, state, status, wait, words = WAYS[way]
    desk.receiver.default = answer
    await desk.raise_alerts()
    assert await desk.deliver() == 1
    [row] = await desk.rows()
    assert (row["state"], row["last_status"], row["attempts"]) == (state, status, 1)
    again = row["next_attempt_at"]
    assert again == (None if wait is None else _text(wait))
    assert words in (row["last_error"] or "")
    assert (row["last_error"] or "").isprintable()
    assert len(row["last_error"] or "") < 300
    assert {one.path for one in desk.receiver.received} <= {"/hook"}
    counted("webhook behaviours", 1)


async def test_the_control_that_takes_any_answer_for_a_success_loses(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "judge", lambda _: "sent")
    desk.receiver.default = Answer(500)
    await desk.raise_alerts()
    await desk.deliver()
    assert (await desk.states(), desk.receiver.taken) == (["sent"], [])


def _text(wait: timedelta) -> str:
    return f"{NOW + wait:%Y-%m-%dT%H:%M:%S}.{(NOW + wait).microsecond // 1000:03}Z"


async def test_a_certificate_that_does_not_hold_gets_nothing(desk: Desk, counted: Callable[[str, int], None]) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(served)
    async with Receiver(tls=served) as unknown:
        desk.channels["desk"] = replace(desk.channels["desk"], url=unknown.url)
        await desk.raise_alerts()
        await desk.deliver()
        assert unknown.received == []
    [row] = await desk.rows()
    assert (row["state"], row["next_attempt_at"]) == ("retrying", _text(PLANNED))
    assert row["last_error"].startswith("tls_failed at")
    counted("webhook behaviours", 1)


# --- the whole schedule ----------------------------------------------------------------------------------------


async def attempts(desk: Desk) -> list[timedelta]:
    """Return when the attempts of one message were made, until it has come to its end."""
    made: list[timedelta] = []
    while True:
        made += [desk.clock.now - NOW] * await desk.deliver()
        [row] = await desk.rows()
        if row["next_attempt_at"] is None:
            return made
        desk.clock.now = from_text(row["next_attempt_at"])


async def test_ten_attempts_take_75_hours_and_35_minutes(desk: Desk) -> None:
    desk.receiver.default = Answer(503)
    await desk.raise_alerts()
    made = await attempts(desk)
    assert made == [timedelta(seconds=sum(WAITS_S[:number])) for number in range(10)]
    assert made[-1] == timedelta(hours=75, minutes=35, seconds=5)
    assert await desk.states() == ["expired"]


async def test_jitter_moves_each_wait_by_a_tenth_at_most_and_ten_attempts_stay_ten(desk: Desk, luck: Random) -> None:
    desk.receiver.default, desk.jitter = Answer(503), luck.random
    await desk.raise_alerts()
    made = await attempts(desk)
    waits = [after - before for before, after in pairwise(made)]
    assert len(made) == 10
    assert all(abs(wait / SECOND - plan) <= plan / 10 + 0.001 for wait, plan in zip(waits, WAITS_S, strict=True))
    assert len({wait / SECOND / plan for wait, plan in zip(waits, WAITS_S, strict=True)}) > 5


# --- a receiver that fails for days ----------------------------------------------------------------------------


async def raised_for(desk: Desk, number: int) -> None:
    draft = AlertDraft("mine", f"event:{number}", None, None, "cut", None)
    await desk.store.write(lambda db: alerts.insert(db, draft, [("desk", 1)], desk.clock()))


async def test_five_days_of_failure_disable_a_channel_and_are_told_on_another(desk: Desk) -> None:
    async with Receiver(clock=lambda: desk.clock().timestamp()) as phone:
        desk.channels["phone"] = replace(desk.channels["desk"], name="phone", url=phone.url)
        desk.receiver.default = Answer(500)
        for number in range(12):
            await raised_for(desk, number)
            await desk.deliver()
            desk.clock.now += DAY / 2
        seen = len(desk.receiver.received)
        await raised_for(desk, 99)
        await desk.deliver()
        words = [one.json["data"]["headline"] for one in phone.taken]
    assert "Channel desk 1 is disabled: nothing has reached it for five days" in words
    assert "Channel desk 1: a message with 1 alert has expired" in words
    assert len(desk.receiver.received) <= seen + 10  # what was under way is tried to its end, the new alert waits
    assert (await desk.rows())[-1]["state"] == "pending"


async def test_a_receiver_that_is_gone_is_disabled_at_once(desk: Desk) -> None:
    desk.receiver.default = hooks.GONE
    await raised_for(desk, 1)
    await desk.deliver()
    await raised_for(desk, 2)
    desk.clock.now += 9 * DAY
    assert await desk.deliver() == 0
    [row] = await desk.store.read(channels.listing)
    assert (row["recipient"], row["disabled_at"] is not None, len(desk.receiver.received)) == ("desk 1", True, 1)
