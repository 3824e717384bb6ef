"""Are the promises of trend alerts kept? Simulated histories in which nothing changes, or a rate doubles.

    python benchmarks/trends.py [--histories 1000] [--seed 5] [--json]

A history is a year of weekly looks after its past, event by event: announced on some day, told by a feed some days
later; feeds that are added bring events that nobody told of before. In a null history the rate never changes; every
surge or note in it is a false one. Its counts are Poisson, or come in bursts of one, two or four weeks (the multiple
is the variance of a window's count over its mean). Several series share one promise. The control is what many would
write first: the window against the mean of the windows before it, as a Poisson z-test at the same risk. About three
minutes on two cores.
"""

import argparse
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.model import Label
from monitor.trends.series import WINDOW, Key, Occurrence, Week, monday, week_of
from monitor.trends.signals import PROMISE, RISK, USUAL, Ledger, Reading

LOOKS = 52
FIRST: Week = week_of(date(2024, 2, 5))  # a history begins here; two holidays fall into most of them
FEEDS = 8
BRINGS = 0.04  # of all events so far: those that a new feed tells of besides, and no other
NORMAL = 1.959963984540054
PER_YEAR = PROMISE[0] / PROMISE[1]


@dataclass(frozen=True)
class World:
    """What does not change in a null history."""

    per_window: float  # events to be expected in 28 days
    multiple: float = 1.0  # variance of a window's count over its mean
    burst_weeks: int = 1
    past_windows: int = 13
    series: int = 1  # alike, and watched together
    growth: int = 0  # feeds that are added within the history, one after the other
    doubled: bool = False  # for 28 days, right after the past
    share: float = 1.0  # of the histories asked for

    @property
    def looks(self) -> int:
        """Return the weeks that are looked at: a year, or until a week after the doubling."""
        return 7 if self.doubled else LOOKS

    @property
    def weeks(self) -> int:
        """Return the weeks of one history."""
        return WINDOW * (self.past_windows + 1) + self.looks - 1


@dataclass(frozen=True)
class Alarms:
    """What one history raised: messages by direction, and the share of doublings found."""

    more: int
    fewer: int
    found: float


def poisson(dice: random.Random, mean: float) -> int:
    """Return a Poisson count (Knuth 1969; larger means in parts)."""
    if mean > 30:
        return poisson(dice, mean / 2) + poisson(dice, mean / 2)
    product, count = dice.random(), 0
    while product > math.exp(-mean):
        product *= dice.random()
        count += 1
    return count


def weekly_rates(world: World, dice: random.Random) -> list[float]:
    """Return the rate of each week: constant, or drawn anew for each burst around the same mean."""
    mean = world.per_window / WINDOW
    if world.multiple <= 1:
        return [mean] * world.weeks
    shape = mean * world.burst_weeks / (world.multiple - 1)
    bursts = [dice.gammavariate(shape, 1 / shape) for _ in range(world.weeks // world.burst_weeks + 1)]
    return [mean * bursts[week // world.burst_weeks] for week in range(world.weeks)]


def days_of_events(world: World, dice: random.Random, doubling: int) -> Iterator[int]:
    """Yield the day of each event, counted from the first day."""
    for week, rate in enumerate(weekly_rates(world, dice)):
        for day in range(7 * week, 7 * week + 7):
            factor = 2 if world.doubled and doubling <= day < doubling + 28 else 1
            for _ in range(poisson(dice, rate * factor / 7)):
                yield day


def history(world: World, dice: random.Random, doubling: int = 0) -> Ledger:
    """Return one history as the product holds it."""
    added = {FEEDS + number: dice.randrange(world.weeks) for number in range(world.growth)}
    lives = {
        feed: frozenset(range(FIRST + added.get(feed, 0), FIRST + world.weeks)) for feed in range(FEEDS + len(added))
    }
    occurrences = []
    for key in keys_of(world):
        days = [(day, dice.randrange(FEEDS)) for day in days_of_events(world, dice, doubling)]
        for feed, first in added.items():
            count = poisson(dice, BRINGS * world.per_window / WINDOW * (world.weeks - first))
            days += [(dice.randrange(7 * first, 7 * world.weeks), feed) for _ in range(count)]
        for day, feed in days:
            announced = monday(FIRST) + timedelta(days=day)
            told = (feed, announced + timedelta(days=dice.choice((0, 0, 0, 0, 1, 1, 4))))
            occurrences.append(Occurrence(announced, len(occurrences), (key,), (told,)))
    return Ledger(occurrences, lives)


def keys_of(world: World) -> list[Key]:
    """Return the series of a world."""
    if world.series == 1:
        return [Key(Label.CUT, "all", "")]
    return [Key(Label.CUT, "function", f"work {number}") for number in range(world.series)]


def ours(ledger: Ledger, key: Key, end: Week) -> str | None:
    """Return which way the product says the count is off, in a surge or note."""
    if ledger.reading(key, end).tails.probability >= RISK:
        return None  # the verdict asks for more than that, never for less
    found = [one.direction for one in ledger.judge(end) if (one.label, one.dimension, one.value) == key]
    return found[0] if found else None


def naive(ledger: Ledger, key: Key, end: Week) -> str | None:
    """Return what a Poisson z-test against the mean of the past says at the same risk."""
    one = ledger.reading(key, end)
    z = (one.observed.count - one.expected) / math.sqrt(one.expected) if one.expected else 0.0
    if 2 * (1 - statistics.NormalDist().cdf(abs(z))) >= RISK:
        return None
    return "more" if z > 0 else "fewer"


Test = Callable[[Ledger, Key, Week], str | None]


def watch(world: World, test: Test, seed: str) -> Alarms:
    """Return what a year of weekly looks at one history raises; a run of unusual counts is one message."""
    dice = random.Random(seed)
    doubling = 7 * WINDOW * world.past_windows + 7 + dice.randrange(7)
    ledger = history(world, dice, doubling)
    first = FIRST + WINDOW * (world.past_windows + 1) - 1
    raised = {"more": 0, "fewer": 0}
    doublings = 0
    for key in keys_of(world):
        armed, noticed = True, False
        for end in range(first, first + world.looks):
            found = test(ledger, key, end)
            noticed = noticed or (found == "more" and 7 * (end + 1 - FIRST) <= doubling + 28 + 7)
            if found and armed:
                raised[found] += 1
                armed = False
            armed = armed or is_over(ledger.reading(key, end))
        doublings += noticed
    return Alarms(raised["more"], raised["fewer"], doublings / world.series)


def is_over(one: Reading) -> bool:
    """Return whether a count ends what was unusual."""
    return one.tails.probability >= USUAL


def measure(world: World, test: Test, histories: int, seed: int) -> list[Alarms]:
    """Return what so many histories raise."""
    return [watch(world, test, f"{seed} {world} {number}") for number in range(histories)]


def rate(found: Sequence[Alarms]) -> dict[str, float]:
    """Return messages a year with their 95 % interval, from history to history."""
    counts = [alarms.more + alarms.fewer for alarms in found]
    mean = statistics.fmean(counts)
    wide = NORMAL * statistics.stdev(counts) / math.sqrt(len(counts))
    return {
        "a_year": round(mean, 3), "low": round(mean - wide, 3), "high": round(mean + wide, 3),
        "more": round(statistics.fmean(alarms.more for alarms in found), 3),
        "fewer": round(statistics.fmean(alarms.fewer for alarms in found), 3),
    }  # fmt: skip


def keeps(found: dict[str, float]) -> bool:
    """Return whether a rate is not above what is promised, as far as so many histories can tell."""
    return found["low"] <= PER_YEAR


NULLS = (
    World(0.2), World(3, 1.5, 2), World(8, growth=4), World(20), World(20, 2, 2, growth=4), World(50, 3, 2, growth=4),
    *(World(*case, growth=4, share=0.15) for case in ((1,), (12, 2, 2), (20, 2, 1), (20, 2, 4), (50,), (50, 3, 1))),
    World(20, past_windows=3, share=0.15), World(50, 3, past_windows=3, share=0.15),
    World(20, 1.5, past_windows=6, growth=4, share=0.15),
    World(20, series=6, share=0.05), World(20, 2, 2, series=6, share=0.05),
)  # fmt: skip
CONTROLS = tuple(World(*case, share=0.15) for case in ((20,), (20, 2, 2), (50, 3, 2)))
POWERS = (
    *(World(mean, doubled=True, share=0.5) for mean in (3, 5, 8, 12, 16)), World(20, doubled=True),
    *(World(mean, doubled=True, share=0.2) for mean in (30, 50)),
    World(20, 1.5, 1, doubled=True, share=0.2), World(20, 2, 2, doubled=True, share=0.2),
    World(20, past_windows=6, doubled=True, share=0.2), World(20, past_windows=3, doubled=True, share=0.2),
    World(20, series=3, doubled=True, share=0.1), World(50, series=6, doubled=True, share=0.1),
)  # fmt: skip


def _run(job: tuple[str, World, int, int]) -> list[Alarms]:
    test, world, histories, seed = job
    return measure(world, {"ours": ours, "naive": naive}[test], histories, seed)


def _named(world: World) -> dict[str, Any]:
    return {
        "per_window": world.per_window, "multiple": world.multiple, "burst_weeks": world.burst_weeks,
        "past_windows": world.past_windows, "series": world.series, "new_feeds": world.growth,
    }  # fmt: skip


def report(histories: int, seed: int, run: Callable[..., Any] = map) -> dict[str, Any]:
    """Return all figures."""
    worlds = [*(("ours", world) for world in (*NULLS, *POWERS)), *(("naive", world) for world in CONTROLS)]
    jobs = [(test, world, max(2, round(histories * world.share)), seed) for test, world in worlds]
    found = list(run(_run, jobs))
    nulls, powers, controls = found[: len(NULLS)], found[len(NULLS) : -len(CONTROLS)], found[-len(CONTROLS) :]
    return {
        "seed": seed,
        "promised_a_year": PER_YEAR,
        "null": [_row(world, alarms) for world, alarms in zip(NULLS, nulls, strict=True)],
        "naive": [_row(world, alarms) for world, alarms in zip(CONTROLS, controls, strict=True)],
        "doubling": [
            {**_named(world), "histories": len(alarms), "found": statistics.fmean(one.found for one in alarms)}
            for world, alarms in zip(POWERS, powers, strict=True)
        ],
    }


def _row(world: World, found: Sequence[Alarms]) -> dict[str, Any]:
    measured = rate(found)
    return {**_named(world), "histories": len(found), **measured, "kept": keeps(measured)}


def table(title: str, rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as aligned text."""
    lines = [list(rows[0]), *([f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()]
                              for row in rows)]  # fmt: skip
    widths = [max(len(line[number]) for line in lines) for number in range(len(lines[0]))]
    cells = ("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join([title, *cells])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        found = report(asked.histories, asked.seed, partial(pool.map, chunksize=1))
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    print(f"seed {found['seed']}; promised: at most {found['promised_a_year']} messages a year from a family\n")
    print(table("False messages where nothing changed, a year of weekly looks", found["null"]), end="\n\n")
    print(table("The same by a Poisson z-test", found["naive"]), end="\n\n")
    print(table("A doubling over 28 days, found within a week of its end", found["doubling"]))


if __name__ == "__main__":
    main()
