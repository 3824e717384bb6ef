"""What a rule of kind `silence` says: when nothing comes, is it that nothing happens, or that nobody listens? Pure.

The subject of each alert says since when it has been silent, so a silence is told once, and the next one anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.clock import to_text
from monitor.model import AlertDraft
from monitor.settings import RuleSettings
from monitor.store import disk

NO_ANSWER: Final = timedelta(hours=2)  # of any feed
STALE: Final = timedelta(hours=24)  # one feed without an answer (RELIABILITY.md P3)
_NAMED: Final = 20  # feeds, one by one


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard last, and of whom nothing is heard."""

    feeds: int  # that are polled
    last_story: datetime | None  # first sight of the newest story of the rule's labels
    last_answer: datetime | None  # of any feed
    unanswered: bool  # a feed was asked since and did not answer, or should have been asked over two hours ago
    stale: tuple[tuple[str, datetime], ...] = ()  # feeds asked in vain for a day: address, and silent since when
    stale_told: datetime | None = None  # when stale feeds were last told of


def silences(rule: RuleSettings, heard: Heard, *, since: datetime, now: datetime) -> list[AlertDraft]:
    """Return what is silent now; `since` is when the rule began to listen."""
    if not heard.feeds:
        return []
    answered = heard.last_answer or since
    if heard.unanswered and now - answered >= NO_ANSWER:
        words = f"No feed has answered since {answered:%Y-%m-%d %H:%M} UTC; {heard.feeds} are asked"
        return [_draft(rule, f"polls:{to_text(answered)}", words)]
    return [*_stories(rule, heard, max(heard.last_story or since, since)), *_stale(rule, heard, now)]


def room(rule: RuleSettings, free: int | None, now: datetime) -> Iterator[AlertDraft]:
    """Yield what is to be told of so many free bytes beside the store: once a day, and once more when it rests."""
    if free is None or free >= disk.WARN_FREE:
        return
    there, least = f"{free // 2**20} MiB are free beside the store", disk.LEAST_FREE // 2**20
    if free < disk.LEAST_FREE:
        yield _draft(rule, f"full:{now:%Y-%m-%d}", f"Nothing is polled or fetched until there is room: {there}")
    else:
        yield _draft(rule, f"low:{now:%Y-%m-%d}", f"{there}; below {least} nothing is polled or fetched")


def _stories(rule: RuleSettings, heard: Heard, since: datetime) -> Iterator[AlertDraft]:
    """Tell of no story only where feeds did answer all that time: else nobody listened."""
    if heard.last_answer is None or heard.last_answer - since < timedelta(days=rule.days):
        return
    days = (heard.last_answer - since).days
    words = (
        f"No story of {' or '.join(rule.labels)} for {days} days, since {since:%Y-%m-%d}; {heard.feeds} feeds answer"
    )
    yield _draft(rule, f"stories:{to_text(since)}", words)


def _stale(rule: RuleSettings, heard: Heard, now: datetime) -> Iterator[AlertDraft]:
    """Tell of the feeds that fell silent since this was last told; those told of are not named again."""
    new = [(url, since) for url, since in heard.stale if heard.stale_told is None or since + STALE > heard.stale_told]
    if not new:
        return
    lines = [f"{url}: silent since {since:%Y-%m-%d %H:%M} UTC" for url, since in new[:_NAMED]]
    more = len(new) - _NAMED
    lines += [f"and {more} more; `layoff-monitor feeds list` shows them"] if more > 0 else []
    feeds = "1 feed has" if len(new) == 1 else f"{len(new)} feeds have"
    words = f"{feeds} not answered for {STALE.total_seconds() / 3600:.0f} hours"
    yield _draft(rule, f"feeds:{to_text(now)}", words, tuple(lines))


def _draft(rule: RuleSettings, subject: str, headline: str, lines: tuple[str, ...] = ()) -> AlertDraft:
    return AlertDraft(rule.name, f"silence:{subject}", None, None, headline, None, kind=rule.kind, lines=lines)
