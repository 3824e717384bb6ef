"""In which state a feed is after a poll: decided from what the poll brought and what the feed's cadence is; pure."""

from datetime import datetime
from typing import Final

from monitor.clock import DAY_S
from monitor.model import Cadence, FeedState, PollOutcome, Reason

_BLOCKED: Final = frozenset(
    {
        *(Reason.BLOCKED_ADDRESS, Reason.BLOCKED_SCHEME, Reason.BLOCKED_PORT, Reason.REDIRECT_BLOCKED),
        *(Reason.RATE_LIMITED, Reason.ROBOTS_DENIED, Reason.CHALLENGE_PAGE, Reason.LOGIN_PAGE, Reason.CONSENT_WALL),
    }
)
_REFUSALS: Final = frozenset({401, 403, 429, 451})
_TIMES: Final = 3.0  # of its longest silence of late
_LEAST_S: Final = 5 * DAY_S  # longer than Easter in a newsroom: Thursday evening to Tuesday morning
_UNKNOWN_S: Final = 30 * DAY_S  # the longest silence of a feed of which none is known: it may be a monthly


def state_of(outcome: PollOutcome, cadence: Cadence, now: datetime) -> FeedState:
    """Return the state after a poll; `cadence` is as this poll left it."""
    if outcome.result == "failed":
        return _failed(outcome)
    if cadence.last_count == 0:
        return FeedState.SILENT_ZERO
    return FeedState.QUIET if _is_quiet(cadence, now) else FeedState.OK


def _failed(outcome: PollOutcome) -> FeedState:
    if outcome.reason is Reason.GONE:
        return FeedState.GONE
    refused = outcome.reason in _BLOCKED or outcome.status in _REFUSALS
    return FeedState.BLOCKED if refused else FeedState.FAILING


def _is_quiet(cadence: Cadence, now: datetime) -> bool:
    """Return whether nothing is new for far longer than this feed was ever silent of late."""
    if cadence.last_new_at is None:
        return False
    usual_s = _UNKNOWN_S if cadence.longest_gap_s is None else cadence.longest_gap_s
    return (now - cadence.last_new_at).total_seconds() > max(_TIMES * usual_s, _LEAST_S)
