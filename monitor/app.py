"""The composition root: settings in, running objects out. Nothing else builds what it works with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Final

from monitor import chronicle
from monitor.classify import publishers, rules
from monitor.clock import BUILD_YEAR, Clock, to_text, utc_now
from monitor.dispatch import Tools
from monitor.errors import MonitorError
from monitor.fetch import Gate
from monitor.opinion import Opinions
from monitor.pipeline import Runtime
from monitor.record import Recorder
from monitor.sandbox import Sandbox
from monitor.settings import MailChannel, Settings, starter_feeds
from monitor.store import Database, Store, channels, entries, feeds, messages, meta
from monitor.store import rules as rule_store
from monitor.store.clockwise import clamp
from monitor.upkeep.rescue import naming_a_copy

STARTER: Final = "starter_feeds_at"  # key in meta: when the starter set was copied in


@asynccontextmanager
async def open_runtime(
    settings: Settings, *, clock: Clock = utc_now, stopping: Callable[[], bool] = lambda: False
) -> AsyncIterator[Runtime]:
    """Give the running objects, with this process as the owner of the store; a new store is filled first.

    Raises StoreBusyError if another process owns the store, StoreError if it cannot be used, and MonitorError if the
    clock is that of a machine which does not know the time: what it would write could not be put right later.
    """
    if clock().year < BUILD_YEAR:
        raise MonitorError(f"the clock says {clock():%Y-%m-%d}, before this program was made; set it and start again")
    classifier = rules.load()
    recorder = Recorder(settings, publishers.load(), classifier)
    with naming_a_copy(settings):
        opened = Store.open(settings.store.path, clock=clock)
    async with (
        opened as store,
        Gate(settings.network, clock=clock) as gate,
        Sandbox(settings.process.workers) as sandbox,
    ):
        await store.write(lambda db: _prepare(db, settings, recorder, clock()))
        tools = Tools(gate, sandbox, classifier, clock, stopping)
        polling = asyncio.Semaphore(settings.network.concurrent_feeds)
        chosen = settings.second_opinion
        opinions = Opinions(chosen, classifier, gate=gate, store=store, clock=clock) if chosen.base_url else None
        yield Runtime(settings, store, tools, recorder, Random(), polling, opinions=opinions)  # noqa: S311  # jitter, not secrets


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
    clamp(db, now)
    entries.release_all(db, now)
    messages.release_all(db, now)
