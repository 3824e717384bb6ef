"""Stories taken apart and put together by a person, and what else asks for them."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from store_builders import NOW, draft, opened, problems, write
from story_builders import numbered, report, stored, story_sets, unassigned

from monitor.model import Label, Origin
from monitor.store import Database, Store, events, stories
from monitor.store.rows import one, rows, scalar

DRAW = Random(11)
WIRE = report(1)
OTHER = report(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


# --- taken apart and put together --------------------------------------------------------------------------------


def test_an_article_taken_out_of_a_story_stays_out(store: Store) -> None:
    def unit(db: Database) -> None:
        for number in (1, 2, 3):
            stored(db, number, WIRE)
        assert stories.split(db, 2, "another bank", NOW) == 2
        stories.assign(db, 2, NOW)
        stored(db, 4, WIRE)
        stored(db, 5, WIRE)

    write(store, unit)
    assert numbered({1, 3, 4, 5}) | numbered({2}) == store.read_now(story_sets)
    undone = store.read_now(lambda db: rows(db, "select article_id, undone_why from story_merges where undone_at > ''"))
    assert undone == [{"article_id": 2, "undone_why": "another bank"}]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_whichever_article_leaves_the_others_stay_together(order: tuple[int, ...], tmp_path: Path) -> None:
    with opened(tmp_path / "monitor.db") as store:
        leaving, *staying = order
        write(store, lambda db: [stored(db, number, WIRE) for number in (1, 2, 3)])
        write(store, lambda db: stories.split(db, leaving, "not the same", NOW))
        assert store.read_now(story_sets) == numbered({leaving}, set(staying))
        assert store.read_now(lambda db: {stories.story_of(db, number) for number in staying}) == {min(staying)}


def test_stories_held_together_by_one_article_part_with_it(store: Store) -> None:
    words = WIRE.split()

    def unit(db: Database) -> None:
        stored(db, 1, " ".join(words[:150]))
        stored(db, 2, " ".join(words[150:]))
        stored(db, 3, WIRE)
        stories.split(db, 3, "a medley", NOW)

    write(store, unit)
    assert store.read_now(story_sets) == numbered({1}, {2}, {3})


def test_a_person_puts_together_what_no_layer_would_and_what_was_apart(store: Store) -> None:
    def unit(db: Database) -> None:
        stored(db, 1, WIRE)
        stored(db, 2, WIRE)
        stored(db, 3, OTHER, company="Norvik")
        stories.split(db, 2, "wrong", NOW)
        stories.merge(db, 2, 1, "right after all", NOW)
        stories.merge(db, 1, 3, "one and the same", NOW + timedelta(hours=1))

    write(store, unit)
    assert store.read_now(story_sets) == numbered({1, 2, 3})
    assert store.read_now(lambda db: rows(db, "select * from stories_apart")) == []
    joined = store.read_now(lambda db: stories.joined_by(db, 2))
    assert joined is not None
    assert (joined["layer"], joined["why"], len(joined["undone"])) == ("person", "right after all", 1)


def test_what_a_person_put_together_stays_when_another_article_leaves(store: Store) -> None:
    def unit(db: Database) -> None:
        stored(db, 1, WIRE)
        stored(db, 2, WIRE)
        stored(db, 3, OTHER)
        stories.merge(db, 3, 1, "a translation", NOW)
        stories.split(db, 2, "wrong", NOW)

    write(store, unit)
    assert store.read_now(story_sets) == numbered({1, 3}, {2})


def test_what_is_not_there_is_named(store: Store) -> None:
    write(store, lambda db: stored(db, 1, WIRE))
    for unit in (
        lambda db: stories.assign(db, 7, NOW),
        lambda db: stories.split(db, 7, "no", NOW),
        lambda db: stories.merge(db, 1, 7, "no", NOW),
    ):
        with pytest.raises(LookupError, match="no article 7"):
            write(store, unit)


# --- what else asks ----------------------------------------------------------------------------------------------


def test_articles_of_before_are_assigned_in_portions(store: Store) -> None:
    def older(db: Database) -> None:
        for number in range(5):
            stored(db, number, WIRE)
        unassigned(db)

    write(store, older)
    portions = [write(store, lambda db: stories.backfill(db, 2, NOW)) for _ in range(4)]
    assert portions == [2, 2, 1, 0]
    assert store.read_now(story_sets) == numbered({0, 1, 2, 3, 4})


def test_new_words_of_an_article_are_looked_for_under_new_keys(store: Store) -> None:
    def unit(db: Database) -> None:
        stored(db, 1, WIRE)
        stored(db, 2, OTHER)
        db.execute("update articles set text = ? where id = 2", [report(3)])
        stories.assign(db, 2, NOW)
        stored(db, 3, OTHER)
        stored(db, 4, report(3))

    write(store, unit)
    assert store.read_now(story_sets) == numbered({1}, {2, 4}, {3})
    assert store.read_now(lambda db: scalar(db, "select count(*) from story_keys where band < 21")) == 4 * 21


@pytest.mark.parametrize(
    ("company", "told"),
    [
        pytest.param("Brackwater Mutual", True, id="the same"),
        pytest.param(None, True, id="unknown"),
        pytest.param("Norvik", False, id="another"),
    ],
)
def test_a_copy_tells_of_its_story_s_event_if_its_employer_is(company: str | None, told: bool, store: Store) -> None:  # noqa: FBT001  # a case
    def unit(db: Database) -> tuple[int, int | None]:
        first = stored(db, 1, f"{WIRE} Brackwater Mutual", company="Brackwater Mutual")
        event_id = events.insert_event(db, draft(Label.CUT), article_id=first, origin=Origin.LIVE, now=NOW)
        copy = stored(db, 2, f"{WIRE} Brackwater Mutual", company=company)
        if company == "Norvik":
            stories.merge(db, copy, first, "a test", NOW)
        return event_id, stories.event_of(db, copy)

    event_id, found = write(store, unit)
    assert found == (event_id if told else None)
    assert store.read_now(lambda db: one(db, "select 1 from articles where story_id is null")) is None


def test_a_story_known_by_another_number_is_a_finding(store: Store) -> None:
    write(store, lambda db: stored(db, 1, WIRE))
    write(store, lambda db: db.execute("update articles set story_id = 7"))
    assert [finding.text for finding in store.read_now(problems)] == ["story 7 begins with article 1"]
