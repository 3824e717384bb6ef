"""Messages as rows: alerts gathered for one recipient, fixed when first sent, leased, ended once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_builders import HOUR, NOW, article, draft, opened, write

from monitor.model import AlertDraft, AlertRecord, Label, MessageJob, Origin
from monitor.store import Database, Store, alerts, articles, events, messages
from monitor.store.messages import End, Lease
from monitor.store.rows import rows

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ZERO = timedelta(0)
AT_ONCE = Lease(60, ZERO, ZERO, lambda _: None)
GATHERED = Lease(60, MINUTE, 15 * MINUTE, lambda _: None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def raised(store: Store, number: int = 1, *, at: datetime = NOW, channel: str = "hook", **changes: Any) -> str:
    """Return the id of a new alert for one recipient."""
    values = {"rule": "mine", "subject": f"event:{number}", "label": Label.CUT, "company": "Brackwater Mutual"}
    alert = AlertDraft(**({**values, "headline": f"cut {number}", "event_id": None} | changes))
    return str(write(store, lambda db: alerts.insert(db, alert, [(channel, 1)], at)))


def leased(store: Store, after: timedelta = ZERO, lease: Lease = AT_ONCE, limit: int = 10) -> list[MessageJob]:
    return write(store, lambda db: messages.lease_due(db, lease, NOW + after, limit))


def held(jobs: list[MessageJob]) -> list[list[str]]:
    return [[record.headline for record in job.content.alerts] if job.content else [] for job in jobs]


def ended(store: Store, message: int, state: Any, again: timedelta | None = None) -> bool:
    end = End(state, None if again is None else NOW + again, 200, None)
    return write(store, lambda db: messages.end_attempt(db, message, end, NOW))


def states(store: Store) -> list[str]:
    return [row["state"] for row in store.read_now(lambda db: rows(db, "select state from deliveries_view"))]


# --- gathering -------------------------------------------------------------------------------------------------


def test_alerts_of_the_first_minute_share_a_message(store: Store) -> None:
    raised(store, 1)
    raised(store, 2, at=NOW + 50 * SECOND)
    assert leased(store, 59 * SECOND, GATHERED) == []
    assert held(leased(store, 60 * SECOND, GATHERED)) == [["cut 1", "cut 2"]]


def test_the_next_message_to_a_recipient_goes_a_quarter_of_an_hour_later(store: Store) -> None:
    raised(store, 1)
    (first,) = leased(store, MINUTE, GATHERED)
    ended(store, first.id, "sent")
    for number in (2, 3):
        raised(store, number, at=NOW + number * MINUTE)
    assert leased(store, 16 * MINUTE - SECOND, GATHERED) == []
    assert held(leased(store, 16 * MINUTE, GATHERED)) == [["cut 2", "cut 3"]]


def test_after_a_quiet_time_a_message_waits_only_for_the_minute(store: Store) -> None:
    raised(store, 1)
    (first,) = leased(store, MINUTE, GATHERED)
    ended(store, first.id, "sent")
    raised(store, 2, at=NOW + HOUR)
    assert held(leased(store, HOUR + MINUTE, GATHERED)) == [["cut 2"]]


def test_a_clock_that_was_set_back_does_not_hold_up_messages(store: Store) -> None:
    raised(store, 1)
    leased(store, 1000 * HOUR, AT_ONCE)
    raised(store, 2, at=NOW + HOUR)
    assert ["cut 2"] in held(leased(store, 2 * HOUR, GATHERED))


def test_recipients_and_channels_are_gathered_apart(store: Store) -> None:
    raised(store, 1)
    raised(store, 2, channel="other")
    assert sorted(held(leased(store))) == [["cut 1"], ["cut 2"]]


def test_a_flip_goes_first_inside_a_message(store: Store) -> None:
    raised(store, 1)
    raised(store, 2)
    raised(store, 3, kind="flip")
    assert held(leased(store)) == [["cut 3", "cut 1", "cut 2"]]


def test_what_is_to_wait_is_not_gathered_before(store: Store) -> None:
    raised(store, 1, not_before=NOW + 7 * HOUR)
    raised(store, 2)
    assert held(leased(store, HOUR)) == [["cut 2"]]
    assert held(leased(store, 7 * HOUR, limit=1)) == [["cut 1"]]


@pytest.mark.parametrize("withheld", ["shadow", "muted"])
def test_what_is_withheld_is_never_gathered(store: Store, withheld: str) -> None:
    raised(store, 1, withheld=withheld)
    assert leased(store, 1000 * HOUR) == []


def test_a_message_of_one_alert_has_its_id_and_one_of_several_an_id_of_its_own(store: Store) -> None:
    alone = raised(store, 1)
    (job,) = leased(store)
    assert job.message_id == alone
    several = {raised(store, 2), raised(store, 3)}
    (job,) = leased(store)
    assert job.message_id.startswith("message_")
    held = store.read_now(lambda db: messages.alerts_of(db, job.message_id))
    assert {(row["id"], row["rule"]) for row in held} == {(one, "mine") for one in several}


def test_more_than_200_alerts_are_spelled_out_in_part_and_all_are_held(store: Store) -> None:
    def unit(db: Database) -> None:
        for number in range(250):
            alerts.insert(db, AlertDraft("mine", f"event:{number}", None, None, "cut", None), [("hook", 1)], NOW)

    write(store, unit)
    (job,) = leased(store)
    assert job.content is not None
    assert (len(job.content.alerts), job.content.total) == (200, 250)
    assert len(store.read_now(lambda db: messages.alerts_of(db, job.message_id))) == 250


def test_an_alert_that_cannot_be_written_has_a_message_of_its_own_and_the_others_go(store: Store) -> None:
    def writable(record: AlertRecord) -> None:
        if record.headline == "cut 2":
            raise RuntimeError("hush-hush")

    for number in (1, 2, 3):
        raised(store, number)
    assert held(leased(store, lease=Lease(60, ZERO, ZERO, writable))) == [["cut 1", "cut 3"]]
    (letter,) = store.read_now(messages.dead_letters)
    assert (letter["state"], letter["alerts"]) == ("refused", 1)
    assert letter["last_error"].startswith("this alert cannot be written as a message: RuntimeError in ")
    assert "hush-hush" not in letter["last_error"]


# --- what it holds ---------------------------------------------------------------------------------------------


def test_a_message_names_the_articles_of_its_first_attempt_in_all_others(store: Store) -> None:
    def story(db: Database) -> int:
        articles.upsert(db, article(1), NOW)
        articles.upsert(db, article(2), NOW)
        return events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)

    event_id = write(store, story)
    raised(store, event_id=event_id)
    (first,) = leased(store)
    write(store, lambda db: events.add_article(db, event_id, 2, NOW))
    (again,) = leased(store, HOUR)
    assert first.content is not None
    assert first.content == again.content
    assert len(first.content.alerts[0].articles) == 1


def test_copies_that_come_while_alerts_are_gathered_are_named_as_one_report(store: Store) -> None:
    def first(db: Database) -> int:
        articles.upsert(db, article(1), NOW)
        return events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)

    def copies(db: Database) -> None:
        for number in range(2, 21):
            articles.upsert(db, article(number, publisher=f"{number}.example"), NOW)
            events.add_article(db, event_id, number, NOW)
        db.execute("update articles set story_id = 1")

    event_id = write(store, first)
    raised(store, event_id=event_id)
    write(store, copies)
    (job,) = leased(store, MINUTE, GATHERED)
    assert job.content is not None
    (told,) = job.content.alerts
    assert (len(told.articles), told.articles_total, told.independent_reports) == (20, 20, 1)


def test_a_later_message_on_the_same_event_knows_the_first(store: Store) -> None:
    def story(db: Database) -> int:
        articles.upsert(db, article(1), NOW)
        return events.insert_event(db, draft(), article_id=1, origin=Origin.LIVE, now=NOW)

    event_id = write(store, story)
    first = raised(store, 1, event_id=event_id)
    (one,) = leased(store)
    raised(store, 2, event_id=event_id)
    (two,) = leased(store)
    assert [job.content and job.content.thread for job in (one, two)] == [None, first]


def test_a_message_whose_content_was_damaged_says_so(store: Store) -> None:
    raised(store)
    leased(store)
    write(store, lambda db: db.execute("update messages set content = '{'"))
    (job,) = leased(store, HOUR)
    assert job.content is None
    assert str(job.error).startswith("what this message holds cannot be read: DecodeError")


# --- leases ----------------------------------------------------------------------------------------------------


def test_a_message_under_lease_is_not_handed_out_again_until_the_lease_ends(store: Store) -> None:
    raised(store)
    assert [job.attempts for job in leased(store)] == [1]
    assert leased(store, 59 * SECOND) == []
    assert [job.attempts for job in leased(store, 60 * SECOND)] == [2]


def test_attempts_that_were_cut_off_are_due_at_the_next_start(store: Store) -> None:
    raised(store)
    leased(store)
    assert write(store, lambda db: messages.release_all(db, NOW)) == 1
    assert [job.attempts for job in leased(store)] == [2]


ENDINGS: dict[str, tuple[str, timedelta | None, int]] = {
    "sent": ("sent", None, 0),
    "refused": ("refused", None, 0),
    "expired": ("expired", None, 0),
    "to be tried again": ("retrying", HOUR, 1),
    "to be tried later still": ("retrying", 48 * HOUR, 0),
}


@pytest.mark.parametrize(("state", "again", "due"), ENDINGS.values(), ids=ENDINGS.keys())
def test_an_ended_attempt_is_due_again_only_when_it_says_so(
    store: Store, state: str, again: timedelta | None, due: int
) -> None:
    raised(store)
    (job,) = leased(store)
    assert ended(store, job.id, state, again)
    assert states(store) == [state]
    assert len(leased(store, 24 * HOUR)) == due


def test_a_late_answer_counts_only_if_it_says_sent(store: Store) -> None:
    raised(store)
    (job,) = leased(store)
    assert ended(store, job.id, "expired")
    assert not ended(store, job.id, "retrying", HOUR)
    assert ended(store, job.id, "sent")
    assert not ended(store, job.id, "expired")


# --- another try -----------------------------------------------------------------------------------------------


def test_what_was_given_up_is_due_again_when_somebody_asks(store: Store) -> None:
    key = raised(store, 1)
    raised(store, 2, channel="other")
    for job in leased(store):
        ended(store, job.id, "expired")
    assert write(store, lambda db: messages.retry_id(db, key, NOW)) == 1
    assert [(job.message_id, job.attempts) for job in leased(store)] == [(key, 1)]
    assert write(store, lambda db: messages.retry_failed(db, NOW)) == 1
    assert [job.channel for job in leased(store)] == ["other"]


def test_what_was_sent_is_not_sent_again(store: Store) -> None:
    key = raised(store)
    (job,) = leased(store)
    ended(store, job.id, "sent")
    assert write(store, lambda db: messages.retry_id(db, key, NOW)) == 0
    assert write(store, lambda db: messages.retry_channel(db, "hook", NOW)) == 0
