"""How recipients fare: told on other channels, disabled after five days or by a 410, enabled again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, opened, write

from monitor.model import AlertDraft, Label, MessageJob
from monitor.store import Database, Store, alerts, channels, messages
from monitor.store.messages import End, Lease
from monitor.store.rows import Row, rows

DAY = 24 * HOUR
AT_ONCE = Lease(60, timedelta(0), timedelta(0), lambda _: None)
OTHERS = [("letters", 2)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def leased(store: Store, number: int, **changes: Any) -> MessageJob:
    """Return the message of a new alert, under lease."""

    def unit(db: Database) -> MessageJob:
        values = {"rule": "mine", "subject": f"event:{number}", "label": Label.CUT, "company": None, "event_id": None}
        alerts.insert(db, AlertDraft(**({**values, "headline": "cut"} | changes)), [("hook", 1)], NOW)
        (job,) = messages.lease_due(db, AT_ONCE, NOW, 1)
        return job

    return write(store, unit)


def settled(store: Store, job: MessageJob, state: Any, *, after: timedelta = timedelta(0), gone: bool = False) -> None:
    again = NOW + after + HOUR if state == "retrying" else None
    end = End(state, again, 503, "closed for works")
    unit = lambda db: channels.settle(db, job, end, OTHERS, gone=gone, now=NOW + after)  # noqa: E731
    assert write(store, unit)


def due(store: Store, after: timedelta = timedelta(0)) -> list[MessageJob]:
    """Return what may be sent to the recipient now."""
    jobs = write(store, lambda db: messages.lease_due(db, AT_ONCE, NOW + after, 10))
    return [job for job in jobs if job.channel == "hook"]


def told(store: Store) -> list[str]:
    return [
        row["headline"]
        for row in store.read_now(lambda db: rows(db, "select headline from alerts where kind = 'delivery'"))
    ]


def trouble(store: Store) -> list[Row]:
    return store.read_now(channels.listing)


def test_a_recipient_that_answers_is_no_trouble(store: Store) -> None:
    settled(store, leased(store, 1), "retrying")
    assert [row["recipient"] for row in trouble(store)] == ["hook 1"]
    settled(store, leased(store, 2), "sent")
    assert trouble(store) == []


@pytest.mark.parametrize(("state", "words"), [("expired", "has expired"), ("refused", "was refused")])
def test_what_was_given_up_is_told_to_everybody_else(store: Store, state: str, words: str) -> None:
    settled(store, leased(store, 1), state)
    assert told(store) == [f"Channel hook 1: a message with 1 alert {words}"]
    sql = "select channel, recipient from deliveries where channel <> 'hook' order by recipient"
    found = store.read_now(lambda db: rows(db, sql))
    assert [(row["channel"], row["recipient"]) for row in found] == [("letters", 1), ("letters", 2)]


def test_it_is_told_once_a_day(store: Store) -> None:
    for number in range(3):
        settled(store, leased(store, number), "expired")
    assert len(told(store)) == 1


def test_of_alerts_about_deliveries_nothing_is_told_again(store: Store) -> None:
    settled(store, leased(store, 1, kind="delivery", rule="delivery"), "expired")
    assert [words for words in told(store) if words.startswith("Channel")] == []


def test_a_receiver_that_is_gone_is_disabled_and_gets_nothing_more(store: Store) -> None:
    waiting = leased(store, 1)
    settled(store, waiting, "retrying")
    settled(store, leased(store, 2), "refused", gone=True)
    leftover = AlertDraft("mine", "event:3", None, None, "cut", None)
    write(store, lambda db: alerts.insert(db, leftover, [("hook", 1)], NOW))
    assert trouble(store)[0]["disabled_at"] is not None
    assert due(store, 9 * DAY) == []
    assert "Channel hook 1 is disabled: its receiver says that it is gone for good" in told(store)


def test_a_person_enables_it_and_all_that_waited_goes(store: Store) -> None:
    settled(store, leased(store, 1), "refused", gone=True)
    later = AlertDraft("mine", "event:2", None, None, "cut", None)
    write(store, lambda db: alerts.insert(db, later, [("hook", 1)], NOW))
    assert write(store, lambda db: messages.retry_channel(db, "hook", NOW)) == 1
    assert trouble(store) == []
    assert len(due(store)) == 2


def test_five_days_of_nothing_but_failure_disable_a_recipient_and_are_told(store: Store) -> None:
    settled(store, leased(store, 1), "retrying")
    settled(store, leased(store, 2), "retrying", after=5 * DAY - HOUR)
    assert trouble(store)[0]["disabled_at"] is None
    settled(store, leased(store, 3), "retrying", after=5 * DAY)
    assert trouble(store)[0]["disabled_at"] is not None
    assert told(store) == ["Channel hook 1 is disabled: nothing has reached it for five days"]


def test_what_is_under_way_to_a_disabled_recipient_can_enable_it(store: Store) -> None:
    first = leased(store, 1)
    settled(store, first, "retrying")
    settled(store, leased(store, 2), "retrying", after=5 * DAY)
    settled(store, due(store, 6 * DAY)[0], "sent", after=6 * DAY)
    assert trouble(store) == []


def test_one_letter_that_is_refused_disables_nobody(store: Store) -> None:
    settled(store, leased(store, 1), "refused")
    assert trouble(store) == []
