"""How likely a count is: held against exact sums, and against what it must become where less or more is known."""

from collections.abc import Sequence
from math import comb, exp, factorial
from random import Random

import pytest

from monitor.trends.chance import (
    BAND,
    MULTIPLES,
    UPWARD,
    Span,
    Tails,
    at_least_poisson,
    band,
    expected,
    first_rare,
    tails,
)


def spans(counts: Sequence[int], weeks: float = 2) -> list[Span]:
    return [Span(count, weeks) for count in counts]


def as_chance_alone(mean: float, fortnights: int, seed: int = 1) -> list[Span]:
    """Return a past that scatters as Poisson counts do."""
    dice = Random(seed)
    return spans([sum(dice.random() < mean / 100 for _ in range(100)) for _ in range(fortnights)])


def binomial_tail(count: int, total: int, here: int, there: int) -> float:
    """Return the chance that `count` or more of `total` fall here, in whole numbers until the last division."""
    ways = sum(comb(total, k) * here**k * there ** (total - k) for k in range(count, total + 1))
    return ways / (here + there) ** total


def test_the_rate_of_the_past_is_expected_to_go_on() -> None:
    assert expected(4, [Span(6, 2), Span(3, 1), Span(0, 0.5)]) == pytest.approx(4 * 9 / 3.5)


@pytest.mark.parametrize("count", [0, 3, 9, 10, 11, 24])
def test_without_any_scatter_to_learn_from_both_tails_are_proper(count: int) -> None:
    found = tails(Span(count, 4), spans([5] * 26))
    assert 0 < found.at_least <= 1
    assert 0 < found.at_most <= 1
    assert found.at_least + found.at_most > 1, "both hold the count itself"


@pytest.mark.parametrize("count", range(0, 41, 8))
def test_a_long_even_past_gives_nearly_the_exact_conditional_test_of_poisson_counts(count: int) -> None:
    past = spans([5] * 200)
    found = tails(Span(count, 4), past)
    exactly = binomial_tail(count, 1000 + count, 1, 100)
    assert found.at_least == pytest.approx(exactly, rel=0.01, abs=1e-9)


def test_each_spread_weighs_as_much_as_it_explains_the_past() -> None:
    """One event in each of three fortnights, the last one observed: small enough for fractions by hand."""
    sizes = [2 * 0.5 / (multiple - 1) for multiple in MULTIPLES]  # of a fortnight, at half an event a week
    weights = [size / (2 * size + 1) for size in sizes]  # the chance of (1, 1) among (2, 0), (1, 1), (0, 2)
    none = [
        2 * a * (2 * a + 1) * (2 * a + 2) / (3 * a * (3 * a + 1) * (3 * a + 2)) for a in sizes
    ]  # of three in the last fortnight
    exactly = sum(weight * (1 - chance) for weight, chance in zip(weights, none, strict=True)) / sum(weights)
    assert tails(Span(1, 2), spans([1, 1])).at_least == pytest.approx(exactly, rel=1e-6)


def test_no_count_is_rarer_after_a_past_that_comes_in_bursts() -> None:
    even, bursts = spans([5] * 26), spans([0, 15, 0, 2, 13, 0] * 4 + [5, 5])
    assert sum(span.count for span in even) == sum(span.count for span in bursts)
    assert tails(Span(25, 4), bursts).at_least > 5 * tails(Span(25, 4), even).at_least
    assert tails(Span(1, 4), bursts).at_most > 5 * tails(Span(1, 4), even).at_most


def test_a_short_past_makes_nothing_sure() -> None:
    assert tails(Span(40, 4), spans([10] * 6)).at_least > 20 * tails(Span(40, 4), spans([10] * 26)).at_least


def test_nothing_at_all_is_no_surprise() -> None:
    assert tails(Span(0, 4), spans([0] * 26)) == Tails(1.0, 1.0)
    assert tails(Span(0, 4), spans([0] * 26)).probability == 1.0


def test_the_first_events_ever_are_rare_and_not_impossible() -> None:
    found = tails(Span(3, 4), spans([0] * 26))
    assert 0 < found.at_least < 0.02
    assert found.at_most == pytest.approx(1.0)


def test_the_risk_is_shared_unequally_by_the_two_directions() -> None:
    assert Tails(0.009, 0.995).probability == pytest.approx(0.009 / UPWARD)
    assert Tails(0.009, 0.995).direction == "more"
    assert Tails(0.995, 0.009).probability == pytest.approx(0.009 / (1 - UPWARD))
    assert Tails(0.995, 0.009).direction == "fewer"
    assert Tails(0.5, 0.6).probability <= 1.0


@pytest.mark.parametrize("mean", [0.1, 2, 10])
def test_beyond_each_end_of_the_band_lies_less_than_its_share(mean: float) -> None:
    past = as_chance_alone(mean, 26)
    low, high = band(4, past)
    assert tails(Span(high + 1, 4), past).at_least < BAND <= tails(Span(high, 4), past).at_least
    assert tails(Span(low, 4), past).at_most >= BAND
    assert low == 0 or tails(Span(low - 1, 4), past).at_most < BAND


def test_the_first_rare_count_is_the_lowest_one() -> None:
    past = spans([100] * 26)
    found = first_rare(4, past, 1e-9)
    assert tails(Span(found, 4), past).at_least < 1e-9 <= tails(Span(found - 1, 4), past).at_least


@pytest.mark.parametrize(("count", "mean"), [(0, 3.0), (1, 3.0), (7, 3.0), (2, 0.1)])
def test_poisson_tails_are_exact(count: int, mean: float) -> None:
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(count))
    assert at_least_poisson(count, mean) == pytest.approx(1 - below)
