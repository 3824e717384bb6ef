"""How long cuts last, held against published curves; how many reversals there are to a cut, against exact sums."""

from math import comb
from typing import Final

import pytest

from monitor.trends.ratio import Ratio, ratio
from monitor.trends.survival import Followed, Median, Step, curve, median, standing


def followed(ended: list[int], still: list[int]) -> list[Followed]:
    return [
        *(Followed(days, is_reversed=True) for days in ended),
        *(Followed(days, is_reversed=False) for days in still),
    ]


# Weeks in remission under 6-mercaptopurine; Freireich et al. (1963), the first example of most textbooks.
SIX_MP: Final = followed([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
# Weeks in remission under placebo, of the same trial: nobody was lost.
PLACEBO: Final = followed([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [])
# Months of survival with a glioma of grade 3; Grana et al. (2002), which lifelines' own tests hold against R.
CONTROL: Final = followed([9, 19, 32, 34], [48, 50])
RIT: Final = followed([25, 53], [28, 50, 51, 54, 57, 57, 58, 61, 69])


def test_the_textbook_example_gives_the_textbook_curve() -> None:
    found = {step.days: (step.at_risk, round(step.share, 3)) for step in curve(SIX_MP) if step.reversed}
    assert found == {
        6: (21, 0.857), 7: (17, 0.807), 10: (15, 0.753), 13: (12, 0.690), 16: (11, 0.627), 22: (7, 0.538),
        23: (6, 0.448),
    }  # fmt: skip


def test_the_curve_is_that_of_lifelines_tests_against_r() -> None:
    assert [round(step.share, 3) for step in curve(CONTROL) if step.reversed] == [0.833, 0.667, 0.5, 0.333]
    assert [round(step.share, 3) for step in curve(RIT) if step.reversed] == [0.909, 0.779]


def test_the_band_is_that_of_lifelines_tests_against_r() -> None:
    steps = [step for step in curve(CONTROL) if step.reversed]
    assert [step.low for step in steps] == pytest.approx([0.2731, 0.1946, 0.1109, 0.0461], abs=1e-4)
    assert [step.high for step in steps] == pytest.approx([0.975, 0.904, 0.804, 0.676], abs=1e-3)


def test_the_medians_are_the_published_ones() -> None:
    assert median(curve(SIX_MP)) == Median(23, 13, None)
    assert median(curve(PLACEBO)) == Median(8, 4, 11)


def test_without_anybody_lost_the_curve_is_the_share_that_is_left() -> None:
    for step in curve(PLACEBO):
        assert step.share == pytest.approx(sum(one.days > step.days for one in PLACEBO) / len(PLACEBO))


def test_when_nothing_is_left_there_is_no_band() -> None:
    last = curve(PLACEBO)[-1]
    assert (last.share, last.low, last.high) == (0.0, None, None)


def test_before_the_first_reversal_all_stands_and_there_is_no_band() -> None:
    assert curve(followed([], [10, 40])) == [Step(0, 2, 0, 1.0, None, None), Step(40, 1, 0, 1.0, None, None)]


def test_a_cut_undone_on_its_own_day_is_counted_on_day_0() -> None:
    steps = curve(followed([0], [10]))
    assert (steps[0].days, steps[0].at_risk, steps[0].share) == (0, 2, 0.5)


def test_no_cut_has_no_curve_and_no_median() -> None:
    assert curve([]) == []
    assert median([]) == Median(None, None, None)


def test_a_share_is_told_with_the_number_followed_so_long() -> None:
    steps = curve(SIX_MP)
    found = standing(SIX_MP, steps, 12)
    assert found is not None
    assert (found.at_risk, round(found.share, 3)) == (12, 0.753)
    assert (found.low, found.high) == (steps[3].low, steps[3].high)


def test_on_the_day_of_a_reversal_it_is_counted() -> None:
    found = standing(SIX_MP, curve(SIX_MP), 6)
    assert found is not None
    assert (found.at_risk, found.reversed) == (21, 3)


def test_nothing_is_told_of_days_nobody_was_followed_for() -> None:
    assert standing(SIX_MP, curve(SIX_MP), 36) is None
    assert standing([], [], 1) is None


# --- reversals to cuts -------------------------------------------------------------------------------------


def at_least(count: int, total: int, share: float) -> float:
    return sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count, total + 1))


@pytest.mark.parametrize(("reversals", "cuts"), [(1, 9), (5, 5), (12, 200), (40, 3)])
def test_each_end_of_the_interval_makes_the_figure_as_rare_as_promised(reversals: int, cuts: int) -> None:
    found = ratio(reversals, cuts)
    assert found.low is not None
    assert found.high is not None
    total = reversals + cuts
    assert found.ratio == reversals / cuts
    assert at_least(reversals, total, found.low / (1 + found.low)) == pytest.approx(0.025, rel=1e-4)
    assert 1 - at_least(reversals + 1, total, found.high / (1 + found.high)) == pytest.approx(0.025, rel=1e-4)


def test_ten_cuts_without_a_reversal_leave_room_for_some() -> None:
    found = ratio(0, 10)  # Clopper-Pearson: none of 10 is 0 to 30.85 %
    assert (found.ratio, found.low, found.high) == (0.0, 0.0, pytest.approx(0.3085 / 0.6915, abs=1e-3))


def test_reversals_without_a_cut_have_no_ratio_and_no_upper_end() -> None:
    found = ratio(3, 0)
    assert (found.ratio, found.low, found.high) == (None, pytest.approx(0.4132, abs=1e-3), None)


def test_nothing_at_all_has_no_ratio() -> None:
    assert ratio(0, 0) == Ratio(0, 0, None, None, None)
