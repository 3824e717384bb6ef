"""What the store tells the rules: the event as it is, what was told, what is muted, watched, and new."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rule_builders import EVENT
from store_builders import HOUR, NOW, article, draft, opened, ran, write

from monitor.alerts.cooling import known
from monitor.clock import to_text
from monitor.model import AlertDraft, Facts, Known, Label, Origin
from monitor.store import Database, Store, alerts, articles, events, mutes, rules, watching
from monitor.store.rows import rows as rows_of

DAY = timedelta(days=1)
MIDNIGHT = NOW - 9 * HOUR
EMPLOYER = "Brackwater Mutual"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "m.db") as store:
        yield store


def event(db: Database, number: int = 1, label: Label = Label.CUT, *, day: int = 0, **facts: Any) -> int:
    """Store an event that one article tells of."""
    article_id, _ = articles.upsert(db, article(number), NOW)
    account = draft(label, NOW.date() + timedelta(days=day), facts=Facts(**facts))
    return events.insert_event(db, account, article_id=article_id, origin=Origin.LIVE, now=NOW)


def also(db: Database, event_id: int, number: int, *, story: int | None = None, **changes: Any) -> int:
    """Have one more article tell of an event."""
    article_id, _ = articles.upsert(db, article(number, **changes), NOW)
    events.join(db, event_id, draft(), article_id=article_id, now=NOW)
    if story is not None:
        db.execute("update articles set story_id = ? where id = ?", [story, article_id])
    return article_id


def raised(db: Database, subject: str = "event:1", *, ago: timedelta = HOUR, rule: str = "mine", **more: Any) -> None:
    values = {"label": Label.CUT, "company": EMPLOYER, "headline": "cut", "event_id": 1, **more}
    alerts.insert(db, AlertDraft(rule, subject, **values), (), NOW - ago)


# --- the event as it is ------------------------------------------------------------------------------------


def test_an_event_is_told_with_what_it_states(store: Store) -> None:
    number = write(store, lambda db: event(db, jobs_count=320, jobs_qualifier="about", country="NO"))
    found = store.read_now(lambda db: rules.state(db, number))
    assert (found.company, found.label, found.status, found.source_tier) == (EMPLOYER, "cut", "announced", 3)
    assert (found.facts.jobs_count, found.facts.jobs_qualifier, found.facts.country) == (320, "about", "NO")
    assert (found.reports, found.undoes, found.excluded, found.is_copy) == (1, None, False, False)


@pytest.mark.parametrize(
    ("others", "reports"),
    [
        pytest.param([], 1, id="one"),
        pytest.param([("b.example", None), ("c.example", None)], 3, id="three outlets with texts of their own"),
        pytest.param([("b.example", 1), ("c.example", 1)], 1, id="copies of one text"),
        pytest.param([("news.example", None)], 1, id="two texts of one outlet"),
        pytest.param([("b.example", 1), ("b.example", None)], 2, id="a copy, and a text of its own"),
        pytest.param([(None, None)], 1, id="nobody knows whose"),
    ],
)
def test_independent_reports_are_texts_of_outlets(
    others: list[tuple[str | None, int | None]], reports: int, store: Store
) -> None:
    def unit(db: Database) -> int:
        number = event(db)
        db.execute("update articles set story_id = 1 where id = 1")
        for position, (publisher, story) in enumerate(others, 2):
            also(db, number, position, publisher=publisher, story=story or position)
        return number

    number = write(store, unit)
    assert store.read_now(lambda db: rules.reports(db, number)) == reports


@pytest.mark.parametrize(("story", "is_copy"), [(1, True), (2, False), (None, False)])
def test_a_copy_is_an_article_whose_story_the_event_had_already(
    *, story: int | None, is_copy: bool, store: Store
) -> None:
    def unit(db: Database) -> tuple[int, int]:
        number = event(db)
        db.execute("update articles set story_id = 1 where id = 1")
        return number, also(db, number, 2, story=story)

    number, article_id = write(store, unit)
    assert store.read_now(lambda db: rules.state(db, number, article_id)).is_copy is is_copy


def test_what_an_event_undoes_is_found_through_the_chain(store: Store) -> None:
    def unit(db: Database) -> None:
        event(db, 1, jobs_count=320)
        event(db, 2, Label.HYBRID, day=100)
        event(db, 3, Label.REVERSAL, day=190)
        events.set_link(db, 2, 1, "softens")
        events.set_link(db, 3, 2, "follows")

    write(store, unit)
    undone = store.read_now(lambda db: rules.state(db, 3)).undoes
    assert undone
    assert (undone.event_id, undone.days, undone.facts.jobs_count) == (1, 190, 320)


def test_links_in_a_circle_undo_nothing(store: Store) -> None:
    def unit(db: Database) -> None:
        event(db, 1, Label.HYBRID)
        event(db, 2, Label.REVERSAL)
        events.set_link(db, 1, 2, "follows")
        events.set_link(db, 2, 1, "follows")

    write(store, unit)
    assert store.read_now(lambda db: rules.state(db, 1)).undoes is None


# --- what was told -----------------------------------------------------------------------------------------


def past(db: Database, **changes: Any) -> Any:
    asked: dict[str, Any] = {"now": NOW, "midnight": MIDNIGHT, "cool_down_h": 24}
    return rules.past(db, "mine", replace(EVENT, id=1, company=EMPLOYER), **(asked | changes))


def test_the_past_of_an_event_is_what_the_rule_told_of_it_and_lately_of_its_employer(store: Store) -> None:
    def unit(db: Database) -> None:
        event(db)
        event(db, 2, day=20)
        raised(db, ago=300 * DAY, known=known(EVENT))
        raised(db, "event:2", event_id=2, ago=23 * HOUR)
        raised(db, "event:9", event_id=2, ago=25 * HOUR)
        raised(db, "event:10", event_id=2, label=Label.HYBRID)
        raised(db, "event:11", event_id=2, rule="another")
        raised(db, "event:12", event_id=2, company="Lumo Pay")

    write(store, unit)
    told = store.read_now(past).told
    assert [(one.event_id, (NOW - one.raised_at) // HOUR, one.known) for one in told] == [
        (1, 7200, Known("announced", 320, 2, 1)),
        (2, 23, None),
    ]


def test_alerts_of_today_count_against_the_budget_unless_they_are_withheld(store: Store) -> None:
    def unit(db: Database) -> None:
        event(db)
        raised(db, "a")
        raised(db, "b", ago=9 * HOUR)
        raised(db, "c", ago=10 * HOUR)
        raised(db, "d", withheld="muted")
        raised(db, "e", rule="another")

    write(store, unit)
    assert store.read_now(past).sent_today == 2


# --- rules that are new ------------------------------------------------------------------------------------


def test_rules_of_the_first_run_are_not_new_and_later_ones_are(store: Store) -> None:
    assert write(store, lambda db: rules.note(db, {"a": "any"}, NOW)) == []
    write(store, ran)
    assert write(store, lambda db: rules.note(db, {"a": "any", "b": "flip"}, NOW + DAY)) == ["b"]
    assert write(store, lambda db: rules.note(db, {"b": "size"}, NOW + 2 * DAY)) == []
    found = store.read_now(rules.noted)
    assert [(one["name"], one["kind"], one["new_since"]) for one in found.values()] == [
        ("a", "any", None),
        ("b", "size", to_text(NOW + DAY)),
    ]


def test_a_first_run_without_rules_was_a_first_run(store: Store) -> None:
    write(store, lambda db: (rules.note(db, {}, NOW), ran(db)))
    assert write(store, lambda db: rules.note(db, {"a": "any"}, NOW)) == ["a"]


def test_rules_written_before_the_first_poll_are_there_from_the_start(store: Store) -> None:
    write(store, lambda db: rules.note(db, {"every event": "any"}, NOW))
    assert write(store, lambda db: rules.note(db, {"mine": "any"}, NOW)) == []


# --- mutes -------------------------------------------------------------------------------------------------


def mute(db: Database, *, rule: str | None = None, company: str | None = None, hours: int = 5) -> int:
    until = NOW + hours * HOUR
    return mutes.mute(db, rule=rule, company=company, until=until, why="known", by="eva", now=NOW)


@pytest.mark.parametrize(
    ("muted", "later", "words"),
    [
        ({"rule": "mine"}, 0, "rule mine is muted until 2026-03-02 14:00 UTC by eva: known"),
        ({"company": EMPLOYER}, 0, "Brackwater Mutual is muted until 2026-03-02 14:00 UTC by eva: known"),
        ({"rule": "mine"}, 5, None),
        ({"rule": "another"}, 0, None),
    ],
    ids=["the rule", "the employer", "until now", "another rule"],
)
def test_a_mute_holds_until_its_end(muted: dict[str, str], later: int, words: str | None, store: Store) -> None:
    def unit(db: Database) -> None:
        event(db)
        mute(db, **muted)

    write(store, unit)
    assert store.read_now(lambda db: past(db, now=NOW + later * HOUR)).muted == words


def test_a_mute_can_be_taken_back_and_a_new_one_replaces_it(store: Store) -> None:
    write(store, lambda db: mute(db, rule="mine"))
    write(store, lambda db: mute(db, rule="mine", hours=7))
    assert [row["until"] for row in store.read_now(lambda db: mutes.listing(db, NOW))] == [to_text(NOW + 7 * HOUR)]
    assert write(store, lambda db: mutes.unmute(db, rule="mine", company=None, now=NOW)) == 1
    assert store.read_now(lambda db: mutes.listing(db, NOW)) == []
    assert len(store.read_now(lambda db: rows_of(db, "select * from mutes"))) == 2


# --- watch-lists -------------------------------------------------------------------------------------------


def test_a_watched_employer_is_on_its_list_once(store: Store) -> None:
    number = write(store, event)
    assert write(store, lambda db: watching.add(db, EMPLOYER.upper(), name="watch", why="ours", now=NOW))
    assert not write(store, lambda db: watching.add(db, EMPLOYER, name="watch", why=None, now=NOW))
    assert store.read_now(lambda db: rules.state(db, number)).lists == {"watch"}
    [row] = store.read_now(watching.listing)
    assert (row["company"], row["why"], row["events"]) == (EMPLOYER, "ours", 1)


def test_an_employer_that_was_never_met_can_be_watched(store: Store) -> None:
    write(store, lambda db: watching.add(db, "Vexa", name="translators", why=None, now=NOW))
    assert store.read_now(watching.members) == {"translators": {1}}
    assert write(store, lambda db: watching.remove(db, "vexa", name="translators"))
    assert not write(store, lambda db: watching.remove(db, "vexa", name="translators"))
