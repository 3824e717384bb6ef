"""The page of an event: its sources by story, why each is of it, what changed and by whose word, what came of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from viewers import FIRST, Viewer, full, serving

EXCLUDED, RETIRED, REPEATED, UNANSWERED, LONELY = range(FIRST + 3, FIRST + 8)
EDITS = f"""
    update articles set story_id = {FIRST}, title = 'Told first', source_tier = 4 where id = {FIRST};
    update articles set story_id = {FIRST}, title = 'Told again', publisher = 'Paper B', source_tier = 2
      where id = {FIRST + 20};
    update articles set title = 'Told by another' where id = {FIRST + 40};
    update events set review_state = 'excluded' where id in ({EXCLUDED}, {RETIRED});
    update events set retired_at = '2026-03-04T09:00:00.000Z' where id = {RETIRED};
    update events set linked_event_id = {FIRST}, link_type = 'duplicates' where id = {REPEATED};
    update events set label = 'cut', announced_on = '2025-01-31', linked_event_id = null, link_type = null
      where id = {UNANSWERED};
    update events set linked_event_id = null, link_type = null where linked_event_id = {UNANSWERED};
    update events set source_tier = 4, linked_event_id = null, link_type = null where id = {LONELY};
    update articles set publisher = 'One' where event_id = {LONELY};
    update events set source_tier = 1 where id = {FIRST};
    update corrections set source_account_id = (select min(id) from accounts);
    update alerts set why = 'the rule is new';
"""  # noqa: S608  # our own numbers


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    store = full(tmp_path_factory.mktemp("events") / "full.db")
    with closing(sqlite3.connect(store)) as db:
        db.create_function("search_text", 1, lambda text: text)
        db.executescript(EDITS)
    with serving(store) as running:
        yield running


def words(viewer: Viewer, event: int) -> str:
    return " ".join(viewer.get(f"events/{event}")[1].split())


def test_copies_stand_under_the_nearest_source_of_their_story(viewer: Viewer) -> None:
    told = words(viewer, FIRST)
    assert told.index("Told again") < told.index("1 copy of it") < told.index("Told first")
    assert "4 reports by 3 publishers, 3 of them independent" in told
    assert told.count("card source") == 3  # two stories and an account


def test_each_story_says_why_it_is_of_the_event(viewer: Viewer) -> None:
    told = words(viewer, FIRST)
    assert "Of this event: a copy of this article tells of it." in told
    assert told.count("Of this event:") == 2


def test_an_account_of_a_file_leads_to_its_source_and_says_how_far_it_was_read(viewer: Viewer) -> None:
    told = words(viewer, FIRST)
    assert '<a href="https://paper.example/a" rel="noreferrer">Paper</a>' in told
    assert "how far it was read: read" in told


def test_a_correction_leads_to_whose_word_it_is(viewer: Viewer) -> None:
    assert '<a href="https://paper.example/a" rel="noreferrer">source</a>' in words(viewer, FIRST)


def test_an_alert_that_was_raised_says_what_became_of_it(viewer: Viewer) -> None:
    assert "rule “every event” · muted, the rule is new" in words(viewer, FIRST)


def test_a_cut_says_whether_anything_answered_it(viewer: Viewer) -> None:
    assert "Answered on" in words(viewer, FIRST)
    told = words(viewer, UNANSWERED)
    assert "3 months on: <strong>due</strong>" in told
    assert '<time datetime="2025-04-30" title="2025-04-30">30 April 2025</time>' in told


NOT_COUNTED = {
    EXCLUDED: "This event does not count: a person took it out.",
    RETIRED: "no source tells of it any more",
    REPEATED: f'it repeats <a href="/events/{FIRST}">event {FIRST}</a>',
}


@pytest.mark.parametrize(("event", "told"), NOT_COUNTED.items())
def test_an_event_that_does_not_count_says_so(event: int, told: str, viewer: Viewer) -> None:
    page = words(viewer, event)
    assert told in page
    assert '<p class="warning">' not in words(viewer, FIRST)


def test_an_event_of_one_unknown_source_says_why_trends_leave_it_out(viewer: Viewer) -> None:
    assert "Trends do not count it yet: they take a primary source" in words(viewer, LONELY)
    assert "Trends do not count it" not in words(viewer, FIRST)


def test_links_are_told_from_both_ends(viewer: Viewer) -> None:
    assert f'<a href="/events/{REPEATED}">' in words(viewer, FIRST)
    assert f'<a href="/events/{FIRST}">' in words(viewer, REPEATED)
