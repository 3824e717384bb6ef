"""When a failed page is tried again, and how it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import PageFailed, Reason
from monitor.record import LONGEST_WAIT, next_attempt

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def failed(*, retryable: bool = True, retry_after_s: float | None = None) -> PageFailed:
    return PageFailed(1, Reason.HTTP_5XX, "503", retryable=retryable, retry_after_s=retry_after_s)


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [
        (1, timedelta(minutes=5)),
        (2, timedelta(minutes=30)),
        (3, timedelta(hours=2)),
        (4, timedelta(hours=8)),
        (5, timedelta(days=1)),
        (6, None),
    ],
)
def test_a_page_that_fails_is_tried_six_times_over_a_day_and_a_half(attempt: int, wait: timedelta | None) -> None:
    assert next_attempt(failed(), attempt, NOW) == (NOW + wait if wait else None)


def test_what_cannot_get_better_is_not_tried_again() -> None:
    assert next_attempt(failed(retryable=False), 1, NOW) is None


@pytest.mark.parametrize(
    ("asked_s", "wait"),
    [
        pytest.param(60.0, timedelta(minutes=5), id="shorter than ours"),
        pytest.param(7200.0, timedelta(hours=2), id="longer than ours"),
        pytest.param(9e9, LONGEST_WAIT, id="three centuries"),
    ],
)
def test_a_retry_after_lengthens_the_wait_up_to_a_day(asked_s: float, wait: timedelta) -> None:
    assert next_attempt(failed(retry_after_s=asked_s), 1, NOW) == NOW + wait
