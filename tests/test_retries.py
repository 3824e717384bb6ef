"""When a message is tried again, and how it stands after an attempt."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.retries import JITTER, WINDOW, Attempt, ending, next_attempt, next_mail
from monitor.model import MessageJob

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)
MIDDLE = 0.5  # the jitter that changes nothing
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


# --- the schedule ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failed", "wait"),
    [
        (1, 5 * SECOND),
        (2, 5 * MINUTE),
        (3, 30 * MINUTE),
        (4, 2 * HOUR),
        (5, 5 * HOUR),
        (6, 10 * HOUR),
        (7, 14 * HOUR),
        (8, 20 * HOUR),
        (9, 24 * HOUR),
    ],
)
def test_each_wait_is_longer_than_the_one_before(failed: int, wait: timedelta) -> None:
    assert next_attempt(failed, NOW, MIDDLE, None, NOW) == NOW + wait


@pytest.mark.parametrize(
    ("failed", "since", "again"),
    [
        pytest.param(10, 76 * HOUR, None, id="the tenth failure is the last"),
        pytest.param(14, 68 * HOUR, None, id="so is any later one"),
        pytest.param(9, 99 * HOUR, 24 * HOUR, id="the ninth is not, however long we were away"),
        pytest.param(10, 67 * HOUR, 24 * HOUR, id="nor ten within hours, for some died with their process"),
    ],
)
def test_a_delivery_expires_after_ten_attempts_and_68_hours(
    failed: int, since: timedelta, again: timedelta | None
) -> None:
    assert next_attempt(failed, NOW, MIDDLE, None, NOW - since) == (None if again is None else NOW + again)


@pytest.mark.parametrize(
    ("failed", "asked_s", "first", "wait"),
    [
        pytest.param(1, 60, NOW, MINUTE, id="a wait longer than planned is honoured"),
        pytest.param(3, 60, NOW, 30 * MINUTE, id="a shorter one does not hurry us"),
        pytest.param(1, 0, NOW, 5 * SECOND, id="no wait at all neither"),
        pytest.param(1, -5, NOW, 5 * SECOND, id="nor one in the past"),
        pytest.param(1, float("nan"), NOW, 5 * SECOND, id="nor one that is no number"),
        pytest.param(1, 1e12, NOW, WINDOW, id="nobody can ask for silence"),
        pytest.param(1, float("inf"), NOW, WINDOW, id="not for ever either"),
        pytest.param(2, 1e12, NOW - WINDOW, 5 * MINUTE, id="beyond the window the plan counts"),
        pytest.param(10, 60, NOW - WINDOW, None, id="it brings no eleventh attempt"),
    ],
)
def test_retry_after_is_honoured_within_the_window(
    failed: int, asked_s: float, first: datetime, wait: timedelta | None
) -> None:
    assert next_attempt(failed, NOW, MIDDLE, asked_s, first) == (None if wait is None else NOW + wait)


@given(
    jitters=st.lists(st.floats(0, 1, exclude_max=True), min_size=20, max_size=20),
    asked=st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), min_size=20, max_size=20),
    took=st.floats(0, 45),
)
def test_attempts_move_forward_end_after_ten_and_stay_within_twice_the_window(
    jitters: list[float], asked: list[float | None], took: float
) -> None:
    starts = [NOW]
    for number in range(1, 21):
        again = next_attempt(number, starts[-1] + timedelta(seconds=took), jitters[number - 1], asked[number - 1], NOW)
        if again is None:
            break
        starts.append(again)
    assert len(starts) == 10
    assert all(later > earlier for earlier, later in pairwise(starts))
    assert starts[-1] - NOW <= 2 * WINDOW + timedelta(seconds=10 * took)


@given(jitter=st.floats(0, 1, exclude_max=True), failed=st.integers(1, 9))
def test_jitter_moves_a_wait_by_a_tenth_at_most(jitter: float, failed: int) -> None:
    plain, moved = (next_attempt(failed, NOW, value, None, NOW) for value in (MIDDLE, jitter))
    assert plain is not None
    assert moved is not None
    assert abs((moved - NOW) / (plain - NOW) - 1) <= JITTER + 1e-9


def test_ten_attempts_take_about_75_hours() -> None:
    at: datetime | None = NOW
    last = NOW
    failed = 0
    while at is not None:
        last, failed = at, failed + 1
        at = next_attempt(failed, at, MIDDLE, None, NOW)
    assert last - NOW == timedelta(hours=75, minutes=35, seconds=5)


def test_a_mail_is_tried_after_5_10_20_40_minutes_and_then_every_67() -> None:
    assert [next_mail(failed, NOW, NOW) for failed in range(1, 8)] == [
        NOW + wait * MINUTE for wait in (5, 10, 20, 40, 67, 67, 67)
    ]


def test_a_mail_expires_after_five_days() -> None:
    assert next_mail(100, NOW, NOW - 120 * HOUR + SECOND) is not None
    assert next_mail(100, NOW, NOW - 120 * HOUR) is None


def job(attempts: int) -> MessageJob:
    first = NOW if attempts == 1 else NOW - WINDOW
    return MessageJob(1, "alert_1", "desk", 1, attempts, first, first, None)


@pytest.mark.parametrize(
    ("attempts", "attempt", "state", "again"),
    [
        pytest.param(1, Attempt("sent", 200), "sent", None, id="sent"),
        pytest.param(1, Attempt("refused", 410, "gone"), "refused", None, id="refused"),
        pytest.param(1, Attempt("retrying", 500, "x"), "retrying", NOW + 5 * SECOND, id="to be tried again"),
        pytest.param(1, Attempt("retrying", 429, "x", 90), "retrying", NOW + 90 * SECOND, id="when asked"),
        pytest.param(10, Attempt("retrying", 500, "x"), "expired", None, id="expired"),
        pytest.param(10, Attempt("sent", 200), "sent", None, id="sent at the last moment"),
    ],
)
def test_a_delivery_stands_after_an_attempt_as(
    attempts: int, attempt: Attempt, state: str, again: datetime | None
) -> None:
    end = ending(job(attempts), attempt, NOW, MIDDLE)
    assert (end.state, end.next_attempt_at, end.status, end.error) == (state, again, attempt.status, attempt.error)
