"""The way of one story, stage by stage: poll -> ledger -> batch -> article -> event -> alert.

Nothing here fetches, parses or judges itself; it puts the stages in order and has the store write what they return:
the *poll* transaction after each poll, the *result* transaction (`record`) after each page. A failing feed, page or
batch costs itself only.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from random import Random
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from monitor import poll
from monitor.alerts import outbox
from monitor.crew import Crew
from monitor.dispatch import LEASE_S, Here, LostError, Tools, Workers
from monitor.errors import StoreError
from monitor.identity import queue_key
from monitor.model import Batch, BatchResult, Feed, FeedEntry, PageFailed, PageRead, PageResult, PollOutcome, Reason
from monitor.opinion import Opinions
from monitor.record import Recorder
from monitor.sandbox import SandboxClosedError
from monitor.settings import Settings
from monitor.store import Database, Store, addresses, entries, feeds, polls

logger = logging.getLogger("monitor")

BATCH_ITEMS: Final = 10  # entries of one host that leave home together
BATCH_DEADLINE_S: Final = 300.0
POLL_DEADLINE_S: Final = 900.0  # far above what waiting, asking and parsing take; each has a limit of its own
DUE_AT_ONCE: Final = 2000  # feeds taken up in one tick; the next tick takes more

Tally = Counter[str]  # what a pass did, by name


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the stages work with; built in `app`."""

    settings: Settings
    store: Store
    tools: Tools
    recorder: Recorder
    random: Random
    polling: asyncio.Semaphore  # as many feeds are fetched and parsed at the same time as the settings allow
    # One lock for each registrable domain whose feeds are being polled, whether by the daemon or for a command.
    polled: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    opinions: Opinions | None = None  # a language model to ask where the rules are unsure
    elsewhere: Workers | None = None  # the workers of a cluster

    @property
    def workers(self) -> Workers:
        """Who carries batches out: a cluster, or else this process with its tools."""
        return self.elsewhere or Here(self.tools, self.settings.network.concurrent_hosts)


async def start_polls(
    runtime: Runtime, crew: Crew, tally: Tally, *, limit: int | None = DUE_AT_ONCE, include_all: bool = False
) -> None:
    """Start polling the feeds that are due, one task for each registrable domain; `include_all`: all the others too.

    Raises the StoreError that kept an earlier poll of this crew from being written.
    """
    crew.check()
    busy = crew.busy | frozenset(runtime.workers.away())
    query = partial(feeds.due, now=runtime.tools.clock(), limit=limit, include_all=include_all, busy=busy)
    by_queue: dict[str, list[feeds.Due]] = defaultdict(list)
    for feed in await runtime.store.read(query):
        by_queue[queue_key(feed.url)].append(feed)
    for queue, its_feeds in by_queue.items():
        crew.start(queue, partial(_poll_queue, runtime, queue, its_feeds, tally))


async def _poll_queue(runtime: Runtime, queue: str, due: Sequence[feeds.Due], tally: Tally) -> None:
    """Poll the feeds of one domain one after another, but for those of which meanwhile nothing is to be asked."""
    rest_s = 0.0
    async with runtime.polled.setdefault(queue, asyncio.Lock()):
        hosts = [urlsplit(feed.url).netloc for feed in due]
        for feed, host, next_host in zip(due, hosts, [*hosts[1:], None], strict=True):
            if rest_s:
                await asyncio.sleep(rest_s)  # resting here and not in the gate leaves the place to another queue
            if runtime.tools.stopping() or queue in runtime.workers.away():  # likewise; what is left stays due
                return
            async with runtime.polling:
                found = await runtime.store.read(partial(feeds.still, feed=feed, now=runtime.tools.clock()), "polls")
                if found is not None:
                    await _poll_one(runtime, found, tally, host_goes_on=host == next_host)
            rest_s = 0.0 if found is None else runtime.settings.network.host_delay_s


async def _poll_one(runtime: Runtime, feed: Feed, tally: Tally, *, host_goes_on: bool) -> None:
    """Poll one feed and record it; a fault of this program is recorded, too, or it would be due every second."""
    tools, doing, polled_at = runtime.tools, "polled", runtime.tools.clock()
    try:
        async with asyncio.timeout(POLL_DEADLINE_S):
            outcome = await poll.poll_feed(
                feed, gate=tools.gate, sandbox=tools.sandbox, clock=tools.clock, host_goes_on=host_goes_on
            )
        doing = "stored"
        await _record_poll(runtime, feed, outcome, tally)
    except StoreError:
        raise
    except SandboxClosedError:  # the daemon is going; that says nothing about the feed
        return
    except Exception as error:
        tally["crashed"] += 1
        logger.exception("feed.crashed", extra={"feed": feed.url})
        detail = f"could not be {doing}: {type(error).__name__}: {error}"
        failed = PollOutcome(feed.id, polled_at, "failed", reason=Reason.PARSE_CRASHED, detail=detail)
        await _record_poll(runtime, feed, failed, tally)


async def _record_poll(runtime: Runtime, feed: Feed, outcome: PollOutcome, tally: Tally) -> None:
    """Write one poll into the ledger, in one *poll* transaction."""
    now = runtime.tools.clock()
    decide = partial(
        poll.next_poll, feed, outcome, settings=runtime.settings.poll, now=now, jitter=runtime.random.random()
    )
    seen, worth = await _first_looks(runtime, feed, outcome)
    counts = await runtime.store.write(
        partial(
            polls.record_poll,
            outcome=outcome,
            decide=decide,
            worth_fetching=lambda entry: worth[entry] if entry in worth else runtime.recorder.worth_fetching(entry),
            now=now,
            seen=seen,
        )
    )
    tally.update(["feeds", outcome.result])
    tally.update(asdict(counts) if counts.parsed else {})
    told = {"result": outcome.result, "reason": outcome.reason, "new": counts.new, "ms": outcome.duration_ms}
    logger.info("feed.polled", extra={"feed": feed.url, **told})
    if outcome.false_304 and counts.new and feed.says_nothing_new:
        logger.warning("feed.false_304", extra={"feed": feed.url, "new": counts.new})
    to = poll.new_address(feed, outcome)
    if to is not None:
        became = await runtime.store.write(partial(addresses.move, feed_id=feed.id, url=to, now=now))
        if became:
            logger.info(f"feed.{became}", extra={"feed": feed.url, "to": to})  # noqa: G004  # one event name an outcome


async def _first_looks(runtime: Runtime, feed: Feed, outcome: PollOutcome) -> tuple[polls.Seen, dict[FeedEntry, bool]]:
    """Return the entries with their keys, and which of those asked about are worth fetching; the writer only writes."""
    document, worth_fetching = outcome.document, runtime.recorder.worth_fetching
    if document is None:
        return (), {}

    def look(db: Database) -> tuple[polls.Seen, dict[FeedEntry, bool]]:
        seen, asked = polls.asked_about(db, feed_id=feed.id, entries=document.entries)
        return seen, {entry: worth_fetching(entry) for entry in asked}

    return await runtime.store.read(look, "looks")


async def start_batches(runtime: Runtime, crew: Crew, tally: Tally, *, limit: int | None = None) -> None:
    """Lease what waits in the ledger, for as many hosts as the settings allow at once, and start on it.

    With a `limit` one batch of at most so many entries. Raises as `start_polls` does.
    """
    crew.check()
    network = runtime.settings.network
    free = runtime.workers.places() - len(crew)
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
        crew.start(batch.lease, partial(run_and_record, runtime, batch, tally))


async def run_and_record(runtime: Runtime, batch: Batch, tally: Tally) -> None:
    """Have one leased batch carried out and write its results; what is cut off or lost waits again."""
    urls = {item.entry_id: item.url for item in batch.items}
    try:
        async with runtime.workers.work(batch) as result:
            await record_result(runtime, result, tally, urls)
    except asyncio.CancelledError:
        await runtime.store.write(partial(entries.abandon, token=batch.lease))
        raise
    except LostError as error:
        logger.warning("batch.lost", extra={"host": batch.host, "error": str(error)})
        now = runtime.tools.clock()
        leave = partial(entries.give_up, now=now) if error.begun else entries.abandon
        await runtime.store.write(partial(leave, token=batch.lease))


async def record_result(runtime: Runtime, result: BatchResult, tally: Tally, urls: Mapping[int, str]) -> None:
    """Write what a batch brought, each page in its own transaction, and give its host free; `urls` are for the log."""
    try:
        recorded = await asyncio.gather(*(_record_page(runtime, page, result.lease, tally) for page in result.results))
        for page, became in recorded:
            tally[became] += 1
            _tell(page, became, urls.get(page.entry_id, ""))
    finally:
        await runtime.store.write(partial(runtime.recorder.batch_end, result=result, now=runtime.tools.clock()))


async def _record_page(runtime: Runtime, page: PageResult, lease: str, tally: Tally) -> tuple[PageResult, str]:
    """Write one page's result in its own transaction; return it with what became of its entry.

    Before that, and at home, because it is cached and counted in the store, a second opinion may be heard.
    """
    if runtime.opinions is not None and isinstance(page, PageRead) and not runtime.tools.stopping():
        page = await _heard(runtime.opinions, page, tally)
    record = partial(runtime.recorder.page, now=runtime.tools.clock(), lease=lease)
    try:
        return page, await runtime.store.write(partial(record, page=page))
    except StoreError:
        raise
    except Exception as error:  # a result that cannot be stored must not come back for ever
        tally["crashed"] += 1
        logger.exception("entry.unstorable", extra={"entry_id": page.entry_id})
        detail = f"the result could not be stored: {type(error).__name__}: {error}"
        failed = PageFailed(page.entry_id, Reason.CLASSIFY_FAILED, detail, retryable=False)
        return failed, await runtime.store.write(partial(record, page=failed))


async def _heard(opinions: Opinions, page: PageRead, tally: Tally) -> PageRead:
    """Return the page after a second opinion; one that this program fails to hear costs no page."""
    try:
        page, heard = await opinions.heard(page)
    except StoreError:
        raise
    except Exception:
        tally["crashed"] += 1
        logger.exception("opinion.crashed", extra={"entry_id": page.entry_id})
        return page
    tally.update([f"opinion_{heard}"] if heard else [])
    return page


def _tell(page: PageResult, became: str, url: str) -> None:
    """Log the one outcome of one entry."""
    extra: dict[str, object] = {"entry_id": page.entry_id, "url": url}
    if isinstance(page, PageRead):
        extra |= {"label": page.verdict.label, "kind": page.verdict.kind, "company": page.verdict.facts.company}
    if isinstance(page, PageRead | PageFailed) and page.reason:
        extra["reason"] = page.reason
    logger.info(f"entry.{became}", extra=extra)  # noqa: G004  # one event name an outcome


async def deliver(runtime: Runtime) -> int:
    """Send the deliveries that are due; return how many attempts were made. Raises StoreError."""
    return await outbox.deliver_due(
        runtime.store,
        runtime.settings,
        runtime.tools.gate,
        clock=runtime.tools.clock,
        random=runtime.random.random,
        stopping=runtime.tools.stopping,
    )


async def poll_pass(runtime: Runtime, *, include_all: bool = False) -> Tally:
    """Poll every feed that is due once and return what was seen."""
    tally: Tally = Counter()
    async with Crew() as crew:
        await start_polls(runtime, crew, tally, limit=None, include_all=include_all)
        await crew.settled()
    return tally


async def process_pass(runtime: Runtime, *, limit: int | None = None) -> Tally:
    """Fetch, read, judge and store what waits and is due, at most `limit` entries; return what became of it.

    Waits for hosts that only rest between two requests, not for those that asked to be left alone.
    """
    tally: Tally = Counter()
    async with Crew() as crew:
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
