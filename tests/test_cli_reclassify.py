"""`reclassify` as a command: with and without a daemon, as JSON, rehearsed, and killed in the middle."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from monitor import app, commands, control, settings
from monitor.classify import rules
from monitor.cli.rejudging import line

ROOT = Path(__file__).resolve().parent.parent
TITLE = "{} Bank drops 320 phone advisers as an AI voice assistant takes over"


def command(store: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "monitor", "--db", str(store), *args]


def called(store: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(store, *args), cwd=ROOT, capture_output=True, text=True, check=False, env=environment(), timeout=120
    )


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LAYOFF_MONITOR_")}


def forget(store: Path) -> None:
    """Make every imported verdict one of an older judge, who saw nothing."""
    with closing(sqlite3.connect(store)) as db, db:
        db.execute(
            "update articles set label = 'none', kind = 'off_topic', classifier_version = 'old' where not is_seed"
        )


def judged(store: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store)) as db:
        sql = "select label, classifier_version <> 'old', count(*) from articles where not is_seed group by 1, 2"
        return sorted(db.execute(sql).fetchall())


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give a store with three imported stories whose verdicts are out of date."""
    return filled(tmp_path, 3)


def filled(folder: Path, number: int) -> Path:
    stories = folder / "stories.jsonl"
    with stories.open("w", encoding="utf-8") as file:
        for index in range(number):
            name = "".join("bdfgklmnrs"[int(digit)] + "a" for digit in f"{index:03}").capitalize()
            title = TITLE.format(name)
            file.write(json.dumps({"title": title, "text": f"{title}.", "published_at": "2026-03-02"}) + "\n")
    path = folder / "monitor.db"
    done = called(path, "import", str(stories))
    assert done.returncode == 0, done.stderr
    forget(path)
    return path


def test_each_changed_verdict_is_a_line_and_the_counts_come_last(store: Path) -> None:
    done = called(store, "reclassify")
    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines), lines[-1]) == (0, 4, "3 judged, 3 gained")
    assert all(text.startswith("gained   article ") and "none/off_topic -> cut/event" in text for text in lines[:3])
    assert judged(store) == [("cut", 1, 3)]


def test_json_is_one_document(store: Path) -> None:
    document = json.loads(called(store, "reclassify", "--json").stdout)
    assert [change["change"] for change in document["changes"]] == ["gained"] * 3
    assert (document["judged"], document["gained"], document["lost"], document["dry_run"]) == (3, 3, 0, False)
    assert json.loads(called(store, "reclassify", "--json").stdout)["changes"] == []


def test_a_rehearsal_changes_nothing(store: Path) -> None:
    done = called(store, "reclassify", "--dry-run")
    assert done.stdout.splitlines()[-1] == "3 judged, 3 gained (nothing was changed)"
    assert judged(store) == [("none", 0, 3)]


def test_without_a_store_a_rehearsal_prints_no_half_document(tmp_path: Path) -> None:
    done = called(tmp_path / "none.db", "reclassify", "--dry-run", "--json")
    assert (done.returncode, done.stdout) == (3, "")


async def test_a_running_daemon_does_it(store: Path) -> None:
    chosen = settings.Settings(store=settings.StoreSettings(path=store))
    async with app.open_runtime(chosen) as runtime:
        handlers = {name: partial(work, runtime) for name, work in commands.WRITING.items()}
        async with control.serve(store, handlers):
            done = await asyncio.to_thread(called, store, "reclassify", "--json")
    assert (done.returncode, json.loads(done.stdout)["gained"]) == (0, 3)


async def test_a_daemon_with_an_older_judge_is_told_of(store: Path) -> None:
    chosen = settings.Settings(store=settings.StoreSettings(path=store))
    async with app.open_runtime(chosen) as runtime:
        older = replace(rules.load(), digest="older")
        given = replace(runtime, recorder=replace(runtime.recorder, classifier=older))
        handlers = {name: partial(work, given) for name, work in commands.WRITING.items()}
        async with control.serve(store, handlers):
            done = await asyncio.to_thread(called, store, "reclassify")
    assert done.returncode == 0
    assert f"judged by rules {rules.VERSION}+older" in done.stderr
    assert "restart the daemon" in done.stderr


def test_a_killed_run_continues(tmp_path: Path) -> None:
    store = filled(tmp_path, 250)
    with subprocess.Popen(command(store, "reclassify"), cwd=ROOT, stdout=subprocess.PIPE, env=environment()) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith(b"gained")
        run.kill()
    [*_, (_, _, done)] = judged(store)
    again = json.loads(called(store, "reclassify", "--json").stdout)
    assert again["judged"] <= 150
    assert judged(store) == [("cut", 1, 250)]
    assert done >= 100


def test_a_line_names_both_verdicts_and_the_employer_once_if_it_is_the_same() -> None:
    verdict = {"label": "cut", "kind": "event", "company": "Norvik"}
    change = {"change": "lost", "article_id": 5, "title": "T", "before": verdict}
    assert (
        line(change | {"after": verdict | {"label": "none"}})
        == "lost     article 5  cut/event -> none/event  Norvik  T"
    )
    assert "Norvik -> no employer" in line(change | {"after": verdict | {"company": None}})
