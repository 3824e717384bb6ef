"""The daemon as it is, but that it kills itself at a named point of one of its four transactions.

`python points.py POINT ARGUMENTS...` with a point like `result:inside:2:3`: in the second unit of that transaction
that writes, having written three times. `before` is before its first row is written, `after` when it is committed and
nobody has been told. The product knows nothing of this: what is wrapped is the door of the writer, `Writer._put`.
"""

import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from random import Random
from typing import Any, Final

from monitor import __main__
from monitor.classify import rules
from monitor.store import Database
from monitor.store.writer import Writer

TRANSACTIONS: Final = {
    "record_poll": "poll",
    "page": "result",
    "lease_due": "attempt_start",
    "settle": "attempt_end",
}  # function of the unit -> transaction
MOMENTS: Final = ("before", "inside", "after")
POINTS: Final = tuple(product(TRANSACTIONS.values(), MOMENTS))
_WRITES: Final = re.compile(r"\s*(?:insert|update|delete|replace)\b", re.IGNORECASE)

Unit = Callable[[Database], Any]


@dataclass(frozen=True, slots=True)
class Point:
    """Where a daemon dies."""

    transaction: str
    moment: str
    unit: int  # which of this transaction's units since the start, from 1
    writes: int  # that it has made, if it dies inside

    def __str__(self) -> str:
        return f"{self.transaction}:{self.moment}:{self.unit}:{self.writes}"

    @property
    def last_words(self) -> str:
        """What the daemon says before it dies there."""
        return f"dies at {self}"


def point_of(text: str) -> Point:
    """Return the point that a text names."""
    transaction, moment, unit, writes = text.split(":")
    return Point(transaction, moment, int(unit), int(writes))


def drawn(number: int, luck: Random) -> list[Point]:
    """Return so many points in any order, all twelve as often as each other, at units and writes drawn by chance."""
    points = [Point(*POINTS[n % len(POINTS)], luck.randint(1, 2), luck.randint(1, 6)) for n in range(number)]
    luck.shuffle(points)
    return points


def name_of(unit: Unit) -> str | None:
    """Return the transaction a unit is of, None if it is of none of the four."""
    function = unit.func if isinstance(unit, partial) else unit
    return TRANSACTIONS.get(getattr(function, "__name__", ""))


class Trap:
    """Counts the units of one transaction, and kills this process at its point."""

    def __init__(self, point: Point, die: Callable[[], None]) -> None:
        self._point = point
        self._die = die
        self._seen = 0  # units that wrote
        self._sprung = False  # the unit was the one, and it has returned

    def run(self, db: Database, unit: Unit) -> Any:
        """Return what a unit returns, run in the writer's thread, if it lives to see it."""
        writes = 0

        def traced(sql: str) -> None:
            nonlocal writes
            if not _WRITES.match(sql):
                return
            if self._is("before") and not writes:
                self._die()
            if self._is("inside") and writes == self._point.writes:
                self._die()
            writes += 1

        db.conn.set_trace_callback(traced)
        try:
            answer = unit(db)
        finally:
            db.conn.set_trace_callback(None)
        if writes and self._is("inside"):  # it wrote less often: all is written, nothing committed
            self._die()
        self._seen += bool(writes)
        self._sprung |= self._seen == self._point.unit
        return answer

    def committed(self) -> None:
        """Die if the unit that was just committed is the one; called before anybody hears of it."""
        if self._sprung and self._point.moment == "after":
            self._die()

    def _is(self, moment: str) -> bool:
        return self._point.moment == moment and self._seen + 1 == self._point.unit


class Told:
    """Who waits for a unit, and the trap that may keep the answer from being told."""

    def __init__(self, waiting: Any, trap: Trap) -> None:
        self._waiting, self._trap = waiting, trap

    def set_result(self, result: Any) -> None:
        self._trap.committed()
        self._waiting.set_result(result)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._waiting, name)


def killed_at(point: Point) -> None:
    """Wrap the store so that this process kills itself there."""

    def die() -> None:
        os.write(1, f"\n{point.last_words}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)

    put, trap = Writer._put, Trap(point, die)

    def watched(writer: Writer, job: Any) -> None:
        unit = job.unit
        if name_of(unit) == point.transaction:
            job.unit, job.future = partial(trap.run, unit=unit), Told(job.future, trap)
        put(writer, job)

    Writer._put = watched  # type: ignore[method-assign]  # that is what this program is for


def load() -> None:
    """Load beforehand what every start of the daemon loads."""
    from monitor import daemon  # noqa: PLC0415  # only in the nursery

    assert daemon.run
    rules.load = cache(rules.load)
    rules.load()


def main(point: str, *args: str) -> None:
    """Be the daemon, until its point is reached."""
    killed_at(point_of(point))
    sys.argv = ["layoff-monitor", *args]
    __main__.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
