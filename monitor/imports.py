"""Articles that somebody has, or knows the address of, through the same stages as polled ones; they never alert."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from monitor.dispatch import run_batch
from monitor.errors import FetchError, ParseError, UsageError
from monitor.extract import extract
from monitor.guard import Guard
from monitor.identity import canonical_url, clean_text, content_hash, host_key, is_plausible, utc_moment, web_address
from monitor.model import (
    BATCH_VERSION,
    Batch,
    BatchItem,
    Extracted,
    Outcome,
    PageFailed,
    PageMoved,
    PageRead,
    Reason,
    TextState,
)
from monitor.pipeline import BATCH_DEADLINE_S, Runtime
from monitor.store import Database, entries, seeds

MOST_HOSTS: Final = 6  # an address and five redirects to other hosts
HANDS_OFF: Final = timedelta(minutes=15)  # longer than fetching an address can take


async def run(runtime: Runtime, items: Iterable[Mapping[str, Any]], urls: Sequence[str]) -> dict[str, Any]:
    """Import items and addresses; return `{"imported", "attached", "duplicate", "refused": [{"source", "reason"}]}`.

    An item is `{"source", "sha256", "title", "text" or "html", "url", "published_at"}`. One whose SHA-256 is that of a
    seed's original gives the seed its full text ("attached").
    """
    counts = {"imported": 0, "attached": 0, "duplicate": 0}
    refused: list[dict[str, str]] = []
    works = [(str(item.get("source")), _item(runtime, item)) for item in items]
    works += [(url, _address(runtime, url)) for url in urls]
    for source, work in works:
        try:
            counts[await work] += 1
        except (ParseError, FetchError, UsageError) as error:
            refused.append({"source": source, "reason": str(error)})
    return {**counts, "refused": refused}


async def _item(runtime: Runtime, item: Mapping[str, Any]) -> str:
    article = await _read(runtime, item)
    now = runtime.tools.clock()
    if seed_id := seeds.match_seed(item["sha256"]):
        await runtime.store.write(
            partial(runtime.recorder.seed_text, seed_id=seed_id, title=article.title, text=article.text, now=now)
        )
        return "attached"
    published_on = article.published_at.date() if article.published_at else None
    verdict = await asyncio.to_thread(runtime.tools.classifier.classify, article.title, article.text, published_on)
    url = item.get("url") or None
    identity = content_hash(article.title, article.text) if url is None else canonical_url(url)

    def unit(db: Database) -> str:
        entry_id, _ = entries.add_imported(db, url=url, identity=identity, title=article.title, now=now)
        return runtime.recorder.page(db, PageRead(entry_id, article, verdict, url or ""), now)

    return "imported" if await runtime.store.write(unit) == Outcome.STORED else "duplicate"


async def _read(runtime: Runtime, item: Mapping[str, Any]) -> Extracted:
    """Return the article an item holds; raises ParseError for HTML without one, UsageError for a bad date."""
    url = item.get("url") or ""
    if url and web_address(url, "") is None:
        raise UsageError(f"url = {url!r} is not an http or https address")
    if item.get("html"):
        body = str(item["html"]).encode()
        article = await runtime.tools.sandbox.run("page", extract, body, "text/html; charset=utf-8", url)
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


async def _address(runtime: Runtime, url: str) -> str:
    """Fetch an address politely, follow it across hosts, and store what it holds; what failed before is tried again.

    The entry is not due for a while, so that a running daemon does not take it up beside this.
    """
    network = runtime.settings.network
    Guard(network.allow_private, network.allow_ports).check_url(url)
    now = runtime.tools.clock()

    def add(db: Database) -> int:
        identity, due_at = canonical_url(url), now + HANDS_OFF
        return entries.add_imported(db, url=url, identity=identity, title="", now=now, due_at=due_at, reopen=True)[0]

    entry_id = await runtime.store.write(add)
    here = url
    for _ in range(MOST_HOSTS):
        page = (await run_batch(_alone(entry_id, here, network.host_delay_s), runtime.tools)).results[0]
        became = await runtime.store.write(partial(runtime.recorder.page, page=page, now=runtime.tools.clock()))
        if not isinstance(page, PageMoved) or became != "moved":
            break
        here = page.url
    if isinstance(page, PageFailed):
        raise FetchError(page.reason, here, page.detail)
    if isinstance(page, PageMoved) and became != Outcome.DUPLICATE:
        raise FetchError(Reason.REDIRECT_LOOP, here, f"redirected across more than {MOST_HOSTS - 1} hosts")
    return "imported" if became == Outcome.STORED else "duplicate"


def _alone(entry_id: int, url: str, delay_s: float) -> Batch:
    """Return the batch of one entry that needs no lease, for nobody else knows of it yet."""
    item = BatchItem(entry_id, url, title="", summary="")
    return Batch(BATCH_VERSION, host_key(url), "", BATCH_DEADLINE_S, delay_s, robots=None, items=(item,))


def _moment(text: str) -> datetime:
    moment = utc_moment(text)
    if moment is None:
        raise UsageError(f"published_at = {text!r} is not a date or moment in ISO 8601")
    return moment
