"""Recipients keep what is theirs when their channel's list is changed between two starts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from store_builders import NOW, opened, write

from monitor import app
from monitor.clock import to_text, utc_now
from monitor.model import AlertDraft, Label
from monitor.settings import FeedsSettings, MailChannel, Settings, StoreSettings
from monitor.store import Database, Store, alerts, channels, messages
from monitor.store.messages import Lease
from monitor.store.rows import insert, rows

AT_ONCE = Lease(60, timedelta(0), timedelta(0), lambda _: None)
ANNA, BEN, CLEO = "anna@desk.example", "ben@desk.example", "cleo@desk.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


def listed(store: Store, *to: str) -> int:
    """Have the channel's list be this at a start."""
    return write(store, lambda db: channels.renumber(db, {"letters": to}))


def raised(store: Store, *recipients: int) -> None:
    """Raise an alert for each of these recipients alone: of a rule that is named after the number."""

    def unit(db: Database) -> None:
        for number in recipients:
            alert_id = alerts.insert(db, AlertDraft(f"for {number}", "it", Label.CUT, None, "cut", None), (), NOW)
            row = {"alert_id": alert_id, "channel": "letters", "recipient": number, "state": "pending"}
            insert(db, "deliveries", {**row, "due_at": to_text(NOW)})

    write(store, unit)


def theirs(store: Store) -> dict[int, str]:
    """Return for which rule each recipient now has something."""
    sql = "select d.recipient, a.rule from deliveries d join alerts a on a.id = d.alert_id"
    return {row["recipient"]: row["rule"] for row in store.read_now(lambda db: rows(db, sql))}


@pytest.mark.parametrize(
    ("now", "found"),
    [
        pytest.param((ANNA, BEN), {1: "for 1", 2: "for 2"}, id="nothing changed"),
        pytest.param((ANNA, BEN, CLEO), {1: "for 1", 2: "for 2"}, id="one more"),
        pytest.param((BEN, ANNA), {2: "for 1", 1: "for 2"}, id="another order"),
        pytest.param((BEN,), {1001: "for 1", 1: "for 2"}, id="the first taken out"),
        pytest.param((CLEO, BEN), {1001: "for 1", 2: "for 2"}, id="one in another's place"),
        pytest.param((CLEO,), {1001: "for 1", 1002: "for 2"}, id="all others"),
    ],
)
def test_what_waits_for_a_recipient_goes_to_nobody_else(
    store: Store, now: tuple[str, ...], found: dict[int, str]
) -> None:
    listed(store, ANNA, BEN)
    raised(store, 1, 2)
    listed(store, *now)
    assert theirs(store) == found


def test_one_who_was_taken_out_leaves_nothing_to_those_who_come_later(store: Store) -> None:
    listed(store, ANNA, BEN)
    raised(store, 2)
    listed(store, ANNA)
    listed(store, ANNA, CLEO)
    listed(store, CLEO)
    assert theirs(store) == {1001: "for 2"}


def test_messages_under_way_and_what_is_known_of_a_recipient_follow_too(store: Store) -> None:
    listed(store, ANNA, BEN)
    raised(store, 2)
    write(store, lambda db: messages.lease_due(db, AT_ONCE, NOW, 1))
    write(store, lambda db: db.execute("insert into channel_states (channel, recipient) values ('letters', 2)"))
    assert listed(store, BEN) == 2
    sql = "select m.recipient, s.recipient as failing from messages m, channel_states s"
    assert store.read_now(lambda db: rows(db, sql)) == [{"recipient": 1, "failing": 1}]


def test_addresses_are_not_stored(store: Store) -> None:
    listed(store, ANNA, BEN)
    assert "anna" not in str(store.read_now(lambda db: rows(db, "select * from meta")))


async def test_a_start_looks_who_is_on_the_list(tmp_path: Path) -> None:
    letters = MailChannel(name="letters", host="127.0.0.1", sender=CLEO, to=(ANNA, BEN))
    store = StoreSettings(path=tmp_path / "m.db")
    chosen = Settings(store=store, feeds=FeedsSettings(starter=False), channels={"letters": letters})
    async with app.open_runtime(chosen) as runtime:
        draft = AlertDraft("mine", "it", Label.CUT, None, "cut", None)
        await runtime.store.write(lambda db: alerts.insert(db, draft, [("letters", 2)], utc_now()))
    async with app.open_runtime(replace(chosen, channels={"letters": replace(letters, to=(BEN,))})) as runtime:
        found = await runtime.store.read(lambda db: rows(db, "select recipient from deliveries order by 1"))
    assert [row["recipient"] for row in found] == [1, 1001]
