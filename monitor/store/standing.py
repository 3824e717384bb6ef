"""Who already stands for an address? The one answer for a feed's new entry, a redirect, and a page just read.

An article stands for its canonical address and for the one it was found under in the end; else the first entry
with the address does. Reads, never writes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sqlite_utils import Database

from monitor.store.rows import rows

# The last row of an address counts: canonical before final addresses, the oldest article first.
_ARTICLES: Final = """
    with asked (address) as (select value from json_each(:addresses)),
    found (address, article_id, rank) as (
      select asked.address, a.id, 1 from asked join articles a on a.canonical_url = asked.address
      union all
      select asked.address, a.id, 0 from asked join articles a on a.final_canonical = asked.address
    )
    select address, article_id,
      (select min(n.id) from entries n where n.article_id = found.article_id and n.outcome = 'stored') as entry_id
    from found order by rank, article_id desc
"""
# An entry that points at another is as good as that one; the oldest of those that stand counts.
_ENTRIES: Final = """
    select n.canonical_url as address, o.id as entry_id, coalesce(n.article_id, o.article_id) as article_id,
      o.outcome is null or o.outcome not in ('passed_over', 'failed') as stands
    from entries n join entries o on o.id = coalesce(n.duplicate_of, n.id)
    where n.canonical_url in (select value from json_each(:addresses))
      and n.id is not :apart_from and o.id is not :apart_from
    order by stands, n.id desc
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger has for an address. What was passed over or failed is there, and stands for nothing."""

    entry_id: int | None
    article_id: int | None
    stands: bool = True


def at(db: Database, addresses: Iterable[str], apart_from: int | None = None) -> dict[str, Standing]:
    """Return what there is for each of these canonical addresses, apart from an entry and what points at it."""
    asked = {"addresses": json.dumps(sorted(set(addresses))), "apart_from": apart_from}
    by_entries = {
        row["address"]: Standing(row["entry_id"], row["article_id"], bool(row["stands"]))
        for row in rows(db, _ENTRIES, asked)
    }
    return by_entries | articles_at(db, addresses)


def articles_at(db: Database, addresses: Iterable[str]) -> dict[str, Standing]:
    """Return the article, with the entry that brought it, for each of these addresses that has one."""
    asked = {"addresses": json.dumps(sorted(set(addresses)))}
    return {row["address"]: Standing(row["entry_id"], row["article_id"]) for row in rows(db, _ARTICLES, asked)}


def names_a_page(address: str) -> bool:
    """Return whether an address names more than a site's front page, where many stories may end; pure."""
    return urlsplit(address).path not in {"", "/"}
