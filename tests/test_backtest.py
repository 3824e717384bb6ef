"""What the rules would have told over a stored history: as it came, by the deciding that is used when it comes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_builders import HOUR, NOW, article, draft, opened, ran, verdict, write

from monitor.alerts import FRESH
from monitor.backtest import _Growing, _tied, _undone, report
from monitor.model import EventState, Facts, Kind, Label, Origin
from monitor.settings import RuleSettings, Settings, StoreSettings
from monitor.store import Database, Store, accounts, articles, events, rules, watching
from monitor.store.events import insert_event
from monitor.store.replay import Stored

DAY = timedelta(days=1)
BANK = "Norvik Bank"
ANY = RuleSettings(name="any")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "m.db") as store:
        yield store


def told(db: Database, number: int, at: datetime, event_id: int | None = None, **changes: Any) -> int:
    """Store an article that came at a moment, and join it to an event or make it the first of one."""
    facts = Facts(company=BANK, **changes.pop("facts", {}))
    label = changes.pop("label", Label.CUT)
    story = changes.pop("story", None)
    told_of = verdict(label, **{name: getattr(facts, name) for name in Facts.__slots__})
    values = {"first_seen_at": at, "published_at": at, "publisher": f"outlet{number}.example", "verdict": told_of}
    article_id, _ = articles.upsert(db, article(number, **(values | changes)), at)
    if story is not None:
        db.execute("update articles set story_id = ? where id = ?", [story, article_id])
    account = draft(label, at.date(), company=BANK, facts=facts, source_tier=changes.get("source_tier", 3))
    if event_id is None:
        origin = changes.get("origin", Origin.LIVE)
        return insert_event(db, account, article_id=article_id, origin=origin, now=NOW if origin != "live" else at)
    events.join(db, event_id, account, article_id=article_id, now=at)
    return event_id


def tried(store: Store, *chosen: RuleSettings, since: timedelta = 30 * DAY, rule: str | None = None) -> dict[str, Any]:
    settings = Settings(store=StoreSettings(path=store.path), rules=chosen or (ANY,))
    return store.read_now(lambda db: report(db, settings, rule=rule, since=NOW - since, now=NOW))


def subjects(answer: dict[str, Any]) -> list[str]:
    return [alert["subject"] for alert in answer["alerts"]]


def test_each_event_is_told_as_it_grew(store: Store) -> None:
    def unit(db: Database) -> None:
        number = told(db, 1, NOW - 5 * DAY)
        told(db, 2, NOW - 4 * DAY, number)
        told(db, 3, NOW - 3 * DAY, number, facts={"jobs_count": 320, "jobs_qualifier": "exact"})

    write(store, unit)
    answer = tried(store)
    assert subjects(answer) == ["event:1", "event:1:2"]
    first, second = answer["alerts"]
    assert first["headline"].startswith("Norvik Bank: cut, number of jobs not stated")
    assert second["lines"] == ["320 jobs, was not stated"]
    assert answer["rules"][0]["weeks"] == {"2026-W09": 2}


def test_a_copy_raises_nothing(store: Store) -> None:
    def unit(db: Database) -> None:
        number = told(db, 1, NOW - 5 * DAY, story=1, source_tier=4)
        told(db, 2, NOW - 4 * DAY, number, story=1, source_tier=2)

    write(store, unit)
    assert subjects(tried(store)) == ["event:1"]


def test_an_article_that_says_nothing_of_the_event_is_one_more_voice(store: Store) -> None:
    def unit(db: Database) -> None:
        number = told(db, 1, NOW - 5 * DAY, source_tier=4)
        silent, _ = articles.upsert(
            db, article(2, first_seen_at=NOW - 4 * DAY, publisher="two.example", verdict=verdict(Label.NONE)), NOW
        )
        events.add_article(db, number, silent, NOW - 4 * DAY)
        told(db, 3, NOW - 3 * DAY, number, source_tier=4, publisher="outlet1.example", story=1)

    write(store, unit)
    assert [alert["at"][:10] for alert in tried(store, replace(ANY, confirm=1))["alerts"]] == ["2026-02-27"]


def test_rules_in_shadow_are_tried_with_the_others(store: Store) -> None:
    write(store, lambda db: told(db, 1, NOW - DAY))
    write(store, lambda db: (rules.note(db, {}, NOW), ran(db), rules.note(db, {"new": "any"}, NOW)))
    [row] = tried(store, replace(ANY, name="new"))["rules"]
    assert (row["sent"], row["shadow"]) == (1, "the rule is new since 2026-03-02; write shadow = false to send")


def test_a_flip_is_told_once_the_cut_is_known(store: Store) -> None:
    def unit(db: Database) -> None:
        told(db, 1, NOW - 20 * DAY, facts={"jobs_count": 320, "jobs_qualifier": "exact"})
        number = told(db, 2, NOW - 5 * DAY, label=Label.REVERSAL)
        db.execute("update events set linked_event_id = 1, link_type = 'reverses' where id = ?", [number])

    write(store, unit)
    [alert] = tried(store, RuleSettings(name="flips", kind="flip"))["alerts"]
    assert alert["headline"] == "Norvik Bank took people back 15 days after cutting 320 jobs"


@pytest.mark.parametrize(("days", "told_of"), [(3, 1), (8, 0)], ids=["while it is news", "when it is history"])
def test_a_flip_that_came_before_its_cut_is_told_when_that_comes(store: Store, days: int, told_of: int) -> None:
    def unit(db: Database) -> None:
        number = told(db, 1, NOW - 10 * DAY, label=Label.REVERSAL)
        told(db, 2, NOW - (10 - days) * DAY)
        told(db, 3, NOW - DAY, 2)
        db.execute("update events set linked_event_id = 2, link_type = 'reverses' where id = ?", [number])

    write(store, unit)
    alerts = tried(store, RuleSettings(name="flips", kind="flip"))["alerts"]
    assert [alert["subject"] for alert in alerts] == ["event:1"] * told_of


LINKED = st.tuples(
    st.sampled_from(list(Label)[:3]), st.none() | st.integers(1, 8), st.integers(1, 2), st.none() | st.integers(0, 14)
)


@given(st.lists(LINKED, min_size=1, max_size=8).flatmap(lambda told: st.permutations([*enumerate(told, 1)])))
def test_what_undoes_a_cut_is_found_from_the_cut_as_from_each_event(
    told: list[tuple[int, tuple[Label, int | None, int, int | None]]],
) -> None:
    growing, answers = dict[int, _Growing](), dict[int | None, list[_Growing]]()
    for number, (label, linked, employer, days) in told:
        stored = Stored(number, str(employer), employer, label, Kind.EVENT, NOW.date(), linked, "follows")
        state = EventState(number, str(employer), label, Kind.EVENT, "announced", NOW.date(), 1, 1)
        event = _Growing(stored, len(growing), frozenset(), last=None if days is None else (state, NOW - days * DAY))
        growing[number] = event
        answers.setdefault(linked, []).append(event)
    for cut in (event.stored for event in growing.values() if event.stored.label is Label.CUT):
        own = [event for event in growing.values() if event.stored.company_id == cut.company_id]
        undone = [(event.last, _undone(event.stored, growing)) for event in own]
        assert _tied(cut, answers, growing, NOW) == [
            replace(last[0], undoes=of)
            for last, of in undone
            if last is not None and of is not None and of.event_id == cut.id and NOW - last[1] <= FRESH
        ]


def test_confirmation_budget_cool_down_and_watch_list_count_as_they_do_live(store: Store) -> None:
    def unit(db: Database) -> None:
        told(db, 1, NOW - 3 * DAY, source_tier=4)
        told(db, 2, NOW - 2 * DAY, source_tier=2)
        told(db, 3, NOW - 2 * DAY + HOUR, source_tier=2)
        watching.add(db, BANK, name="watch", why=None, now=NOW)

    write(store, unit)
    chosen = [
        RuleSettings(name="sure", confirm=1, cool_down_h=0),
        RuleSettings(name="few", max_per_day=1, cool_down_h=0),
        RuleSettings(name="calm"),
        RuleSettings(name="ours", kind="watch", watchlist=True),
        RuleSettings(name="others", kind="watch", watchlist="others"),
    ]
    found = {row["rule"]: (row["sent"], row["held_back"], row["late"]) for row in tried(store, *chosen)["rules"]}
    assert found == {"sure": (2, 0, 0), "few": (3, 0, 1), "calm": (2, 1, 0), "ours": (2, 1, 0), "others": (0, 0, 0)}


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        pytest.param({}, False, id="news"),
        pytest.param({"origin": Origin.IMPORTED}, True, id="an import"),
        pytest.param({"first_seen_at": NOW}, True, id="dated over seven days before it was seen"),
    ],
)
def test_history_counts_by_its_dates_and_is_marked(*, changes: dict[str, Any], marked: bool, store: Store) -> None:
    at = NOW - 20 * DAY
    write(store, lambda db: told(db, 1, at, **changes))
    answer = tried(store)
    assert [(alert["at"][:10], alert["history"]) for alert in answer["alerts"]] == [("2026-02-10", marked)]
    assert any("rest on history" in note for note in answer["notes"]) is marked


def test_a_store_that_holds_rows_of_a_file_alone_is_not_empty_to_a_rule(store: Store) -> None:
    def unit(db: Database) -> None:
        row = accounts.NewAccount(
            label=Label.CUT, kind=Kind.EVENT, announced_on=date(2024, 8, 27), date_precision="day", source_tier=2,
            origin=Origin.IMPORTED, company=BANK, facts=Facts(jobs_count=700, jobs_qualifier="about"),
        )  # fmt: skip
        account_id, _ = accounts.put(db, row, NOW)
        told_of = accounts.draft(db, account_id)
        assert told_of
        insert_event(db, told_of, account_id=account_id, origin=Origin.IMPORTED, now=NOW)

    write(store, unit)
    [alert] = tried(store, RuleSettings(name="large", kind="size", min_jobs=500), since=1000 * DAY)["alerts"]
    assert (alert["at"][:10], alert["history"]) == ("2024-08-27", True)
    assert alert["headline"].startswith("Norvik Bank: cut of about 700 jobs")


def test_only_what_came_since_is_told_and_what_came_before_is_known(store: Store) -> None:
    def unit(db: Database) -> None:
        number = told(db, 1, NOW - 9 * DAY)
        told(db, 2, NOW - DAY, number)
        told(db, 3, NOW - 8 * DAY)

    write(store, unit)
    assert subjects(tried(store, since=7 * DAY)) == []


def test_one_rule_can_be_tried_alone_and_those_by_the_clock_are_named(store: Store) -> None:
    chosen = (ANY, RuleSettings(name="daily", kind="digest"))
    assert [row["rule"] for row in tried(store, *chosen, rule="daily")["rules"]] == ["daily"]
    assert tried(store, *chosen)["notes"][-1] == "daily: a digest goes by the clock and is not replayed"


def test_a_milestone_is_told_unless_something_answered_the_cut_by_then(store: Store) -> None:
    def unit(db: Database) -> None:
        told(db, 1, NOW - 400 * DAY, facts={"jobs_count": 320, "jobs_qualifier": "exact"})
        told(db, 2, NOW - 100 * DAY, label=Label.REVERSAL)
        db.execute("update events set linked_event_id = 1, link_type = 'reverses' where id = 2")

    write(store, unit)
    answer = tried(store, RuleSettings(name="later", kind="milestone", months=(3, 6, 12)), since=500 * DAY)
    assert [alert["headline"] for alert in answer["alerts"]] == [
        "Norvik Bank, 3 months after cutting 320 jobs: nothing found yet",
        "Norvik Bank, 6 months after cutting 320 jobs: nothing found yet",
    ]


def test_a_surge_is_told_by_the_trends_of_the_past(store: Store) -> None:
    def unit(db: Database) -> None:
        for week in range(60):
            told_of = 12 if week in {57, 58} else 1
            for number in range(told_of):
                told(db, 100 * week + number + 1, NOW - (60 - week) * 7 * DAY, origin=Origin.IMPORTED)

    write(store, unit)
    answer = tried(store, RuleSettings(name="turn", kind="surge"), since=30 * DAY)
    assert [alert["kind"] for alert in answer["alerts"]] == ["surge"] * len(answer["alerts"])
    assert answer["alerts"]


def test_an_excluded_event_is_not_told(store: Store) -> None:
    number = write(store, lambda db: told(db, 1, NOW - DAY))
    write(store, lambda db: db.execute("update events set review_state = 'excluded' where id = ?", [number]))
    assert subjects(tried(store)) == []
