"""Requests of people who mean harm, to the viewer of this machine and to the one for everybody (RELIABILITY.md 7).

Each is refused, or its answer is bounded: in its bytes, and in the memory of the process that gives it. Time is bounded
by SQLite's own limits and is not measured. The control is plain datasette, which does most of what it is asked.
"""

import http.client
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import pytest
from viewers import Viewer, full, serving

from monitor.site import MEMORY

BYTES: Final = 2_000_000  # of one answer
PROGRAM: Final = 64 << 20  # bytes of the program itself, which are no data


@dataclass(frozen=True)
class Abuse:
    """A request, and the statuses it may be answered with: by the viewer of this machine, and in public."""

    path: str
    local: set[int]
    public: set[int]
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def asked(sql: str, local: int = 400, public: int = 403) -> Abuse:
    """Return a request that brings its own statement: answered or refused here, never answered in public."""
    return Abuse(f"monitor.json?sql={quote(sql)}", {local}, {public})


def both(path: str, *statuses: int) -> Abuse:
    return Abuse(path, set(statuses), set(statuses))


ROWS = "with recursive x (n) as (select 1 union all select n + 1 from x) select {} from x"
PRODUCT = "(select count(*) from entries a, entries b, entries c, entries d, entries e)"
ABUSES: Final = {
    "a statement": asked("select 1", local=200),
    "a statement for CSV": Abuse("monitor.csv?sql=select+1", {200}, {403}),
    "a statement that is posted": Abuse("monitor", {405}, {403, 405}, "POST", body=b"sql=select+1"),
    "a large value": asked("select hex(zeroblob(500000000))"),
    "rows of large values": asked(ROWS.format("hex(zeroblob(2400000))"), local=500),
    "rows of large values for CSV": Abuse(
        f"monitor.csv?sql={quote(ROWS.format('hex(zeroblob(2400000))'))}", {500}, {403}
    ),
    "rows without end": asked(ROWS.format("count(*)")),
    "a pattern that goes back": asked(f"select 'a' like '{'%a' * 150}'"),
    "a deletion": asked("delete from articles", public=400),
    "another file": asked("attach database '/etc/passwd' as p", public=400),
    "a setting of the file": asked("pragma journal_mode = delete", public=400),
    "an extension": asked("select load_extension('/tmp/x')"),
    "a condition": Abuse("monitor/events_view.json?_where=1%3D1", {200}, {403}),
    "a condition without end": Abuse(f"monitor/events_view.json?_where={quote(PRODUCT)}>0", {400}, {403}),
    "a page of everything": both("monitor/articles_view.json?_size=1000000", 400),
    "facets of every column": Abuse(
        "monitor/articles.json?" + "&".join(f"_facet={name}" for name in ("title", "text", "url", "author", "rule")),
        {200},
        {400},
    ),
    "everything as one stream": both("monitor/articles_view.csv?_stream=on&_size=max", 400),
    "raw full-text syntax": both("monitor/articles.json?_search=a*+OR+b*&_searchmode=raw", 400),
    "broken full-text syntax": both(f"monitor/articles.json?_search={quote(chr(34) + 'NEAR(a* -')}", 200),
    "ten thousand words": both("stories?q=" + "+".join(["jobs"] * 10_000), 200),
    "a shadow table": both("monitor/articles_fts_data.json", 403),
    "a shut table": both("monitor/deliveries.json", 403),
    "a row of a shut table": both("monitor/deliveries/1.json", 403),
    "a download of a shut table": both("download/deliveries.csv", 404),
    "the file": both("monitor.db", 403),
    "another database": both("_internal/databases.json", 403, 404),
    "what datasette tells of itself": both("-/metadata.json", 404),
    "the same by a detour": both("-/static/../threads.json", 404),
    "the same in other letters": both("%2d/versions.json", 404),
    "another host's name": Abuse("", {421}, {421}, headers={"Host": "evil.example"}),
    "a name that only begins right": Abuse("", {421}, {421}, headers={"Host": "127.0.0.1.evil.example"}),
    "a page far away": both("stories?page=99999999999999999999", 200, 400, 404),
    "a number without end": both("events/" + "9" * 400, 404),
    "a long address": both("stories?q=" + "x" * 200_000, 0, 400),
    "a token of one's own": both("monitor/articles_view.json?_next=';drop+table+articles", 500),
    "a trace": both("stories?_trace=1", 200),
}  # fmt: skip


def answered(viewer: Viewer, abuse: Abuse) -> tuple[int, int]:
    """Return the status of the answer, and its bytes; the path goes as it is written. No answer is (0, 0)."""
    address = urlsplit(viewer.base)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    try:
        connection.request(abuse.method, f"/{abuse.path}", abuse.body, abuse.headers)
        answer = connection.getresponse()
        return answer.status, len(answer.read())
    except ConnectionError:
        return 0, 0
    finally:
        connection.close()


def most_memory(process: "subprocess.Popen[str]") -> int:
    """Return the most memory a process ever held, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return full(tmp_path_factory.mktemp("abuse") / "monitor.db")


@pytest.fixture(scope="module", params=["local", "public"])
def mode(request: pytest.FixtureRequest, store: Path) -> Iterator[tuple[str, Viewer]]:
    with serving(store, *(["--public"] if request.param == "public" else [])) as running:
        yield request.param, running


def test_abuse_is_refused_or_bounded(mode: tuple[str, Viewer], counted: Callable[[str, int], None]) -> None:
    name, viewer = mode
    found = {title: answered(viewer, abuse) for title, abuse in ABUSES.items()}
    wanted = {title: getattr(abuse, name) for title, abuse in ABUSES.items()}
    assert {title: status for title, (status, _) in found.items() if status not in wanted[title]} == {}
    assert {title: size for title, (_, size) in found.items() if size > BYTES} == {}
    assert most_memory(viewer.process) < MEMORY + PROGRAM
    assert viewer.get("ask")[0] == 200
    counted("abusive requests", len(ABUSES))


@contextmanager
def plainly(store: Path) -> Iterator[Viewer]:
    """Give datasette as it is, over a store as it is."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "datasette", str(store), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        while "running on" not in (line := process.stderr.readline()):
            assert line
        yield Viewer(f"http://127.0.0.1:{port}/", store, process)
        process.terminate()


# The viewer without its bound, below another one so that the machine lives.
UNBOUND: Final = f"""
import resource
from monitor import __main__, site
site.confine = lambda: resource.setrlimit(resource.RLIMIT_DATA, ({3 * MEMORY}, {3 * MEMORY}))
__main__.main()
"""


def test_the_control_a_viewer_without_its_bound_takes_all_that_there_is(store: Path) -> None:
    with serving(store, program=("-c", UNBOUND)) as unbound:
        answered(unbound, ABUSES["rows of large values"])
        assert most_memory(unbound.process) > 2 * MEMORY


# What plain datasette does, without being asked to refuse it.
DONE: Final = (
    "a statement", "a statement for CSV", "a condition", "facets of every column",
    "everything as one stream", "raw full-text syntax", "a shadow table", "a shut table", "a row of a shut table",
    "what datasette tells of itself", "another host's name",
)  # fmt: skip


def test_the_control_plain_datasette_does_what_it_is_asked(store: Path) -> None:
    with plainly(store) as plain:
        assert [title for title in DONE if answered(plain, ABUSES[title])[0] != 200] == []
        before = most_memory(plain.process)
        large = Abuse(f"monitor.json?sql={quote('select hex(zeroblob(150000000)) is null')}", {200}, {200})
        assert answered(plain, large)[0] == 200
        assert most_memory(plain.process) - before > 250 << 20
