"""No title becomes a formula in a spreadsheet, whichever way it left the store as CSV (RELIABILITY.md X4)."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from viewers import FIRST, full, inside

from monitor import site
from monitor.clock import utc_now
from monitor.editions import edition
from monitor.editions.edition import Wanted
from monitor.store import Database, Store

STARTS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
TITLES: Final = {
    "a function": '=HYPERLINK("https://evil.example","Read it")',
    "a program": "=cmd|' /C calc'!A0",
    "a sum": "+1+1",
    "a difference": "-2+3+cmd|' /C calc'!A0",
    "an old function": "@SUM(1+1)*cmd|' /C calc'!A0",
    "after a tab": "\t=1+1",
    "after a carriage return": "\r=1+1",
    "after a line's end": "\n=1+1",
    "in wide letters": "\uff1d1+1",
    "with a cell of its own": 'Firm","=1+1',
}
WAYS: Final = ("download/articles_view.csv", "monitor/articles_view.csv?_size=max", "monitor/articles.csv?_size=max",
               "monitor.csv?sql=select+title+from+articles")  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    def titled(db: Database) -> None:
        for number, title in enumerate(TITLES.values()):
            db.execute("update articles set title = ? where id = ?", [title, FIRST + number])

    path = full(tmp_path / "monitor.db")
    with Store.open(path, clock=utc_now) as store:
        store.submit(titled).result()
    return path


def cells(table: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]


def formulas(table: str) -> list[str]:
    """Return the cells that a spreadsheet would take for a formula; numbers are none."""
    return [cell for cell in cells(table) if cell.startswith(STARTS) and not _is_number(cell)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


async def test_titles_stay_text_in_every_csv(path: Path, counted: Callable[[str, int], None]) -> None:
    app = site.viewer(path)
    with Store.open(path, clock=utc_now, read_only=True) as store:
        made = store.read_now(lambda db: edition.write(db, path.parent / "editions", Wanted(utc_now().date())))
    tables = {way: (await inside(app, way)).text for way in WAYS}
    tables["edition"] = (made.path / "articles_view.csv").read_bytes().decode()
    for way, table in tables.items():
        assert formulas(table) == [], way
        guarded = [cell for cell in cells(table) if cell.startswith(tuple(f"'{start}" for start in STARTS))]
        assert len(guarded) >= len(TITLES) - 1, way
    counted("formula titles", len(TITLES) * len(tables))


def test_the_control_csv_as_it_is_written_elsewhere_holds_formulas() -> None:
    table = io.StringIO()
    csv.writer(table).writerows([title] for title in TITLES.values())
    assert len(formulas(table.getvalue())) == len(TITLES) - 1  # the cell of its own is no cell of its own
