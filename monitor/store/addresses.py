"""The addresses a feed has and had: finding it under any of them, and giving it a new one. Part of `feeds`."""

from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.identity import canonical_url, host_key, queue_key
from monitor.store.rows import Row, one, update


def find(db: Database, url: str) -> Row | None:
    """Return the feed that has this address, else one that had it; of several one that is polled."""
    sql = """
        select f.id, f.canonical_url, f.removed_at, f.gone_at from feeds f
        where f.canonical_url = :url
          or f.removed_at is null and f.id in (select feed_id from feed_addresses where canonical_url = :url)
        order by f.removed_at is not null, f.gone_at is not null, f.canonical_url <> :url, f.id limit 1
    """
    return one(db, sql, {"url": canonical_url(url)})


def move(db: Database, feed_id: int, url: str, now: datetime) -> Literal["moved", "merged"] | None:
    """Return what became of a feed whose address from now on is another: it has moved, or another is the same.

    It keeps its entries, and its validators, which came from there. If a feed that is polled has the new address
    already, this one leaves the list, and whoever adds it again finds the other. One that was removed or is gone keeps
    the new address as its key, for a key is one feed's only; this one is found under it all the same. None for one
    that was itself removed meanwhile: it stays as it was.
    """
    key = canonical_url(url)
    old = one(db, "select url, canonical_url, removed_at from feeds where id = ?", [feed_id])
    twin = one(
        db,
        "select id, removed_at is null and gone_at is null as polled from feeds where canonical_url = ? and id <> ?",
        [key, feed_id],
    )
    if old is None:
        raise LookupError(f"no feed {feed_id}")
    if old["removed_at"] is not None:
        return None
    settled = {"moved_to": None, "moved_since": None}
    if twin is not None and twin["polled"]:
        db.execute("update or replace feed_addresses set feed_id = ? where feed_id = ?", [twin["id"], feed_id])
        _remember(db, twin["id"], old, now, "merged")
        said = {"removed_at": to_text(now), "last_error": f"merged into feed {twin['id']}, {url}"}
        update(db, "feeds", feed_id, settled | said)
        return "merged"
    _remember(db, feed_id, {"url": url, "canonical_url": key} if twin else old, now, "moved")
    place = {"url": url, "host": host_key(url), "queue": queue_key(url)}
    update(db, "feeds", feed_id, settled | place | ({} if twin else {"canonical_url": key}))
    return "moved"


def _remember(db: Database, feed_id: int, address: Row, now: datetime, why: Literal["moved", "merged"]) -> None:
    sql = """
        insert into feed_addresses (feed_id, canonical_url, url, until, why) values (?, ?, ?, ?, ?)
        on conflict do update set url = excluded.url, until = excluded.until, why = excluded.why
    """
    db.execute(sql, [feed_id, address["canonical_url"], address["url"], to_text(now), why])
