"""The way of one story, stage by stage: poll -> ledger -> batch -> article -> event -> alert.

Nothing here fetches, parses or judges itself; it puts the stages in order and has the store write what they return:
the *poll* transaction after each poll, the *result* transaction (`record`) after each page. A failing feed, page or
batch costs itself only.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final

from monitor import poll
from monitor.alerts import outbox
from monitor.dispatch import Tools, run_batch
from monitor.errors import StoreError
from monitor.identity import host_key
from monitor.model import Batch, BatchResult, Feed
from monitor.record import Recorder
from monitor.settings import Settings
from monitor.store import Store, entries, feeds

logger = logging.getLogger("monitor")

BATCH_ITEMS: Final = 10  # entries of one host that leave home together
BATCH_DEADLINE_S: Final = 300.0
LEASE_S: Final = 600.0  # above the deadline, so that a live worker is never taken for a dead one
DUE_AT_ONCE: Final = 2000  # feeds looked at in one tick

Tally = Counter[str]  # what a pass did, by name


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the stages work with; built in `app`."""

    settings: Settings
    store: Store
    tools: Tools
    recorder: Recorder
    random: Random


class Crew:
    """Tasks by key, never two of one key at once; a task that fails is logged and forgotten, its work stays due."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.store_error: StoreError | None = None  # of the last task that could not write

    def __len__(self) -> int:
        return len(self._tasks)

    def busy(self, key: str) -> bool:
        """Return whether a task of this key is under way."""
        return key in self._tasks

    def start(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Start work under a key that is not busy."""
        self._tasks[key] = asyncio.create_task(self._supervised(key, work), name=key)

    async def progress(self) -> None:
        """Return when a task has ended, or at once if none is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    async def settled(self) -> None:
        """Return when nothing is under way; raises the StoreError that kept a task from writing, if one did."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())
        if self.store_error:
            raise self.store_error

    async def cancel(self) -> None:
        """Cut off what is under way; nothing of it has been written."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _supervised(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreError as error:
            self.store_error = error
            logger.error("store.failed", extra={"task": key, "error": str(error)})  # noqa: TRY400  # the text says it all
        except Exception:
            logger.exception("task.crashed", extra={"task": key})
        finally:
            del self._tasks[key]


async def start_polls(runtime: Runtime, crew: Crew, tally: Tally, *, include_all: bool = False) -> None:
    """Start polling the feeds that are due, one task a host; `include_all`: also those that are not due yet."""
    due = await runtime.store.read(
        partial(feeds.due, now=runtime.tools.clock(), limit=DUE_AT_ONCE, include_all=include_all)
    )
    by_host: dict[str, list[Feed]] = defaultdict(list)
    for feed in due:
        by_host[host_key(feed.url)].append(feed)
    for host, its_feeds in by_host.items():
        if not crew.busy(host):
            crew.start(host, _poll_host(runtime, its_feeds, tally))


async def _poll_host(runtime: Runtime, due: Iterable[Feed], tally: Tally) -> None:
    for feed in due:
        if runtime.tools.stopping():
            return
        await _poll_one(runtime, feed, tally)


async def _poll_one(runtime: Runtime, feed: Feed, tally: Tally) -> None:
    tools = runtime.tools
    outcome = await poll.poll_feed(feed, gate=tools.gate, sandbox=tools.sandbox, clock=tools.clock)
    now = tools.clock()
    plan = poll.next_poll(feed, outcome, runtime.settings.poll, now, runtime.random.random())
    counts = await runtime.store.write(
        partial(feeds.record_poll, outcome=outcome, plan=plan, worth_fetching=runtime.recorder.worth_fetching, now=now)
    )
    tally.update({"feeds": 1, outcome.result: 1})
    tally.update({"parsed": counts.parsed, "new": counts.new, "known": counts.known, "refused": counts.refused})
    logger.info(
        "feed.polled",
        extra={
            "feed": feed.url,
            "result": outcome.result,
            "reason": outcome.reason,
            "new": counts.new,
            "ms": outcome.duration_ms,
        },
    )


async def start_batches(runtime: Runtime, crew: Crew, tally: Tally, *, limit: int | None = None) -> None:
    """Lease what waits in the ledger, for as many hosts as the settings allow at once, and start on it.

    With a `limit` one batch of at most so many entries.
    """
    network = runtime.settings.network
    free = network.concurrent_hosts - len(crew)
    if free <= 0:
        return
    batches = await runtime.store.write(
        partial(
            entries.claim,
            now=runtime.tools.clock(),
            max_batches=free if limit is None else 1,
            max_items=BATCH_ITEMS if limit is None else min(limit, BATCH_ITEMS),
            lease_s=LEASE_S,
            delay_s=network.host_delay_s,
            deadline_s=BATCH_DEADLINE_S,
            host_daily_pages=network.host_daily_pages,
            feed_daily_pages=network.feed_daily_pages,
        )
    )
    for batch in batches:
        tally.update({"batches": 1, "entries": len(batch.items)})
        crew.start(batch.host, _run_and_record(runtime, batch, tally))


async def _run_and_record(runtime: Runtime, batch: Batch, tally: Tally) -> None:
    try:
        result = await run_batch(batch, runtime.tools)
        await _record(runtime, result, tally)
    except asyncio.CancelledError:
        await runtime.store.write(partial(entries.abandon, token=batch.lease))
        raise


async def _record(runtime: Runtime, result: BatchResult, tally: Tally) -> None:
    """Write each page's result in its own transaction; they may share a commit."""
    now = runtime.tools.clock()
    units = [runtime.store.write(partial(runtime.recorder.page, page=page, now=now)) for page in result.results]
    for became in await asyncio.gather(*units):
        tally[became] += 1
    await runtime.store.write(partial(runtime.recorder.batch_end, result=result, now=now))


async def deliver(runtime: Runtime) -> int:
    """Send the deliveries that are due; return how many attempts were made."""
    return await outbox.deliver_due(
        runtime.store,
        runtime.settings.channels,
        runtime.tools.gate,
        clock=runtime.tools.clock,
        random=runtime.random.random,
    )


async def poll_pass(runtime: Runtime, *, include_all: bool = False) -> Tally:
    """Poll every feed that is due once and return what was seen."""
    tally: Tally = Counter()
    crew = Crew()
    await start_polls(runtime, crew, tally, include_all=include_all)
    await crew.settled()
    return tally


async def process_pass(runtime: Runtime, *, limit: int | None = None) -> Tally:
    """Fetch, read, judge and store what waits and is due, at most `limit` entries; return what became of it.

    Waits for hosts that only rest between two requests, not for those that asked to be left alone.
    """
    tally: Tally = Counter()
    crew = Crew()
    while not runtime.tools.stopping() and (limit is None or tally["entries"] < limit):
        before = tally["batches"]
        await start_batches(runtime, crew, tally, limit=None if limit is None else limit - tally["entries"])
        if tally["batches"] > before or len(crew):
            await crew.progress()
            continue
        rest_s = await runtime.store.read(partial(entries.rest_s, now=runtime.tools.clock()))
        if rest_s is None:
            break
        await asyncio.sleep(rest_s)
    await crew.settled()
    return tally
