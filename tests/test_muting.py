"""A mute holds what is raised after it, and what waits for its message when it begins; it takes back nothing sent."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from delivery_desk import HOUR, Desk, opened
from faults.receiver import Answer

from monitor.store import companies, mutes
from monitor.store.published import newest_alerts
from monitor.store.rows import rows

WHY = "{} is muted until 2025-03-11 09:00 UTC by eva: enough"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as given:
        await given.store.write(lambda db: companies.ensure(db, "Lumo Pay"))
        yield given


async def mute(desk: Desk, **whom: str | None) -> None:
    named = {"rule": None, "company": None} | whom
    until = desk.clock() + timedelta(days=1)
    await desk.store.write(lambda db: mutes.mute(db, **named, until=until, why="enough", by="eva", now=desk.clock()))


async def alerts(desk: Desk) -> list[dict[str, Any]]:
    return await desk.store.read(lambda db: rows(db, "select state, why from alerts_view order by raised_at"))


@pytest.mark.parametrize(
    ("whom", "named"), [({"rule": "mine"}, "rule mine"), ({"company": "norvik bank"}, "Norvik Bank")]
)
async def test_what_waits_when_a_mute_begins_is_not_sent_and_says_why(
    whom: dict[str, str], named: str, desk: Desk
) -> None:
    await desk.raise_alerts()
    await mute(desk, **whom)
    desk.clock.now += HOUR
    assert (await desk.deliver(), desk.receiver.received) == (0, [])
    assert await alerts(desk) == [{"state": "muted", "why": WHY.format(named)}]
    assert await desk.store.read(newest_alerts) == []


async def test_a_mute_of_something_else_holds_nothing(desk: Desk) -> None:
    await desk.raise_alerts()
    await mute(desk, company="Lumo Pay")
    assert (await desk.deliver(), await desk.states()) == (1, ["sent"])


async def test_what_was_composed_before_goes_on(desk: Desk) -> None:
    """Its receiver may have taken it already: only the answer is missing."""
    desk.receiver.script = iter([Answer(500)])
    await desk.raise_alerts()
    await desk.deliver()
    await mute(desk, rule="mine")
    desk.clock.now += HOUR
    assert (await desk.deliver(), await desk.states()) == (1, ["sent"])


async def test_what_waits_when_the_mute_is_over_goes(desk: Desk) -> None:
    await desk.raise_alerts()
    await mute(desk, rule="mine")
    await desk.store.write(lambda db: mutes.unmute(db, rule="mine", company=None, now=desk.clock()))
    assert (await desk.deliver(), await desk.states()) == (1, ["sent"])
