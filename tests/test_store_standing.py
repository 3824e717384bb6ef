"""Who already stands for an address: one answer for a feed's new entry, for a redirect and for a page just read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from store_builders import NOW, added, article, on, opened, polled, problems, write

from monitor.model import Outcome, Reason, TextState
from monitor.store import Database, Store, articles, entries
from monitor.store.entries import Ending
from monitor.store.rows import one, rows, scalar

PAGE = "https://press.example/story/1"
ONE, TWO = "https://go.example/r/1", "https://go.example/r/2"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store
        assert store.read_now(problems) == []


def seen(db: Database, url: str, feed: str = "a", *, worth: bool = True) -> int:
    """Return the number of the entry that a feed's sighting of an address made."""
    found = scalar(db, "select id from feeds where url = ?", [f"https://{feed}.example/feed"])
    feed_id = found or added(db, f"https://{feed}.example/feed")
    polled(db, feed_id, on("any.example", 1, url=url, guid=url), worth=lambda _: worth)
    return int(scalar(db, "select max(id) from entries"))


def read(db: Database, entry_id: int, final_url: str, stated: str | None = None, **changes: Any) -> tuple[int, bool]:
    """Return what storing a page just read gives, and end its entry as the result transaction does."""
    entry = entries.get(db, entry_id)
    key = articles.canonical_of(stated, final_url, entry.canonical_url)
    new = article(1, url=entry.url, canonical_url=key, final_url=final_url, **changes)
    article_id, was_new = articles.upsert(db, new, NOW)
    outcome = Outcome.STORED if was_new else Outcome.DUPLICATE
    entries.end(db, entry_id, Ending(outcome, article_id=article_id), NOW)
    return article_id, was_new


def state(db: Database, entry_id: int) -> tuple[Any, ...]:
    row = one(db, "select outcome, duplicate_of, article_id from entries where id = ?", [entry_id]) or {}
    return tuple(row.values())


def failed(db: Database, entry_id: int) -> None:
    entries.end(db, entry_id, Ending(Outcome.FAILED, Reason.GONE), NOW)


def passed_over(db: Database, entry_id: int) -> None:
    entries.end(db, entry_id, Ending(Outcome.PASSED_OVER), NOW)


def refused(db: Database, entry_id: int) -> None:
    entries.end(db, entry_id, Ending(Outcome.REFUSED, Reason.ROBOTS_DENIED), NOW)


def waiting(_db: Database, _entry_id: int) -> None:
    pass


def kept(db: Database, entry_id: int) -> None:
    read(db, entry_id, PAGE)


WAITS = (None, None, None)
FIRST: dict[str, tuple[Callable[[Database, int], None], tuple[Any, ...]]] = {
    "one that failed does not": (failed, WAITS),
    "one that was passed over does not": (passed_over, WAITS),
    "one that was refused does": (refused, ("duplicate", 1, None)),
    "one that waits does": (waiting, ("duplicate", 1, None)),
    "one that is stored does": (kept, ("duplicate", 1, 1)),
}


@pytest.mark.parametrize(("ending", "second"), FIRST.values(), ids=FIRST.keys())
def test_what_became_of_an_entry_decides_whether_it_stands_for_its_address(
    store: Store, ending: Callable[[Database, int], None], second: tuple[Any, ...]
) -> None:
    def sighting(db: Database) -> tuple[Any, ...]:
        ending(db, seen(db, PAGE))
        return state(db, seen(db, PAGE, "b"))

    assert write(store, sighting) == second


@pytest.mark.parametrize(("ending", "second"), FIRST.values(), ids=FIRST.keys())
def test_a_redirect_gets_the_same_answer(
    store: Store, ending: Callable[[Database, int], None], second: tuple[Any, ...]
) -> None:
    def redirect(db: Database) -> tuple[Any, ...]:
        ending(db, seen(db, PAGE))
        entry_id = seen(db, ONE, "b")
        entries.move(db, entry_id, PAGE, NOW)
        return state(db, entry_id)

    assert write(store, redirect) == second


def test_a_copy_of_an_entry_that_failed_does_not_stand_either(store: Store) -> None:
    def unit(db: Database) -> list[tuple[Any, ...]]:
        first = seen(db, PAGE)
        seen(db, PAGE, "b")
        failed(db, first)
        return [state(db, seen(db, PAGE, "c")), state(db, seen(db, PAGE, "d"))]

    assert write(store, unit) == [WAITS, ("duplicate", 3, None)]


def test_words_that_are_not_worth_a_look_bring_no_failed_address_back(store: Store) -> None:
    def unit(db: Database) -> tuple[Any, ...]:
        failed(db, seen(db, PAGE))
        return state(db, seen(db, PAGE, "b", worth=False))

    assert write(store, unit) == ("duplicate", 1, None)


# --- chains -----------------------------------------------------------------------------------------------------------


def test_copies_of_an_entry_that_redirects_into_another_point_at_the_last_of_the_chain(store: Store) -> None:
    def unit(db: Database) -> list[tuple[Any, ...]]:
        direct, first = seen(db, PAGE), seen(db, ONE)
        copy = seen(db, ONE, "b")
        entries.move(db, first, PAGE, NOW)
        between = state(db, copy)
        read(db, direct, PAGE)
        return [between, state(db, copy), state(db, first)]

    assert write(store, unit) == [("duplicate", 1, None), ("duplicate", 1, 1), ("duplicate", 1, 1)]


def test_copies_of_an_entry_whose_page_turns_out_to_be_stored_get_its_article(store: Store) -> None:
    def unit(db: Database) -> list[tuple[Any, ...]]:
        direct, first = seen(db, PAGE), seen(db, ONE)
        copy = seen(db, ONE, "b")
        read(db, direct, PAGE)
        read(db, first, PAGE)
        return [state(db, first), state(db, copy)]

    assert write(store, unit) == [("duplicate", 1, 1), ("duplicate", 1, 1)]


def test_copies_of_an_entry_whose_article_no_entry_stands_for_get_the_article_alone(store: Store) -> None:
    def unit(db: Database) -> list[tuple[Any, ...]]:
        first = seen(db, PAGE)
        copy = seen(db, PAGE, "b")
        articles.upsert(db, article(1, canonical_url=PAGE), NOW)
        read(db, first, PAGE)
        return [state(db, first), state(db, copy)]

    assert write(store, unit) == [("duplicate", None, 1)] * 2


# --- redirectors ------------------------------------------------------------------------------------------------------


def read_after_moving(db: Database, url: str, feed: str = "a") -> tuple[int, str]:
    """Return an entry that redirects to the page, as the pipeline leads it there, and what became of it."""
    entry_id = seen(db, url, feed)
    if entries.get(db, entry_id).outcome is None and url != PAGE:
        entries.move(db, entry_id, PAGE, NOW)
    if entries.get(db, entry_id).outcome is None:
        read(db, entry_id, PAGE)
    return entry_id, str(entries.get(db, entry_id).outcome)


@pytest.mark.parametrize("order", [(ONE, TWO, PAGE), (PAGE, TWO, ONE), (TWO, PAGE, ONE)])
def test_a_story_behind_redirectors_is_one_article_in_any_order(store: Store, order: tuple[str, ...]) -> None:
    became = [write(store, lambda db, u=url: read_after_moving(db, u))[1] for url in order]  # type: ignore[misc]  # bound now
    assert became == ["stored", "duplicate", "duplicate"]
    assert store.read_now(lambda db: rows(db, "select id, canonical_url from articles")) == [
        {"id": 1, "canonical_url": PAGE}
    ]


def test_redirectors_that_are_read_at_the_same_time_are_one_article_too(store: Store) -> None:
    def unit(db: Database) -> list[Any]:
        numbers = [seen(db, ONE), seen(db, TWO), seen(db, PAGE)]
        return [read(db, number, PAGE) for number in numbers]

    assert write(store, unit) == [(1, True), (1, False), (1, False)]


def test_a_redirect_within_one_host_is_known_by_both_its_ends(store: Store) -> None:
    def unit(db: Database) -> list[Any]:
        short = seen(db, "https://press.example/?p=1")
        read(db, short, PAGE)
        other = seen(db, "https://press.example/short/1", "b")
        return [state(db, seen(db, PAGE, "c")), read(db, other, PAGE)]

    assert write(store, unit) == [("duplicate", 1, 1), (1, False)]
    assert store.read_now(lambda db: scalar(db, "select canonical_url from articles")) == "https://press.example/?p=1"


@pytest.mark.parametrize("front", ["https://press.example", "https://press.example/"])
def test_stories_that_lead_to_a_front_page_stay_apart(store: Store, front: str) -> None:
    def unit(db: Database) -> list[Any]:
        first, second = seen(db, ONE), seen(db, TWO)
        entries.move(db, first, front, NOW)
        begun = [read(db, first, front)]
        entries.move(db, second, front, NOW)
        return [*begun, read(db, second, front, title="Another", text="Another story.")]

    assert write(store, unit) == [(1, True), (2, True)]
    assert store.read_now(lambda db: [row["canonical_url"] for row in rows(db, "select * from articles")]) == [ONE, TWO]


def test_stories_that_lead_to_a_page_without_a_text_stay_apart(store: Store) -> None:
    wall = "https://login.example/enter"

    def unit(db: Database) -> list[Any]:
        first, second = seen(db, ONE), seen(db, TWO)
        entries.move(db, first, wall, NOW)
        begun = read(db, first, wall, text_state=TextState.SUMMARY)
        moved = entries.move(db, second, wall, NOW)
        words = {"title": "Another", "text": "Another story.", "text_state": TextState.SUMMARY}
        return [begun, moved, read(db, second, wall, **words)]

    assert write(store, unit) == [(1, True), "moved", (2, True)]


# --- what pages say of themselves -------------------------------------------------------------------------------------

SECTION = "https://press.example/news"
OTHER: dict[str, Any] = {"title": "Another title", "text": "Another text."}
CLAIMS: dict[str, tuple[dict[str, Any], tuple[int, bool]]] = {
    "the same words are the same story": ({}, (1, False)),
    "the same title is the same story": ({"text": "Another text."}, (1, False)),
    "the same words under another spacing are the same story": (
        {"title": article(1).title.upper(), "text": article(1).text.replace(" ", "  ")},
        (1, False),
    ),
    "other words are another story": (OTHER, (2, True)),
}


@pytest.mark.parametrize(("words", "expected"), CLAIMS.values(), ids=CLAIMS.keys())
def test_an_address_that_a_whole_site_claims_swallows_no_other_story(
    store: Store, words: dict[str, Any], expected: tuple[int, bool]
) -> None:
    first, second = "https://press.example/a", "https://press.example/b"

    def unit(db: Database) -> tuple[int, bool]:
        numbers = seen(db, first), seen(db, second)
        read(db, numbers[0], first, SECTION)
        return read(db, numbers[1], second, SECTION, **words)

    assert write(store, unit) == expected
    if expected[1]:
        sql = "select canonical_url from articles order by id"
        assert store.read_now(lambda db: [row["canonical_url"] for row in rows(db, sql)]) == [SECTION, second]


def test_the_entry_s_own_address_is_the_same_story_whatever_its_words(store: Store) -> None:
    def unit(db: Database) -> tuple[int, bool]:
        articles.upsert(db, article(1, canonical_url=PAGE), NOW)
        return articles.upsert(db, article(1, url=PAGE, canonical_url=SECTION, final_url=PAGE, **OTHER), NOW)

    assert write(store, unit) == (1, False)


def test_a_third_story_of_such_a_site_is_stored_as_well(store: Store) -> None:
    def unit(db: Database) -> list[tuple[int, bool]]:
        urls = [f"https://press.example/{name}" for name in "abc"]
        numbers = [seen(db, url) for url in urls]
        return [read(db, number, url, SECTION, title=url, text=url) for number, url in zip(numbers, urls, strict=True)]

    assert write(store, unit) == [(1, True), (2, True), (3, True)]
