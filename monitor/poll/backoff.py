"""How long to wait after a failure: by what failed, how often in a row, and what the server asked for; pure.

Weights as Media Cloud gives them: hard faults are the feed's own and do not mend by themselves, soft ones are its
server's, temporary ones pass or may be ours. The wait doubles with each whole weight, so that an hour's network
trouble costs little and a dead address is soon asked once a day. No feed is ever switched off but by 410.
"""

from datetime import datetime, timedelta
from typing import Final

from monitor.clock import DAY_S
from monitor.model import Feed, PollOutcome, Reason
from monitor.poll import cadence

HARD: Final = 1.0
SOFT: Final = 0.5
TEMPORARY: Final = 0.25
_HARD: Final = frozenset(  # nobody but the publisher or the operator can help
    {
        *(Reason.HTTP_4XX, Reason.GONE, Reason.NOT_A_FEED, Reason.UNSUPPORTED_TYPE, Reason.TOO_LARGE),
        *(Reason.TOO_COMPRESSED, Reason.BLOCKED_ADDRESS, Reason.BLOCKED_SCHEME, Reason.BLOCKED_PORT),
        *(Reason.REDIRECT_BLOCKED, Reason.ROBOTS_DENIED, Reason.CONSENT_WALL, Reason.LOGIN_PAGE),
        *(Reason.CHALLENGE_PAGE, Reason.PAYWALL, Reason.REFUSED_VALUE),
    }
)
_TEMPORARY: Final = frozenset(  # the way there, or a moment of too much
    {Reason.TIMED_OUT, Reason.CONNECT_FAILED, Reason.DNS_FAILED, Reason.RATE_LIMITED, Reason.ROBOTS_UNREACHABLE}
)
_TOO_OFTEN: Final = frozenset({403, 429})  # how servers tell a client that it asks too often; 403 is a ban
_MOST_DOUBLINGS: Final = 20
_LEAST_AFTER_REFUSAL_S: Final = 3600.0  # limits are counted by the hour, and a banned client that knocks stays banned
_MOST_LEARNED_S: Final = 6 * 3600.0  # from refusals of a feed that is polled more often; the cause may be another
_PATIENCE_HALVED_S: Final = 14 * DAY_S  # after which a server that refused us may be asked twice as often again


def weight(outcome: PollOutcome) -> float:
    """Return what a failure counts; a refusal that names no time is hard, for its end can only be guessed."""
    if is_too_often(outcome) and outcome.retry_after_s is None:
        return HARD
    if outcome.reason in _HARD:
        return HARD
    return TEMPORARY if outcome.reason in _TEMPORARY else SOFT


def wait_s(outcome: PollOutcome, interval_s: float, weights: float, longest_s: float) -> float:
    """Return how many seconds to wait after a failure that brings the sum of weights in a row to this."""
    start_s = max(interval_s, _LEAST_AFTER_REFUSAL_S) if is_too_often(outcome) else interval_s
    return float(min(start_s * 2 ** min(weights, _MOST_DOUBLINGS), max(interval_s, longest_s)))


def hold_until(outcome: PollOutcome, interval_s: float, now: datetime) -> datetime | None:
    """Return until when Retry-After holds the feed: at least its interval, at most a day (RELIABILITY.md H10)."""
    asked_s = outcome.retry_after_s
    if asked_s is None:
        return None
    return now + timedelta(seconds=min(asked_s, DAY_S) if asked_s > interval_s else min(interval_s, DAY_S))


def least_s(feed: Feed, outcome: PollOutcome) -> float | None:
    """Return the shortest wait the server puts up with: twice that after which it refused, forgotten over weeks.

    Without this a server that wants to be asked once an hour is asked every half hour again as soon as it answers. Of
    a wait longer than planned only the plan counts: that we were down says nothing about the server.
    """
    since_s = (outcome.polled_at - feed.last_polled_at).total_seconds() if feed.last_polled_at else 0.0
    if is_too_often(outcome):
        waited_s = min(since_s, cadence.LATE * cadence.planned_s(feed)) if feed.failures == 0 else 0.0
        refused_s = min(2 * waited_s, max(_MOST_LEARNED_S, feed.interval_s))
        return min(max(feed.least_s or 0.0, refused_s), DAY_S) or None
    if outcome.result == "failed" or feed.least_s is None:
        return feed.least_s
    left_s = feed.least_s * 0.5 ** max(0.0, since_s / _PATIENCE_HALVED_S)
    return left_s if left_s >= 60 else None


def is_too_often(outcome: PollOutcome) -> bool:
    """Return whether a server refused us as it does a client that asks too often; 503 is its own trouble."""
    return outcome.status in _TOO_OFTEN
