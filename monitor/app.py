"""The composition root: settings in, running objects out. Nothing else builds what it works with."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from monitor import chronicle
from monitor.classify import Classifier, publishers
from monitor.classify.late import Late
from monitor.clock import BUILD_YEAR, Clock, to_text, utc_now
from monitor.dispatch import LEASE_S, Tools
from monitor.errors import MonitorError, StoreBusyError, UsageError
from monitor.extract.glance import Glance, glance
from monitor.fetch import Fetched, Gate
from monitor.model import BatchItem
from monitor.opinion import Opinions
from monitor.pipeline import Runtime, Tally, record_result
from monitor.record import Recorder
from monitor.sandbox import Sandbox
from monitor.settings import ClusterSettings, MailChannel, ProcessSettings, Settings, starter_feeds
from monitor.store import Database, Store, channels, clockwise, entries, feeds, figures, messages, meta
from monitor.store import rules as rule_store
from monitor.upkeep.rescue import naming_a_copy
from monitor.upkeep.telling import CLUSTER

if TYPE_CHECKING:
    from monitor.cluster import Engine, Standing

STARTER: Final = "starter_feeds_at"  # key in meta: when the starter set was copied in


@asynccontextmanager
async def open_tools(
    settings: Settings, *, clock: Clock = utc_now, stopping: Callable[[], bool] = lambda: False
) -> AsyncIterator[Tools]:
    """Give what carries batches out, at home and in a worker; no store is opened."""
    async with Gate(settings.network, clock=clock) as gate, Sandbox(settings.process.workers) as sandbox:
        judge = Late(_judge)
        yield Tools(gate, sandbox, judge, clock, stopping, partial(glance_at, settings.process, judge))


async def glance_at(process: ProcessSettings, judge: Classifier, item: BatchItem, answer: Fetched) -> Glance | None:
    """Return what is seen at a glance of a page about something else, None for one that is to be extracted.

    That is each whose entry had a first look, and each that cannot be told at a glance.
    """
    if not process.second_look or (process.first_look and (item.title or item.summary)):
        return None

    def look() -> Glance | None:
        seen = glance(answer.body, answer.content_type)
        if seen is None or judge.second_look(item.title or seen.title, item.summary or seen.lead, seen.paragraphs):
            return None
        return seen

    return await asyncio.to_thread(look)  # some milliseconds a megabyte


def _judge() -> Classifier:
    from monitor.classify import rules  # noqa: PLC0415  # most commands judge nothing and need not wait for it

    return rules.load()


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    stopping: Callable[[], bool] = lambda: False,
    patience_s: float = 0.0,
) -> AsyncIterator[Runtime]:
    """Give the running objects, with this process as the owner of the store; a new store is filled first.

    Raises StoreBusyError if another process owns the store for so long, StoreError if it cannot be used, and
    MonitorError if the clock is that of a machine which does not know the time: what it would write could not be put
    right later.
    """
    if clock().year < BUILD_YEAR:
        raise MonitorError(f"the clock says {clock():%Y-%m-%d}, before this program was made; set it and start again")
    with naming_a_copy(settings):
        opened = await _opened(settings, clock, patience_s)
    async with (
        opened as store,
        open_tools(settings, clock=clock, stopping=stopping) as tools,
    ):
        recorder = Recorder(settings, publishers.load(), tools.classifier)
        await store.write(lambda db: _prepare(db, settings, recorder, clock()))
        polling = asyncio.Semaphore(settings.network.concurrent_feeds)
        chosen = settings.second_opinion
        asked = Opinions(chosen, tools.classifier, gate=tools.gate, store=store, clock=clock)
        opinions = asked if chosen.base_url else None
        yield Runtime(settings, store, tools, recorder, Random(), polling, opinions=opinions)  # noqa: S311  # jitter, not secrets


async def _opened(settings: Settings, clock: Clock, patience_s: float) -> Store:
    """Return the store once nobody owns it; a command that wrote while nobody did is done in a moment."""
    now = asyncio.get_running_loop().time
    until = now() + patience_s
    while True:
        try:
            return Store.open(settings.store.path, clock=clock)
        except StoreBusyError:
            if now() >= until:
                raise
        await asyncio.sleep(0.1)


@asynccontextmanager
async def with_workers(runtime: Runtime, tally: Tally, lost: Callable[[], None]) -> AsyncIterator[Runtime]:
    """Give the runtime with batches carried out elsewhere, if there is a cluster; `lost`: another is its home now."""
    if runtime.settings.cluster.url is None:
        yield runtime
        return

    from monitor.cluster import Home  # noqa: PLC0415  # an optional package

    async def note(standing: "Standing") -> None:
        state = json.dumps({"at": to_text(runtime.tools.clock()), **asdict(standing)})
        await runtime.store.write(lambda db: meta.put(db, CLUSTER, state))

    home = Home(
        engine_of(runtime.settings.cluster),
        runtime.tools.gate,
        lease_s=LEASE_S,
        record=partial(record_result, runtime, tally=tally, urls={}),
        note=note,
        lost=lost,
    )
    async with home:
        yield replace(runtime, elsewhere=home)


def engine_of(chosen: ClusterSettings) -> "Engine":
    """Return the engine of a cluster, not connected yet; raises UsageError without the packages it needs."""
    if chosen.url is None:
        raise UsageError("[cluster] url is not set; it names the PostgreSQL that connects home and workers")
    try:
        from monitor.cluster import Engine, Pace  # noqa: PLC0415  # an optional package
    except ImportError as error:
        raise UsageError("a cluster needs more packages: pip install 'layoff-monitor[cluster]'") from error
    return Engine(chosen.url, Pace(heartbeat_s=chosen.heartbeat_s, stale_s=chosen.stale_s))


def _prepare(db: Database, settings: Settings, recorder: Recorder, now: datetime) -> None:
    """Fill a new store with seeds, articles and events, and, if the settings ask for it, the starter feeds: each once.

    What a process that was killed had in hand, leases and attempts, is taken back: this process is the only owner now.
    """
    recorder.load_seeds(db, now)
    chronicle.load_shipped(db, now)
    if meta.put_once(db, STARTER, to_text(now)) and settings.feeds.starter:
        for feed in starter_feeds():
            feeds.add(db, feed.url, title=feed.name, origin="starter", now=now, start_interval_s=feed.interval_s)
    rule_store.note(db, {rule.name: rule.kind for rule in settings.rules}, now)
    channels.renumber(db, {name: one.to for name, one in settings.channels.items() if isinstance(one, MailChannel)})
    figures.begin(db)
    clockwise.begin(db, now)
    entries.release_all(db, now)
    messages.release_all(db, now)
