"""A simulated week: the policy that `benchmarks/month.py` measures over a month, held against fixed polling."""

from benchmarks.month import report, simulate


def test_a_simulated_week_costs_less_than_either_fixed_interval_and_loses_a_fraction() -> None:
    figures = {policy: found["all"] for policy, found in report(simulate(feeds=40, days=7)).items()}
    ours = figures.pop("product")
    assert all(ours["requests"] < other["requests"] for other in figures.values())
    assert all(ours["missed"] * 5 < other["missed"] for other in figures.values())
    assert ours["bans"] * 5 < figures["fixed 30"]["bans"]


def test_the_same_seed_gives_the_same_days() -> None:
    assert report(simulate(feeds=10, days=1)) == report(simulate(feeds=10, days=1))
