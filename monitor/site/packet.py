"""The evidence packet of an event: what each source says, where, and by which hash to know its text. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from monitor.clock import to_text
from monitor.site import wording
from monitor.store.rows import Row

FORMAT: Final = "layoff-monitor evidence 1"
_SOURCE: Final = (
    "id", "url", "canonical_url", "final_url", "publisher", "author", "title", "text_state", "language", "published_at",
    "modified_at", "first_seen_at", "origin", "source_tier", "label", "kind", "confidence", "probability", "rule",
    "classifier", "classified_at", "review_state", "content_hash", "evidence",
)  # fmt: skip
_LINK: Final = ("id", "company", "label", "status", "announced_on", "date_precision", "linked_event_id", "link_type")
_INTERNAL: Final = frozenset(
    {"links", "counts", "source_title", "source_publisher", "source_url", "company_id", "cut_on", "cut_precision"}
)


def packet(
    event: Row, articles: Sequence[Row], accounts: Sequence[Row], corrections: Sequence[Row], made_at: datetime
) -> Row:
    """Return the packet: the event, its sources without their texts, its history, and a hash over all of that.

    `content_hash` of an article is the SHA-256 of its title and text as they were judged; offsets count characters of
    them. `evidence_sha256` is that of the member `evidence` as compact JSON with sorted keys in UTF-8, so that two
    packets of the same state are known to be equal whenever they were made.
    """
    evidence = {
        "event": {name: value for name, value in event.items() if name not in _INTERNAL},
        "linked_events": [{name: link[name] for name in _LINK} for link in event["links"]],
        "articles": [_article(article) for article in articles],
        "other_sources": [_account(account) for account in accounts],
        "corrections": list(corrections),
    }
    return {
        "format": FORMAT,
        "made_at": to_text(made_at),
        "citation": citation(event, made_at),
        "evidence_sha256": sha256(_bytes(evidence)).hexdigest(),
        "evidence": evidence,
    }


def citation(event: Row, at: datetime) -> str:
    """Return one line to cite the event by: what, whose, when, how well sourced, and of which day's state."""
    announced = wording.day(event["announced_on"], event["date_precision"])
    return (
        f"{event['company']}: {event['label']}, {wording.jobs(event)}, announced {announced} "
        f"(event {event['id']}, {wording.count(event['articles'], 'article')}, "
        f"{wording.count(event['publishers'], 'publisher') if event['publishers'] else 'publisher not named'}; "
        f"attribution to AI: {event['attribution_strength']}). "
        f"layoff-monitor, as of {wording.day(at.date())}."
    )


def _article(article: Row) -> dict[str, Any]:
    """Return what is said of an article; words of an abstract are ours and no quotation."""
    told = {name: article[name] for name in _SOURCE}
    return {**told, "words_are_our_summary": article["text_state"] == "abstract", "facts": json.loads(article["facts"])}


def _account(account: Row) -> dict[str, Any]:
    return {**{name: account[name] for name in account if name != "stated"}, "facts": json.loads(account["facts"])}


def _bytes(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
