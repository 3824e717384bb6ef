"""The one form of a moment in the store."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.clock import Steps, from_text, steady_s, to_text, utc_now

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    assert to_text(NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))) == "2026-03-01T12:00:00.250Z"


def test_what_was_written_is_read_back() -> None:
    assert from_text(to_text(NOON)) == NOON


@pytest.mark.parametrize("step", [timedelta(milliseconds=1), timedelta(hours=13), timedelta(days=400)])
def test_text_order_is_time_order(step: timedelta) -> None:
    assert to_text(NOON) < to_text(NOON + step)


def test_the_present_moment_is_aware() -> None:
    assert utc_now().tzinfo is UTC


STEPS = {
    "none": (0.0, 0.0),
    "little by little": (59.0, 0.0),
    "an hour back": (-3600.0, -3600.0),
    "thirty days ahead": (2592000.0, 2592000.0),
}


@pytest.mark.parametrize(("by", "found"), STEPS.values(), ids=STEPS)
def test_a_clock_that_was_set_is_found_out(by: float, found: float) -> None:
    passed = [0.0, 0.0]  # by the clock, and in truth
    steps = Steps(lambda: NOON + timedelta(seconds=passed[0]), lambda: passed[1])
    passed[:] = [100 + by, 100]
    assert steps.step() == timedelta(seconds=found)


def test_a_step_is_found_until_it_is_settled() -> None:
    passed = [0.0]
    steps = Steps(lambda: NOON + timedelta(seconds=passed[0]), lambda: 0.0)
    passed[0] = 3600
    assert steps.step() == steps.step() == timedelta(hours=1)
    steps.settle()
    assert steps.step() == timedelta(0)


def test_a_clock_that_drifts_is_never_a_step() -> None:
    passed = [0.0]
    steps = Steps(lambda: NOON + timedelta(seconds=passed[0]), lambda: 0.0)
    for _ in range(100):
        passed[0] += 50
        assert steps.step() == timedelta(0)


def test_the_steady_clock_does_not_go_back() -> None:
    assert steady_s() <= steady_s()
