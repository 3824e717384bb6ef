"""Rows are written as they were given, whatever is absent in them."""

import re
import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

import monitor
from monitor.store.rows import insert, one, update

TABLE = "create table words (id integer primary key, word text default 'said', \"order\" integer default 7, weight)"
NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)
ROWS = st.fixed_dictionaries(
    {"word": st.none() | st.text(), "order": NUMBERS, "weight": NUMBERS | st.floats(allow_nan=False) | st.binary()}
)


def table() -> Database:
    db = Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    db.execute(TABLE)
    return db


@given(ROWS)
def test_an_inserted_row_holds_what_was_given_and_no_default_for_what_is_none(row: dict[str, Any]) -> None:
    db = table()

    row_id = insert(db, "words", row)

    assert one(db, "select * from words") == {"id": row_id, **row}


@given(ROWS, ROWS)
def test_an_updated_row_holds_the_changes_and_others_hold_none_of_them(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    db = table()
    changed, other = insert(db, "words", before), insert(db, "words", before)

    update(db, "words", changed, after)

    assert one(db, "select * from words where id = ?", [changed]) == {"id": changed, **after}
    assert one(db, "select * from words where id = ?", [other]) == {"id": other, **before}


def test_no_statement_has_numbered_placeholders_which_python_3_14_takes_for_names() -> None:
    sources = {file: file.read_text(encoding="utf-8") for file in Path(monitor.__path__[0]).rglob("*.py")}

    assert [str(file) for file, text in sources.items() if re.search(r"[(=, ]\?[1-9][,) ]", text)] == []
