"""In which state a feed is, whether its server is believed, and where it has moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.model import Cadence, Feed, FeedDocument, FeedEntry, FeedState, PollOutcome, Reason, Validators
from monitor.poll import new_address
from monitor.poll.moves import sighted
from monitor.poll.states import state_of
from monitor.poll.trust import asks_conditionally, belies

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL, ELSEWHERE = "https://news.example/feed", "https://paper.example/feed"


def feed(**changed: Any) -> Feed:
    return Feed(**({"id": 1, "url": URL, "interval_s": 1800, "next_poll_at": NOW} | changed))


def failed(reason: Reason, status: int | None = None) -> PollOutcome:
    return PollOutcome(1, NOW, "failed", reason=reason, status=status)


ANSWERED = PollOutcome(1, NOW, "not_modified")


def silent(days: float, **known: Any) -> Cadence:
    return Cadence(**({"last_count": 9, "last_new_at": NOW - days * DAY} | known))


MONTH_S, DAY_S = 30 * 86400.0, 86400.0
STATES = {
    "answers": (ANSWERED, silent(1), FeedState.OK),
    "hourly, silent over Easter": (ANSWERED, silent(4.7, longest_gap_s=DAY_S), FeedState.OK),
    "hourly, silent for six days": (ANSWERED, silent(6, longest_gap_s=DAY_S), FeedState.QUIET),
    "of weekdays, silent for six days": (ANSWERED, silent(6, longest_gap_s=2.5 * DAY_S), FeedState.OK),
    "monthly, silent for eighty days": (ANSWERED, silent(80, longest_gap_s=MONTH_S), FeedState.OK),
    "monthly, silent for a hundred days": (ANSWERED, silent(100, longest_gap_s=MONTH_S), FeedState.QUIET),
    "of unknown habit, silent for eighty days": (ANSWERED, silent(80), FeedState.OK),
    "of unknown habit, silent for a hundred days": (ANSWERED, silent(100), FeedState.QUIET),
    "never seen to bring anything": (ANSWERED, Cadence(last_count=9), FeedState.OK),
    "not read since it was counted": (ANSWERED, Cadence(), FeedState.OK),
    "lists nothing": (ANSWERED, silent(100, last_count=0), FeedState.SILENT_ZERO),
    "never listed anything": (ANSWERED, Cadence(last_count=0), FeedState.SILENT_ZERO),
    "times out": (failed(Reason.TIMED_OUT), silent(100), FeedState.FAILING),
    "404": (failed(Reason.HTTP_4XX, 404), silent(0), FeedState.FAILING),
    "503 with Retry-After": (failed(Reason.RATE_LIMITED, 503), silent(0), FeedState.BLOCKED),
    "401": (failed(Reason.HTTP_4XX, 401), silent(0), FeedState.BLOCKED),
    "403": (failed(Reason.HTTP_4XX, 403), silent(0), FeedState.BLOCKED),
    "429": (failed(Reason.RATE_LIMITED, 429), silent(0), FeedState.BLOCKED),
    "451": (failed(Reason.HTTP_4XX, 451), silent(0), FeedState.BLOCKED),
    "our own guard": (failed(Reason.BLOCKED_ADDRESS), silent(0), FeedState.BLOCKED),
    "a test for browsers": (failed(Reason.CHALLENGE_PAGE, 503), silent(0), FeedState.BLOCKED),
    "410": (failed(Reason.GONE, 410), silent(0), FeedState.GONE),
}


@pytest.mark.parametrize(("outcome", "cadence", "state"), STATES.values(), ids=STATES)
def test_the_state_follows_from_the_poll_and_the_feed_s_own_habit(
    outcome: PollOutcome, cadence: Cadence, state: FeedState
) -> None:
    assert state_of(outcome, cadence, NOW) is state


# --- trust --------------------------------------------------------------------------------------------------------

SAME = Validators('"a"')
WHOLE_LATELY = {"validators": SAME, "last_full_at": NOW - 2 * HOUR}
CONDITIONAL = {
    "nothing to ask by": ({"last_full_at": NOW - HOUR}, False),
    "never fetched whole": ({"validators": SAME}, False),
    "fetched whole lately": (WHOLE_LATELY, True),
    "fetched whole almost a day ago, and asked again before it is one": (
        WHOLE_LATELY | {"last_full_at": NOW - 23 * HOUR},
        True,
    ),
    "fetched whole half a day ago, and asked again in as long": (
        WHOLE_LATELY | {"last_full_at": NOW - DAY / 2, "interval_s": 43_200},
        False,
    ),
    "fetched whole a day ago": (WHOLE_LATELY | {"last_full_at": NOW - DAY}, False),
    "fetched whole tomorrow, by a clock that was set back": (WHOLE_LATELY | {"last_full_at": NOW + DAY}, False),
    "found out six days ago": (WHOLE_LATELY | {"last_false_304_at": NOW - 6 * DAY}, False),
    "found out a week ago": (WHOLE_LATELY | {"last_false_304_at": NOW - 7 * DAY}, True),
}


@pytest.mark.parametrize(("row", "conditional"), CONDITIONAL.values(), ids=CONDITIONAL)
def test_a_server_is_asked_whether_it_changed_while_it_is_believed(row: dict[str, Any], *, conditional: bool) -> None:
    assert asks_conditionally(feed(**row), NOW) is conditional


DENIED = {
    "validators": SAME,
    "last_full_at": NOW - DAY,
    "last_document_at": NOW - DAY,
    "last_304_at": NOW - HOUR,
}
OTHER = Validators('"b"')
LIES = {
    "the same validators for other bytes": (DENIED, SAME, (), True),
    "an entry dated long before it was denied": (DENIED, OTHER, (NOW - 10 * HOUR,), True),
    "an entry dated just before it was denied": (DENIED, OTHER, (NOW - 2 * HOUR,), False),
    "an entry dated after it was denied": (DENIED, OTHER, (NOW,), False),
    "an entry dated before the last document": (DENIED, OTHER, (NOW - 2 * DAY,), False),
    "an entry without a date": (DENIED, OTHER, (None,), False),
    "no validators at all": (DENIED, Validators(), (), False),
    "none before either": (DENIED | {"validators": Validators()}, Validators(), (), False),
    "never denied": (DENIED | {"last_304_at": None}, SAME, (NOW - 10 * HOUR,), False),
    "denied before the last document": (DENIED | {"last_304_at": NOW - 2 * DAY}, SAME, (), False),
    "found out before, the same validators again": (
        DENIED | {"last_304_at": None, "last_false_304_at": NOW - DAY},
        SAME,
        (),
        True,
    ),
}


@pytest.mark.parametrize(("row", "validators", "dates", "untrue"), LIES.values(), ids=LIES)
def test_a_not_modified_is_untrue_if_nothing_but_the_time_since_cannot_explain_what_is_new(
    row: dict[str, Any], validators: Validators, dates: tuple[datetime | None, ...], *, untrue: bool
) -> None:
    entries = tuple(FeedEntry(None, None, "", "", published_at=date) for date in dates)
    assert belies(feed(**row), FeedDocument("x", entries), validators) is untrue


# --- moves --------------------------------------------------------------------------------------------------------

SINCE = {"moved_to": ELSEWHERE, "moved_since": NOW - 7 * DAY, "last_polled_at": NOW - HOUR}
MOVES: dict[str, tuple[dict[str, Any], PollOutcome, tuple[str | None, datetime | None], str | None]] = {
    "for the first time": ({}, PollOutcome(1, NOW, "document", moved_to=ELSEWHERE), (ELSEWHERE, NOW), None),
    "for a week": (
        SINCE,
        PollOutcome(1, NOW, "not_modified", moved_to=ELSEWHERE),
        (ELSEWHERE, NOW - 7 * DAY),
        ELSEWHERE,
    ),
    "for almost a week": (
        SINCE | {"moved_since": NOW - 6.9 * DAY},
        PollOutcome(1, NOW, "unchanged", moved_to=ELSEWHERE),
        (ELSEWHERE, NOW - 6.9 * DAY),
        None,
    ),
    "seen twice only": (
        SINCE | {"last_polled_at": NOW - 7 * DAY},
        PollOutcome(1, NOW, "document", moved_to=ELSEWHERE),
        (ELSEWHERE, NOW - 7 * DAY),
        None,
    ),
    "to another place than before": (
        SINCE,
        PollOutcome(1, NOW, "document", moved_to=ELSEWHERE + "/2"),
        (ELSEWHERE + "/2", NOW),
        None,
    ),
    "no more": (SINCE, PollOutcome(1, NOW, "document"), (None, None), None),
    "to itself": ({}, PollOutcome(1, NOW, "document", moved_to=URL), (None, None), None),
    "or so, but the poll failed": (SINCE, failed(Reason.TIMED_OUT), (ELSEWHERE, NOW - 7 * DAY), None),
}


@pytest.mark.parametrize(("row", "outcome", "sight", "address"), MOVES.values(), ids=MOVES)
def test_a_permanent_redirect_is_believed_after_a_week(
    row: dict[str, Any], outcome: PollOutcome, sight: tuple[str | None, datetime | None], address: str | None
) -> None:
    assert (sighted(feed(**row), outcome), new_address(feed(**row), outcome)) == (sight, address)
