"""A feed under the addresses it has and had: moving, merging, adding and removing it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_builders import NOW, added, entry, feed_row, opened, polled, write

from monitor.clock import to_text
from monitor.store import Database, Store, addresses, feeds
from monitor.store.listed import listed
from monitor.store.rows import Row, one, scalar, update


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def feed_of(db: Database, number: int) -> Row | None:
    return one(db, "select * from feeds where id = ?", [number])


def due(db: Database) -> list[str]:
    return [feed.url.split("//")[1] for feed in feeds.due(db, NOW, None, include_all=True)]


OLD, NEW = "https://news.example/feed", "https://paper.example/feed"


def again(db: Database, url: str) -> tuple[int, bool]:
    return feeds.add(db, url, title=None, origin="added", now=NOW, start_interval_s=9)


def test_a_feed_that_moved_keeps_entries_and_validators_and_is_found_under_both_addresses(store: Store) -> None:
    def unit(db: Database) -> tuple[object, ...]:
        feed = added(db, OLD)
        polled(db, feed, entry(1))
        became = addresses.move(db, feed, NEW, NOW)
        return became, again(db, OLD), again(db, NEW), feeds.get(db, feed).validators.etag

    assert write(store, unit) == ("moved", (1, False), (1, False), '"v1"')
    row = feed_row(store)
    assert (row["url"], row["canonical_url"], row["host"], row["queue"]) == (NEW, NEW, "paper.example", "paper.example")


def test_a_feed_that_moved_back_is_one_feed_still(store: Store) -> None:
    def unit(db: Database) -> list[str]:
        feed = added(db, OLD)
        for url in (NEW, OLD, NEW, OLD):
            addresses.move(db, feed, url, NOW)
        return due(db)

    assert write(store, unit) == ["news.example/feed"]


def test_a_feed_that_moved_onto_another_leaves_the_list_to_it_and_keeps_its_entries(store: Store) -> None:
    def unit(db: Database) -> tuple[object, ...]:
        old, new = added(db, OLD), added(db, NEW)
        polled(db, old, entry(1))
        became = addresses.move(db, old, NEW, NOW)
        kept = scalar(db, "select count(*) from entries where feed_id = ?", [old])
        return became, due(db), kept, again(db, OLD) == (new, False)

    assert write(store, unit) == ("merged", ["paper.example/feed"], 1, True)
    assert feed_row(store)["last_error"] == f"merged into feed 2, {NEW}"


def test_with_a_feed_all_the_addresses_it_had_are_merged(store: Store) -> None:
    def unit(db: Database) -> tuple[int, bool]:
        old, new = added(db, OLD), added(db, NEW)
        addresses.move(db, old, NEW + "/2", NOW)
        addresses.move(db, old, NEW, NOW)
        assert new == 2
        return again(db, OLD)

    assert write(store, unit) == (2, False)


@pytest.mark.parametrize("lost", ["removed_at", "gone_at"])
def test_a_feed_may_move_to_the_address_of_one_that_is_polled_no_more(store: Store, lost: str) -> None:
    def unit(db: Database) -> tuple[object, ...]:
        old, new = added(db, OLD), added(db, NEW)
        update(db, "feeds", new, {lost: to_text(NOW)})
        return addresses.move(db, old, NEW, NOW), due(db), again(db, OLD), again(db, NEW), listed(db, [NEW])

    assert write(store, unit) == ("moved", ["paper.example/feed"], (1, False), (1, False), {NEW})


def test_a_feed_that_is_gone_from_where_it_moved_is_asked_there_again_under_either_address(store: Store) -> None:
    def unit(db: Database) -> tuple[object, ...]:
        feed = added(db, OLD)
        addresses.move(db, feed, NEW, NOW)
        update(db, "feeds", feed, {"gone_at": to_text(NOW)})
        return listed(db, [OLD, NEW]), again(db, OLD), due(db), listed(db, [OLD, NEW, NEW + "/2"])

    assert write(store, unit) == (set(), (1, True), ["paper.example/feed"], {OLD, NEW})


def test_a_feed_is_removed_under_an_address_it_had(store: Store) -> None:
    def unit(db: Database) -> tuple[bool, bool]:
        addresses.move(db, added(db, OLD), NEW, NOW)
        return feeds.remove(db, OLD, NOW), feeds.remove(db, OLD, NOW)

    assert write(store, unit) == (True, False)


def test_a_feed_removed_meanwhile_moves_nowhere_and_takes_no_address_from_another(store: Store) -> None:
    def unit(db: Database) -> tuple[object, ...]:
        old, new = added(db, OLD), added(db, NEW)
        feeds.remove(db, OLD, NOW)
        said = feed_of(db, old)
        return addresses.move(db, old, NEW, NOW), feed_of(db, old) == said, again(db, OLD), new

    assert write(store, unit) == (None, True, (1, True), 2)
