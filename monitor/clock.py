"""Time as an argument: the one form of a moment in the store, and the clock that tests replace."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

DAY_S: Final = 86400

Clock = Callable[[], datetime]

BUILD_YEAR: Final = 2026  # a clock before it is wrong (RELIABILITY.md T1)
LEAST_STEP: Final = timedelta(seconds=60)  # less is a clock that is being put right little by little


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Return a moment as the store keeps it: ISO 8601, UTC, milliseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Return the moment that `to_text` wrote."""
    return datetime.fromisoformat(text)


def steady_s() -> float:
    """Return seconds since some moment, by a clock that nobody sets; it runs on while the machine sleeps, if it can."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Steps:
    """Finds where the clock was set while this process ran, by comparing it with one that cannot be set."""

    def __init__(self, clock: Clock, steady: Callable[[], float] = steady_s) -> None:
        self._clock = clock
        self._steady = steady
        self.settle()

    def settle(self) -> None:
        """Take the clock as right from now on."""
        self._since, self._since_s = self._clock(), self._steady()

    def step(self) -> timedelta:
        """Return by how much the clock was set since it was last taken as right, or zero; small change is right."""
        passed = timedelta(seconds=self._steady() - self._since_s)
        by = self._clock() - self._since - passed
        if abs(by) > LEAST_STEP:
            return by
        self.settle()
        return timedelta(0)
