"""The words and drawings of the pages: pure, as tables."""

from datetime import date
from typing import Any

import pytest

from monitor.site import charts, summary, wording

JOBS: dict[str, tuple[dict[str, Any], str]] = {
    "not stated": ({"jobs_count": None, "jobs_qualifier": "none_stated"}, "number of jobs not stated"),
    "exact": ({"jobs_count": 1320, "jobs_qualifier": "exact"}, "1,320 jobs"),
    "one": ({"jobs_count": 1, "jobs_qualifier": "exact"}, "1 job"),
    "about": ({"jobs_count": 320, "jobs_qualifier": "about"}, "about 320 jobs"),
    "at least": ({"jobs_count": 320, "jobs_qualifier": "at_least"}, "at least 320 jobs"),
    "up to": ({"jobs_count": 4000, "jobs_count_max": 4000, "jobs_qualifier": "up_to"}, "up to 4,000 jobs"),
    "up to, without an upper end": ({"jobs_count": 4000, "jobs_qualifier": "up_to"}, "up to 4,000 jobs"),
    "range": ({"jobs_count": 300, "jobs_count_max": 500, "jobs_qualifier": "range"}, "300 to 500 jobs"),
    "estimate": ({"jobs_count": 60, "jobs_qualifier": "estimate"}, "an estimated 60 jobs"),
    "hundreds": ({"jobs_count": 100, "jobs_qualifier": "hundreds"}, "hundreds of jobs"),
    "thousands": ({"jobs_count": 1000, "jobs_qualifier": "hundreds"}, "thousands of jobs"),
    "facts of an article that name none": ({}, "number of jobs not stated"),
    "a zero that a file has for none": (
        {"jobs_count": 0, "jobs_qualifier": "none_stated"},
        "number of jobs not stated",
    ),
    "people come back": ({"label": "reversal", "jobs_count": 2, "jobs_qualifier": "exact"}, "2 people"),
    "one comes back": ({"label": "reversal", "jobs_count": 1, "jobs_qualifier": "exact"}, "1 person"),
    "nobody knows how many": ({"label": "reversal", "jobs_count": None}, "number of people not stated"),
}


@pytest.mark.parametrize(("event", "told"), JOBS.values(), ids=JOBS.keys())
def test_a_number_of_jobs_is_told_with_its_qualifier(event: dict[str, Any], told: str) -> None:
    assert wording.jobs(event) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [("not_modified", "not modified"), ("ai_withdrawn", "AI withdrawn"), ("ai", "AI"), (None, ""),
     ("human_in_loop_policy", "human-in-the-loop policy")],
)  # fmt: skip
def test_words_of_vocabularies_are_told_as_people_write_them(value: str | None, told: str) -> None:
    assert wording.plain(value) == told


def test_what_is_computed_or_counts_no_jobs_says_so() -> None:
    event = {"jobs_implied": 1800, "jobs_formula": "3,800 - 2,000", "share_pct": 12.5, "fte_equivalent": 700,
             "headcount_before": 3800, "headcount_after": 2000}  # fmt: skip
    assert wording.further_numbers(event) == [
        "1,800 jobs implied (3,800 - 2,000), not stated",
        "12.5 % of a base that is not stated",
        "the work of 700 people, which counts no jobs",
        "headcount 3,800 before, 2,000 after",
    ]
    assert wording.further_numbers({}) == []


DAYS = {("2024-08-01", "day"): "1 August 2024", ("2024-08-01", "month"): "August 2024", ("2024-08-01", "year"): "2024",
        ("2024-08", "month"): "August 2024", ("2024-08-01T10:00:00.000Z", "day"): "1 August 2024",
        ("2024-08", "day"): "August 2024", ("junk", "day"): "junk", (None, "day"): "date not known"}  # fmt: skip


@pytest.mark.parametrize(("value", "told"), DAYS.items())
def test_a_day_is_told_no_more_precisely_than_it_is_known(value: tuple[str | None, str], told: str) -> None:
    assert wording.day(*value) == told


def test_days_between_vague_dates_are_about_that_many() -> None:
    assert wording.days(273, "day", "month") == "about 273 days"
    assert [wording.days(number, "day", "day") for number in (0, 1, 273)] == ["the same day", "1 day", "273 days"]
    assert wording.days(0, "month") == "about the same time"


def test_moments_are_told_in_utc() -> None:
    assert wording.moment("2026-11-22T14:51:09.123Z") == "22 November 2026, 14:51 UTC"
    assert wording.moment("2026-11-22T14:51:09+02:00") == "22 November 2026, 12:51 UTC"
    assert (wording.moment(None), wording.moment("2026-11-22"), wording.moment("x")) == (
        "never",
        "22 November 2026",
        "x",
    )


def test_only_web_addresses_are_linked_to() -> None:
    addresses = (
        "https://a.example/",
        "HTTP://a.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        None,
    )
    assert [wording.web_address(address) for address in addresses] == [*addresses[:2], None, None, None, None]


PIECES = {
    "none": ([], [("0123456789", False)]),
    "in the middle": ([(2, 4)], [("01", False), ("23", True), ("456789", False)]),
    "from end to end": ([(0, 10)], [("0123456789", True)]),
    "overlapping, in any order": ([(3, 6), (2, 4)], [("01", False), ("23", True), ("45", True), ("6789", False)]),
    "one within another": ([(2, 6), (3, 4)], [("01", False), ("2345", True), ("6789", False)]),
}


@pytest.mark.parametrize(("marks", "found"), PIECES.values(), ids=PIECES.keys())
def test_a_text_is_cut_at_its_marks(marks: list[tuple[int, int]], found: list[tuple[str, bool]]) -> None:
    assert wording.pieces("0123456789", marks) == found


def counted(**companies: int) -> dict[str, dict[str, int]]:
    return {label: {"companies": number} for label, number in companies.items()}


SENTENCES = {
    "14 employers cut work for AI, 3 took people back and 1 settled on AI and people both": counted(
        cut=14, reversal=3, hybrid=1
    ),
    "1 employer cut work for AI, none took people back and none settled on AI and people both": counted(cut=1),
    "no employers cut work for AI, 2 took people back and none settled on AI and people both": counted(reversal=2),
    "no employer is known to have cut work for AI or to have taken people back": {},
}


@pytest.mark.parametrize(("told", "found"), SENTENCES.items())
def test_four_weeks_are_one_sentence(told: str, found: dict[str, dict[str, int]]) -> None:
    assert summary.sentence(found) == told


def test_jobs_stated_are_told_with_how_many_cuts_state_any() -> None:
    row = {"events": 5, "stating": 3, "firm": 600, "vague": 0, "soft": 4000}
    assert summary.stated(row) == (
        "3 of 5 cuts state a number: 600 jobs and up to 4,000 more in upper ends and estimates."
    )
    assert summary.stated(row | {"stating": 1, "soft": 0}) == "1 of 5 cuts states a number: 600 jobs."
    assert (
        summary.stated(row | {"firm": 0}) == "3 of 5 cuts state a number: up to 4,000 jobs in upper ends and estimates."
    )
    assert summary.stated(row | {"stating": 0}) is None
    assert summary.stated(None) is None


TODAY = date(2026, 3, 4)  # a Wednesday


def week(name: str, **row: Any) -> dict[str, Any]:
    none = {"cuts": 0, "reversals": 0, "hybrids": 0, "jobs_stated": None, "of_them_not_exact": 0,
            "jobs_in_upper_ends_and_estimates": None}  # fmt: skip
    return {"week": name, **none, **row}


FOUND = [
    week("2026-W10", cuts=3, hybrids=1, jobs_stated=40, of_them_not_exact=1, jobs_in_upper_ends_and_estimates=300),
    week("2026-W08", reversals=2),
]


def test_weeks_are_filled_up_to_the_present_one() -> None:
    weeks = charts.weeks(FOUND, TODAY, 3)
    assert [(week.name, dict(week.events)) for week in weeks] == [
        ("2026-W08", {"cut": 0, "reversal": 2, "hybrid": 0}),
        ("2026-W09", {"cut": 0, "reversal": 0, "hybrid": 0}),
        ("2026-W10", {"cut": 3, "reversal": 0, "hybrid": 1}),
    ]
    assert weeks[2].told == "week of 2 March 2026: 3 cuts, 1 hybrid, so far"
    assert weeks[1].told == "week of 23 February 2026: nothing"
    assert [week.settled for week in weeks] == [True, True, False]
    assert [week.sums for week in weeks] == ["", "", "about 40 jobs and up to 300 more in upper ends and estimates"]


def test_a_week_that_ended_the_day_before_has_not_settled() -> None:
    """News of Sunday comes on Monday."""
    settled = {today: charts.weeks([], date(2026, 3, today), 2)[0].settled for today in (2, 3, 4)}
    assert settled == {2: False, 3: False, 4: True}


def test_cuts_stand_above_the_line_and_the_rest_below_on_one_scale() -> None:
    drawn = charts.chart(charts.weeks(FOUND, TODAY, 3))
    assert (drawn.most_above, drawn.most_below, drawn.line) == (3, 2, 120.0)
    assert [(bar.label, bar.y, bar.height) for bar in drawn.bars] == [
        ("reversal", 120.0, 80.0), ("cut", 0.0, 120.0), ("hybrid", 120.0, 40.0),
    ]  # fmt: skip
    assert all(bar.x >= 0 and bar.x + bar.width <= drawn.width for bar in drawn.bars)


def test_a_label_alone_stands_above_the_line() -> None:
    drawn = charts.chart(charts.weeks(FOUND, TODAY, 3), ["hybrid"])
    assert [(bar.label, bar.y, bar.height) for bar in drawn.bars] == [("hybrid", 0.0, 200.0)]
    assert drawn.most_below == 0


def test_without_events_nothing_is_drawn() -> None:
    assert charts.chart(charts.weeks([], TODAY, 3)).empty


GRADES: dict[tuple[str, str, str | None], str] = {
    ("cut", "explicit", "employer"): "AI is named as the reason by the employer",
    ("cut", "denied", "analyst"): "AI as the reason is denied by an analyst",
    ("cut", "implied", None): "AI is tied to it, not named as the reason",
    ("reversal", "explicit", "press"): "AI's part in it is named by the press",
    ("hybrid", "none", "employer"): "no tie to AI is stated",
}


@pytest.mark.parametrize(("event", "told"), GRADES.items())
def test_the_tie_to_ai_is_told_with_who_makes_it(event: tuple[str, str, str | None], told: str) -> None:
    names = ("label", "attribution_strength", "attribution_speaker")
    assert wording.grade(dict(zip(names, event, strict=True))) == told


def happened(label: str, jobs: int | None, qualifier: str = "exact", **changes: Any) -> dict[str, Any]:
    return {"label": label, "kind": "event", "link_type": None, "jobs_count": jobs, "jobs_count_max": None,
            "jobs_qualifier": qualifier} | changes  # fmt: skip


def test_a_history_sums_what_counts_and_keeps_soft_numbers_apart() -> None:
    events = [
        happened("cut", 700), happened("cut", 100, "about"), happened("cut", 900, "up_to", jobs_count_max=1000),
        happened("cut", 50, kind="productivity_claim"), happened("cut", 700, link_type="updates"),
        happened("reversal", None, "none_stated"),
    ]  # fmt: skip
    found = summary.history(events)
    assert found["cut"] == {"events": 3, "stating": 3, "firm": 800, "vague": 1, "soft": 1000}
    assert found["reversal"] == {"events": 1, "stating": 0, "firm": 0, "vague": 0, "soft": 0}
    assert summary.stated(found["cut"]) == (
        "3 of 3 cuts state a number: about 800 jobs and up to 1,000 more in upper ends and estimates."
    )
    assert summary.stated(found["reversal"], "reversal") is None


def test_a_curve_of_survival_falls_in_steps_within_its_band() -> None:
    rows = [
        {"days": 100, "share": 0.5, "low": 0.25, "high": 0.75},
        {"days": 200, "share": 0.0, "low": None, "high": None},
    ]
    drawn = charts.survival(rows)
    assert drawn is not None
    assert drawn.line == "M0.0 0.0L500.0 0.0L500.0 100.0L1000.0 100.0L1000.0 200.0L1000.0 200.0"
    assert drawn.band.startswith("M0.0 0.0L500.0 0.0L500.0 50.0L1000.0 50.0")
    assert drawn.band.endswith("Z")
    assert (drawn.points[-1]["days"], charts.survival([])) == (200, None)


def test_a_count_stands_beside_its_band_on_the_measure_of_all() -> None:
    signal = {"expected": 4.0, "low": 1, "high": 8, "observed": 10}
    assert charts.bullet(signal, 10) == charts.Bullet(low=100, high=800, expected=400, observed=1000)
    assert charts.bullet(signal | {"expected": None}, 10) is None
    assert charts.bullet(signal | {"expected": 0.0, "low": 0, "high": 0, "observed": 0}, 0) is not None


def test_the_weeks_a_series_is_judged_by_are_found_in_the_chart() -> None:
    weeks = charts.weeks([], TODAY, 10)  # the last one is that of 2 March
    assert charts.window(weeks, {"window_start": "2026-02-02", "window_end": "2026-03-01"}) == charts.Window(500, 400)
    assert charts.window(weeks, {"window_start": "2025-02-03", "window_end": "2025-03-02"}).width == 0


def ratio(value: float | None, low: float | None = 0.0, high: float | None = 2.0) -> dict[str, float | None]:
    return {"ratio": value, "low": low, "high": high}


def test_a_curve_of_ratios_begins_where_all_of_it_is_known() -> None:
    drawn = charts.ratios([ratio(None, None, None), ratio(0.5, 0.0, None), ratio(0.5), ratio(1.0)])
    assert drawn is not None
    assert (len(drawn.points), drawn.most) == (2, pytest.approx(1.1))
    assert drawn.line == "M0.0 109.1L1000.0 18.2"
    assert drawn.band.startswith("M0.0 0.0L1000.0 0.0L1000.0 200.0")
    assert charts.ratios([ratio(0.5)]) is None
    assert charts.ratios([]) is None
