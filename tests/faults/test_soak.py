"""The daemon for hours among hostile feeds, in changing weather, with kills, clock steps and full disks in between.

`--soak-hours 8` is the whole of it; without it the run is as short as `--size` says, and everything happens more often.
For half of the time one daemon after another is killed; in the other half one lives on, so that what it takes can be
judged: memory that grows by less than 1 MiB an hour, no more descriptors at the end than before, a log below 64 MiB.
At the end all that was ever shown is in the ledger, the ledger adds up, and all alerts were taken.
"""

import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

import pytest
from faults.gauges import MIB, Look, slope, surely_grows
from faults.hostile import HostileServer
from faults.internet import Internet
from faults.receiver import Receiver
from faults.sizes import Size
from faults.soaking import Plan, Soak, until

from monitor.clock import utc_now
from monitor.store import Store, audit, messages

SUBJECTS = {"cut": 0.4, "near": 0.3, "other": 0.3}
LOG_MOST = 64 * MIB
GROWS_MOST = {"resident": 1.0 * MIB, "whole": 4.0 * MIB, "descriptors": 1.0}  # an hour
JUDGED_S = 1200.0  # a life shorter than this, its warm-up apart, says nothing of leaks
WARM_UP = 0.3


@pytest.fixture
async def soak(tmp_path: Path, size: Size, luck: Random) -> AsyncIterator[Soak]:
    plan = Plan(size.soak_s)
    internet = Internet(plan.feeds, plan.entries_a_day, luck.random(), SUBJECTS, held=10)
    listener = socket.create_server(("0.0.0.0", 0), backlog=1024)  # noqa: S104  # all of 127/8
    async with HostileServer(listener=listener) as server, Receiver() as hook:
        server.behave("*", internet.answer)
        made = Soak(tmp_path, plan, internet, server.port, hook, luck)
        made.prepare()
        await made.feeds_added()
        yield made


async def test_the_daemon_lives_through_hours_of_bad_weather(soak: Soak, counted: Callable[[str, int], None]) -> None:
    await soak.stormy(soak.plan.seconds / 2)
    async with soak.daemon() as process:
        await soak.hindered(process, soak.plan.seconds / 2, watched=True)
    soak.calm()
    with Store.open(soak.store, clock=utc_now) as store:
        store.submit(partial(messages.retry_channel, channel="hook", now=utc_now())).result(timeout=30)
    async with soak.daemon() as process:
        late: list[str] = []
        try:
            await until(lambda: unsettled(soak) == [], process, within_s=60 + 4 * soak.plan.interval_s)
        except TimeoutError:
            late = unsettled(soak)
        process.terminate()
        assert await process.wait() == 0
    counted("soak minutes", round(soak.plan.seconds / 60))
    for name, number in soak.counts.items():
        counted(f"soak {name}", number)
    shown, alerts = soak.internet.shown_urls(soak.port), untold(soak.store, soak.hook)
    counted("soak entries", len(shown))
    counted("soak entries lost", len(lost(soak.store, shown)))
    counted("soak alerts lost", len(alerts["lost"]))
    print({name: round(slope(warm(soak.looks), name)) for name in GROWS_MOST}, "an hour; log", soak.highest_log)
    assert (lost(soak.store, shown), alerts["lost"], late) == ([], [], [])
    assert wrong(soak.store) == []
    assert soak.highest_log < LOG_MOST
    assert leaks(soak.looks) == []


def unsettled(soak: Soak) -> list[str]:
    """Return what is missing yet: entries that were shown, and alerts that nobody took."""
    alerts = untold(soak.store, soak.hook)
    return [*lost(soak.store, soak.internet.shown_urls(soak.port)), *alerts["wait"], *alerts["lost"]]


def lost(store: Path, shown: set[str]) -> list[str]:
    """Return the entries that were shown and are not in the ledger."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        return sorted(shown - {url for (url,) in db.execute("select url from entries_view")})


def untold(store: Path, hook: Receiver) -> dict[str, list[str]]:
    """Return the alerts that did not reach the receiver: those that wait for it, and those that are lost."""
    arrived = {taken.id for taken in hook.taken}
    sql = """
        select a.id, d.state, d.message_id from alerts_view a left join deliveries_view d on d.alert_id = a.id
        where a.state not in ('muted', 'shadow')
    """
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        missing = [(alert, state) for alert, state, message in db.execute(sql) if message not in arrived]
    waits = {alert for alert, state in missing if state in {"pending", "leased", "retrying"}}
    return {"wait": sorted(waits), "lost": sorted({alert for alert, _ in missing} - waits)}


def wrong(store: Path) -> list[str]:
    """Return what does not add up in a store that nobody writes to."""
    with Store.open(store, clock=utc_now) as opened:
        return [one.text for one in opened.read_now(lambda db: audit.audit(db, utc_now())) if one.level == "problem"]


def warm(looks: list[Look]) -> list[Look]:
    """Return the looks after the warm-up."""
    return looks[int(len(looks) * WARM_UP) :]


def leaks(looks: list[Look]) -> list[str]:
    """Return what grows for sure, in a life that was long enough to say so."""
    judged = warm(looks)
    if not judged or judged[-1].at_s - judged[0].at_s < JUDGED_S:
        return []
    growth = {name: surely_grows(judged, name) for name in GROWS_MOST}
    return [f"{name} grows by {by:.0f} an hour" for name, by in growth.items() if by > GROWS_MOST[name]]


def looked(grows: float, noise: float, hours: float) -> list[Look]:
    """Return the looks of so many hours at a daemon whose memory grows by so many MiB an hour."""
    luck, number = Random(4), int(hours * 360)
    held = [(100 + grows * n / 360 + luck.gauss(0, noise)) * MIB for n in range(number)]
    return [Look(n * 10.0, 1.0, 1.0, int(of), int(of), 20, 3, 0, 0.01) for n, of in enumerate(held)]


def test_a_leak_of_two_mebibytes_an_hour_is_found_in_four_hours_and_noise_is_none() -> None:
    """The control of the judgement on memory."""
    assert len(leaks(looked(grows=2.5, noise=2.0, hours=4))) == 1
    assert leaks(looked(grows=0.0, noise=2.0, hours=4)) == []
    assert leaks(looked(grows=50.0, noise=2.0, hours=0.2)) == []  # too short to say so


async def test_the_control_an_entry_taken_away_is_missed(soak: Soak) -> None:
    """What the ledger lacks is seen: by name, and by the numbers of the poll that brought it."""
    soak.internet.weather = {}
    async with soak.daemon() as process:
        await until(lambda: len(soak.internet.shown_urls(soak.port)) > 20, process)
        soak.internet.freeze()
        await until(lambda: lost(soak.store, soak.internet.shown_urls(soak.port)) == [], process)
        process.terminate()
        assert await process.wait() == 0
    copy = shutil.copy(soak.store, soak.folder / "copy.db")
    assert wrong(copy) == []
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("delete from entries where id = (select max(id) from entries where article_id is null)")
    assert len(lost(copy, soak.internet.shown_urls(soak.port))) == 1
    assert any("rows" in told for told in wrong(copy))
