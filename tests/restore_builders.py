"""Builders for tests of the way back: a store with alerts in all states, a copy of it, a daemon that was killed."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from store_builders import HOUR, NOW, added, entry, opened, polled, write

from monitor.model import AlertDraft, Label
from monitor.store import Database, alerts
from monitor.store.backup import back_up
from monitor.store.connection import connect_read_only
from monitor.store.rows import insert, scalar

LATER = NOW + HOUR
FEEDS = "select count(*) from feeds"


def draft(subject: str = "event:1") -> AlertDraft:
    """Return an alert to be raised."""
    return AlertDraft(
        rule="every event", subject=subject, label=Label.CUT, company=None, headline="A cut", event_id=None
    )


def alerted(db: Database) -> None:
    """Leave one alert that waits to be gathered, one that was tried in vain, and one that arrived."""
    for number, state in enumerate(("waiting", "retrying", "sent"), start=1):
        alerts.insert(db, draft(f"event:{number}"), [("desk", 1)], NOW)
        if state != "waiting":
            key = alerts.alert_id("every event", f"event:{number}")
            row = {"message_id": key, "channel": "desk", "recipient": 1, "composed_at": "", "state": state}
            again = "2026-03-02T10:00:00.000Z" if state == "retrying" else None
            message = insert(db, "messages", {**row, "attempts": 1, "next_attempt_at": again})
            db.execute("update deliveries set message_id = ?, due_at = null where alert_id = ?", [message, key])


def feeds_in(path: Path) -> int:
    """Return how many feeds a store or copy has."""
    with closing(connect_read_only(path)) as db:
        return int(scalar(db, FEEDS))


KILLED = """
import os, signal, sys
from pathlib import Path
from store_builders import added, opened, write
store = opened(Path(sys.argv[1]))
write(store, lambda db: added(db, "https://third.example/feed"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def ended_badly(path: Path) -> bytes:
    """Leave the store as a killed daemon does, its last commit in the log alone; return the log."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, env=environ)
    assert done.returncode == -signal.SIGKILL
    return path.with_name("monitor.db-wal").read_bytes()


def kept(folder: Path) -> Path:
    """Return a closed store in a folder: one feed, alerts in all states."""
    path = folder / "monitor.db"
    with opened(path) as store:
        write(store, lambda db: polled(db, added(db), entry(1)))
        write(store, alerted)
    return path


def copied(path: Path, folder: Path) -> Path:
    """Return a copy of the store as it was; the store has a second feed since."""
    made = back_up(path, folder / "copy.db", now=NOW).path
    with opened(path) as store:
        write(store, lambda db: added(db, "https://second.example/feed"))
    return made
