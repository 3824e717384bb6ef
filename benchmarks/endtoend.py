"""How many new articles a second, from fetched page to stored and indexed, beside trafilatura alone?

    python benchmarks/endtoend.py --pages FOLDER_OF_HTML --rounds 3 --json endtoend.json

The product polls a small internet on loopback (`world.py`: markup from the folder, words of its own in every article),
then fetches, extracts, judges, joins and stores what waits. Twice: all entries on topic, and a natural mix, one in
fifty. Beside it, in the same run and on the bytes of the same pages, one core does nothing but
`trafilatura.bare_extraction` as installed, with metadata.

Counted are CPU seconds, user and system, of all processes of the product, per new entry. Start-up is left out by
running two sizes and dividing what the larger takes more by what it has more. "Speed" is the articles of two cores kept
busy (2 / CPU seconds of an article) over those of trafilatura on one.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import trafilatura
from meter import Cost, metered
from publishing import Press

HERE: Final = Path(__file__).resolve().parent
CORES: Final = 2
ENTRIES: Final = 20  # of a feed
PASSES: Final = ("poll", "process")
GOALS: Final = {"on topic": 1.8, "natural": 10.0}  # of trafilatura on one core
CONFIG: Final = """
[store]
path = "monitor.db"
[feeds]
starter = false
[network]
allow_private = ["127.0.0.0/8:*"]
host_delay_s = 0
host_daily_pages = 0
feed_daily_pages = 0
"""

Figures = dict[str, Any]


def product(feeds: int, on_topic: int, pages: Path) -> tuple[dict[str, Cost], Figures]:
    """Return what each pass over so many feeds takes, and what became of their entries."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "monitor.toml").write_text(CONFIG)
        world = [sys.executable, str(HERE / "world.py"), f"--feeds={feeds}", f"--entries={ENTRIES}"]
        world += [f"--on-topic={on_topic}", f"--pages={pages}", f"--write={folder / 'feeds.txt'}"]
        with subprocess.Popen(world, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None  # noqa: S101  # a pipe was asked for
            running.stdout.readline()  # when it is ready
            environ = {"PYTHONPATH": str(HERE.parent)}
            command = (sys.executable, "-m", "monitor", "--quiet", "--config", "monitor.toml")
            adding = [*command, "feeds", "import", "feeds.txt", "--yes"]
            subprocess.run(adding, cwd=folder, env=os.environ | environ, check=True, stdout=subprocess.DEVNULL)
            costs = {name: metered((*command, name), folder=folder, environ=environ) for name in PASSES}
            running.communicate()
        return costs, _stored(folder / "monitor.db")


def _stored(store: Path) -> Figures:
    """Return what a store holds."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        ask = "select coalesce(outcome, 'waiting'), count(*) from entries group by 1 order by 1"
        outcomes = dict(db.execute(ask).fetchall())
        labels = dict(db.execute("select label, count(*) from articles where not is_seed group by 1").fetchall())
        [events] = db.execute("select count(*) from events where origin = 'live'").fetchone()
    return {"entries": sum(outcomes.values()), "outcomes": outcomes, "labels": labels, "events": events}


def alone(feeds: range, on_topic: int, pages: Path, most: int) -> float:
    """Return the CPU seconds trafilatura takes for a page, one core and nothing else, after a page that warms it up."""
    press = Press(entries=ENTRIES, on_topic=on_topic, folder=pages)
    known = [(feed, entry) for entry in range(ENTRIES) for feed in feeds][:most]
    bodies = [press.page(*which) for which in known]
    trafilatura.bare_extraction(bodies[0], with_metadata=True)
    began = time.process_time()
    for body in bodies:
        trafilatura.bare_extraction(body, with_metadata=True)
    return (time.process_time() - began) / len(bodies)


def measured(mix: str, on_topic: int, sizes: tuple[int, int], pages: Path, most: int) -> Figures:
    """Return the figures of one round of one mix."""
    (few, less), (many, more) = (product(size, on_topic, pages) for size in sizes)
    new = more["entries"] - less["entries"]
    spent = {name: (many[name].cpu_s - few[name].cpu_s) / new for name in PASSES}
    page_s = alone(range(*sizes), on_topic, pages, most)
    whole = sum(spent.values())
    figures = {f"{name}_ms": 1000 * spent[name] for name in PASSES}
    figures |= {"trafilatura_ms": 1000 * page_s, "ratio": whole / page_s, "speed": CORES * page_s / whole}
    figures |= {"pages_speed": CORES * page_s / spent["process"], "articles_per_second": CORES / whole}
    print(f"  {mix}: {json.dumps({k: round(v, 3) for k, v in figures.items()})} {more}", file=sys.stderr, flush=True)
    return figures | {"stored": more}


def table(found: dict[str, Figures]) -> str:
    """Return the figures as they are printed."""
    rows = [("", "poll ms", "pages ms", "trafilatura ms", "articles/s on 2 cores", "speed", "without polls", "goal")]
    for mix, one in found.items():
        wanted = ("poll_ms", "process_ms", "trafilatura_ms", "articles_per_second", "speed", "pages_speed")
        rows.append((mix, *(f"{one[name]:.2f}" for name in wanted), f"{GOALS[mix]:g}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of both mixes; return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, required=True, help="a folder of HTML to take markup from")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--feeds", type=int, nargs=2, default=(5, 25), help="of the smaller and the larger run")
    parser.add_argument("--natural-feeds", type=int, nargs=2, default=(20, 120), help="the same of the natural mix")
    parser.add_argument("--most", type=int, default=200, help="pages that trafilatura reads alone in a round")
    parser.add_argument("--json", type=Path, help="write what was found here")
    given = parser.parse_args(arguments)
    mixes = {"on topic": (1, tuple(given.feeds)), "natural": (50, tuple(given.natural_feeds))}
    rounds: dict[str, list[Figures]] = {mix: [] for mix in mixes}
    for _ in range(given.rounds):
        for mix, (on_topic, sizes) in mixes.items():
            rounds[mix].append(measured(mix, on_topic, sizes, given.pages, given.most))
    found: dict[str, Figures] = {}
    for mix, each in rounds.items():
        numbers = [name for name, value in each[0].items() if isinstance(value, float)]
        found[mix] = {name: statistics.median(one[name] for one in each) for name in numbers}
    print(table(found))
    if given.json:
        whole = {"goals": GOALS, "median": found, "rounds": rounds, "trafilatura": trafilatura.__version__}
        given.json.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return int(any(found[mix]["speed"] < goal for mix, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main())
