"""What is read of rows, of lines, and of a person's words: targets of the fuzzer, with what each promises."""

import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from faults.mutants import Target, text_of

from monitor.accounts import reading, sheet, terms
from monitor.alerts import hours
from monitor.cli.terms import columns, counts, json_text
from monitor.control.messages import answer_in, request_of
from monitor.editions import formats
from monitor.errors import MonitorError, UsageError
from monitor.evaluate.items import read_items
from monitor.identity import clean_text
from monitor.log import escaped
from monitor.model import FiledAccount
from monitor.site.spreadsheets import safe
from monitor.store.migrations import statements
from monitor.store.search import marked, match_expression

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONES = (UTC, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati"))


@cache
def known_terms() -> terms.Terms:
    """Return the terms of the shipped tables, read once."""
    return terms.load(NOW.date())


def filed(data: bytes) -> Hashable:
    """A file of events: each row is an account that states what fits, or every reason why it is refused."""
    return _rows(lambda: list(sheet.opened(data, "events.csv").records()))


def filed_lines(data: bytes) -> Hashable:
    """The same as JSON Lines."""
    return _rows(lambda: list(sheet.lined(data, "events.jsonl")))


def _rows(opened: Callable[[], list[sheet.Record]]) -> Hashable:
    try:
        records = opened()
    except UsageError as error:
        return str(error)[:40]
    assert [record.line for record in records] == sorted({record.line for record in records})
    taken = refused = 0
    for record in records:
        found = reading.read(record, known_terms())
        if isinstance(found, FiledAccount):
            _check_account(found)
            taken += 1
        else:
            assert found
            assert all(one.line == record.line and one.right for one in found)
            refused += 1
    return taken, refused


def _check_account(found: FiledAccount) -> None:
    facts = found.facts
    assert found.external_id
    assert date(1990, 1, 1) <= found.announced_on <= NOW.date() + timedelta(days=1)
    assert found.source_tier in {1, 2, 3, 4}
    assert facts.jobs_count is None or facts.jobs_count <= (facts.jobs_count_max or facts.jobs_count)
    assert facts.share_pct is None or 0 < facts.share_pct <= 100
    assert found.url is None or found.url.lower().startswith("http")
    for words in (facts.company, facts.quote, found.publisher, found.external_id):
        assert words is None or clean_text(words) == words
    assert len(reading.digest(found)) == 71


def control_line(data: bytes) -> Hashable:
    """A line on the control socket, from either side: a command, an answer, or an error of ours."""
    shapes: list[Hashable] = []
    for reader in (request_of, answer_in):
        try:
            shapes.append(type(reader(data)).__name__)
        except MonitorError as error:
            shapes.append((type(error).__name__, str(error)[:20]))
    return tuple(shapes)


def labelled(data: bytes) -> Hashable:
    """Labelled items for `evaluate`: items, or the number of the wrong line."""
    try:
        return len(read_items(text_of(data).split("\n")))
    except UsageError as error:
        said = str(error)
    assert said.startswith(("line ", "the file "))
    return said[8:40]


@cache
def _index() -> sqlite3.Connection:
    found = sqlite3.connect(":memory:", check_same_thread=False)
    found.execute("create virtual table t using fts5(title, text, tokenize = 'unicode61 remove_diacritics 2')")
    found.execute("insert into t values ('Norvik cuts 320 jobs', 'An assistant answers; the staff leaves.')")
    return found


def searched(data: bytes) -> Hashable:
    """A person's words: a query that SQLite takes as it is meant, or a sentence that says what would be right."""
    text = text_of(data)
    shown, marks = marked(text)
    assert all(0 <= start <= end <= len(shown) for start, end in marks)
    try:
        query = match_expression(text)
    except UsageError as error:
        return str(error)[:20]
    with closing(_index().execute("select count(*) from t where t match ?", [query])) as found:
        return query.count('"'), "*" in query, "NOT" in query, found.fetchone()


def spoken(data: bytes) -> Hashable:
    """A time as a person says it: a moment on the right side of now, or a sentence."""
    text = text_of(data)
    shapes: list[Hashable] = []
    for zone in ZONES:
        for read, later in ((hours.ahead, True), (hours.back, False)):
            try:
                moment = read(text, NOW, zone)
            except UsageError:
                shapes.append("refused")
                continue
            assert (moment > NOW) == later
            assert moment.utcoffset() == timedelta(0)
            shapes.append((moment - NOW).days // 100)
    return tuple(shapes)


def written(data: bytes) -> Hashable:
    """Cells as they leave: no formula for a spreadsheet, no mark that moves a cursor, and the same JSON again."""
    text = text_of(data)
    cells = text.split("\n")[:6]
    line = formats.csv_line(cells)
    assert not any(str(formats.cell(cell)).startswith(tuple("=+-@\t\r")) for cell in cells)
    assert safe(line).count("\n") >= 1
    assert escaped(text).isprintable()
    assert escaped(json_text(cells)) == json_text(cells)
    table = columns([dict(zip("abcdef", cells, strict=False))], ("a", "b"), 20)
    assert all(part.isprintable() and len(part) <= 42 for part in table.split("\n"))
    counts(dict.fromkeys(cells, 3))
    return len(line).bit_length(), len(cells)


def scripted(data: bytes) -> Hashable:
    """An SQL script: its statements, none of them lost, or a fault that names where it ends."""
    script = text_of(data).replace("\0", "")
    try:
        found = list(statements(script))
    except ValueError:
        return "unfinished"
    assert all(sqlite3.complete_statement(one) for one in found)
    assert all(one in script for one in found)
    return len(found)


CSV = (
    (
        b"company,label,date,source_url,jobs_count,share_pct,country,quote\nNorvik Bank,cut,2026-05"
        b'-08,https://a.example/1,320,12.5%,DE,"320 posts, ""gone"""\nKlarion,rehiring,2025-05,The '
        b"Ledger,,,UK;FR,\n"
    ),
    "sep=;\r\ncompany;label;announced_on;url\r\nBücher AG;layoffs;2026;https://b.example/\r\n".encode("utf-16"),
    (
        b"\xef\xbb\xbfcompany\tlabel\tannounced_on\tsource\tlinked_external_id\tlink_type\nA\thybrid\t2024-02-29\tht"
        b"tps://c.example/\tx\treverses\n"
    ),
)
CSV_TOKENS = (
    b",", b";", b"\t", b'"', b'""', b"\r\n", b"\n", b"sep=;", b"sep=,\n", b"=cmd()", b"-1", b"2026-02-30",
    b"0000-01-01", b"99999999999", b"jobs_count_max", b"jobs_qualifier", b"up_to", b"source_tier", b"effective_on",
    b"date_precision", b"review_state", b"(a survey)", "٣٢٠".encode(), b"n/a", b"100.5%", b"http://[", b"US;DE-BY",
    b"mixed", b"external_id", b"\0", b"'", b"2026-05-08T10:00Z",
)  # fmt: skip
LINE = (
    b'{"company": "Norvik", "label": "cut", "announced_on": "2026-05-08", "url": "https://a.ex'
    b'ample/1", "jobs_count": 320}\n'
)
JSON = (
    b"[", b"]", b"{", b"}", b",", b":", b"null", b"1e999", b"9" * 400, b'"\\ud800"', b"true", b"NaN", b"-0",
    b'"ok": false', b'"error": ', b'"exit_code": []', b'"exit_code": 3', b'"answer": ', b'"command": ', b'"args": ',
    b'"kind": "event"', b'"jobs_count": 1e400', b'"label": "cut"',
)  # fmt: skip
LABELLED = (
    b'{"title": "Norvik cuts", "text": "AI", "label": "cut", "kind": "event", "jobs_count": 3,'
    b' "date": "2026-01-02", "group": 4}\n\n{"id": 1, "title": "B", "label": "none", "kind": "su'
    b'rvey", "company": null}'
)
QUERIES = (
    b'norvik "exact phrase" begin* -without',
    "\u201csmart\u201d AND (OR NEAR/2)".encode(),
    b'title:x {a b} ^c - * "',
)
QUERY_TOKENS = (
    b'"',
    b"*",
    b"-",
    b"^",
    b":",
    b"(",
    b")",
    b" AND ",
    b" NOT ",
    b"NEAR(",
    b"{",
    b"}",
    b"+",
    "\u0301".encode(),
    b"\x02",
    b"\x03",
)
TIMES = (b"7d", b"12h", b"2026-12-24", b"2026-11-22T23:30+05:45", b"9999d", b"20261301", b"2026-W50-1")
TIME_TOKENS = (
    b"d",
    b"h",
    b"9999-12-31",
    b"0001-01-01",
    b"T00:00",
    b"-23:59",
    b"+23:59",
    b"Z",
    b"0",
    b"W01",
    "\u0667".encode(),
)
SQL = (
    (
        b"create table t (a text); -- one;\ncreate trigger g after insert on t begin\n select 1; sel"
        b"ect ';';\nend;\n/* x */ insert into t values ('a;b');\n"
    ),
)
SQL_TOKENS = (
    b";",
    b"\n",
    b"'",
    b"--",
    b"/*",
    b"*/",
    b"begin",
    b"end;",
    b"create trigger ",
    b"case",
    b'"',
    b"[",
    b"\r",
    "\u2028".encode(),
)
CELLS = (b"=1+1\n+2\n-3\n@x\nplain\n'q", '\u202eabc\n\x1b[2J\n\ttab\n"a,b"\n1e5\n-1.5'.encode())

TARGETS = (
    Target("accounts.sheet", filed, CSV, CSV_TOKENS, 8),
    Target("accounts.lines", filed_lines, (LINE * 2,), JSON, 8),
    Target(
        "control.line",
        control_line,
        (b'{"command": "poll", "args": {"all": true}}', b'{"ok": false, "error": "x", "exit_code": 3}'),
        JSON,
        16,
    ),
    Target("evaluate.items", labelled, (LABELLED,), JSON, 12),
    Target("store.search", searched, QUERIES, QUERY_TOKENS, 16),
    Target("cli.times", spoken, TIMES, TIME_TOKENS, 12),
    Target("cli.cells", written, CELLS, (b"=", b"+", b"@", b"\t", b"\r", b'"', b",", b"\x1b", b"\n"), 8),
    Target("store.statements", scripted, SQL, SQL_TOKENS, 12),
)
