"""How a feed publishes, learned from what its polls bring, and how long it may be left alone; pure.

Three things bound the interval. Overlap: what is mostly known is asked for less often, what is mostly new more often,
as Media Cloud does. Turnover: a feed that has filled its document in twelve minutes of late may do so again, and what
rolls off between two polls is lost for ever; overlap alone forgets that within one quiet hour. Silence: a feed that
published something today is not left alone for a day, so that its news are not a day old.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from monitor.clock import DAY_S
from monitor.identity import is_plausible
from monitor.model import Cadence, Feed, FeedEntry, PollCounts, PollOutcome

MOSTLY_KNOWN: Final = 0.67  # from this share of known entries on a poll came too early, below MOSTLY_NEW too late
MOSTLY_NEW: Final = 0.33
LENGTHEN: Final = 1.25  # after two polls in a row that came too early: from the start to hours in about a day
SHORTEN: Final = 0.5  # after each that came too late
LATE: Final = 1.5  # in planned waits: a poll after that says more about us than about the feed

# Chosen in the simulated month (benchmarks/month.py).
_FORGOTTEN_S: Final = 3 * DAY_S  # in which a turnover that is not seen again counts for twice as long
_LIVELY_S: Final = 4 * 3600.0  # a feed is left alone for so long, however lately it brought something,
_OF_SILENCE: Final = 0.125  # or for this part of its silence

_LONGEST_FORGOTTEN_S: Final = 60 * DAY_S  # half-life of the longest silence: a weekend is met again long before
_NEWEST: Final = 0.2  # weight of the latest in an average
_ALIKE: Final = 3.0  # a turnover this many times longer or shorter is another, not the same again
_AHEAD: Final = timedelta(hours=1)  # an entry dated later than that is dated wrongly
_LEAST_DATES: Final = 5  # fewer tell nothing about a document
_SHARE_DATED: Final = 0.75  # of new entries, or their dates tell nothing
_BY_HAND_S: Final = 300.0  # what fills its document faster does so in one go; asking more often is no help
_MOST_S: Final = 30 * DAY_S


def learned(feed: Feed, outcome: PollOutcome, counts: PollCounts, overlap_run: int = 0) -> Cadence:
    """Return the feed's cadence after an answer; `overlap_run` is as `paced` has it."""
    if outcome.document is not None and feed.last_document_at is None:
        return _first_guess(outcome.document.entries, outcome.polled_at, counts)
    last_count = feed.cadence.last_count if outcome.document is None else counts.parsed
    turnover_s = _turnover(feed, outcome, counts)
    known = replace(feed.cadence, overlap_run=overlap_run, last_count=last_count, turnover_s=turnover_s)
    return _news(known, feed, outcome, counts.new) if counts.new else known


def paced(feed: Feed, outcome: PollOutcome, counts: PollCounts, interval_s: float) -> tuple[float, int]:
    """Return the interval as overlap has it, and the run of polls that came too early (+) or too late (-).

    An answer without a document, and a document without entries, hold nothing new. What is mostly known after a wait
    longer than planned would have been so on time. What is mostly new then is our doing, unless nothing at all is
    left of the document before (RELIABILITY.md F11).
    """
    first = outcome.document is not None and feed.last_document_at is None
    if first or (counts.parsed and counts.refused == counts.parsed):
        return interval_s, 0
    share = counts.known / counts.parsed if counts.parsed else 1.0
    run = feed.cadence.overlap_run
    if share >= MOSTLY_KNOWN:
        if is_early(feed, outcome):
            return interval_s, run
        run = max(run, 0) + 1
        return (interval_s * LENGTHEN, 0) if run >= 2 else (interval_s, run)
    if share < MOSTLY_NEW and (counts.known == 0 or not is_late(feed, outcome)):
        return interval_s * SHORTEN, min(run, 0) - 1
    return interval_s, 0


def longest_wait_s(cadence: Cadence, now: datetime) -> float:
    """Return how long a feed may be left alone by what is known of its turnover and its silence, in seconds."""
    silence_s = (now - cadence.last_new_at).total_seconds() if cadence.last_new_at else _MOST_S
    return min(cadence.turnover_s or _MOST_S, max(_LIVELY_S, silence_s * _OF_SILENCE))


def is_late(feed: Feed, outcome: PollOutcome) -> bool:
    """Return whether a poll came so long after the last that we were down or busy, and nothing is to be learned."""
    asked_s = max(planned_s(feed), min(outcome.max_age_s or 0, DAY_S))
    return _since_last_s(feed, outcome) > LATE * asked_s


def planned_s(feed: Feed) -> float:
    """Return the wait between two polls of a feed, by what is remembered of it."""
    return min(max(feed.interval_s, feed.ttl_s or 0, feed.least_s or 0), DAY_S)


def is_early(feed: Feed, outcome: PollOutcome) -> bool:
    """Return whether a person had the feed polled before its time."""
    return feed.last_polled_at is not None and outcome.polled_at < feed.next_poll_at


def _since_last_s(feed: Feed, outcome: PollOutcome) -> float:
    if feed.last_polled_at is None:
        return 0.0
    return max(0.0, (outcome.polled_at - feed.last_polled_at).total_seconds())


def _first_guess(entries: Sequence[FeedEntry], polled_at: datetime, counts: PollCounts) -> Cadence:
    """Return what the dates of a first document tell; without sound dates only that it has just been seen."""
    dates = _dates(entries, polled_at)
    if not _tell(dates, counts.parsed):
        return Cadence(last_new_at=polled_at if counts.new else None, last_count=counts.parsed)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(dates)]
    return Cadence(
        gap_s=sum(gaps) / len(gaps),
        longest_gap_s=max(gaps),
        turnover_s=_span(dates, counts.parsed),
        last_new_at=dates[-1],
        last_count=counts.parsed,
    )


def _news(known: Cadence, feed: Feed, outcome: PollOutcome, new: int) -> Cadence:
    """Return the cadence after so many new entries, with the gap that they ended if we looked regularly."""
    now = outcome.polled_at
    if known.last_new_at is None or feed.failures or is_late(feed, outcome):
        return replace(known, last_new_at=now)
    silence_s = max(0.0, (now - known.last_new_at).total_seconds())
    usual_s, longest_s = known.gap_s, known.longest_gap_s or 0.0
    return replace(
        known,
        last_new_at=now,
        gap_s=silence_s / new if usual_s is None else usual_s + _NEWEST * (silence_s / new - usual_s),
        longest_gap_s=max(silence_s, longest_s * _half(silence_s, _LONGEST_FORGOTTEN_S)),
    )


def _turnover(feed: Feed, outcome: PollOutcome, counts: PollCounts) -> float | None:
    """Return the shortest time of late in which the document was filled anew.

    A far shorter one is believed at once and a far longer one only makes the memory fade. In between they are
    averaged: the shortest of many is mere chance.
    """
    since_s, found_s = _since_last_s(feed, outcome), _filled_in(feed, outcome, counts)
    before_s = feed.cadence.turnover_s
    if before_s is None:
        return found_s if found_s is not None and found_s < _MOST_S else None
    faded_s = before_s / _half(since_s, _FORGOTTEN_S)
    if found_s is not None and found_s < before_s * _ALIKE:
        return found_s if found_s < before_s / _ALIKE else before_s + _NEWEST * (found_s - before_s)
    return faded_s if faded_s < _MOST_S else None


def _filled_in(feed: Feed, outcome: PollOutcome, counts: PollCounts) -> float | None:
    """Return in which time a document is filled at the pace of what is new in this one, by our clock and by theirs."""
    since_s, dated_s = _since_last_s(feed, outcome), None
    if not counts.new or outcome.document is None:
        return None
    if counts.new * 2 >= counts.parsed:
        dates = _dates(outcome.document.entries, outcome.polled_at)[-counts.new :]
        dated_s = _span(dates, counts.parsed) if _tell(dates, counts.new) else None
    polled_s = since_s * counts.parsed / counts.new if since_s >= _BY_HAND_S else None
    return min(filter(None, (polled_s, dated_s)), default=None)


def _dates(entries: Sequence[FeedEntry], polled_at: datetime) -> list[datetime]:
    """Return the different dates that a sound clock can have given, oldest first."""
    stated = {entry.published_at for entry in entries if entry.published_at is not None}
    return sorted(date for date in stated if is_plausible(date, polled_at) and date <= polled_at + _AHEAD)


def _tell(dates: Sequence[datetime], entries: int) -> bool:
    """Return whether these are the dates of single entries: neither all the same nor mostly missing or impossible."""
    return len(dates) >= max(_LEAST_DATES, entries * _SHARE_DATED)


def _span(dates: Sequence[datetime], count: int) -> float | None:
    """Return in which time so many entries are published at the pace of these; an old one pinned on top aside."""
    recent = dates[len(dates) // 10 :]
    span_s = (recent[-1] - recent[0]).total_seconds() * count / (len(recent) - 1)
    return span_s if span_s >= _BY_HAND_S else None


def _half(passed_s: float, half_life_s: float) -> float:
    return float(0.5 ** min(passed_s / half_life_s, 100.0))
