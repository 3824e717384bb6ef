"""A store from before there were messages: what was sent, failed or waits is there afterwards, each where it was."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.clock import utc_now
from monitor.shipped import shipped
from monitor.store import Store, alerts, messages
from monitor.store.connection import connect
from monitor.store.messages import Lease
from monitor.store.migrations import migrate
from monitor.store.rows import rows

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STATES = ("pending", "leased", "sent", "retrying", "expired", "refused", "muted", "shadow")
AT_ONCE = Lease(60, timedelta(0), timedelta(0), lambda _: None)


def old_store(path: Path, folder: Path) -> None:
    """Make a store of the first release with one alert that fared in every way there was."""
    for file in shipped("storage/migrations").glob("000[1-3]_*.sql"):
        shutil.copy(file, folder)
    db = connect(path)
    migrate(db, path, folder)
    db.execute(
        """
        insert into alerts (id, sequence, rule, subject, raised_at, headline)
        values ('alert_1', 1, 'mine', 'event:1', '2026-03-01T00:00:00.000Z', 'a cut')
        """
    )
    for number, state in enumerate(STATES, 1):
        waits = state in {"pending", "leased", "retrying"}
        db.execute(
            """
            insert into deliveries (alert_id, channel, recipient, state, attempts, next_attempt_at, last_error,
              first_attempt_at, last_attempt_at)
            values ('alert_1', 'hook', ?, ?, ?, ?, ?, '2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z')
            """,
            [
                number,
                state,
                0 if state == "pending" else 3,
                "2026-03-02T08:00:00.000Z" if waits else None,
                f"was {state}",
            ],
        )
    db.conn.commit()
    db.close()


def test_every_delivery_keeps_its_state_and_what_waits_is_sent(tmp_path: Path) -> None:
    path, folder = tmp_path / "m.db", tmp_path / "old"
    folder.mkdir()
    old_store(path, folder)
    with Store.open(path, clock=utc_now) as store:
        found = store.read_now(lambda db: alerts.deliveries(db, "alert_1"))
        assert [row["state"] for row in found] == list(STATES)
        assert [row["attempts"] for row in found] == [0, 3, 3, 3, 3, 3, 0, 0]
        jobs = store.submit(lambda db: messages.lease_due(db, AT_ONCE, NOW, 10)).result(30)
        assert sorted((job.recipient, job.attempts, job.message_id) for job in jobs) == [
            (1, 1, "alert_1"),
            (2, 4, "alert_1"),
            (4, 4, "alert_1"),
        ]
        assert all(job.content and job.content.alerts[0].headline == "a cut" for job in jobs)
        assert store.read_now(lambda db: rows(db, "pragma foreign_key_check")) == []
