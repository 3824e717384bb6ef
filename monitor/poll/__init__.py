"""Feed document -> entries, and the time of the next poll: pure decisions and one thin asynchronous edge.

`parse_feed` and `read_feed_list` run in a worker process, so nothing here imports the HTTP client at the top.
"""

from monitor.poll.asking import poll_feed
from monitor.poll.feedlist import FeedListing, read_feed_list
from monitor.poll.parse import parse_feed
from monitor.poll.schedule import next_poll

__all__ = ["FeedListing", "next_poll", "parse_feed", "poll_feed", "read_feed_list"]
