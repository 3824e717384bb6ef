"""What keeps the viewer to its reader: headers, closed paths, shut tables, bounded statements (RELIABILITY.md 7)."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest
from datasette import hookimpl
from datasette.plugins import DEFAULT_PLUGINS, pm
from viewers import FIRST, MISSING, ROOT, Viewer, full, serving

from monitor import site
from monitor.clock import utc_now
from monitor.site.safety import POLICY, is_open
from monitor.store import Store


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
    assert viewer.get(f"monitor.json?sql={quote(sql)}")[0] in {400, 414, 500}
    assert viewer.get("ask")[0] == 200


def test_w14_a_plugin_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    class Foreign:
        @hookimpl
        def permission_allowed(self) -> bool:
            return True

    foreign = Foreign()
    pm.register(foreign, "a-plugin-that-allows-everything")
    assert foreign in pm.get_plugins()  # as datasette takes whatever is installed beside it
    site.viewer(full(tmp_path / "monitor.db"))
    assert {pm.get_name(plugin) for plugin in pm.get_plugins()} == {*DEFAULT_PLUGINS, "monitor"}


def test_w14_datasette_is_held_below_the_next_major_version() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'"datasette>=0\.65\.\d+,<1"', text)
    for locked in ("requirements.txt", "requirements-dev.txt"):
        assert re.search(
            r"^datasette==0\.65\.\d+ \\\n +--hash", (ROOT / locked).read_text(encoding="utf-8"), re.MULTILINE
        )


def test_w11_the_live_file_is_never_opened_as_one_that_does_not_change() -> None:
    files = [*ROOT.glob("monitor/**/*.py"), *ROOT.glob("*.yml"), ROOT / "Dockerfile", ROOT / "README.md"]
    unfit = re.compile(r"immutable=1|is_mutable=False|immutables|datasette \S*\s*-i\b")
    assert unfit.search("datasette serve -i monitor.db")
    assert [str(file) for file in files if unfit.search(file.read_text(encoding="utf-8"))] == []


# The process gives up root, if it has it, and looks at a store in a folder where it may not write.
OTHER_USER = """
import concurrent.futures.thread, os, sys  # loaded late, and the interpreter may be another user's
from pathlib import Path
from monitor import site
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    site.viewer(Path(sys.argv[1]))
    print("opened")
except Exception as error:
    print(error)
"""


def test_w12_another_user_reads_while_the_daemon_runs_and_is_told_what_is_missing_after() -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        path = full(folder / "monitor.db")
        path.chmod(0o644)

        def other() -> str:
            folder.chmod(0o555)
            command = [sys.executable, "-c", OTHER_USER, str(path)]
            ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            folder.chmod(0o755)
            return ran.stdout.strip()

        with Store.open(path, clock=utc_now):
            assert other() == "opened"
        assert "make the file and its folder writable" in other()
