"""When to ask a feed again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.answers import Answer, refusal
from monitor.model import Cadence, Feed, FeedDocument, NextPoll, PollCounts, PollOutcome, Reason
from monitor.poll import next_poll
from monitor.poll.backoff import HARD, SOFT, TEMPORARY, weight
from monitor.settings import PollSettings

URL = "https://news.example/desk/feed.xml"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


HOUR, DAY = 3600, 86400


def feed(**changed: Any) -> Feed:
    values: dict[str, Any] = {"id": 1, "url": URL, "interval_s": 1800, "next_poll_at": NOW}
    return Feed(**(values | changed))


def planned(feed: Feed, outcome: PollOutcome, *, settings: PollSettings, jitter: float, **counted: int) -> NextPoll:
    counts = PollCounts(**({"parsed": 0, "new": 0, "known": 0, "refused": 0} | counted))
    return next_poll(feed, outcome, counts, settings=settings, now=NOW, jitter=jitter)


def answered(result: Any = "unchanged", **changed: Any) -> PollOutcome:
    return PollOutcome(1, NOW, result, **changed)


def document(ttl_s: int | None = None, **changed: Any) -> PollOutcome:
    return answered("document", document=FeedDocument("x", (), ttl_s), **changed)


def failed(reason: Reason = Reason.TIMED_OUT, **changed: Any) -> PollOutcome:
    return answered("failed", reason=reason, **changed)


LATELY = NOW - timedelta(seconds=1800)
REFUSED = {"last_polled_at": NOW - timedelta(hours=2), "interval_s": 2 * HOUR}
WAITS = {
    "a first document": (feed(), document(), 1800),
    "a 304": (feed(), answered("not_modified"), 1800),
    "ttl above": (feed(), document(ttl_s=2 * HOUR), 2 * HOUR),
    "ttl below": (feed(), document(ttl_s=60), 1800),
    "ttl of a month": (feed(), document(ttl_s=30 * DAY), DAY),
    "ttl remembered over a 304": (feed(ttl_s=2 * HOUR), answered("not_modified"), 2 * HOUR),
    "ttl remembered over a failure": (feed(ttl_s=2 * HOUR), failed(), 2 * HOUR),
    "ttl withdrawn": (feed(ttl_s=2 * HOUR), document(), 1800),
    "max-age above": (feed(), document(max_age_s=HOUR), HOUR),
    "max-age below": (feed(), document(max_age_s=5), 1800),
    "max-age of a year": (feed(), document(max_age_s=365.0 * DAY), DAY),
    "interval below the shortest": (feed(interval_s=1), answered(), 600),
    "a quarter of a fault": (feed(), failed(Reason.DNS_FAILED), 2140),
    "the fourth quarter": (feed(failures=3, failure_weight=0.75), failed(Reason.CONNECT_FAILED), HOUR),
    "the second half": (feed(failures=1, failure_weight=0.5), failed(Reason.PARSE_CRASHED), HOUR),
    "a whole fault": (feed(), failed(Reason.NOT_A_FEED), HOUR),
    "the third whole fault": (feed(failures=2, failure_weight=2.0), failed(Reason.HTTP_4XX, status=404), 4 * HOUR),
    "the hundredth fault": (feed(failures=99, failure_weight=99.0), failed(), DAY),
    "429 for an hour and a half": (feed(), failed(Reason.RATE_LIMITED, status=429, retry_after_s=5400.0), 5400),
    "503 for a second": (feed(), failed(Reason.RATE_LIMITED, status=503, retry_after_s=1.0), 2140),
    "403 for a year": (feed(), failed(Reason.RATE_LIMITED, status=403, retry_after_s=365.0 * DAY), DAY),
    "429 that says less than the back-off": (feed(failure_weight=3.0), failed(status=429, retry_after_s=HOUR), 34249),
    "403 without a time": (feed(), failed(Reason.HTTP_4XX, status=403), 2 * HOUR),
    "429 without a time": (feed(), failed(Reason.RATE_LIMITED, status=429), 2 * HOUR),
    "429 without a time once more": (feed(failure_weight=1.0), failed(Reason.RATE_LIMITED, status=429), 4 * HOUR),
    "429 two hours after the last poll": (feed(**REFUSED), failed(status=429, retry_after_s=1.0), 4 * HOUR),
    "an answer of a server that refused half of this": (feed(least_s=HOUR, last_polled_at=LATELY), answered(), 3596),
}


@pytest.mark.parametrize(("row", "outcome", "wait_s"), WAITS.values(), ids=WAITS)
def test_the_wait_follows_from_the_row_and_the_outcome(row: Feed, outcome: PollOutcome, wait_s: int) -> None:
    wait = planned(row, outcome, settings=PollSettings(), jitter=0.0).next_poll_at - NOW
    assert int(wait.total_seconds()) == wait_s


HELD = {
    "0": 1800,
    "-5": None,
    "0.0": None,
    " 120\t": 1800,
    "Sun, 22 Nov 2020 09:00:00 GMT": 1800,
    "3600": HOUR,
    "9" * 30: DAY,
    "Fri, 31 Dec 9999 23:59:59 GMT": DAY,
    "Fri, 31 Dec 9999 23:59:59 -2359": DAY,
    "soon": None,
}


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize(("value", "held_s"), HELD.items())
def test_retry_after_holds_a_feed_between_the_interval_and_a_day(status: int, value: str, held_s: int | None) -> None:
    error = refusal(Answer(URL, status, ((b"Retry-After", value.encode()),)), NOW)
    assert error is not None
    said = failed(error.reason, status=error.status, retry_after_s=error.retry_after_s)
    after = planned(feed(), said, settings=PollSettings(), jitter=0.0)
    assert after.hold_until == (None if held_s is None else NOW + timedelta(seconds=held_s))
    assert after.next_poll_at >= (after.hold_until or NOW)


@pytest.mark.parametrize("jitter", [0.0, 0.999])
@pytest.mark.parametrize("failures", [0, 6, 10**6])
def test_a_failing_feed_is_tried_once_a_day_however_long_the_longest_interval(failures: int, jitter: float) -> None:
    month = PollSettings(start_interval_s=20 * DAY, min_interval_s=10 * DAY, max_interval_s=30 * DAY)
    after = planned(feed(failures=failures, interval_s=20 * DAY), failed(), settings=month, jitter=jitter)
    assert after.next_poll_at - NOW == timedelta(days=1)


def test_a_success_forgets_the_failures() -> None:
    after = planned(feed(failures=7, failure_weight=3.5), answered(), settings=PollSettings(), jitter=0.0)
    assert (after.failures, after.failure_weight) == (0, 0)


def test_a_failure_is_counted_and_keeps_the_interval() -> None:
    after = planned(feed(failures=7, interval_s=2400), failed(), settings=PollSettings(), jitter=0.0)
    assert (after.failures, after.interval_s) == (8, 2400)


def test_an_answer_lifts_the_hold() -> None:
    assert planned(feed(hold_until=NOW), answered(), settings=PollSettings(), jitter=0.0).hold_until is None


@pytest.mark.parametrize(("reason", "gone"), [(Reason.GONE, True), (Reason.HTTP_4XX, False)])
def test_only_410_marks_a_feed_as_gone(reason: Reason, *, gone: bool) -> None:
    assert planned(feed(), failed(reason), settings=PollSettings(), jitter=0.0).gone is gone


def test_jitter_adds_at_most_a_tenth_of_what_is_beyond_the_shortest_interval() -> None:
    after = planned(feed(), answered(), settings=PollSettings(), jitter=1.0)
    assert after.next_poll_at - NOW == timedelta(seconds=1800 + 120)


def test_the_patience_of_a_server_that_refused_is_remembered_and_forgotten_over_weeks() -> None:
    refused = planned(
        feed(last_polled_at=LATELY), failed(Reason.RATE_LIMITED, status=429), settings=PollSettings(), jitter=0.0
    )
    later = feed(least_s=refused.least_s, last_polled_at=NOW - timedelta(days=14))
    answer = planned(later, answered(), settings=PollSettings(), jitter=0.0)
    assert (refused.least_s, answer.least_s) == (HOUR, HOUR / 2)


PATIENCE: dict[str, tuple[dict[str, Any], timedelta, float]] = {
    "asked when planned": ({}, timedelta(seconds=1800), HOUR),
    "asked after a week in which we were down": ({}, timedelta(days=7), 1.5 * HOUR),
    "asked a week after a wait the publisher wishes": ({"ttl_s": HOUR}, timedelta(days=7), 3 * HOUR),
    "asked a week after a wait learned before": ({"least_s": 1.5 * HOUR}, timedelta(days=7), 4.5 * HOUR),
    "asked every five hours": ({"interval_s": 5 * HOUR}, timedelta(hours=5), 6 * HOUR),
    "asked every ten hours": ({"interval_s": 10 * HOUR}, timedelta(hours=10), 10 * HOUR),
    "asked every ten hours, with more learned before": (
        {"interval_s": 10 * HOUR, "least_s": 11.0 * HOUR}, timedelta(hours=11), 11 * HOUR,
    ),
    "asked every twenty days": ({"interval_s": 20 * DAY}, timedelta(days=20), DAY),
}  # fmt: skip


@pytest.mark.parametrize(("row", "since", "least_s"), PATIENCE.values(), ids=PATIENCE)
def test_one_refusal_teaches_twice_the_wait_that_was_planned_within_bounds(
    row: dict[str, Any], since: timedelta, least_s: float
) -> None:
    asked = feed(last_polled_at=NOW - since, **row)
    refused = planned(asked, failed(status=429), settings=PollSettings(), jitter=0.0)
    assert refused.least_s == least_s


def test_a_second_refusal_in_a_row_says_no_more_than_the_first() -> None:
    row = feed(failures=1, least_s=HOUR, last_polled_at=NOW - timedelta(hours=2))
    assert planned(row, failed(status=403), settings=PollSettings(), jitter=0.0).least_s == HOUR


@pytest.mark.parametrize(("reason", "status"), [(Reason.HTTP_4XX, 404), (Reason.RATE_LIMITED, 503)])
def test_a_fault_says_nothing_of_a_server_s_patience(reason: Reason, status: int) -> None:
    outcome = failed(reason, status=status, retry_after_s=60.0)
    assert planned(feed(last_polled_at=LATELY), outcome, settings=PollSettings(), jitter=0.0).least_s is None


def test_every_reason_has_its_weight() -> None:
    weights = {weight(failed(reason)) for reason in Reason}
    assert weights == {HARD, SOFT, TEMPORARY}


maybe_seconds = st.none() | st.floats(allow_nan=True) | st.integers(-10, 10**9).map(float)


rows = st.builds(
    feed,
    interval_s=st.integers(-5, 10**9),
    failures=st.integers(0, 10**6),
    failure_weight=st.floats(0, 10**6),
    least_s=st.none() | st.floats(0, DAY),
    last_polled_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    cadence=st.builds(
        Cadence,
        overlap_run=st.integers(-9, 9),
        gap_s=st.none() | st.floats(0, 10**9),
        longest_gap_s=st.none() | st.floats(0, 10**9),
        turnover_s=st.none() | st.floats(0, 10**9),
        last_new_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        last_count=st.none() | st.integers(0, 1000),
    ),
)


@given(
    row=rows,
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
    after = planned(row, outcome, settings=settings, jitter=jitter)
    floor_s = min(settings.min_interval_s, settings.max_interval_s, DAY)
    assert NOW + timedelta(seconds=min(floor_s, after.interval_s)) <= after.next_poll_at
    assert floor_s <= after.interval_s <= DAY
    assert NOW < after.next_poll_at <= NOW + timedelta(days=1)
    assert after.hold_until is None or NOW < after.hold_until <= after.next_poll_at


@given(
    row=rows,
    outcome=st.one_of(
        st.builds(answered, st.sampled_from(["not_modified", "unchanged"]), max_age_s=maybe_seconds),
        st.builds(failed, st.sampled_from(Reason), retry_after_s=maybe_seconds),
    ),
)
def test_without_a_document_nothing_is_learned_of_a_feed_s_news(row: Feed, outcome: PollOutcome) -> None:
    """So the store need not write it again."""
    after = planned(row, outcome, settings=PollSettings(), jitter=0.0).cadence
    before = row.cadence
    assert replace(after, overlap_run=before.overlap_run, turnover_s=before.turnover_s) == before
