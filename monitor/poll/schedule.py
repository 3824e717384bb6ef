"""When to ask a feed again, and what is remembered of it: a pure decision from its row and what the poll brought."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.clock import DAY_S
from monitor.model import Feed, NextPoll, PollCounts, PollOutcome, Reason
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
    decide = _after_failure if outcome.result == "failed" else _after_answer
    plan, wait_s = decide(feed, outcome, counts, settings)
    least_s = backoff.least_s(feed, outcome)
    at = now + _spread(max(wait_s, _wished(feed, outcome), least_s or 0), settings.min_interval_s, jitter)
    hold = backoff.hold_until(outcome, plan.interval_s, now) if outcome.result == "failed" else None
    moved_to, moved_since = moves.sighted(feed, outcome)
    return replace(
        plan,
        next_poll_at=max(at, hold) if hold else at,
        hold_until=hold,
        state=state_of(outcome, plan.cadence, now),
        least_s=least_s,
        moved_to=moved_to,
        moved_since=moved_since,
    )


def _after_answer(
    feed: Feed, outcome: PollOutcome, counts: PollCounts, settings: PollSettings
) -> tuple[NextPoll, float]:
    """Return what an answer teaches and the wait it earns."""
    known = cadence.learned(feed, outcome, counts)
    paced_s, run = cadence.paced(feed, outcome, counts, _kept(feed, settings))
    bound_s = min(paced_s, cadence.longest_wait_s(known, outcome.polled_at))
    interval_s = _bounded(bound_s, settings.min_interval_s, _longest(settings))
    plan = NextPoll(int(interval_s), outcome.polled_at, failures=0, cadence=replace(known, overlap_run=run))
    return plan, interval_s


def _after_failure(feed: Feed, outcome: PollOutcome, _: PollCounts, settings: PollSettings) -> tuple[NextPoll, float]:
    """Return what a failure leaves as it was and the wait it costs."""
    interval_s = _kept(feed, settings)
    weights = feed.failure_weight + backoff.weight(outcome)
    plan = NextPoll(
        interval_s,
        outcome.polled_at,
        failures=feed.failures + 1,
        failure_weight=weights,
        gone=outcome.reason is Reason.GONE,
        cadence=feed.cadence,
    )
    return plan, backoff.wait_s(outcome, interval_s, weights, _longest(settings))


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
