"""What nobody expected, in each stage: told, in the ledger, and never the end of anything else (RELIABILITY.md T6)."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from pipes import article, rss, runtime, settings
from typing import TYPE_CHECKING, Any, cast

import pytest
from faults.hostile import HostileServer
from faults.receiver import Receiver

from monitor import dispatch, pipeline, poll
from monitor.alerts import outbox
from monitor.crew import Crew
from monitor.daemon import _loop
from monitor.pipeline import Runtime, Tally, deliver, poll_pass, process_pass
from monitor.record import Recorder
from monitor.store import channels, entries, polls
from monitor.store.rows import Row, rows
from monitor.subscriptions import add

if TYPE_CHECKING:
    from monitor.opinion import Opinions

HTML = {"Content-Type": "text/html"}
RSS = {"Content-Type": "application/rss+xml"}
TITLE = "Norvik drops 320 jobs"


class SurpriseError(Exception):
    """What nobody expected."""


def surprise(*_args: object, **_values: object) -> Any:
    raise SurpriseError("out of the blue")


async def surprise_soon(*_args: object, **_values: object) -> Any:
    surprise()


@dataclass(frozen=True, slots=True)
class Crash:
    """Where the surprise is, what is logged, and the row that tells of it."""

    where: object
    name: str
    raises: Callable[..., Any]
    event: str
    ledger: str
    row: Row


FAILED = {"result": "failed", "reason": "parse_crashed"}
ENTRY = "select outcome, reason, attempts from entries_view"
MESSAGE = "select state, attempts from messages"
CRASHES = {
    "asking a feed": Crash(
        *(poll, "poll_feed", surprise_soon, "feed.crashed"),
        "select result, reason, detail from polls",
        {
            "result": "failed",
            "reason": "parse_crashed",
            "detail": "could not be polled: SurpriseError: out of the blue",
        },
    ),
    "judging the first look": Crash(
        *(polls, "asked_about", surprise, "feed.crashed"),
        "select result, reason, detail from polls",
        {
            "result": "failed",
            "reason": "parse_crashed",
            "detail": "could not be stored: SurpriseError: out of the blue",
        },
    ),
    "reading a page": Crash(
        *(dispatch, "completed", surprise, "entry.crashed"),
        *(ENTRY, {"outcome": None, "reason": "extract_crashed", "attempts": 1}),
    ),
    "judging an article": Crash(
        *(dispatch, "plausibly_dated", surprise, "entry.crashed"),
        *(ENTRY, {"outcome": None, "reason": "extract_crashed", "attempts": 1}),
    ),
    "a whole batch": Crash(
        *(dispatch, "run_batch", surprise_soon, "task.crashed"),
        *(ENTRY, {"outcome": None, "reason": None, "attempts": 1}),  # the lease runs out, see below
    ),
    "storing a result": Crash(
        *(Recorder, "_article", surprise, "entry.unstorable"),
        *(ENTRY, {"outcome": "failed", "reason": "classify_failed", "attempts": 1}),
    ),
    "sending": Crash(
        *(outbox, "_sent", surprise_soon, "alert.retrying"),
        *(MESSAGE, {"state": "retrying", "attempts": 1}),
    ),
    "writing down that it was sent": Crash(
        *(channels, "settle", surprise, "loop.failed"),
        *(MESSAGE, {"state": "leased", "attempts": 1}),  # sent again, under the same id, when the lease has run out
    ),
}


def publish(site: HostileServer) -> str:
    site.serve("/story", article(TITLE), HTML)
    site.serve("/feed", rss((TITLE, site.url("/story"))), RSS)
    return site.url("/feed")


async def once_around(given: Runtime, tally: Tally) -> None:
    """Let each stage do what is due, as the daemon's loops do."""
    stages: dict[str, Callable[[], Any]] = {
        "poll": partial(poll_pass, given, include_all=True),
        "process": partial(process_pass, given),
        "deliver": partial(deliver, given),
    }
    for name, work in stages.items():
        stop, tick = asyncio.Event(), asyncio.Event()
        tick.set()

        async def worked(work: Callable[[], Any] = work, stop: asyncio.Event = stop) -> None:
            try:
                await work()
            finally:
                stop.set()

        await _loop(name, tick, stop, worked, tally)


async def ask(given: Runtime, sql: str) -> list[Row]:
    return await given.store.read(partial(rows, sql=sql))


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
async def test_a_surprise_is_told_and_in_the_ledger_and_no_stage_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, crash: Crash
) -> None:
    async with (
        HostileServer() as site,
        Receiver() as hook,
        runtime(settings(tmp_path / "m.db", hook=hook.url)) as given,
    ):
        await add(given, [{"url": publish(site)}])
        tally: Tally = Counter()
        with monkeypatch.context() as patched:
            patched.setattr(crash.where, crash.name, crash.raises)
            await once_around(given, tally)
        assert crash.event in caplog.messages
        assert await ask(given, crash.ledger) == [crash.row]
        assert [row["n"] for row in await ask(given, "select count(*) as n from leases")] == [crash.name == "run_batch"]


async def test_what_a_crashed_batch_held_waits_again_once_its_lease_has_run_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        await add(given, [{"url": publish(site)}])
        await poll_pass(given, include_all=True)
        with monkeypatch.context() as patched:
            patched.setattr(dispatch, "run_batch", surprise_soon)
            await process_pass(given)
        late = given.tools.clock() + timedelta(seconds=pipeline.LEASE_S + 1)
        assert await given.store.write(partial(entries.release_expired, now=late)) == 1
        await process_pass(given)
        assert await ask(given, ENTRY) == [{"outcome": "stored", "reason": None, "attempts": 2}]


async def test_a_batch_that_never_ends_loses_its_lease_although_it_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def forever(*_args: object) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(dispatch, "run_batch", forever)
    monkeypatch.setattr(dispatch, "LEASE_S", 0.05)
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        await add(given, [{"url": publish(site)}])
        await poll_pass(given, include_all=True)
        await process_pass(given)
        assert "task.crashed" in caplog.messages
        later = given.tools.clock() + timedelta(seconds=pipeline.LEASE_S + 1)
        assert await given.store.write(partial(entries.release_expired, now=later)) == 1


async def test_a_second_opinion_that_crashes_costs_no_page(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Confused:
        async def heard(self, _page: object) -> Any:
            surprise()

    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        asking = replace(given, opinions=cast("Opinions", Confused()))
        await add(given, [{"url": publish(site)}])
        await poll_pass(asking, include_all=True)
        assert (await process_pass(asking))["crashed"] == 1
        assert "opinion.crashed" in caplog.messages
        assert await ask(given, "select outcome from entries_view") == [{"outcome": "stored"}]


async def test_a_loop_goes_on_after_a_surprise_and_counts_it() -> None:
    tick, stop, tally, seen = asyncio.Event(), asyncio.Event(), cast("Tally", Counter()), []

    async def work() -> None:
        seen.append("work")
        tick.set()
        if len(seen) == 3:
            stop.set()
        surprise()

    tick.set()
    await _loop("anything", tick, stop, work, tally)
    assert (len(seen), tally["crashed"]) == (3, 3)


async def test_the_control_a_task_that_nobody_supervises_ends_silently(caplog: pytest.LogCaptureFixture) -> None:
    """The same surprise in a bare task, looked at as a loop would that only starts tasks: nothing is told."""
    bare = asyncio.ensure_future(surprise_soon())
    await asyncio.wait({bare})
    assert caplog.messages == []
    async with Crew() as crew:
        crew.start("the same", surprise_soon)
        await crew.settled()
    assert caplog.messages == ["task.crashed"]
    assert isinstance(bare.exception(), SurpriseError)
