"""What is told of an event in the explanation of a story: why the article is of it, and all that changed."""

from collections.abc import Sequence

from monitor.events import likeness
from monitor.store import Database, lookup
from monitor.store import alerts as alert_store
from monitor.store import events as event_store
from monitor.store.rows import Row


def gathered(db: Database, event: Row, article_id: int) -> Row:
    """Return an event's row with `alerts` and their `deliveries`, `changes`, and `joined`: why the article is of it."""
    raised = alert_store.of_event(db, event["id"])
    return {
        **event,
        "joined": joined(db, event["id"], [article_id])[article_id],
        "changes": lookup.corrections(db, event["id"]),
        "alerts": [{**alert, "deliveries": alert_store.deliveries(db, alert["id"])} for alert in raised],
    }


def joined(db: Database, event_id: int, article_ids: Sequence[int]) -> dict[int, str]:
    """Return article -> why it is of the event, in words."""
    first, known = lookup.article_of_event(db, event_id), event_store.as_known(db, event_id)
    accounts = {account.article_id: account for account in event_store.accounts(db, event_id)}

    def why(article_id: int) -> str:
        if article_id == first:
            return "this article was the first of it"
        if lookup.is_copied_in(db, event_id, article_id):
            return "a copy of this article tells of it"
        account = accounts.get(article_id)
        return likeness(account.draft, known) if account else "this article once told of it"

    return {article_id: why(article_id) for article_id in article_ids}
