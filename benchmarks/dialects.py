"""How many of the entries that feedparser finds do we find, does anything crash, and what does trimming save?

    python benchmarks/dialects.py DIR... [--json FILE]

Each DIR is one collection of test documents, read with all its folders. Nothing is shipped; whoever runs it fetches:

- github.com/kurtmckee/feedparser: `tests`
- github.com/mmcdole/gofeed: `testdata`
- github.com/feed-rs/feed-rs: `feed-rs/fixture`
- github.com/feedjira/feedjira: `spec/sample_feeds`
- github.com/newsboat/newsboat: `test/data`
- github.com/miniflux/v2: `internal/reader`
- github.com/kagisearch/fastfeedparser: `benchmark_data`, 200 feeds as they were on the web in 2026

The reference is `feedparser.parse` with its default settings on the same bytes, without any header. Ours runs in the
sandbox with its limits, so that a crash, a hang or a death is an outcome. `agree` are the entries found that have
feedparser's id, or its link where there is none, in the same place; an address may be relative in one of them. JSON
that only states what a test expects of a neighbouring document is passed over; of the rest feedparser reads none,
which is what makes most entries extra.

Trimming is measured on the documents with 20 to 100 entries: CPU against feedparser's, best of five, for the whole
document, for one with two unseen entries, and for one with none. On all documents that have digests, entries are
left out at random, and the others must be equal to those of the whole. Behind docs/decisions/0016.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

import feedparser

from monitor.errors import ParseError
from monitor.identity import clean_text
from monitor.model import FeedDocument
from monitor.poll import parse_feed
from monitor.sandbox import Sandbox

URL = "https://feeds.example/collection/document"
SUFFIXES = frozenset({"", ".atom", ".cdf", ".feed", ".html", ".json", ".rdf", ".rss", ".txt", ".xml"})
TYPICAL = range(20, 101)  # entries
DIGEST = 8
TRIALS = 4


@dataclass
class Collection:
    """What became of one collection."""

    name: str
    documents: int = 0
    entries: int = 0  # by feedparser
    found: int = 0  # of those, by us
    agree: int = 0
    extra: int = 0  # ours beyond feedparser's
    partial: int = 0
    with_digests: int = 0
    untrue_trims: int = 0
    worst_s: float = 0.0  # wall time of one document, in the sandbox
    worst_document: str = ""
    reference_raised: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    fewer: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Saving:
    """CPU of one typical document as a share of feedparser's."""

    document: str
    entries: int
    whole: float
    two_unseen: float
    none_unseen: float


def documents_in(folder: Path) -> Iterator[Path]:
    """Give the documents below a folder, without JSON that states what to expect of a document beside it."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix.lower() not in SUFFIXES:
            continue
        stem = path.name.partition(".serde")[0].removesuffix(".json")
        expected = path.suffix == ".json" and any(path.with_name(stem + other).exists() for other in (".xml", ".feed"))
        if not expected:
            yield path


def reference(body: bytes) -> list[str] | None:
    """Return id or link of each entry that feedparser finds, None where it raises."""
    try:
        entries = feedparser.parse(BytesIO(body)).entries
    except Exception:  # noqa: BLE001  # whatever it raises, it found nothing
        return None
    return [clean_text(str(dict.get(entry, "id") or dict.get(entry, "link") or "")).strip() for entry in entries]


async def ours(sandbox: Sandbox, body: bytes) -> FeedDocument | str:
    """Return the document, or the reason it was refused for."""
    try:
        return await sandbox.run("feed", parse_feed, body, None, URL)
    except ParseError as error:
        return str(error.reason)


async def measure(folder: Path, sandbox: Sandbox, chance: random.Random) -> tuple[Collection, list[Saving]]:
    """Return what became of the documents below a folder."""
    result, savings = Collection(str(folder)), []
    for path in documents_in(folder):
        body = path.read_bytes()
        expected = reference(body)
        began = time.perf_counter()
        got = await ours(sandbox, body)
        took = time.perf_counter() - began
        if took > result.worst_s:
            result.worst_s, result.worst_document = took, path.name
        count(result, path, expected, got)
        if isinstance(got, FeedDocument) and got.digests:
            result.with_digests += 1
            result.untrue_trims += sum(not is_true_trim(body, got, chance) for _ in range(TRIALS))
            if len(got.entries) in TYPICAL:
                savings.append(saving(path, body, got))
    return result, savings


def count(result: Collection, path: Path, expected: list[str] | None, got: FeedDocument | str) -> None:
    """Add one document to the figures."""
    entries = got.entries if isinstance(got, FeedDocument) else ()
    wanted = expected or []
    result.documents += 1
    result.reference_raised += expected is None
    result.entries += len(wanted)
    result.found += min(len(wanted), len(entries))
    result.extra += max(0, len(entries) - len(wanted))
    result.agree += sum(
        bool({want, urljoin(URL, want)} & {entry.guid or "", entry.url or "", entry.via_url or ""})
        for want, entry in zip(wanted, entries, strict=False)
    )
    end = got if isinstance(got, str) else "read"
    result.ends[end] = result.ends.get(end, 0) + 1
    result.partial += isinstance(got, FeedDocument) and got.partial
    if len(entries) < len(wanted):
        result.fewer.append(f"{path}: {len(entries)} of {len(wanted)}")


def is_true_trim(body: bytes, whole: FeedDocument, chance: random.Random) -> bool:
    """Return whether the document without a random half of its entries is the whole one without them."""
    single = [whole.digests[at : at + DIGEST] for at in range(0, len(whole.digests), DIGEST)]
    if len(single) != len(whole.entries):  # entries alike byte for byte share a digest
        return True
    known = {digest for digest in single if chance.random() < 0.5}
    rest = parse_feed(body, None, URL, b"".join(known))
    entries = tuple(entry for entry, digest in zip(whole.entries, single, strict=True) if digest not in known)
    return (rest.entries, rest.title, rest.ttl_s, rest.digests, rest.skipped) == (
        entries, whole.title, whole.ttl_s, whole.digests, len(known)
    )  # fmt: skip


def saving(path: Path, body: bytes, whole: FeedDocument) -> Saving:
    """Return the CPU shares of one document."""
    base = cpu_s(lambda: feedparser.parse(BytesIO(body)))
    return Saving(
        path.name,
        len(whole.entries),
        cpu_s(lambda: parse_feed(body, None, URL)) / base,
        cpu_s(lambda: parse_feed(body, None, URL, whole.digests[2 * DIGEST :])) / base,
        cpu_s(lambda: parse_feed(body, None, URL, whole.digests)) / base,
    )


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work, the best of five."""
    times = []
    for _ in range(5):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def tell(collections: list[Collection], savings: list[Saving]) -> None:
    """Print the tables."""
    print(f"{'collection':40} {'docs':>5} {'entries':>7} {'found':>8} {'agree':>8} {'extra':>5} {'worst s':>7}")
    for one in collections:
        share, agree = (part / one.entries if one.entries else 1.0 for part in (one.found, one.agree))
        print(
            f"{one.name[-40:]:40} {one.documents:5} {one.entries:7} {share:8.2%} {agree:8.2%} {one.extra:5}"
            f" {one.worst_s:7.2f}  {one.ends}, partial {one.partial}, with digests {one.with_digests},"
            f" untrue trims {one.untrue_trims}, feedparser raised {one.reference_raised}"
        )
        for line in one.fewer:
            print(f"    fewer: {line}")
    entries, found = sum(one.entries for one in collections), sum(one.found for one in collections)
    print(f"all: {found} of {entries} entries, {found / entries if entries else 1:.2%}")
    print(f"\nCPU against feedparser, {len(savings)} documents with 20 to 100 entries")
    for name in ("whole", "two_unseen", "none_unseen"):
        shares = sorted(getattr(one, name) for one in savings)
        if shares:
            print(f"    {name:12} median {statistics.median(shares):.3f}, from {shares[0]:.3f} to {shares[-1]:.3f}")


async def run(folders: list[Path]) -> tuple[list[Collection], list[Saving]]:
    """Return the figures of all collections."""
    chance = random.Random(16)
    async with Sandbox(1) as sandbox:
        results = [await measure(folder, sandbox, chance) for folder in folders]
    return [one for one, _ in results], [saved for _, several in results for saved in several]


def main() -> None:
    """Measure and tell; exit 1 where we find fewer than 99 %, crash, or trim untruly."""
    parser = argparse.ArgumentParser(description="Entries found against feedparser, and what trimming saves.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    collections, savings = asyncio.run(run(options.folders))
    tell(collections, savings)
    if options.json:
        figures = {"collections": [asdict(one) for one in collections], "savings": [asdict(one) for one in savings]}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    crashes = sum(one.ends.get(reason, 0) for one in collections for reason in ("parse_crashed", "parse_timeout"))
    short = any(one.found < 0.99 * one.entries for one in collections)
    sys.exit(1 if short or crashes or any(one.untrue_trims for one in collections) else 0)


if __name__ == "__main__":
    main()
