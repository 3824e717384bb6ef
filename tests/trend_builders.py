"""Builders of what trends are judged from: events by week and the feeds that told of them, as values and in a store."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from store_builders import added, article, draft

from monitor.clock import to_text
from monitor.model import Facts, Label, Origin, Signal
from monitor.store import Database, articles, events
from monitor.store.rows import insert, update
from monitor.trends.series import Key, Occurrence, Week, monday, week_of
from monitor.trends.signals import Ledger

ALL_CUTS: Final = Key(Label.CUT, "all", "")
END: Final[Week] = week_of(date(2025, 10, 5))  # the last week of the window looked at; no holiday lies near it
FIRST: Final[Week] = END - 4 * 14 + 1  # of the longest past

CUT: Final = Label.CUT
REVERSAL: Final = Label.REVERSAL
HYBRID: Final = Label.HYBRID
TODAY: Final = datetime(2026, 3, 4, 9, tzinfo=UTC)  # a Wednesday: the week to Sunday 1 March has settled
SUNDAY: Final = date(2026, 3, 1)


def event(week: Week, number: int = 0, *, feeds: Iterable[int] = (1,), late: int = 0, **changes: Any) -> Occurrence:
    """Return an event of the Wednesday of a week, told by each of the feeds so many days later."""
    day = monday(week) + timedelta(days=2)
    told = tuple((feed, day + timedelta(days=late)) for feed in feeds)
    values: dict[str, Any] = {"announced_on": day, "company_id": number, "keys": (ALL_CUTS,), "told": told}
    return Occurrence(**(values | changes))


def steady(weekly: int, weeks: Iterable[Week] = range(FIRST, END + 1), **changes: Any) -> list[Occurrence]:
    """Return the same number of events in each week, each of another employer."""
    return [event(week, 1000 * week + number, **changes) for week in weeks for number in range(weekly)]


def asked(*feeds: int, weeks: Iterable[Week] = range(FIRST - 52, END + 60)) -> dict[int, frozenset[Week]]:
    """Return the weeks in which these feeds answered."""
    return dict.fromkeys(feeds or (1,), frozenset(weeks))


def judged(ledger: Ledger, key: Key = ALL_CUTS, end: Week = END) -> Signal:
    """Return the signal of one series."""
    [found] = [one for one in ledger.judge(end) if (one.label, one.dimension, one.value) == key]
    return found


class Press:
    """Feeds that answered for years, and what they told."""

    def __init__(self, db: Database, feeds: int = 1, weeks: int = 150, now: datetime = TODAY) -> None:
        self.db = db
        self.feeds = [added(db, f"https://feed{number}.example/rss") for number in range(feeds)]
        self.told = 0
        for feed in self.feeds:
            for week in range(weeks):
                self.poll(feed, now - timedelta(weeks=week))

    def poll(self, feed: int, at: datetime, result: str = "unchanged") -> None:
        insert(self.db, "polls", {"feed_id": feed, "polled_at": to_text(at), "result": result})

    def lists(self, article_id: int | None, on: date, feed: int, **changes: Any) -> int:
        """Let a feed list an article on a day."""
        at = to_text(datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
        row = {"feed_id": feed, "identity": f"{article_id} {feed} {changes}", "first_seen_at": at, "outcome": "stored",
               "article_id": article_id, "ended_at": at}  # fmt: skip
        return insert(self.db, "entries", row | changes)

    def tells(self, label: Label, on: date, *, late: int = 0, feed: int = 0, **changes: Any) -> int:
        """Return the number of a new event, told by a feed some days after its announcement."""
        self.told += 1
        columns = {
            name: changes.pop(name) for name in ("review_state", "linked_event_id", "link_type") if name in changes
        }
        origin = changes.pop("origin", Origin.LIVE)
        technology = changes.pop("technology", "ai")
        facts = Facts(
            technology=technology, function=changes.pop("function", None), country=changes.pop("country", None)
        )
        values = {"company": f"Employer {self.told}", "facts": facts, "source_tier": 2} | changes
        article_id, _ = articles.upsert(self.db, article(self.told, title=f"Headline {self.told}"), TODAY)
        event_id = events.insert_event(
            self.db, draft(label, on, **values), article_id=article_id, origin=origin, now=TODAY
        )
        if columns:
            update(self.db, "events", event_id, columns)
        if origin is Origin.LIVE:
            self.lists(article_id, on + timedelta(days=late), self.feeds[feed])
        return event_id


def weekly(press: Press, weeks: range, number: int, **changes: Any) -> None:
    """Tell of so many cuts in each of these weeks, counted back from the last one."""
    for week in weeks:
        for _ in range(number):
            press.tells(CUT, SUNDAY - timedelta(weeks=week, days=4), **changes)
