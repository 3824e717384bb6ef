"""`backup`: a copy is whole, checked and usable, whenever it is made; or there is none, and the reason is told."""

import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from store_builders import NOW, added, article, entry, opened, polled, problems, verdict, write

from monitor.cli import layoff_monitor
from monitor.errors import MonitorError, StoreError, UsageError
from monitor.model import Label
from monitor.store import Database, Store, articles, seeds
from monitor.store.backup import back_up, copy_verified
from monitor.store.connection import connect_read_only
from monitor.store.rows import scalar

ROOT = Path(__file__).resolve().parent.parent
COUNTS = """
select (select count(*) from articles) || ' ' || (select count(*) from entries)
  || ' ' || (select sum(is_seed) from articles)
"""


def filled(db: Database) -> None:
    """Write the seeds, a feed with two entries and an article."""
    for seed in seeds.read_seeds():
        seeds.insert_seed(db, seed, verdict(Label.CUT, company="Klarna"), NOW)
    polled(db, added(db), entry(1), entry(2))
    articles.upsert(db, article(1), NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a closed store with something in it, in a folder of its own."""
    path = tmp_path / "home" / "monitor.db"
    with opened(path) as store:
        write(store, filled)
    return path


def copied(path: Path, target: Path, **how: Any) -> Path:
    return back_up(path, target, now=NOW, **how).path


def left_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


# --- a copy is a store -------------------------------------------------------------------------------------


def test_a_copy_is_a_store_with_all_that_was_in_it(path: Path, tmp_path: Path) -> None:
    made = back_up(path, tmp_path / "copy.db", now=NOW)
    with opened(path) as store:
        expected = store.read_now(lambda db: scalar(db, COUNTS))
    with opened(made.path) as store:
        assert store.read_now(lambda db: scalar(db, COUNTS)) == expected == "5 2 4"
        assert store.read_now(problems) == []
        write(store, lambda db: polled(db, 1, entry(3)))


def test_what_is_said_of_a_copy_is_so(path: Path, tmp_path: Path) -> None:
    made = back_up(path, tmp_path / "copy.db", now=NOW)
    body = made.path.read_bytes()
    assert (made.bytes, made.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert (made.articles, made.entries, made.seeds) == (5, 2, 4)


def test_a_copy_can_be_read_by_its_maker_alone(path: Path, tmp_path: Path) -> None:
    assert copied(path, tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_folder_gets_a_copy_with_the_date_in_its_name(path: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert copied(path, tmp_path / "backups").name == "monitor-20260302T090000Z.db"


def test_the_store_is_left_as_it_was(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    copied(path, tmp_path / "copy.db")
    assert path.read_bytes() == before


def test_a_store_of_an_older_or_newer_program_is_copied_as_it_is(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('layoff-monitor', '9999_x', '')"
        )
    raw.close()
    with pytest.raises(StoreError, match="newer"):
        opened(path)
    assert copied(path, tmp_path / "copy.db").exists()


# --- beside a daemon that writes ---------------------------------------------------------------------------


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """Write one poll after the other, each with entries that its row counts, for as long as the block lasts."""
    stop, begun = threading.Event(), threading.Event()

    def work() -> None:
        for number in count(10, 3):
            write(store, lambda db, n=number: polled(db, 1, entry(n), entry(n + 1), entry(n + 2)))  # type: ignore[misc]
            begun.set()
            if stop.is_set():
                return

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(30)
    try:
        yield
    finally:
        stop.set()
        thread.join()


def program(*args: str, **how: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "monitor", *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120, **how)


def test_a_copy_made_while_the_owner_writes_holds_whole_polls_only(path: Path, tmp_path: Path) -> None:
    with opened(path) as store:
        with writing(store):
            made = [program("--db", str(path), "backup", str(tmp_path / f"{n}.db"), "--json") for n in range(2)]
        last = store.read_now(lambda db: scalar(db, "select count(*) from entries"))
    assert [done.returncode for done in made] == [0, 0], made
    entries = [json.loads(done.stdout)["entries"] for done in made]
    assert 2 < entries[0] < entries[1] <= last
    for number in range(2):
        with opened(tmp_path / f"{number}.db") as copy:
            assert copy.read_now(problems) == []


def test_a_copy_takes_nothing_from_the_owner(path: Path, tmp_path: Path) -> None:
    with opened(path) as store:
        assert program("--db", str(path), "backup", str(tmp_path / "copy.db")).returncode == 0
        assert store.still_owner()
        write(store, lambda db: polled(db, 1, entry(3)))
        with opened(tmp_path / "copy.db"):  # the note of the owner in it names another file
            pass


# --- where a copy may stand --------------------------------------------------------------------------------


def linked(path: Path, tmp_path: Path) -> Path:
    (tmp_path / "link.db").symlink_to(path)
    return tmp_path / "link.db"


def hard_linked(path: Path, tmp_path: Path) -> Path:
    os.link(path, tmp_path / "hard.db")
    return tmp_path / "hard.db"


HARMFUL = {
    "the store itself": lambda path, _: path,
    "the store by another way": lambda path, _: path.parent / ".." / path.parent.name / path.name,
    "the store by a link": linked,
    "the store by a hard link": hard_linked,
    "its log": lambda path, _: path.with_name("monitor.db-wal"),
    "its lock": lambda path, _: path.with_name("monitor.db.lock"),
    "its socket": lambda path, _: path.with_name("monitor.db.sock"),
}


@pytest.mark.parametrize("where", HARMFUL.values(), ids=HARMFUL)
@pytest.mark.parametrize("replace", [True, False])
def test_a_copy_is_never_put_over(where: Any, path: Path, tmp_path: Path, *, replace: bool) -> None:
    target, before = where(path, tmp_path), left_in(path.parent)
    with pytest.raises(UsageError, match="is the store itself or belongs to it; name another file"):
        copied(path, target, replace=replace)
    assert left_in(path.parent) == before


def test_a_file_that_is_there_is_replaced_only_if_wanted(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine", encoding="utf-8")
    with pytest.raises(MonitorError, match=r"copy\.db exists and is left as it is; .* --force"):
        copied(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text(encoding="utf-8") == "mine"
    with opened(copied(path, tmp_path / "copy.db", replace=True)) as store:
        assert store.read_now(lambda db: scalar(db, COUNTS)) == "5 2 4"


def test_what_is_no_file_is_never_replaced(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no file but a device or a pipe"):
        copied(path, tmp_path / "pipe", replace=True)
    assert (tmp_path / "pipe").is_fifo()


def test_a_store_that_is_in_use_is_not_replaced(path: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "other.db") as other:
        write(other, filled)
        with pytest.raises(MonitorError, match=r"other\.db-wal lies there, so other\.db is or was a store in use"):
            copied(path, tmp_path / "other.db", replace=True)
        assert other.still_owner()


def test_a_folder_that_is_not_there_is_not_made(path: Path, tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match=r"there is no folder .*/none; make it first, or is its disk not mounted\?"):
        copied(path, tmp_path / "none" / "copy.db")
    assert not (tmp_path / "none").exists()


# --- nothing half ------------------------------------------------------------------------------------------


def small_files() -> None:
    """Let no file of this process grow beyond 64 KiB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))


def test_a_disk_without_room_leaves_nothing(path: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    done = program("--db", str(path), "backup", str(tmp_path / "backups" / "copy.db"), preexec_fn=small_files)
    assert done.returncode in {1, 3}, done
    assert "copy.db" in done.stderr
    assert "Traceback" not in done.stderr
    assert left_in(tmp_path / "backups") == []


def test_a_place_that_cannot_be_written_is_told(path: Path) -> None:
    with pytest.raises(MonitorError, match=r"cannot be written \(.+\); nothing is left of it, name another place"):
        copied(path, Path("/proc/copy.db"))


def test_a_name_that_is_too_long_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match=r"cannot be written \(File name too long\)"):
        copied(path, tmp_path / ("a" * 300))
    assert left_in(tmp_path) == ["home"]


FAULTS = {
    "a seed that was changed": ("update articles set title = 'x' where is_seed", "is not as it was written"),
    "a seed that is missing": ("delete from articles where is_seed", "is missing"),
    "a reference to nothing": (
        "update entries set feed_id = 99 where id = 1",
        "row 1 of entries names a missing feeds",
    ),
}


@pytest.mark.parametrize(("sql", "words"), FAULTS.values(), ids=FAULTS)
def test_a_store_that_is_not_sound_makes_no_copy(sql: str, words: str, path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute(sql)
    raw.close()
    (tmp_path / "copy.db").write_text("last week's", encoding="utf-8")
    with pytest.raises(StoreError, match=f"is not sound .*{words}.* no copy was kept"):
        copied(path, tmp_path / "copy.db", replace=True)
    assert (tmp_path / "copy.db").read_text(encoding="utf-8") == "last week's"
    assert left_in(tmp_path) == ["copy.db", "home"]


def test_a_store_that_is_damaged_makes_no_copy(path: Path, tmp_path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[4096:] = bytes(len(body) - 4096)
    path.write_bytes(body)
    with pytest.raises(StoreError, match=r"home/monitor\.db is damaged"):
        copied(path, tmp_path / "copy.db")
    assert left_in(tmp_path) == ["home"]


def test_damage_that_is_met_while_copying_is_the_store_s(path: Path, tmp_path: Path) -> None:
    """Of a large store the look beforehand sees but a part."""
    body = bytearray(path.read_bytes())
    body[-8192:] = b"\xff" * 8192
    path.write_bytes(body)
    with closing(connect_read_only(path)) as db, pytest.raises(StoreError, match=r"home/monitor\.db is damaged"):
        copy_verified(db, path, tmp_path / "copy.db")
    assert left_in(tmp_path) == ["home"]


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        copied(tmp_path / "none.db", tmp_path / "copy.db")


def test_what_a_killed_run_left_is_cleared_away_after_a_day(path: Path, tmp_path: Path) -> None:
    old, young = tmp_path / ".layoff-monitor-a.partial", tmp_path / ".layoff-monitor-b.partial"
    old.touch()
    young.touch()
    os.utime(old, (0, time.time() - 2 * 86_400))
    copied(path, tmp_path / "copy.db")
    assert left_in(tmp_path) == [young.name, "copy.db", "home"]


# --- the command -------------------------------------------------------------------------------------------


def call(path: Path, *args: str) -> Result:
    return CliRunner().invoke(layoff_monitor, ["--db", str(path), "backup", *args])


def test_the_command_says_what_the_copy_holds_and_how_it_is_used(path: Path, tmp_path: Path) -> None:
    result = call(path, str(tmp_path / "copy.db"))
    assert result.exit_code == 0, result.output
    assert "5 articles, 2 entries" in result.stdout
    assert "4 seeds" in result.stdout
    assert "to go back to it, end the daemon" in result.stdout


def test_the_command_prints_one_json_document(path: Path, tmp_path: Path) -> None:
    made = json.loads(call(path, str(tmp_path), "--json").stdout)
    assert set(made) == {"path", "bytes", "articles", "entries", "seeds", "sha256"}
    assert datetime.strptime(Path(made["path"]).name, "monitor-%Y%m%dT%H%M%SZ.db").replace(tzinfo=UTC)


def test_a_copy_goes_to_the_store_s_place_as_the_command_says(path: Path, tmp_path: Path) -> None:
    """The way back by hand: move the store and its log away, copy, open."""
    copied(path, tmp_path / "copy.db")
    with opened(path) as store:
        write(store, lambda db: polled(db, 1, entry(3)))
    (tmp_path / "away").mkdir()
    for file in path.parent.glob("monitor.db*"):
        shutil.move(file, tmp_path / "away")
    shutil.copy(tmp_path / "copy.db", path)
    with opened(path) as store:
        assert store.read_now(lambda db: scalar(db, COUNTS)) == "5 2 4"
