"""`serve --public`: what strangers may ask, each row beside what plain datasette answers (RELIABILITY.md 7)."""

import asyncio
import logging
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from urllib.parse import quote
from urllib.request import Request, build_opener

import pytest
from viewers import FIRST, MISSING, PATHS, Viewer, full, hostile, serving

from monitor.clock import utc_now
from monitor.errors import MonitorError
from monitor.site.public import remaking
from monitor.site.safety import POLICY
from monitor.store import Store, connection
from monitor.store.publication import EMPTIED, SHUT_VIEWS, beside, publish

NAME = "layoffs.example"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    store = full(tmp_path_factory.mktemp("public") / "monitor.db")
    with serving(store, "--public", "--host", NAME) as running:
        yield running


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Give datasette as it is over a store as it is: the control, in which each attack must succeed."""
    store = full(tmp_path_factory.mktemp("plain") / "monitor.db")
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


SQL = ("monitor.json?sql=select+1", "monitor.csv?sql=select+1", "monitor/events_view.json?_where=1%3D1",
       "monitor/articles.json?_where=(select+1)")  # fmt: skip


@pytest.mark.parametrize("path", SQL)
def test_w1_nobody_brings_sql(path: str, public: Viewer, plain: Viewer) -> None:
    assert (plain.get(path)[0], public.get(path)[0]) == (200, 403)


def test_w1_nobody_posts_sql(public: Viewer) -> None:
    for body in (b"sql=select+1", b""):
        request = Request(public.base + "monitor", data=body, method="POST")  # noqa: S310  # our own server
        with pytest.raises(OSError, match=r"40[35]"):
            build_opener().open(request, timeout=20)


@pytest.mark.parametrize("path", ["ask", "monitor", "monitor/weeks", "monitor/events_view"])
def test_w1_no_page_offers_sql(path: str, public: Viewer) -> None:
    page = public.get(path)[1]
    assert [offer for offer in ('name="sql"', "write SQL", "?sql=") if offer in page] == []


BIG = {
    "more rows than the limit": ("monitor/articles_view.json?_size=1000", 200, 400),
    "a facet of one's own": ("monitor/events_view.json?_facet=company", 200, 400),
    "all rows as one stream": ("monitor/articles_view.csv?_stream=on", 200, 400),
    "the file itself": ("monitor.db", 200, 403),
}


@pytest.mark.parametrize(("path", "before", "after"), BIG.values(), ids=BIG.keys())
def test_w3_answers_are_bounded(path: str, before: int, after: int, public: Viewer, plain: Viewer) -> None:
    if path != "monitor.db":  # plain datasette hands out files that were opened as immutable only
        assert plain.get(path)[0] == before
    assert public.get(path)[0] == after


def test_w4_it_listens_where_it_is_told_and_nowhere_else(public: Viewer) -> None:
    port = int(public.base.rstrip("/").rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
    with serving(public.store, "--public", "--host", "0.0.0.0") as wide:  # noqa: S104  # the control
        socket.create_connection(("127.0.0.2", int(wide.base.rstrip("/").rpartition(":")[2])), timeout=5).close()


def test_w5_every_answer_says_what_a_browser_may_not_do(public: Viewer, plain: Viewer) -> None:
    for path in ("", "monitor/events_view", "nothing", "monitor.json?sql=select+1"):
        assert public.ask(path).headers["content-security-policy"] == POLICY
    assert "content-security-policy" not in plain.ask("").headers


HOSTS = {NAME: 200, NAME.upper(): 200, f"{NAME}:443": 200, "127.0.0.1": 200, "localhost:9": 200, "evil.example": 421,
         f"{NAME}.evil.example": 421, f"x.{NAME}": 421, "": 421}  # fmt: skip


@pytest.mark.parametrize(("host", "status"), HOSTS.items())
def test_w6_it_answers_to_its_names_only(host: str, status: int, public: Viewer, plain: Viewer) -> None:
    assert public.get("ask", Host=host)[0] == status
    assert plain.get("", Host="evil.example")[0] == 200


INTERNALS = "metadata metadata.json databases versions.json threads plugins settings config actor"


@pytest.mark.parametrize("path", INTERNALS.split())
def test_w7_what_datasette_tells_of_itself_is_closed(path: str, public: Viewer, plain: Viewer) -> None:
    assert public.get(f"-/{path}")[0] == 404
    if path in {"metadata", "databases", "threads"}:
        assert plain.get(f"-/{path}")[0] == 200


def test_w8_w9_tables_are_shut_but_one_and_views_of_recipients_too(public: Viewer, plain: Viewer) -> None:
    with closing(sqlite3.connect(public.store)) as db:
        names = [row[0] for row in db.execute("select name from sqlite_master where type in ('table', 'view')")]
    opened = {name for name in names if public.get(f"monitor/{name}.json")[0] != 403}
    assert opened & ({*EMPTIED, *SHUT_VIEWS} | {name for name in names if "_fts" in name}) == set()
    assert {name for name in opened if not name.endswith("_view")} <= {
        "articles", "event_chains", "counted_events", "followup_dates", "event_voices", "trend_events"
    }  # fmt: skip
    assert {plain.get(f"monitor/{name}")[0] for name in ("deliveries", "articles_fts_data", "deliveries_view")} == {200}


def test_w8_no_row_of_a_shut_table_is_shown(public: Viewer, plain: Viewer) -> None:
    assert (plain.get("monitor/deliveries/1")[0], public.get("monitor/deliveries/1")[0]) == (200, 403)


def test_w10_searches_are_words(public: Viewer, plain: Viewer) -> None:
    raw = "monitor/articles.json?_search=job*&_searchmode=raw"
    assert (plain.get(raw)[0], public.get(raw)[0]) == (200, 400)
    random = Random(10)
    for _ in range(500):
        words = "".join(random.choices("ab \"'*()-:^+{}\\%NEAR OR\x7f☃", k=random.randint(1, 30)))
        status, body = public.get(f"monitor/articles_view.json?_shape=array&_search={quote(words)}")
        assert status == (200 if any(letter.isalnum() for letter in words) else status), (words, body)
        assert status in {200, 400}  # nothing to look for
    assert public.get("monitor/articles_view.json?_search=a%00b")[0] == 400


def test_w12_the_copy_can_be_read_without_the_daemon_and_its_folder(public: Viewer) -> None:
    assert public.store.read_bytes()[18:20] == b"\x02\x02"  # a log beside it that readers must be able to make
    assert beside(public.store).read_bytes()[18:20] == b"\x01\x01"


def test_w13_a_long_reader_of_the_copy_holds_nothing_up(tmp_path: Path) -> None:
    path = full(tmp_path / "monitor.db")
    copy = publish(path, beside(path), utc_now())
    for read, emptied in ((copy, True), (path, False)):
        with (
            Store.open(path, clock=utc_now) as store,
            closing(sqlite3.connect(f"{read.as_uri()}?mode=ro", uri=True)) as db,
        ):
            db.execute("begin")
            db.execute("select count(*) from events").fetchone()
            store.submit(lambda db: db.execute("update articles set author = hex(randomblob(9))")).result()
            with closing(connection.connect(path)) as other:
                assert connection.checkpoint(other, "truncate", patience_ms=10) is emptied


def test_w15_what_is_stored_stays_text(tmp_path: Path) -> None:
    store = hostile(tmp_path / "monitor.db", "<script>alert(1)</script>")
    with serving(store, "--public") as running:
        for path in PATHS:
            if "?" not in path and "." not in path:
                assert "<script>alert" not in running.get(path)[1], path


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers(path: str, public: Viewer) -> None:
    assert public.get(path)[0] in {200, 302, 404} if "article+" in path else 200


def test_what_is_not_there_is_told(public: Viewer) -> None:
    assert {public.get(path)[0] for path in MISSING} == {404}


def test_every_named_query_answers_but_those_of_recipients(public: Viewer) -> None:
    page = public.get("ask")[1]
    names = {part.partition(".json")[0] for part in page.split('href="/download/') if ".json" in part[:60]}
    assert len(names) >= 19
    assert "alerts_of_the_month" not in names
    for name in names:
        assert public.get(f"monitor/{name}.json")[0] == 200, name


def test_texts_of_others_are_not_shown_unless_wanted(public: Viewer) -> None:
    rows = public.json("monitor/articles_view.json?_shape=array&origin=live&_col=text")
    assert {row["text"] for row in rows} == {""}
    assert "its publisher has it" in public.get(f"articles/{FIRST}")[1]


def test_it_says_what_it_opens_to_whom(tmp_path: Path) -> None:
    with serving(full(tmp_path / "monitor.db"), "--public", "--host", NAME) as running:
        assert running.process.stdout is not None
        said = "".join(running.process.stdout.readline() for _ in range(6))
    assert [
        word
        for word in ("monitor.public.db", "without their texts", "SQL is off", NAME, "no login")
        if word not in said
    ] == []


def test_a_new_copy_is_served_at_once_and_no_request_fails_meanwhile(tmp_path: Path) -> None:
    path = full(tmp_path / "monitor.db")
    with serving(path, "--public") as running:
        before = running.json("monitor/events_view.json?_shape=array&_size=1&_col=company")[0]["company"]
        for number in range(5):
            with Store.open(path, clock=utc_now) as store:
                store.submit(
                    lambda db, number=number: db.execute("update companies set name = ?", [f"New {number}"])
                ).result()  # type: ignore[misc]
            publish(path, beside(path), utc_now())
            shown = [running.json("monitor/events_view.json?_shape=array&_size=1&_col=company") for _ in range(6)]
            assert {rows[0]["company"] for rows in shown} == {f"New {number}"} != {before}
            assert "This is a copy of" in running.get("")[1]


@pytest.mark.parametrize("error", [MonitorError("the disk is full"), sqlite3.OperationalError("no such column")])
async def test_a_copy_that_fails_is_told_and_the_next_one_is_tried(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[str] = []
    pauses = iter(range(3))

    def make() -> Path:
        made.append("")
        if len(made) == 1:
            raise error
        return Path()

    async def pause() -> None:
        if next(pauses, None) is None:
            raise asyncio.CancelledError

    with caplog.at_level(logging.WARNING, "monitor"), pytest.raises(asyncio.CancelledError):
        await remaking(make, pause)
    assert [record.getMessage() for record in caplog.records] == ["public.copy_failed", "public.copied_again"]
    assert str(error) in str(vars(caplog.records[0])["why"])
    assert len(made) == 3


def test_behind_a_proxy_addresses_are_those_that_readers_ask_for(public: Viewer) -> None:
    told = public.ask("events.atom", Host=NAME, **{"X-Forwarded-Proto": "https"}).text
    assert f"https://{NAME}/" in told
    assert "127.0.0.1" not in told


MISNAMED = {
    ("--host", NAME): "must be an IPv4 address",
    ("--public", "--host", "https://x/"): "must be a name",
    ("--public", "--host", "127.0.0.1", "--host", "127.0.0.2"): "one address can be listened on",
    ("--with-text",): "is for --public",
}


@pytest.mark.parametrize(("options", "words"), MISNAMED.items())
def test_names_are_for_everybody_and_must_be_names(options: tuple[str, ...], words: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor", "--db", str(tmp_path / "none.db"), "serve", *options]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, words in ran.stderr) == (2, True), ran.stderr
