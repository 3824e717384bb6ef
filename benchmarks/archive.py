"""What one article costs in a store of 100,000, whether that grows with the store, and how long its readers take.

    python benchmarks/archive.py [--articles 100000] [--keep FOLDER]

Makes a store of two years with a fifth as many events as articles, of which one employer has 15 in 100, and one of a
tenth of that. Measured is the CPU of the *result* transaction of each sort of article, its verdict given, without the
commit; of every view read in four ways; and of what the daemon and the commands read. `growth` is the large store
against the small one: near 1 is "does not grow". JSON on standard output. `--keep` leaves the stores there, and uses
those that it finds.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import Any, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from archived import BIG, COPIES, UNTIL, fill, firm, page_of  # noqa: E402  # after the path is set

from monitor import backtest, explain, histories, trending, watchman  # noqa: E402  # as above
from monitor.classify import publishers  # noqa: E402  # as above
from monitor.model import Label  # noqa: E402  # as above
from monitor.record import Recorder  # noqa: E402  # as above
from monitor.settings import RuleSettings, Settings, StoreSettings  # noqa: E402  # as above
from monitor.store import (  # noqa: E402  # as above
    Database,
    Store,
    rules,  # as above
)
from monitor.store import alerts as alert_store  # noqa: E402  # as above
from monitor.store.rows import rows, scalar  # noqa: E402  # as above

PROBES: Final = 40  # of each sort
RULES: Final = (
    RuleSettings(name="any", shadow=False),
    RuleSettings(name="watch", kind="watch", employers=tuple(firm(number) for number in range(50)), shadow=False),
    RuleSettings(name="flip", kind="flip", confirm=1, shadow=False),
    RuleSettings(name="size", kind="size", min_jobs=500, max_per_day=5, quiet_hours="22:00-07:00", shadow=False),
    RuleSettings(name="surge", kind="surge"),
    RuleSettings(name="milestone", kind="milestone"),
    RuleSettings(name="silence", kind="silence"),
    RuleSettings(name="digest", kind="digest"),
)
ORDERS: Final = {
    "articles_view": "first_seen_at", "companies_view": "last_event_on", "followups_view": "due_on",
    "events_view": "announced_on", "stories_view": "last_seen_at", "corrections_view": "corrected_at",
    "notes_view": "announced_on", "entries_view": "first_seen_at", "alerts_view": "raised_at",
    "polls_view": "polled_at", "deliveries_view": "due_at",
}  # fmt: skip
COMPANY: Final = {"companies_view": "name"}  # where the column is not called `company`

ADDED: Final = (
    "sketches", "story_keys", "articles_story", "articles_event", "articles_unlabelled", "articles_labelled",
    "events_days", "events_newest", "events_counted",
)  # fmt: skip

Sorts = dict[str, Callable[[int], list[Any]]]


def sorts() -> Sorts:
    """Return how to make the pages of each sort of article, by its name; the last of them is the one measured."""
    return {
        "none": lambda number: [page_of(number, Label.NONE, None)],
        "none of the large employer": lambda number: [page_of(number, Label.NONE, BIG)],
        "new event": lambda number: [page_of(number, Label.CUT, f"New {firm(number)}", jobs_count=41 + number)],
        "new event of the large employer": lambda number: [
            page_of(number, Label.CUT, BIG, country="NZ", jobs_count=1_000_000 + 5000 * number)
        ],
        "copy": lambda number: [
            page_of(number, Label.CUT, f"Copied {firm(number)}", copy=copy, jobs_count=73) for copy in range(COPIES)
        ],
        "join": lambda number: [
            page_of(number, Label.CUT, f"Joined {firm(number)}", words=word, jobs_count=911) for word in (1, 2)
        ],
        "reversal of the large employer": lambda number: [
            page_of(number, Label.REVERSAL, BIG, country="IE", jobs_count=3_000_000 + 5000 * number)
        ],
        "report without label": lambda number: [
            page_of(number, Label.CUT, f"Told {firm(number)}", jobs_count=512),
            page_of(number, Label.NONE, f"Told {firm(number)}", words=2, kind="event", jobs_count=512),
        ],
        "report without label of the large employer": lambda number: [
            page_of(number, Label.NONE, BIG, kind="event", jobs_count=777)
        ],
    }


def probed(db: Database, recorder: Recorder, make: Callable[[int], list[Any]]) -> list[float]:
    """Return the CPU milliseconds of the last page of each probe."""
    spent = []
    for number in range(PROBES):
        for page in make(number):
            at = UNTIL + timedelta(seconds=number)
            sql = """
                insert into entries (feed_id, identity, url, canonical_url, first_seen_at, next_attempt_at, title)
                values (1, :url, :url, :url, :at, :at, '') returning id
            """
            entry_id = scalar(db, sql, {"url": page.final_url, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
            before = time.thread_time()
            recorder.page(db, replace_entry(page, entry_id), at)
            took = 1000 * (time.thread_time() - before)
        spent.append(took)
    return spent


def replace_entry(page: Any, entry_id: int) -> Any:
    """Return the page as that of another entry."""
    return type(page)(entry_id, page.article, page.verdict, page.final_url)


def views(db: Database) -> dict[str, dict[str, float]]:
    """Return the CPU milliseconds of every view: newest first, of one employer, a page, and how many rows."""
    found: dict[str, dict[str, float]] = {}
    for (name,) in db.execute("select name from sqlite_master where type = 'view' order by name").fetchall():
        columns = {column[1] for column in db.execute(f"pragma table_info({name})")}
        order, company = ORDERS.get(name), COMPANY.get(name, "company")
        asked = {
            "page": "limit 100",
            "whole": "",
            "newest": f"order by {order} desc limit 100" if order in columns else None,
            "by id": "order by id desc limit 100" if "id" in columns else None,
            "one id": "where id = 500" if "id" in columns else None,
            "company": f"where {company} = '{firm(7)}'" if company in columns else None,
            "large company": f"where {company} = '{BIG}'" if company in columns else None,
        }
        read = f"select * from {name} "  # noqa: S608  # a view of ours
        queries = {sort: read + rest for sort, rest in asked.items() if rest is not None}
        queries["count"] = f"select count(*) from {name}"  # noqa: S608  # as above
        found[name] = {sort: timed(lambda sql=sql: rows(db, sql)) for sort, sql in queries.items()}
    return found


def timed(work: Callable[[], object]) -> float:
    """Return the CPU milliseconds of one call."""
    before = time.thread_time()
    work()
    return round(1000 * (time.thread_time() - before), 1)


def readers(db: Database, settings: Settings) -> Iterator[tuple[str, float]]:
    """Yield what the daemon and the commands read, with its CPU milliseconds."""
    since = UNTIL - timedelta(days=730)
    address = str(scalar(db, "select url from articles where event_id is not null order by id desc"))
    yield "backtest", timed(lambda: backtest.report(db, settings, rule=None, since=since, now=UNTIL))
    yield "preview", timed(lambda: backtest.report(db, settings, rule=None, since=UNTIL - timedelta(28), now=UNTIL))
    yield "company, large", timed(lambda: histories.history(db, BIG, {}, UNTIL.date()))
    yield "company", timed(lambda: histories.history(db, firm(7), {}, UNTIL.date()))
    yield "trends, computed", timed(lambda: trending.compute(db, now=UNTIL))
    yield "alerts list", timed(lambda: alert_store.listing(db))
    yield "explain, an address", timed(lambda: explain.explain(db, address, now=UNTIL, rules=settings.rules))
    yield "watchman, nothing due", timed(lambda: watchman.due(db, settings, now=UNTIL, settled=True))
    yield "watchman, is a recount due", timed(lambda: watchman.is_recount_due(db, now=UNTIL))


def recounted(db: Database, settings: Settings) -> Iterator[tuple[str, float]]:
    """Yield what the watchman does once an hour: what is read beside the writer, and what the writer does."""
    rules.note(db, {rule.name: rule.kind for rule in settings.rules}, UNTIL - timedelta(days=30))
    found: list[Any] = []
    for turn in ("first", "again"):
        args = {"settings": settings, "sources": watchman.SOURCES, "now": UNTIL}
        read = timed(lambda args=args: found.append(watchman._recount(db, **args, today=UNTIL.date())))  # noqa: SLF001
        yield f"{turn}, reader", read
        yield f"{turn}, writer", timed(lambda args=args: watchman._keep(db, found[-1], **args))  # noqa: SLF001


def on_disk(db: Database, articles: int) -> dict[str, int]:
    """Return the bytes an article takes in what stories and events added."""
    sql = "select name, sum(pgsize) as bytes from dbstat group by name"
    return {row["name"]: round(row["bytes"] / articles) for row in rows(db, sql) if row["name"] in ADDED}


def measured(store: Store, articles: int, *, readers_too: bool) -> dict[str, Any]:
    """Return all figures of one store."""
    settings = Settings(store=StoreSettings(path=store.path), rules=RULES)
    found: dict[str, Any] = {"articles": articles}
    if readers_too:
        found["bytes_an_article"] = store.read_now(lambda db: on_disk(db, articles))
        found["views_ms"] = store.read_now(views)
        found["readers_ms"] = store.read_now(lambda db: dict(readers(db, settings)))
        found["watchman_ms"] = done(store, lambda db: dict(recounted(db, settings)))
    recorder = Recorder(settings, publishers.load(), None)  # type: ignore[arg-type]  # verdicts are given
    found["page_ms"] = {}
    for name, make in sorts().items():
        spent = done(store, lambda db, make=make: probed(db, recorder, make))
        found["page_ms"][name] = round(mean(spent), 2)
    return found


def done(store: Store, unit: Callable[[Database], Any]) -> Any:
    """Return what a unit returns, and leave the store as it was."""
    kept: list[Any] = []

    def undone(db: Database) -> None:
        kept[:] = [unit(db)]
        raise InterruptedError

    with suppress(InterruptedError):
        store.submit(undone).result()
    return kept[0]


def opened(folder: Path, articles: int) -> Store:
    """Return the store of so many articles, made if it is not there."""
    path = folder / f"archive-{articles}.db"
    fresh = not path.exists()
    store = Store.open(path, clock=lambda: UNTIL)
    if fresh:
        store.submit(lambda db: fill(db, articles)).result()
    return store


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--pages-only", action="store_true")
    asked = parser.parse_args()
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for articles in (asked.articles // 10, asked.articles):
            with opened(asked.keep or Path(temporary), articles) as store:
                large = articles == asked.articles and not asked.pages_only
                report[str(articles)] = measured(store, articles, readers_too=large)
    small, large = (report[str(articles)]["page_ms"] for articles in (asked.articles // 10, asked.articles))
    report["growth"] = {name: round(large[name] / small[name], 2) for name in large}
    json.dump(report, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
