"""What counts and calendars raise: surges, milestones, and when they are looked at."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import NOW, ran
from watch_desk import DAY, Desk, event, rule

from monitor.model import FollowUp, Label, Signal
from monitor.settings import Settings, StoreSettings
from monitor.store import Store


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Store.open(tmp_path / "m.db", clock=lambda: NOW) as store:
        yield Desk(store, Settings(store=StoreSettings(path=store.path)))


# --- surges ------------------------------------------------------------------------------------------------

SIGNAL = Signal(
    label=Label.REVERSAL,
    dimension="function",
    value="customer service",
    window_days=28,
    window_end=date(2026, 3, 1),
    observed=12,
    expected=4.5,
    low=1,
    high=9,
    probability=0.004,
    direction="more",
    state="surge",
    text="12 reversals in customer service in 28 days; 4.5 were to be expected",
)


async def test_a_surge_is_told_with_its_counts(desk: Desk) -> None:
    desk.set(rule("surge"))
    desk.signals = [SIGNAL]
    assert await desk.look() == 1
    [found] = desk.raised()
    assert (found["headline"], found["observed"], found["expected"], found["withheld"]) == (SIGNAL.text, 12, 4.5, None)


async def test_what_is_off_by_too_little_past_is_a_note_and_what_few_feeds_say_is_muted(desk: Desk) -> None:
    desk.set(rule("surge"))
    muted = [replace(SIGNAL, value=value, state="muted", text=f"muted: {value}") for value in ("software", "HR")]
    desk.signals = [replace(SIGNAL, state="note"), *muted]
    assert await desk.look() == 2
    note, kept = desk.raised()
    assert note["headline"] == f"Note: {SIGNAL.text}"
    assert (kept["withheld"], kept["why"].startswith("too few of the feeds")) == ("muted", True)
    assert kept["headline"] == "2 counts are muted in the 28 days to 2026-03-01: too few feeds to compare"
    assert "muted: HR" in kept["details"]


@pytest.mark.parametrize(
    ("asks", "signal"),
    [
        pytest.param({}, {"state": "usual"}, id="a usual count"),
        pytest.param({"labels": ("cut",)}, {}, id="another label"),
        pytest.param({"direction": "fewer"}, {}, id="another direction"),
        pytest.param({"window_days": 7}, {}, id="another window"),
        pytest.param({"functions": ("software",)}, {}, id="another function"),
        pytest.param({"functions": ("software",)}, {"dimension": "all", "value": ""}, id="all functions"),
        pytest.param({}, {"dimension": "watch", "value": "others"}, id="employers it does not name"),
        pytest.param({"watchlist": True}, {}, id="all employers"),
        pytest.param({"watchlist": True}, {"dimension": "watch", "value": "others"}, id="the list of another rule"),
    ],
)
async def test_a_surge_rule_is_silent_about(asks: dict[str, Any], signal: dict[str, Any], desk: Desk) -> None:
    desk.set(rule("surge", **asks))
    desk.signals = [replace(SIGNAL, **signal)]
    assert await desk.look() == 0


@pytest.mark.parametrize(
    ("asks", "signal"),
    [
        pytest.param({"functions": ("Customer Service",)}, {}, id="its function"),
        pytest.param({"countries": ("NO",)}, {"dimension": "country", "value": "NO"}, id="its country"),
        pytest.param({"watchlist": True}, {"dimension": "watch", "value": "surge"}, id="its employers"),
        pytest.param({}, {"dimension": "all", "value": ""}, id="everything"),
    ],
)
async def test_a_surge_rule_tells_of(asks: dict[str, Any], signal: dict[str, Any], desk: Desk) -> None:
    desk.set(rule("surge", **asks))
    desk.signals = [replace(SIGNAL, **signal)]
    assert await desk.look() == 1


async def test_a_surge_is_told_once_in_its_window_unless_it_is_surer(desk: Desk) -> None:
    desk.set(rule("surge"))
    told = []
    for days, state in ((0, "note"), (1, "note"), (2, "surge"), (3, "surge"), (4, "note"), (30, "surge")):
        desk.signals = [replace(SIGNAL, state=state, window_end=SIGNAL.window_end + days * DAY)]  # type: ignore[arg-type]
        told.append(await desk.look(NOW + days * DAY))
    assert told == [1, 0, 1, 0, 0, 1]


async def test_counts_are_compared_once_a_day_and_after_an_hour_with_changes(desk: Desk) -> None:
    for minutes in (0, 1, 61):
        await desk.look(NOW + timedelta(minutes=minutes))
    assert desk.recounts == 1
    desk.write(event)
    await desk.look(NOW + timedelta(minutes=30))
    assert desk.recounts == 1
    await desk.look(NOW + timedelta(minutes=62))
    assert desk.recounts == 2
    await desk.look(NOW + DAY)
    assert desk.recounts == 3


async def test_the_days_budget_holds_for_what_one_look_finds(desk: Desk) -> None:
    desk.set(rule("surge", max_per_day=2))
    desk.signals = [replace(SIGNAL, value=value) for value in ("software", "HR", "mixed", "legal")]
    assert await desk.look() == 4
    assert [row["why"] is None for row in desk.raised()] == [True, True, False, False]


# --- milestones --------------------------------------------------------------------------------------------


def follow_up(due: date) -> FollowUp:
    return FollowUp(1, "Lumo Pay", date(2025, 9, 2), 6, due, "due", 0, 0, None, None, "nothing found yet")


async def test_a_milestone_is_told_once_with_what_was_found(desk: Desk) -> None:
    desk.set(rule("milestone"))
    desk.write(event)
    desk.due = [follow_up(NOW.date())]
    assert [await desk.look(), await desk.look(NOW + DAY)] == [1, 0]
    [found] = desk.raised()
    assert (found["subject"], found["event_id"]) == ("milestone:1:6", 1)
    assert found["headline"] == "Lumo Pay, 6 months after cutting 40 jobs: nothing found yet"


@pytest.mark.parametrize(
    ("asks", "due"),
    [
        pytest.param({"months": (12,)}, NOW.date(), id="after other months"),
        pytest.param({"employers": ("Vexa",)}, NOW.date(), id="another employer"),
        pytest.param({"min_jobs": 41}, NOW.date(), id="a small cut"),
        pytest.param({}, NOW.date() - 31 * DAY, id="what was due before the rule came"),
    ],
)
async def test_a_milestone_rule_is_silent_about(asks: dict[str, Any], due: date, desk: Desk) -> None:
    desk.set(rule("milestone", **asks))
    desk.write(event)
    desk.due = [follow_up(due)]
    assert await desk.look() == 0


# --- what is not sent --------------------------------------------------------------------------------------


async def test_a_rule_that_came_later_is_in_shadow_by_the_clock_too(desk: Desk) -> None:
    desk.set(since=NOW - 60 * DAY)
    desk.write(ran)
    desk.set(rule("digest"))
    await desk.look()
    assert desk.raised()[0]["withheld"] == "shadow"


async def test_quiet_hours_hold_for_the_clock_too(desk: Desk) -> None:
    desk.set(rule("milestone", quiet_hours="08:00-10:00"))
    desk.write(event)
    desk.due = [follow_up(NOW.date())]
    await desk.look()
    assert desk.raised()[0]["why"] == "quiet hours 08:00-10:00: it goes out at 2026-03-02 10:00 UTC"
