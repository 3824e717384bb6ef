"""Figures against values worked out by hand: calibration, intervals, what alerts."""

import random
from collections import Counter

import pytest

from monitor.evaluate import agreement, calibration
from monitor.evaluate.intervals import figures
from monitor.evaluate.marks import Mark, event_rates


def test_macro_f1_is_the_mean_of_the_f1_of_frequent_answers() -> None:
    # a: 24 given, 20 true, 18 right: 36/44; b: 16 given, 20 true, 14 right: 28/36; c has one item: not counted
    found = agreement({("a", "a"): 18, ("a", "b"): 2, ("b", "a"): 6, ("b", "b"): 14, ("c", "c"): 1})
    assert found.macro_f1 == pytest.approx((36 / 44 + 28 / 36) / 2)
    assert set(found.scores) == {"a", "b", "c"}


def test_kappa_of_three_answers_takes_chance_from_both_sides() -> None:
    # right 30 of 50; truth 20/20/10, given 23/17/10: chance (20*23 + 20*17 + 10*10) / 2500 = 0.36
    counts = {("a", "a"): 15, ("a", "b"): 5, ("b", "b"): 10, ("b", "a"): 5, ("b", "c"): 5, ("c", "c"): 5, ("c", "a"): 3,
              ("c", "b"): 2}  # fmt: skip
    assert agreement(counts).kappa == pytest.approx((0.6 - 0.36) / 0.64)


def test_readings_that_only_agree_by_chance_have_no_kappa() -> None:
    assert agreement({("a", "a"): 1, ("a", "b"): 1, ("b", "a"): 1, ("b", "b"): 1}).kappa == 0.0


def test_calibration_is_worked_out_bin_by_bin() -> None:
    # 0.9 bin: said 0.95 on average, 1 of 2 right; 0.6 bin: said 0.6, 2 of 2 right
    found = calibration([(0.9, True), (1.0, False), (0.6, True), (0.6, True)])
    assert [(part.low, part.n) for part in found.bins] == [(0.6, 2), (0.9, 2)]
    assert [part.probability for part in found.bins] == pytest.approx([0.6, 0.95])
    assert [part.right for part in found.bins] == [1.0, 0.5]
    assert found.expected_error == pytest.approx((2 * 0.4 + 2 * 0.45) / 4)
    assert found.brier == pytest.approx((0.01 + 1.0 + 0.16 + 0.16) / 4)


def test_probabilities_that_keep_their_word_have_no_expected_error() -> None:
    assert calibration([(0.75, True)] * 3 + [(0.75, False)]).expected_error == pytest.approx(0.0)


def test_nothing_said_is_nothing_calibrated() -> None:
    assert calibration([]).brier is None


def test_events_found_and_events_that_are_events() -> None:
    # 8 raised, 6 with their label; 9 true
    found = agreement({("cut", "cut"): 4, ("cut", "no event"): 3, ("hybrid", "hybrid"): 2, ("no event", "cut"): 2,
                       ("no event", "no event"): 50})  # fmt: skip
    precision, recall = event_rates(found)
    assert (precision.right, precision.n, recall.right, recall.n) == (6, 8, 6, 9)


def label(truth: str, given: str) -> list[Mark]:
    return [("label", truth, given), ("kind", "event", "event")]


FEW = [label("cut", "cut")] * 30 + [label("cut", "none")] * 10


def test_an_interval_encloses_its_figure_and_is_about_as_wide_as_theory_has_it() -> None:
    found = figures(FEW, random.Random(3), 2000)["label.accuracy"]
    assert (found.value, found.n) == (0.75, 40)
    assert found.low == pytest.approx(0.75 - 1.96 * (0.75 * 0.25 / 40) ** 0.5, abs=0.03)
    assert found.high == pytest.approx(0.75 + 1.96 * (0.75 * 0.25 / 40) ** 0.5, abs=0.03)


def test_the_same_dice_give_the_same_intervals() -> None:
    assert figures(FEW, random.Random(3), 50) == figures(FEW, random.Random(3), 50)


def test_items_of_one_group_are_drawn_together_and_so_widen_the_interval() -> None:
    together = [label("cut", "cut") * 15] * 2 + [label("cut", "none") * 10]
    alone, grouped = (figures(items, random.Random(3), 500)["label.accuracy"] for items in (FEW, together))
    assert grouped.value == alone.value
    assert (grouped.low or 0.0) < (alone.low or 0.0)


def test_what_is_averaged_is_the_same_in_every_draw() -> None:
    # cut is always right and none never: with both averaged, half of the F1 of cut at most
    found = figures([label("cut", "cut")] * 20 + [label("none", "cut")] * 20, random.Random(3), 200)["label.macro_f1"]
    assert found.value == pytest.approx(1 / 3)
    assert (found.high or 1.0) < 0.5


def test_where_nothing_varies_the_interval_is_the_figure() -> None:
    found = figures([label("cut", "cut")] * 25, random.Random(3), 20)["label.macro_f1"]
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_what_cannot_be_measured_has_no_interval() -> None:
    found = figures([label("cut", "cut")], random.Random(3), 20)
    assert (found["label.macro_f1"].value, found["label.macro_f1"].low) == (None, None)
    assert Counter(name.split(".")[0] for name in found)["jobs_count"] == 2
