"""Whether a server is believed that a document has not changed; pure.

Some say so of what has changed, for hours or for good, and a client that believes them loses every entry
(RELIABILITY.md H11). So each feed is fetched whole once a day, and a server found out is not asked for a week.
"""

from datetime import datetime, timedelta
from typing import Final

from monitor.model import Feed, FeedDocument, Validators

_FULL_EVERY: Final = timedelta(hours=24)
_DISTRUST: Final = timedelta(days=7)
_DELAY: Final = timedelta(hours=2)  # from the date an entry bears to the document that lists it, at most, as a rule


def asks_conditionally(feed: Feed, now: datetime) -> bool:
    """Return whether to ask "has it changed?": with something to ask by, believed, and time enough for it.

    The next poll must come within a day of the last time the feed was fetched whole; else it is fetched so now.
    """
    if feed.validators == Validators() or feed.last_full_at is None or is_distrusted(feed, now):
        return False
    since = now - feed.last_full_at
    return timedelta(0) <= since < _FULL_EVERY - timedelta(seconds=feed.interval_s)  # below 0: the clock was set back


def is_distrusted(feed: Feed, now: datetime) -> bool:
    """Return whether an untrue "not modified" was found less than a week ago."""
    return feed.last_false_304_at is not None and now - feed.last_false_304_at < _DISTRUST


def belies(feed: Feed, document: FeedDocument, validators: Validators) -> bool:
    """Return whether a document that is not the last one shows "not modified" as untrue, if it has new entries.

    The same validators on other bytes do: with them the server would say it again. They also renew the distrust in
    one found out before. Under other validators it is untrue if an entry is dated between the last document and well
    before the last "not modified"; anything later may have come since.
    """
    same = validators == feed.validators != Validators()
    if same and feed.last_false_304_at is not None:
        return True
    if not feed.says_nothing_new or feed.last_304_at is None or feed.seen_at is None:
        return False
    seen_at, until = feed.seen_at, feed.last_304_at - _DELAY
    return same or any(entry.published_at and seen_at < entry.published_at < until for entry in document.entries)
