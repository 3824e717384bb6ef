"""Which weeks, which feeds and which events count, and what was known when."""

from datetime import date, timedelta
from typing import Final

import pytest
from trend_builders import ALL_CUTS, END, FIRST, asked, event, steady

from monitor.model import Label
from monitor.trends.chance import Span
from monitor.trends.series import (
    Basis,
    Key,
    Occurrence,
    bases,
    is_holiday,
    keys_of,
    last_week,
    monday,
    past,
    share,
    sunday,
    tally,
    week_of,
    window,
)

BASIS: Final = Basis(END, 13, frozenset({1}), frozenset())


def counts_of(events: list[Occurrence], feeds: frozenset[int] | None = frozenset({1})):  # type: ignore[no-untyped-def]  # noqa: ANN201  # a function
    by_week = {week: [one for one in events if one.week == week] for week in {one.week for one in events}}
    return lambda week: tally(by_week.get(week, []), feeds)


def test_weeks_are_those_of_the_calendar() -> None:
    for number in range(800):
        day = date(2024, 12, 20) + timedelta(days=number)
        assert monday(week_of(day)) == day - timedelta(days=day.weekday())
        assert sunday(week_of(day)) == monday(week_of(day)) + timedelta(days=6)


def test_the_two_weeks_of_christmas_and_new_year_are_holidays_in_every_year() -> None:
    for year in range(2000, 2060):
        weeks = range(week_of(date(year, 7, 1)), week_of(date(year + 1, 7, 1)))
        found = [week for week in weeks if is_holiday(week)]
        assert found == [week_of(date(year, 12, 25)), week_of(date(year + 1, 1, 1))]


LAST_WEEKS = {
    "on Monday the week that is over has not settled": ("2025-10-06", "2025-09-28"),
    "nor on Tuesday": ("2025-10-07", "2025-09-28"),
    "on Wednesday it has": ("2025-10-08", "2025-10-05"),
    "on Sunday the week is not over": ("2025-10-12", "2025-10-05"),
}


@pytest.mark.parametrize(("today", "ended"), LAST_WEEKS.values(), ids=LAST_WEEKS)
def test_a_week_is_looked_at_two_days_after_its_end(today: str, ended: str) -> None:
    assert sunday(last_week(date.fromisoformat(today))).isoformat() == ended


def test_an_event_counts_in_all_and_in_each_of_its_functions_countries_and_lists() -> None:
    assert keys_of(Label.CUT, ["finance"], ["US", "GB"], ["banks"]) == (
        Key(Label.CUT, "all", ""),
        Key(Label.CUT, "function", "finance"),
        Key(Label.CUT, "country", "US"),
        Key(Label.CUT, "country", "GB"),
        Key(Label.CUT, "watch", "banks"),
    )


KNOWN = {
    "told on its day": (0, (1, 1, 1, 1)),
    "told by the Tuesday after": (6, (1, 1, 1, 1)),
    "told on the Wednesday after": (7, (0, 1, 1, 1)),
    "told three weeks later": (21, (0, 0, 0, 1)),
    "told four weeks later, when its window is over": (28, None),
    "told before its day by somebody east of us": (-1, (1, 1, 1, 1)),
}


@pytest.mark.parametrize(("late", "known"), KNOWN.values(), ids=KNOWN)
def test_an_event_is_known_from_the_week_in_which_it_was_told(late: int, known: tuple[int, ...] | None) -> None:
    assert tally([event(END, late=late)]).get(ALL_CUTS) == known


def test_what_was_told_first_by_a_feed_that_counts_is_what_counts() -> None:
    day = monday(END)
    both = event(END, told=((1, day + timedelta(days=12)), (2, day)))
    assert tally([both], frozenset({1}))[ALL_CUTS] == (0, 1, 1, 1)
    assert tally([both], frozenset({1, 2}))[ALL_CUTS] == (1, 1, 1, 1)
    assert tally([both])[ALL_CUTS] == (1, 1, 1, 1)


def test_what_no_feed_that_counts_told_does_not_count() -> None:
    assert tally([event(END, feeds=(2,)), event(END, told=())], frozenset({1})) == {}


def test_each_window_of_the_past_is_counted_as_it_was_known_at_its_end() -> None:
    """In the last week of each window an event told a week later is missing, in earlier ones it is not."""
    late = counts_of(steady(1, late=8))
    assert window(late, ALL_CUTS, BASIS) == Span(3, 4)
    assert past(late, ALL_CUTS, BASIS) == [Span(2, 2), Span(1, 2)] * 13


def test_what_came_late_is_missing_in_the_last_week_of_a_window_and_there_in_the_others() -> None:
    found = [window(counts_of([event(END - before, late=8)]), ALL_CUTS, BASIS).count for before in range(4)]
    assert found == [0, 1, 1, 1]


def test_a_past_without_events_is_zeros_not_nothing() -> None:
    assert past(counts_of([]), ALL_CUTS, BASIS) == [Span(0, 2)] * 26


def test_weeks_that_rest_count_neither_events_nor_length() -> None:
    resting = Basis(END, 13, frozenset({1}), frozenset({END, FIRST, END - 8, END - 9, END - 6, END - 7}))
    counts = counts_of(steady(2))
    assert window(counts, ALL_CUTS, resting) == Span(6, 3)
    assert past(counts, ALL_CUTS, resting)[0] == Span(2, 1)
    assert len(past(counts, ALL_CUTS, resting)) == 24, "a fortnight of two resting weeks is left out"


# --- feeds -------------------------------------------------------------------------------------------------


def steady_feeds(lives: dict[int, frozenset[int]]) -> list[frozenset[int]]:
    return [basis.feeds for basis in bases(END, lives)]


def without(*weeks: int) -> frozenset[int]:
    return frozenset(range(FIRST, END + 1)) - frozenset(weeks)


def test_a_feed_that_answered_every_week_counts_against_each_past() -> None:
    assert [basis.windows for basis in bases(END, asked())] == [13, 6, 3]
    assert steady_feeds(asked()) == [frozenset({1})] * 3


FEEDS = {
    "silent in a week of the window": (without(END - 2), [False, False, False]),
    "silent in one week of the past": (without(END - 10), [True, True, True]),
    "silent in two weeks of the past": (without(END - 10, END - 12), [True, True, False]),
    "begun half a year ago": (frozenset(range(END - 27, END + 1)), [False, True, True]),
    "begun in the window": (frozenset({END - 1, END}), [False, False, False]),
    "gone since": (frozenset(range(FIRST, END - 1)), [False, False, False]),
}


@pytest.mark.parametrize(("weeks", "counts"), FEEDS.values(), ids=FEEDS)
def test_a_feed_counts_if_it_answered_in_the_window_and_in_nearly_all_of_the_past(
    weeks: frozenset[int], counts: list[bool]
) -> None:
    assert [2 in feeds for feeds in steady_feeds({**asked(1), 2: weeks})] == counts


def test_weeks_in_which_no_feed_answered_rest() -> None:
    lives = asked(weeks=without(END - 20, END - 21, END - 1))
    [basis, *_] = bases(END, lives)
    assert basis.resting & frozenset(range(FIRST, END + 1)) >= {END - 20, END - 21, END - 1}
    assert basis.feeds == {1}


def test_a_window_nobody_watched_for_most_of_is_held_against_nothing() -> None:
    assert list(bases(END, asked(weeks=without(END, END - 1, END - 2)))) == []


def test_the_past_reaches_as_far_back_as_feeds_were_asked() -> None:
    assert [basis.windows for basis in bases(END, asked(weeks=range(END - 27, END + 1)))] == [6, 3]
    assert [basis.windows for basis in bases(END, asked(weeks=range(END - 15, END + 1)))] == [3]
    assert list(bases(END, asked(weeks=range(END - 10, END + 1)))) == []
    assert list(bases(END, {})) == []


def test_holidays_rest() -> None:
    christmas = week_of(date(2024, 12, 25))
    [basis, *_] = bases(END, asked())
    assert basis.resting == {christmas, christmas + 1}


def test_the_share_is_what_the_feeds_that_count_told_of_all() -> None:
    assert share([Span(3, 2), Span(4, 2)], [Span(6, 2), Span(4, 2)]) == 0.7
    assert share([], []) == 1.0
