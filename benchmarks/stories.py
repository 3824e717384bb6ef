"""What finding copies costs, how many it finds, and whether it takes longer in a larger store.

    python benchmarks/stories.py [DOCUMENTS ...]

Without numbers 20,000 and 100,000 documents. CPU seconds of one run on made-up texts of 210 to 650 words; JSON on
standard output. `growth` is the last size against the first: near 1 is "does not grow".
"""

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from store_builders import NOW, article, at_noon, verdict, write  # noqa: E402  # after the path is set
from story_builders import CHANGES, report, reworded, telling  # noqa: E402  # as above

from monitor.store import Database, Store, articles, candidates, stories  # noqa: E402  # as above
from monitor.store.rows import rows, scalar  # noqa: E402  # as above

PROBES = 300  # of each change
AT_ONCE = 500  # documents in a transaction
CHAINS = 20  # of papers, each with a notice below all its reports: keys that thousands of documents share
MORE_CHANGES = CHANGES | {"a fifth of the words": lambda text, draw: reworded(text, 0.2, draw)}


def document(number: int) -> str:
    """Return the text of one document, the same for the same number."""
    return f"{report(number, 150 + 7 * (number % 64))} {report(-1 - number % CHAINS, 60)}"


def added(db: Database, numbers: range) -> float:
    """Return the CPU seconds it took to assign these documents, which are stored now."""
    spent = 0.0
    for number in numbers:
        url = f"https://paper{number % 997}.example/story/{number}"
        new = article(
            number, title=f"Report {number}", text=document(number), publisher=f"paper{number % 997}.example",
            url=url, canonical_url=url, verdict=verdict(),
        )  # fmt: skip
        article_id, _ = articles.upsert(db, new, NOW)
        before = time.process_time()
        stories.assign(db, article_id, NOW)
        spent += time.process_time() - before
    return spent


def probed(db: Database, size: int) -> dict[str, Any]:
    """Return recall by change, how many other documents came back, and the CPU of a look-up in milliseconds."""
    draw = Random(size)
    recall, spent, others = {}, [], 0
    for name, change in MORE_CHANGES.items():
        found = 0
        for number in draw.sample(range(size), PROBES):
            probe = replace(telling(change(document(number), draw)), told_at=NOW)
            before = time.process_time()
            hits = [match.article_id - 1 for match in candidates.matches(db, 0, probe) if match.veto is None]
            spent.append(1000 * (time.process_time() - before))
            found += number in hits
            others += sum(hit != number for hit in hits)
        recall[name] = round(found / PROBES, 3)
    mean = sum(spent) / len(spent)
    return {
        "recall": recall,
        "others": others,
        "lookup_ms": round(mean, 3),
        "lookup_median_ms": round(median(spent), 3),
    }


def bytes_a_document(db: Database, size: int) -> int:
    """Return what sketch and keys take on disk."""
    return round(scalar(db, "select sum(pgsize) from dbstat where name in ('sketches', 'story_keys')") / size)


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or [20_000, 100_000]
    report_: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "s.db", clock=at_noon) as store:
        write(store, lambda db: db.execute("drop trigger articles_ai"))  # the full-text index is not what is measured
        done = 0
        for size in sizes:
            spent, before = 0.0, done
            for start in range(done, size, AT_ONCE):
                numbers = range(start, min(start + AT_ONCE, size))
                spent += write(store, lambda db, numbers=numbers: added(db, numbers))  # type: ignore[misc]  # bound now
            done = size
            report_[str(size)] = {
                "adds_per_s": round((size - before) / spent),
                **store.read_now(lambda db, size=size: probed(db, size)),  # type: ignore[misc]  # bound now
                "bytes_a_document": store.read_now(lambda db, size=size: bytes_a_document(db, size)),  # type: ignore[misc]
            }
        wrong = store.read_now(lambda db: rows(db, "select count(*) as merged from story_merges"))[0]["merged"]
    first, last = report_[str(sizes[0])], report_[str(sizes[-1])]
    report_["false_merges"] = wrong  # all documents are different
    report_["growth"] = round(last["lookup_ms"] / first["lookup_ms"], 2)
    json.dump(report_, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
