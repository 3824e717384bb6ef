"""The seeds: records every store begins with, written once, recognised by the operator's own files, watched over."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_builders import NOW, added, entry, opened, polled, verdict, write

from monitor.errors import StoreError
from monitor.model import Kind, Label, TextState
from monitor.shipped import shipped
from monitor.store import Database, Store, audit, seeds
from monitor.store.rows import one, rows, scalar

SEED = seeds.Seed(
    seed_id="a",
    title="Brackwater Mutual hires agents again",
    publisher="Example Weekly",
    url="https://weekly.example/brackwater",
    published_at="2025-05",
    date_precision="month",
    sha256="0" * 63 + "a",
    label=Label.REVERSAL,
    kind=Kind.EVENT,
    facts={"company": "Brackwater Mutual"},
    language="en",
    text="The insurer takes people back because its customers asked for them.",
    text_state=TextState.ABSTRACT,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        write(store, lambda db: seeds.insert_seed(db, SEED, verdict(Label.REVERSAL, company="Brackwater Mutual"), NOW))
        yield store


def seed_findings(store: Store) -> list[str]:
    return [finding.text for finding in store.read_now(audit.seed_articles)]


def test_a_seed_is_an_article_flagged_as_one(store: Store) -> None:
    sql = "select is_seed, origin, text_state, published_at, label, company from articles_view"
    assert store.read_now(lambda db: one(db, sql)) == {
        "is_seed": 1,
        "origin": "seed",
        "text_state": "abstract",
        "published_at": "2025-05",
        "label": "reversal",
        "company": "Brackwater Mutual",
    }


def test_a_seed_is_written_once(store: Store) -> None:
    again = replace(SEED, title="Other words")
    assert write(store, lambda db: seeds.insert_seed(db, again, verdict(), NOW)) == (1, False)
    assert store.read_now(lambda db: scalar(db, "select title from articles")) == SEED.title


def test_an_operator_s_own_text_takes_the_abstract_s_place(store: Store) -> None:
    write(store, lambda db: seeds.attach_text(db, "a", "Own title", "Own text.", verdict(Label.CUT), NOW))
    sql = "select id, title, text, text_state, label, is_seed from articles"
    assert store.read_now(lambda db: rows(db, sql)) == [
        {"id": 1, "title": "Own title", "text": "Own text.", "text_state": "full", "label": "cut", "is_seed": 1}
    ]
    assert seed_findings(store) == []


def test_a_text_that_comes_later_leaves_a_person_s_word_on_the_seed(store: Store) -> None:
    write(store, lambda db: db.execute("update articles set label = 'none', review_state = 'checked'").rowcount)
    write(store, lambda db: seeds.attach_text(db, "a", "Own title", "Own text.", verdict(Label.CUT), NOW))
    row = store.read_now(lambda db: one(db, "select text, label, review_state from articles where seed_id = 'a'"))
    assert row == {"text": "Own text.", "label": "none", "review_state": "checked"}


def test_a_text_for_no_seed_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError, match="no seed b"):
        write(store, lambda db: seeds.attach_text(db, "b", "Title", "Text.", verdict(), NOW))


def test_the_same_story_from_a_feed_is_a_duplicate_of_the_seed(store: Store) -> None:
    write(store, lambda db: polled(db, added(db), entry(1, url=SEED.url)))
    assert store.read_now(lambda db: one(db, "select outcome, article_id from entries")) == {
        "outcome": "duplicate",
        "article_id": 1,
    }


DAMAGE = {
    "a word of it": "update articles set text = text || '.'",
    "its title": "update articles set title = 'x'",
    "its flag": "update articles set is_seed = 0",
}


@pytest.mark.parametrize("sql", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_seed_that_was_changed_is_found(store: Store, sql: str) -> None:
    assert seed_findings(store) == []
    write(store, lambda db: db.execute(sql))
    assert len(seed_findings(store)) == 1


def test_a_seed_that_is_gone_is_found(store: Store) -> None:
    write(store, lambda db: db.execute("delete from articles"))
    assert seed_findings(store) == ["seed a is missing"]


def test_another_verdict_on_a_seed_is_no_damage(store: Store) -> None:
    write(store, lambda db: db.execute("update articles set label = 'cut'"))
    assert seed_findings(store) == []


def test_a_store_without_seeds_is_told_so(tmp_path: Path) -> None:
    with opened(tmp_path / "bare.db") as store:
        assert seed_findings(store) == ["no seed articles yet"]


# --- the file ----------------------------------------------------------------------------------------------------


def as_line(seed: seeds.Seed) -> str:
    return json.dumps({name: getattr(seed, name) for name in seed.__dataclass_fields__})


def test_seeds_are_read_from_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(f"{as_line(SEED)}\n\n{as_line(replace(SEED, seed_id='b', url=None))}\n", encoding="utf-8")
    assert seeds.read_seeds(path) == [SEED, replace(SEED, seed_id="b", url=None)]


@pytest.mark.parametrize("text", ["{", '{"seed_id": "a"}', as_line(SEED).replace("reversal", "turn")])
def test_a_broken_seed_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"articles\.jsonl cannot be read"):
        seeds.read_seeds(path)


def test_an_original_is_matched_by_its_digest() -> None:
    assert seeds.match_seed(SEED.sha256.upper(), [SEED]) == "a"
    assert seeds.match_seed("f" * 64, [SEED]) is None


def test_the_shipped_seeds_can_be_stored(tmp_path: Path) -> None:
    def unit(db: Database) -> int:
        return sum(seeds.insert_seed(db, seed, verdict(), NOW)[1] for seed in seeds.read_seeds())

    try:
        shipped("storage/seed/articles.jsonl")
    except FileNotFoundError:
        pytest.skip("the seed file is not there yet")
    with opened(tmp_path / "shipped.db") as store:
        assert write(store, unit) == 4
        assert {row["text_state"] for row in store.read_now(lambda db: rows(db, "select * from articles"))} == {
            "abstract"
        }
        assert seed_findings(store) == []
