"""The polite HTTP client: one gate for every outgoing request, with caps, deadlines, spacing and robots.txt.

The only place with httpx and aiohttp. Stands below the stages that need the network: poll, dispatch, alerts.
"""

from monitor.fetch.exchange import (
    FEED,
    FEED_OF_MANY,
    PAGE,
    ROBOTS,
    WEBHOOK,
    Answered,
    Fetched,
    Limits,
    Moved,
    NotModified,
    Posted,
)
from monitor.fetch.gate import Gate, Permit, WithdrawnError
from monitor.fetch.headers import parse_retry_after, user_agent
from monitor.fetch.robots import RobotsVerdict, fetch_robots, judge_robots, judged

__all__ = [
    "FEED",
    "FEED_OF_MANY",
    "PAGE",
    "ROBOTS",
    "WEBHOOK",
    "Answered",
    "Fetched",
    "Gate",
    "Limits",
    "Moved",
    "NotModified",
    "Permit",
    "Posted",
    "RobotsVerdict",
    "WithdrawnError",
    "fetch_robots",
    "judge_robots",
    "judged",
    "parse_retry_after",
    "user_agent",
]
