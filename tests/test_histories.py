"""The history of an employer: what every store begins with, and what `company NAME` prints."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from account_builders import entered, filed, seen
from store_builders import NOW, article, opened, verdict, write

from monitor import app, histories, settings
from monitor.cli.company import shown
from monitor.errors import MonitorError
from monitor.model import Kind, Label
from monitor.store import Store, articles
from monitor.store import events as event_store

TODAY = date(2026, 3, 2)
ALIASES = {"norvik": "Norvik Bank", "nordvik bank asa": "Norvik Bank", "lumo": "Lumo Pay"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give a store as the first start leaves it."""
    path = tmp_path_factory.mktemp("first") / "m.db"
    chosen = settings.Settings(store=settings.StoreSettings(path=path), feeds=settings.FeedsSettings(starter=False))

    async def start() -> None:
        async with app.open_runtime(chosen):
            pass

    asyncio.run(start())
    with opened(path, read_only=True) as store:
        yield store


def history(store: Store, name: str = "Norvik Bank") -> dict[str, Any]:
    return store.read_now(lambda db: histories.history(db, name, ALIASES, TODAY))


def test_a_cut_stands_before_what_answers_it_on_the_same_day(store: Store) -> None:
    entered(store, filed("back", Label.REVERSAL), filed("cut"))
    assert [step["label"] for step in history(store)["steps"]] == ["cut", "reversal"]


# --- what every store begins with ----------------------------------------------------------------------------------


def test_four_seeds_and_the_recorded_events_give_klarna_one_dated_history(first_start: Store) -> None:
    sql = """
        select announced_on, label, link_type, reverses_event_id, days_to_reversal, jobs_count, articles
        from events_view where company = 'Klarna' order by announced_on
    """
    found = seen(first_start, sql)
    [cut] = seen(first_start, "select id from events_view where company = 'Klarna' and announced_on = '2024-08-27'")
    number = cut["id"]
    assert [tuple(row.values()) for row in found] == [
        ("2024-08-27", "cut", None, None, None, None, 1),
        ("2024-12-12", "cut", "updates", None, None, None, 0),
        ("2025-05-08", "reversal", "reverses_partly", number, 254, 2, 1),
        ("2025-06-04", "hybrid", "follows", number, 281, None, 1),
        ("2025-09-02", "reversal", "follows", number, 371, None, 0),
        ("2026-02-15", "cut", "follows", None, None, 1000, 0),
    ]


def test_klarna_is_one_employer(first_start: Store) -> None:
    found = seen(
        first_start, "select name, cuts, reversals, hybrids, claims from companies_view where name like 'Klarna%'"
    )
    assert found == [{"name": "Klarna", "cuts": 2, "reversals": 2, "hybrids": 1, "claims": 2}]


def test_there_is_no_ai_cut_of_2022(first_start: Store) -> None:
    assert seen(first_start, "select id from events where announced_on < '2023-01-01'") == []
    [note] = seen(first_start, "select label, kind from notes_view where announced_on < '2023-01-01'")
    assert note == {"label": "none", "kind": "event"}


def test_the_count_of_the_seed_that_is_only_computed_stays_computed(first_start: Store) -> None:
    [cut] = seen(first_start, "select * from events_view where company = 'Klarna' and announced_on = '2024-08-27'")
    assert (cut["jobs_count"], cut["jobs_implied"], cut["jobs_qualifier"]) == (None, 1800, "none_stated")


def test_a_second_start_adds_nothing(first_start: Store) -> None:
    before = seen(first_start, "select count(*) as n from events")
    chosen = settings.Settings(
        store=settings.StoreSettings(path=first_start.path), feeds=settings.FeedsSettings(starter=False)
    )

    async def start() -> None:
        async with app.open_runtime(chosen):
            pass

    asyncio.run(start())
    assert seen(first_start, "select count(*) as n from events") == before


# --- company NAME -------------------------------------------------------------------------------------------------


def test_the_steps_stand_in_the_order_they_happened(store: Store) -> None:
    claimed = {"kind": Kind.PRODUCTIVITY_CLAIM, "facts": {"fte_equivalent": 90}}
    entered(
        store,
        filed("back", Label.REVERSAL, "2025-09-01"),
        filed("claim", day="2025-01-01", date_precision="month", **claimed),
        filed("cut", facts={"jobs_count": 400, "jobs_qualifier": "up_to", "jobs_count_max": 400}),
        filed("mixed", Label.HYBRID, "2026-01-01"),
        filed("done", day="2026-02-01", status="completed"),
    )  # fmt: skip
    told = [(step["step"], step["date"], step["numbers"]) for step in history(store)["steps"]]
    assert told == [
        ("claimed", "2025-01", ["the work of 90 people"]),
        ("announced", "2025-03-04", ["up to 400 jobs"]),
        ("reversed", "2025-09-01", []),
        ("hybrid", "2026-01-01", []),
        ("carried out", "2026-02-01", []),
    ]


NUMBERS = {
    "exact": ({"jobs_count": 1, "jobs_qualifier": "exact"}, ["1 job"]),
    "about": ({"jobs_count": 1700, "jobs_qualifier": "about"}, ["about 1,700 jobs"]),
    "a range": ({"jobs_count": 4, "jobs_count_max": 6, "jobs_qualifier": "range"}, ["4 to 6 jobs"]),
    "hundreds": ({"jobs_count": 300, "jobs_qualifier": "hundreds"}, ["hundreds of jobs"]),
    "computed": ({"jobs_implied": 5, "jobs_formula": "1,005 - 1,000"}, ["5 jobs by calculation (1,005 - 1,000)"]),
    "a share": ({"share_pct": 10.0, "share_base": "all staff"}, ["10 % of all staff"]),
    "before and after": ({"headcount_before": 3800, "headcount_after": 2000}, ["from 3,800 to 2,000 people"]),
    "only after": ({"headcount_after": 2000}, ["2,000 people after"]),
    "none": ({}, []),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "words"), NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_is_shown_with_what_is_known_of_it(store: Store, facts: dict[str, Any], words: list[str]) -> None:
    entered(store, filed("cut", facts=facts))
    assert history(store)["steps"][0]["numbers"] == words


@pytest.mark.parametrize(
    "name", ["Norvik Bank ASA", "The Nórvik Bank", "Norvik Bank", "norvik  bank", "Norvik", "Nordvik Bank ASA"]
)
def test_an_employer_is_found_by_any_of_its_names(store: Store, name: str) -> None:
    entered(store, filed("cut"))
    assert history(store, name)["company"] == "Norvik Bank"


UNKNOWN = {
    "a slip": ("Norvick Bank", "nearest: Norvik Bank"),
    "a part": ("vik b", "nearest: Norvik Bank"),
    "a part with marks of its own": ("NÓRV", "nearest: Norvik Bank"),
    "one that nothing is known of": ("Lumo", "no name is near"),
    "nothing like it": ("Zzzz", "no name is near"),
}


@pytest.mark.parametrize(("name", "words"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_name_is_told_with_the_nearest(store: Store, name: str, words: str) -> None:
    entered(store, filed("cut"))
    with pytest.raises(MonitorError, match=words):
        history(store, name)


def test_notes_are_counted_and_the_newest_named(store: Store) -> None:
    commentary = verdict(Label.HYBRID, Kind.COMMENTARY, company="Norvik Bank")
    write(store, lambda db: articles.upsert(db, article(title="A lesson", verdict=commentary), NOW))
    entered(store, filed("none", Label.NONE), filed("forecast", kind=Kind.FORECAST))
    notes = history(store)["notes"]
    assert notes["counts"] == {"commentary": 1, "forecast": 1, "event, label none": 1}
    assert (notes["newest"][0]["title"], notes["newest"][1]["publisher"]) == ("A lesson", "forecast.example")


def test_what_a_person_excluded_is_no_part_of_the_history(store: Store) -> None:
    entered(store, filed("cut"), filed("hoax", day="2025-08-01"))
    write(store, lambda db: event_store.exclude(db, 2, "a hoax", NOW))
    assert [step["event_id"] for step in history(store)["steps"]] == [1]


def test_a_history_is_printed_with_days_sources_and_what_was_corrected(store: Store) -> None:
    entered(store, filed("cut", facts={"jobs_count": 400, "jobs_qualifier": "about"}))
    entered(store, filed("back", Label.REVERSAL, "2025-09-01", facts={"jobs_count": 50, "jobs_qualifier": "exact"}))
    entered(store, filed("primary", source_tier=1, facts={"jobs_count": 420, "jobs_qualifier": "exact"}))
    text = shown(history(store))
    assert "\n1 cut, 1 reversal; now: reversed; first answered after 181 days; 420 jobs cut (stated); " in text
    assert text.splitlines()[3:8] == [
        "2025-03-04  announced    event 1  cut, partly reversed",
        "            420 jobs",
        "            2 rows of a file: 2 independent reports",
        "            primary.example  https://primary.example/a",
        "            cut.example  https://cut.example/a",
    ]
    assert "            corrected: jobs_count 400 -> 420 (tier 1 before tier 2)" in text
    assert "            undoes part of event 1, 181 days after event 1" in text
    assert "  event 1 of 2025-03-04: 1 later event, the first a reversal on 2025-09-01" in text


def test_only_what_was_said_otherwise_before_is_printed_as_corrected(store: Store) -> None:
    entered(store, filed("vague", day="2025-03-01", date_precision="month"))
    entered(store, filed("exact", facts={"jobs_count": 7, "jobs_qualifier": "exact"}))
    corrected = [line.strip() for line in shown(history(store)).splitlines() if "corrected" in line]
    assert corrected == ["corrected: announced_on 2025-03-01 -> 2025-03-04 (the more precise date)"]


def test_an_employer_without_events_is_shown_too(store: Store) -> None:
    entered(store, filed("none", Label.NONE))
    assert "no event is known of this employer" in shown(history(store))


def test_totals_keep_apart_what_is_not_equally_exact(store: Store) -> None:
    entered(
        store,
        filed("a", facts={"jobs_count": 400, "jobs_qualifier": "about"}),
        filed("b", day="2025-05-01", facts={"jobs_count": 9, "jobs_count_max": 20, "jobs_qualifier": "range"}),
        filed("c", day="2025-07-01", facts={"jobs_count": 70, "jobs_count_max": 70, "jobs_qualifier": "up_to"}),
        filed("d", day="2025-09-01", facts={"jobs_count": 6000, "jobs_qualifier": "estimate"}),
        filed("e", day="2025-11-01", facts={"jobs_count": 9}, linked_external_id="b", link_type="updates"),
    )  # fmt: skip
    [row] = seen(store, "select cuts, jobs_cut_stated, jobs_cut_up_to, jobs_cut_estimated from companies_view")
    assert row == {"cuts": 4, "jobs_cut_stated": 409, "jobs_cut_up_to": 70, "jobs_cut_estimated": 6000}


@pytest.mark.parametrize("labels", [(Label.CUT, Label.REVERSAL), (Label.REVERSAL, Label.CUT)])
def test_of_one_day_the_answer_is_how_it_stands_whatever_came_in_first(store: Store, labels: tuple[Label, ...]) -> None:
    entered(store, *(filed(label, label) for label in labels))
    assert history(store)["figures"]["current_state"] == "reversed"
