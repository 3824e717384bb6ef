"""Articles with the verdict on them and its evidence. Called inside `write` and `read` units.

One row per canonical address; whoever comes second with it is a duplicate.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from sqlite_utils import Database

from monitor.clock import to_text
from monitor.identity import canonical_url, content_hash, publisher_of
from monitor.model import Origin, TextState, Verdict
from monitor.store import companies
from monitor.store.rows import Row, insert, scalar, text_or_none, update


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """An article read and judged, before it is stored."""

    title: str
    text: str
    text_state: TextState
    verdict: Verdict
    origin: Origin
    source_tier: int  # 1..4
    first_seen_at: datetime
    url: str | None = None  # as the feed gave it
    canonical_url: str | None = None  # see `canonical_of`
    final_url: str | None = None  # where it was found in the end
    publisher: str | None = None
    author: str | None = None
    language: str | None = None  # ISO 639-1
    published_at: datetime | None = None
    date_precision: Literal["moment", "day", "month", "year"] = "moment"
    feed_id: int | None = None


def canonical_of(stated: str | None, final_url: str | None, entry_canonical: str | None) -> str | None:
    """Return the address an article is known by: the page's own word for it if credible, else the entry's; pure.

    Credible is an address of the same outlet that names more than its front page.
    """
    if stated and final_url and publisher_of(stated) == publisher_of(final_url):
        form = canonical_url(stated)
        if urlsplit(form).path not in {"", "/"} or urlsplit(canonical_url(final_url)).path in {"", "/"}:
            return form
    return entry_canonical


def upsert(db: Database, article: NewArticle, now: datetime) -> tuple[int, bool]:
    """Return the id under which the story is stored, and whether it is new.

    The key is the canonical address, without one the words; a story that is there already is left as it is.
    """
    digest = content_hash(article.title, article.text)
    if article.canonical_url:
        found = scalar(db, "select id from articles where canonical_url = ?", [article.canonical_url])
    else:
        found = scalar(db, "select id from articles where canonical_url is null and content_hash = ?", [digest])
    if found is not None:
        return int(found), False
    row: Row = {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "final_url": article.final_url,
        "publisher": article.publisher,
        "author": article.author,
        "title": article.title,
        "text": article.text,
        "text_state": article.text_state,
        "language": article.language,
        "published_at": text_or_none(article.published_at),
        "date_precision": article.date_precision if article.published_at else None,
        "first_seen_at": to_text(article.first_seen_at),
        "feed_id": article.feed_id,
        "origin": article.origin,
        "source_tier": article.source_tier,
        "content_hash": digest,
    }
    article_id = insert(db, "articles", row | verdict_columns(db, article.verdict, now))
    put_evidence(db, article_id, article.verdict)
    return article_id, True


def reclassify(db: Database, article_id: int, verdict: Verdict, now: datetime) -> None:
    """Put another verdict, with its evidence, in the place of the article's present one."""
    update(db, "articles", article_id, verdict_columns(db, verdict, now))
    put_evidence(db, article_id, verdict)


def verdict_columns(db: Database, verdict: Verdict, now: datetime) -> Row:
    """Return a verdict as columns of an article; its employer is made if need be."""
    company = verdict.facts.company
    return {
        "label": verdict.label,
        "kind": verdict.kind,
        "confidence": verdict.confidence,
        "probability": verdict.probability,
        "rule": verdict.rule,
        "company_id": companies.ensure(db, company) if company else None,
        "facts": msgspec.json.encode(verdict.facts).decode(),
        "spans": msgspec.json.encode(
            {name: (span.place, span.start, span.end) for name, span in verdict.spans.items()}
        ).decode(),
        "classifier_name": verdict.classifier.name,
        "classifier_version": verdict.classifier.version,
        "classified_at": to_text(now),
    }


def put_evidence(db: Database, article_id: int, verdict: Verdict) -> None:
    """Replace the article's evidence rows by those of the verdict, strongest first."""
    db.execute("delete from evidence where article_id = ?", [article_id])
    strongest_first = sorted(verdict.evidence, key=lambda evidence: -evidence.weight)
    for position, evidence in enumerate(strongest_first):
        row = {
            "article_id": article_id,
            "position": position,
            "place": evidence.place,
            "quote": evidence.quote,
            "start": evidence.start,
            "end": evidence.end,
            "cue": evidence.cue,
            "weight": evidence.weight,
        }
        insert(db, "evidence", row)
