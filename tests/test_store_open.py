"""Opening a store: what is made, and what is refused and left byte for byte as it was."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from store_builders import NOW, added, entry, opened, polled, write

from monitor.errors import StoreError
from monitor.store import Database, audit, meta
from monitor.store.connection import APPLICATION_ID
from monitor.store.rows import scalar

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a closed store that holds a feed with entries."""
    path = tmp_path / "monitor.db"
    with opened(path) as store:
        write(store, lambda db: polled(db, added(db), *(entry(number) for number in range(400))))
    return path


def refusal(path: Path, *, read_only: bool = False) -> StoreError:
    """Return the error of opening, having seen that the file was left byte for byte as it was."""
    before = path.read_bytes()
    with pytest.raises(StoreError) as raised:
        opened(path, read_only=read_only)
    assert path.read_bytes() == before
    assert str(path.parent) in str(raised.value)
    return raised.value


# --- made ----------------------------------------------------------------------------------------------------------


def test_a_new_store_is_ours_and_sound(tmp_path: Path) -> None:
    with opened(tmp_path / "new folder" / "monitor.db") as store:
        assert store.read_now(lambda db: scalar(db, "pragma application_id")) == APPLICATION_ID
        assert [f for f in store.read_now(lambda db: audit.audit(db, NOW)) if f.level == "problem"] == []


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.touch()
    with opened(path) as store:
        assert store.read_now(lambda db: meta.get(db, "created_at")) == "2026-03-02T09:00:00.000Z"


def test_every_commit_is_flushed_and_references_are_enforced(tmp_path: Path) -> None:
    def settings(db: Database) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "journal_size_limit")
        return [scalar(db, f"pragma {name}") for name in names]

    with opened(tmp_path / "monitor.db") as store:
        assert write(store, settings) == ["wal", 2, 1, 5000, 64 * 2**20]


def test_readers_cannot_write(path: Path) -> None:
    with opened(path) as store, pytest.raises(StoreError, match="cannot be written"):
        store.read_now(lambda db: db.execute("delete from entries"))


def test_a_closed_store_is_one_file_without_a_log(path: Path) -> None:
    log = path.with_name("monitor.db-wal")
    assert not log.exists() or log.stat().st_size == 0


# --- refused -------------------------------------------------------------------------------------------------------


def spoil(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def replace_all(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(path.read_bytes().replace(old, new))


def swap_pages(path: Path, one: int, other: int) -> None:
    whole = bytearray(path.read_bytes())
    first, second = slice((one - 1) * PAGE, one * PAGE), slice((other - 1) * PAGE, other * PAGE)
    whole[first], whole[second] = whole[second], whole[first]
    path.write_bytes(whole)


def cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def pages_of(path: Path) -> int:
    return path.stat().st_size // PAGE


def changed(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute(sql)


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a text file": (lambda path: path.write_text("feeds:\n  - https://news.example/feed\n"), "not a SQLite database"),
    "five bytes": (lambda path: path.write_bytes(b"hello"), "not a SQLite database"),
    "half a header": (lambda path: cut(path, 50), "not a SQLite database"),
    "first byte flipped": (lambda path: spoil(path, 0, b"s"), "not a SQLite database"),
    "last byte of the magic flipped": (lambda path: spoil(path, 15, b"\x01"), "not a SQLite database"),
    "page size of nothing": (lambda path: spoil(path, 16, b"\x00\x03"), "damaged"),
    "an unknown file format": (lambda path: spoil(path, 18, b"\x09\x09"), "monitor.db"),
    "wrong payload fractions": (lambda path: spoil(path, 21, b"\x00\x00\x00"), "damaged"),
    "another application": (lambda path: spoil(path, 68, b"\x00\x01\x02\x03"), "another program"),
    "no application": (lambda path: spoil(path, 68, b"\x00\x00\x00\x00"), "another program"),
    "the schema's page kind": (lambda path: spoil(path, 100, b"\x00"), "damaged"),
    "the schema's cell count": (lambda path: spoil(path, 103, b"\xff\xff"), "damaged"),
    "the schema's text": (lambda path: replace_all(path, b"CREATE TABLE", b"CRXATE TABLE"), "damaged"),
    "cut to one page": (lambda path: cut(path, PAGE), "damaged"),
    "cut in half": (lambda path: cut(path, pages_of(path) // 2 * PAGE), "damaged"),
    "the last page cut off": (lambda path: cut(path, path.stat().st_size - PAGE), "damaged"),
    "cut in the middle of a page": (lambda path: cut(path, path.stat().st_size - PAGE // 2), "damaged"),
    "a page of zeros": (lambda path: spoil(path, (pages_of(path) - 2) * PAGE, bytes(PAGE)), "damaged"),
    "a page of noise": (lambda path: spoil(path, (pages_of(path) - 2) * PAGE, b"\xa5" * PAGE), "damaged"),
    "two pages swapped": (lambda path: swap_pages(path, 3, pages_of(path) - 1), "damaged"),
    "the first two pages swapped": (lambda path: swap_pages(path, 1, 2), "not a SQLite database"),
    "no migration noted": (lambda path: changed(path, "delete from _sqlite_migrations"), "migrations is not whole"),
    "a migration's name changed": (
        lambda path: changed(path, "update _sqlite_migrations set name = '0001_imitial' where name like '0001%'"),
        "migrations is not whole",
    ),
    "a name in it that is no text": (
        lambda path: changed(
            path, "update _sqlite_migrations set name = cast(x'ff30' as text) where name like '0001%'"
        ),
        "damaged",
    ),
    "the full-text index of another version": (
        lambda path: changed(path, "update articles_fts_config set v = 0 where k = 'version'"),
        "damaged (its full-text index",
    ),
    "zeros from the middle on": (
        lambda path: spoil(path, 20 * PAGE, bytes(path.stat().st_size - 20 * PAGE)),
        "damaged",
    ),
}


@pytest.mark.parametrize(("mutate", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_file_is_refused_and_left_as_it_was(
    path: Path, mutate: Callable[[Path], object], words: str
) -> None:
    mutate(path)
    error = refusal(path)
    assert words in str(error)
    assert (error.exit_code, error.retryable) == (3, False)


@pytest.mark.parametrize(("mutate", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_file_is_refused_by_readers_too(path: Path, mutate: Callable[[Path], object], words: str) -> None:
    mutate(path)
    assert refusal(path, read_only=True).exit_code == 3
    assert words


def test_a_foreign_database_gets_no_lock_file_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    other = sqlite3.connect(path)
    other.execute("create table songs (title text)")
    other.close()
    assert "another program" in str(refusal(path))
    assert [file.name for file in tmp_path.iterdir()] == ["foreign.db"]


def test_a_store_of_a_newer_program_is_refused(path: Path) -> None:
    newer = sqlite3.connect(path)
    newer.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('layoff-monitor', '9999_x', '')"
    )
    newer.commit()
    newer.close()
    assert "newer layoff-monitor (it knows 9999_x" in str(refusal(path))
    assert "newer layoff-monitor" in str(refusal(path, read_only=True))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        opened(tmp_path)


def test_a_log_without_its_store_is_refused(path: Path) -> None:
    path.unlink()
    log = path.with_name("monitor.db-wal")
    log.write_bytes(b"frames of a store that is gone")
    with pytest.raises(StoreError, match="a store was here"):
        opened(path)
    assert log.read_bytes() == b"frames of a store that is gone"
    assert not path.exists()


def test_there_is_nothing_to_read_where_no_store_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        opened(tmp_path / "monitor.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_stale_shared_memory_file_does_no_harm(path: Path) -> None:
    path.with_name("monitor.db-shm").write_bytes(b"\x07" * 32768)
    with opened(path) as store:
        assert store.read_now(lambda db: scalar(db, "select count(*) from entries")) == 400


def test_a_store_killed_while_it_was_made_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    half = sqlite3.connect(path, isolation_level=None)
    half.execute("pragma synchronous = off")  # its journal is valid from the first byte on, as it is after a flush
    half.execute("begin")
    half.execute(f"pragma application_id = {APPLICATION_ID}")
    journal = path.with_name("monitor.db-journal").read_bytes()
    half.execute("commit")
    half.close()
    path.with_name("monitor.db-journal").write_bytes(journal)
    assert (path.stat().st_size, journal[:1]) == (PAGE, b"\xd9")
    with opened(path) as store:
        assert write(store, added) == 1
