"""Stories on the way of an article: assigned before its event is decided, however it comes; told by `explain`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pipes import WordJudge, runtime, settings
from typing import Any

import pytest
from store_builders import HOUR, NOW, added, at_noon, entry, opened, polled, write
from story_builders import report, stored, unassigned

from monitor import daemon, retelling
from monitor.classify import publishers
from monitor.explain import as_text, explain
from monitor.model import Extracted, PageRead, TextState
from monitor.record import Recorder
from monitor.store import Database, Store, entries, seeds, stories
from monitor.store.rows import rows, scalar

WIRE = f"Norvik lets its advisers go. {report(1)}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@dataclass(frozen=True)
class Desk:
    """Records pages as the pipeline does."""

    recorder: Recorder

    def live(self, db: Database, number: int, title: str, text: str, stated: str | None = None) -> str:
        polled(db, added(db), entry(number, title=title))
        url = f"https://paper{number}.example/story"
        return self.record(db, int(scalar(db, "select max(id) from entries")), title, text, url, stated)

    def imported(self, db: Database, title: str, text: str) -> str:
        entry_id, _ = entries.add_imported(db, url=None, identity=title, title=title, now=NOW)
        return self.record(db, entry_id, title, text, "")

    def record(self, db: Database, entry_id: int, title: str, text: str, url: str, stated: str | None = None) -> str:
        page = Extracted(title, text, TextState.FULL, published_at=NOW - HOUR, canonical_url=stated)
        verdict = self.recorder.classifier.classify(title, text, NOW.date())
        return self.recorder.page(db, PageRead(entry_id, page, verdict, url), NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Recorder(settings(tmp_path / "monitor.db"), publishers.load(), WordJudge()))


def test_polled_and_imported_copies_share_a_story(store: Store, desk: Desk) -> None:
    write(store, lambda db: desk.live(db, 1, "Norvik drops advisers", WIRE))
    write(store, lambda db: desk.live(db, 2, "Norvik drops all advisers", WIRE))
    write(store, lambda db: desk.imported(db, "Norvik drops its advisers", WIRE))
    write(store, lambda db: desk.live(db, 4, "Norvik drops a hint", report(2)))
    assert store.read_now(lambda db: [row["story_id"] for row in rows(db, "select story_id from articles_view")]) == [
        1, 1, 1, 4,
    ]  # fmt: skip


def test_a_page_that_names_another_outlet_s_page_as_the_original_is_its_copy(store: Store, desk: Desk) -> None:
    write(store, lambda db: desk.live(db, 1, "Norvik drops advisers", WIRE))
    write(store, lambda db: desk.live(db, 2, "Norvik drops advisers", report(2), "http://paper1.example/story/"))
    assert store.read_now(lambda db: [row["layer"] for row in rows(db, "select layer from story_merges")]) == [
        "address"
    ]


def test_a_copy_s_story_is_known_before_its_event_is_decided(
    store: Store, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an event is of is asked of the story; so the story comes first."""
    asked: list[int | None] = []
    decide = retelling.tell

    def deciding(db: Database, *args: Any) -> Any:
        asked.append(stories.event_of(db, int(scalar(db, "select max(id) from articles"))))
        return decide(db, *args)

    monkeypatch.setattr(retelling, "tell", deciding)
    for number in (1, 2):
        write(store, lambda db, number=number: desk.live(db, number, "Norvik drops advisers", WIRE))  # type: ignore[misc]
    assert asked == [None, 1]


def test_the_seeds_are_four_stories(store: Store, desk: Desk) -> None:
    write(store, lambda db: desk.recorder.load_seeds(db, NOW))
    assert store.read_now(lambda db: scalar(db, "select count(distinct story_id) from articles")) == 4
    assert store.read_now(lambda db: scalar(db, "select count(*) from sketches")) == 4


def test_the_full_text_of_a_seed_finds_its_copies(store: Store, desk: Desk) -> None:
    seed = seeds.read_seeds()[0]
    write(store, lambda db: desk.recorder.load_seeds(db, NOW))
    write(store, lambda db: desk.live(db, 1, "Klarna drops half its staff", WIRE))
    write(store, lambda db: desk.recorder.seed_text(db, seed.seed_id, "Klarna drops half its staff", WIRE, NOW))
    assert store.read_now(lambda db: stories.copies(db, 1)) == [5]


def test_explain_says_of_what_an_article_is_a_copy_and_from_what_it_was_parted(store: Store) -> None:
    write(store, lambda db: [stored(db, number, WIRE) for number in (1, 2, 3)])
    write(store, lambda db: stories.split(db, 1, "not the same", NOW))
    told = {number: store.read_now(lambda db, at=str(number): as_text(explain(db, at, NOW))) for number in (1, 3)}  # type: ignore[misc]
    assert [line for line in told[1] if "parted" in line][-1] == (
        "  parted    from article 2 at 2026-03-02T09:00:00.000Z: not the same"
    )
    assert "  story     2: 2 articles, 2 publishers; a copy of article 2 by its fingerprint, likeness 1.00" in told[3]


def test_explain_says_why_an_article_is_no_copy(store: Store) -> None:
    write(store, lambda db: [stored(db, 1, WIRE), stored(db, 2, WIRE, company="Norvik")])
    assert "  no copy   of article 1, in spite of its fingerprint: another employer" in store.read_now(
        lambda db: as_text(explain(db, "2", NOW))
    )


async def test_the_daemon_assigns_what_an_older_store_holds(tmp_path: Path) -> None:
    async with runtime(settings(tmp_path / "monitor.db"), at_noon) as given:

        def older(db: Database) -> None:
            for number in range(3):
                stored(db, number, WIRE)
            unassigned(db)

        await given.store.write(older)
        await daemon._find_copies(given)
        assert await given.store.read(lambda db: stories.copies(db, 1)) == [2, 3]
