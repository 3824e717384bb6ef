"""The demonstration does what it says it does, and its store can be read afterwards."""

from itertools import takewhile
from pathlib import Path

import pytest

from monitor import demo
from monitor.clock import utc_now
from monitor.demo.stories import read_stories
from monitor.errors import MonitorError
from monitor.store import Store, audit
from monitor.store.rows import Row, rows


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    import asyncio  # noqa: PLC0415  # a module's fixture has no loop of its own

    folder, said = tmp_path_factory.mktemp("demo"), list[str]()
    assert asyncio.run(demo.run(folder, said.append)) == 0
    return folder / "monitor.db", said


def ask(shown: tuple[Path, list[str]], sql: str) -> list[Row]:
    with Store.open(shown[0], clock=utc_now, read_only=True) as store:
        return store.read_now(lambda db: rows(db, sql))


def test_it_reads_a_story_of_each_label(shown: tuple[Path, list[str]]) -> None:
    found = ask(shown, "select distinct label from articles_view where origin = 'live'")
    assert {row["label"] for row in found} == {"cut", "reversal", "hybrid", "none"}


def test_one_employer_s_cut_is_tied_to_its_later_reversal(shown: tuple[Path, list[str]]) -> None:
    sql = "select company, label, reverses_event_id, days_to_reversal from events_view where company = 'Norvik Bank'"
    cut, reversal = ask(shown, sql + " order by announced_on")
    assert (cut["label"], reversal["label"]) == ("cut", "reversal")
    assert reversal["reverses_event_id"] is not None
    assert reversal["days_to_reversal"] == pytest.approx(190, abs=1)


def test_its_webhooks_are_delivered(shown: tuple[Path, list[str]]) -> None:
    assert {row["state"] for row in ask(shown, "select state from deliveries_view")} == {"sent"}


def test_its_letters_are_delivered_and_one_is_shown(shown: tuple[Path, list[str]]) -> None:
    [row] = ask(shown, "select count(*) as letters from messages_view where channel = 'letters' and state = 'sent'")
    assert f"\nMail delivered: {row['letters']}. The first, as a terminal shows it:" in shown[1]
    assert '  | You get this because of the rule "every event".' in shown[1]


def test_history_raises_no_alert(shown: tuple[Path, list[str]]) -> None:
    old = "select id from alerts_view where company in ('Klarna') or headline like 'Norvik Bank: cut%'"
    assert ask(shown, old) == []


def test_every_entry_is_accounted_for(shown: tuple[Path, list[str]]) -> None:
    found = ask(shown, "select outcome, count(*) as n from entries_view group by 1 order by 1")
    assert {row["outcome"]: row["n"] for row in found} == {
        "duplicate": 1,
        "failed": 1,
        "passed_over": 1,
        "refused": 1,
        "stored": 7,
    }


def test_its_store_is_sound(shown: tuple[Path, list[str]]) -> None:
    with Store.open(shown[0], clock=utc_now, read_only=True) as store:
        findings = store.read_now(lambda db: audit.audit(db, utc_now()))
    assert [finding for finding in findings if finding.level == "problem"] == []


def test_it_tells_the_histories_of_its_own_employers_and_counts_the_others(shown: tuple[Path, list[str]]) -> None:
    start = shown[1].index("\nHistories of these employers, and of Klarna from the seed articles:")
    told = list(takewhile(lambda line: line.startswith("  "), shown[1][start + 1 :]))
    assert {"2026-02", "2025-05-08"} <= {line[20:32].strip() for line in told}  # as precise as they are known
    assert {line[2:20].strip() for line in told} >= {"Klarna", "Norvik Bank", "Corvid Software", "Halden Telecom"}
    assert any("200 jobs, reverses partly: 190 days after the cut" in line for line in told)
    assert not any("Duolingo" in line or "_" in line for line in told)


def test_a_reversal_comes_whole_days_after_its_cut_so_that_its_days_are_the_same_at_any_hour() -> None:
    ago = {story.slug: story.days_ago for story in read_stories()}
    assert ago["norvik-drops-advisers"] - ago["norvik-takes-advisers-back"] == 190


def test_it_says_how_to_open_its_store(shown: tuple[Path, list[str]]) -> None:
    assert f"layoff-monitor --db {shown[0]} serve" in shown[1][-1]


async def test_it_leaves_a_store_that_is_there_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").write_bytes(b"mine")
    with pytest.raises(MonitorError, match="exists"):
        await demo.run(tmp_path, lambda _: None)
    assert (tmp_path / "monitor.db").read_bytes() == b"mine"
