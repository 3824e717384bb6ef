"""What a feed's polls teach about it, and how long it is left alone for that."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.model import Cadence, Feed, FeedDocument, FeedEntry, PollCounts, PollOutcome
from monitor.poll import next_poll
from monitor.poll.cadence import learned, longest_wait_s, paced
from monitor.settings import PollSettings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF_HOUR_S = 1800


def feed(**changed: Any) -> Feed:
    values: dict[str, Any] = {
        "id": 1,
        "url": "https://news.example/feed",
        "interval_s": HALF_HOUR_S,
        "next_poll_at": NOW,
        "last_polled_at": NOW - 30 * MINUTE,
        "last_document_at": NOW - 30 * MINUTE,
    }
    return Feed(**(values | changed))


def document(new: int, known: int, *dates: datetime) -> tuple[PollOutcome, PollCounts]:
    entries = tuple(FeedEntry(str(n), None, "", "", published_at=date) for n, date in enumerate(dates))
    outcome = PollOutcome(1, NOW, "document", document=FeedDocument("x", entries, skipped=known))
    return outcome, PollCounts(new + known, new, known, 0)


def answer(result: Any) -> tuple[PollOutcome, PollCounts]:
    return PollOutcome(1, NOW, result), PollCounts(0, 0, 0, 0)


def every(gap: timedelta, count: int, newest: datetime = NOW) -> list[datetime]:
    return [newest - gap * n for n in range(count)]


# --- overlap ------------------------------------------------------------------------------------------------------

ON_TIME = feed()
SECOND = feed(cadence=Cadence(overlap_run=1))
LATE = {"last_polled_at": NOW - 5 * HOUR}
EARLY = {"next_poll_at": NOW + MINUTE}
PACES = {
    "the first mostly known": (ON_TIME, document(6, 14), (1800, 1)),
    "the second mostly known": (SECOND, document(6, 14), (2250, 0)),
    "67 of 100": (SECOND, document(33, 67), (2250, 0)),
    "66 of 100": (SECOND, document(34, 66), (1800, 0)),
    "a second 304": (SECOND, answer("not_modified"), (2250, 0)),
    "a second unchanged one": (SECOND, answer("unchanged"), (2250, 0)),
    "a second empty one": (SECOND, document(0, 0), (2250, 0)),
    "mostly known after a mostly new one": (feed(cadence=Cadence(overlap_run=-3)), document(1, 19), (1800, 1)),
    "33 of 100": (ON_TIME, document(67, 33), (1800, 0)),
    "32 of 100": (ON_TIME, document(68, 32), (900, -1)),
    "a second mostly new one": (feed(cadence=Cadence(overlap_run=-1)), document(15, 5), (900, -2)),
    "mostly new after a downtime": (feed(**LATE), document(15, 5), (1800, 0)),
    "nothing known after a downtime": (feed(**LATE), document(20, 0), (900, -1)),
    "late by its ttl only": (feed(**LATE, ttl_s=14400), document(15, 5), (900, -1)),
    "mostly known after a downtime": (feed(**LATE, cadence=Cadence(overlap_run=1)), document(1, 19), (2250, 0)),
    "mostly known, asked for early": (feed(**EARLY, cadence=Cadence(overlap_run=1)), document(0, 9), (1800, 1)),
    "mostly new although early": (feed(**EARLY), document(15, 5), (900, -1)),
    "the first of all": (feed(last_document_at=None), document(20, 0), (1800, 0)),
    "nothing but refused entries": (ON_TIME, (document(0, 0)[0], PollCounts(9, 0, 0, 9)), (1800, 0)),
}  # fmt: skip


@pytest.mark.parametrize(("row", "polled", "expected"), PACES.values(), ids=PACES)
def test_what_is_mostly_known_comes_less_often_and_what_is_mostly_new_more_often(
    row: Feed, polled: tuple[PollOutcome, PollCounts], expected: tuple[float, int]
) -> None:
    assert paced(row, *polled, HALF_HOUR_S) == expected


def test_two_documents_of_known_entries_lengthen_the_interval_and_a_new_one_shortens_it_to_the_floor() -> None:
    row, intervals = feed(cadence=Cadence(last_new_at=NOW - 9 * DAY)), []
    for new, known in ((1, 19), (1, 19), (20, 0), (20, 0), (20, 0)):
        plan = next_poll(row, *document(new, known), settings=PollSettings(), now=NOW, jitter=0.0)
        row = feed(interval_s=plan.interval_s, cadence=Cadence(overlap_run=plan.cadence.overlap_run))
        intervals.append(plan.interval_s)
    assert intervals == [1800, 2250, 1125, 600, 600]


def test_publishers_wishes_lengthen_the_wait_and_leave_the_interval_to_be_learned() -> None:
    outcome = PollOutcome(1, NOW, "document", document=FeedDocument("x", (), ttl_s=6 * 3600, skipped=20))
    plan = next_poll(SECOND, outcome, PollCounts(20, 0, 20, 0), settings=PollSettings(), now=NOW, jitter=0.0)
    assert (plan.interval_s, plan.next_poll_at) == (2250, NOW + 6 * HOUR)


# --- turnover -----------------------------------------------------------------------------------------------------

BURST = every(MINUTE, 20)
TWELVE = Cadence(turnover_s=720.0)
TURNOVERS = {
    "by our clock": (feed(), document(10, 10), 3600.0),
    "by the dates": (feed(), document(20, 0, *BURST), 1200.0),
    "by the dates of half a document": (feed(), document(10, 10, *BURST[:10]), 1200.0),
    "by the dates of the new half": (feed(), document(10, 10, *BURST[:10], *every(HOUR, 10, NOW - DAY)), 1200.0),
    "by our clock, the dates of this evening": (feed(), document(20, 0, *every(MINUTE, 20, NOW + 5 * HOUR)), 1800.0),
    "by the dates, one pinned on top": (feed(), document(20, 0, *BURST[1:], NOW - 900 * DAY), 1200.0),
    "by our clock, the dates of a few": (feed(), document(20, 0, *BURST[:9]), 1800.0),
    "by our clock, the dates all one": (feed(), document(20, 0, *[NOW] * 20), 1800.0),
    "by our clock, the dates of next year": (feed(), document(20, 0, *every(MINUTE, 20, NOW + 365 * DAY)), 1800.0),
    "by our clock, the dates of 1970": (feed(), document(20, 0, *every(MINUTE, 20, NOW - 20700 * DAY)), 1800.0),
    "by our clock, stamped by a machine": (feed(), document(20, 0, *every(MINUTE / 60, 20)), 1800.0),
    "none, nothing new": (feed(), document(0, 20), None),
    "none, asked twice at once": (feed(last_polled_at=NOW - MINUTE), document(1, 19), None),
    "kept in mind, a quarter forgotten": (
        feed(cadence=TWELVE, last_polled_at=NOW - 3 * DAY),
        answer("not_modified"),
        1440.0,
    ),
    "far shorter: at once": (feed(cadence=Cadence(turnover_s=7200.0)), document(20, 0, *BURST), 1200.0),
    "much the same: averaged": (feed(cadence=Cadence(turnover_s=1500.0)), document(20, 0, *BURST), 1440.0),
    "forgotten": (
        feed(cadence=Cadence(turnover_s=20 * 86400.0), last_polled_at=NOW - 3 * DAY),
        answer("not_modified"),
        None,
    ),
}


@pytest.mark.parametrize(("row", "polled", "expected"), TURNOVERS.values(), ids=TURNOVERS)
def test_how_fast_a_document_was_filled_anew_is_learned(
    row: Feed, polled: tuple[PollOutcome, PollCounts], expected: float | None
) -> None:
    found = learned(row, *polled).turnover_s
    assert found == (None if expected is None else pytest.approx(expected))


BOUNDS = {
    "known nothing of": (Cadence(), 30 * 86400 / 8),
    "turned over in twelve minutes": (TWELVE, 720),
    "brought something just now": (Cadence(last_new_at=NOW), 4 * 3600),
    "silent for four days": (Cadence(last_new_at=NOW - 4 * DAY), 12 * 3600),
    "silent, once quick": (Cadence(turnover_s=7200.0, last_new_at=NOW - 4 * DAY), 7200),
}


@pytest.mark.parametrize(("cadence", "expected"), BOUNDS.values(), ids=BOUNDS)
def test_a_feed_is_left_alone_as_long_as_its_turnover_and_its_silence_allow(cadence: Cadence, expected: float) -> None:
    assert longest_wait_s(cadence, NOW) == expected


# --- the first guess and the gaps ---------------------------------------------------------------------------------

FIRST = feed(last_document_at=None, last_polled_at=None)
MONTHLY = every(30 * DAY, 6, NOW - 5 * DAY)


def test_the_dates_of_a_first_document_give_a_first_guess() -> None:
    month_s = 30 * 86400.0
    assert learned(FIRST, *document(6, 0, *MONTHLY)) == Cadence(
        gap_s=month_s, longest_gap_s=month_s, turnover_s=6 * month_s, last_new_at=NOW - 5 * DAY, last_count=6
    )


NO_GUESS: dict[str, Sequence[datetime]] = {
    "no dates": (),
    "too few": MONTHLY[:4],
    "all the same": [NOW] * 6,
    "in the future": every(DAY, 6, NOW + 90 * DAY),
}


@pytest.mark.parametrize("dates", NO_GUESS.values(), ids=NO_GUESS)
def test_dates_that_cannot_be_right_guess_nothing(dates: Sequence[datetime]) -> None:
    assert learned(FIRST, *document(6, 0, *dates)) == Cadence(last_new_at=NOW, last_count=6)


def test_a_feed_that_lists_nothing_at_first_has_brought_nothing() -> None:
    assert learned(FIRST, *document(0, 0)) == Cadence(last_count=0)


KNOWN = Cadence(gap_s=3600.0, longest_gap_s=86400.0, last_new_at=NOW - 2 * HOUR, last_count=20)
GAPS = {
    "two new entries after two hours": (feed(cadence=KNOWN), document(2, 18), (3600.0, 86316.8, NOW)),
    "one new entry after two hours": (feed(cadence=KNOWN), document(1, 19), (4320.0, 86316.8, NOW)),
    "the longest silence so far": (
        feed(cadence=Cadence(longest_gap_s=3600.0, last_new_at=NOW - 2 * HOUR)),
        document(1, 0),
        (7200.0, 7200.0, NOW),
    ),
    "after a downtime": (feed(cadence=KNOWN, **LATE), document(1, 19), (3600.0, 86400.0, NOW)),
    "after failures": (feed(cadence=KNOWN, failures=2), document(1, 19), (3600.0, 86400.0, NOW)),
    "nothing new": (feed(cadence=KNOWN), answer("not_modified"), (3600.0, 86400.0, NOW - 2 * HOUR)),
}


@pytest.mark.parametrize(("row", "polled", "expected"), GAPS.values(), ids=GAPS)
def test_the_usual_and_the_longest_gap_are_learned_while_we_look_regularly(
    row: Feed, polled: tuple[PollOutcome, PollCounts], expected: tuple[float, float, datetime]
) -> None:
    found = learned(row, *polled)
    assert (found.gap_s, found.longest_gap_s) == (pytest.approx(expected[0]), pytest.approx(expected[1]))
    assert found.last_new_at == expected[2]
