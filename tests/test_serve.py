"""`serve`: the views in datasette, described and searchable, read-only, for this machine alone."""

import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from viewers import Viewer, serving

from monitor import site
from monitor.clock import utc_now
from monitor.errors import MonitorError, StoreError
from monitor.site.safety import is_named
from monitor.store import Store

VIEWS = ("articles_view", "events_view", "companies_view", "weekly_view", "entries_view", "feeds_view", "alerts_view",
         "deliveries_view", "corrections_view", "stories_view", "notes_view", "followups_view", "trends_view",
         "signals_view", "ratio_view", "survival_view")  # fmt: skip
ARTICLE = """
insert into articles (url, title, text, text_state, first_seen_at, origin, content_hash, label, kind, confidence,
  probability, rule, facts, spans, classifier_name, classifier_version, classified_at)
values ('https://e.example/a', '<b>Norvik</b> drops advisers', 'A chatbot answers.', 'full', '2026-01-01T00:00:00.000Z',
  'imported', 'x', 'cut', 'event', 'high', 0.9, '7', '{}', '{}', 'rules', '1', '2026-01-01T00:00:00.000Z')
"""


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    store = tmp_path_factory.mktemp("store") / "any name.db"
    with Store.open(store, clock=utc_now) as opened:
        opened.submit(lambda db: db.execute(ARTICLE)).result()
    with serving(store) as running:
        yield running


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_answers_as_json_and_as_a_page(view: str, viewer: Viewer) -> None:
    described = site.metadata()["databases"]["monitor"]["tables"][view]
    assert "rows" in viewer.json(f"monitor/{view}.json?_shape=objects")
    status, page = viewer.get(f"monitor/{view}")
    assert (status, described["title"] in page) == (200, True)


@pytest.mark.parametrize("view", VIEWS)
def test_each_column_of_each_view_is_described_and_no_other(view: str, viewer: Viewer) -> None:
    described = site.metadata()["databases"]["monitor"]["tables"][view]
    columns = viewer.json(f"monitor/{view}.json")["columns"]
    assert sorted(described["columns"]) == sorted(columns)
    ordered = [described[key] for key in ("sort", "sort_desc") if key in described]
    assert {*described["facets"], *described.get("units", {}), *ordered} <= set(columns)


def test_a_sound_store_is_shown_without_a_warning(viewer: Viewer, caplog: pytest.LogCaptureFixture) -> None:
    site.viewer(viewer.store)
    assert [record.getMessage() for record in caplog.records] == []


def test_every_table_and_view_is_described_or_hidden(viewer: Viewer) -> None:
    with closing(sqlite3.connect(viewer.store)) as db:
        names = [row[0] for row in db.execute("select name from sqlite_master where type in ('table', 'view')")]
    tables = site.metadata()["databases"]["monitor"]["tables"]
    assert [name for name in names if name not in tables and not name.startswith("articles_fts")] == []
    listed = {table["name"] for table in viewer.json("monitor.json")["tables"] if not table["hidden"]}
    assert listed == {"articles"}


@pytest.mark.parametrize("table", ["articles", "articles_view"])
@pytest.mark.parametrize(("words", "found"), [("chatbot", 1), ("zebra", 0), ('"(chat*', 0)])
def test_articles_are_searched_in_full_text(words: str, found: int, table: str, viewer: Viewer) -> None:
    rows = viewer.json(f"monitor/{table}.json?_shape=array&_search={quote(words)}")
    assert len(rows) == found


def test_facets_that_are_configured_are_counted(viewer: Viewer) -> None:
    facets = viewer.json("monitor/articles_view.json?_facet=label")["facet_results"]
    assert [value["value"] for value in facets["label"]["results"]] == ["cut"]


@pytest.mark.parametrize(
    "sql", ["delete from articles", "with x as (select 1) delete from articles", "pragma user_version=9"]
)
def test_nothing_can_be_written(sql: str, viewer: Viewer) -> None:
    assert viewer.get(f"monitor.json?sql={quote(sql)}")[0] == 400
    assert len(viewer.json("monitor/articles.json?_shape=array")) == 1


def test_a_title_is_shown_as_text(viewer: Viewer) -> None:
    _, page = viewer.get("monitor/articles_view")
    assert "&lt;b&gt;Norvik" in page
    assert "<b>Norvik" not in page


def test_the_live_file_cannot_be_downloaded(viewer: Viewer) -> None:
    assert viewer.get("monitor.db")[0] == 403


def test_a_request_for_another_host_is_refused(viewer: Viewer) -> None:
    assert viewer.get("", Host="evil.example")[0] == 421
    assert viewer.get("", Host="localhost:1234")[0] == 200


HOSTS = {"127.0.0.1:8001": True, "LOCALHOST": True, "127.0.0.1.evil.example": False, "": False, "localhost:x": False}


@pytest.mark.parametrize(("host", "local"), HOSTS.items())
def test_a_host_header_is_local_or_not(host: str, local: bool) -> None:  # noqa: FBT001  # a table of cases
    assert is_named(host) is local


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it(sent: signal.Signals, code: int, viewer: Viewer) -> None:
    with serving(viewer.store) as running:
        assert running.get("")[0] == 200
        running.process.send_signal(sent)
        assert running.process.wait(20) == code


def test_an_occupied_port_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(MonitorError, match=rf"port {port} is in use; name another"), site.listener(port):
            pass


def test_an_address_of_another_machine_is_told() -> None:
    with (
        pytest.raises(MonitorError, match=r"192\.0\.2\.1 is no address of this machine"),
        site.listener(0, "192.0.2.1"),
    ):
        pass


LISTENING = {"127.0.0.2": ([200, 200, 421], ["127.0.0.2:1", "127.0.0.1", "viewer"]),
             site.EVERYWHERE: ([200, 421, 421], ["localhost:8001", site.EVERYWHERE, "viewer"])}  # fmt: skip


@pytest.mark.parametrize(("address", "expected"), LISTENING.items())
def test_an_address_that_is_named_is_answered_for_and_every_address_is_not(
    address: str, expected: tuple[list[int], list[str]], viewer: Viewer
) -> None:
    with serving(viewer.store, "--host", address) as listening:
        assert [listening.get("ask", Host=host)[0] for host in expected[1]] == expected[0]


def test_a_store_that_is_not_there_or_whose_path_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        site.viewer(tmp_path / "none.db")
    with Store.open(tmp_path / "a?b.db", clock=utc_now):
        pass
    with pytest.raises(StoreError, match="cannot open a path with"):
        site.viewer(tmp_path / "a?b.db")
