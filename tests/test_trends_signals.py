"""Verdicts: what is a surge, a note, usual or muted, since when, and in which words."""

from datetime import timedelta

import pytest
from trend_builders import ALL_CUTS, END, FIRST, asked, event, judged, steady

from monitor.model import Label
from monitor.trends.series import Key, Occurrence, keys_of, sunday
from monitor.trends.signals import RISK, SURE, Ledger, risk

WINDOW = range(END - 3, END + 1)
PAST = range(FIRST, END - 3)


def history(before: int, now: int, **changes: object) -> list[Occurrence]:
    """Return so many events a week in the past, and in the window."""
    return [*steady(before, PAST, **changes), *steady(now, WINDOW, **changes)]


VERDICTS = {
    "twice as many": (6, 12, "surge", "more"),
    "a third": (20, 7, "surge", "fewer"),
    "as many as ever": (6, 6, "usual", None),
    "a few more": (6, 7, "usual", None),
    "four times of few": (1, 4, "note", "more"),
    "none of few": (3, 0, "note", "fewer"),
}


@pytest.mark.parametrize(("before", "now", "state", "direction"), VERDICTS.values(), ids=VERDICTS)
def test_the_window_is_held_against_the_past(before: int, now: int, state: str, direction: str | None) -> None:
    found = judged(Ledger(history(before, now), asked()))
    assert (found.state, found.direction) == (state, direction)
    assert (found.observed, found.expected) == (4 * now, 4 * before)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 4 * before <= found.high
    assert (state == "usual") == (found.probability is not None and found.probability >= RISK)


def test_a_surge_tells_counts_odds_promise_and_feeds() -> None:
    found = judged(Ledger(history(6, 12, feeds=(1, 2)), asked(1, 2)))
    assert found.text == (
        f"48 cuts in the 28 days to {sunday(END)}, where 24.0 were to be expected and 15 to 35 are usual. The odds of "
        "so many by chance are 1 in 20,766. If nothing changed, at most 3 such messages in 2 years would come of this "
        "series. Counted over the 2 feeds that answered throughout the window and the 364 days before it; they gave "
        "100 % of the events then."
    )


def test_a_note_tells_how_often_a_doubling_would_show() -> None:
    found = judged(Ledger(history(1, 4), asked()))
    assert "A note and no surge: from so few, a doubling would show only" in found.text
    assert found.expected is not None
    assert found.expected < SURE


FLOOR = {"just enough": (4, "surge"), "just too few": (3, "note")}


@pytest.mark.parametrize(("before", "state"), FLOOR.values(), ids=FLOOR)
def test_only_where_a_doubling_would_be_found_is_it_a_surge(before: int, state: str) -> None:
    assert judged(Ledger(history(before, 4 * before), asked())).state == state


def test_a_note_from_nearly_enough_says_so_too() -> None:
    events = [*history(3, 3), *(event(week, number) for week in WINDOW for number in range(40))]
    assert "times of 100" in judged(Ledger(events, asked())).text


def test_a_usual_count_is_told_without_odds() -> None:
    found = judged(Ledger(history(6, 6), asked()))
    assert found.text == (
        f"24 cuts in the 28 days to {sunday(END)}, where 24.0 were to be expected and 15 to 35 are usual."
    )


def test_more_needs_three_employers_and_fewer_none() -> None:
    two = [event(week, number % 2) for week in WINDOW for number in range(12)]
    assert judged(Ledger([*steady(6, PAST), *two], asked())).state == "usual"
    three = [event(week, number % 3) for week in WINDOW for number in range(12)]
    assert judged(Ledger([*steady(6, PAST), *three], asked())).state == "surge"


def test_the_chart_shows_half_a_year_of_weeks_against_the_rate_of_the_past() -> None:
    points = judged(Ledger(history(6, 12), asked())).points
    assert len(points) == 26
    assert [point.observed for point in points[-5:]] == [6, 12, 12, 12, 12]
    assert {point.expected for point in points} == {6.0}
    assert points[-1].start == sunday(END) - timedelta(days=6)


# --- several series ----------------------------------------------------------------------------------------


def kinds_of_work(*names: str) -> tuple[Key, ...]:
    return keys_of(Label.CUT, names, (), ())


def test_a_probability_is_multiplied_by_the_series_that_share_the_risk() -> None:
    alone = judged(Ledger(history(6, 9, keys=kinds_of_work("work 0")), asked()), Key(Label.CUT, "function", "work 0"))
    others = [one for number in range(1, 5) for one in history(6, 6, keys=kinds_of_work(f"work {number}"))]
    key = Key(Label.CUT, "function", "work 0")
    together = judged(Ledger([*history(6, 9, keys=kinds_of_work("work 0")), *others], asked()), key)
    assert alone.probability is not None
    assert together.probability == pytest.approx(5 * alone.probability)
    assert (alone.family, together.family) == (1, 5)
    assert alone.text != together.text


def test_the_more_series_share_the_promise_the_rarer_a_surge_must_be() -> None:
    """Beyond the corrected probability: rarer counts come in shorter runs, and so in more messages."""
    key = Key(Label.CUT, "function", "work 0")
    others = [one for number in range(1, 5) for one in history(6, 6, keys=kinds_of_work(f"work {number}"))]
    found = []
    for more in range(24):
        extra = [event(END, 10**6 + number, keys=kinds_of_work("work 0")) for number in range(more)]
        found.append(judged(Ledger([*history(6, 6, keys=kinds_of_work("work 0")), *extra, *others], asked()), key))
    chances = [(one.probability or 0.0, one.state) for one in found]
    assert all((state == "surge") == (chance < risk(5)) for chance, state in chances)
    assert any(risk(5) <= chance < RISK for chance, _ in chances)
    assert risk(1) == RISK


def test_a_surge_in_a_family_names_how_many_share_the_promise() -> None:
    others = [one for number in range(1, 5) for one in history(6, 6, keys=kinds_of_work(f"work {number}"))]
    surging = history(6, 16, keys=kinds_of_work("work 0"))
    text = judged(Ledger([*surging, *others], asked()), Key(Label.CUT, "function", "work 0")).text
    assert "64 cuts in work 0 in the 28 days" in text
    assert "would come of the 5 series like it, taken together" in text


def test_series_of_few_do_not_take_risk_from_those_of_many() -> None:
    few = [one for number in range(1, 9) for one in history(1, 1, keys=kinds_of_work(f"work {number}"))]
    many = history(6, 6, keys=kinds_of_work("work 0"))
    assert judged(Ledger([*many, *few], asked()), Key(Label.CUT, "function", "work 0")).family == 1


def test_all_of_each_label_is_always_told_of() -> None:
    assert [(one.label, one.observed) for one in Ledger([], asked()).judge(END)] == [
        (Label.CUT, 0), (Label.HYBRID, 0), (Label.REVERSAL, 0),
    ]  # fmt: skip


def test_a_watch_list_is_named() -> None:
    events = history(6, 12, keys=keys_of(Label.CUT, (), (), ("banks",)))
    assert (
        "48 cuts at employers of the list banks in"
        in judged(Ledger(events, asked()), Key(Label.CUT, "watch", "banks")).text
    )


def test_a_single_event_is_told_in_the_singular() -> None:
    assert judged(Ledger([*steady(1, PAST), event(END, 7)], asked())).text.startswith("1 cut in the 28 days")


# --- what cannot be judged ---------------------------------------------------------------------------------


def test_a_store_without_a_past_of_its_own_is_muted_whatever_it_imported() -> None:
    imported = steady(3, range(FIRST - 100, END + 1), told=())
    first_documents = steady(30, WINDOW)
    found = judged(Ledger([*imported, *first_documents], asked(weeks=range(END - 3, END + 1))))
    assert (found.state, found.expected, found.probability) == ("muted", None, None)
    assert found.observed == 120
    assert "feeds were asked in 4 weeks so far; 16 in a row are needed" in found.text
    assert found.points[-1].observed == 30


def test_sixteen_weeks_of_polling_are_enough_to_expect_something() -> None:
    weeks = range(END - 15, END + 1)
    assert judged(Ledger(steady(6, weeks), asked(weeks=weeks))).state == "usual"


def test_feeds_that_came_later_are_no_surge() -> None:
    """The same six a week by the old feed, and as many again by one that is new: nothing happened in the world."""
    news = steady(6, WINDOW, feeds=(2,))
    found = judged(Ledger([*history(6, 6), *news], {**asked(1), **asked(2, weeks=range(END - 4, END + 1))}))
    assert (found.state, found.observed, found.feeds, found.coverage) == ("usual", 24, 1, 1.0)


def test_feeds_that_went_silent_are_no_drop_and_mute_what_they_told_most_of() -> None:
    gone = steady(6, PAST, feeds=(2,))
    found = judged(Ledger([*history(6, 6), *gone], {**asked(1), **asked(2, weeks=range(FIRST - 9, END - 3))}))
    assert (found.state, found.direction, found.coverage) == ("muted", None, 0.5)
    assert (
        "Muted: the one feed that answered throughout gave 50 % of the earlier events, and 70 % are needed."
        in found.text
    )


def test_without_any_feed_that_answered_throughout_everything_is_muted() -> None:
    half = {1: frozenset(range(FIRST - 9, END - 1)), 2: frozenset(range(END - 2, END + 1))}
    assert {one.state for one in Ledger(steady(6), half).judge(END)} == {"muted"}


def test_feeds_that_told_a_quarter_of_the_past_and_went_silent_do_not_mute() -> None:
    gone = steady(2, PAST, feeds=(2,))
    found = judged(Ledger([*history(6, 6), *gone], {**asked(1), **asked(2, weeks=range(FIRST - 9, END - 3))}))
    assert (found.state, found.expected, found.coverage) == ("usual", 24.0, 0.75)


def test_what_two_feeds_tell_is_counted_once_and_outlives_one_of_them() -> None:
    both = history(6, 6, feeds=(1, 2))
    found = judged(Ledger(both, {**asked(1), **asked(2, weeks=range(FIRST - 9, END - 3))}))
    assert (found.state, found.observed, found.coverage) == ("usual", 24, 1.0)


def test_a_shorter_past_is_taken_where_the_feeds_of_the_longer_one_tell_too_little() -> None:
    late_feed = range(END - 27, END + 1)
    events = [*steady(1, feeds=(1,)), *steady(6, late_feed, feeds=(2,))]
    found = judged(Ledger(events, {**asked(1), **asked(2, weeks=late_feed)}))
    assert (found.state, found.past_days, found.expected) == ("usual", 6 * 28, 28.0)


# --- since when --------------------------------------------------------------------------------------------


def test_a_surge_that_goes_on_is_one_surge() -> None:
    grown = Ledger([*steady(6, range(FIRST, END - 3)), *steady(14, range(END - 3, END + 20))], asked())
    found = [judged(grown, end=end) for end in range(END - 6, END + 12)]
    surges = [one for one in found if one.state == "surge"]
    assert len(surges) >= 6
    assert len({one.since for one in surges}) == 1
    assert surges[0].since is not None
    assert surges[0].since <= surges[0].window_end


def test_after_a_usual_count_the_next_surge_is_another() -> None:
    waves = [range(END - 3, END + 1), range(END + 13, END + 17)]
    calm = [week for week in range(FIRST, END + 20) if not any(week in wave for wave in waves)]
    ledger = Ledger([*steady(6, calm), *(one for wave in waves for one in steady(16, wave))], asked())
    first, second = judged(ledger, end=END), judged(ledger, end=END + 16)
    assert (first.state, second.state) == ("surge", "surge")
    assert first.since != second.since
    assert {judged(ledger, end=end).since for end in range(END + 7, END + 12)} == {None}


def test_what_was_unusual_from_the_first_week_on_is_so_since_then() -> None:
    weeks = range(END - 12, END + 1)
    ledger = Ledger([*steady(9, range(END - 12, END - 3)), *steady(40, range(END - 3, END + 1))], asked(weeks=weeks))
    assert judged(ledger).since == sunday(END)


def test_a_run_is_followed_back_for_little_more_than_a_year() -> None:
    ever_more = [one for week in range(FIRST - 60, END + 1) for one in steady(int(1.06 ** (week - FIRST + 70)), [week])]
    found = judged(Ledger(ever_more, asked(weeks=range(FIRST - 70, END + 1))))
    assert found.since == sunday(END - 59)


def test_there_is_no_reading_of_what_nothing_is_held_against() -> None:
    with pytest.raises(LookupError, match="nothing to hold week"):
        Ledger([], {}).reading(ALL_CUTS, END)
