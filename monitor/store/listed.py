"""Which addresses are in the list of feeds already, under this or another spelling. Called inside units."""

import json
from collections.abc import Iterable
from typing import Final

from sqlite_utils import Database

from monitor.identity import canonical_url
from monitor.store.rows import rows

_LISTED: Final = """
    with asked (url) as (select value from json_each(?)),
    listed (id, url) as (select id, canonical_url from feeds where removed_at is null and gone_at is null)
    select url from listed where url in (select url from asked)
    union
    select a.canonical_url from feed_addresses a join listed f on f.id = a.feed_id
    where a.canonical_url in (select url from asked)
"""


def listed(db: Database, urls: Iterable[str]) -> set[str]:
    """Return the canonical forms of those addresses that are polled, or were until their feed moved.

    A feed that answered 410 is not among them: it waits for somebody to add it again.
    """
    return {str(row["url"]) for row in rows(db, _LISTED, [json.dumps(sorted({canonical_url(url) for url in urls}))])}
