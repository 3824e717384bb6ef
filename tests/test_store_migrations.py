"""Migrations: applied in order, each all or nothing, never without a checked copy, adding up to `schema.sql`."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from store_builders import NOW, added, entry, opened, polled, write

from monitor.errors import StoreError
from monitor.shipped import shipped
from monitor.store import audit
from monitor.store.connection import connect
from monitor.store.migrations import check_current, check_not_newer, migrate, migration_files, statements
from monitor.store.rows import rows, scalar
from monitor.store.schema import generated

ADD_COLUMN = "alter table feeds add column colour text;\n"
REBUILD = """
create table colours (id integer primary key, name text not null) strict;
insert into colours select id, url from feeds; -- a comment; with a semicolon
create trigger colours_ai after insert on colours begin
  update colours set name = upper(name) where id = new.id;
  delete from colours where name = 'NONE';
end;
"""
FAILS = "create table halfway (id integer primary key) strict;\ninsert into nowhere values (1);\n"
BREAKS_REFERENCES = "delete from feeds;\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a closed store with a feed and two entries."""
    path = tmp_path / "monitor.db"
    with opened(path) as store:
        write(store, lambda db: polled(db, added(db), entry(1), entry(2)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the released migrations, to add one to."""
    folder = tmp_path / "migrations"
    shutil.copytree(shipped("storage/migrations"), folder)
    return folder


def upgraded(path: Path, folder: Path) -> list[str]:
    """Return the names of the migrations that opening with this folder would apply."""
    db = connect(path)
    try:
        return migrate(db, path, folder)
    finally:
        db.close()


def look(path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as raw:
        found = raw.execute(sql).fetchall()
    raw.close()
    return found


def test_migrations_add_up_to_the_schema_file() -> None:
    assert shipped("storage/schema.sql").read_text(encoding="utf-8") == generated(), (
        "run `python -m monitor.store.schema`"
    )


def test_the_schema_file_alone_makes_the_same_tables_and_views() -> None:
    raw = sqlite3.connect(":memory:")
    raw.executescript(shipped("storage/schema.sql").read_text(encoding="utf-8"))
    made = {row[0] for row in raw.execute("select name from sqlite_master where type in ('table', 'view')")}
    raw.close()
    assert {"feeds", "polls", "entries", "articles", "events", "alerts", "deliveries", "articles_fts"} <= made


def test_every_table_of_ours_is_strict(path: Path) -> None:
    tables = look(path, "select name, strict from pragma_table_list where schema = 'main' and type = 'table'")
    ours = {
        name: strict for name, strict in tables if not str(name).startswith(("sqlite_", "_sqlite_", "articles_fts"))
    }
    assert set(ours.values()) == {1}


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(file.name[:4]) for file in migration_files()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_our_sql_is_in_lower_case() -> None:
    for file in migration_files():
        words = re.sub(r"--.*|'[^']*'", "", file.read_text(encoding="utf-8"))
        assert re.findall(r"\b(?:SELECT|CREATE|INSERT|UPDATE|TABLE|INDEX|VIEW|NOT|NULL)\b", words) == []


def test_a_store_is_upgraded_and_keeps_its_rows(path: Path, folder: Path) -> None:
    (folder / "9001_colour.sql").write_text(ADD_COLUMN + REBUILD, encoding="utf-8")
    assert upgraded(path, folder) == ["9001_colour"]
    assert look(path, "select count(*), max(colour) from feeds") == [(1, None)]
    assert look(path, "select name from colours") == [("https://news.example/feed",)]
    assert upgraded(path, folder) == []


def test_before_an_upgrade_a_checked_copy_is_laid_beside_the_store(path: Path, folder: Path) -> None:
    (folder / "9001_colour.sql").write_text(ADD_COLUMN, encoding="utf-8")
    upgraded(path, folder)
    copy = path.with_name("monitor.db.before-9001")
    with opened(copy) as store:
        assert store.read_now(lambda db: scalar(db, "select count(*) from entries")) == 2
        assert [f for f in store.read_now(lambda db: audit.audit(db, NOW)) if f.level == "problem"] == []
        assert "colour" not in [row["name"] for row in store.read_now(lambda db: rows(db, "pragma table_info(feeds)"))]


def test_a_store_of_the_first_version_is_upgraded_with_leases_and_feeds_in_it(tmp_path: Path) -> None:
    path, first = tmp_path / "old.db", tmp_path / "first"
    first.mkdir()
    shutil.copy(shipped("storage/migrations") / "0001_initial.sql", first)
    upgraded(path, first)
    with sqlite3.connect(path) as raw:
        for number, host in enumerate(("a.news.example", "b.news.example")):
            raw.execute("insert into hosts (host) values (?)", [host])
            raw.execute("insert into leases values (?, ?, '2026-01-01', '2026-01-02')", [f"token {number}", host])
        raw.execute(
            "insert into feeds (url, canonical_url, host, origin, added_at, interval_s, next_poll_at, failures)"
            " values ('https://b.news.example/f', 'https://b.news.example/f', 'b.news.example', 'added', '', 1, '', 3)"
        )
    raw.close()
    assert upgraded(path, shipped("storage/migrations")) == [file.stem for file in migration_files()[1:]]
    assert look(path, "select state, queue, failure_weight from feeds") == [("failing", "news.example", 3.0)]
    assert look(path, "select distinct queue from hosts") == [("news.example",)]


def test_a_new_store_needs_no_copy(path: Path) -> None:
    assert sorted(file.name for file in path.parent.glob("*before*")) == []


BROKEN: dict[str, tuple[str, type[Exception]]] = {
    "a statement fails": (FAILS, sqlite3.OperationalError),
    "references break": (BREAKS_REFERENCES, StoreError),
    "it ends in the middle": ("create table halfway (id integer", ValueError),
}


@pytest.mark.parametrize(("script", "error"), BROKEN.values(), ids=BROKEN.keys())
def test_an_upgrade_that_fails_leaves_the_store_as_it_was(
    path: Path, folder: Path, script: str, error: type[Exception]
) -> None:
    before = look(path, "select name, sql from sqlite_master order by name")
    (folder / "9001_broken.sql").write_text(ADD_COLUMN + script, encoding="utf-8")
    with pytest.raises(error):
        upgraded(path, folder)
    assert look(path, "select name, sql from sqlite_master order by name") == before
    assert look(path, "select count(*) from feeds") == [(1,)]


def test_steps_done_before_one_that_fails_stay_done(path: Path, folder: Path) -> None:
    (folder / "9001_colour.sql").write_text(ADD_COLUMN, encoding="utf-8")
    (folder / "9002_broken.sql").write_text(FAILS, encoding="utf-8")
    with pytest.raises(sqlite3.OperationalError):
        upgraded(path, folder)
    (folder / "9002_broken.sql").write_text(REBUILD, encoding="utf-8")
    assert upgraded(path, folder) == ["9002_broken"]
    assert path.with_name("monitor.db.before-9002").exists()


def test_a_store_of_tomorrow_is_refused_today(path: Path, folder: Path) -> None:
    (folder / "9001_colour.sql").write_text(ADD_COLUMN, encoding="utf-8")
    upgraded(path, folder)
    check_not_newer(path, folder)
    with pytest.raises(StoreError, match="9001_colour"):
        check_not_newer(path)
    with pytest.raises(StoreError, match="newer layoff-monitor"):
        opened(path)


def test_a_reader_is_told_that_an_upgrade_is_to_come(path: Path, folder: Path) -> None:
    check_current(path, folder)
    (folder / "9001_colour.sql").write_text(ADD_COLUMN, encoding="utf-8")
    with pytest.raises(StoreError, match="it lacks 9001_colour"):
        check_current(path, folder)


def test_a_script_is_cut_into_whole_statements() -> None:
    assert len(list(statements(ADD_COLUMN + REBUILD))) == 4
    assert list(statements("-- nothing but words;\n\n")) == []


def test_employers_whose_names_are_spellings_of_one_become_one_row_with_all_that_is_theirs(tmp_path: Path) -> None:
    path, first = tmp_path / "old.db", tmp_path / "first"
    first.mkdir()
    for number in ("0001_initial", "0002_the_field", "0003_judgement"):
        shutil.copy(shipped("storage/migrations") / f"{number}.sql", first)
    upgraded(path, first)
    names = ("Lumo Pay AB", "lumo pay", "Meta Financial", "The Lumo Pay", "Meta", "Norvik", "Norvik Inc")
    with sqlite3.connect(path) as raw:
        for name in names:
            raw.execute("insert into companies (name, name_key) values (?, ?)", [name, name.casefold()])
        raw.execute("update companies set parent_id = 4 where name = 'Meta'")
        raw.execute("update companies set parent_id = 1 where name = 'The Lumo Pay'")
        raw.execute("update companies set parent_id = 3 where name = 'Norvik Inc'")
        for company in (1, 2, 4, 5):
            raw.execute(
                "insert into events (company_id, label, kind, status, announced_on, date_precision, origin,"
                " source_tier, first_seen_at, updated_at)"
                " values (?, 'cut', 'event', 'planned', '2026-01-01', 'day', 'live', 2, '', '')",
                [company],
            )
    raw.close()
    upgraded(path, shipped("storage/migrations"))
    assert look(path, "select id, name, name_key, parent_id from companies order by id") == [
        (1, "Lumo Pay AB", "lumo pay", None),
        (3, "Meta Financial", "meta financial", None),
        (5, "Meta", "meta", 1),
        (6, "Norvik", "norvik", 3),
    ]
    assert look(path, "select company_id, stated_status from events order by id") == [(1, "planned")] * 3 + [
        (5, "planned")
    ]
