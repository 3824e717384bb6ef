"""Verdicts that are put in the place of earlier ones, and the history they leave. Called inside units."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.model import ClassifierId, Facts, Verdict
from monitor.store.articles import put_evidence, verdict_columns
from monitor.store.rows import Row, each, rows, scalar, update

AT_ONCE: Final = 100  # articles judged between two transactions
CHARACTERS_AT_ONCE: Final = 2_000_000  # ... of all their texts

# A person's word: on the article itself, or on the event it tells of. A retired event has no such word.
_STALE: Final = """
    select a.id, a.title, a.text, a.text_state, a.content_hash, a.url, a.origin, a.is_seed, a.source_tier,
      a.published_at, a.date_precision, a.first_seen_at, a.label, a.kind, a.rule, a.facts, a.event_id,
      a.classifier_name || ' ' || a.classifier_version as classifier,
      a.review_state in ('checked', 'disputed', 'excluded') or exists (
        select 1 from events e where e.id = a.event_id and e.review_state <> 'auto' and e.retired_at is null
      ) as reviewed,
      (select o.answer from second_opinions o
        where o.content_hash = a.content_hash and o.model = :model and o.prompt = :prompt and o.answer is not null
        order by o.id limit 1) as opinion
    from articles a
    where a.id > :after and not (a.classifier_name = :name and a.classifier_version = :version)
    order by a.id limit :most
"""

_KEEP: Final = """
    insert into earlier_verdicts (article_id, label, kind, confidence, probability, rule, company_id, facts, event_id,
      classifier_name, classifier_version, classified_at, replaced_at)
    select id, label, kind, confidence, probability, rule, company_id, facts, event_id, classifier_name,
      classifier_version, classified_at, :now
    from articles where id = :id
"""


def stale(db: Database, by: ClassifierId, after: int, asked_of: tuple[str | None, str | None]) -> list[Row]:
    """Return the next articles whose verdict is not by this classifier, with a number above `after`.

    At most AT_ONCE of them and, but for the first, CHARACTERS_AT_ONCE of text; facts are decoded, `reviewed` says
    whether a person has had his word, and `opinion` is what the model (by name and prompt) answered about the text.
    """
    model, prompt = asked_of
    asked = {
        "after": after, "name": by.name, "version": by.version, "most": AT_ONCE, "model": model, "prompt": prompt,
    }  # fmt: skip
    return list(_portion(each(db, _STALE, asked)))


def _portion(found: Iterator[Row]) -> Iterator[Row]:
    size = 0
    for row in found:
        size += len(row["text"])
        if size > CHARACTERS_AT_ONCE and size > len(row["text"]):
            return
        yield row | {"facts": msgspec.json.decode(row["facts"], type=Facts)}


def last(db: Database) -> int:
    """Return the highest number of an article, 0 of none."""
    return int(scalar(db, "select coalesce(max(id), 0) from articles"))


def replace(db: Database, article_id: int, verdict: Verdict, now: datetime, *, keep: bool = True) -> None:
    """Put another verdict, with its evidence, in the place of the article's present one.

    With `keep` the present one stays as an earlier verdict, with its classifier.
    """
    columns = verdict_columns(db, verdict, now)
    if keep:
        db.execute(_KEEP, {"id": article_id, "now": columns["classified_at"]})
    update(db, "articles", article_id, columns)
    put_evidence(db, article_id, verdict)


def earlier(db: Database, article_id: int) -> list[Row]:
    """Return what an article was judged to be before, the newest first."""
    sql = """
        select v.label, v.kind, v.confidence, v.probability, v.rule, c.name as company, v.event_id,
          v.classifier_name || ' ' || v.classifier_version as classifier, v.classified_at, v.replaced_at
        from earlier_verdicts v left join companies c on c.id = v.company_id
        where v.article_id = ? order by v.id desc limit 20
    """
    return rows(db, sql, [article_id])


def still(db: Database, row: Row) -> bool:
    """Return whether an article has the words and the verdict it was read with, and no person's word since."""
    sql = """
        select content_hash = :content_hash and classifier_name || ' ' || classifier_version = :classifier
          and review_state in ('auto', 'needs_review') and event_id is :event_id
        from articles where id = :id
    """
    return bool(scalar(db, sql, {name: row[name] for name in ("id", "content_hash", "classifier", "event_id")}))
