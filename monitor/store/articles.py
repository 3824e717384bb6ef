"""Articles with the verdict on them and its evidence. Called inside `write` and `read` units.

One row per canonical address; whoever comes second with it is a duplicate.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
from sqlite_utils import Database

from monitor.clock import to_text
from monitor.identity import canonical_url, content_hash, host_key, publisher_of
from monitor.model import SECOND_OPINION, Origin, TextState, Verdict
from monitor.store import companies, standing
from monitor.store.rows import Row, insert, one, scalar, text_or_none
from monitor.store.standing import names_a_page


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
    stated_canonical: str | None = None  # the page's own word for its address; another outlet's on a syndicated page
    publisher: str | None = None
    author: str | None = None
    language: str | None = None  # ISO 639-1
    published_at: datetime | None = None
    modified_at: datetime | None = None  # last change, as the page states it
    date_precision: Literal["moment", "day", "month", "year"] = "moment"
    feed_id: int | None = None


_NO_PAGE_READ: Final = frozenset({TextState.SUMMARY, TextState.HEADLINE_ONLY, TextState.PAYWALLED, TextState.BLOCKED})
# What follows the address of a story in those of its other forms.
_SAME_STORY: Final = re.compile(
    r"/(?:(?:amp|print|full|all|single|index\.\w+|(?:page|seite|p)?[/-]?\d{1,3})/?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The addresses one story may be known by, in canonical form."""

    own: str | None  # in the feed
    final: str | None  # where it was found, if that says which story it is
    claimed: str | None  # the one to store it under, if no other story has it


def canonical_of(stated: str | None, final_url: str | None, entry_canonical: str | None) -> str | None:
    """Return the address an article is known by: the page's own word for it if credible, else where it was found; pure.

    Credible is an address of the same outlet that names more than its front page, or than the section the story is
    in. Where it was found counts after a redirect to another host; else the entry's address does.
    """
    final = canonical_url(final_url) if final_url else None
    if stated and final and publisher_of(stated) == publisher_of(final):
        form = canonical_url(stated)
        if (names_a_page(form) or not names_a_page(final)) and not _is_section(form, final):
            return form
    if final and entry_canonical and names_a_page(final) and host_key(final) != host_key(entry_canonical):
        return final
    return entry_canonical


def _is_section(address: str, of: str) -> bool:
    """Return whether an address is a folder above another; the story above its second page or its print is none."""
    above, below = urlsplit(address).path.rstrip("/"), urlsplit(of).path
    return below.startswith(f"{above}/") and _SAME_STORY.fullmatch(below, len(above)) is None


def upsert(db: Database, article: NewArticle, now: datetime) -> tuple[int, bool]:
    """Return the id under which the story is stored, and whether it is new; one that is there is left as it is.

    Known by the address in the feed, by where it was found in the end, and by what the page calls itself; without an
    address by its words. If the page's word leads to another story (a whole site may claim one address), it is not
    believed.
    """
    digest = content_hash(article.title, article.text)
    keys = _keys(article)
    found, key = _same_story(db, article, keys) if article.canonical_url else (None, None)
    if found is None and key is None:
        found = scalar(db, "select id from articles where canonical_url is null and content_hash = ?", [digest])
    if found is not None:
        return int(found), False
    row: Row = {
        "url": article.url,
        "canonical_url": key,
        "final_url": article.final_url,
        "final_canonical": keys.final if keys.final != key else None,
        "stated_canonical": article.stated_canonical,
        "publisher": article.publisher,
        "author": article.author,
        "title": article.title,
        "text": article.text,
        "text_state": article.text_state,
        "language": article.language,
        "published_at": text_or_none(article.published_at),
        "modified_at": text_or_none(article.modified_at),
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


def _keys(article: NewArticle) -> _Keys:
    """Return the addresses of an article; where no text was read, the last page may be a wall many stories end at."""
    own = canonical_url(article.url) if article.url else None
    if article.text_state in _NO_PAGE_READ:
        return _Keys(own, None, own or article.canonical_url)
    final = canonical_url(article.final_url) if article.final_url else None
    return _Keys(own, final if final and names_a_page(final) else None, article.canonical_url)


def _same_story(db: Database, article: NewArticle, keys: _Keys) -> tuple[int | None, str | None]:
    """Return the article that is this story, or None and the address to store it under."""
    known = standing.articles_at(db, [key for key in (keys.own, keys.final, keys.claimed) if key])
    for key in (keys.own, keys.final):
        if key in known:
            return known[key].article_id, key
    if keys.claimed not in known:
        return None, keys.claimed
    there = known[keys.claimed].article_id
    return (there, keys.claimed) if _shares_words(db, there, article) else (None, keys.own or keys.final)


def _shares_words(db: Database, article_id: int | None, article: NewArticle) -> bool:
    """Return whether a stored article has the same title or the same text as this one."""
    row = one(db, "select title, text from articles where id = ?", [article_id]) or {"title": "", "text": ""}
    pairs = ((row["title"], article.title), (row["text"], article.text))
    return any(mine and content_hash(theirs, "") == content_hash(mine, "") for theirs, mine in pairs)


def verdict_columns(db: Database, verdict: Verdict, now: datetime) -> Row:
    """Return a verdict as columns of an article; its employer is made if need be."""
    company = verdict.facts.company
    return {
        "label": verdict.label,
        "kind": verdict.kind,
        "confidence": verdict.confidence,
        "probability": verdict.probability,
        "rule": verdict.rule,
        "company_id": companies.ensure(db, company, verdict.facts.parent) if company else None,
        "facts": msgspec.json.encode(verdict.facts).decode(),
        "spans": msgspec.json.encode(
            {name: (span.place, span.start, span.end) for name, span in verdict.spans.items()}
        ).decode(),
        "classifier_name": verdict.classifier.name,
        "classifier_version": verdict.classifier.version,
        "classified_at": to_text(now),
        "review_state": "needs_review" if verdict.needs_review or verdict.rule == SECOND_OPINION else "auto",
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
