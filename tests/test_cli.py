"""The command line: options, exit codes, what is printed where. What commands compute is tested with its module."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from monitor import __version__
from monitor.cli import layoff_monitor
from monitor.cli.door import Door
from monitor.errors import ConfigurationError, MonitorError, StoreBusyError, StoreError

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("demo", "init", "run", "poll", "process", "feeds", "import", "classify", "evaluate", "explain", "export",
            "alerts", "serve", "check", "search", "company", "backup", "reclassify", "restore", "retention", "review",
            "watch", "trends", "worker")  # fmt: skip
GROUPED = ("feeds list", "feeds add", "feeds remove", "feeds check", "feeds import", "feeds export", "alerts list",
           "alerts show", "alerts preview", "alerts backtest", "alerts mute", "alerts unmute", "alerts mutes",
           "watch add", "watch remove", "watch list", "alerts test", "alerts retry",
           "alerts atom", "alerts calendar")  # fmt: skip


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a caller of the command line whose home is empty."""
    for name in [name for name in os.environ if name.startswith("LAYOFF_MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def invoke(*args: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(layoff_monitor, args, input=stdin)

    return invoke


# --- help --------------------------------------------------------------------------------------------------


def test_the_commands_are_those_of_the_contract_in_this_version() -> None:
    assert sorted(layoff_monitor.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("command", ["", *COMMANDS, *GROUPED])
def test_every_help_has_an_example_and_the_exit_codes(command: str, call: Callable[..., Result]) -> None:
    result = call(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Exit codes: 0 done; 1 " in result.output
    assert f"  layoff-monitor {'--' if command in {'run', 'worker'} else command.partition(' ')[0]}" in result.output


@pytest.mark.parametrize("group", ["", "alerts", "feeds", "watch"])
def test_a_list_of_commands_breaks_off_in_no_sentence(group: str, call: Callable[..., Result]) -> None:
    listed = call(*group.split(), "--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert listed
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def test_the_version_is_printed(call: Callable[..., Result]) -> None:
    assert call("--version").output == f"layoff-monitor {__version__}\n"


@pytest.mark.parametrize("command", ["--help", "classify --help", "--version"])
def test_help_does_not_load_the_pipeline(command: str) -> None:
    """A person who asks for help, or pipes through classify, does not wait for libraries that are not used."""
    code = (
        "import sys, monitor.cli\n"
        "try:\n    monitor.cli.layoff_monitor(sys.argv[1:])\n"
        "finally:\n    print([m for m in ('feedparser', 'trafilatura', 'datasette', 'apscheduler', 'aiohttp', 'httpx',"
        " 'sqlite_utils') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command.split()], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stderr == "[]\n"


# --- the door ----------------------------------------------------------------------------------------------

BUG = "layoff-monitor: this is a bug, please report it: "
RAISED: dict[str, tuple[BaseException, int, str]] = {
    "an expected failure": (MonitorError("no such feed"), 1, "layoff-monitor: no such feed\n"),
    "a wrong setting": (ConfigurationError("x.toml: a"), 2, "layoff-monitor: x.toml: a\n"),
    "a store that cannot be used": (StoreError("corrupt"), 3, "layoff-monitor: corrupt\n"),
    "a store that is owned": (StoreBusyError("owned"), 4, "layoff-monitor: owned\n"),
    "a bug": (ZeroDivisionError("division"), 70, f"{BUG}ZeroDivisionError: division (the same"),
    "a bug without words": (AssertionError(), 70, f"{BUG}AssertionError (the same"),
    "an interruption": (KeyboardInterrupt(), 130, "\n"),
    "a failure in a task group": (ExceptionGroup("g", [StoreError("corrupt")]), 3, "layoff-monitor: corrupt\n"),
    "two failures in one": (ExceptionGroup("g", [MonitorError("a"), StoreError("b")]), 3, "layoff-monitor: b\n"),
    "a bug beside a failure": (ExceptionGroup("g", [MonitorError("a"), ValueError("b")]), 70, BUG),
    "an interruption in a group": (BaseExceptionGroup("g", [KeyboardInterrupt(), ValueError()]), 130, ""),
    "text that moves the cursor": (MonitorError("a\x1b[2J\u202eb\nc"), 1, r"layoff-monitor: a\u001b[2J\u202eb\nc"),
    "a usage error": (click.UsageError("--a and --b"), 2, "Usage:"),
    "a way out": (click.exceptions.Exit(5), 5, ""),
}


@pytest.mark.parametrize(("raised", "code", "words"), RAISED.values(), ids=RAISED)
def test_what_a_command_raises_becomes_a_code_and_one_sentence(raised: BaseException, code: int, words: str) -> None:
    door = Door("door")

    @door.command()
    def fail() -> None:
        raise raised

    result = CliRunner().invoke(door, ["fail"])
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(words)
    assert "Traceback" not in result.stderr


def test_a_bug_shows_where_it_is_with_verbose(call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.terms.configuration.load", lambda *_: 1 / 0)
    result = call("--verbose", "poll")
    assert result.exit_code == 70
    assert "Traceback" in result.stderr
    assert "ZeroDivisionError: division by zero" in result.stderr


WRONG = {
    "an unknown command": ("pol",),
    "an unknown option": ("poll", "--al"),
    "quiet and verbose": ("--quiet", "--verbose", "poll"),
    "no argument": ("feeds", "add"),
    "a title for two": ("feeds", "add", "--title", "x", "https://a.example", "https://b.example"),
    "nothing to show": ("feeds", "add", "--as-given", "--dry-run", "https://a.example"),
    "a limit of nothing": ("process", "--limit", "0"),
    "a port too high": ("serve", "--port", "65536"),
}


@pytest.mark.parametrize("args", WRONG.values(), ids=WRONG)
def test_wrong_usage_is_2(args: tuple[str, ...], call: Callable[..., Result]) -> None:
    assert call(*args).exit_code == 2


@pytest.mark.parametrize("command", ["poll", "process", "feeds list", "alerts list", "check", "serve", "explain 1"])
def test_a_wrong_setting_is_told_on_one_line(command: str, call: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text("[network]\nhost_delay = 3\n", encoding="utf-8")
    result = call("--config", str(file), *command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"layoff-monitor: {file}: network.host_delay = 3: unknown key; did you mean host_delay_s?\n"


@pytest.mark.parametrize("command", ["feeds list", "alerts list", "alerts show x", "explain 1", "serve --port 0"])
def test_a_store_that_is_not_there_is_told_with_the_remedy(command: str, call: Callable[..., Result]) -> None:
    result = call(*command.split())
    assert result.exit_code == 3
    assert "there is no store at" in result.stderr


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    lines = "".join(f'{{"id": {number}, "title": "A headline", "text": "Words."}}\n' for number in range(2000))
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m monitor classify --jsonl - | head -n 1'],
        input=lines.encode(), capture_output=True, cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.stdout.count(b"\n"), done.stderr) == (1, b"")


# --- init --------------------------------------------------------------------------------------------------


def test_init_writes_a_configuration_that_loads_and_makes_its_store(
    call: Callable[..., Result], tmp_path: Path
) -> None:
    result = call("init", str(tmp_path / "new"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new" / "monitor.db").exists()
    assert (tmp_path / "new" / "monitor.toml").stat().st_mode & 0o077 == 0
    listed = call("--config", str(tmp_path / "new" / "monitor.toml"), "feeds", "list", "--json")
    assert len(json.loads(listed.stdout)) >= 20


def test_init_overwrites_nothing(call: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text("mine", encoding="utf-8")
    result = call("init", str(tmp_path))
    assert (result.exit_code, (tmp_path / "monitor.toml").read_text(encoding="utf-8")) == (1, "mine")
    assert "exists and is left as it is" in result.stderr


def test_init_puts_the_store_where_db_says(call: Callable[..., Result], tmp_path: Path) -> None:
    place = tmp_path / 'a "b"' / "s.db"
    assert call("--db", str(place), "init", str(tmp_path)).exit_code == 0
    assert call("--config", str(tmp_path / "monitor.toml"), "alerts", "list", "--json").stdout == "[]\n"
    assert place.exists()


def test_init_that_cannot_make_the_store_leaves_no_configuration(call: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "monitor.db").write_text("not a database", encoding="utf-8")
    assert call("init", str(tmp_path)).exit_code == 3
    assert [file.name for file in tmp_path.iterdir()] == ["monitor.db"]


# --- commands that change, without a daemon ----------------------------------------------------------------


def test_feeds_are_added_once_listed_and_removed(call: Callable[..., Result], tmp_path: Path) -> None:
    db = ("--db", str(tmp_path / "x.db"))
    configuration = tmp_path / "m.toml"
    configuration.write_text("", encoding="utf-8")
    with_file = ("--config", str(configuration), *db)
    twice = ("https://example.org/feed", "https://example.org/feed")
    added = json.loads(call(*with_file, "feeds", "add", "--as-given", *twice, "--json").stdout)
    assert (added["added"], added["known"], added["refused"]) == (1, 1, [])
    listed = call(*with_file, "feeds", "list", "--json")
    assert [feed["url"] for feed in json.loads(listed.stdout)] == ["https://example.org/feed"]
    assert call(*with_file, "feeds", "remove", "https://example.org/feed").exit_code == 0
    assert json.loads(call(*with_file, "feeds", "list", "--json").stdout) == []
    assert call(*with_file, "feeds", "remove", "https://example.org/feed").exit_code == 1


def test_a_refused_feed_is_told_and_makes_the_code_1(call: Callable[..., Result], tmp_path: Path) -> None:
    result = call("--db", str(tmp_path / "x.db"), "feeds", "add", "ftp://example.org/feed")
    assert result.exit_code == 1
    assert "refused ftp://example.org/feed: blocked_scheme" in result.stderr


def test_a_list_of_feeds_is_imported_from_standard_input(call: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text("", encoding="utf-8")
    text = "# mine\nhttps://example.org/a\nhttps://example.org/b\n"
    result = call("--config", str(file), "--db", str(tmp_path / "x.db"), "feeds", "import", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (0, "2 added\n")


def test_a_bad_list_of_feeds_names_file_and_line(call: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("https://example.org/a\nnot an address\n", encoding="utf-8")
    result = call("--db", str(tmp_path / "x.db"), "feeds", "import", str(file))
    assert result.exit_code == 2
    assert f"{file}: line 2" in result.stderr


def test_json_is_all_there_is_on_standard_output(call: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text("", encoding="utf-8")
    for command in ("poll", "process"):
        result = call("--config", str(file), "--db", str(tmp_path / "x.db"), command, "--json")
        assert result.exit_code == 0, result.output
        assert all(number == 0 for number in json.loads(result.stdout).values())


def test_an_imported_article_is_explained_and_so_is_an_unknown_one(call: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Norvik Bank drops 320 advisers\nAn AI assistant took over.\n", encoding="utf-8")
    db = ("--db", str(tmp_path / "x.db"))
    assert call(*db, "import", str(tmp_path / "a.txt"), "--json").exit_code == 0
    known, unknown = call(*db, "explain", "entry 1"), call(*db, "explain", "https://unknown.example/a")
    assert (known.exit_code, unknown.exit_code) == (0, 0)
    assert "no feed has listed this address" in unknown.stdout
    assert "Norvik Bank drops 320 advisers" in known.stdout
    assert "text" not in json.loads(call(*db, "explain", "entry 1", "--json").stdout)
