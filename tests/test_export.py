"""`export`: a dated edition is whole, says what it holds, and is there or is not; never half."""

import csv
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from viewers import ROOT, full

from monitor.clock import utc_now
from monitor.editions import edition
from monitor.editions.edition import Edition, Wanted
from monitor.errors import MonitorError
from monitor.store import Database, Store, whole

DAY = date(2026, 11, 22)
FORMULA = "=cmd|' /C calc'!A0"
OTHERS = {"README.txt", "SHA256SUMS", "data-dictionary.csv"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = full(tmp_path_factory.mktemp("store") / "monitor.db")
    with Store.open(path, clock=utc_now) as store:
        store.submit(lambda db: db.execute("update articles set title = ?, text = 'of others'", [FORMULA])).result()
        store.submit(
            lambda db: db.execute("update articles set first_seen_at = '2020-01-01T00:00:00.000Z' where id % 2")
        ).result()
    return path


WANTED = Wanted(DAY)


def written(store: Path, folder: Path, wanted: Wanted = WANTED, *, replace: bool = False) -> Edition:
    with Store.open(store, clock=utc_now, read_only=True) as opened:
        return opened.read_now(lambda db: edition.write(db, folder, wanted, replace=replace))


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "monitor", *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_it_has_every_view_twice_and_what_explains_them(path: Path, tmp_path: Path) -> None:
    made = written(path, tmp_path)
    assert made.path == tmp_path / "layoff-monitor-2026-11-22"
    names = {f"{name}.{end}" for name in whole.WHOLE for end in ("csv", "jsonl")}
    assert {file.name for file in made.path.iterdir()} == names | OTHERS
    for name, number in made.rows.items():
        table, objects = rows(made.path / f"{name}.csv"), lines(made.path / f"{name}.jsonl")
        assert len(table) == len(objects) == number
        assert not objects or [*objects[0]] == [*table[0]]
        assert f"{name:<18} {number:>9,} rows" in (made.path / "README.txt").read_text(encoding="utf-8")


def test_every_column_is_in_the_data_dictionary_and_no_other(path: Path, tmp_path: Path) -> None:
    folder = written(path, tmp_path).path
    told = rows(folder / "data-dictionary.csv")
    assert all(row["description"] for row in told)
    for name in whole.WHOLE:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == [row["column"] for row in told if row["view"] == name and row["column"]]
    assert {row["unit"] for row in told if row["column"] == "days_to_reversal"} == {"day"}


def test_its_checksums_hold_and_find_a_change(path: Path, tmp_path: Path) -> None:
    folder = written(path, tmp_path).path
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert len((folder / "SHA256SUMS").read_text().splitlines()) == 2 * len(whole.WHOLE) + 2
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    (folder / "README.txt").write_text("changed")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1


def test_the_same_state_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    one, two = (written(path, tmp_path / name).path for name in ("one", "two"))
    assert {file.name: file.read_bytes() for file in one.iterdir()} == {
        file.name: file.read_bytes() for file in two.iterdir()
    }


def test_texts_of_others_are_left_out_unless_wanted(path: Path, tmp_path: Path) -> None:
    without, with_text = written(path, tmp_path / "a"), written(path, tmp_path / "b", Wanted(DAY, with_text=True))
    assert [file.name for file in without.path.iterdir() if b"of others" in file.read_bytes()] == []
    assert {row["text"] for row in rows(with_text.path / "articles_view.csv")} == {"of others"}
    assert "are left out" in (without.path / "README.txt").read_text()
    assert "private use" in (with_text.path / "README.txt").read_text()


def test_no_cell_is_a_formula_and_json_has_it_as_it_is(path: Path, tmp_path: Path) -> None:
    folder = written(path, tmp_path).path
    assert {row["title"] for row in rows(folder / "articles_view.csv")} == {f"'{FORMULA}"}
    assert {row["title"] for row in lines(folder / "articles_view.jsonl")} == {FORMULA}


def test_since_leaves_out_what_was_before(path: Path, tmp_path: Path) -> None:
    whole_one, later = written(path, tmp_path / "a"), written(path, tmp_path / "b", Wanted(DAY, date(2021, 1, 1)))
    assert later.rows["articles_view"] * 2 == whole_one.rows["articles_view"]
    assert later.rows["weekly_view"] == whole_one.rows["weekly_view"]
    told = (later.path / "README.txt").read_text()
    assert "Only rows of 2021-01-01 and later" in told
    assert "  events_view        updated_at\n" in told


def test_an_older_edition_stays_unless_it_is_to_be_replaced(path: Path, tmp_path: Path) -> None:
    first = written(path, tmp_path).path
    (first / "README.txt").write_text("mine")
    with pytest.raises(MonitorError, match="exists and is left as it is; name another folder, or add --force"):
        written(path, tmp_path)
    assert (first / "README.txt").read_text() == "mine"
    assert "edition of" in (written(path, tmp_path, replace=True).path / "README.txt").read_text()
    assert [file.name for file in tmp_path.iterdir()] == [first.name]


def test_a_folder_of_something_else_is_never_replaced(path: Path, tmp_path: Path) -> None:
    taken = tmp_path / "layoff-monitor-2026-11-22"
    taken.mkdir()
    (taken / "letters.txt").write_text("mine")
    with pytest.raises(MonitorError, match="holds something else than an edition"):
        written(path, tmp_path, replace=True)
    (taken / "letters.txt").unlink()
    assert written(path, tmp_path).path == taken


def test_a_file_or_link_in_its_place_is_told(path: Path, tmp_path: Path) -> None:
    taken = tmp_path / "layoff-monitor-2026-11-22"
    taken.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MonitorError, match="is no folder"):
        written(path, tmp_path, replace=True)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_nothing_and_an_older_edition_whole(path: Path, tmp_path: Path) -> None:
    first = written(path, tmp_path)

    def on_a_full_disk(db: Database) -> None:
        db.execute("select count(*) from articles").fetchone()  # SQLite has made what it needs
        with files_up_to(4000):
            edition.write(db, tmp_path, WANTED, replace=True)

    with (
        Store.open(path, clock=utc_now, read_only=True) as store,
        pytest.raises(MonitorError, match=r"cannot be written .* nothing is left of it"),
    ):
        store.read_now(on_a_full_disk)
    assert [file.name for file in tmp_path.iterdir()] == [first.path.name]
    assert sum(file.stat().st_size for file in first.path.iterdir()) == first.bytes


def test_it_is_one_moment_of_a_store_that_is_written_to(path: Path, tmp_path: Path) -> None:
    with Store.open(path, clock=utc_now) as owner, Store.open(path, clock=utc_now, read_only=True) as reader:

        def between(db: Database) -> Edition:
            db.execute("select count(*) from articles").fetchone()
            owner.submit(lambda own: own.execute("update companies set name = 'Changed'")).result()
            return edition.write(db, tmp_path, WANTED)

        made = reader.read_now(between)
        after = reader.read_now(lambda db: db.execute("select distinct name from companies").fetchall())
    assert after == [("Changed",)]
    assert b"Changed" not in (made.path / "companies_view.csv").read_bytes()


def test_the_command_says_what_it_wrote(path: Path, tmp_path: Path) -> None:
    ran = run("--db", path, "export", tmp_path / "editions")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"wrote {tmp_path / 'editions' / 'layoff-monitor-'}")
    told = json.loads(run("--db", path, "export", tmp_path / "other", "--json", "--since", "2026-01-01").stdout)
    assert set(told) == {"path", "rows", "bytes"}
    again = run("--db", path, "export", tmp_path / "editions")
    assert (again.returncode, "add --force" in again.stderr) == (1, True)
    assert run("--db", path, "export", tmp_path / "editions", "--force").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--db", "none.db", "export", "x"), 3, "there is no store at"),
        (("--db", "none.db", "export", "x", "--since", "May"), 2, "--since"),
        (("export",), 2, "DIR"),
    ],
)
def test_what_is_wrong_is_told_with_its_code(arguments: tuple[str, ...], code: int, words: str) -> None:
    ran = run(*arguments)
    assert ran.returncode == code
    assert words in ran.stderr


def test_a_folder_that_cannot_be_made_is_told(path: Path, tmp_path: Path) -> None:
    ran = run("--db", path, "export", tmp_path / "none" / "deeper")
    assert (ran.returncode, "cannot be written" in ran.stderr) == (1, True)
