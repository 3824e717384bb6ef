"""When to ask a feed again, and what is remembered of it: a pure decision from its row and what the poll brought."""

from datetime import datetime, timedelta
from typing import Final

from monitor.clock import DAY_S
from monitor.model import Cadence, Feed, NextPoll, PollCounts, PollOutcome, Reason
from monitor.poll import backoff, cadence, moves
from monitor.poll.states import state_of
from monitor.settings import PollSettings

_JITTER: Final = 0.1  # of the wait beyond the shortest; only ever added, for what a publisher wishes is a lower bound


def next_poll(  # the two values it decides from, and what it may not find out itself
    feed: Feed, outcome: PollOutcome, counts: PollCounts, *, settings: PollSettings, now: datetime, jitter: float
) -> NextPoll:
    """Return when to poll next, never before `now` and never later than a day after it; `jitter` is in [0, 1).

    After an answer the wait is the interval learned from the feed (`cadence`), after a failure it grows with what
    failed (`backoff`). What the publisher asks for (ttl, max-age), what the server has put up with and Retry-After
    can only lengthen it, up to a day. 410 marks the feed as gone; it then waits for a person.
    """
    failed = outcome.result == "failed"
    weights = feed.failure_weight + backoff.weight(outcome) if failed else 0.0
    if failed:
        interval_s, known = _kept(feed, settings), feed.cadence
        wait_s = backoff.wait_s(outcome, interval_s, weights, _longest(settings))
    else:
        wait_s, known = _learned(feed, outcome, counts, settings)
        interval_s = int(wait_s)
    least_s = backoff.least_s(feed, outcome)
    at = now + _spread(max(wait_s, _wished(feed, outcome), least_s or 0), settings.min_interval_s, jitter)
    hold = backoff.hold_until(outcome, interval_s, now) if failed else None
    moved_to, moved_since = moves.sighted(feed, outcome)
    return NextPoll(
        interval_s,
        next_poll_at=max(at, hold) if hold else at,
        failures=feed.failures + 1 if failed else 0,
        hold_until=hold,
        gone=failed and outcome.reason is Reason.GONE,
        failure_weight=weights,
        state=state_of(outcome, known, now),
        cadence=known,
        moved_to=moved_to,
        moved_since=moved_since,
        least_s=least_s,
    )


def _learned(feed: Feed, outcome: PollOutcome, counts: PollCounts, settings: PollSettings) -> tuple[float, Cadence]:
    """Return the wait an answer earns and what it teaches."""
    paced_s, run = cadence.paced(feed, outcome, counts, _kept(feed, settings))
    known = cadence.learned(feed, outcome, counts, run)
    bound_s = min(paced_s, cadence.longest_wait_s(known, outcome.polled_at))
    return _bounded(bound_s, settings.min_interval_s, _longest(settings)), known


def _wished(feed: Feed, outcome: PollOutcome) -> float:
    """Return how long the publisher asks us to wait; what a document says holds until another says otherwise."""
    ttl_s = feed.ttl_s if outcome.document is None else outcome.document.ttl_s
    return max(_bounded(ttl_s, 0, DAY_S), _bounded(outcome.max_age_s, 0, DAY_S))


def _kept(feed: Feed, settings: PollSettings) -> int:
    return int(_bounded(feed.interval_s, settings.min_interval_s, DAY_S))


def _longest(settings: PollSettings) -> int:
    return min(settings.max_interval_s, DAY_S)


def _bounded(value: float | None, low: float, high: float) -> float:
    """Return the value within bounds; the lower one for None and for what is no number."""
    if value is None or not value > low:
        return min(low, high)
    return min(value, high)


def _spread(wait_s: float, shortest_s: float, jitter: float) -> timedelta:
    """Return the wait and up to a tenth more, so that feeds added together do not stay together.

    Nothing is added to the shortest interval: there a document is about to roll off.
    """
    return timedelta(seconds=min(wait_s + max(0.0, wait_s - shortest_s) * _JITTER * jitter, DAY_S))
