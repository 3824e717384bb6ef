"""RELIABILITY.md F8: dates that cannot be put no story where it does not belong, and stay as they were printed.

What is dated ahead or before there were feeds is dated by the first sight. An old date is believed: most are true, and
a story of last year moved to last month would be counted as of then (docs/hazards/documents.md).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from pipes import WordJudge
from pipes import settings as plain

import pytest
from documents import item, rss
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_builders import HOUR, NOW, added, entry, opened, polled, problems, write

from monitor import trending
from monitor.classify import publishers
from monitor.events import draft
from monitor.extract.gaps import completed, own_words
from monitor.identity import is_plausible
from monitor.model import BatchItem, Extracted, FeedEntry, Label, PageRead, TextState
from monitor.poll import parse_feed
from monitor.record import Recorder
from monitor.store import Database, Store
from monitor.store.rows import one, rows

SEEN = "2026-03-02T09:00:00.000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def listed(raw: str) -> FeedEntry:
    """Give an entry of a feed that prints this date."""
    [found] = parse_feed(rss(item(date=raw)).encode(), None, "https://news.example/feed").entries
    return found


# As printed; as it is kept; whether that is a guess. We see them all on 2 March 2026 at nine.
DATES = {
    "an hour ago": ("Mon, 02 Mar 2026 08:00:00 GMT", "2026-03-02T08:00:00.000Z", False),
    "in another zone": ("Mon, 02 Mar 2026 08:00:00 +0900", "2026-03-01T23:00:00.000Z", False),
    "a day without a time": ("2026-03-01", "2026-03-01T00:00:00.000Z", False),
    "a day ahead": ("Tue, 03 Mar 2026 09:00:00 GMT", "2026-03-03T09:00:00.000Z", False),
    "a second more": ("Tue, 03 Mar 2026 09:00:01 GMT", SEEN, True),
    "next year": ("2027-03-02T09:00:00Z", SEEN, True),
    "year 9999": ("9999-12-31T23:59:59Z", SEEN, True),
    "a month ago": ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000Z", False),
    "years ago": ("2019-05-01T00:00:00Z", "2019-05-01T00:00:00.000Z", False),
    "before there were feeds": ("1994-12-31T23:59:59Z", SEEN, True),
    "epoch zero": ("Thu, 01 Jan 1970 00:00:00 GMT", SEEN, True),
    "year one": ("0001-01-01T00:00:00Z", SEEN, True),
    "30 February": ("Mon, 30 Feb 2026 08:30:00 GMT", SEEN, True),
    "month 13": ("2026-13-01T08:30:00Z", SEEN, True),
    "words": ("last Tuesday", SEEN, True),
    "nothing": ("", SEEN, True),
}


@pytest.mark.parametrize(("raw", "kept", "guessed"), DATES.values(), ids=DATES)
def test_a_date_is_kept_as_printed_and_counts_where_it_can_be(
    store: Store, raw: str, kept: str, *, guessed: bool
) -> None:
    write(store, lambda db: polled(db, added(db), listed(raw)))
    row = store.read_now(lambda db: one(db, "select published_at, published_raw, date_guessed from entries"))
    assert row == {"published_at": kept, "published_raw": raw or None, "date_guessed": guessed}


moments = st.datetimes(timezones=st.just(UTC))


@given(moments, moments)
def test_no_story_is_dated_more_than_a_day_after_it_was_seen_or_before_there_were_feeds(
    stated: datetime, seen: datetime
) -> None:
    assert is_plausible(stated, seen) == (datetime(1995, 1, 1, tzinfo=UTC) <= stated <= seen + timedelta(days=1))


@given(moments)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_feed_says_its_event_is_counted_no_later_than_the_day_after_and_in_no_week_to_come(
    tmp_path_factory: pytest.TempPathFactory, stated: datetime
) -> None:
    """From the feed's document to the weeks of the trends."""
    with opened(tmp_path_factory.mktemp("dates") / "m.db") as store:
        recorder = Recorder(plain(store.path), publishers.load(), WordJudge())

        def unit(db: Database) -> set[date]:
            polled(db, added(db), entry(1, title="Norvik drops advisers", published_at=stated))
            row = one(db, "select title, summary, published_at, date_guessed from entries") or {}
            kept = None if row["date_guessed"] else datetime.fromisoformat(row["published_at"])
            asked = BatchItem(1, "https://news.example/story/1", row["title"], row["summary"], None, kept)
            read = completed(Extracted(row["title"], "Text.", TextState.FULL), asked)
            judged = recorder.classifier.classify(read.title, read.text, None)
            recorder.page(db, PageRead(1, read, judged, asked.url), NOW)
            trending.refresh(db, now=NOW + timedelta(days=14))
            found = rows(db, "select announced_on from events")
            return {date.fromisoformat(row["announced_on"]) for row in found}

        [announced_on] = write(store, unit)
        assert date(1995, 1, 1) <= announced_on <= (NOW + timedelta(days=1)).date()
        assert store.read_now(problems) == []


def test_a_story_dated_ahead_is_not_pinned_above_the_news(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), listed("9999-12-31T23:59:59Z"), entry(2, published_at=NOW + HOUR)))
    newest = store.read_now(lambda db: rows(db, "select guid from entries order by published_at desc"))
    assert newest[0]["guid"] == "guid-2"


def test_the_feed_s_own_words_are_dated_as_its_entry_is() -> None:
    asked = BatchItem(1, "https://news.example/1", "Roles go", "At Quillmark.", None, NOW)
    assert own_words(asked).published_at == NOW


def test_an_event_of_a_day_to_come_is_of_the_day_it_was_seen() -> None:
    verdict = WordJudge().classify("Norvik drops advisers", "", None)
    told = draft(
        verdict, published_at=NOW + timedelta(days=9), first_seen_at=NOW, source_tier=3, text_state=TextState.FULL
    )
    assert told is not None
    assert (told.label, told.announced_on) == (Label.CUT, NOW.date())
