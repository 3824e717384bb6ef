"""Articles that somebody has, or knows the address of, through the same stages as polled ones; they never alert."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from monitor.clock import to_text
from monitor.dispatch import run_batch
from monitor.errors import FetchError, MonitorError, StoreError, UsageError
from monitor.extract import extract
from monitor.guard import Guard
from monitor.identity import canonical_url, clean_text, content_hash, is_plausible, utc_moment, web_address
from monitor.model import (
    BATCH_VERSION,
    Batch,
    BatchItem,
    BatchResult,
    Extracted,
    Label,
    NotTried,
    Outcome,
    PageFailed,
    PageMoved,
    PageRead,
    PageResult,
    Reason,
    TextState,
    Verdict,
)
from monitor.pipeline import BATCH_DEADLINE_S, Runtime
from monitor.record import LONGEST_WAIT
from monitor.sandbox import SandboxClosedError
from monitor.store import Database, entries, seeds
from monitor.store.budgets import NO_PAGE, charge, day_of
from monitor.store.courtesy import courtesy_of
from monitor.store.leases import asked
from monitor.store.robots import of_host
from monitor.store.sightings import politeness_key

MOST_HOSTS: Final = 6  # an address and five redirects to other hosts
HANDS_OFF: Final = timedelta(minutes=15)  # longer than fetching an address can take


async def run(runtime: Runtime, items: Iterable[Mapping[str, Any]], urls: Sequence[str]) -> dict[str, Any]:
    """Import items and addresses; return `{"imported", "attached", "duplicate", "undated", "refused": [...]}`.

    `undated` are those of the imported that have a label and no date, neither told with them nor found: what they tell
    of counts as announced on the day of the import. Each of the refused is `{"source", "reason"}`.

    An item is `{"source", "sha256", "title", "text" or "html", "url", "published_at"}`. One whose SHA-256 is that of a
    seed's original gives the seed its full text ("attached").
    """
    counts = Counter(imported=0, attached=0, duplicate=0, undated=0)
    refused: list[dict[str, str]] = []
    works = [(str(item.get("source")), _item(runtime, item)) for item in items]
    works += [(url, _address(runtime, url)) for url in urls]
    for source, work in works:
        try:
            counts.update(await work)
        except FetchError as error:
            refused.append({"source": source, "reason": f"{error.reason}: {error.detail}"})
        except StoreError:
            raise
        except MonitorError as error:
            refused.append({"source": source, "reason": str(error)})
    return {**counts, "refused": refused}


async def _item(runtime: Runtime, item: Mapping[str, Any]) -> Sequence[str]:
    """Return what an item is counted as."""
    article = await _read(runtime, item)
    now = runtime.tools.clock()
    if seed_id := seeds.match_seed(item["sha256"]):
        await runtime.store.write(
            partial(runtime.recorder.seed_text, seed_id=seed_id, title=article.title, text=article.text, now=now)
        )
        return ("attached",)
    published_on = article.published_at.date() if article.published_at else None
    verdict = await asyncio.to_thread(runtime.tools.classifier.classify, article.title, article.text, published_on)
    url = item.get("url") or None
    identity = content_hash(article.title, article.text) if url is None else canonical_url(url)

    def unit(db: Database) -> str:
        entry_id, _ = entries.add_imported(db, url=url, identity=identity, title=article.title, now=now)
        return runtime.recorder.page(db, PageRead(entry_id, article, verdict, url or ""), now)

    if await runtime.store.write(unit) != Outcome.STORED:
        return ("duplicate",)
    return _imported(article, verdict)


def _imported(article: Extracted, verdict: Verdict) -> Sequence[str]:
    dated = article.published_at or verdict.facts.announced_on or verdict.label is Label.NONE
    return ("imported",) if dated else ("imported", "undated")


async def _read(runtime: Runtime, item: Mapping[str, Any]) -> Extracted:
    """Return the article an item holds; raises ParseError for HTML without one, UsageError for a bad date."""
    url = item.get("url") or ""
    if url and web_address(url, "") is None:
        raise UsageError(f"url = {url!r} is not an http or https address")
    if item.get("html"):
        body = str(item["html"]).encode()
        try:
            article = await runtime.tools.sandbox.run("page", extract, body, "text/html; charset=utf-8", url)
        except SandboxClosedError as error:
            raise MonitorError("the daemon stops; import it again when it runs") from error
    else:
        text = clean_text(str(item.get("text") or ""))
        article = Extracted("", text, TextState.FULL if text else TextState.HEADLINE_ONLY)
    title = clean_text(str(item.get("title") or "")) or article.title
    if not (title + article.text).strip():
        raise UsageError("it holds no text")
    if article.text.count("\ufffd") > len(article.text) / 20:
        raise UsageError("it is not text in UTF-8")
    published_at = _moment(item["published_at"]) if item.get("published_at") else article.published_at
    if published_at and not is_plausible(published_at, runtime.tools.clock()):
        published_at = None
    return replace(article, title=title, published_at=published_at)


async def _address(runtime: Runtime, url: str) -> Sequence[str]:
    """Fetch an address politely, follow it across hosts, and store what it holds; what failed before is tried again.

    Returns what it is counted as.

    The entry is not due for a while, so that a running daemon does not take it up beside this.
    """
    Guard.of(runtime.settings.network).check_url(url)
    now = runtime.tools.clock()

    def add(db: Database) -> int:
        identity, due_at = canonical_url(url), now + HANDS_OFF
        return entries.add_imported(db, url=url, identity=identity, title="", now=now, due_at=due_at, reopen=True)[0]

    entry_id = await runtime.store.write(add)
    here = url
    for _ in range(MOST_HOSTS):
        page = _with_words(await _fetched(runtime, entry_id, here))
        became = await runtime.store.write(partial(runtime.recorder.page, page=page, now=runtime.tools.clock()))
        if not isinstance(page, PageMoved) or became != "moved":
            break
        here = page.url
    if isinstance(page, PageFailed):
        there = "" if here == url else f", at {here}"
        again = "; it waits in the ledger and is tried again" if became == "retrying" else ""
        raise FetchError(page.reason, here, f"{page.detail}{there}{again}")
    if isinstance(page, PageMoved) and became != Outcome.DUPLICATE:
        raise FetchError(Reason.REDIRECT_LOOP, here, f"redirected across more than {MOST_HOSTS - 1} hosts")
    if isinstance(page, PageRead) and became == Outcome.STORED:
        return _imported(page.article, page.verdict)
    return ("duplicate",)


async def _fetched(runtime: Runtime, entry_id: int, url: str) -> PageResult:
    """Return what became of one address, its host asked by the rules, holds and budget of all its pages.

    Raises MonitorError for a host that is not to be asked now, and at a stop; the entry then waits in the ledger.
    """
    network, host = runtime.settings.network, politeness_key(url)

    def before(db: Database) -> Batch:
        now = runtime.tools.clock()
        if reason := _rests(courtesy_of(db, url, now), now, network.host_daily_pages):
            raise MonitorError(f"{reason}; it waits in the ledger and is tried after that")
        item = BatchItem(entry_id, url, title="", summary="")
        robots = of_host(db, host, now)
        return Batch(BATCH_VERSION, host, "", BATCH_DEADLINE_S, network.host_delay_s, robots, items=(item,))

    def after(db: Database, result: BatchResult) -> None:
        if host == NO_PAGE:
            return
        now = runtime.tools.clock()
        hold = timedelta(seconds=min(result.hold_s or 0, LONGEST_WAIT.total_seconds()))
        allowed_at = now + timedelta(seconds=network.host_delay_s)
        asked(
            db, host, now=now, next_allowed_at=allowed_at, robots=result.robots, hold_until=now + hold if hold else None
        )
        if not isinstance(result.results[0], NotTried):
            charge(db, host, [None], day_of(now))

    result = await run_batch(await runtime.store.read(before), runtime.tools)
    await runtime.store.write(partial(after, result=result))
    if isinstance(result.results[0], NotTried):
        raise MonitorError("the daemon stops; it waits in the ledger")
    return result.results[0]


def _rests(courtesy: Mapping[str, Any], now: datetime, daily_pages: int) -> str | None:
    """Return why the host of a page is not to be asked now, and until when; None if it may be."""
    if (hold := courtesy["hold_until"]) and hold > to_text(now):
        return f"its host asked to be left alone until {hold}"
    if (rest := courtesy["robots_rest_until"]) and rest > to_text(now):
        return f"robots.txt of its host could not be had, so no page is asked for until {rest}"
    if daily_pages and courtesy["pages_today"] >= daily_pages:
        return f"the {daily_pages} pages a day of its host are spent until midnight UTC"
    return None


def _with_words(page: PageResult) -> PageResult:
    """Return a page's result, or its failure where there are no words at all: no feed has told of the story."""
    if not isinstance(page, PageRead) or (page.article.title + page.article.text).strip():
        return page
    reason = page.reason or Reason.EXTRACT_EMPTY
    feed = reason is Reason.UNSUPPORTED_TYPE
    detail = "it is no web page (feeds are for `feeds add`)" if feed else "there is no article to be read on this page"
    return PageFailed(page.entry_id, reason, detail, retryable=False)


def _moment(text: str) -> datetime:
    moment = utc_moment(text)
    if moment is None:
        raise UsageError(f"published_at = {text!r} is not a date or moment in ISO 8601")
    return moment
