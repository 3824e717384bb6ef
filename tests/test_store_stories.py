"""Stories in the store, found as articles come: by which layer, of how many, in whatever order."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_builders import NOW, article, opened, problems, write
from story_builders import lengthened, numbered, report, reworded, shortened, shuffled, stored, story_sets

from monitor.model import TextState
from monitor.store import Database, Store, articles, stories
from monitor.store.rows import rows, scalar

DRAW = Random(11)
WIRE = report(1)
OTHER = report(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def test_an_article_is_a_story_of_its_own_until_a_copy_comes(store: Store) -> None:
    write(store, lambda db: articles.upsert(db, article(), NOW))
    assert store.read_now(lambda db: scalar(db, "select story_id from articles_view")) == 1


def test_twenty_copies_of_an_agency_s_text_are_one_story(store: Store) -> None:
    changes = (reworded(WIRE, 0.05, DRAW), lengthened(WIRE, DRAW), shortened(WIRE, DRAW), shuffled(WIRE, DRAW), WIRE)

    def unit(db: Database) -> list[int]:
        return [stored(db, number, changes[number % 5]) for number in range(20)] + [stored(db, 99, OTHER)]

    ids = write(store, unit)
    assert store.read_now(lambda db: rows(db, "select * from stories_view order by story_id")) == [
        {
            "story_id": ids[0],
            "title": "Brackwater lets programs advise its customers",
            "articles": 20,
            "publishers": 20,
            "first_seen_at": "2026-03-02T09:00:00.000Z",
            "last_seen_at": "2026-03-02T09:00:00.000Z",
            "layers": "fingerprint",
        },
        {
            "story_id": ids[20],
            "title": "Brackwater lets programs advise its customers",
            "articles": 1,
            "publishers": 1,
            "first_seen_at": "2026-03-02T09:00:00.000Z",
            "last_seen_at": "2026-03-02T09:00:00.000Z",
            "layers": None,
        },
    ]
    assert store.read_now(lambda db: stories.copies(db, ids[3])) == ids[:3] + ids[4:20]
    assert store.read_now(problems) == []


def test_a_merge_is_recorded_with_layer_likeness_and_model(store: Store) -> None:
    write(store, lambda db: [stored(db, 1, WIRE), stored(db, 2, WIRE)])
    [merge] = store.read_now(lambda db: rows(db, "select * from story_merges"))
    assert merge == {
        "id": 1,
        "article_id": 2,
        "like_article_id": 1,
        "from_story_id": 2,
        "story_id": 1,
        "layer": "fingerprint",
        "likeness": 1.0,
        "why": None,
        "merged_at": "2026-03-02T09:00:00.000Z",
        "undone_at": None,
        "undone_why": None,
    }


def test_the_address_is_believed_before_the_text_and_the_title(store: Store) -> None:
    def unit(db: Database) -> None:
        stored(
            db,
            1,
            WIRE,
            url="https://a.example/story/1",
            canonical_url="https://a.example/story/1",
            publisher="a.example",
        )
        forms = {"url": "http://www.a.example/story/1/", "canonical_url": "http://www.a.example/story/1/"}
        stored(db, 2, WIRE, publisher="a.example", **forms)

    write(store, unit)
    assert store.read_now(lambda db: scalar(db, "select layer from story_merges")) == "address"


def test_a_page_that_names_another_outlet_s_as_the_original_is_its_copy(store: Store) -> None:
    def unit(db: Database) -> None:
        stored(db, 1, WIRE)
        stored(db, 2, "", text_state=TextState.PAYWALLED, stated_canonical="https://www.paper1.example/story")

    write(store, unit)
    assert store.read_now(lambda db: scalar(db, "select layer from story_merges")) == "address"


def test_a_title_makes_copies_within_one_publisher_only(store: Store) -> None:
    def unit(db: Database) -> None:
        for number, publisher in enumerate(("a.example", "a.example", "b.example")):
            stored(db, number, "", text_state=TextState.HEADLINE_ONLY, publisher=publisher)

    write(store, unit)
    assert store.read_now(lambda db: rows(db, "select article_id, layer from story_merges")) == [
        {"article_id": 2, "layer": "title"}
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"company": "Norvik Bank"}, id="employer"),
        pytest.param({"jobs_count": 4000}, id="number"),
        pytest.param({"country": "DE"}, id="place"),
    ],
)
def test_copies_by_their_words_are_two_stories_by(other: dict[str, Any], store: Store) -> None:
    write(store, lambda db: [stored(db, 1, WIRE, jobs_count=300, country="SE"), stored(db, 2, WIRE, **other)])
    assert store.read_now(story_sets) == numbered({1}, {2})


def test_reports_by_one_form_in_which_no_employer_was_read_are_two_stories(store: Store) -> None:
    def unit(db: Database) -> None:
        for number, firm in enumerate(("Norvik", "Halden")):
            stored(db, number, f"{WIRE} {firm} said so.", company=None, title=f"{firm} lets programs advise")

    write(store, unit)
    assert store.read_now(story_sets) == numbered({0}, {1})


def test_a_copy_without_facts_does_not_join_two_employers(store: Store) -> None:
    def unit(db: Database) -> None:
        text = f"{WIRE} Brackwater and Norvik do so."
        stored(db, 1, text, company="Brackwater")
        stored(db, 2, text, company="Norvik")
        stored(db, 3, text, company=None)

    write(store, unit)
    assert store.read_now(story_sets) == numbered({1, 3}, {2})


def test_two_stories_that_one_article_is_a_copy_of_become_one(store: Store) -> None:
    half = WIRE.split()
    first, second = " ".join(half[:150]), " ".join(half[150:])

    def unit(db: Database) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
        stored(db, 1, first)
        stored(db, 2, second)
        apart = story_sets(db)
        stored(db, 3, WIRE)
        return apart, story_sets(db)

    assert write(store, unit) == (numbered({1}, {2}), numbered({1, 2, 3}))
    merges = store.read_now(lambda db: rows(db, "select article_id, like_article_id, story_id from story_merges"))
    assert [(row["article_id"], row["like_article_id"], row["story_id"]) for row in merges] in (
        [(3, 1, 1), (3, 2, 1)],
        [(3, 2, 2), (3, 1, 1)],
    )


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(8)))
def test_stories_do_not_depend_on_the_order_in_which_articles_come(order: list[int]) -> None:
    texts = [report(1), report(2), report(3)]
    draw = Random(5)
    told = [texts[0], reworded(texts[0], 0.05, draw), shortened(texts[0], draw), lengthened(texts[0], draw)]
    told += [texts[1], shuffled(texts[1], draw), texts[2], reworded(texts[2], 0.05, draw)]
    with TemporaryDirectory() as folder, opened(Path(folder) / "monitor.db") as store:
        write(store, lambda db: [stored(db, number, told[number]) for number in order])
        assert store.read_now(story_sets) == numbered({0, 1, 2, 3}, {4, 5}, {6, 7})


def test_a_notice_in_every_text_leaves_the_search_bounded_and_finds_the_copy(store: Store) -> None:
    """The notice alone is half of every text, so all articles share keys; only the twenty newest of a key are asked."""
    notice = report(7, 100)

    def unit(db: Database) -> None:
        for number in range(60):
            stored(db, number, f"{report(100 + number, 300)} {notice}")
        stored(db, 99, f"{report(100, 300)} {notice}")

    write(store, unit)
    assert frozenset({"paper0.example", "paper99.example"}) in store.read_now(story_sets)
    assert len(store.read_now(story_sets)) == 60
