"""When to ask a feed again: a pure decision from its row and what the last poll brought."""

from datetime import datetime, timedelta
from typing import Final

from monitor.model import Feed, NextPoll, PollOutcome, Reason
from monitor.settings import PollSettings

DAY_S: Final = 86400
_JITTER: Final = 0.1  # of the wait; only ever added, for a publisher's wish is a lower bound
_MOST_DOUBLINGS: Final = 20


def next_poll(feed: Feed, outcome: PollOutcome, settings: PollSettings, now: datetime, jitter: float) -> NextPoll:
    """Return when to poll next, never before `now` and never later than a day after it; `jitter` is in [0, 1).

    An answer waits the interval, or longer if ttl or max-age ask for it. A failure doubles the wait up to the
    longest interval, but never switches the feed off. Retry-After holds the feed for what it says, between
    the interval and a day. 410 marks the feed as gone; it then waits for a person.
    """
    if outcome.result == "failed":
        return _after_failure(feed, outcome, settings, now, jitter)
    interval_s = _interval(feed, outcome, settings)
    wait_s = max(interval_s, _bounded(outcome.max_age_s, 0, DAY_S))
    return NextPoll(interval_s=interval_s, next_poll_at=now + _spread(wait_s, jitter), failures=0)


def _interval(feed: Feed, outcome: PollOutcome, settings: PollSettings) -> int:
    """Return the interval from now on: a document decides it anew, everything else keeps it."""
    if outcome.document is None:
        return _kept(feed, settings)
    start_s = _bounded(settings.start_interval_s, settings.min_interval_s, _longest(settings))
    return int(max(start_s, _bounded(outcome.document.ttl_s, 0, DAY_S)))


def _after_failure(feed: Feed, outcome: PollOutcome, settings: PollSettings, now: datetime, jitter: float) -> NextPoll:
    interval_s = _kept(feed, settings)
    failures = feed.failures + 1
    doubled_s = interval_s * 2 ** min(failures - 1, _MOST_DOUBLINGS)
    next_at = now + _spread(min(doubled_s, max(interval_s, _longest(settings))), jitter)
    hold_until = _hold(outcome, interval_s, now)
    return NextPoll(
        interval_s=interval_s,
        next_poll_at=next_at if hold_until is None else max(next_at, hold_until),
        failures=failures,
        hold_until=hold_until,
        gone=outcome.reason is Reason.GONE,
    )


def _hold(outcome: PollOutcome, interval_s: int, now: datetime) -> datetime | None:
    asked_s = outcome.retry_after_s
    if asked_s is None:
        return None
    return now + timedelta(seconds=_bounded(asked_s, interval_s, DAY_S))


def _kept(feed: Feed, settings: PollSettings) -> int:
    return int(_bounded(feed.interval_s, settings.min_interval_s, DAY_S))


def _longest(settings: PollSettings) -> int:
    return min(settings.max_interval_s, DAY_S)


def _bounded(value: float | None, low: float, high: float) -> float:
    """Return the value within bounds; the lower one for None and for what is no number."""
    if value is None or not value > low:
        return min(low, high)
    return min(value, high)


def _spread(wait_s: float, jitter: float) -> timedelta:
    """Return the wait and up to a tenth more, so that feeds added together do not stay together."""
    return timedelta(seconds=min(wait_s * (1 + _JITTER * jitter), DAY_S))
