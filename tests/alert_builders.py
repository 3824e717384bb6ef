"""Builders of alerts as messages hold them."""

from datetime import UTC, date, datetime
from typing import Any

from monitor.model import AlertArticle, AlertEvent, AlertRecord, Label, MessageContent, MessageJob, Point

SEEN = datetime(2025, 3, 10, 9, tzinfo=UTC)


def event(**changes: Any) -> AlertEvent:
    """Return a cut of 320 jobs that its employer ties to AI."""
    values: dict[str, Any] = {
        "id": 7,
        "label": Label.CUT,
        "status": "announced",
        "announced_on": date(2025, 3, 9),
        "jobs_count": 320,
        "jobs_qualifier": "about",
        "attribution_strength": "explicit",
        "attribution_speaker": "employer",
        "quote": "320 posts go because the assistant answers the calls",
        "quote_speaker": "Ida Norvik",
        "quote_url": "https://news.example/a?b=1",
        "quote_publisher": "The Daily Ledger",
    }
    return AlertEvent(**(values | changes))


def record(number: int = 1, **changes: Any) -> AlertRecord:
    """Return an alert about that cut."""
    values: dict[str, Any] = {
        "id": f"alert_{number}",
        "sequence": number,
        "rule": "every event",
        "subject": f"event:{number}",
        "label": Label.CUT,
        "company": "Norvik Bank",
        "raised_at": SEEN,
        "observed": None,
        "expected": None,
        "headline": "Norvik Bank: cut of about 320 jobs",
        "event_id": 7,
        "articles": (AlertArticle("https://news.example/a?b=1", "Norvik cuts", "320 posts go", "The Daily Ledger"),),
        "articles_total": 1,
        "independent_reports": 1,
        "event": event(),
        "history": (event(), event(id=3, label=Label.REVERSAL, announced_on=date(2024, 1, 2), jobs_count=None)),
    }
    return AlertRecord(**(values | changes))


def trend(**changes: Any) -> AlertRecord:
    """Return an alert about a count that is off."""
    chart = tuple(Point(date(2025, 2, day), day / 2, 4.0) for day in (3, 10, 17, 24))
    plain = {"label": None, "company": None, "event_id": None, "event": None, "history": (), "articles": ()}
    counted = {"kind": "surge", "rule": "surge", "observed": 12.0, "expected": 4.0, "chart": chart}
    words = {"headline": "12 cuts in a week, 4 expected", "lines": ("Seldom so many: once in 200 weeks",)}
    return record(**(plain | counted | words | {"articles_total": 0, "independent_reports": None} | changes))


def message(*records: AlertRecord, total: int | None = None, thread: str | None = None) -> MessageContent:
    """Return a message that holds these alerts, and more if `total` says so."""
    told = records or (record(),)
    return MessageContent(told, len(told) if total is None else total, thread)


def job(content: MessageContent, **changes: Any) -> MessageJob:
    """Return a first attempt to send a message."""
    lead = content.alerts[0]
    values: dict[str, Any] = {
        "id": 1,
        "message_id": lead.id if content.total == 1 else "message_1",
        "channel": "letters",
        "recipient": 1,
        "attempts": 1,
        "first_attempt_at": SEEN,
        "composed_at": SEEN,
        "content": content,
    }
    return MessageJob(**(values | changes))
