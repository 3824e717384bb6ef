"""When a failed page is tried again, and how it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import parse_retry_after
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


moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: f"{moment:%a, %d %b %Y %H:%M:%S} GMT")


@given(said=st.one_of(st.integers().map(str), st.floats().map(str), moments, st.text()), attempt=st.integers(1, 5))
def test_whatever_a_server_asks_for_the_next_try_is_not_before_ours_and_not_more_than_a_day_away(
    said: str, attempt: int
) -> None:
    again = next_attempt(failed(retry_after_s=parse_retry_after(said, NOW)), attempt, NOW)
    assert again is not None
    assert NOW + timedelta(minutes=5) <= again <= NOW + LONGEST_WAIT
