"""What is read of an operator's files and of a person's words: targets of the fuzzer, with what each promises."""

import atexit
import os
import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkstemp
from zoneinfo import ZoneInfo

from faults.mutants import Target, text_of

from monitor.accounts import reading, sheet, terms, vocabulary
from monitor.alerts import hours
from monitor.classify import companies, cues, factbook, needs, publishers, weights
from monitor.cli.terms import columns, counts, json_text
from monitor.control.messages import answer_in, request_of
from monitor.editions import formats
from monitor.errors import ConfigurationError, MonitorError, UsageError
from monitor.evaluate.items import read_items
from monitor.identity import clean_text
from monitor.log import escaped
from monitor.model import FiledAccount
from monitor.settings import load
from monitor.settings.ruling import employers_of
from monitor.settings.starter import starter_feeds
from monitor.site.spreadsheets import safe
from monitor.store.migrations import statements
from monitor.store.search import marked, match_expression

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONES = (UTC, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati"))


@cache
def known_terms() -> terms.Terms:
    """Return the terms of the shipped tables, read once."""
    return terms.load(NOW.date())


@cache
def _paper() -> Path:
    """Return one private file for all runs of this process: making and removing one is slower than reading it."""
    number, name = mkstemp()
    os.close(number)
    atexit.register(os.unlink, name)
    return Path(name)


def _read_by(reader: Callable[[Path], object]) -> Callable[[bytes], Hashable]:
    """Return a target for a reader of an operator's file: what it reads, or a sentence that names the file."""

    def run(data: bytes) -> Hashable:
        path = _paper()
        path.write_bytes(data)
        try:
            return len(repr(reader(path))).bit_length()
        except ConfigurationError as error:
            assert str(path) in str(error)
            assert len(str(error)) < 6000
            return str(error).removeprefix(str(path))[:40]

    return run


def environment(data: bytes) -> Hashable:
    """Variables of ours, one a line."""
    pairs = (line.partition("=") for line in text_of(data).split("\n"))
    environ = {f"LAYOFF_MONITOR_{name}": value for name, _, value in pairs if name and "\0" not in name + value}
    environ.pop("LAYOFF_MONITOR_CONFIG", None)
    try:
        found = load(None, {"HOME": "/home/you", **environ})
    except ConfigurationError as error:
        return str(error)[:40]
    assert found.poll.min_interval_s <= found.poll.start_interval_s <= found.poll.max_interval_s
    return found.network.host_delay_s, found.poll.start_interval_s


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
        assert str(error).startswith(("line ", "the file "))
        return str(error)[8:40]


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


def clause(data: bytes) -> Hashable:
    """A pattern line of the cue book: what must occur for it to fit."""
    found = needs.clauses(text_of(data).split("\n")[0][:300])
    assert all(found)
    return len(found)


CONFIG = (
    b'[store]\npath = "monitor.db"\n[feeds]\nstarter = true\n[network]\nallow_private = ["127.0.0.1:8080"]\n'
    b'host_delay_s = 2.5\ncontact = "https://desk.example/bot"\n[poll]\nmin_interval_s = 300\n[alerts]\n'
    b'time_zone = "Europe/Paris"\nsite_url = "https://desk.example/"\n',
    b'[channels.desk]\nkind = "webhook"\nurl = "https://hooks.example/x"\nsecret = "whsec_'
    b'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"\n[[rules]]\nname = "cuts"\nlabels = ["cut"]\nchannels = ["desk"]\n'
    b'quiet_hours = "22:00-07:00"\nmin_jobs = 10\ncountries = ["DE"]\n',
    b'[channels.letters]\nkind = "mail"\nhost = "127.0.0.1"\ntls = "none"\nfrom = "a@desk.example"\nto = ["b@c.example"]\n'
    b'[second_opinion]\nbase_url = "http://127.0.0.1:11434/v1"\nmodel = "small"\n',
    b'[[rules]]\nname = "list"\nkind = "watchlist"\nlist = "firms.csv"\n[channels.chat]\nkind = "apprise"\nurl_file = "x"\n',
)
TOML = (
    *(b"[store]\n", b"path = ", b'"\\u0000"', b'"~nobody/x"', b'"~"', b"[[rules]]\n", b"[channels.x]\n", b'kind = "mail"\n', b"= [[["),
    *(b"1979-05-27T07:32:00Z", b"1e400", b"nan", b"-1", b"true", b"{a = 1}", b"'''", b'"\\U0010ffff"', b"host_delay_s = ", b"api_key = "),
    *(b'secret_file = "x"\n', b'password_file = "\\u0000"\n', b'url_file = "~x/y"\n', b'ca_file = "~x/y"\n', b'list = "\\u0000"\n'),
    *(b'time_zone = "../../x"\n', b'quiet_hours = "24:00-25:00"\n', b'base_url = "http://["\n', b'site_url = "http://["\n', b"months = [3]"),
    *(b'functions = ["x"]\n', b'employers = [""]\n', b"weight = ", b"patterns = [", b'"(?P<a>{ai} .. jobs"', b'"(a+)+b{2,1}"', b"@ai|"),
)
VARIABLES = (
    b"STORE_PATH=/data/x.db\nNETWORK_HOST_DELAY_S=3\nFEEDS_STARTER=true\nPOLL_MIN_INTERVAL_S=600",
    b"NETWORK_ALLOW_PRIVATE=127.0.0.1:*, [::1]:80\nCHANNELS_DESK_SECRET=x\nALERTS_TIME_ZONE=UTC",
)
TABLES = (
    b'version = 1\n[words]\nai = ["ai|chat bot"]\njob = ["job|jobs", "@ai"]\n[cut.layoff]\npatterns = ["{ai} .. cuts ... {job}"]\nweight = 2\n',
    b'version = 1\n[employers]\n"Norvik" = ["Norvik Bank"]\n"Klarion" = []\n[not_employers]\nnames = ["x"]\n[headline]\ndescriptors = ["y"]\n',
    b'[tier1]\nhosts = ["a.example"]\nnames = ["A"]\n[tier2]\nhosts = []\nnames = []\n[tier3]\nhosts = []\nnames = []\n',
    b'[[feeds]]\nname = "Desk"\nurl = "https://a.example/feed"\nlanguage = "en"\ninterval_s = 3600\n',
    b'[people]\nnouns = ["job*"]\n[moves]\naway = ["cut"]\n[country]\nDE = ["germany"]\n',
    b'nothing = ["n/a"]\n[label]\ncut = ["layoff"]\nnone = []\n[kind]\nevent = []\n[country]\nDE = ["germany"]\ncodes = ["DE"]\n',
)
WEIGHTS = b'{"label_temperature": 1.0, "kind_temperature": 1.0, "features": {"": {"cut": -0.9, "none": 2.9, "event": 0.8}}}'
CSV = (
    b"company,label,date,source_url,jobs_count,share_pct,country,quote\nNorvik Bank,cut,2026-05-08,https://a.example/1,320,12.5%,DE,"
    b'"320 posts, ""gone"""\nKlarion,rehiring,2025-05,The Ledger,,,UK;FR,\n',
    "sep=;\r\ncompany;label;announced_on;url\r\nBücher AG;layoffs;2026;https://b.example/\r\n".encode("utf-16"),
    b"\xef\xbb\xbfcompany\tlabel\tannounced_on\tsource\tlinked_external_id\tlink_type\nA\thybrid\t2024-02-29\thttps://c.example/\tx\treverses\n",
)
CSV_TOKENS = (
    *(b",", b";", b"\t", b'"', b'""', b"\r\n", b"\n", b"sep=;", b"sep=,\n", b"=cmd()", b"-1", b"2026-02-30", b"0000-01-01", b"99999999999"),
    *(b"jobs_count_max", b"jobs_qualifier", b"up_to", b"source_tier", b"effective_on", b"date_precision", b"review_state", b"(a survey)"),
    *("٣٢٠".encode(), b"n/a", b"100.5%", b"http://[", b"US;DE-BY", b"mixed", b"external_id", b"\0", b"'", b"2026-05-08T10:00Z"),
)
LINE = b'{"company": "Norvik", "label": "cut", "announced_on": "2026-05-08", "url": "https://a.example/1", "jobs_count": 320}\n'
JSON = (
    *(b"[", b"]", b"{", b"}", b",", b":", b"null", b"1e999", b"9" * 400, b'"\\ud800"', b"true", b"NaN", b"-0", b'"ok": false', b'"error": '),
    *(b'"exit_code": []', b'"exit_code": 3', b'"answer": ', b'"command": ', b'"args": ', b'"kind": "event"', b'"jobs_count": 1e400', b'"label": "cut"'),
)
LABELLED = (
    b'{"title": "Norvik cuts", "text": "AI", "label": "cut", "kind": "event", "jobs_count": 3, "date": "2026-01-02", "group": 4}\n\n'
    b'{"id": 1, "title": "B", "label": "none", "kind": "survey", "company": null}'
)
QUERIES = (b'norvik "exact phrase" begin* -without', "\u201csmart\u201d AND (OR NEAR/2)".encode(), b"title:x {a b} ^c - * \"")
QUERY_TOKENS = (b'"', b"*", b"-", b"^", b":", b"(", b")", b" AND ", b" NOT ", b"NEAR(", b"{", b"}", b"+", "\u0301".encode(), b"\x02", b"\x03")
TIMES = (b"7d", b"12h", b"2026-12-24", b"2026-11-22T23:30+05:45", b"9999d", b"20261301", b"2026-W50-1")
TIME_TOKENS = (b"d", b"h", b"9999-12-31", b"0001-01-01", b"T00:00", b"-23:59", b"+23:59", b"Z", b"0", b"W01", "٧".encode())
SQL = (b"create table t (a text); -- one;\ncreate trigger g after insert on t begin\n select 1; select ';';\nend;\n/* x */ insert into t values ('a;b');\n",)
SQL_TOKENS = (b";", b"\n", b"'", b"--", b"/*", b"*/", b"begin", b"end;", b"create trigger ", b"case", b'"', b"[", b"\r", "\u2028".encode())
CELLS = (b"=1+1\n+2\n-3\n@x\nplain\n'q", "\u202eabc\n\x1b[2J\n\ttab\n\"a,b\"\n1e5\n-1.5".encode())

TARGETS = (
    Target("settings.file", _read_by(lambda path: load(path, {"HOME": "/home/you"})), CONFIG, TOML, 4),
    Target("settings.environment", environment, VARIABLES, (b"\n", b"=", b"POLL_MAX_INTERVAL_S=", b"PROCESS_WORKERS=", b"~x", b",", b"nan"), 4),
    Target("settings.employers", _read_by(employers_of), (*CSV[:1], b"employer\nNorvik\n\n\"A, B\"\n"), CSV_TOKENS, 4),
    Target("settings.starter", _read_by(starter_feeds), TABLES[3:4], TOML, 3),
    Target("classify.cues", _read_by(cues.load), TABLES[:1], TOML, 3),
    Target("classify.companies", _read_by(lambda path: companies.load(path, path)), TABLES[1:2], TOML, 3),
    Target("classify.publishers", _read_by(publishers.load), TABLES[2:3], TOML, 2),
    Target("classify.facts", _read_by(lambda path: factbook.load(path, path)), TABLES[4:5], TOML, 3),
    Target("accounts.vocabulary", _read_by(lambda path: vocabulary.load(path, path)), TABLES[5:], TOML, 3),
    Target("classify.weights", _read_by(weights.load), (WEIGHTS,), JSON, 3),
    Target("classify.needs", clause, (b"{ai} .. (?:cuts|lays? off) ... {job}s?", b"re\\w+ing [a-z]{2,9} (a|b(c|d))"), (b"(", b")", b"|", b"{ai}", b"?", b"["), 6),
    Target("accounts.sheet", filed, CSV, CSV_TOKENS, 8),
    Target("accounts.lines", filed_lines, (LINE * 2,), JSON, 8),
    Target("control.line", control_line, (b'{"command": "poll", "args": {"all": true}}', b'{"ok": false, "error": "x", "exit_code": 3}'), JSON, 16),
    Target("evaluate.items", labelled, (LABELLED,), JSON, 12),
    Target("store.search", searched, QUERIES, QUERY_TOKENS, 16),
    Target("cli.times", spoken, TIMES, TIME_TOKENS, 12),
    Target("cli.cells", written, CELLS, (b"=", b"+", b"@", b"\t", b"\r", b'"', b",", b"\x1b", b"\n"), 8),
    Target("store.statements", scripted, SQL, SQL_TOKENS, 12),
)
