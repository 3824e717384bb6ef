"""Bars by week, as geometry that a template draws: cuts above the line, what gives work back to people below. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from monitor.site.wording import count

LABELS: Final = ("cut", "reversal", "hybrid")
ABOVE: Final = ("cut",)
_WIDTH, _HEIGHT = 1000.0, 200.0  # of the drawing; it is stretched to the place it has
_GAP: Final = 0.25  # of a bar's place stays empty


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week with the number of events of each label."""

    name: str  # 2026-W07
    monday: date
    events: Mapping[str, int]
    companies: Mapping[str, int]
    jobs: int | None  # stated in cuts

    @property
    def told(self) -> str:
        """What the week holds, in words."""
        parts = [count(self.events[label], label) for label in LABELS if self.events[label]]
        return f"week of {self.monday.day} {self.monday:%B %Y}: {', '.join(parts) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle of the drawing."""

    label: str
    x: float
    y: float
    width: float
    height: float
    told: str


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


def weeks(found: Mapping[tuple[str, str], Mapping[str, Any]], until: date, number: int) -> list[Week]:
    """Return the last weeks up to the one of `until`, empty ones among them, from (Monday, label) -> row."""
    last = until - timedelta(days=until.weekday())
    mondays = [last - timedelta(weeks=back) for back in range(number - 1, -1, -1)]
    return [_week(monday, found) for monday in mondays]


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
            bars.append(Bar(name, x, y, step * (1 - _GAP), week.events[name] * unit, week.told))
        y = line
        for name in below:
            bars.append(Bar(name, x, y, step * (1 - _GAP), week.events[name] * unit, week.told))
            y += week.events[name] * unit
    return Chart(shown, [bar for bar in bars if bar.height > 0], line, up, down)


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve of steps with its band, as SVG paths, and the points it is of."""

    points: Sequence[Mapping[str, Any]]
    line: str
    band: str
    days: int  # at its right end
    width: float = _WIDTH
    height: float = _HEIGHT


def survival(points: Sequence[Mapping[str, Any]]) -> Curve | None:
    """Return the curve of rows with days, share, low and high; None without any. All shares are at the top at day 0."""
    if not points:
        return None
    days = max(1, points[-1]["days"])
    ends = {name: _steps([(row["days"] / days, row[name]) for row in points]) for name in ("share", "low", "high")}
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ends["share"])
    band = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in [*ends["high"], *reversed(ends["low"])]) + "Z"
    return Curve(points, line, band, days)


def _steps(values: Sequence[tuple[float, float | None]]) -> list[tuple[float, float]]:
    """Return the corners of steps that each hold until the next; one of unknown height is no step."""
    corners, height = [(0.0, 0.0)], 0.0
    for at, share in values:
        corners.append((at * _WIDTH, height))
        height = height if share is None else (1 - share) * _HEIGHT
        corners.append((at * _WIDTH, height))
    return [*corners, (_WIDTH, height)]


def _week(monday: date, found: Mapping[tuple[str, str], Mapping[str, Any]]) -> Week:
    year, week, _ = monday.isocalendar()
    of = {label: found.get((monday.isoformat(), label), {}) for label in LABELS}
    return Week(
        name=f"{year}-W{week:02}",
        monday=monday,
        events={label: int(row.get("events", 0)) for label, row in of.items()},
        companies={label: int(row.get("companies", 0)) for label, row in of.items()},
        jobs=of["cut"].get("jobs"),
    )
