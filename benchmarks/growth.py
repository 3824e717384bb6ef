"""Does an article, a question or a page cost more in a store of a million articles than in one of ten thousand?

    python benchmarks/growth.py [--sizes 10000 100000 1000000] [--keep FOLDER] [--only inserts,pages] [--json FILE]

Stores of each size are made by `grown.py` (eight gigabytes and a few minutes for a million; `--keep` leaves them in the
folder, and uses those it finds). Then, size by size in turn, so many rounds: articles are written the product's own way
(poll, claim, one unit for each page, end of the batch; through the writer, as it commits them), and the daemon's and
the commands' questions, the named queries, every view with its facets, and every page of the site are asked. Printed is
the median CPU, of all threads, in milliseconds, and the ratio of the largest store to the smallest.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks.grown import made  # noqa: E402  # after the path is set
from benchmarks.grown_rows import BIG, UNTIL  # noqa: E402  # as above
from benchmarks.grown_work import PARTS, Inserts, Spent, questions  # noqa: E402  # as above
from monitor import site  # noqa: E402  # as above
from monitor.alerts.documents import DOCUMENTS  # noqa: E402  # as above
from monitor.editions.dictionary import metadata  # noqa: E402  # as above
from monitor.store import Database, Store  # noqa: E402  # as above
from monitor.store.connection import connect_read_only  # noqa: E402  # as above

SHOWN: Final = metadata()["databases"]["monitor"]
WEEK: Final = f"{UNTIL.isocalendar()[0]}-W{max(UNTIL.isocalendar()[1] - 3, 1):02}"
OWN_PAGES: Final = (
    "/", "/stories", "/stories?q=assistant", "/stories?q=norviknordhal+rehires", "/stories?label=reversal",
    f"/stories?publisher=paper-7.example&week={WEEK}", "/stories?function=software&country=DE", "/employers",
    "/employers?q=firm+1", "/employers/7", f"/employers/{BIG}", "/events/7", "/events/7.json", "/articles/177",
    "/trends", "/sources", "/ask", "/why?url=article+177", "/why?url=https://nowhere.example/story", "/monitor",
    "/monitor/articles_view?_search=assistant", "/download/weekly_view.csv",
)  # fmt: skip

SLOW_MS: Final = 2000.0

Times = dict[str, dict[int, list[float]]]  # what was asked -> articles -> CPU milliseconds of each round


def spent(work: Callable[[], object]) -> float:
    """Return the CPU milliseconds of one call, all threads together."""
    before = time.process_time()
    work()
    return 1000 * (time.process_time() - before)


def asked(path: Path, times: Times, articles: int) -> None:
    """Add what the daemon and the commands ask, and the named queries, each once; what takes seconds once in all."""
    db = connect_read_only(path)
    found: list[tuple[str, Callable[[Database], object]]] = [
        *((f"ask: {name}", question) for name, question in questions(db)),
        *((f"query: {name}", partial(_some, sql=query["sql"])) for name, query in SHOWN["queries"].items()),
    ]
    for name, question in found:
        if max(times[name][articles], default=0.0) < SLOW_MS:
            times[name][articles].append(spent(partial(question, db)))
    db.close()


def _some(db: Database, sql: str) -> list[Any]:
    """Return as many rows as datasette shows."""
    return db.execute(sql).fetchmany(site.SETTINGS["max_returned_rows"] + 1)


def pages() -> Iterator[str]:
    """Yield the address of every page that is asked for: ours, what is subscribed to, and each view."""
    yield from OWN_PAGES
    yield from (f"/{name}" for name in DOCUMENTS)
    yield from (f"/monitor/{name}" for name, shown in SHOWN["tables"].items() if name.endswith("_view"))


async def visited(client: httpx.AsyncClient, address: str) -> tuple[float, httpx.Response]:
    """Return the CPU milliseconds of one request, and the answer."""
    before = time.process_time()
    answer = await client.get(address)
    return 1000 * (time.process_time() - before), answer


async def faceted(client: httpx.AsyncClient) -> list[str]:
    """Return the address of each facet that a view offers: asked for alone, and with its most frequent value chosen."""
    found = []
    for view, shown in SHOWN["tables"].items():
        for facet in shown.get("facets", []):
            found.append(f"/monitor/{view}.json?{urlencode({'_facet': facet, '_size': 1})}")
            _, answer = await visited(client, found[-1])
            results = answer.json()["facet_results"].get(facet, {"results": []})["results"]
            if results and results[0]["value"] is not None:
                found.append(f"/monitor/{view}?{urlencode({facet: results[0]['value']})}")
    return found


def _misses_a_facet(address: str, answer: httpx.Response) -> bool:
    """Return whether the facet that was asked for is not in the answer: it ran out of time."""
    asked = parse_qs(urlsplit(address).query).get("_facet")
    return answer.status_code == 200 and asked is not None and asked[0] not in answer.json()["facet_results"]


async def shown(clients: dict[int, httpx.AsyncClient], rounds: int, times: Times) -> dict[str, list[str]]:
    """Add every page and facet, size by size in turn; return what went wrong: size -> pages."""
    wrong: dict[str, list[str]] = defaultdict(list)
    facets = {articles: await faceted(client) for articles, client in clients.items()}
    smallest = min(facets)
    for turn in range(rounds):
        for articles, client in clients.items():
            alike = [one for one in facets[articles] if one in facets[smallest]]
            for address in [*pages(), *alike]:
                if max(before := times[f"page: {address}"][articles], default=0.0) >= SLOW_MS:
                    continue
                if not turn:
                    await visited(client, address)  # to warm up
                took, answer = await visited(client, address)
                before.append(took)
                late = _misses_a_facet(address, answer)
                if answer.status_code != 200 or late:
                    wrong[str(articles)].append(f"{address} ({'a facet timed out' if late else answer.status_code})")
    return wrong


def inserted(stores: dict[int, Store], rounds: int, batches: int, times: Times) -> None:
    """Add what articles cost, written the product's own way: CPU of one article, and of each part of it."""
    ways = {articles: Inserts(store, articles) for articles, store in stores.items()}
    for turn in range(rounds + 1):
        for articles, way in ways.items():
            parts: Spent = way.work(batches)
            if turn:
                for name in PARTS:
                    times[f"insert: {name}"][articles].append(parts[name])


def table(times: Times, sizes: Sequence[int], least_ms: float) -> list[dict[str, Any]]:
    """Return the medians of what was measured, and that of the largest store to the smallest, round by round."""
    rows = []
    for name, by_size in times.items():
        medians = {size: round(statistics.median(by_size[size]), 2) for size in sizes if by_size[size]}
        pairs = list(zip(by_size[sizes[-1]], by_size[sizes[0]], strict=False))
        ratios = [max(last, least_ms) / max(first, least_ms) for last, first in pairs]
        rows.append({"what": name, "ms": medians, "ratio": round(statistics.median(ratios), 2) if ratios else None})
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--batches", type=int, default=8, help="of ten articles, written in each of eight times the rounds"
    )
    parser.add_argument("--only", default="inserts,questions,pages")
    parser.add_argument("--least-ms", type=float, default=1.0, help="less than that counts as that in a ratio")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    only, sizes = set(given.only.split(",")), sorted(given.sizes)
    times: Times = defaultdict(lambda: defaultdict(list))
    wrong: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        paths = {size: made((given.keep or Path(temporary)).resolve() / f"grown-{size}.db", size) for size in sizes}
        if "inserts" in only:
            stores = {size: Store.open(path, clock=lambda: UNTIL) for size, path in paths.items()}
            inserted(stores, 8 * given.rounds, given.batches, times)
            for store in stores.values():
                store.close()
        if "questions" in only:
            for _ in range(given.rounds):
                for size, path in paths.items():
                    asked(path, times, size)
        if "pages" in only:
            wrong = asyncio.run(_pages(paths, given.rounds, times))
    report = {"sizes": sizes, "rounds": given.rounds, "least_ms": given.least_ms, "wrong": wrong,
              "figures": table(times, sizes, given.least_ms)}  # fmt: skip
    _tell(report)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def browsing(store: Path) -> httpx.AsyncClient:
    """Return a client of the site over a store, in this process, without a socket."""
    transport = httpx.ASGITransport(app=site.viewer(store, clock=lambda: UNTIL))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=120)


async def _pages(paths: dict[int, Path], rounds: int, times: Times) -> dict[str, list[str]]:
    async with AsyncExitStack() as stack:
        clients = {size: await stack.enter_async_context(browsing(path)) for size, path in paths.items()}
        return await shown(clients, rounds, times)


def _tell(report: dict[str, Any]) -> None:
    print("".join(f"{size:>12,}" for size in report["sizes"]), "   ratio  CPU ms")
    for row in report["figures"]:
        cells = "".join(f"{row['ms'].get(size, float('nan')):12.2f}" for size in report["sizes"])
        print(cells, f"{row['ratio'] or 0:8.2f}  {row['what']}")
    for size, addresses in report["wrong"].items():
        print(f"at {int(size):,}: {', '.join(sorted(set(addresses)))}")


if __name__ == "__main__":
    main()
