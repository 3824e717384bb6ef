"""The promise of trend alerts on simulated histories: a few dozen of what `benchmarks/trends.py` measures on thousands.

The seeds are fixed, so these tests always see the same histories. The control is a test that many would write first;
it must break the promise, or these histories would let anything pass.
"""

import pytest

from benchmarks.trends import PER_YEAR, World, keeps, measure, naive, ours, rate

SEED = 5

NULLS = {
    "hardly any": (World(0.2), 20),
    "a few, in bursts": (World(3, 1.5, 2), 20),
    "twenty by chance alone": (World(20), 30),
    "twenty in bursts, with feeds that are added": (World(20, 2, 2, growth=4), 30),
    "fifty in heavy bursts": (World(50, 3, 2), 25),
    "a young store": (World(20, 2, 2, past_windows=3), 20),
    "six series that share the promise": (World(20, series=6), 4),
}


@pytest.mark.parametrize(("world", "histories"), NULLS.values(), ids=NULLS)
def test_where_nothing_changes_no_more_messages_come_than_promised(world: World, histories: int) -> None:
    found = rate(measure(world, ours, histories, SEED))
    assert keeps(found), found


@pytest.mark.parametrize("world", [World(20, 2, 2), World(50, 3, 2)], ids=["twenty", "fifty"])
def test_a_poisson_test_against_the_mean_breaks_the_promise_on_the_same_histories(world: World) -> None:
    found = rate(measure(world, naive, 15, SEED))
    assert found["low"] > PER_YEAR


def test_a_doubling_from_twenty_is_found_nine_times_of_ten() -> None:
    found = measure(World(20, doubled=True), ours, 200, SEED)
    assert sum(alarms.found for alarms in found) >= 180


def test_a_doubling_of_few_is_found_less_often() -> None:
    powers = [sum(one.found for one in measure(World(mean, doubled=True), ours, 40, SEED)) for mean in (3, 8, 20)]
    assert powers == sorted(powers)
    assert powers[0] < 20


def test_the_same_seed_gives_the_same_histories() -> None:
    assert measure(World(20), ours, 2, 1) == measure(World(20), ours, 2, 1)
