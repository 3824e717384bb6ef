"""What sqlite-utils would do for a caller who does not look: none of it is possible here (S12).

It commits long inserts in parts, and makes columns out of whatever keys it is given. Our statements name their columns,
and run in one transaction each; the controls show what the library does.
"""

import ast
import math
import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_builders import added, entry, opened, polled, write

from monitor.store import Database, Store
from monitor.store.rows import insert, scalar

ROOT = Path(__file__).parents[2]
PARTS = frozenset({"insert_all", "upsert_all", "upsert", "create_table", "add_column", "transform", "enable_fts"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        write(store, added)
        yield store


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def traps(source: str) -> list[int]:
    """Return the lines of a source in which columns could be made, or rows be committed in parts."""
    found = []
    for call in calls(ast.parse(source)):
        named = isinstance(call.func, ast.Attribute) and isinstance(
            call.func.value, ast.Name | ast.Subscript | ast.Call
        )
        on_database = named and ast.unparse(call.func.value).startswith("db")
        alters = any(word.arg in {"alter", "extracts"} for word in call.keywords)
        if alters or (on_database and call.func.attr in PARTS):
            found.append(call.lineno)
    return found


def test_no_line_of_ours_lets_the_library_make_columns_or_commit_in_parts() -> None:
    found = {str(file): traps(file.read_text(encoding="utf-8")) for file in (ROOT / "monitor").rglob("*.py")}
    assert {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line", ["db['x'].insert_all(rows)", "db.table('x').upsert_all(rows)", "x.insert(row, alter=True)"]
)
def test_the_control_is_seen(line: str) -> None:
    assert traps(line) == [1]


def test_the_library_is_new_enough() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert "sqlite-utils>=4.2,<5" in named


def half_done(db: Database) -> None:
    """Write 999 rows one by one, the last of which breaks a constraint."""
    for number in [*range(998), 0]:
        insert(db, "meta", {"key": f"row {number}", "value": ""})


def test_of_many_rows_all_are_written_or_none(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        write(store, half_done)
    assert store.read_now(lambda db: scalar(db, "select count(*) from meta where key like 'row %'")) == 0


def test_the_control_with_the_library_s_own_insert_leaves_a_part(tmp_path: Path) -> None:
    db = Database(sqlite3.connect(tmp_path / "x.db"))
    db["meta"].create({"key": str}, pk="key")
    with pytest.raises(sqlite3.IntegrityError):
        db["meta"].insert_all([{"key": f"row {number}"} for number in [*range(498), 0]], batch_size=100)
    assert scalar(db, "select count(*) from meta") > 0
    db.close()


def test_a_key_that_is_no_column_makes_none(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no column named colour"):
        write(store, lambda db: insert(db, "meta", {"key": "a", "value": "b", "colour": "red"}))


CHANGE = "update feeds set interval_s = ?"
REFUSED: dict[str, tuple[Callable[[Database], object], type[Exception]]] = {
    "a number of 64 bits": (lambda db: insert(db, "feeds", {"id": 2**63}), OverflowError),
    "a number that is none": (
        lambda db: db.execute("update feeds set interval_s = ?", [math.nan]),
        sqlite3.IntegrityError,
    ),
    "a word for a number": (lambda db: db.execute("update feeds set interval_s = 'often'"), sqlite3.IntegrityError),
    "half a character": (lambda db: insert(db, "meta", {"key": "\ud800", "value": ""}), UnicodeEncodeError),
}


@pytest.mark.parametrize(("unit", "error"), REFUSED.values(), ids=REFUSED)
def test_a_value_that_a_column_cannot_hold_is_refused_alone(
    unit: Callable[[Database], object], error: type[Exception], store: Store
) -> None:
    with pytest.raises(error):
        write(store, unit)
    assert write(store, lambda db: polled(db, 1, entry(1))).new == 1
