"""SIGKILL of the whole daemon, between polling, reading, alerting and delivering (RELIABILITY.md S1, D1, D12).

Half of the kills come at random moments of the real command; the other half at named points: before, inside and after
each of the four transactions. The invariants: every entry that was ever in a feed we answered with is in the ledger
once; every story is stored once; the ledger adds up after each kill; every alert is delivered by webhook and by mail,
whose receivers fail now and then, with at most one repeat for each attempt that was cut off and each answer that was
lost. The control is the same daemon with a forgetful outbox, which notes a delivery as sent before it sends it: it must
lose alerts.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from faults.daemons import (
    PATIENCE_S,
    Desk,
    behave,
    desk,
    feeds_added,
    heard,
    misbehave,
    said,
    settled,
    started,
    told_in,
    written_in,
)
from faults.nursery import Ended, Nursery, nursery
from faults.points import POINTS, Point, drawn
from faults.sizes import Size

from monitor.alerts.outbox import EACH
from monitor.clock import utc_now
from monitor.store import Database, Store, audit
from monitor.store.rows import rows

FORGETFUL = Path(__file__).with_name("forgetful.py")
NEWS_S = 10.0  # a daemon that has told of everything in one go meets a second transaction only when there is more
KILLS_OF_A_STORE = 2 * len(POINTS)  # then the next one begins anew: documents that grow for ever measure nothing else

Counted = Callable[[str, int], None]


def plans(kills: int, luck: Random) -> list[list[Point | None]]:
    """Return where the daemons of each store die, None for a random moment; each of the points at least once."""
    named = drawn(max(len(POINTS), kills // 2), luck)
    plan: list[Point | None] = [*named, *[None] * (kills - len(named))]
    luck.shuffle(plan)
    return [plan[at : at + KILLS_OF_A_STORE] for at in range(0, len(plan), KILLS_OF_A_STORE)]


async def killed_at_random(desk: Desk, delay_s: float) -> None:
    """Start the real command and kill it so long after it has begun to work."""
    before = heard(desk.folder, "daemon.started")
    async with started(desk.folder) as process:
        await said(desk.folder, "daemon.started", before + 1)
        try:
            await asyncio.wait_for(process.wait(), delay_s)
        except TimeoutError:
            return
    raise AssertionError("the daemon ended by itself")


async def killed_at_point(desk: Desk, born: Nursery, point: Point) -> None:
    """Start the daemon that kills itself there, and see that it did."""
    words = (str(point), "--config", str(desk.folder / "monitor.toml"), "run")
    dying = asyncio.create_task(asyncio.to_thread(born.run, desk.folder / "log", PATIENCE_S, *words))
    while not (await asyncio.wait({dying}, timeout=NEWS_S))[0]:
        desk.press.print_more()
    assert await dying == Ended(-signal.SIGKILL, cut=False), f"{point} was not reached"
    assert point.last_words in (desk.folder / "log").read_text()[-1000:]


async def killed_again_and_again(desk: Desk, born: Nursery, plan: Sequence[Point | None], luck: Random) -> None:
    """Let feeds grow and kill the daemon at each point of a plan; after each kill the store adds up."""
    await feeds_added(desk.folder, desk.press)
    for number, point in enumerate(plan):
        desk.press.print_more()
        if point is None:
            await killed_at_random(desk, luck.uniform(0, 1.5))
        else:
            await killed_at_point(desk, born, point)
        assert problems(desk.folder) == [], f"after kill {number}, at {point or 'a random moment'}"


def problems(folder: Path) -> list[audit.Finding]:
    """Return what does not add up in a store that nobody has opened since its daemon was killed."""
    with Store.open(folder / "monitor.db", clock=utc_now, read_only=True) as store:
        found = store.read_now(lambda db: audit.audit(db, utc_now()))
    return [finding for finding in found if finding.level == "problem"]


def read(folder: Path, sql: str) -> list[str]:
    """Return the one column that a query gives."""
    with Store.open(folder / "monitor.db", clock=utc_now, read_only=True) as store:
        return [row["x"] for row in store.read_now(lambda db: rows(db, sql))]


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def missing(desk: Desk) -> set[str]:
    """Return the alerts that one of the receivers never got, and those that are not in the store."""
    alerts = set(read(desk.folder, "select id as x from alerts_view"))

    def arrived(db: Database) -> set[str]:
        return told_in(db, desk.hook) & written_in(db, desk.mail)

    with Store.open(desk.folder / "monitor.db", clock=utc_now, read_only=True) as store:
        return alerts ^ store.read_now(arrived)


async def lost_in_a_store(desk: Desk, born: Nursery, plan: Sequence[Point | None], luck: Random) -> tuple[int, int]:
    """Return how many stories and alerts are lost or doubled after all kills of a plan: what is promised is 0, 0."""
    misbehave(desk.hook, desk.mail, luck)
    await killed_again_and_again(desk, born, plan, luck)
    behave(desk.folder, desk.hook, desk.mail)
    await settled(desk.folder, desk.press)

    urls = sorted(desk.press.urls)
    stored = "select url as x from articles_view where origin = 'live' order by url"
    assert sorted(read(desk.folder, "select url as x from entries_view where outcome = 'stored'")) == urls
    assert sorted(read(desk.folder, stored)) == urls
    assert len(read(desk.folder, "select id as x from alerts_view")) == len(urls)
    assert problems(desk.folder) == []
    assert all(taken.verified for taken in desk.hook.taken)
    for taken in (desk.hook.taken, desk.mail.taken):
        lost_answers = sum(one.answer.misdeed == "drop_after" for one in taken)
        repeats = len(taken) - len({one.id for one in taken})
        assert repeats <= len(plan) * EACH + lost_answers  # so many attempts are under way at once
    return len(set(urls) - set(read(desk.folder, stored))), len(missing(desk))


async def test_a_daemon_killed_at_random_and_at_each_point_loses_and_doubles_nothing(
    tmp_path: Path, size: Size, luck: Random, counted: Counted
) -> None:
    with nursery("points") as born:
        for number, plan in enumerate(plans(size.daemon_kills, luck)):
            async with desk(made(tmp_path / str(number))) as given:
                stories, alerts = await lost_in_a_store(given, born, plan, luck)
            counted("daemon kills", len(plan))
            counted("named kill points", sum(point is not None for point in plan))
            counted("acknowledged lost", stories)
            counted("alerts lost", alerts)
            assert (stories, alerts) == (0, 0)


async def test_the_control_with_a_forgetful_outbox_loses_alerts(tmp_path: Path) -> None:
    async with desk(tmp_path) as given:
        await feeds_added(given.folder, given.press)
        given.press.print_more()
        sent = "select 1 as x from deliveries_view where state = 'sent'"
        async with started(given.folder, str(FORGETFUL)), asyncio.timeout(PATIENCE_S):
            while not read(given.folder, sent):  # it notes first and lingers: killed now
                await asyncio.sleep(0.02)
        await settled(given.folder, given.press)
        assert missing(given)


def test_every_plan_has_each_point_in_it_and_half_of_its_kills_at_points(luck: Random) -> None:
    for kills in (len(POINTS), 24, 600):
        plan = [point for part in plans(kills, luck) for point in part]
        named = [point for point in plan if point is not None]
        assert {(point.transaction, point.moment) for point in named} == set(POINTS)
        assert (len(plan), len(named)) == (kills, max(len(POINTS), kills // 2))
