"""`trends` in the terminal: what is printed of verdicts, ratio and survival, and that a reader needs no daemon."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from store_builders import opened, write
from trend_builders import CUT, REVERSAL, Press

from monitor.cli import layoff_monitor
from monitor.cli.trends import chart, ratio_line, survival_text
from monitor.store import Database
from monitor.trends.series import last_week, sunday

NOW = datetime.now(UTC)  # the command asks the clock


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with a year of cuts and some reversals."""
    place = tmp_path_factory.mktemp("trends") / "monitor.db"
    with opened(place) as store:
        write(store, filled)
    return place


def filled(db: Database) -> None:
    press = Press(db, now=NOW)
    last = sunday(last_week(NOW.date()))
    for week in range(60):
        for number in range(5):
            on = last - timedelta(weeks=week, days=3)
            cut = press.tells(CUT, on, country="US" if number else "GB")
            if week > 8 and number == 0:
                press.tells(REVERSAL, on + timedelta(days=50), linked_event_id=cut, link_type="reverses")


@pytest.fixture
def call(path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.delenv("LAYOFF_MONITOR_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(path.parent))
    return lambda *args: CliRunner().invoke(layoff_monitor, ["--db", str(path), "trends", *args])


def test_it_prints_verdicts_ratio_and_survival_of_a_store_that_no_daemon_ever_refreshed(
    call: Callable[..., Result],
) -> None:
    printed = call()
    assert printed.exit_code == 0, printed.output
    lines = printed.stdout.splitlines()
    week = f"To {sunday(last_week(NOW.date()))}, the end of the last whole week."
    assert lines[0].startswith(f"{week} 351 events of all time count; counted over 1 feed that answered")
    assert "cut: usual" in lines
    assert any(line.startswith("  20 cuts in the 28 days to") for line in lines)
    assert any(line.strip().startswith("28 days: 2 reversals, 20 cuts: 0.10 to a cut (95 %:") for line in lines)
    assert "Recorded cuts not reversed so far (Kaplan-Meier):" in lines


def test_json_is_one_document_with_everything_that_is_printed(call: Callable[..., Result]) -> None:
    found = json.loads(call("--json", "--weeks", "3").stdout)
    assert set(found) == {"window_end", "events", "signals", "ratio", "survival"}
    assert [one["label"] for one in found["signals"]] == ["cut", "reversal", "hybrid"]
    assert {len(one["points"]) for one in found["signals"]} == {3}
    assert [one["window_days"] for one in found["ratio"]] == [28, 365] * 3
    reversed_ = next(one for one in found["survival"] if one["ending"] == "reversed")
    assert (reversed_["cuts"], reversed_["ended"]) == (300, 51)
    assert [step["days"] for step in reversed_["standing"]] == [90, 180, 365]


def test_one_label_and_one_dimension_can_be_asked_for(call: Callable[..., Result]) -> None:
    found = json.loads(call("--json", "--by", "country", "--label", "cut").stdout)
    assert [(one["label"], one["value"]) for one in found["signals"]] == [("cut", "US"), ("cut", "GB")]
    assert {one["value"] for one in found["survival"]} == {"US", "GB"}


def test_an_empty_store_is_told_as_such(tmp_path: Path) -> None:
    with opened(tmp_path / "empty.db"):
        pass
    printed = CliRunner().invoke(layoff_monitor, ["--db", str(tmp_path / "empty.db"), "trends"]).stdout
    assert "0 events of all time count; no feed was asked for long enough to expect anything." in printed
    assert "cut: muted" in printed


def test_a_single_event_is_told_in_the_singular(tmp_path: Path) -> None:
    with opened(tmp_path / "one.db") as store:
        write(store, lambda db: Press(db, now=NOW).tells(CUT, date(2024, 5, 5)))
    printed = CliRunner().invoke(layoff_monitor, ["--db", str(tmp_path / "one.db"), "trends"]).stdout
    assert "1 event of all time counts; " in printed


def test_without_a_store_the_remedy_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(layoff_monitor, ["--db", str(tmp_path / "none.db"), "trends"])
    assert (result.exit_code, "there is no store at" in result.stderr) == (3, True)


def test_a_chart_has_one_character_a_week() -> None:
    assert chart([0, 1, 4, 8], "abcdefgh") == " beh"
    assert chart([0, 0], "abcdefgh") == "  "
    assert chart([], "abcdefgh") == ""


RATIOS: dict[str, tuple[dict[str, Any], str]] = {
    "both": (
        {"reversals": 1, "cuts": 4, "ratio": 0.25, "low": 0.01, "high": 2.5},
        "0.25 to a cut (95 %: 0.01 to 2.50)",
    ),
    "no cut": (
        {"reversals": 3, "cuts": 0, "ratio": None, "low": 0.41, "high": None},
        "no cut to hold them against (95 %: 0.41 to any number)",
    ),
    "neither": (
        {"reversals": 0, "cuts": 0, "ratio": None, "low": None, "high": None},
        "no cut to hold them against",
    ),
}


@pytest.mark.parametrize(("found", "words"), RATIOS.values(), ids=RATIOS)
def test_a_ratio_is_told_with_its_interval(found: dict[str, Any], words: str) -> None:
    assert ratio_line({"window_days": 28, **found}).endswith(f": {words}")


def test_a_curve_is_told_with_band_numbers_and_median() -> None:
    step = {"days": 90, "at_risk": 7, "reversed": 0, "share": 0.4, "low": 0.21, "high": 0.62}
    plain = {"days": 180, "at_risk": 2, "reversed": 0, "share": 0.0, "low": None, "high": None}
    found = {
        "ending": "reversed",
        "value": "",
        "cuts": 12,
        "ended": 8,
        "median": {"days": 60},
        "standing": [step, plain],
    }
    assert survival_text([{**found, "standing": [step, plain]}]).splitlines() == [
        "Recorded cuts not reversed so far (Kaplan-Meier):",
        "of                      after days  standing  95 % band   followed so long",
        "all (12 cuts, 8 ended)  90          40 %      21 to 62 %  7",
        "all (12 cuts, 8 ended)  180         0 %                   2",
        "half of all by day 60",
    ]
