"""What is raised by the clock: once for each period and each silence, whatever happens to the clock or the daemon."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, added
from watch_desk import DAY, Desk, event, rule

from monitor.clock import to_text
from monitor.model import AlertDraft, Label
from monitor.settings import Settings, StoreSettings
from monitor.store import Database, Store, alerts


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Store.open(tmp_path / "m.db", clock=lambda: NOW) as store:
        yield Desk(store, Settings(store=StoreSettings(path=store.path)))


# --- digests -----------------------------------------------------------------------------------------------


async def test_a_digest_lists_what_came_since_the_last_one_and_ends_with_the_feeds(desk: Desk) -> None:
    desk.set(rule("digest"), since=NOW - 30 * HOUR)
    counted = "insert into trend_ratios values ('2026-03-01', 28, 1, 4, 0.25, 0.01, 2.5)"
    desk.write(lambda db: (event(db), event(db, 2, Label.REVERSAL), db.execute(counted)))
    assert await desk.look() == 1
    [found] = desk.raised()
    assert found["headline"] == "digest, 2026-03-02: 1 cut, 1 reversal; 0 alerts"
    assert "event 1: Lumo Pay: cut of 40 jobs" in found["details"]
    assert (
        "Reversals to cuts announced in the 28 days to 2026-03-01: 1 to 4, that is 0.25 (between 0.01 and 2.50 with 95"
        in found["details"]
    )
    assert found["details"].split('"')[-4].startswith("Health: no feeds; 0 entries wait")


async def test_a_digest_does_not_say_again_what_alerts_said_of_its_events(desk: Desk) -> None:
    desk.set(rule("digest"), since=NOW - 30 * HOUR)
    number = desk.write(event)
    said = "Lumo Pay: cut of 40 jobs (AI link not stated)"
    for name, words in (("all", said), ("large", said), ("flips", "Lumo Pay took people back")):
        draft = AlertDraft(name, f"event:{number}", Label.CUT, "Lumo Pay", words, number)
        desk.write(partial(alerts.insert, draft=draft, channels=[], now=NOW - HOUR))
    await desk.look()
    lines = json.loads(desk.raised()[-1]["details"])["lines"]
    assert lines[1:4] == [
        f"event {number}: {said}",
        "alert of flips: Lumo Pay took people back",
        "2 alerts say no more of these events; `layoff-monitor alerts list` shows them",
    ]


async def test_a_digest_leaves_out_nothing_that_was_being_written_when_it_came_due(desk: Desk) -> None:
    class Busy(Store):
        """A store in which an event is written whenever somebody has just read."""

        async def read(self, query: Any) -> Any:
            found = await super().read(query)
            await super().write(partial(event, seen=NOW))
            return found

    desk.set(rule("digest"), since=NOW - 30 * HOUR)
    sound, busy = desk.store, Busy.__new__(Busy)
    busy.__dict__.update(sound.__dict__)
    desk.store = busy
    await desk.look()
    desk.store = sound
    assert desk.raised()[0]["headline"] == "digest, 2026-03-02: 1 cut; 0 alerts"


async def test_a_digest_comes_even_when_there_is_nothing_to_tell(desk: Desk) -> None:
    desk.set(rule("digest"))
    await desk.look()
    [found] = desk.raised()
    assert (found["subject"], found["headline"]) == ("digest:2026-03-02", "digest, 2026-03-02: no new event; 0 alerts")


async def test_a_digest_lists_only_what_its_rule_asks_for(desk: Desk) -> None:
    desk.set(rule("digest", labels=("reversal",), min_jobs=41), since=NOW - 30 * HOUR)
    desk.write(lambda db: (event(db), event(db, 2, Label.REVERSAL)))
    await desk.look()
    assert "no new event" in desk.raised()[0]["headline"]


async def test_a_digest_does_not_come_before_its_rule(desk: Desk) -> None:
    desk.set(rule("digest"), since=NOW - HOUR / 2)
    assert await desk.look() == 0
    assert await desk.look(NOW + 22 * HOUR) == 0
    assert await desk.look(NOW + 23 * HOUR) == 1


async def test_a_daemon_that_was_off_for_three_days_sends_one_digest_of_all_of_them(desk: Desk) -> None:
    desk.set(rule("digest"))
    await desk.look()
    desk.write(
        lambda db: [event(db, number, seen=NOW + number * DAY, company=f"Firm {number}") for number in (0, 1, 2)]
    )
    assert await desk.look(NOW + 3 * DAY) == 1
    assert "2 cuts" in desk.raised()[-1]["headline"]  # that of the first day was told, by its moment, on that day


@pytest.mark.parametrize("steps", [(0, -25, 0), (0, 720, 0, 1), (0, 24, 0, 24)], ids=str)
async def test_no_step_of_the_clock_makes_a_digest_come_twice(steps: tuple[int, ...], desk: Desk) -> None:
    """RELIABILITY.md T1."""
    desk.set(rule("digest"))
    for hours in steps:
        await desk.look(NOW + hours * HOUR)
    assert len(desk.subjects()) == len(set(desk.subjects()))


async def test_a_weekly_digest_comes_on_monday_in_its_zone(desk: Desk) -> None:
    desk.set(rule("digest", every="monday", at="08:00"), time_zone="Europe/Paris")
    monday = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)  # 08:00 in Paris
    await desk.look(monday - timedelta(minutes=1))
    await desk.look(monday)
    assert desk.subjects() == ["digest:2026-03-02", "digest:2026-03-09"]


# --- silences ----------------------------------------------------------------------------------------------


def feeds(desk: Desk, *answered: float | None, asked: float = 0.1) -> None:
    """Store feeds that last answered so many hours ago, or never, and were asked `asked` hours ago."""

    def unit(db: Database) -> None:
        for number, hours in enumerate(answered, 1):
            added(db, f"https://news.example/{number}")
            ok = None if hours is None else to_text(NOW - hours * HOUR)
            values = [ok, to_text(NOW - asked * HOUR), to_text(NOW + HOUR), to_text(NOW - 40 * DAY), number]
            db.execute(
                "update feeds set last_ok_at = ?, last_polled_at = ?, next_poll_at = ?, added_at = ? where id = ?",
                values,
            )

    desk.write(unit)


async def test_no_answer_of_any_feed_for_two_hours_is_told_once(desk: Desk) -> None:
    desk.set(rule("silence", days=60))
    feeds(desk, 2, 5)
    assert [await desk.look(), await desk.look(NOW + HOUR)] == [1, 0]
    assert desk.raised()[0]["headline"] == "No feed has answered since 2026-03-02 07:00 UTC; 2 are asked"


async def test_a_silence_that_ended_is_told_anew(desk: Desk) -> None:
    desk.set(rule("silence", days=60))
    feeds(desk, 2)
    await desk.look()
    answer = "update feeds set last_ok_at = :at, last_polled_at = :at"
    desk.write(lambda db: db.execute(answer, {"at": to_text(NOW + HOUR)}))
    assert await desk.look(NOW + HOUR) == 0
    desk.write(lambda db: db.execute("update feeds set last_polled_at = ?", [to_text(NOW + 4 * HOUR)]))
    assert await desk.look(NOW + 4 * HOUR) == 1


@pytest.mark.parametrize(
    ("answered", "asked", "settled"),
    [
        pytest.param((1.9,), 0.1, True, id="it answered within two hours"),
        pytest.param((50, 0.5), 0.1, True, id="another one answers"),
        pytest.param((5,), 5, True, id="none was due since"),
        pytest.param((50,), 0.1, False, id="the daemon has only just begun"),
        pytest.param((), 0, True, id="there are no feeds"),
    ],
)
async def test_it_is_no_silence_when(*, answered: tuple[float, ...], asked: float, settled: bool, desk: Desk) -> None:
    desk.set(rule("silence", days=60))
    feeds(desk, *answered, asked=asked)
    await desk.look(settled=settled)
    assert [subject for subject in desk.subjects() if subject.startswith("silence:polls")] == []


async def test_a_feed_that_should_have_been_asked_two_hours_ago_is_a_silence(desk: Desk) -> None:
    desk.set(rule("silence", days=60))
    feeds(desk, 5, asked=5)
    desk.write(lambda db: db.execute("update feeds set next_poll_at = ?", [to_text(NOW - 3 * HOUR)]))
    assert await desk.look() == 1


async def test_no_story_is_told_when_the_feeds_did_answer_all_that_time(desk: Desk) -> None:
    desk.set(rule("silence"))
    feeds(desk, 0.1)
    desk.write(lambda db: event(db, seen=NOW - 8 * DAY))
    assert [await desk.look(), await desk.look(NOW + HOUR)] == [1, 0]
    assert desk.raised()[0]["headline"].startswith("No story of cut or reversal or hybrid for 7 days, since 2026-02-22")


@pytest.mark.parametrize(
    ("seen", "label", "answered"),
    [
        pytest.param(6.9, Label.CUT, 0.1, id="a story within seven days"),
        pytest.param(8, Label.CUT, 30, id="nobody answered since"),
    ],
)
async def test_stories_are_not_missed_when(seen: float, label: Label, answered: float, desk: Desk) -> None:
    desk.set(rule("silence"))
    feeds(desk, answered, asked=answered)
    desk.write(lambda db: event(db, label=label, seen=NOW - seen * DAY))
    assert await desk.look() == 0


@pytest.mark.parametrize(
    ("free_mib", "told"),
    [
        pytest.param(500, [], id="enough"),
        pytest.param(499, ["silence:low:2026-03-02"], id="little"),
        pytest.param(99, ["silence:full:2026-03-02"], id="too little"),
    ],
)
async def test_a_disk_that_fills_is_told_once_a_day(free_mib: int, told: list[str], desk: Desk) -> None:
    desk.set(rule("silence", days=60))
    desk.free = free_mib * 2**20
    for _ in range(2):
        await desk.look(settled=False)
    assert desk.subjects() == told


async def test_a_story_of_another_label_does_not_end_the_silence_of_reversals(desk: Desk) -> None:
    desk.set(rule("silence", labels=("reversal",)))
    feeds(desk, 0.1)
    desk.write(lambda db: (event(db, 1, Label.REVERSAL, NOW - 9 * DAY), event(db, 2, Label.CUT, NOW - HOUR)))
    assert await desk.look() == 1


async def test_feeds_that_fall_silent_for_a_day_are_named_once(desk: Desk) -> None:
    """RELIABILITY.md P3."""
    desk.set(rule("silence", days=60))
    feeds(desk, 0.1, 25, 23.5, None)
    assert await desk.look() == 1
    assert desk.raised()[0]["headline"] == "2 feeds have not answered for 24 hours"
    desk.write(lambda db: db.execute("update feeds set last_ok_at = ? where id = 1", [to_text(NOW + 2 * HOUR)]))
    assert [await desk.look(NOW + HOUR), await desk.look(NOW + 2 * HOUR)] == [1, 0]
    assert desk.raised()[1]["headline"] == "1 feed has not answered for 24 hours"
    assert "https://news.example/3: silent since" in desk.raised()[1]["details"]
