"""`retention`: what it says before and after, and that each setting has its kind of row."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from store_builders import added, entry, opened, polled, write

from monitor.cli import layoff_monitor
from monitor.settings import RetentionSettings
from monitor.store import retention
from monitor.store.rows import scalar


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a store with one entry that was passed over, months ago."""
    path = tmp_path / "monitor.db"
    with opened(path) as store:
        write(store, lambda db: polled(db, added(db), entry(1), worth=lambda _: False))
    return path


def call(path: Path, *args: str) -> Result:
    return CliRunner().invoke(layoff_monitor, ["--db", str(path), "retention", *args])


def summary(path: Path) -> str:
    with opened(path, read_only=True) as store:
        return str(store.read_now(lambda db: scalar(db, "select summary from entries")))


def test_every_setting_has_its_kind_of_row() -> None:
    assert list(retention.days_of(RetentionSettings())) == list(retention.BY_KEY)


@pytest.mark.parametrize("kind", retention.KINDS, ids=lambda kind: kind.key)
def test_what_is_to_go_is_looked_for_in_one_stretch_of_its_table(kind: retention.Kind, path: Path) -> None:
    """And not in all of it, once for each stretch, by an index that seems to fit."""
    sql = f"explain query plan select 1 from {kind.table} t where t.rowid > 5 and t.rowid <= 9 and {kind.due}"  # noqa: S608  # ours
    with opened(path, read_only=True) as store:
        plan = store.read_now(lambda db: [row[3] for row in db.execute(sql, {"before": "2026"})])
    assert plan[0] == "SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"


def test_a_dry_run_changes_nothing_and_says_what_would_go(path: Path) -> None:
    shown, document = call(path, "--dry-run"), call(path, "--dry-run", "--json")
    assert (shown.exit_code, document.exit_code) == (0, 0), shown.output + document.output
    assert "setting       days      go  of rows in all  what" in shown.stdout
    assert "summaries of entries that led to no article" in shown.stdout
    [line] = [line for line in json.loads(document.stdout) if line["setting"] == "summary_days"]
    assert {key: line[key] for key in ("days", "rows", "go", "gone")} == {"days": 90, "rows": 1, "go": 1, "gone": None}
    assert summary(path)


def test_without_it_what_it_said_is_done(path: Path) -> None:
    done = call(path, "--json")
    assert done.exit_code == 0, done.output
    assert {line["setting"]: line["gone"] for line in json.loads(done.stdout)}["summary_days"] == 1
    assert not summary(path)
