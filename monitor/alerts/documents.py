"""What can be subscribed to: alerts and events as Atom feeds, follow-ups as a calendar."""

from datetime import datetime
from typing import Final

from monitor.alerts import atom, ical
from monitor.store import Database, published

DOCUMENTS: Final = ("alerts.atom", "events.atom", "followups.ics")


def document(db: Database, name: str, now: datetime, site_url: str | None = None) -> tuple[str, bytes]:
    """Return media type and bytes of what can be subscribed to: alerts.atom, events.atom or followups.ics."""
    if name == "alerts.atom":
        return atom.TYPE, atom.alerts(published.newest_alerts(db), site_url)
    if name == "events.atom":
        told = [atom.Told(**row) for row in published.newest_events(db)]
        return atom.TYPE, atom.events(told, site_url)
    if name == "followups.ics":
        return ical.TYPE, ical.calendar(
            [ical.Due(**row) for row in published.follow_ups(db, now.date())], now, site_url
        )
    raise LookupError(f"nothing is called {name}")
