"""Who runs a batch of entries: this process, or workers elsewhere (`cluster`).

`run_batch` is all a worker does. It opens no store: a `Batch` in, a `BatchResult` with exactly one result per
item out, both plain values that travel as JSON (`to_json`, `batch_from_json`, `result_from_json`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final, Protocol

import msgspec

from monitor.classify import Classifier
from monitor.clock import Clock
from monitor.errors import FetchError, MonitorError, ParseError
from monitor.extract import extract
from monitor.extract.gaps import completed, own_words, plausibly_dated
from monitor.extract.glance import Glance
from monitor.fetch import PAGE, Fetched, Gate, Moved, WithdrawnError, fetch_robots, judged, user_agent
from monitor.identity import is_opaque_aggregator
from monitor.model import (
    BATCH_VERSION,
    Batch,
    BatchItem,
    BatchResult,
    Extracted,
    NotTried,
    PageFailed,
    PageMoved,
    PageRead,
    PageResult,
    Reason,
    RobotsRules,
    TextState,
)
from monitor.sandbox import Sandbox, SandboxClosedError

logger = logging.getLogger("monitor")

LEASE_S: Final = 600.0  # of a batch: above its deadline, so that a live worker is never taken for a dead one
HTML: Final = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
HOLD_WHEN_UNSAID_S: Final = {
    Reason.RATE_LIMITED: 600.0,
    Reason.CHALLENGE_PAGE: 3600.0,  # we cannot pass the test, only hope that it is not put to us for ever
}  # how long a host is left alone that asks for it and does not say how long
PATIENCE_S: Final = 10_800.0  # with a host that puts tests for browsers: three holds, after which the feed's words do


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker works with."""

    gate: Gate
    sandbox: Sandbox
    classifier: Classifier
    clock: Clock
    stopping: Callable[[], bool] = lambda: False  # asked between two entries
    glance: Callable[[BatchItem, Fetched], Awaitable[Glance | None]] | None = None  # at pages not worth extracting


class LostError(MonitorError):
    """A batch came back from nobody; what it held waits again. One that was `begun` may be what kills workers."""

    retryable = True

    def __init__(self, message: str, *, begun: bool = False) -> None:
        super().__init__(message)
        self.begun = begun


class Workers(Protocol):
    """Who carries batches out: `Here`, or the home end of a cluster."""

    def places(self) -> int:
        """Return how many batches may be out at once."""
        ...

    def away(self) -> Collection[str]:
        """Return the registrable domains that are asked from elsewhere, so that home leaves them alone."""
        ...

    def work(self, batch: Batch) -> AbstractAsyncContextManager[BatchResult]:
        """Give a batch's result; who brought it hears that it is written when the block ends. May raise LostError."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """Batches carried out in this process, whose gate keeps hosts apart by itself."""

    tools: Tools
    concurrent: int

    def places(self) -> int:
        """Return how many batches may be under way at once."""
        return self.concurrent

    def away(self) -> Collection[str]:
        """Return nothing: no host is asked from elsewhere."""
        return ()

    @asynccontextmanager
    async def work(self, batch: Batch) -> AsyncIterator[BatchResult]:
        """Give the result of a batch; raises TimeoutError when its lease is over."""
        async with asyncio.timeout(LEASE_S):  # who is later has lost it, and must not keep it by being at work
            result = await run_batch(batch, self.tools)
        yield result


def to_json(value: Batch | BatchResult) -> bytes:
    """Return a batch or its result as the JSON in which it travels."""
    return msgspec.json.encode(value)


def batch_from_json(body: bytes) -> Batch:
    """Return the batch written by `to_json`; raises ValueError for anything else, other versions included."""
    batch = msgspec.json.decode(body, type=Batch)
    _check_version(batch.version)
    return batch


def result_from_json(body: bytes) -> BatchResult:
    """Return the result written by `to_json`; raises ValueError for anything else, other versions included."""
    result = msgspec.json.decode(body, type=BatchResult)
    _check_version(result.version)
    return result


def _check_version(version: int) -> None:
    if version != BATCH_VERSION:
        raise ValueError(f"batch version {version}; this program speaks {BATCH_VERSION}")


async def run_batch(batch: Batch, tools: Tools) -> BatchResult:
    """Return one result per item: fetched politely one after the other, extracted, classified.

    Ends early, with the rest as `NotTried`, when the deadline nears, the host asks for peace or the worker stops.
    Raises nothing for what a server or a page does.
    """
    run = _Run(batch, tools, ends_at=monotonic() + batch.deadline_s)
    results = [await run.result(item) for item in batch.items]
    return BatchResult(
        version=batch.version,
        host=batch.host,
        lease=batch.lease,
        results=tuple(results),
        robots=run.robots if run.robots != batch.robots else None,
        hold_s=run.hold_s,
    )


class _Run:
    """One batch on its way: what has been learnt of the host since it began."""

    def __init__(self, batch: Batch, tools: Tools, ends_at: float) -> None:
        self.batch = batch
        self.tools = tools
        self.ends_at = ends_at
        self.robots: RobotsRules | None = batch.robots
        self.ruling: dict[str, bool] = {}  # address -> allowed by robots.txt
        self.delay_s = batch.delay_s
        self.rest_s = 0.0  # before the next request
        self.hold_s: float | None = None
        self.tested = False  # the host has put a test that only a browser can pass

    async def result(self, item: BatchItem) -> PageResult:
        """Return the result of one item, whatever happens to it."""
        if not item.url:
            return await self._judged(item, own_words(item), "", None)
        if is_opaque_aggregator(item.url):  # what its summary adds to the headline is other headlines
            headline = replace(own_words(item), text_state=TextState.HEADLINE_ONLY)
            return await self._judged(item, headline, item.url, Reason.UNRESOLVED_AGGREGATOR)
        if self._is_over():
            given_up = self.tested and item.waited_s >= PATIENCE_S
            return await self._by_own_words(item) if given_up else NotTried(item.entry_id)
        return await self._fetched(item)

    def _is_over(self) -> bool:
        """Return whether the host is asked for nothing more: it must not be, or there is no time left."""
        if self.hold_s is not None or (self.robots is not None and self.robots.state == "unreachable"):
            return True
        return self.tools.stopping() or monotonic() + self.rest_s >= self.ends_at

    async def _fetched(self, item: BatchItem) -> PageResult:
        try:
            return await self._refused_by_robots(item) or await self._page(item)
        except FetchError as error:
            if error.reason in HOLD_WHEN_UNSAID_S:
                self.hold_s = error.retry_after_s or HOLD_WHEN_UNSAID_S[error.reason]
            self.tested = error.reason is Reason.CHALLENGE_PAGE
            if self.tested and item.waited_s >= PATIENCE_S:
                return await self._by_own_words(item)
            return PageFailed(item.entry_id, error.reason, error.detail, not error.permanent, error.retry_after_s)
        except ParseError as error:  # the sandbox could not judge robots.txt, and would not for the next entry either
            self.hold_s = HOLD_WHEN_UNSAID_S[Reason.RATE_LIMITED]
            return PageFailed(item.entry_id, Reason.ROBOTS_UNREACHABLE, error.detail, retryable=True)
        except (SandboxClosedError, WithdrawnError):  # the worker is going; that says nothing about the page
            return NotTried(item.entry_id)
        except Exception as error:  # one entry's surprise must not cost its neighbours theirs
            logger.exception("entry.crashed", extra={"url": item.url})
            detail = f"{type(error).__name__}: {error}"
            return PageFailed(item.entry_id, Reason.EXTRACT_CRASHED, detail, retryable=True)

    async def _refused_by_robots(self, item: BatchItem) -> PageFailed | None:
        if self.robots is None:
            # The rules are kept per host; where a host has both schemes, those of https count.
            secure = (one.url for one in self.batch.items if one.url.startswith("https:"))
            self.robots = await fetch_robots(
                self.tools.gate, next(secure, item.url), self.tools.clock(), withdrawn=self.tools.stopping
            )
        if self.robots.state == "unreachable":
            detail = "robots.txt could not be had, so no page is asked for (RFC 9309 2.3.1.4)"
            return PageFailed(item.entry_id, Reason.ROBOTS_UNREACHABLE, detail, retryable=True)
        if self.robots.state == "rules" and not await self._allowed(item.url, self.robots.text):
            return PageFailed(item.entry_id, Reason.ROBOTS_DENIED, "refused by robots.txt", retryable=False)
        return None

    async def _allowed(self, url: str, rules: str) -> bool:
        if url not in self.ruling:
            urls = tuple({url, *(one.url for one in self.batch.items if one.url)})
            verdict = await judged(rules, urls, user_agent(None), partial(self.tools.sandbox.run, "page"))
            self.ruling |= dict(zip(urls, verdict.allowed, strict=True))
            if verdict.crawl_delay_s is not None and self.robots is not None:
                self.robots = replace(self.robots, crawl_delay_s=verdict.crawl_delay_s)
                self.delay_s = max(self.delay_s, verdict.crawl_delay_s)
        return self.ruling[url]

    async def _permitted(self, url: str) -> bool:
        """Return whether robots.txt lets a redirect on the host go on to this address."""
        return self.robots is None or self.robots.state != "rules" or await self._allowed(url, self.robots.text)

    async def _page(self, item: BatchItem) -> PageResult:
        self.rest_s = self.delay_s
        answer = await self.tools.gate.get(
            item.url,
            limits=PAGE,
            accept=HTML,
            stay_on_host=True,
            delay_s=self.delay_s,
            permit=self._permitted,
            withdrawn=self.tools.stopping,
        )
        if isinstance(answer, Moved):
            return PageMoved(item.entry_id, answer.url)
        if not isinstance(answer, Fetched):
            return PageFailed(item.entry_id, Reason.BAD_HTTP, "304 to an unconditional request", retryable=True)
        seen = await self.tools.glance(item, answer) if self.tools.glance is not None else None
        if seen is not None:
            item = replace(item, title=item.title or seen.title, summary=item.summary or seen.lead)
            return await self._judged(item, own_words(item), answer.url, Reason.OFF_TOPIC)
        try:
            page = await self.tools.sandbox.run("page", extract, answer.body, answer.content_type, answer.url)
        except ParseError as error:
            self.hold_s = HOLD_WHEN_UNSAID_S.get(error.reason)  # a test for browsers can come with a 200, too
            self.tested = error.reason is Reason.CHALLENGE_PAGE
            return await self._judged(item, own_words(item, error.reason), answer.url, error.reason)
        if len(page.text) < len(item.summary):  # a teaser, a login, a wall: the feed said more (RELIABILITY.md H12)
            return await self._judged(item, own_words(item), answer.url, Reason.EXTRACT_EMPTY)
        return await self._judged(item, completed(page, item), answer.url, None)

    async def _by_own_words(self, item: BatchItem) -> PageResult:
        """Return the story as its feed tells it: its host has asked for a browser whenever it was asked."""
        return await self._judged(item, own_words(item, Reason.CHALLENGE_PAGE), item.url, Reason.CHALLENGE_PAGE)

    async def _judged(
        self, item: BatchItem, article: Extracted, final_url: str, reason: Reason | None
    ) -> PageRead | PageFailed:
        article = plausibly_dated(article, self.tools.clock())
        published_on = article.published_at.date() if article.published_at else None
        try:
            # In a thread: a long text takes a while, and the loop has other hosts to serve.
            verdict = await asyncio.to_thread(self.tools.classifier.classify, article.title, article.text, published_on)
        except Exception as error:
            logger.exception("article.classify_failed", extra={"url": item.url})
            detail = f"{type(error).__name__}: {error}"
            return PageFailed(item.entry_id, Reason.CLASSIFY_FAILED, detail, retryable=False)
        return PageRead(item.entry_id, article, verdict, final_url, reason)
