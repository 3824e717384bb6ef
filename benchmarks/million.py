"""Which part of a cluster gives way first, up to a million feeds?

    python benchmarks/million.py [--feeds 10000 100000 1000000] [--workers 4] [--costs FILE] [--json FILE]

Polls and pages arrive at random over a virtual hour and go through the parts one after another, each part so many cores
that serve who comes first; the cost of a step is random around its mean. The means are what `cluster.py`, `systems.py`
and `load.py` measured on one machine, and can be given anew. Printed: how busy each part is, how long work waits.
"""

import argparse
import heapq
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from itertools import count
from pathlib import Path
from random import Random


@dataclass(frozen=True)
class Costs:
    """CPU milliseconds of each step, as measured, and how often it happens."""

    poll_ms: float = 1.2  # at home: a feed that has not changed, asked and written down
    changed_ms: float = 12.0  # in home's sandbox: a document with something new
    page_home_ms: float = 6.0  # at home: claim, result, event, commit
    page_worker_ms: float = 45.0  # fetch, read, judge
    page_postgres_ms: float = 1.0
    interval_s: float = 3600.0  # between two polls of a feed, on average
    changed: float = 0.15  # of the polls
    fetched: float = 0.3  # pages wanted, for each changed document: most entries are passed over at the first look


@dataclass
class Part:
    """One part of a cluster: cores that work side by side, first come, first served."""

    cores: int
    free_at: list[float] = field(default_factory=list)
    busy_s: float = 0.0
    waits: list[float] = field(default_factory=list)

    def take(self, at: float, cost_s: float) -> float:
        """Return when work is done that comes at this moment, no earlier than what came before."""
        free = heapq.heappop(self.free_at) if len(self.free_at) == self.cores else 0.0
        begins = max(at, free)
        heapq.heappush(self.free_at, begins + cost_s)
        self.busy_s += cost_s
        self.waits.append(begins - at)
        return begins + cost_s


def ways(costs: Costs, luck: Random) -> Iterator[list[tuple[str, float]]]:
    """Yield the way of one poll after another: which parts it needs, in order, and for how many milliseconds each."""
    while True:
        way = [("home", costs.poll_ms)]
        if luck.random() < costs.changed:
            way.append(("sandbox", costs.changed_ms))
            if luck.random() < costs.fetched:
                half = costs.page_postgres_ms / 2
                way += [("PostgreSQL", half), ("workers", costs.page_worker_ms), ("PostgreSQL", half)]
                way.append(("home", costs.page_home_ms))
        yield way


def simulated(feeds: int, workers: int, costs: Costs, luck: Random, span_s: float = 3600.0) -> dict[str, object]:
    """Return how busy each part is and how long work waited for it; home has one core, and one for its sandbox.

    Each worker has two. Where much happens, a part of the span is enough.
    """
    parts = {"home": Part(1), "sandbox": Part(1), "workers": Part(2 * workers), "PostgreSQL": Part(1)}
    span = span_s / max(1, feeds // 100_000)
    order, due = count(), list[tuple[float, int, list[tuple[str, float]]]]()
    coming, at, pages = ways(costs, luck), 0.0, 0
    while True:
        while not due or due[0][0] > at:  # the next arrivals, so that all is done in the order of time
            at += luck.expovariate(feeds / costs.interval_s)
            heapq.heappush(due, (at, next(order), next(coming)))
        moment, _, (step, *more) = heapq.heappop(due)
        if moment > span:
            break
        pages += step[0] == "workers"
        done = parts[step[0]].take(moment, luck.expovariate(1000 / step[1]))
        if more:
            heapq.heappush(due, (done, next(order), more))
    told = {
        name: {"busy": part.busy_s / span / part.cores, "wait_p99_s": _p99(part.waits)} for name, part in parts.items()
    }
    first = max(told, key=lambda name: told[name]["busy"])
    return {"feeds": feeds, "pages_an_hour": round(pages * 3600 / span), "first": first, "parts": told}


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(0.99 * (len(waits) - 1))] if waits else 0.0


def bearable(costs: Costs, workers: int, most: float = 0.7) -> int:
    """Return how many feeds such a cluster bears with no part busier than this share of the time, on average."""
    page = costs.changed * costs.fetched
    demands = {
        "home": costs.poll_ms + page * costs.page_home_ms,
        "sandbox": costs.changed * costs.changed_ms,
        "workers": page * costs.page_worker_ms / (2 * workers),
        "PostgreSQL": page * costs.page_postgres_ms,
    }
    return int(most * costs.interval_s * 1000 / max(demands.values()))


def main() -> None:
    """Print how busy the parts are at each number of feeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, nargs="+", default=[10_000, 100_000, 300_000, 1_000_000])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--costs", type=Path, help="JSON with any of the costs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write what was found here")
    args = parser.parse_args()
    given = json.loads(args.costs.read_text()) if args.costs else {}
    costs = Costs(**{one.name: given.get(one.name, one.default) for one in fields(Costs)})
    found = [simulated(feeds, args.workers, costs, Random(args.seed)) for feeds in args.feeds]
    print(f"{'feeds':>9} {'pages/h':>8}  " + "  ".join(f"{name:>20}" for name in found[0]["parts"]))
    for row in found:
        parts = "  ".join(f"{part['busy']:8.0%} {part['wait_p99_s']:9.3f} s" for part in row["parts"].values())
        print(f"{row['feeds']:9,} {row['pages_an_hour']:8,}  {parts}   first: {row['first']}")
    most = bearable(costs, args.workers)
    print(f"with {args.workers} workers no part is busy for more than 70 % of the time up to {most:,} feeds")
    if args.json:
        told = {"costs": asdict(costs), "workers": args.workers, "runs": found, "bearable": most}
        args.json.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
