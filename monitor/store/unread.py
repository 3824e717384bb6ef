"""Documents no parser could take, kept so that somebody can see why: the newest of each feed, and few in all."""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import PollOutcome
from monitor.store.rows import Row, one, scalar

MOST: Final = 32  # documents of a mebibyte at most: a store does not grow by those who harm it


def keep(db: Database, outcome: PollOutcome, now: datetime) -> None:
    """Keep the document of a failed poll in the place of its feed's last one, and drop the oldest beyond `MOST`."""
    document = outcome.unread
    if document is None:
        return
    db.execute(
        """
        insert or replace into unread_documents (feed_id, kept_at, url, content_type, reason, detail, body_bytes, body)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            *(outcome.feed_id, to_text(now), document.url, document.content_type),
            *(outcome.reason, outcome.detail, document.body_bytes, document.body),
        ],
    )
    db.execute(
        """
        delete from unread_documents where feed_id not in (
          select feed_id from unread_documents order by kept_at desc, feed_id desc limit ?
        )
        """,
        [MOST],
    )


def of_feed(db: Database, feed_id: int) -> Row | None:
    """Return what is known of a feed's unread document, without its bytes, or None."""
    sql = """
        select kept_at, url, content_type, reason, detail, body_bytes, length(body) as kept_bytes
        from unread_documents where feed_id = ?
    """
    return one(db, sql, [feed_id])


def body(db: Database, feed_id: int) -> bytes | None:
    """Return the bytes that were kept of a feed's unread document, or None."""
    found = scalar(db, "select body from unread_documents where feed_id = ?", [feed_id])
    return None if found is None else bytes(found)
