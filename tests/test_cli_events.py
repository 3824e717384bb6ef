"""`import --events`, `company` and `review` as commands: what is printed, the exit codes, and a running daemon."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import app, commands, control, settings
from monitor.cli import layoff_monitor
from monitor.clock import utc_now
from monitor.shipped import shipped
from monitor.store import Store
from monitor.store.rows import rows

HEADER = "event_id,company,label,date,source_url,jobs_count,linked_event_id,link_type"
CUT = "n1,Norvik Bank,cut,2025-03-04,https://n.example/1,400,,"
BACK = "n2,Norvik Bank,reversal,2025-09-01,https://n.example/2,,n1,reverses"
BAD = "n3,Norvik Bank,shrink,May,https://n.example/3,,,"
Call = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.db"


@pytest.fixture
def call(path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Give a caller of the command line with a store of its own."""
    monkeypatch.delenv("LAYOFF_MONITOR_CONFIG", raising=False)

    def invoke(*args: str | Path) -> Result:
        return CliRunner().invoke(layoff_monitor, ["--db", str(path), *map(str, args)])

    return invoke


def listed(folder: Path, *lines: str, name: str = "e.csv") -> Path:
    (folder / name).write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return folder / name


def norvik(path: Path) -> list[tuple[str, str | None]]:
    with Store.open(path, clock=utc_now, read_only=True) as store:
        sql = "select label, link_type from events_view where company = 'Norvik Bank' order by announced_on"
        return [(row["label"], row["link_type"]) for row in store.read_now(lambda db: rows(db, sql))]


def test_a_list_of_events_is_taken_in_with_its_links(call: Call, path: Path, tmp_path: Path) -> None:
    done = call("import", "--events", listed(tmp_path, BACK, CUT))
    assert (done.exit_code, done.stdout) == (0, "import: 2 new events\n")
    assert norvik(path) == [("cut", None), ("reversal", "reverses")]


def test_the_same_list_again_changes_nothing(call: Call, path: Path, tmp_path: Path) -> None:
    call("import", "--events", listed(tmp_path, CUT, BACK))
    again = call("import", "--events", listed(tmp_path, CUT, BACK))
    assert (again.exit_code, again.stdout) == (0, "import: 2 known\n")
    assert len(norvik(path)) == 2


def test_a_row_that_does_not_fit_is_refused_by_line_beside_others(call: Call, path: Path, tmp_path: Path) -> None:
    file = listed(tmp_path, CUT, BAD)
    done = call("import", "--events", file)
    assert (done.exit_code, done.stdout) == (1, "import: 1 new event, 1 refused\n")
    label, date = (line for line in done.stderr.splitlines() if line.startswith("refused"))
    assert label.startswith(
        f"refused {file}, line 3, column label = 'shrink': must be one of cut, reversal, hybrid, none"
    )
    assert date == f"refused {file}, line 3, column date = 'May': must be a date as 2025-05-08, 2025-05 or 2025"
    assert len(norvik(path)) == 1


def test_json_holds_counts_and_refusals(call: Call, tmp_path: Path) -> None:
    file = listed(tmp_path, CUT, BAD.replace("May", "2025-05"))
    answer = json.loads(call("import", "--events", file, "--json").stdout)
    assert (answer["new_events"], answer["notes"], answer["unread_columns"]) == (1, 0, [])
    [refused] = answer["refused"]
    assert (refused["source"], refused["column"], refused["value"]) == (f"{file}, line 3", "label", "shrink")


def test_a_name_given_to_two_rows_is_refused_the_second_time(call: Call, path: Path, tmp_path: Path) -> None:
    done = call("import", "--events", listed(tmp_path, CUT, BACK.replace("n2", "n1")))
    assert done.exit_code == 1
    assert "line 3, column event_id = 'n1': must be a name that no other row has" in done.stderr
    assert norvik(path) == [("cut", None)]


WHOLE = {
    "a folder": (None, "is a folder"),
    "an empty file": ("", "is empty"),
    "a wrong header": ("name,day\n", "a column is missing, one of company, employer; there are: name, day"),
}


@pytest.mark.parametrize(("text", "words"), WHOLE.values(), ids=WHOLE.keys())
def test_what_is_no_list_of_events_is_refused_before_anything_is_done(
    call: Call, path: Path, tmp_path: Path, text: str | None, words: str
) -> None:
    place = tmp_path / "x.csv"
    if text is None:
        place.mkdir()
    else:
        place.write_text(text, encoding="utf-8")
    done = call("import", "--events", place)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not path.exists()


def test_the_shipped_list_is_known_to_every_store(call: Call) -> None:
    done = call("import", "--events", shipped("storage/seed/events.jsonl"))
    assert (done.exit_code, done.stdout) == (0, "import: 102 known\n")


def test_a_name_that_the_store_has_for_another_employer_is_refused(call: Call, tmp_path: Path) -> None:
    call("import", "--events", listed(tmp_path, CUT))
    done = call("import", "--events", listed(tmp_path, CUT.replace("Norvik Bank", "Halden Telecom")))
    assert done.exit_code == 1
    assert "line 2, column event_id = 'n1': a row of this event_id is there and is about Norvik Bank" in done.stderr


def test_many_rows_are_taken_in_portions_and_progress_is_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.cli.filing.AT_ONCE", 4)
    monkeypatch.setattr("monitor.cli.filing.PROGRESS_EVERY", 8)
    lines = [f"m{n},Firm {n},cut,2025-03-04,https://n.example/{n},,," for n in range(10)]
    done = call("import", "--events", listed(tmp_path, *lines))
    assert done.stdout == "import: 10 new events\n"
    assert "8 rows taken in, 0 refused" in done.stderr


def test_a_running_daemon_takes_in_rows_and_reviews(call: Call, path: Path, tmp_path: Path) -> None:
    file = listed(tmp_path, CUT, BACK)
    chosen = settings.Settings(store=settings.StoreSettings(path=path), feeds=settings.FeedsSettings(starter=False))

    async def beside_a_daemon() -> tuple[Result, Result]:
        async with app.open_runtime(chosen) as runtime:
            handlers = {name: partial(command, runtime) for name, command in commands.WRITING.items()}
            async with control.serve(path, handlers):
                return (
                    await asyncio.to_thread(call, "import", "--events", file),
                    await asyncio.to_thread(call, "review", "https://none.example", "--exclude", "--why", "x"),
                )

    done, missed = asyncio.run(beside_a_daemon())
    assert (done.exit_code, done.stdout) == (0, "import: 2 new events\n")
    assert missed.exit_code == 1
    assert "no article of https://none.example is in the store" in missed.stderr


def test_a_history_is_printed_and_given_as_json(call: Call, tmp_path: Path) -> None:
    call("import", "--events", listed(tmp_path, CUT, BACK))
    assert call("company", "norvik bank").stdout.startswith("Norvik Bank\n1 cut, 1 reversal; now: reversed;")
    answer = json.loads(call("company", "Norvik Bank", "--json").stdout)
    assert [step["date"] for step in answer["steps"]] == ["2025-03-04", "2025-09-01"]


def test_an_unknown_employer_ends_with_1(call: Call, tmp_path: Path) -> None:
    call("import", "--events", listed(tmp_path, CUT))
    missed = call("company", "Norvick Bank")
    assert missed.exit_code == 1
    assert "nearest: Norvik Bank" in missed.stderr


def test_a_review_says_what_it_changed(call: Call, path: Path, tmp_path: Path) -> None:
    call("import", "--events", listed(tmp_path, CUT))
    answer = json.loads(call("company", "Norvik Bank", "--json").stdout)
    number = answer["steps"][0]["event_id"]
    done = call("review", f"event:{number}", "--label", "hybrid", "--why", "both halves")
    assert (done.exit_code, done.stdout) == (0, f"event:{number}: label cut -> hybrid\n")
    assert norvik(path) == [("hybrid", None)]


def test_a_review_needs_its_reason(call: Call) -> None:
    done = call("review", "event:1", "--exclude")
    assert done.exit_code == 2
    assert "--why TEXT is needed" in done.stderr
