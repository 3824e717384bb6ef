"""`alerts preview/backtest/mute/unmute/mutes` and `watch` from the command line."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import app, commands, control, settings
from monitor.cli import layoff_monitor
from monitor.clock import utc_now
from monitor.store import Store
from monitor.store.rows import rows

CONFIG = """
[store]
path = "m.db"
[[rules]]
name = "all"
[[rules]]
name = "large"
kind = "size"
min_jobs = 500
shadow = true
[[rules]]
name = "daily"
kind = "digest"
"""


def called(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(layoff_monitor, ["--config", str(folder / "monitor.toml"), *args])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the rules above and a store of the shipped events, for copies to be made of."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "monitor.toml").write_text(CONFIG, encoding="utf-8")
    assert called(folder, "watch", "add", "Norvik Bank", "--why", "ours").exit_code == 0
    return folder


@pytest.fixture
def call(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a caller of the command line with such a store."""
    for name in [name for name in os.environ if name.startswith("LAYOFF_MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOGNAME", "eva")
    for name in ("monitor.toml", "m.db"):
        shutil.copy(made / name, tmp_path / name)
    return partial(called, tmp_path)


def test_a_backtest_says_by_rule_and_week_what_would_have_been_sent(call: Callable[..., Result]) -> None:
    """The shipped events are history: they alert nobody, and a backtest shows what their rules would have said."""
    answer = json.loads(call("alerts", "backtest", "--since", "2022-01-01", "--json").output)
    all_, large, daily = answer["rules"]
    assert (all_["sent"], all_["history"]) == (sum(all_["weeks"].values()), len(answer["alerts"]) - large["sent"])
    assert all_["sent"] > large["sent"] > 0
    assert (large["shadow"], daily["sent"]) == ("the rule says shadow = true", 0)
    assert any("which alerts nobody" in note for note in answer["notes"])
    told = call("alerts", "backtest", "--since", "2022-01-01", "--rule", "large")
    assert told.exit_code == 0
    assert "rule large is in shadow, decided and shown, not sent: the rule says shadow = true" in told.output
    assert "history" in told.output
    assert all(alert["headline"] in told.output for alert in answer["alerts"] if alert["rule"] == "large")


def test_a_preview_tells_the_newest_in_full_words(call: Callable[..., Result]) -> None:
    told = call("alerts", "preview", "--days", "9000")
    assert told.exit_code == 0
    assert ", rule " in told.output.splitlines()[-1]
    assert call("alerts", "preview", "all", "--days", "1").output.endswith("no alert\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alerts", "preview", "none"), "no rule 'none' in the settings; there are 'all', 'large', 'daily'"),
        (("alerts", "backtest", "--since", "soon"), "'soon': must be a date earlier than now"),
    ],
)
def test_a_wrong_word_is_refused_with_what_is_right(
    words: tuple[str, ...], said: str, call: Callable[..., Result]
) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_name_the_store_does_not_have_is_an_expected_failure(call: Callable[..., Result]) -> None:
    result = call("alerts", "mute", "nobody", "--until", "7d", "--why", "x")
    assert result.exit_code == 1
    assert "'nobody' is neither a rule nor an employer" in result.output


def test_a_rule_is_muted_with_who_and_why(call: Callable[..., Result]) -> None:
    assert call("alerts", "mutes").output == "nothing is muted\n"
    assert call("alerts", "mute", "all", "--until", "7d", "--why", "too many").exit_code == 0
    [row] = json.loads(call("alerts", "mutes", "--json").output)
    assert (row["muted"], row["by"], row["why"]) == ("rule all", "eva", "too many")
    assert "too many" in call("alerts", "mutes").output
    assert call("alerts", "unmute", "all").exit_code == 0


def test_the_watch_list_is_printed(call: Callable[..., Result]) -> None:
    assert "Norvik Bank" in call("watch", "list").output
    [row] = json.loads(call("watch", "list", "--json").output)
    assert (row["list"], row["company"], row["why"]) == ("watch", "Norvik Bank", "ours")
    assert call("watch", "remove", "Norvik Bank").exit_code == 0
    assert call("watch", "list").output == "nobody is watched\n"


def test_rules_in_shadow_are_named_where_alerts_are_listed(call: Callable[..., Result]) -> None:
    assert "rule large is in shadow" in call("alerts", "list").output
    assert json.loads(call("alerts", "list", "--json").output) == []
    assert call("alerts", "list").output.startswith("no alert was raised yet\n")
    assert call("alerts", "list", "--failed").output.startswith("no message was given up\n")


async def test_a_running_daemon_takes_the_words_of_a_person(tmp_path: Path, call: Callable[..., Result]) -> None:
    chosen = settings.load(tmp_path / "monitor.toml", {"HOME": str(tmp_path)})
    async with app.open_runtime(chosen) as runtime:
        handlers = {name: partial(handler, runtime) for name, handler in commands.WRITING.items()}
        async with control.serve(runtime.store.path, handlers):
            for words in (("watch", "add", "Lumo Pay"), ("alerts", "mute", "all", "--until", "7d", "--why", "x")):
                result = await asyncio.to_thread(call, *words)
                assert result.exit_code == 0
    with Store.open(chosen.store.path, clock=utc_now, read_only=True) as store:
        found = store.read_now(lambda db: rows(db, "select rule from mutes"))
    assert found == [{"rule": "all"}]
