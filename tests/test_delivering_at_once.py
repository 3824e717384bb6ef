"""Attempts that are under way at the same time: none waits for another, and none is cut off by another's trouble."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from delivery_desk import NOW, Desk, opened
from faults.receiver import HANG, Receiver

from monitor.alerts.outbox import CONCURRENT, EACH, WRITES, writable
from monitor.errors import StoreError
from monitor.model import AlertDraft, Label
from monitor.store import Store
from monitor.store import alerts as alert_store
from monitor.store.composing import compose


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as given:
        yield given


async def test_a_receiver_that_hangs_keeps_no_other_channel_waiting(desk: Desk) -> None:
    async with Receiver(default=HANG) as slow:
        desk.channels["slow"] = replace(desk.channels["desk"], name="slow", url=slow.url)
        await desk.raise_alerts(1, channel="slow")
        task = asyncio.ensure_future(desk.deliver())
        await slow.arrived(1)
        await desk.raise_alerts()  # while the other attempt is under way
        await desk.receiver.arrived(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_many_messages_to_a_receiver_that_hangs_leave_room_for_the_other_channels(desk: Desk) -> None:
    async with Receiver(default=HANG) as slow:
        desk.channels["slow"] = replace(desk.channels["desk"], name="slow", url=slow.url)
        for number in range(CONCURRENT):
            draft = AlertDraft("mine", f"event:slow:{number}", Label.CUT, None, "cut", None)
            await desk.store.write(partial(alert_store.insert, draft=draft, channels=[("slow", 1)], now=NOW))
            await desk.store.write(partial(compose, channel="slow", recipient=1, writable=writable, now=NOW))
        await desk.raise_alerts()
        task = asyncio.ensure_future(desk.deliver())
        await desk.receiver.arrived(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert slow.connections == EACH


async def test_no_attempt_is_begun_after_a_stop(desk: Desk) -> None:
    await desk.raise_alerts(20)
    desk.stopping = lambda: bool(desk.receiver.received)
    assert await desk.deliver() == CONCURRENT
    assert Counter(await desk.states()) == {"sent": CONCURRENT, "pending": 20 - CONCURRENT}


class Failing(Store):
    """A store that cannot be written so many times, from when the receiver has got something."""

    receiver: Receiver
    times: float

    @classmethod
    def over(cls, desk: Desk, times: float) -> "Failing":
        """Return it over the store of a desk."""
        failing = cls.__new__(cls)
        failing.__dict__.update(desk.store.__dict__, receiver=desk.receiver, times=times)
        return failing

    async def write(self, unit: Any) -> Any:
        if self.receiver.received and self.times > 0:
            self.times -= 1
            raise StoreError("the disk is gone")
        return await super().write(unit)


async def test_a_store_that_fails_stops_the_loop_and_blames_no_alert(desk: Desk) -> None:
    await desk.raise_alerts()
    sound, desk.store = desk.store, Failing.over(desk, math.inf)
    with pytest.raises(StoreError):
        await desk.deliver()
    desk.store = sound
    assert await desk.states() == ["leased"]


async def test_an_answer_is_written_down_though_the_store_was_busy_once(desk: Desk) -> None:
    await desk.raise_alerts()
    desk.store = Failing.over(desk, 1)
    await desk.deliver()
    assert await desk.states() == ["sent"]


async def test_an_answer_that_cannot_be_written_down_cuts_off_no_other_attempt(desk: Desk) -> None:
    async with Receiver(default=HANG) as slow:
        desk.channels["slow"] = replace(desk.channels["desk"], name="slow", url=slow.url)
        await desk.raise_alerts(1, channel="slow")
        await desk.raise_alerts()
        desk.store = Failing.over(desk, WRITES)
        task = asyncio.ensure_future(desk.deliver())
        await slow.arrived(1)
        await desk.receiver.arrived(1)
        done, _ = await asyncio.wait({task}, timeout=0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert not done
