"""RELIABILITY.md F10, A10: an article that changes under its address keeps its number, and what it was is kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from pipes import WordJudge, settings
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, claimed, entry, opened, polled, problems, write

from monitor.classify import publishers
from monitor.explain import as_text, explain
from monitor.model import (
    Extracted,
    NotTried,
    PageFailed,
    PageMoved,
    PageRead,
    PageResult,
    PollCounts,
    Reason,
    TextState,
)
from monitor.record import Recorder
from monitor.store import Database, Store, entries, revisions
from monitor.store.rows import Row, one, rows, scalar

DAY = timedelta(days=1)
PLAIN, CUT, BACK = "Norvik meets", "Norvik drops advisers", "Norvik rehires advisers"
URL = "https://news.example/story/1"


class Paper:
    """A feed with one story, and the page of it, as each is at the moment."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.recorder = Recorder(settings(store.path), publishers.load(), WordJudge())
        self.feed = write(store, added)

    def lists(self, title: str, at: datetime = NOW, **changes: Any) -> PollCounts:
        """Poll the feed, which has the story under this title."""
        listed = entry(1, title=title, **{"published_at": NOW - HOUR} | changes)
        worth = self.recorder.worth_fetching
        return write(self.store, lambda db: polled(db, self.feed, listed, entry(2), worth=worth, now=at))

    def brings(self, page: PageResult, at: datetime = NOW) -> str:
        """Write what came of the story's page; return what became of its entry."""
        return write(self.store, lambda db: self.recorder.page(db, page, at))

    def shows(self, title: str, words: str = "The board met.", at: datetime = NOW, **changes: Any) -> str:
        """Have the story's page read; return what became of its entry."""
        page = Extracted(**{"title": title, "text": words, "text_state": TextState.FULL, "published_at": NOW} | changes)
        judged = self.recorder.classifier.classify(page.title, page.text, None)
        return self.brings(PageRead(1, page, judged, URL), at)

    def told(self, first: str = PLAIN) -> "Paper":
        """Have the story listed and read for the first time."""
        self.lists(first)
        assert self.shows(first) == "stored"
        return self

    def ask(self, sql: str) -> list[Row]:
        return self.store.read_now(lambda db: rows(db, sql))

    def waits(self) -> bool:
        return bool(self.ask("select 1 from entries where id = 1 and outcome is null"))

    def articles(self) -> list[tuple[int, str, str]]:
        found = self.ask("select id, title, label from articles order by id")
        return [(row["id"], row["title"], row["label"]) for row in found]

    def alerts(self) -> int:
        return len(self.ask("select id from alerts"))


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    """Give a paper, whose store must add up whatever a test did."""
    with opened(tmp_path / "m.db") as store:
        yield Paper(store)
        assert store.read_now(problems) == []


# --- a story that changes --------------------------------------------------------------------------------------


def test_a_story_listed_in_other_words_is_read_again_and_keeps_its_number(paper: Paper) -> None:
    paper.told()
    counts = paper.lists(CUT, NOW + HOUR)
    assert (counts.new, counts.known, paper.waits()) == (0, 2, True)
    assert paper.shows(CUT, "An assistant answers now.", NOW + HOUR) == "revised"
    assert paper.articles() == [(1, CUT, "cut")]
    assert paper.ask("select outcome, article_id from entries where id = 1") == [{"outcome": "stored", "article_id": 1}]


def test_what_it_was_before_is_kept_without_its_text(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    paper.shows(CUT, "An assistant answers now.", NOW + HOUR)
    [version] = paper.store.read_now(lambda db: revisions.versions(db, 1))
    assert (version["title"], version["label"], version["text_length"]) == (PLAIN, "none", len("The board met."))
    assert version["replaced_at"] == "2026-03-02T10:00:00.000Z"
    assert len(version["content_hash"]) == 64


def test_the_search_finds_the_new_words_and_no_longer_the_old(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    paper.shows(CUT, "An assistant answers now.", NOW + HOUR)
    found = "select rowid from articles_fts where articles_fts match '{}'"
    assert (paper.ask(found.format("assistant")), paper.ask(found.format("board"))) == ([{"rowid": 1}], [])


def test_explain_tells_what_it_was(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    paper.shows(CUT, "An assistant answers now.", NOW + HOUR)
    text = "\n".join(as_text(paper.store.read_now(lambda db: explain(db, "article 1", NOW))))
    assert f"  changed   2026-03-02T10:00:00.000Z; until then 14 characters, none / off_topic: {PLAIN}" in text


SAME: dict[str, dict[str, Any]] = {
    "the same words": {},
    "another date": {"published_at": NOW},
    "another guid": {"guid": "another"},
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_what_is_listed_in_the_same_words_is_not_asked_for_again(paper: Paper, changes: dict[str, Any]) -> None:
    paper.told().lists(PLAIN, NOW + HOUR, **changes)
    assert not paper.waits()


# --- what changes nothing --------------------------------------------------------------------------------------


def moved(number: int) -> PageMoved:
    return PageMoved(1, f"https://host{number}.example/story")


IDLE: dict[str, tuple[PageResult, ...]] = {
    "a page that is gone": (PageFailed(1, Reason.GONE, "410", retryable=False),),
    "a page robots.txt forbids now": (PageFailed(1, Reason.ROBOTS_DENIED, "refused", retryable=False),),
    "a redirect without end": tuple(moved(number) for number in range(entries.MOST_HOPS + 1)),
    "a redirect to itself": (PageMoved(1, URL),),
}


@pytest.mark.parametrize("brought", IDLE.values(), ids=IDLE)
def test_a_reading_that_fails_leaves_the_story_stored_as_it_was(paper: Paper, brought: tuple[PageResult, ...]) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    for page in brought:
        paper.brings(page, NOW + HOUR)
    assert (paper.articles(), paper.ask("select * from article_versions")) == ([(1, PLAIN, "none")], [])
    assert paper.ask("select outcome, article_id from entries where id = 1") == [{"outcome": "stored", "article_id": 1}]


KEPT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the same page": (PLAIN, "The  board met.", {}),
    "a wall": (CUT, "Log in to read on.", {"text_state": TextState.BLOCKED}),
    "the feed's own words": (CUT, "A summary.", {"text_state": TextState.SUMMARY}),
}


@pytest.mark.parametrize(("title", "words", "changes"), KEPT.values(), ids=KEPT)
def test_a_page_that_says_no_more_changes_nothing(
    paper: Paper, title: str, words: str, changes: dict[str, Any]
) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    assert paper.shows(title, words, NOW + HOUR, **changes) == "unchanged"
    assert (paper.articles(), paper.ask("select * from article_versions")) == ([(1, PLAIN, "none")], [])


def test_what_a_person_reviewed_stays(paper: Paper) -> None:
    paper.told()
    write(paper.store, lambda db: db.execute("update articles set review_state = 'checked'"))
    paper.lists(CUT, NOW + HOUR)
    assert (paper.shows(CUT, "More.", NOW + HOUR), paper.articles()) == ("unchanged", [(1, PLAIN, "none")])


def test_a_story_read_again_that_moved_to_another_host_is_read_there(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    assert paper.brings(moved(1), NOW + HOUR) == "moved"
    assert paper.shows(CUT, "More.", NOW + HOUR) == "revised"


def test_a_story_handed_out_too_often_without_a_result_is_stored_as_it_was(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)

    def lose(db: Database, turn: int) -> None:
        at = NOW + HOUR + turn * DAY
        assert claimed(db, at)
        entries.release_expired(db, at + HOUR)

    for turn in range(7):
        write(paper.store, lambda db, turn=turn: lose(db, turn))  # type: ignore[misc]  # bound now
    found = paper.ask("select outcome, reason from entries where id = 1")
    assert found == [{"outcome": "stored", "reason": Reason.EXTRACT_CRASHED}]


def test_one_that_was_not_tried_goes_on_waiting(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    assert (paper.brings(NotTried(1), NOW + HOUR), paper.waits()) == ("not_tried", True)


# --- events and alerts -----------------------------------------------------------------------------------------

TURNS: dict[str, tuple[str, str, int, list[tuple[str, str]]]] = {
    "none becomes a cut": (PLAIN, CUT, 1, [("cut", "auto")]),
    "a cut stays one": (CUT, f"{CUT} now", 1, [("cut", "auto")]),
    "a cut becomes none": (CUT, PLAIN, 1, [("cut", "excluded")]),
    "none stays none": (PLAIN, f"{PLAIN} again", 0, []),
    "a cut becomes a reversal": (CUT, BACK, 2, [("cut", "excluded"), ("reversal", "auto")]),
}


@pytest.mark.parametrize(("before", "after", "alerts", "events"), TURNS.values(), ids=TURNS)
def test_events_follow_and_what_is_newly_so_alerts(
    paper: Paper, before: str, after: str, alerts: int, events: list[tuple[str, str]]
) -> None:
    paper.told(before).lists(after, NOW + HOUR)
    assert paper.shows(after, "Other words.", NOW + HOUR) == "revised"
    found = paper.ask("select label, review_state from events order by id")
    assert [(row["label"], row["review_state"]) for row in found] == events
    assert paper.alerts() == alerts


def test_a_cut_that_comes_and_goes_and_comes_again_alerts_once(paper: Paper) -> None:
    paper.told(CUT)
    for number, title in enumerate((PLAIN, CUT, PLAIN, CUT), 2):
        paper.lists(title, NOW + number * HOUR)
        paper.shows(title, f"Edition {number}.", NOW + number * HOUR)
    assert paper.alerts() == 1


# --- how often -------------------------------------------------------------------------------------------------


def readings(paper: Paper, hours: int, since: datetime) -> int:
    """Have the story change each hour; return how often its page was read."""
    read = 0
    for number in range(hours):
        at = since + number * HOUR
        paper.lists(f"{PLAIN} {at:%d %H}", at)
        if paper.waits():
            read += paper.shows(f"{PLAIN} {at:%d %H}", f"As of {at}.", at) == "revised"
    return read


def test_a_page_that_changes_all_day_is_read_twenty_times_and_then_once_a_week(paper: Paper) -> None:
    paper.told()
    assert readings(paper, 48, NOW + HOUR) == revisions.MOST_READINGS == 20
    last = NOW + revisions.MOST_READINGS * HOUR
    assert readings(paper, 24, last + 7 * DAY) == 1
    assert len(paper.ask("select id from article_versions")) == 21


def test_a_page_is_read_at_most_once_an_hour_and_a_change_in_between_waits_for_that(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR / 2)
    [waiting] = paper.ask("select next_attempt_at from entries where outcome is null and id = 1")
    assert waiting["next_attempt_at"] == "2026-03-02T10:00:00.000Z"


# --- entries without an article --------------------------------------------------------------------------------


def test_an_entry_that_was_passed_over_is_fetched_once_its_words_are_worth_a_look(paper: Paper) -> None:
    paper.lists("The weather")
    assert not paper.waits()
    paper.lists("More weather", NOW + HOUR)
    assert not paper.waits()
    paper.lists(CUT, NOW + 2 * HOUR)
    assert paper.waits()
    assert paper.shows(CUT, "An assistant answers now.", NOW + 2 * HOUR) == "stored"


def test_an_entry_that_waits_gets_the_new_words(paper: Paper) -> None:
    paper.lists(PLAIN)
    paper.lists(CUT, NOW + HOUR / 2)
    assert paper.store.read_now(lambda db: scalar(db, "select title from entries where id = 1")) == CUT


@pytest.mark.parametrize("outcome", ["failed", "refused"])
def test_an_entry_that_ended_without_an_article_stays_ended(paper: Paper, outcome: str) -> None:
    paper.lists(PLAIN)
    reason = Reason.GONE if outcome == "failed" else Reason.ROBOTS_DENIED
    assert paper.brings(PageFailed(1, reason, "no", retryable=False)) == outcome
    paper.lists(CUT, NOW + 2 * HOUR)
    assert not paper.waits()


def test_an_entry_s_address_is_asked_for_where_the_feed_gave_it(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    row = paper.store.read_now(lambda db: one(db, "select fetch_url, host, attempts, readings from entries"))
    assert row == {"fetch_url": URL, "host": "news.example", "attempts": 0, "readings": 1}
