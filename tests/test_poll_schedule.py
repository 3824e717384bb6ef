"""When to ask a feed again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.answers import Answer, refusal
from monitor.model import Feed, FeedDocument, PollOutcome, Reason
from monitor.poll import next_poll
from monitor.settings import PollSettings

URL = "https://news.example/desk/feed.xml"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


HOUR, DAY = 3600, 86400


def feed(**changed: Any) -> Feed:
    values: dict[str, Any] = {"id": 1, "url": URL, "interval_s": 1800, "next_poll_at": NOW}
    return Feed(**(values | changed))


def answered(result: Any = "unchanged", **changed: Any) -> PollOutcome:
    return PollOutcome(1, NOW, result, **changed)


def document(ttl_s: int | None = None, **changed: Any) -> PollOutcome:
    return answered("document", document=FeedDocument("x", (), ttl_s), **changed)


def failed(reason: Reason = Reason.TIMED_OUT, **changed: Any) -> PollOutcome:
    return answered("failed", reason=reason, **changed)


WAITS = {
    "a document": (feed(), document(), 1800),
    "a 304": (feed(), answered("not_modified"), 1800),
    "ttl above": (feed(), document(ttl_s=2 * HOUR), 2 * HOUR),
    "ttl below": (feed(), document(ttl_s=60), 1800),
    "ttl of a month": (feed(), document(ttl_s=30 * DAY), DAY),
    "ttl remembered over a 304": (feed(interval_s=2 * HOUR), answered("not_modified"), 2 * HOUR),
    "ttl withdrawn": (feed(interval_s=2 * HOUR), document(), 1800),
    "max-age above": (feed(), document(max_age_s=HOUR), HOUR),
    "max-age below": (feed(), document(max_age_s=5), 1800),
    "max-age of a year": (feed(), document(max_age_s=365.0 * DAY), DAY),
    "interval below the shortest": (feed(interval_s=1), answered(), 600),
    "first failure": (feed(), failed(), 1800),
    "second failure": (feed(failures=1), failed(), HOUR),
    "fifth failure": (feed(failures=4), failed(), 8 * HOUR),
    "hundredth failure": (feed(failures=99), failed(), DAY),
    "parse failure": (feed(failures=2), failed(Reason.PARSE_CRASHED), 2 * HOUR),
    "429 for an hour": (feed(), failed(Reason.RATE_LIMITED, retry_after_s=HOUR), HOUR),
    "503 for a second": (feed(), failed(Reason.HTTP_5XX, retry_after_s=1.0), 1800),
    "403 for a year": (feed(), failed(Reason.HTTP_4XX, retry_after_s=365.0 * DAY), DAY),
    "429 that says less than the back-off": (feed(failures=4), failed(retry_after_s=HOUR), 8 * HOUR),
}


@pytest.mark.parametrize(("row", "outcome", "wait_s"), WAITS.values(), ids=WAITS)
def test_the_wait_follows_from_the_row_and_the_outcome(row: Feed, outcome: PollOutcome, wait_s: int) -> None:
    assert next_poll(row, outcome, PollSettings(), NOW, 0.0).next_poll_at - NOW == timedelta(seconds=wait_s)


LEAST = {
    "0": 1800,
    "-5": 1800,
    "0.0": 1800,
    "Sun, 22 Nov 2020 09:00:00 GMT": 1800,
    "3600": HOUR,
    "9" * 30: DAY,
    "Fri, 31 Dec 9999 23:59:59 GMT": DAY,
    "Fri, 31 Dec 9999 23:59:59 -2359": DAY,
}


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize(("value", "wait_s"), LEAST.items())
def test_retry_after_is_heeded_between_the_interval_and_a_day(status: int, value: str, wait_s: int) -> None:
    error = refusal(Answer(URL, status, ((b"Retry-After", value.encode()),)), NOW)
    assert error is not None
    after = next_poll(feed(), failed(error.reason, retry_after_s=error.retry_after_s), PollSettings(), NOW, 0.0)
    assert after.next_poll_at - NOW == timedelta(seconds=wait_s)


@pytest.mark.parametrize("jitter", [0.0, 0.999])
@pytest.mark.parametrize("failures", [0, 6, 10**6])
def test_a_failing_feed_is_tried_once_a_day_however_long_the_longest_interval(failures: int, jitter: float) -> None:
    month = PollSettings(start_interval_s=20 * DAY, min_interval_s=10 * DAY, max_interval_s=30 * DAY)
    after = next_poll(feed(failures=failures, interval_s=20 * DAY), failed(), month, NOW, jitter)
    assert after.next_poll_at - NOW == timedelta(days=1)


def test_a_success_forgets_the_failures() -> None:
    assert next_poll(feed(failures=7), answered(), PollSettings(), NOW, 0.0).failures == 0


def test_a_failure_is_counted_and_keeps_the_interval() -> None:
    after = next_poll(feed(failures=7, interval_s=2400), failed(), PollSettings(), NOW, 0.0)
    assert (after.failures, after.interval_s) == (8, 2400)


def test_retry_after_holds_the_feed() -> None:
    after = next_poll(feed(), failed(Reason.RATE_LIMITED, retry_after_s=HOUR), PollSettings(), NOW, 0.0)
    assert after.hold_until == NOW + timedelta(hours=1)


def test_an_answer_lifts_the_hold() -> None:
    assert next_poll(feed(hold_until=NOW), answered(), PollSettings(), NOW, 0.0).hold_until is None


@pytest.mark.parametrize(("reason", "gone"), [(Reason.GONE, True), (Reason.HTTP_4XX, False)])
def test_only_410_marks_a_feed_as_gone(reason: Reason, *, gone: bool) -> None:
    assert next_poll(feed(), failed(reason), PollSettings(), NOW, 0.0).gone is gone


def test_jitter_only_lengthens_the_wait_by_at_most_a_tenth() -> None:
    assert next_poll(feed(), answered(), PollSettings(), NOW, 1.0).next_poll_at - NOW == timedelta(seconds=1980)


maybe_seconds = st.none() | st.floats(allow_nan=True) | st.integers(-10, 10**9).map(float)


@given(
    row=st.builds(feed, interval_s=st.integers(-5, 10**9), failures=st.integers(0, 10**6)),
    outcome=st.one_of(
        st.builds(document, ttl_s=st.none() | st.integers(0, 10**12), max_age_s=maybe_seconds),
        st.builds(failed, st.sampled_from(Reason), retry_after_s=maybe_seconds),
    ),
    settings=st.builds(
        PollSettings,
        start_interval_s=st.integers(60, 200_000),
        min_interval_s=st.integers(60, DAY),
        max_interval_s=st.integers(60, 200_000),
    ),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_the_next_poll_is_never_before_the_shortest_interval_and_never_more_than_a_day_away(
    row: Feed, outcome: PollOutcome, settings: PollSettings, jitter: float
) -> None:
    after = next_poll(row, outcome, settings, NOW, jitter)
    floor_s = min(settings.min_interval_s, settings.max_interval_s, DAY)
    assert NOW + timedelta(seconds=min(floor_s, after.interval_s)) <= after.next_poll_at
    assert floor_s <= after.interval_s <= DAY
    assert NOW < after.next_poll_at <= NOW + timedelta(days=1)
    assert after.hold_until is None or NOW < after.hold_until <= after.next_poll_at
