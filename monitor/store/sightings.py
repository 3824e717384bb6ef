"""What a feed document holds, held against what the ledger knows: new, known or refused. Reads, never writes.

Part of the *poll* transaction. Look-ups go through one JSON list each, so that a document of 50,000 entries costs
three queries and not 150,000.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.identity import canonical_url, entry_identity, host_key
from monitor.model import FeedEntry, Outcome, Reason
from monitor.store.rows import Row, rows

_FUTURE: Final = timedelta(hours=24)
_PAST: Final = datetime(1995, 1, 1, tzinfo=UTC)  # before it no feed was: epoch zeros and year 1 are no dates


@dataclass(frozen=True, slots=True)
class Sighting:
    """One entry of a document with its keys."""

    entry: FeedEntry
    identity: str
    canonical: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger already holds of the entries of one document."""

    identities: frozenset[str]  # in this feed
    own: frozenset[str]  # canonical addresses in this feed
    elsewhere: Mapping[str, Row]  # canonical address -> the entry (of another feed) or article to point at


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a new row begins: waiting (no outcome) or ended at once."""

    outcome: Outcome | None = None
    reason: Reason | None = None
    duplicate_of: int | None = None
    article_id: int | None = None


def sight(entries: Iterable[FeedEntry]) -> list[Sighting]:
    """Return the entries with their keys, in document order; pure."""
    return [
        Sighting(entry, entry_identity(entry), canonical_url(entry.url) if entry.url else None) for entry in entries
    ]


def look_up(db: Database, feed_id: int, sightings: Iterable[Sighting]) -> Known:
    """Return what the ledger knows of these."""
    sightings = list(sightings)
    identities = json.dumps([sighting.identity for sighting in sightings])
    addresses = json.dumps(sorted({sighting.canonical for sighting in sightings if sighting.canonical}))
    seen = rows(
        db,
        "select identity from entries where feed_id = ? and identity in (select value from json_each(?))",
        [feed_id, identities],
    )
    by_address = rows(
        db,
        """
        select canonical_url, feed_id, coalesce(duplicate_of, id) as id, article_id, outcome
        from entries where canonical_url in (select value from json_each(?))
        order by outcome is 'passed_over' desc, id desc -- the last one counts: the first that was not passed over
        """,
        [addresses],
    )
    kept = rows(
        db,
        """
        select a.canonical_url, a.id as article_id, min(n.id) as id from articles a
        left join entries n on n.article_id = a.id and n.outcome = 'stored'
        where a.canonical_url in (select value from json_each(?)) group by a.id
        """,
        [addresses],
    )
    elsewhere = {row["canonical_url"]: row for row in by_address if row["feed_id"] != feed_id}
    return Known(
        identities=frozenset(row["identity"] for row in seen),
        own=frozenset(row["canonical_url"] for row in by_address if row["feed_id"] == feed_id),
        elsewhere=elsewhere | {row["canonical_url"]: {**row, "outcome": Outcome.STORED} for row in kept},
    )


def unseen(sightings: Iterable[Sighting], known: Known) -> list[Sighting]:
    """Return those that become rows, in document order; of two with one key in one document the first."""
    identities, addresses = set(known.identities), set(known.own)
    found: list[Sighting] = []
    for sighting in sightings:
        if sighting.identity in identities or sighting.canonical in addresses:
            continue
        identities.add(sighting.identity)
        if sighting.canonical:
            addresses.add(sighting.canonical)
        found.append(sighting)
    return found


def rule(sighting: Sighting, known: Known, worth_fetching: Callable[[FeedEntry], bool]) -> Ruling:
    """Return how the row of an unseen entry begins.

    An address that another feed's entry was passed over for may still be worth fetching under this one's words.
    """
    entry = sighting.entry
    if not (entry.guid or entry.url or entry.title):
        return Ruling(Outcome.REFUSED, Reason.REFUSED_VALUE)
    twin = known.elsewhere.get(sighting.canonical) if sighting.canonical else None
    worth = None
    if twin is not None and twin["outcome"] == Outcome.PASSED_OVER:
        worth = worth_fetching(entry)
    if twin is not None and not worth:
        return Ruling(Outcome.DUPLICATE, None, twin["id"], twin["article_id"])
    if not (worth_fetching(entry) if worth is None else worth):
        return Ruling(Outcome.PASSED_OVER)
    return Ruling()


def date_of(entry: FeedEntry, now: datetime) -> tuple[datetime, bool]:
    """Return the entry's date and whether it is a guess: none, or one that cannot be, becomes the first sight.

    Impossible is more than a day ahead of us, and before there were feeds. The printed form is kept beside it.
    """
    stated = entry.published_at
    if stated is None or not _PAST <= stated <= now + _FUTURE:
        return now, True
    return stated, False


def politeness_key(entry: FeedEntry) -> str:
    """Return the host an entry waits under; "" for one without an address, which needs no page."""
    return host_key(entry.url) if entry.url else ""
