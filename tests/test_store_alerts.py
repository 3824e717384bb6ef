"""Alerts as rows: raised once, with a delivery for each recipient, and all a message about them says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from account_builders import entered, filed, seen
from store_builders import HOUR, NOW, article, draft, opened, problems, write

from monitor.model import AlertArticle, AlertDraft, Label, Origin, Point, TextState
from monitor.store import Database, Store, alerts, articles, events
from monitor.store.rows import Row, rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def alert(**changes: Any) -> AlertDraft:
    values: dict[str, Any] = {
        "rule": "every event",
        "subject": "event:1",
        "label": Label.CUT,
        "company": "Brackwater Mutual",
        "headline": "Brackwater Mutual: cut of 320 jobs",
        "event_id": None,
    }
    return AlertDraft(**(values | changes))


def raised(db: Database, *channels: tuple[str, int], **changes: Any) -> str | None:
    return alerts.insert(db, alert(**changes), channels, NOW)


def deliveries(store: Store) -> list[Row]:
    return store.read_now(lambda db: rows(db, "select channel, recipient, state, due_at from deliveries order by id"))


def test_an_alert_is_raised_once_under_an_id_that_never_changes(store: Store) -> None:
    first = write(store, lambda db: raised(db, ("hook", 1)))
    assert first == alerts.alert_id("every event", "event:1")
    assert write(store, lambda db: raised(db, ("hook", 1))) is None
    assert write(store, lambda db: raised(db, ("hook", 1), subject="event:2")) != first
    assert store.read_now(
        lambda db: [row["sequence"] for row in rows(db, "select * from alerts order by sequence")]
    ) == [1, 2]


def test_each_recipient_of_each_channel_has_a_delivery(store: Store) -> None:
    write(store, lambda db: raised(db, ("hook", 1), ("mail", 2)))
    assert [(row["channel"], row["recipient"], row["state"]) for row in deliveries(store)] == [
        ("hook", 1, "pending"),
        ("mail", 1, "pending"),
        ("mail", 2, "pending"),
    ]


@pytest.mark.parametrize("withheld", ["shadow", "muted"])
def test_what_is_withheld_is_listed_and_never_due(store: Store, withheld: str) -> None:
    write(store, lambda db: raised(db, ("hook", 1), withheld=withheld))
    assert [(row["state"], row["due_at"]) for row in deliveries(store)] == [(withheld, None)]
    assert [row["state"] for row in store.read_now(alerts.listing)] == [withheld]


def test_what_is_to_wait_is_due_when_it_may_go(store: Store) -> None:
    write(store, lambda db: raised(db, ("hook", 1), not_before=NOW + 7 * HOUR))
    assert [row["due_at"] for row in deliveries(store)] == ["2026-03-02T16:00:00.000Z"]


def told_of(db: Database) -> str:
    """Store three articles of one event and an alert about it."""
    for number, tier, state in ((1, 3, TextState.FULL), (2, 3, TextState.FULL), (3, 1, TextState.ABSTRACT)):
        articles.upsert(db, article(number, source_tier=tier, text_state=state), NOW)
    event = events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)
    for number in (2, 3):
        events.add_article(db, event, number, NOW + HOUR)
    return str(raised(db, event_id=event))


def test_a_record_names_the_event_s_articles_best_source_first(store: Store) -> None:
    key = write(store, told_of)
    record = store.read_now(lambda db: alerts.record(db, key))
    assert (record.id, record.company, record.label, record.raised_at) == (key, "Brackwater Mutual", Label.CUT, NOW)
    assert [replace(one, publisher=None) for one in record.articles] == [
        AlertArticle(  # our own summary is not quoted
            "https://news.example/story/3", article(3).title, None, text_state=TextState.ABSTRACT
        ),
        AlertArticle("https://news.example/story/1", article(1).title, "replaces"),
        AlertArticle("https://news.example/story/2", article(2).title, "replaces"),
    ]
    assert record.articles_total == 3


def test_a_record_says_what_the_event_states_and_what_came_before(store: Store) -> None:
    def unit(db: Database) -> str:
        key = told_of(db)
        earlier = draft(on=date(2025, 1, 1))
        events.insert_event(db, earlier, article_id=1, origin=Origin.LIVE, now=NOW)
        return key

    key = write(store, unit)
    record = store.read_now(lambda db: alerts.record(db, key))
    assert record.event is not None
    assert (record.event.label, record.event.announced_on) == (Label.CUT, draft().announced_on)
    assert [past.announced_on for past in record.history] == [draft().announced_on, date(2025, 1, 1)]


def test_a_record_keeps_its_lines_and_its_chart(store: Store) -> None:
    chart = (Point(date(2026, 2, 23), 3, 1.5), Point(date(2026, 3, 2), 9))
    write(store, lambda db: raised(db, kind="surge", lines=("nine cuts in a week",), chart=chart))
    record = store.read_now(lambda db: alerts.record(db, alerts.alert_id("every event", "event:1")))
    assert (record.kind, record.lines, record.chart) == ("surge", ("nine cuts in a week",), chart)


def test_copies_of_one_text_are_one_independent_report(store: Store) -> None:
    def unit(db: Database) -> str:
        for number in range(1, 21):
            articles.upsert(db, article(number), NOW)
        event = events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)
        for number in range(2, 21):
            events.add_article(db, event, number, NOW)
        db.execute("update articles set story_id = 1")
        return str(raised(db, event_id=event))

    key = write(store, unit)
    record = store.read_now(lambda db: alerts.record(db, key))
    assert (record.articles_total, record.independent_reports) == (20, 1)


def test_an_alert_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(LookupError):
        store.read_now(lambda db: alerts.record(db, "alert_0"))


def test_an_alert_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    key = write(store, lambda db: raised(db, ("hook", 1)))
    assert key is not None
    for beginning in (key, key[:9], key.removeprefix("alert_")[:5]):
        assert [row["id"] for row in store.read_now(lambda db, b=beginning: alerts.find(db, b))] == [key]
    assert store.read_now(lambda db: alerts.deliveries(db, key))[0]["recipient"] == "hook 1"


# --- an event that is told of by a file of events, too ------------------------------------------------------


def test_a_message_counts_reports_as_the_rules_and_the_pages_do(store: Store) -> None:
    entered(store, filed("ledger"), filed("gazette"))
    [event] = seen(store, "select id, independent_reports from events_view")
    draft = AlertDraft("mine", "event:1", Label.CUT, "Norvik Bank", "cut", event["id"])
    key = write(store, lambda db: alerts.insert(db, draft, [], NOW))
    assert (
        store.read_now(lambda db: alerts.record(db, str(key))).independent_reports == event["independent_reports"] == 2
    )


def test_an_alert_on_what_a_file_of_events_tells_is_sound(store: Store) -> None:
    entered(store, filed("ledger"))
    draft = AlertDraft("mine", "milestone:1:6", Label.CUT, "Norvik Bank", "6 months after", 1)
    write(store, lambda db: alerts.insert(db, draft, [], NOW))
    assert store.read_now(problems) == []
