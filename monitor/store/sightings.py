"""What a feed document holds, held against what the ledger knows: new, known or refused. Reads, never writes.

Part of the *poll* transaction. Look-ups go through one JSON list each, so that a document of 50,000 entries costs
a few queries and not 150,000.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.identity import (
    canonical_url,
    crawl_trap,
    entry_identity,
    host_key,
    is_opaque_aggregator,
    is_plausible,
)
from monitor.model import FeedDocument, FeedEntry, Outcome, Reason
from monitor.store import standing
from monitor.store.budgets import NO_PAGE
from monitor.store.rows import rows
from monitor.store.standing import Standing

LEAST_RENAMED: Final = 3  # entries


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
    elsewhere: Mapping[str, Standing]  # canonical address -> the article, or the entry of another feed


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a new row begins: waiting (no outcome) or ended at once."""

    outcome: Outcome | None = None
    reason: Reason | None = None
    detail: str | None = None
    duplicate_of: int | None = None
    article_id: int | None = None


def sight(entries: Iterable[FeedEntry]) -> list[Sighting]:
    """Return the entries with their keys, in document order; pure."""
    addressed = ((entry, canonical_url(entry.url) if entry.url else None) for entry in entries)
    return [Sighting(entry, entry_identity(entry, canonical), canonical) for entry, canonical in addressed]


def look_up(db: Database, feed_id: int, sightings: Iterable[Sighting]) -> Known:
    """Return what the ledger knows of these."""
    sightings = list(sightings)
    if not sightings:
        return Known(frozenset(), frozenset(), {})
    identities = json.dumps([sighting.identity for sighting in sightings])
    addresses = {sighting.canonical for sighting in sightings if sighting.canonical}
    seen = rows(
        db,
        "select identity from entries where feed_id = ? and identity in (select value from json_each(?))",
        [feed_id, identities],
    )
    by_address = rows(
        db,
        "select canonical_url from entries where +feed_id = ? and canonical_url in (select value from json_each(?))",
        [feed_id, json.dumps(sorted(addresses))],
    )
    own = frozenset(row["canonical_url"] for row in by_address)
    return Known(frozenset(row["identity"] for row in seen), own, standing.at(db, addresses - own))


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


def renames_all(document: FeedDocument, sightings: Sequence[Sighting], known: Known) -> bool:
    """Return whether a document knows all its links and has a guid for each that was never seen with it.

    So does a feed that makes up a guid each time it is asked (RELIABILITY.md F9). Its entries are known by their links
    and cost nothing; one or two of them say nothing.
    """
    return (
        len(sightings) >= LEAST_RENAMED
        and not document.skipped
        and all(
            one.entry.guid and one.canonical in known.own and one.identity not in known.identities for one in sightings
        )
    )


def is_judged(sighting: Sighting, known: Known) -> bool:
    """Return whether the first look decides how the row of an unseen entry begins."""
    return not _refusal(sighting.entry) and not _has_twin(sighting, known)


def rule(sighting: Sighting, known: Known, worth_fetching: Callable[[FeedEntry], bool]) -> Ruling:
    """Return how the row of an unseen entry begins.

    An address for which another feed's entry was passed over or failed may be worth fetching under this one's words.
    """
    if refused := _refusal(sighting.entry):
        return Ruling(Outcome.REFUSED, Reason.REFUSED_VALUE, refused)
    if not _has_twin(sighting, known) and worth_fetching(sighting.entry):
        return Ruling()
    twin = _twin(sighting, known)
    if twin is not None:
        return Ruling(Outcome.DUPLICATE, duplicate_of=twin.entry_id, article_id=twin.article_id)
    return Ruling(Outcome.PASSED_OVER)


def date_of(entry: FeedEntry, now: datetime) -> tuple[datetime, bool]:
    """Return the entry's date and whether it is a guess: none, or one that cannot be, becomes the first sight.

    Impossible is more than a day ahead of us, and before there were feeds. The printed form is kept beside it.
    """
    stated = entry.published_at
    if stated is None or not is_plausible(stated, now):
        return now, True
    return stated, False


def politeness_key(url: str | None) -> str:
    """Return the host an address waits under; "" for none and for an aggregator's, which need no page."""
    return host_key(url) if url and not is_opaque_aggregator(url) else NO_PAGE


def _refusal(entry: FeedEntry) -> str | None:
    """Return why an entry cannot become one that waits, whatever it is about."""
    if not (entry.guid or entry.url or entry.title or entry.summary):
        return "nothing to know it by: no guid, no link, no title, no summary"
    return crawl_trap(entry.url) if entry.url else None


def _has_twin(sighting: Sighting, known: Known) -> bool:
    """Return whether something stands for the entry's address already."""
    twin = _twin(sighting, known)
    return twin is not None and twin.stands


def _twin(sighting: Sighting, known: Known) -> Standing | None:
    return known.elsewhere.get(sighting.canonical) if sighting.canonical else None
