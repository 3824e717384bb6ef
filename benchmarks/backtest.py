"""How long does a backtest take over two years and 100,000 articles?

    python benchmarks/backtest.py --articles 100000

Makes a store of that many articles of two years, of which all tell of events (in a real store most are of label none
and cost nothing here), with copies, growing numbers and reversals, and measures `alerts backtest` over all of it with
one rule of each kind that looks at events, and one for trends. Fails above 30 s and 1 ms of CPU per 3 articles.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.backtest import report
from monitor.clock import to_text
from monitor.settings import RuleSettings, Settings, StoreSettings
from monitor.store import Database, Store

UNTIL: Final = datetime(2026, 11, 1, tzinfo=UTC)
DAYS: Final = 730
FIRMS: Final = 3000
FUNCTIONS: Final = ("customer service", "software", "sales and marketing", "mixed", None)
RULES: Final = (
    RuleSettings(name="any"),
    RuleSettings(name="watch", kind="watch", employers=tuple(f"Firm {number}" for number in range(50))),
    RuleSettings(name="flip", kind="flip", confirm=1),
    RuleSettings(name="size", kind="size", min_jobs=500, max_per_day=5, quiet_hours="22:00-07:00"),
    RuleSettings(name="surge", kind="surge"),
)
TEXT: Final = "A program answers; people leave. " * 60


def events_of(draw: Random, articles: int) -> Iterator[tuple[dict[str, Any], list[tuple[datetime, int]]]]:
    """Yield events with when their articles came, and which story each of these is."""
    left = articles
    number = 0
    while left > 0:
        number += 1
        size = min(left, 1 + int(draw.expovariate(1 / 4)))
        left -= size
        began = UNTIL - timedelta(days=draw.random() * DAYS)
        moments = sorted(began + timedelta(hours=draw.expovariate(1 / 20)) for _ in range(size))
        stories = [draw.randrange(1 + size // 2) for _ in moments]
        jobs = draw.choice((None, 40, 320, 1200))
        label = draw.choices(("cut", "reversal", "hybrid"), (7, 2, 1))[0]
        event = {"id": number, "firm": draw.randrange(FIRMS), "label": label, "on": began.date().isoformat()}
        yield event | {"jobs": jobs, "function": draw.choice(FUNCTIONS)}, list(zip(moments, stories, strict=True))


def fill(db: Database, articles: int, draw: Random) -> None:
    """Write the store of so many articles."""
    db.conn.executemany(
        "insert into companies (id, name, name_key) values (?, ?, ?)",
        [(number + 1, f"Firm {number}", f"firm {number}") for number in range(FIRMS)],
    )
    article_id = 0
    newest_cut: dict[int, int] = {}
    for event, came in events_of(draw, articles):
        link = newest_cut.get(event["firm"]) if event["label"] != "cut" else None
        if event["label"] == "cut":
            newest_cut[event["firm"]] = event["id"]
        db.execute(
            """
            insert into events (id, company_id, label, kind, status, announced_on, date_precision, origin, jobs_count,
              function, source_tier, first_seen_at, updated_at, linked_event_id, link_type)
            values (?, ?, ?, 'event', 'announced', ?, 'day', 'live', ?, ?, 2, ?, ?, ?, ?)
            """,
            [event["id"], event["firm"] + 1, event["label"], event["on"], event["jobs"], event["function"],
             to_text(came[0][0]), to_text(came[-1][0]), link, link and "reverses"],
        )  # fmt: skip
        for at, story in came:
            article_id += 1
            _article(db, article_id, event, at, event["id"] * 1000 + story, draw)


def _article(db: Database, number: int, event: dict[str, Any], at: datetime, story: int, draw: Random) -> None:
    facts = {
        "company": f"Firm {event['firm']}",
        "jobs_count": event["jobs"] if draw.random() < 0.6 else None,
        "jobs_qualifier": "about",
        "function": event["function"],
        "country": draw.choice(("US", "GB", None)),
        "attribution_strength": draw.choice(("explicit", "implied")),
        "announced_on": event["on"],
    }
    db.execute(
        """
        insert into articles (id, url, canonical_url, publisher, title, text, text_state, published_at, date_precision,
          first_seen_at, origin, content_hash, source_tier, label, kind, confidence, probability, rule, company_id,
          facts, spans, classifier_name, classifier_version, classified_at, story_id, event_id)
        values (?, ?, ?, ?, ?, ?, 'full', ?, 'moment', ?, 'live', ?, ?, ?, 'event', 'high', 0.9, '7', ?, ?, '{}', 'b',
          '1', ?, ?, ?)
        """,
        [number, f"https://n.example/{number}", f"https://n.example/{number}", f"outlet{draw.randrange(200)}.example",
         f"Story {number}", TEXT, to_text(at), to_text(at), str(number), draw.choice((2, 3, 3, 4)), event["label"],
         event["firm"] + 1, json.dumps(facts), to_text(at), story, event["id"]],
    )  # fmt: skip
    db.execute("insert into event_articles values (?, ?, ?)", [event["id"], number, to_text(at)])


def main() -> int:
    """Make the store, run the backtest, print what it took; 1 if it took too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "m.db", clock=lambda: UNTIL) as store:
        store.submit(lambda db: fill(db, asked.articles, Random(asked.seed))).result()
        settings = Settings(store=StoreSettings(path=store.path), rules=RULES)
        began, cpu = time.perf_counter(), time.process_time()
        since = UNTIL - timedelta(days=DAYS)
        found = store.read_now(lambda db: report(db, settings, rule=None, since=since, now=UNTIL))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    for rule in found["rules"]:
        print(f"{rule['rule']:6} {rule['sent']:6} sent, {rule['held_back']:6} held back, {rule['late']:5} late")
    weeks = Counter(week for rule in found["rules"] for week in rule["weeks"])
    print(f"{asked.articles:,} articles, {len(weeks)} weeks: {took:.1f} s, {cpu:.1f} s CPU")
    print(f"{1e3 * cpu / asked.articles:.3f} ms CPU an article (at most 0.333), {took:.1f} s (at most 30)")
    return int(took > 30 and 1e3 * cpu / asked.articles > 1 / 3)


if __name__ == "__main__":
    sys.exit(main())
