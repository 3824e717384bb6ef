"""Where a feed has moved: a permanent redirect is followed at once and believed after a week; pure."""

from datetime import datetime, timedelta
from typing import Final

from monitor.model import Feed, PollOutcome, Reason
from monitor.poll.backoff import is_too_often

# ARCHITECTURE.md section 9. Redirects called permanent are often a misconfiguration of hours; the address given by
# the operator is worth more than a week's extra hop.
_BELIEVED_AFTER: Final = timedelta(days=7)
_DEAD: Final = frozenset(
    {Reason.GONE, Reason.HTTP_4XX, Reason.DNS_FAILED, Reason.CONNECT_FAILED, Reason.TLS_FAILED, Reason.NOT_A_FEED}
)


def sighted(feed: Feed, outcome: PollOutcome) -> tuple[str | None, datetime | None]:
    """Return where the feed's address leads for good, and since when without a break; a failure tells nothing."""
    if outcome.result == "failed":
        return feed.moved_to, feed.moved_since
    if outcome.moved_to is None or outcome.moved_to == feed.url:
        return None, None
    return outcome.moved_to, feed.moved_since if outcome.moved_to == feed.moved_to else outcome.polled_at


def new_address(feed: Feed, outcome: PollOutcome) -> str | None:
    """Return the feed's address from now on, if its own has led there for a week; at the third sighting or later."""
    to, since = sighted(feed, outcome)
    if outcome.result == "failed" or to is None or since is None or feed.last_polled_at is None:
        return None
    settled = outcome.polled_at - since >= _BELIEVED_AFTER and since < feed.last_polled_at
    return to if settled else None


def said_to_be_at(feed: Feed, outcome: PollOutcome) -> str | None:
    """Return where to ask at once for a feed whose own address has died: where it last led for good, if anywhere.

    Some redirects are kept up for a few days only. The address is taken over no sooner for that.
    """
    died = outcome.result == "failed" and outcome.reason in _DEAD and not is_too_often(outcome)
    return feed.moved_to if died else None
