"""The clock is set while the daemon runs: no feed waits over two intervals, and no alert comes twice (T1, P14).

Once in this process, with a clock that is given; once the whole daemon, under a small library that lies to it. The
control is the same day without the look for steps, which must let a feed wait too long.
"""

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from pipes import article, rss, runtime, settings

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from faults.daemons import ENVIRONMENT, all_told, desk, feeds_added, heard, said, started, written_in
from faults.hostile import HostileServer
from faults.receiver import Receiver
from store_builders import HOUR, NOW
from test_daemon import config, ended, start

from monitor import watchman
from monitor.clock import Steps, utc_now
from monitor.daemon import after_step
from monitor.pipeline import Runtime, deliver, poll_pass, process_pass
from monitor.settings import PollSettings, RuleSettings, Settings
from monitor.store import Store
from monitor.store.rows import rows
from monitor.subscriptions import add

__all__ = ["config"]  # a fixture
INTERVAL_S = 1800
LOOK_S = 300.0
BEFORE_S, AFTER_S = 3 * 3600.0, 6 * 3600.0  # of the trial, before and after the step
HTML = {"Content-Type": "text/html"}
RSS = {"Content-Type": "application/rss+xml"}
TITLE = "Norvik drops 320 jobs"
BY = {"an hour back": -HOUR, "an hour ahead": HOUR, "thirty days ahead": timedelta(days=30)}


class Hands:
    """A clock on the wall that can be set, and one that nobody sets."""

    def __init__(self) -> None:
        self.steady_s = 0.0
        self.set_by = timedelta(0)

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.steady_s) + self.set_by

    def steady(self) -> float:
        return self.steady_s


def chosen(path: Path, hook: str) -> Settings:
    """Return settings with feeds asked every half hour, and a digest each day."""
    poll = PollSettings(start_interval_s=INTERVAL_S, min_interval_s=INTERVAL_S, max_interval_s=INTERVAL_S)
    rules = (RuleSettings(name="every event"), RuleSettings(name="daily", kind="digest", at="12:00"))
    return replace(settings(path, hook=hook), poll=poll, rules=rules)


async def a_day(given: Runtime, hands: Hands, by: timedelta, *, guarded: bool) -> list[float]:
    """Let nine hours pass with the clock set after the third; return the true moments at which the feed was polled."""
    steps, scheduler = Steps(hands.wall, hands.steady), AsyncIOScheduler(timezone="UTC")
    polled: list[float] = []
    while hands.steady_s < BEFORE_S + AFTER_S:
        if hands.steady_s == BEFORE_S:
            hands.set_by += by
        if guarded:
            await after_step(given, steps, scheduler)
        if (await poll_pass(given))["feeds"]:
            polled.append(hands.steady_s)
        await process_pass(given)
        await watchman.look(given.store, given.settings, now=hands.wall(), settled=False)
        await deliver(given)
        hands.steady_s += LOOK_S
    return [*polled, hands.steady_s]


def longest_wait(polled: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(polled))


@pytest.mark.parametrize("by", BY.values(), ids=BY)
async def test_a_feed_waits_two_intervals_at_most_and_no_alert_comes_twice(tmp_path: Path, by: timedelta) -> None:
    hands = Hands()
    async with (
        HostileServer() as site,
        Receiver() as hook,
        runtime(chosen(tmp_path / "m.db", hook.url), hands.wall) as given,
    ):
        site.serve("/story", article(TITLE), HTML)
        site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
        await add(given, [{"url": site.url("/feed")}])
        polled = await a_day(given, hands, by, guarded=True)
        raised = await given.store.read(lambda db: rows(db, "select rule, subject from alerts"))
        held = await given.store.read(
            lambda db: rows(db, "select alert_id from deliveries where message_id is not null")
        )
    assert longest_wait(polled) <= 2 * INTERVAL_S
    assert sum(row["rule"] == "every event" for row in raised) == 1
    assert len({row["subject"] for row in raised}) == len(raised)
    assert len(hook.taken) == len({taken.id for taken in hook.taken})
    assert len(held) == len(raised)


async def test_the_control_that_does_not_look_for_steps_lets_a_feed_wait(tmp_path: Path) -> None:
    hands = Hands()
    async with (
        HostileServer() as site,
        Receiver() as hook,
        runtime(chosen(tmp_path / "m.db", hook.url), hands.wall) as given,
    ):
        site.serve("/feed", rss(), RSS)
        await add(given, [{"url": site.url("/feed")}])
        assert longest_wait(await a_day(given, hands, -2 * HOUR, guarded=False)) > 2 * INTERVAL_S


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the library under which the clock on the wall goes by a file."""
    if not sys.platform.startswith("linux") or shutil.which("cc") is None:
        pytest.skip("no C compiler, or no Linux, to set the clock of a process with")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True)
    return made


class Wall:
    """A clock on the wall that can be set, for processes started in its environment."""

    def __init__(self, shim: Path, file: Path) -> None:
        self._file = file
        self.environment = {**ENVIRONMENT, "LD_PRELOAD": str(shim), "SET_CLOCK": str(file)}
        self.set(timedelta(0))

    def set(self, ahead: timedelta) -> None:
        """Set it so far ahead, in one step: a file half written would be another clock."""
        fresh = self._file.with_name("fresh")
        fresh.write_text(f"{round(ahead.total_seconds())}\n")
        fresh.replace(self._file)


async def test_the_daemon_itself_goes_on_whatever_its_clock_is_set_to(tmp_path: Path, shim: Path) -> None:
    wall = Wall(shim, tmp_path / "clock")
    async with desk(tmp_path) as given:
        await feeds_added(given.folder, given.press)
        async with started(given.folder, environment=wall.environment):
            for number, ahead in enumerate((timedelta(0), -HOUR, timedelta(0), timedelta(days=30))):
                wall.set(ahead)
                await said(given.folder, "clock.stepped", number)
                given.press.print_more()
                await all_told(given.folder, given.press)
        for taken in (given.hook.received, given.mail.taken):
            assert len(taken) == len({one.id for one in taken})
        with Store.open(given.folder / "monitor.db", clock=utc_now, read_only=True) as store:
            raised = store.read_now(lambda db: rows(db, "select id from alerts_view"))
            assert store.read_now(lambda db: written_in(db, given.mail)) == {row["id"] for row in raised}
        assert len(raised) == len(given.press.urls)
        assert heard(given.folder, "clock.stepped") == 3


async def test_the_daemon_does_not_start_in_1970(config: Path, shim: Path) -> None:
    wall = Wall(shim, config.with_name("clock"))
    wall.set(datetime(1970, 1, 1, tzinfo=UTC) - utc_now())
    code, _, err = await ended(await start(config, "run", environment=wall.environment))
    assert code == 1
    assert "the clock says 19" in err
    assert "before this program was made; set it" in err
    assert not config.with_name("m.db").exists()
