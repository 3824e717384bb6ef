"""What keeps the viewer to its reader: headers, closed paths, shut tables, bounded statements (RELIABILITY.md 7)."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest
from viewers import FIRST, MISSING, Viewer, full, serving

from monitor.site.safety import POLICY, is_open


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    with serving(full(tmp_path_factory.mktemp("safe") / "full.db")) as running:
        yield running


ANSWERS = ("", "stories", "monitor", "monitor/articles_view.json", "static/site.css", "-/versions", *MISSING,
           "monitor?sql=selec", f"events/{FIRST}.json")  # fmt: skip


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_tells_the_browser_what_it_may_not_do(path: str, viewer: Viewer) -> None:
    headers = viewer.ask(path).headers
    assert headers["content-security-policy"] == POLICY
    assert "script" not in POLICY
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["referrer-policy"] == "no-referrer"


def test_a_request_for_another_host_is_refused_with_these_headers(viewer: Viewer) -> None:
    answer = viewer.ask("", Host="evil.example")
    assert (answer.status, answer.headers["content-security-policy"]) == (421, POLICY)


INTERNALS = (
    "metadata metadata.json databases versions.json threads plugins settings config actor permissions allow-debug"
)


@pytest.mark.parametrize("path", INTERNALS.split())
def test_what_datasette_tells_of_itself_is_closed(path: str, viewer: Viewer) -> None:
    assert viewer.get(f"-/{path}") == (404, "Nothing is shown here.\n")


def test_only_static_files_of_datasette_are_open() -> None:
    assert [is_open(path) for path in ("/-/static/x.css", "/-/", "/-/static", "/stories")] == [True, False, False, True]


def test_tables_of_the_program_are_shut_one_by_one(viewer: Viewer) -> None:
    with closing(sqlite3.connect(viewer.store)) as db:
        tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
    open_ones = {table for table in tables if viewer.get(f"monitor/{table}")[0] != 403}
    assert open_ones == {"articles"}
    assert viewer.get("monitor/deliveries/1")[0] == 403
    assert viewer.get("monitor/articles_fts_data.json")[0] == 403


BOMBS = {
    "a value of a gigabyte": "select hex(zeroblob(500000000))",
    "ever more rows": "with recursive x (n) as (select 1 union all select n + 1 from x) select count(*) from x",
    "a product of tables": "select count(*) from entries a, entries b, entries c, entries d, entries e",
    "a pattern that backtracks": f"select 'a' like '{'%a' * 150}'",
    "a deep expression": "select " + "(" * 400 + "1" + ")" * 400 + " + 1" * 200,
    "a long statement": "select 1 -- " + "x" * 60_000,
    "another file": "attach database '/etc/passwd' as p",
    "a setting": "pragma journal_mode = delete",
}


@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS.keys())
def test_a_statement_that_asks_too_much_is_refused(sql: str, viewer: Viewer) -> None:
    started = time.monotonic()
    status = viewer.get(f"monitor.json?sql={quote(sql)}")[0]
    assert status in {400, 414, 500}
    assert time.monotonic() - started < 15  # far from what it would take unbounded
    assert viewer.get("ask")[0] == 200
