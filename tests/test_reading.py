"""What pages read: stories by words and facets, and what is there only once it has been computed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_builders import NOW, added, article, draft, opened, write

from monitor.errors import UsageError
from monitor.model import Facts, Origin
from monitor.store import Database, Store, articles, events, reading
from monitor.store.reading import stories
from monitor.store.reading.stories import Asked


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        write(store, fill)
        yield store


def fill(db: Database) -> None:
    feed = added(db)
    for number in range(1, 26):
        publisher = "paper.example" if number % 2 else "news.example"
        articles.upsert(db, article(number, feed_id=feed, publisher=publisher), NOW)


def look(store: Store, page: int = 0, **asked: str) -> stories.Found:
    return store.read_now(lambda db: stories.look(db, Asked(**asked), page))


def test_pages_of_stories_hold_each_once_the_last_stored_first(store: Store) -> None:
    found = [row["id"] for page in range(3) for row in look(store, page).page]
    assert found == list(range(25, 0, -1))


ASKED = {
    "all": ({}, 25),
    "words": ({"words": "replaces agents"}, 25),
    "a word that is nowhere": ({"words": "zebra"}, 0),
    "a publisher": ({"publisher": "paper.example"}, 13),
    "a publisher and words": ({"publisher": "paper.example", "words": "part"}, 13),
    "a label": ({"label": "cut"}, 25),
    "another label": ({"label": "hybrid"}, 0),
    "a kind": ({"kind": "event"}, 25),
    "a week": ({"week": "2026-W10"}, 25),
    "the week before": ({"week": "2026-W09"}, 0),
    "what is no week": ({"week": "2026-W99"}, 0),
    "a function no event has": ({"function": "software"}, 0),
    "a country no event has": ({"country": "SE"}, 0),
}


@pytest.mark.parametrize(("asked", "number"), ASKED.values(), ids=ASKED.keys())
def test_words_and_facets_narrow(asked: dict[str, str], number: int, store: Store) -> None:
    assert look(store, **asked).total == number


def test_facets_count_what_was_found(store: Store) -> None:
    facets = look(store, words="part").facets
    assert facets["publisher"] == [("paper.example", 13), ("news.example", 12)]
    assert facets["week"] == [("2026-W10", 25)]
    assert facets["function"] == []


def test_an_event_in_several_countries_counts_in_each(store: Store) -> None:
    def unit(db: Database) -> None:
        for number, country in enumerate(("AU;US", "US", None, "a\"b;'c"), 1):
            on = draft(facts=Facts(country=country))
            events.insert_event(db, on, article_id=number, origin=Origin.LIVE, now=NOW)

    write(store, unit)
    assert look(store, country="AU").total == 1
    assert look(store, country="U").total == 0
    assert look(store).facets["country"][0] == ("US", 2)


def test_matches_are_marked_in_title_and_text(store: Store) -> None:
    [row, *_] = look(store, words="agents answers").page
    assert row["title"] == "Brackwater Mutual replaces agents, part 25"
    assert [row["title"][start:end] for start, end in row["title_marks"]] == ["agents"]
    assert [row["snippet"][start:end] for start, end in row["marks"]] == ["answers"]


def test_words_that_ask_for_nothing_are_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="needs a word to look for"):
        look(store, words="-bank")


WEEKS = {"2026-03-02": "2026-W10", "2021-01-01": "2020-W53", "2026-03": None, None: None, "junk": None}


@pytest.mark.parametrize(("day", "week"), WEEKS.items())
def test_a_day_has_its_iso_week(day: str | None, week: str | None) -> None:
    assert stories.week_of(day) == week
    assert week is None or stories.week_of(str(stories.monday_of(week))) == week


def test_a_viewer_s_connection_is_bounded() -> None:
    with Database(memory=True) as db:
        reading.limit(db.conn)
        with pytest.raises(Exception, match="too big"):
            db.execute("select zeroblob(6000000)").fetchall()
