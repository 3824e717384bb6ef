"""What is promised before a feed is added: how often it will be polled."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli.feedlines import cadence
from monitor.model import Cadence, Feed, PollCounts, PollOutcome
from monitor.poll import next_poll
from monitor.settings import PollSettings
from monitor.subscriptions import polled_every_s

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = 3600, 86400
SETTINGS = PollSettings()

ASKED = {"nothing": 0, "an hour": HOUR, "five hours": 5 * HOUR, "a year": 365 * DAY}


def polled_again_in_s(asked_s: float, interval_s: int, silence: timedelta) -> float:
    """Return the wait after an answer that is mostly known, of a feed whose server says that it is fresh so long."""
    known = Cadence(last_new_at=NOW - silence)
    feed = Feed(1, "https://a.example/f", interval_s, NOW, cadence=known, last_polled_at=NOW, last_document_at=NOW)
    outcome = PollOutcome(1, NOW, "not_modified", max_age_s=asked_s)
    plan = next_poll(feed, outcome, PollCounts(0, 0, 0, 0), settings=SETTINGS, now=NOW, jitter=0)
    return (plan.next_poll_at - NOW).total_seconds()


@pytest.mark.parametrize("asked_s", ASKED.values(), ids=ASKED)
def test_what_is_promised_is_what_is_done(asked_s: float) -> None:
    promised = polled_every_s(asked_s, SETTINGS)
    assert polled_again_in_s(asked_s, SETTINGS.max_interval_s, timedelta(days=1)) == promised["lively"]
    assert polled_again_in_s(asked_s, SETTINGS.max_interval_s, timedelta(days=60)) == promised["most"]
    assert polled_again_in_s(asked_s, 1, timedelta(days=1)) == promised["least"]


def test_a_person_is_told_of_the_longest_wait_while_a_feed_is_lively() -> None:
    found = {"per_day": 12.0, "entries": 20, "holds_s": None, "polled_every_s": polled_every_s(0, SETTINGS)}
    assert cadence(found).endswith("later every 10 min to 24 h, at most 4 h while each day brings something")
