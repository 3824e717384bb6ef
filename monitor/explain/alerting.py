"""Why an event raised no alert: what keeps history quiet, and what each rule says of it. By the code that decided."""

from collections.abc import Iterator, Sequence

from monitor.alerts import FRESH, why_not
from monitor.clock import from_text
from monitor.model import Kind, Outcome
from monitor.settings import RuleSettings
from monitor.store import Database
from monitor.store import rules as rule_store
from monitor.store.rows import Row, moment


def why_no_alert(
    db: Database, article: Row, entries: Sequence[Row], events: Sequence[Row], rules: Sequence[RuleSettings]
) -> Iterator[str]:
    """Say why no alert was raised on each event of an article: for all rules at once, or rule by rule."""
    quiet = _history(article, entries, events) if events else None
    if quiet is not None and not any(event["alerts"] for event in events):
        yield f"no alert: {quiet}"
        return
    for event in (event for event in events if not event["retired_at"]):
        raised = {alert["rule"] for alert in event["alerts"]}
        state = rule_store.state(db, event["id"])
        for rule in rules:
            if rule.name not in raised:
                why = why_not(rule, state) or "it asks for the event as it is now; its next account will alert"
                yield f"no alert of rule {rule.name!r} on event {event['id']}: {why}"


def _history(article: Row, entries: Sequence[Row], events: Sequence[Row]) -> str | None:
    """Return why an article may not alert, whatever the rules ask for; None if it may."""
    stored = next((entry for entry in entries if entry["outcome"] == Outcome.STORED), None)
    if article["is_seed"] or article["origin"] != "live":
        return f"history never alerts, and this is {'a seed' if article['is_seed'] else 'an import'}"
    if article["earlier"] and all(before["event_id"] != events[0]["id"] for before in article["earlier"]):
        return "it was judged otherwise when it came, and `reclassify` never alerts"
    if (no_news := _no_news(events)) is not None:
        return no_news
    published_at = moment(article["published_at"])
    if published_at is not None and from_text(article["first_seen_at"]) - published_at > FRESH:
        return f"history never alerts, and it is dated over {FRESH.days} days before it was first seen"
    if stored is not None and stored["first_document"]:
        return 'it came in its feed\'s first document ([alerts] first_document = "alert" would alert)'
    return None


def _no_news(events: Sequence[Row]) -> str | None:
    """Return why none of the events is one that rules look at; None if any is."""
    if all(event["review_state"] == "excluded" for event in events):
        return "the event is excluded"
    if all(event["kind"] == Kind.PRODUCTIVITY_CLAIM for event in events):
        return "a claim of productivity is no action on staff"
    return None
