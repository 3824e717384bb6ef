"""Trends of the store: what counts is read, judged by `monitor.trends`, and written as tables that can be rebuilt.

`compute` writes nothing, so it serves a reader beside the daemon; `refresh` is `compute` and the writing of it.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from monitor.model import Label, Signal
from monitor.store import Database
from monitor.store import trends as store
from monitor.store.trends import Answer, Counted
from monitor.trends.ratio import Ratio, ratio
from monitor.trends.series import (
    BASELINES,
    WINDOW,
    Key,
    Lives,
    Occurrence,
    Week,
    keys_of,
    last_week,
    monday,
    sunday,
    week_of,
)
from monitor.trends.signals import Ledger
from monitor.trends.survival import Followed, Step, curve, median, standing

RATIO_DAYS: Final = (28, 365)
RATIO_WEEKS: Final = 104  # of the series of ratios
SHOWN_WEEKS: Final = 260  # of the weekly counts; what is dated earlier is no trend of today
STANDING_DAYS: Final = (90, 180, 365, 730)
LEAST_CUTS: Final = 5  # a curve of fewer says nothing
MIDDLE: Final = {"day": timedelta(0), "month": timedelta(days=14)}  # of a span of which the first day is stored
# What a week can be held against, and as long again to see since when something is unusual.
_REACH: Final = timedelta(weeks=2 * WINDOW * (BASELINES[0] + 1) + WINDOW)

Watched = Mapping[str, Collection[int]]  # name of a list -> numbers of companies
Group = tuple[str, str, str]  # what ends a cut, dimension, value


@dataclass(frozen=True, slots=True)
class Trends:
    """All that is derived."""

    window_end: date
    events: int  # that count at all
    signals: tuple[Signal, ...]
    weeks: Mapping[tuple[str, ...], int]  # label, dimension, value, Monday -> events
    ratios: Mapping[tuple[date, int], Ratio]  # last day and length of a window
    followed: Mapping[Group, tuple[Followed, ...]]
    survival: Mapping[Group, tuple[Step, ...]]


def refresh(db: Database, *, now: datetime, watched: Watched | None = None) -> list[Signal]:
    """Return today's signals, after putting all derived tables in the place of the earlier ones; idempotent.

    The daemon has `compute` done by a reader, and only `write` by the writer.
    """
    trends = compute(db, now=now, watched=watched)
    write(db, trends)
    return list(trends.signals)


def write(db: Database, trends: Trends) -> None:
    """Put what was computed in the place of all that was derived before."""
    store.note_feed_weeks(db)
    store.write(
        db,
        weeks=trends.weeks,
        signals=trends.signals,
        ratios=(_ratio_row(end, days, found) for (end, days), found in trends.ratios.items()),
        survival=(_survival_row(group, step) for group, steps in trends.survival.items() for step in steps),
    )


def compute(db: Database, *, now: datetime, watched: Watched | None = None) -> Trends:
    """Return the trends as of the last week that is over and settled; writes nothing."""
    events = store.counted(db)
    end = last_week(now.astimezone(UTC).date())
    keys = _keys(watched or {})
    ledger = _ledger(db, events, sunday(end) - _REACH, keys)
    followed = _followed(events, store.answers(db), now.astimezone(UTC).date())
    return Trends(
        window_end=sunday(end),
        events=len(events),
        signals=tuple(ledger.judge(end)),
        weeks=_weeks(events, keys, end),
        ratios=_ratios(events, end),
        followed=followed,
        survival={group: tuple(curve(cuts)) for group, cuts in followed.items()},
    )


def history(
    db: Database, *, since: date, until: date, step_days: int = 7, watched: Watched | None = None
) -> Iterator[tuple[date, list[Signal]]]:
    """Yield the signals as `refresh` would have returned them, every so many days; the rows are read once.

    To be used up within the read it is called in. Labels, merges and reviews are those of today; when a feed told of
    an event is as it was.
    """
    events = store.counted(db)
    ledger = _ledger(db, events, since - _REACH, _keys(watched or {}))
    judged: tuple[Week, list[Signal]] | None = None
    day = since
    while day <= until:
        end = last_week(day)
        if judged is None or judged[0] != end:
            judged = end, ledger.judge(end)
        yield day, judged[1]
        day += timedelta(days=step_days)


def report(trends: Trends, *, label: str | None, by: str, weeks: int) -> dict[str, Any]:
    """Return what `layoff-monitor trends` prints, as JSON values: the series of one dimension and the two figures."""
    order = ("surge", "note", "usual", "muted")
    chosen = [one for one in trends.signals if one.dimension == by and label in {None, one.label.value}]
    return {
        "window_end": trends.window_end.isoformat(),
        "events": trends.events,
        "signals": [
            {**asdict(one), "window_end": one.window_end.isoformat(), "since": one.since and one.since.isoformat()}
            | {"points": [{**asdict(point), "start": point.start.isoformat()} for point in one.points[-weeks:]]}
            for one in sorted(chosen, key=lambda one: (order.index(one.state), -one.observed, one.label, one.value))
        ],
        "ratio": [
            {"window_end": end.isoformat(), "window_days": days, **asdict(found)}
            for (end, days), found in trends.ratios.items()
            if end > trends.window_end - timedelta(weeks=weeks)
        ],
        "survival": [
            {
                **dict(zip(("ending", "dimension", "value"), group, strict=True)),
                "cuts": len(cuts),
                "ended": sum(cut.is_reversed for cut in cuts),
                "median": asdict(median(trends.survival[group])),
                "standing": [
                    asdict(found) for days in STANDING_DAYS if (found := standing(cuts, trends.survival[group], days))
                ],
            }
            for group, cuts in trends.followed.items()
            if group[1] == by
        ],
    }


def parts(text: str | None) -> tuple[str, ...]:
    """Return the single values of a column that may name several: "US;GB"."""
    return tuple(dict.fromkeys(part.strip() for part in (text or "").split(";") if part.strip()))


def _keys(watched: Watched) -> Callable[[Counted], tuple[Key, ...]]:
    lists = {name: frozenset(companies) for name, companies in watched.items()}

    @cache
    def keys(label: Label, function: str | None, country: str | None, on: tuple[str, ...]) -> tuple[Key, ...]:
        return keys_of(label, parts(function), parts(country), on)

    def of(event: Counted) -> tuple[Key, ...]:
        on = tuple(name for name, companies in lists.items() if event.company_id in companies)
        return keys(event.label, event.function, event.country, on)

    return of


def _ledger(db: Database, events: Iterable[Counted], since: date, keys: Callable[[Counted], tuple[Key, ...]]) -> Ledger:
    told = store.told(db, since)
    occurrences = (
        Occurrence(event.announced_on, event.company_id, keys(event), tuple(told[event.id]))
        for event in events
        if event.id in told
    )
    return Ledger(occurrences, _lives(store.feed_weeks(db)))


def _lives(answered: Mapping[int, Collection[date]]) -> Lives:
    """Return the weeks that count for each feed: not the first, whose document tells of the time before."""
    return {feed: frozenset(week_of(day) for day in sorted(days)[1:]) for feed, days in answered.items()}


def _weeks(
    events: Iterable[Counted], keys: Callable[[Counted], tuple[Key, ...]], end: Week
) -> dict[tuple[str, ...], int]:
    """Return the weekly counts of all events whose day is known, however they came in."""
    counts = Counter(
        (key, week)
        for event in events
        if event.date_precision == "day" and end - SHOWN_WEEKS < (week := week_of(event.announced_on)) <= end
        for key in keys(event)
    )
    return {
        (key.label.value, key.dimension, key.value, monday(week).isoformat()): count
        for (key, week), count in sorted(counts.items())
    }


def _ratios(events: Iterable[Counted], end: Week) -> dict[tuple[date, int], Ratio]:
    """Return reversals to cuts in the weeks up to now; dates known to the month count in the long window only."""
    days: dict[tuple[Label, str], list[date]] = defaultdict(list)
    for event in events:
        if event.date_precision != "year":
            days[event.label, event.date_precision].append(event.announced_on + MIDDLE[event.date_precision])
    for found in days.values():
        found.sort()
    first = min((found[0] for found in days.values()), default=None)
    weeks = range(max(end - RATIO_WEEKS + 1, week_of(first)), end + 1) if first else range(0)

    def count(label: Label, last: date, length: int) -> int:
        exact = ("day",) if length < 365 else ("day", "month")
        spans = (days.get((label, precision), []) for precision in exact)
        return sum(bisect_right(span, last) - bisect_right(span, last - timedelta(days=length)) for span in spans)

    return {
        (sunday(week), length): ratio(
            count(Label.REVERSAL, sunday(week), length), count(Label.CUT, sunday(week), length)
        )
        for week in weeks
        for length in RATIO_DAYS
    }


def _followed(events: Iterable[Counted], answers: Iterable[Answer], today: date) -> dict[Group, tuple[Followed, ...]]:
    """Return how long the cuts of each group were followed, to their first reversal (or softening) or to today."""
    ends: dict[tuple[str, int], date] = {}
    for answer in answers:
        on = answer.announced_on + MIDDLE[answer.date_precision]
        for ending in (
            ("reversed", "reversed_or_softened") if answer.label is Label.REVERSAL else ("reversed_or_softened",)
        ):
            ends[ending, answer.cut_id] = min(on, ends.get((ending, answer.cut_id), on))
    groups: dict[Group, list[Followed]] = {}
    keys = _keys({})
    for cut in events:
        if cut.label is not Label.CUT or cut.status == "withdrawn" or cut.date_precision == "year":
            continue
        begun = min(cut.announced_on + MIDDLE[cut.date_precision], today)
        for ending in ("reversed", "reversed_or_softened"):
            end = ends.get((ending, cut.id))
            is_over = end is not None and end <= today
            one = Followed(max(0, ((end if is_over and end else today) - begun).days), is_over)
            for key in keys(cut):
                groups.setdefault((ending, key.dimension, key.value), []).append(one)
    return {
        group: tuple(found) for group, found in sorted(groups.items()) if group[1] == "all" or len(found) >= LEAST_CUTS
    }


def _ratio_row(end: date, days: int, found: Ratio) -> tuple[Any, ...]:
    return end.isoformat(), days, found.reversals, found.cuts, found.ratio, found.low, found.high


def _survival_row(group: Group, step: Step) -> tuple[Any, ...]:
    return *group, step.days, step.at_risk, step.reversed, step.share, step.low, step.high
