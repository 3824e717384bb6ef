"""Feed document -> entries, and the time of the next poll: pure decisions and one thin asynchronous edge.

`parse_feed`, `survey` and `read_feed_list` run in a worker process, so nothing here imports the HTTP client at the top.
"""

from monitor.poll.asking import poll_feed
from monitor.poll.feedlist import BadListing, FeedList, FeedListing, address_meant, read_feed_list, write_opml
from monitor.poll.links import FeedLink, is_about_comments
from monitor.poll.moves import new_address
from monitor.poll.parse import parse_broken_off, parse_feed
from monitor.poll.schedule import next_poll
from monitor.poll.survey import FeedSummary, Survey, survey

__all__ = [
    "BadListing",
    "FeedLink",
    "FeedList",
    "FeedListing",
    "FeedSummary",
    "Survey",
    "address_meant",
    "is_about_comments",
    "new_address",
    "next_poll",
    "parse_broken_off",
    "parse_feed",
    "poll_feed",
    "read_feed_list",
    "survey",
    "write_opml",
]
