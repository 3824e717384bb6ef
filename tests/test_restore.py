"""`restore`: only a sound copy takes the store's place, the store that was there is kept, a kill anywhere is safe."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from restore_builders import FEEDS, LATER, copied, draft, ended_badly, feeds_in, kept
from store_builders import HOUR, NOW, article, opened, problems, write

from monitor.cli import layoff_monitor
from monitor.errors import MonitorError, StoreBusyError, StoreDamagedError, StoreError, UsageError
from monitor.store import Database, alerts, articles, meta
from monitor.store.backup import back_up
from monitor.store.connection import connect
from monitor.store.migrations import migrate, migration_files
from monitor.store.restore import restore
from monitor.store.rows import rows, scalar
from monitor.store.upkeep import RESTORED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a store with one feed, closed."""
    return kept(tmp_path / "home")


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    """Give a copy of the store as it was; the store has a second feed since."""
    return copied(path, tmp_path)


def names(path: Path) -> set[str]:
    """Return what lies beside the store, but for what SQLite leaves behind when it has looked."""
    return {file.name for file in path.parent.iterdir() if file.stat().st_size and not file.name.endswith("-shm")}


# --- what comes of it -------------------------------------------------------------------------------------


def test_the_copy_takes_the_place_of_the_store_which_is_kept_under_another_name(path: Path, copy: Path) -> None:
    done = restore(path, copy, now=LATER)
    assert done.kept is not None
    assert (feeds_in(path), feeds_in(done.kept), feeds_in(copy)) == (1, 2, 1)
    with opened(path) as store:
        assert store.read_now(problems) == []
        assert store.read_now(lambda db: meta.get(db, RESTORED)) == "2026-03-02T10:00:00.000Z"


def test_the_log_of_a_killed_daemon_goes_with_its_store_and_never_into_the_copy(path: Path, copy: Path) -> None:
    log = ended_badly(path)
    done = restore(path, copy, now=LATER)
    assert done.kept is not None
    assert done.kept.with_name(f"{done.kept.name}-wal").read_bytes() == log
    assert (feeds_in(path), feeds_in(done.kept)) == (1, 3)


def test_a_copy_beside_the_log_of_another_store_is_spoilt(path: Path, tmp_path: Path) -> None:
    """The control: what happens to who copies a backup over the store by hand, the log still there."""
    back_up(path, tmp_path / "early.db", now=NOW)
    ended_badly(path)
    shutil.copy(tmp_path / "early.db", path)
    with closing(sqlite3.connect(path)) as raw:
        try:
            sound = raw.execute("pragma integrity_check").fetchall() == [("ok",)]
            as_copied = sound and raw.execute(FEEDS).fetchone()[0] == 2
        except sqlite3.DatabaseError:
            as_copied = False
    assert not as_copied


def test_a_store_that_is_not_there_is_made_of_the_copy(path: Path, copy: Path) -> None:
    for file in path.parent.glob("monitor.db*"):
        file.unlink()
    done = restore(path, copy, now=LATER)
    assert (done.kept, feeds_in(path)) == (None, 1)


@pytest.mark.parametrize(
    "spoil", [b"", b"not a database", b"SQLite format 3\x00" + bytes(5000)], ids=["empty", "a text", "zeros"]
)
def test_a_damaged_store_is_replaced_and_kept_as_it_is(spoil: bytes, path: Path, copy: Path) -> None:
    path.write_bytes(spoil)
    done = restore(path, copy, now=LATER)
    assert done.kept is not None
    assert (done.kept.read_bytes(), feeds_in(path)) == (spoil, 1)


def test_a_copy_of_an_older_program_is_taken_and_brought_up_to_date_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "then").mkdir()
    for file in migration_files()[:1]:
        shutil.copy(file, tmp_path / "then")
    db = connect(tmp_path / "old.db")
    migrate(db, tmp_path / "old.db", tmp_path / "then")
    db.close()
    done = restore(tmp_path / "monitor.db", tmp_path / "old.db", now=LATER, hold=True)
    assert done.older
    with opened(tmp_path / "monitor.db") as store:
        assert store.read_now(problems) == []


# --- what waited in the copy ------------------------------------------------------------------------------


def states(path: Path) -> list[str]:
    sql = "select v.state from alerts a join deliveries_view v on v.alert_id = a.id order by a.sequence"
    with opened(path, read_only=True) as store:
        return [row["state"] for row in store.read_now(lambda db: rows(db, sql))]


def test_what_had_not_arrived_is_counted_and_sent_again_unless_it_is_held(path: Path, copy: Path) -> None:
    assert restore(path, copy, now=LATER).waiting == 2
    assert states(path) == ["pending", "retrying", "sent"]
    assert restore(path, copy, now=LATER + HOUR, hold=True).waiting == 2
    assert states(path) == ["muted", "expired", "sent"]


def test_what_is_told_of_after_it_is_no_repeat_to_those_who_were_told_before(path: Path, copy: Path) -> None:
    """Events are numbered from the copy on, so that one subject stands for two of them."""
    with opened(path) as store:
        before = write(store, lambda db: alerts.insert(db, draft("event:9"), [("desk", 1)], NOW))
    restore(path, copy, now=LATER)
    with opened(path) as store:
        after = write(store, lambda db: alerts.insert(db, draft("event:9"), [("desk", 1)], LATER))
        kept = store.read_now(lambda db: alerts.record(db, alerts.alert_id("every event", "event:1")))
    assert before != after
    assert kept.subject == "event:1"


# --- what is refused --------------------------------------------------------------------------------------


def seeded(db: Database) -> None:
    db.execute("insert into meta (key, value) values ('seed:x', 'y')")


def orphaned(db: Database) -> None:
    db.execute("pragma foreign_keys = off")
    db.execute("update entries set feed_id = 99")


def newer(db: Database) -> None:
    db.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('layoff-monitor', '9999_x', '')"
    )


def foreign(db: Database) -> None:
    db.execute("pragma application_id = 7")


def changed(unit: Callable[[Database], None]) -> Callable[[Path], None]:
    def work(copy: Path) -> None:
        db = connect(copy)
        unit(db)
        db.execute("pragma journal_mode = delete")
        db.close()

    return work


def torn(copy: Path) -> None:
    body = bytearray(copy.read_bytes())
    body[-8192:-4096] = b"\xa5" * 4096
    copy.write_bytes(body)


BAD: dict[str, tuple[Callable[[Path], Any], type[MonitorError], str]] = {
    "nothing": (lambda copy: copy.unlink(), UsageError, "there is no file"),
    "an empty file": (lambda copy: copy.write_bytes(b""), StoreError, "is empty"),
    "a text": (lambda copy: copy.write_text("feeds:\n" * 99), StoreDamagedError, "is not a SQLite database"),
    "a torn page": (torn, StoreError, "damaged|not sound"),
    "cut in half": (lambda copy: os.truncate(copy, copy.stat().st_size // 8192 * 4096), StoreDamagedError, "damaged"),
    "a database of another program": (changed(foreign), StoreError, "another program"),
    "a store of a newer program": (changed(newer), StoreError, "newer layoff-monitor"),
    "a missing seed": (changed(seeded), StoreError, "seed x is missing"),
    "a reference to nothing": (changed(orphaned), StoreError, "names a missing feeds"),
    "a store in use": (lambda copy: copy.with_name("copy.db-wal").write_bytes(b"x"), UsageError, "in use"),
}


@pytest.mark.parametrize(("spoil", "kind", "words"), BAD.values(), ids=BAD)
def test_a_bad_copy_is_refused_and_the_store_left_as_it_was(
    spoil: Callable[[Path], Any], kind: type[MonitorError], words: str, path: Path, copy: Path
) -> None:
    spoil(copy)
    body, beside = path.read_bytes(), names(path)
    with pytest.raises(kind, match=words):
        restore(path, copy, now=LATER)
    assert (path.read_bytes(), names(path)) == (body, beside)


def test_the_store_itself_is_no_copy_of_it(path: Path) -> None:
    for file in (path, path.parent / "." / "monitor.db"):
        with pytest.raises(UsageError, match="is the store itself"):
            restore(path, file, now=LATER)


def test_a_store_that_a_daemon_has_is_not_replaced(path: Path, copy: Path) -> None:
    with opened(path) as store:
        with pytest.raises(StoreBusyError, match="is owned by process"):
            restore(path, copy, now=LATER)
        assert store.read_now(lambda db: scalar(db, FEEDS)) == 2


# --- the command ------------------------------------------------------------------------------------------


def call(path: Path, *args: str) -> Result:
    return CliRunner().invoke(layoff_monitor, ["--db", str(path), "restore", *args])


def test_the_command_says_what_it_did_and_what_will_be_sent_again(path: Path, copy: Path) -> None:
    done = call(path, str(copy))
    assert done.exit_code == 0, done.output
    assert "2 deliveries that waited in this copy will be sent" in done.stdout
    assert "replaced-" in done.stdout
    assert "nothing that waited" in call(path, str(copy), "--hold").stdout.replace("2 deliveries", "nothing")


CODES = {"no such file": ("none.db", 2), "no copy": ("text.db", 3)}


@pytest.mark.parametrize(("name", "code"), CODES.values(), ids=CODES)
def test_a_refusal_has_its_exit_code(name: str, code: int, path: Path, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("x" * 200)
    assert call(path, str(tmp_path / name)).exit_code == code


def test_an_article_lives_on_in_the_copy(path: Path, tmp_path: Path) -> None:
    """The whole way round, as an operator goes it: store, copy, lose, restore, find again."""
    with opened(path) as store:
        write(store, lambda db: articles.upsert(db, article(1), NOW))
    back_up(path, tmp_path / "copy.db", now=NOW)
    path.write_bytes(b"")
    restore(path, tmp_path / "copy.db", now=LATER)
    with opened(path) as store:
        sql = "select count(*) from articles_fts where articles_fts match 'Brackwater'"
        assert store.read_now(lambda db: scalar(db, sql)) == 1
