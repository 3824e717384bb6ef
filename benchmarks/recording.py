"""What the one writer takes to record a page, beside a bare insert of its words into an index.

    python benchmarks/recording.py [--feeds 20] [--rounds 5] [--json FILE]

Pages of the small internet (`publishing.py`), all of them on topic, are judged beforehand. Each round writes all of
them into a new store the product's own way: the ledger's end of the entry, the article with its evidence, its index and
its sketch, copies, the event, links. Beside it the same words go into a table with a full-text index and nothing else,
ten in a transaction. Counted is the CPU of the units alone, in the thread that runs them; for the floor, of the
transactions.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from publishing import APART, FIRST, Press  # noqa: E402  # after the path is set
from store_builders import added, outcome, plan  # noqa: E402  # as above

from monitor.classify import publishers, rules  # noqa: E402  # as above
from monitor.model import Extracted, FeedEntry, PageRead, TextState, Verdict  # noqa: E402  # as above
from monitor.record import Recorder  # noqa: E402  # as above
from monitor.settings import Settings, StoreSettings  # noqa: E402  # as above
from monitor.store import Database, Store, polls  # noqa: E402  # as above

ENTRIES: Final = 20  # of a feed
TOGETHER: Final = 10  # pages that share a commit at best
AGAIN: Final = 8  # times that the bare insert is done, which takes so little
NOW: Final = FIRST + ENTRIES * APART

Read = tuple[FeedEntry, Extracted, Verdict]
T = TypeVar("T")


def judged(feeds: int) -> list[list[Read]]:
    """Return the pages of each feed as a worker would bring them."""
    press, judge = Press(entries=ENTRIES, on_topic=1), rules.load()

    def page(feed: int, number: int) -> Read:
        title, text, at = (
            press.title(feed, number),
            "\n".join(press.text(feed, number, (6, 14))),
            FIRST + APART * number,
        )
        entry = FeedEntry(
            f"{feed}-{number}", f"https://paper-{feed}.example/{number}", title, text[:200], published_at=at
        )
        article = Extracted(title, text, TextState.FULL, language="en", published_at=at)
        return entry, article, judge.classify(title, text, at.date())

    return [[page(feed, number) for number in range(ENTRIES)] for feed in range(feeds)]


def recorded(pages: list[list[Read]], folder: Path) -> float:
    """Return the CPU milliseconds the writer spends on the result of one page, in a new store."""
    spent = 0.0

    def timed(unit: Callable[[Database], T]) -> Callable[[Database], T]:
        def run(db: Database) -> T:
            nonlocal spent
            began = time.thread_time()
            found = unit(db)
            spent += time.thread_time() - began
            return found

        return run

    with Store.open(folder / "monitor.db", clock=lambda: NOW) as store:
        recorder = Recorder(Settings(store=StoreSettings(path=store.path)), publishers.load(), rules.load())
        for number, read in enumerate(pages):
            feed = store.submit(partial(added, url=f"https://paper-{number}.example/feed")).result()
            listed = outcome(feed, *(entry for entry, _, _ in read))
            poll = partial(polls.record_poll, outcome=listed, decide=lambda _: plan(), worth_fetching=lambda _: True)
            store.submit(partial(poll, now=NOW)).result()
            ids = dict(store.read_now(lambda db: db.execute("select url, id from entries").fetchall()))
            units = [
                partial(recorder.page, page=PageRead(ids[entry.url], article, verdict, str(entry.url)), now=NOW)
                for entry, article, verdict in read
            ]
            for first in range(0, len(units), TOGETHER):
                waiting = [store.submit(timed(unit)) for unit in units[first : first + TOGETHER]]
                for one in waiting:
                    one.result()
    return 1000 * spent / sum(map(len, pages))


def inserted(pages: list[list[Read]], folder: Path) -> float:
    """Return the CPU milliseconds of the words of one page in a table with a full-text index, and nothing else."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.executescript(
        "pragma journal_mode = wal; pragma synchronous = full;"
        "create table words (id integer primary key, title, text);"
        "create virtual table found using fts5 (title, text, content=[words], content_rowid=[id]);"
    )
    rows = AGAIN * [(article.title, article.text) for read in pages for _, article, _ in read]
    began = time.thread_time()
    for first in range(0, len(rows), TOGETHER):
        db.execute("begin")
        for row in rows[first : first + TOGETHER]:
            number = db.execute("insert into words (title, text) values (?, ?)", row).lastrowid
            db.execute("insert into found (rowid, title, text) values (?, ?, ?)", (number, *row))
        db.execute("commit")
    spent = time.thread_time() - began
    db.close()
    return 1000 * spent / len(rows)


def main() -> None:
    """Measure in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=20, help=f"of {ENTRIES} pages each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write what was found here")
    given = parser.parse_args()
    pages = judged(given.feeds)
    rounds = []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as name:
            rounds.append((recorded(pages, Path(name)), inserted(pages, Path(name))))
    found: dict[str, Any] = {
        "pages": given.feeds * ENTRIES,
        "writer_ms": round(statistics.median(writer for writer, _ in rounds), 3),
        "insert_ms": round(statistics.median(floor for _, floor in rounds), 3),
        "ratio": round(statistics.median(writer / floor for writer, floor in rounds), 2),
    }
    print("".join(f"{name:>12}" for name in found))
    print("".join(f"{value:12}" for value in found.values()))
    if given.json:
        given.json.write_text(json.dumps(found | {"rounds": rounds}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
