"""The one form of a moment in the store."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.clock import from_text, to_text, utc_now

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
