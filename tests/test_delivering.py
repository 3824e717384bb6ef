"""Deliveries end to end: real store, real gate, real receiver, and no alert lost."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from delivery_desk import HOUR, MINUTE, NOW, SECOND, Desk, opened
from faults.receiver import (
    DROP_AFTER,
    DROP_BEFORE,
    GARBAGE,
    GONE,
    HANG,
    OK,
    RESET,
    SHORT,
    Answer,
    retry_after,
)

from monitor.alerts.outbox import CONCURRENT, LEASE_S
from monitor.clock import from_text
from monitor.model import AlertDraft, Label
from monitor.store import alerts as alert_store
from monitor.store import messages


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as given:
        yield given


async def test_a_due_alert_is_sent_once(desk: Desk) -> None:
    (alert_id,) = await desk.raise_alerts()
    assert [await desk.deliver(), await desk.deliver()] == [1, 0]
    assert [(one.id, one.verified, one.json["data"]["headline"]) for one in desk.receiver.received] == [
        (alert_id, True, "cut 0")
    ]
    assert await desk.states() == ["sent"]


async def test_many_alerts_are_all_sent_in_one_call(desk: Desk) -> None:
    ids = await desk.raise_alerts(50)
    assert await desk.deliver() == 50
    assert sorted(one.id for one in desk.receiver.taken) == sorted(ids)


async def test_no_more_than_eight_are_under_way(desk: Desk) -> None:
    desk.receiver.default = HANG
    await desk.raise_alerts(20)
    task = asyncio.ensure_future(desk.deliver())
    await desk.receiver.arrived(CONCURRENT)
    states = await desk.states()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert Counter(states) == {"leased": CONCURRENT, "pending": 20 - CONCURRENT}


async def test_a_failed_delivery_is_tried_again_with_the_same_id_and_bytes_and_a_fresh_signature(desk: Desk) -> None:
    desk.receiver.script = iter([Answer(500)])
    await desk.raise_alerts()
    await desk.deliver()
    desk.clock.now += 5 * SECOND
    assert await desk.deliver() == 1
    first, second = desk.receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert [one.verified for one in (first, second)] == [True, True]


async def test_a_delivery_is_not_tried_before_its_time(desk: Desk) -> None:
    desk.receiver.script = iter([retry_after(600)])
    await desk.raise_alerts()
    await desk.deliver()
    desk.clock.now += 599 * SECOND
    assert await desk.deliver() == 0
    desk.clock.now += SECOND
    assert await desk.deliver() == 1


async def test_after_ten_failures_a_delivery_is_expired_and_says_why(desk: Desk) -> None:
    desk.receiver.default = Answer(503, body=b"closed for works")
    await desk.raise_alerts()
    attempts = 0
    for _ in range(40):
        attempts += await desk.deliver()
        desk.clock.now += 12 * HOUR
    (row,) = await desk.rows()
    assert (attempts, row["state"], row["attempts"], row["last_status"]) == (10, "expired", 10, 503)
    assert "closed for works" in row["last_error"]


async def test_a_receiver_that_is_gone_is_asked_once(desk: Desk) -> None:
    desk.receiver.default = GONE
    await desk.raise_alerts()
    await desk.deliver()
    desk.clock.now += 24 * HOUR
    assert (await desk.deliver(), await desk.states()) == (0, ["refused"])


async def test_a_lost_answer_brings_the_same_alert_again(desk: Desk) -> None:
    desk.receiver.script = iter([DROP_AFTER])
    await desk.raise_alerts()
    await desk.deliver()
    desk.clock.now += MINUTE
    await desk.deliver()
    assert await desk.states() == ["sent"]
    assert (desk.receiver.repeats, desk.receiver.lost_answers) == (1, 1)


async def test_who_is_cancelled_in_the_middle_leaves_a_lease_that_runs_out(desk: Desk) -> None:
    desk.receiver.script = iter([HANG])
    await desk.raise_alerts()
    task = asyncio.ensure_future(desk.deliver())
    await desk.receiver.arrived(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    in_vain = await desk.deliver()
    desk.clock.now += LEASE_S * SECOND
    assert (in_vain, await desk.deliver(), await desk.states()) == (0, 1, ["sent"])


async def test_a_channel_that_was_removed_refuses_and_says_so(desk: Desk) -> None:
    await desk.raise_alerts(channel="old desk")
    await desk.deliver()
    (row,) = await desk.rows()
    assert (row["state"], row["last_error"]) == ("refused", "the channel 'old desk' is no longer in the settings")


async def test_a_poison_alert_is_put_aside_and_the_others_go_out(desk: Desk) -> None:
    await desk.raise_alerts(100)
    poison = "update alerts set observed = 9e999 where id = (select alert_id from deliveries where id = 7)"
    await desk.store.write(lambda db: db.execute(poison))
    await desk.deliver()
    rows = await desk.rows()
    assert Counter(row["state"] for row in rows) == {"sent": 99, "refused": 1}
    assert (rows[6]["last_error"] or "").startswith("this alert cannot be written as a message: ValueError")


async def test_a_poison_alert_among_others_of_one_message_is_listed_and_can_be_replayed(desk: Desk) -> None:
    drafts = [AlertDraft("mine", f"event:{n}", Label.CUT, "Norvik Bank", f"cut {n}", None) for n in range(100)]
    unit = lambda db: [alert_store.insert(db, draft, [("desk", 1)], NOW) for draft in drafts]  # noqa: E731
    ids = await desk.store.write(unit)
    await desk.store.write(lambda db: db.execute("update alerts set observed = 9e999 where id = ?", [ids[6]]))
    await desk.deliver()
    assert len(desk.receiver.taken) == 1
    assert Counter(await desk.states()) == {"sent": 99, "refused": 1}
    [listed] = await desk.store.read(messages.dead_letters)
    assert (listed["id"], listed["alerts"]) == (ids[6], 1)
    await desk.store.write(lambda db: db.execute("update alerts set observed = null where id = ?", [ids[6]]))
    assert await desk.store.write(lambda db: messages.retry_failed(db, desk.clock())) == 1
    await desk.deliver()
    assert (desk.receiver.taken[-1].id, await desk.states()) == (ids[6], ["sent"] * 100)


async def test_a_fault_of_ours_is_tried_again_and_gives_nothing_away(desk: Desk) -> None:
    desk.channels["desk"] = replace(desk.channels["desk"], secret="whsec_canary")
    await desk.raise_alerts()
    await desk.deliver()
    (row,) = await desk.rows()
    assert (row["state"], desk.receiver.connections) == ("retrying", 0)
    assert row["last_error"].startswith("a fault of this program: ConfigurationError in webhook.py")


async def test_a_shadow_is_never_sent(desk: Desk) -> None:
    draft = AlertDraft("trial", "event:1", Label.CUT, None, "cut", None, withheld="shadow")
    await desk.store.write(lambda db: alert_store.insert(db, draft, [("desk", 1)], NOW))
    desk.clock.now += 24 * HOUR
    assert (await desk.deliver(), await desk.states()) == (0, ["shadow"])


async def test_each_ending_is_logged_under_its_name_without_the_address(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "monitor")
    desk.channels["desk"] = replace(desk.channels["desk"], url=desk.receiver.url + "/canary-token")
    desk.receiver.script = iter([Answer(500, body=b"canary-token")])
    await desk.raise_alerts()
    await desk.deliver()
    desk.clock.now += MINUTE
    await desk.deliver()
    ours = [record for record in caplog.records if record.name == "monitor"]
    assert [record.getMessage() for record in ours] == ["alert.retrying", "alert.sent"]
    assert not any("canary-token" in str(vars(record)) for record in ours)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_goes_wrong_none_is_lost_and_every_repeat_has_its_cause(desk: Desk, seed: int) -> None:
    """Receivers that fail in every way, and a sender that is stopped in the middle again and again."""
    luck = Random(seed)
    misdeeds = (OK, SHORT, Answer(500), retry_after(3), DROP_BEFORE, DROP_AFTER, RESET, GARBAGE)
    desk.receiver.choose = lambda _, times: luck.choice(misdeeds) if times < 4 else OK
    ids = await desk.raise_alerts(40)
    interrupted = 0
    for turn in range(200):
        task = asyncio.ensure_future(desk.deliver())
        seen = len(desk.receiver.received)
        stop = asyncio.ensure_future(desk.receiver.arrived(seen + luck.randint(1, 12) if turn < 15 else 10_000))
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        stop.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)
        left = [row for row in await desk.rows() if row["state"] in {"pending", "leased", "retrying"}]
        if not left:
            break
        interrupted += sum(row["state"] == "leased" for row in left)
        desk.clock.now = max(desk.clock.now, min(from_text(row["next_attempt_at"]) for row in left))
    assert {one.id for one in desk.receiver.taken} == set(ids)
    assert await desk.states() == ["sent"] * len(ids)
    assert desk.receiver.repeats <= desk.receiver.lost_answers + interrupted
    assert interrupted > 0
    assert desk.receiver.lost_answers > 0
