"""Files of events as they come: encodings, separators, broken rows, and what is no list of events at all."""

from datetime import date

import pytest

from monitor import accounts
from monitor.accounts.terms import Terms
from monitor.errors import UsageError
from monitor.model import FiledAccount

HEADER = "company,label,date,source_url"
ROW = "Brackwater Mutual,cut,2026-03-02,https://news.example/a"


@pytest.fixture(scope="module")
def terms() -> Terms:
    return accounts.load(date(2026, 6, 1))


def rows(terms: Terms, text: str | bytes) -> list[FiledAccount | list[accounts.Refusal]]:
    """Return what each row of a file gives."""
    sheet = accounts.opened(text.encode() if isinstance(text, str) else text, "events.csv")
    return [accounts.read(record, terms) for record in sheet.records()]


WRITTEN = {
    "in UTF-8": f"{HEADER}\n{ROW}\n".encode(),
    "with a byte order mark": f"{HEADER}\n{ROW}\n".encode("utf-8-sig"),
    "in UTF-16": f"{HEADER}\n{ROW}\n".encode("utf-16"),
    "with semicolons": f"{HEADER}\n{ROW}\n".replace(",", ";").encode(),
    "with tabs": f"{HEADER}\n{ROW}\n".replace(",", "\t").encode(),
    "with a spreadsheet's hint": f"sep=;\r\n{HEADER}\r\n{ROW}\r\n".replace(",", ";").encode(),
    "with line ends of Windows": f"{HEADER}\r\n{ROW}\r\n".encode(),
    "with empty lines": f"\n{HEADER}\n\n,,,\n{ROW}\n\n".encode(),
    "without a last line end": f"{HEADER}\n{ROW}".encode(),
    "with capitals and spaces above": f"Company ,LABEL,Announced Date,Source URL\n{ROW}\n".encode(),
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_file_is_read_however_it_is_written(terms: Terms, body: bytes) -> None:
    [found] = rows(terms, body)
    assert isinstance(found, FiledAccount)
    assert found.url == "https://news.example/a"


def test_a_line_is_counted_where_its_row_begins(terms: Terms) -> None:
    text = f'{HEADER},quote\n{ROW},"first\nsecond"\n{ROW.replace("cut", "shrink")},\n'
    _, found = rows(terms, text)
    assert isinstance(found, list)
    assert found[0].line == 4


FAULTY = {
    "a NUL": (ROW.replace("Mutual", "Mut\0ual"), "a NUL character"),
    "a cell too many": (f"{ROW},x", "5 cells, and the first line names 4 columns"),
    "a cell too few": ("Brackwater Mutual,cut,2026-03-02", "3 cells, and the first line names 4"),
    "a huge cell": (ROW.replace("Brackwater", "B" * 200_000), "more than 10000 characters"),
}


@pytest.mark.parametrize(("row", "words"), FAULTY.values(), ids=FAULTY.keys())
def test_a_row_that_cannot_be_read_does_not_keep_the_others_out(terms: Terms, row: str, words: str) -> None:
    bad, good = rows(terms, f"{HEADER}\n{row}\n{ROW}\n")
    assert isinstance(bad, list)
    assert words in bad[0].right
    assert isinstance(good, FiledAccount)


def test_a_quotation_mark_that_is_never_closed_is_told(terms: Terms) -> None:
    text = f'{HEADER}\n"{ROW}\n' + f"{ROW}\n" * 1000
    [found] = rows(terms, text)
    assert isinstance(found, list)
    assert "is a quotation mark never closed?" in found[0].right


NO_SHEETS = {
    "nothing": (b"", "is empty; its first line must name columns"),
    "only a mark": (b"\xef\xbb\xbf\n", "is empty"),
    "a workbook": (b"PK\x03\x04abc", "save it as CSV in UTF-8"),
    "another encoding": (f"{HEADER}\nCaf\xe9,cut".encode("latin-1"), "line 2: is not UTF-8 text"),
    "no source": (b"company,label,date\n", "one of source_url, url, link, source, sources; there are: company, label"),
    "no date": (b"company,label,source\n", "one of announced_date, announced_on, date"),
    "a column twice": (b"company,label,date,source,label\n", "the columns 'label' twice"),
    "two columns for one": (b"company,label,date,announced_on,source\n", "'date' and 'announced_on', which mean"),
    "no text at all": (b"\x00\x00\x00,\x00", "NUL"),
}


@pytest.mark.parametrize(("body", "words"), NO_SHEETS.values(), ids=NO_SHEETS.keys())
def test_a_file_that_is_no_list_of_events_is_refused_whole(body: bytes, words: str) -> None:
    with pytest.raises(UsageError) as refusal:
        accounts.opened(body, "events.csv")
    assert str(refusal.value).startswith("events.csv")
    assert words in str(refusal.value)


def test_columns_that_are_not_read_are_named() -> None:
    assert accounts.opened(f"{HEADER},horizon\n".encode(), "e.csv").unread == ["horizon"]
