"""The seed articles every store begins with: records in our own words, flagged, kept out of retention.

Each seed's words are fingerprinted in `meta` when they are written; `audit` compares. Called inside units, but for
`read_seeds` and `match_seed`, which read the shipped file.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from sqlite_utils import Database

from monitor.clock import to_text
from monitor.errors import StoreError
from monitor.identity import canonical_url, content_hash
from monitor.model import Kind, Label, Origin, TextState, Verdict
from monitor.shipped import shipped
from monitor.store import meta
from monitor.store.articles import put_evidence, verdict_columns
from monitor.store.rows import Row, insert, one, rows, scalar, update

_SHIPPED: Final = "storage/seed/articles.jsonl"
_FINGERPRINTED: Final = ("seed_id", "title", "text", "text_state", "publisher", "url", "published_at")
SEED_TIER: Final = 3  # reports of the trade press; the event's tier follows from it


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed record as shipped: an abstract of an article, with what an expert reads in it."""

    seed_id: str
    title: str
    publisher: str | None
    url: str | None
    published_at: str | None  # as precise as known: 2024, 2024-08, 2024-08-27
    date_precision: Literal["day", "month", "year"] | None
    sha256: str  # of the original text file, which we may not ship
    label: Label  # expected
    kind: Kind  # expected
    facts: dict[str, Any]  # expected
    language: str
    text: str
    text_state: TextState


def read_seeds(path: Path | None = None) -> list[Seed]:
    """Return the shipped seeds; raises StoreError if the file is not what it should be."""
    place = path or shipped(_SHIPPED)
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
        return [msgspec.json.decode(line, type=Seed) for line in lines if line.strip()]
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise StoreError(f"{place} cannot be read ({error}); reinstall layoff-monitor") from error


def match_seed(digest: str, seeds: list[Seed] | None = None) -> str | None:
    """Return the seed whose original file has this SHA-256, or None."""
    known = read_seeds() if seeds is None else seeds
    return next((seed.seed_id for seed in known if seed.sha256 == digest.lower()), None)


def missing(db: Database) -> list[Seed]:
    """Return the shipped seeds that are not in the store."""
    known = {row["seed_id"] for row in rows(db, "select seed_id from articles where seed_id is not null")}
    return [seed for seed in read_seeds() if seed.seed_id not in known]


def insert_seed(db: Database, seed: Seed, verdict: Verdict, now: datetime) -> tuple[int, bool]:
    """Return the article id of a seed and whether it was written now; one that is there is left as it is."""
    found = scalar(db, "select id from articles where seed_id = ?", [seed.seed_id])
    if found is not None:
        return int(found), False
    row: Row = {
        "url": seed.url,
        "canonical_url": canonical_url(seed.url) if seed.url else None,
        "final_url": seed.url,
        "publisher": seed.publisher,
        "title": seed.title,
        "text": seed.text,
        "text_state": seed.text_state,
        "language": seed.language,
        "published_at": seed.published_at,
        "date_precision": seed.date_precision,
        "first_seen_at": to_text(now),
        "origin": Origin.SEED,
        "is_seed": 1,
        "seed_id": seed.seed_id,
        "content_hash": content_hash(seed.title, seed.text),
        "source_tier": SEED_TIER,
    }
    article_id = insert(db, "articles", row | verdict_columns(db, verdict, now))
    put_evidence(db, article_id, verdict)
    _remember(db, seed.seed_id)
    return article_id, True


def attach_text(db: Database, seed_id: str, title: str, text: str, verdict: Verdict, now: datetime) -> int:
    """Return the article id of a seed that now has the operator's own full text, and the verdict on it.

    Not the verdict where a person has had his word, on it or on its event.
    """
    article_id = scalar(db, "select id from articles where seed_id = ?", [seed_id])
    if article_id is None:
        raise LookupError(f"no seed {seed_id}")
    if is_reviewed(db, article_id):
        verdict_of: Row = {}
    else:
        verdict_of = verdict_columns(db, verdict, now)
        put_evidence(db, article_id, verdict)
    words = {"title": title, "text": text, "text_state": TextState.FULL, "content_hash": content_hash(title, text)}
    update(db, "articles", article_id, words | verdict_of)
    _remember(db, seed_id)
    return int(article_id)


def is_reviewed(db: Database, article_id: int) -> bool:
    """Return whether a person has had his word on an article, or on the event it tells of."""
    sql = """
        select review_state in ('checked', 'disputed', 'excluded')
          or exists (select 1 from corrections c where c.event_id = a.event_id and c.by = 'person')
        from articles a where id = ?
    """
    return bool(scalar(db, sql, [article_id]))


def changed(db: Database) -> list[str]:
    """Return what is wrong with the seeds: one sentence for each that is missing or not as it was written."""
    kept = {
        row["key"].partition(":")[2]: row["value"] for row in rows(db, "select * from meta where key like 'seed:%'")
    }
    faults = []
    for seed_id, expected in sorted(kept.items()):
        present = fingerprint(db, seed_id)
        if present is None:
            faults.append(f"seed {seed_id} is missing")
        elif present != expected:
            faults.append(f"seed {seed_id} is not as it was written")
    return faults


def fingerprint(db: Database, seed_id: str) -> str | None:
    """Return a digest of a seed's own words and origin, not of the verdict on it; None if it is not there."""
    row = one(db, f"select {', '.join(_FINGERPRINTED)} from articles where seed_id = ? and is_seed = 1", [seed_id])
    return None if row is None else sha256(msgspec.json.encode([row[name] for name in _FINGERPRINTED])).hexdigest()


def _remember(db: Database, seed_id: str) -> None:
    meta.put(db, f"seed:{seed_id}", fingerprint(db, seed_id) or "")
