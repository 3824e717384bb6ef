"""Downloads: every row, fit for a spreadsheet, without holding the store or much memory."""

import asyncio
import csv
import io
import json
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from viewers import FIRST, Viewer, full, serving

from monitor import site
from monitor.clock import utc_now
from monitor.editions.formats import CSV, cell, csv_line
from monitor.site.downloads import ROWS
from monitor.site.spreadsheets import safe
from monitor.store import Store, connection, whole

MANY = 100_000
FORMULA = "=HYPERLINK(1)"
ENTRIES = """
insert into entries (canonical_url, identity, title, first_seen_at, outcome, reason, ended_at)
with recursive x (n) as (select 1 union all select n + 1 from x where n < 100000)
select 'https://e.example/' || n, 'many ' || n, 'Story ' || n, '2026-01-01T00:00:00.000Z', 'refused', 'robots_denied',
  '2026-01-01T00:00:00.000Z' from x
"""


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    path = full(tmp_path_factory.mktemp("downloads") / "monitor.db")
    with Store.open(path, clock=utc_now) as store:
        store.submit(lambda db: db.execute(ENTRIES)).result()
        store.submit(lambda db: db.execute("update articles set title = ?", [FORMULA])).result()
        store.submit(lambda db: db.execute("update events set quote = '-5 of 10', jobs_count = 7")).result()
    with serving(path) as running:
        yield running


def counted(viewer: Viewer, name: str) -> int:
    with closing(sqlite3.connect(viewer.store)) as db:
        return int(db.execute(f"select count(*) from {name}").fetchone()[0])  # noqa: S608  # a name of ours


@pytest.mark.parametrize("name", whole.WHOLE)
def test_every_view_is_complete_as_csv_and_as_json(name: str, viewer: Viewer) -> None:
    table = list(csv.DictReader(io.StringIO(viewer.get(f"download/{name}.csv")[1], newline="")))
    objects = viewer.json(f"download/{name}.json")
    assert len(table) == len(objects) == counted(viewer, name)
    key = whole.WHOLE[name].key
    assert len({tuple(row[column] for column in key) for row in objects}) == len(objects)


def test_a_view_of_more_rows_than_a_part_has_each_once_and_in_order(viewer: Viewer) -> None:
    rows = viewer.json("download/entries_view.json")
    assert len(rows) > MANY > ROWS
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})


def test_every_named_query_can_be_downloaded(viewer: Viewer) -> None:
    for name in site.metadata()["databases"]["monitor"]["queries"]:
        rows = viewer.json(f"download/{name}.json")
        assert viewer.get(f"download/{name}.csv")[1].count("\r\n") > len(rows), name


def test_a_file_has_a_name_that_says_what_it_is(viewer: Viewer) -> None:
    headers = viewer.ask("download/weeks.csv").headers
    assert headers["content-disposition"].startswith('attachment; filename="layoff-monitor-')
    assert headers["content-disposition"].endswith('-weeks.csv"')
    assert (headers["content-type"], headers["x-content-type-options"]) == ("text/csv; charset=utf-8", "nosniff")


@pytest.mark.parametrize(
    "name", ["articles.csv", "deliveries.csv", "nothing.json", "events_view.xlsx", "_internal.csv"]
)
def test_nothing_else_can_be_downloaded(name: str, viewer: Viewer) -> None:
    assert viewer.get(f"download/{name}")[0] == 404


@pytest.mark.parametrize(
    "path", ["download/articles_view.csv", "monitor/articles_view.csv", "monitor/articles.csv?_size=5"]
)
def test_no_cell_of_csv_is_a_formula(path: str, viewer: Viewer) -> None:
    titles = {row["title"] for row in csv.DictReader(io.StringIO(viewer.get(path)[1], newline=""))}
    assert titles == {f"'{FORMULA}"}
    shown = viewer.json("download/articles_view.json" if "view" in path else "monitor/articles.json?_shape=array")
    assert shown[0]["title"] == FORMULA


def test_numbers_stay_numbers_and_words_that_begin_like_one_do_not(viewer: Viewer) -> None:
    for path in ("download/events_view.csv", "monitor/events_view.csv"):
        row = next(csv.DictReader(io.StringIO(viewer.get(path)[1], newline="")))
        assert (row["quote"], row["jobs_count"]) == ("'-5 of 10", "7")


CELLS: dict[Any, Any] = {"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "x=": "x=",
                         "": "", -1: -1, -1.5: -1.5, None: None}  # fmt: skip


@pytest.mark.parametrize(("value", "written"), CELLS.items())
def test_a_cell_is_text_a_number_or_empty(value: object, written: object) -> None:
    assert cell(value) == written


def test_a_table_made_elsewhere_is_made_safe() -> None:
    before = 'a,b\r\n-1,-2.5e3\r\n"=1,2",+x\r\n"- a\r\nb",@\r\n'
    assert safe(before) == "a,b\r\n-1,-2.5e3\r\n\"'=1,2\",'+x\r\n\"'- a\r\nb\",'@\r\n"
    assert csv_line(['a"b', None]) == CSV.row((), ['a"b', None]) == '"a""b",\r\n'


def test_a_download_that_nobody_reads_on_holds_neither_writer_nor_log(viewer: Viewer) -> None:
    address = viewer.base.removeprefix("http://").rstrip("/").split(":")

    async def half() -> None:
        reader, writer = await asyncio.open_connection(address[0], int(address[1]))
        writer.write(b"GET /download/entries_view.csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200" in await reader.readline()
        await asyncio.sleep(0)
        with Store.open(viewer.store, clock=utc_now) as store:
            store.submit(lambda db: db.execute("update articles set author = hex(randomblob(9))")).result()
            with closing(connection.connect(viewer.store)) as other:
                assert connection.checkpoint(other, "truncate", patience_ms=5000)
        assert await asyncio.to_thread(viewer.get, "download/weeks.csv")
        writer.close()

    asyncio.run(half())
    assert viewer.get("")[0] == 200


async def test_a_large_download_takes_little_memory(viewer: Viewer) -> None:
    app = site.viewer(viewer.store)
    sizes: list[int] = []

    async def asked(path: str) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                 "headers": [(b"host", b"localhost")], "scheme": "http", "http_version": "1.1"}  # fmt: skip

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            return {}

        async def send(message: Any) -> None:
            sizes.append(len(message.get("body", b"")))

        await app(scope, receive, send)

    await asked("/download/weeks.csv")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await asked("/download/entries_view.json")
    assert sum(sizes) > 20_000_000
    assert max(sizes) < 400_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 15_000_000


def test_a_query_that_takes_too_long_is_told_in_the_place_of_a_file(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.site.downloads.PART_MS", 1)
    app = site.viewer(viewer.store)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    path = "/download/entries_view.csv"
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"",
             "raw_path": path.encode(), "headers": [(b"host", b"localhost")], "scheme": "http"}  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 503
    assert b"an edition has it all" in sent[1]["body"]


def test_the_pages_link_to_them(viewer: Viewer) -> None:
    for path, name in {
        "": "events_view",
        "ask": "weeks",
        "monitor/weeks": "weeks",
        "monitor/notes_view": "notes_view",
    }.items():
        assert f'href="/download/{name}.csv"' in viewer.get(path)[1], path


def test_what_is_new_is_shown_without_a_restart(viewer: Viewer) -> None:
    for number in (1, 2):
        with Store.open(viewer.store, clock=utc_now) as store:
            store.submit(
                lambda db, name=f"Fresh {number}": db.execute(
                    "update companies set name = ? where id = ?", [name, FIRST]
                )
            ).result()  # type: ignore[misc]
        assert f"Fresh {number}" in viewer.get(f"employers/{FIRST}")[1]
        assert f"Fresh {number}" in json.dumps(viewer.json("monitor/companies_view.json?_size=max"))
        assert f"Fresh {number}" in viewer.get("download/companies_view.csv")[1]


def test_each_whole_view_is_there_with_its_key_and_its_day(viewer: Viewer) -> None:
    with closing(sqlite3.connect(Path(viewer.store))) as db:
        for name, of in whole.WHOLE.items():
            columns = {row[0] for row in db.execute("select name from pragma_table_info(?)", [name])}
            assert {*of.key, *([of.since] if of.since else [])} <= columns, name
