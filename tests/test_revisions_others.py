"""RELIABILITY.md F10 where others are concerned: copies, entries that share a link, results that come too late."""

from datetime import datetime
from pipes import WordJudge

import pytest
from store_builders import HOUR, NOW, added, entry, polled, write
from test_revisions import BACK, CUT, PLAIN, URL, Paper, paper

from monitor.model import Extracted, PageRead, TextState
from monitor.store import polls
from monitor.store.revisions import MOST_READINGS

__all__ = ["paper"]

WIRE = "A program answers the customers of the bank from May on, and the desk in the harbour town closes for good. " * 3


def test_a_page_that_takes_back_what_its_copies_still_say_is_an_event_of_its_own(paper: Paper) -> None:
    paper.lists(CUT)
    paper.shows(CUT, WIRE)
    other = write(paper.store, lambda db: added(db, "https://other.example/feed"))
    write(paper.store, lambda db: polled(db, other, entry(3, url="https://other.example/3", title=CUT)))
    judged = WordJudge().classify(CUT, WIRE, None)
    paper.brings(PageRead(3, Extracted(CUT, WIRE, TextState.FULL, published_at=NOW), judged, "https://other.example/3"))
    paper.lists(BACK, NOW + HOUR)
    assert paper.shows(BACK, "The advisers are called back to their desks.", NOW + HOUR) == "revised"
    told = paper.ask(
        "select a.label, e.label as event, a.story_id as story from articles a join events e on e.id = a.event_id "
        "order by a.id"
    )
    assert told == [
        {"label": "reversal", "event": "reversal", "story": 1},
        {"label": "cut", "event": "cut", "story": 1},
    ]
    assert paper.alerts() == 2


def test_what_an_earlier_reading_brings_late_does_not_end_the_one_that_waits(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    late = PageRead(1, Extracted(BACK, "As of yesterday.", TextState.FULL), WordJudge().classify(BACK, "", None), URL)
    assert write(paper.store, lambda db: paper.recorder.page(db, late, NOW + HOUR, lease="an earlier one")) == "late"
    assert (paper.waits(), paper.articles()) == (True, [(1, PLAIN, "none")])


def test_two_entries_of_one_link_that_come_together_are_no_change(paper: Paper) -> None:
    write(paper.store, lambda db: polled(db, paper.feed, entry(9)))
    both = (entry(1, title=PLAIN), entry(1, guid="another", title=CUT))
    for hour in range(1, 4):
        write(paper.store, lambda db, hour=hour: polled(db, paper.feed, *both, now=NOW + hour * HOUR))  # type: ignore[misc]
        if hour == 1:
            page = Extracted(PLAIN, "The board met.", TextState.FULL, published_at=NOW)
            paper.brings(PageRead(2, page, WordJudge().classify(PLAIN, "", None), URL), NOW + HOUR)
    assert paper.ask("select title, readings from entries where id = 2") == [{"title": PLAIN, "readings": 0}]


def test_what_was_passed_over_is_judged_before_the_writer_needs_it(paper: Paper) -> None:
    paper.lists("The weather")
    again = [entry(1, title=CUT), entry(2)]
    assert paper.store.read_now(lambda db: polls.asked_about(db, paper.feed, again)[1]) == again[:1]


def test_a_reading_by_a_clock_that_was_far_ahead_does_not_put_off_the_next(paper: Paper) -> None:
    paper.told().lists(CUT, NOW + HOUR)
    paper.shows(CUT, "An assistant answers now.", NOW + HOUR)
    write(paper.store, lambda db: db.execute("update entries set reread_at = '2036-01-01T00:00:00.000Z' where id = 1"))
    paper.lists(BACK, NOW + 3 * HOUR)
    assert paper.ask("select next_attempt_at as due from entries where id = 1") == [{"due": "2026-03-02T13:00:00.000Z"}]


def test_what_another_judge_finds_in_the_same_story_is_history_and_alerts_nobody(paper: Paper) -> None:
    paper.told(CUT)
    write(paper.store, lambda db: db.execute("delete from deliveries"))
    write(paper.store, lambda db: db.execute("delete from alerts"))
    old = "update articles set label = 'none', kind = 'off_topic', classifier_version = '0', event_id = null"
    write(paper.store, lambda db: db.execute(old))
    paper.lists(f"{CUT} now", NOW + HOUR)
    assert paper.shows(f"{CUT} now", "In a few other words.", NOW + HOUR) == "revised"
    assert (paper.alerts(), paper.articles()) == (0, [(1, f"{CUT} now", "cut")])


# --- a story that two feeds list -----------------------------------------------------------------------------------


def elsewhere(paper: Paper, title: str, at: datetime, summary: str = "") -> None:
    """Poll a second feed, which has the same story under this title."""
    found = paper.ask("select id from feeds where url = 'https://other.example/feed'")
    other = found[0]["id"] if found else write(paper.store, lambda db: added(db, "https://other.example/feed"))
    listed = entry(1, guid="theirs", title=title, summary=summary)
    worth = paper.recorder.worth_fetching
    write(paper.store, lambda db: polled(db, other, listed, worth=worth, now=at))


def test_a_story_that_only_a_second_feed_lists_in_other_words_is_read_again(paper: Paper) -> None:
    paper.told()
    elsewhere(paper, PLAIN, NOW + HOUR)
    assert not paper.waits()
    elsewhere(paper, CUT, NOW + 2 * HOUR)
    assert paper.waits()
    assert paper.shows(CUT, "An assistant answers now.", NOW + 2 * HOUR) == "revised"
    assert (paper.articles(), paper.alerts()) == ([(1, CUT, "cut")], 1)
    paper.lists(PLAIN, NOW + 3 * HOUR)
    elsewhere(paper, CUT, NOW + 3 * HOUR)
    assert not paper.waits(), "neither feed has changed its words since"


SEEN: dict[str, tuple[str, str, str]] = {
    "another summary": (PLAIN, PLAIN, "(12 points)"),
    "the words of the first feed": (f"{PLAIN} again", PLAIN, ""),
}


@pytest.mark.parametrize(("before", "after", "summary"), SEEN.values(), ids=SEEN)
def test_what_says_nothing_new_of_a_story_of_another_feed_has_it_not_read_again(
    paper: Paper, before: str, after: str, summary: str
) -> None:
    paper.told()
    elsewhere(paper, before, NOW + HOUR)
    elsewhere(paper, after, NOW + 2 * HOUR, summary)
    assert not paper.waits()


def test_a_change_that_both_feeds_tell_is_read_once(paper: Paper) -> None:
    paper.told()
    elsewhere(paper, PLAIN, NOW + HOUR)
    paper.lists(CUT, NOW + 2 * HOUR)
    paper.shows(CUT, "An assistant answers now.", NOW + 2 * HOUR)
    elsewhere(paper, CUT, NOW + 3 * HOUR)
    assert not paper.waits()


def test_a_story_that_was_passed_over_is_fetched_for_a_second_feed_whose_words_are_worth_it(paper: Paper) -> None:
    paper.lists("The weather")
    elsewhere(paper, "More weather", NOW + HOUR)
    elsewhere(paper, CUT, NOW + 2 * HOUR)
    told = paper.ask("select id, outcome, duplicate_of as twin from entries where canonical_url like '%/1' order by id")
    assert told == [{"id": 1, "outcome": "passed_over", "twin": None}, {"id": 3, "outcome": None, "twin": None}]
    page = Extracted(CUT, "An assistant answers now.", TextState.FULL, published_at=NOW)
    paper.brings(PageRead(3, page, WordJudge().classify(CUT, "", None), URL), NOW + 2 * HOUR)
    assert paper.articles() == [(1, CUT, "cut")]


def test_a_second_feed_has_a_story_read_no_more_often_than_the_first(paper: Paper) -> None:
    paper.told()
    elsewhere(paper, PLAIN, NOW)
    read = 0
    for hour in range(1, 49):
        at = NOW + hour * HOUR
        elsewhere(paper, f"{PLAIN} {hour}", at)
        read += paper.waits() and paper.shows(f"{PLAIN} {hour}", f"As of {at}.", at) == "revised"
    assert read == MOST_READINGS
    elsewhere(paper, f"{PLAIN} 48", at + 7 * 24 * HOUR)
    assert paper.waits(), "the last change was not forgotten"
