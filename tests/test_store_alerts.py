"""Alerts and their deliveries as rows: raised once, leased before they are sent, ended once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, article, draft, opened, write

from monitor.model import AlertArticle, AlertDraft, Label, Origin, TextState
from monitor.store import Database, Store, alerts, articles, events
from monitor.store.rows import rows


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


def leased(db: Database, at: timedelta = 0 * HOUR, limit: int = 10) -> list[tuple[str, int, int]]:
    return [(job.channel, job.recipient, job.attempts) for job in alerts.lease_due(db, NOW + at, 60, limit)]


def ended(db: Database, delivery: int, state: Any, again: timedelta | None = None) -> bool:
    at = None if again is None else NOW + again
    return alerts.end_attempt(db, delivery, state, next_attempt_at=at, status=200, error=None, now=NOW)


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
    assert write(store, leased) == [("hook", 1, 1), ("mail", 1, 1), ("mail", 2, 1)]


def test_a_shadow_alert_is_listed_and_never_due(store: Store) -> None:
    write(store, lambda db: raised(db, ("hook", 1), withheld="shadow"))
    assert write(store, lambda db: leased(db, 1000 * HOUR)) == []
    assert [row["state"] for row in store.read_now(alerts.listing)] == ["shadow"]


def test_a_delivery_under_lease_is_not_handed_out_again_until_the_lease_ends(store: Store) -> None:
    write(store, lambda db: raised(db, ("hook", 1)))
    assert write(store, leased) == [("hook", 1, 1)]
    assert write(store, lambda db: leased(db, timedelta(seconds=59))) == []
    assert write(store, lambda db: leased(db, timedelta(seconds=60))) == [("hook", 1, 2)]


ENDINGS: dict[str, tuple[str, timedelta | None, list[tuple[str, int, int]]]] = {
    "sent": ("sent", None, []),
    "refused": ("refused", None, []),
    "expired": ("expired", None, []),
    "to be tried again": ("retrying", HOUR, [("hook", 1, 2)]),
    "to be tried later still": ("retrying", 48 * HOUR, []),
}


@pytest.mark.parametrize(("state", "again", "due"), ENDINGS.values(), ids=ENDINGS.keys())
def test_an_ended_attempt_is_due_again_only_when_it_says_so(
    store: Store, state: str, again: timedelta | None, due: list[tuple[str, int, int]]
) -> None:
    write(store, lambda db: raised(db, ("hook", 1)))
    write(store, leased)
    assert write(store, lambda db: ended(db, 1, state, again))
    assert write(store, lambda db: leased(db, 24 * HOUR)) == due


def test_a_late_answer_counts_only_if_it_says_sent(store: Store) -> None:
    write(store, lambda db: raised(db, ("hook", 1)))
    write(store, leased)
    assert write(store, lambda db: ended(db, 1, "expired"))
    assert not write(store, lambda db: ended(db, 1, "retrying", HOUR))
    assert write(store, lambda db: ended(db, 1, "sent"))
    assert not write(store, lambda db: ended(db, 1, "expired"))


def test_a_record_names_the_event_s_articles_best_source_first(store: Store) -> None:
    def unit(db: Database) -> str | None:
        for number, tier, state in ((1, 3, TextState.FULL), (2, 3, TextState.FULL), (3, 1, TextState.ABSTRACT)):
            articles.upsert(db, article(number, source_tier=tier, text_state=state), NOW)
        event = events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)
        for number in (2, 3):
            events.add_article(db, event, number, NOW)
        return raised(db, event_id=event)

    key = write(store, unit)
    record = store.read_now(lambda db: alerts.record(db, str(key)))
    assert (record.id, record.company, record.label, record.raised_at) == (key, "Brackwater Mutual", Label.CUT, NOW)
    assert record.articles == (
        AlertArticle("https://news.example/story/3", article(3).title, None),  # our own summary is not quoted
        AlertArticle("https://news.example/story/1", article(1).title, "replaces"),
        AlertArticle("https://news.example/story/2", article(2).title, "replaces"),
    )


def test_an_alert_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(LookupError):
        store.read_now(lambda db: alerts.record(db, "alert_0"))
