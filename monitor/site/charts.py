"""Bars, bands and curves as geometry that a template draws. Pure.

Cuts stand above the line, what gives work back to people below. Weeks that have not settled are drawn, and look it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from monitor.site.summary import sums
from monitor.site.wording import count
from monitor.trends import series

Row = Mapping[str, Any]

LABELS: Final = ("cut", "reversal", "hybrid")
ABOVE: Final = ("cut",)
_WIDTH, _HEIGHT = 1000.0, 200.0  # of the drawing; it is stretched to the place it has
_FEWEST: Final = 2  # points of a curve
_GAP: Final = 0.25  # of a bar's place stays empty


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week with the number of events of each label."""

    name: str  # 2026-W07
    monday: date
    events: Mapping[str, int]
    sums: str  # of the numbers stated in cuts, in words
    settled: bool  # or news of it is still to be expected

    @property
    def told(self) -> str:
        """What the week holds, in words."""
        parts = [count(self.events[label], label) for label in LABELS if self.events[label]]
        open_ = "" if self.settled else ", so far"
        return f"week of {self.monday.day} {self.monday:%B %Y}: {', '.join(parts) or 'nothing'}{open_}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle of the drawing."""

    label: str
    x: float
    y: float
    width: float
    height: float
    told: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and the weeks it is of, for the table beside it."""

    weeks: Sequence[Week]
    bars: Sequence[Bar]
    line: float  # height at which nothing is
    most_above: int
    most_below: int
    width: float = _WIDTH
    height: float = _HEIGHT

    @property
    def empty(self) -> bool:
        """Whether no week has an event."""
        return not self.bars


def weeks(found: Sequence[Row], until: date, number: int) -> list[Week]:
    """Return the last weeks up to the one of `until`, empty ones among them, from rows of the question "weeks"."""
    settled = series.last_week(until)
    last = series.week_of(until)
    by_name = {row["week"]: row for row in found}
    return [_week(week, by_name, is_settled=week <= settled) for week in range(last - number + 1, last + 1)]


def chart(shown: Sequence[Week], labels: Sequence[str] = LABELS) -> Chart:
    """Return the drawing of these weeks, of these labels alone; a single one stands above the line."""
    above = [name for name in labels if name in ABOVE or len(labels) == 1]
    below = [name for name in labels if name not in above]
    up = max((sum(week.events[name] for name in above) for week in shown), default=0)
    down = max((sum(week.events[name] for name in below) for week in shown), default=0)
    unit = _HEIGHT / max(1, up + down)
    line, step = up * unit, _WIDTH / max(1, len(shown))
    bars = []
    for number, week in enumerate(shown):
        x, y = (number + _GAP / 2) * step, line
        for name in above:
            y -= week.events[name] * unit
            bars.append(Bar(name, x, y, step * (1 - _GAP), week.events[name] * unit, week.told, week.settled))
        y = line
        for name in below:
            bars.append(Bar(name, x, y, step * (1 - _GAP), week.events[name] * unit, week.told, week.settled))
            y += week.events[name] * unit
    return Chart(shown, [bar for bar in bars if bar.height > 0], line, up, down)


@dataclass(frozen=True, slots=True)
class Window:
    """The weeks that a series was judged by, as a part of the width of the chart they stand in."""

    x: float
    width: float


def window(shown: Sequence[Week], signal: Row) -> Window:
    """Return where the window of a series lies among these weeks; of no width where none of it is shown."""
    first, last = signal["window_start"] or "", signal["window_end"]
    inside = [number for number, week in enumerate(shown) if first <= week.monday.isoformat() <= last]
    step = _WIDTH / max(1, len(shown))
    return Window(inside[0] * step, len(inside) * step) if inside else Window(0, 0)


@dataclass(frozen=True, slots=True)
class Bullet:
    """A count beside the band in which it would be usual, as parts of the width."""

    low: float
    high: float
    expected: float
    observed: float


def bullet(signal: Row, most: float) -> Bullet | None:
    """Return the drawing of a series, `most` at its right end; None for one that nothing is expected of."""
    if signal["expected"] is None:
        return None
    part = _WIDTH / (most or 1)
    low, high, expected, observed = (signal[name] * part for name in ("low", "high", "expected", "observed"))
    return Bullet(low, high, expected, observed)


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve with its band, as SVG paths, and the points it is of."""

    points: Sequence[Row]
    line: str
    band: str
    most: float  # at its upper end
    width: float = _WIDTH
    height: float = _HEIGHT


def survival(points: Sequence[Row]) -> Curve | None:
    """Return the curve of rows with days, share, low and high; None without any. All shares are at the top at day 0."""
    if not points:
        return None
    days = max(1, points[-1]["days"])
    ends = {name: _steps([(row["days"] / days, row[name]) for row in points]) for name in ("share", "low", "high")}
    return Curve(points, _path(ends["share"]), _path([*ends["high"], *reversed(ends["low"])]) + "Z", 1)


def ratios(points: Sequence[Row]) -> Curve | None:
    """Return the curve of rows with ratio, low and high, as far back as all three have bounds; None without two."""
    known = list(points)
    while known and None in (known[0]["ratio"], known[0]["low"], known[0]["high"]):
        known.pop(0)
    if len(known) < _FEWEST or any(row["high"] is None or row["ratio"] is None for row in known):
        return None
    most = max(1.0, *(row["ratio"] for row in known)) * 1.1
    step = _WIDTH / (len(known) - 1)
    ends = {
        name: [(number * step, (1 - min(1, row[name] / most)) * _HEIGHT) for number, row in enumerate(known)]
        for name in ("ratio", "low", "high")
    }
    return Curve(known, _path(ends["ratio"]), _path([*ends["high"], *reversed(ends["low"])]) + "Z", most)


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)


def _steps(values: Sequence[tuple[float, float | None]]) -> list[tuple[float, float]]:
    """Return the corners of steps that each hold until the next; one of unknown height is no step."""
    corners, height = [(0.0, 0.0)], 0.0
    for at, share in values:
        corners.append((at * _WIDTH, height))
        height = height if share is None else (1 - share) * _HEIGHT
        corners.append((at * _WIDTH, height))
    return [*corners, (_WIDTH, height)]


def _week(week: series.Week, found: Mapping[str, Row], *, is_settled: bool) -> Week:
    monday = series.monday(week)
    year, number, _ = monday.isocalendar()
    name = f"{year}-W{number:02}"
    row = found.get(name)
    return Week(
        name=name,
        monday=monday,
        events={label: row[f"{label}s"] if row else 0 for label in LABELS},
        sums=sums(_sums_of(row)) if row else "",
        settled=is_settled,
    )


def _sums_of(row: Row) -> Row:
    names = {"firm": "jobs_stated", "vague": "of_them_not_exact", "soft": "jobs_in_upper_ends_and_estimates"}
    return {name: row[column] or 0 for name, column in names.items()}
