"""The stored texts through today's classifier: what verdicts and events become, batch by batch, and never an alert.

An article is judged anew if its verdict is by another classifier, so a run that was cut off goes on where it was. A
rehearsal does the same without the transaction.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

from monitor import opinion, retelling
from monitor.classify import Classifier
from monitor.model import SECOND_OPINION, Extracted, Facts, Label, TextState, Verdict
from monitor.pipeline import Runtime
from monitor.settings import Settings
from monitor.store import Database, Store, stories, verdicts
from monitor.store.rows import Row, moment

logger = logging.getLogger("monitor")

COUNTED: Final = ("judged", "gained", "lost", "changed", "facts", "same", "reviewed", "failed")
JUDGED_ANEW: Final = "a text was judged anew"
Sort = Literal["gained", "lost", "changed", "facts", "same"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A stored article with today's verdict on it."""

    row: Row
    verdict: Verdict
    sort: Sort


@dataclass(frozen=True, slots=True)
class Bench:
    """Who judges: today's classifier, and as the settings have it the second opinions that were heard before."""

    classifier: Classifier
    settings: Settings
    event_of: Callable[[Database, int], int | None] = stories.event_of  # the event of its copies

    def verdict(self, row: Row) -> Verdict:
        """Return the verdict on a stored article as it would be recorded today, without asking anybody anew."""
        published_at = None if row["is_seed"] else moment(row["published_at"])
        article = Extracted(row["title"], row["text"], TextState(row["text_state"]), published_at=published_at)
        on = published_at.date() if published_at else None
        verdict = self.classifier.classify(article.title, article.text, on)
        chosen, answer = self.settings.second_opinion, opinion.stored(row["opinion"])
        if answer is None or not opinion.wanted(chosen, self.classifier, verdict, article):
            return verdict
        return opinion.added(verdict, answer, article.title, article.text) or verdict

    def next(self, db: Database, after: int) -> tuple[list[Row], int]:
        """Return the next articles to judge, and the highest number of any."""
        chosen = self.settings.second_opinion
        asked = (chosen.model, opinion.prompt_of(chosen.max_chars)) if chosen.base_url else (None, None)
        return verdicts.stale(db, self.classifier.id, after, asked), verdicts.last(db)


async def step(runtime: Runtime, after: int) -> dict[str, Any]:
    """Judge the next articles with a number above `after`, in one transaction; return what became of them.

    `{"changes": [...], "counts": {...}, "after": number to go on from, or null, "last": highest number, "classifier":
    name and version it was judged by}`
    """
    recorder, now = runtime.recorder, runtime.tools.clock()
    bench = Bench(recorder.classifier, recorder.settings, recorder.event_of)
    rows, last = await runtime.store.read(partial(bench.next, after=after))
    found, counts = await asyncio.to_thread(judged, bench, rows)
    told = await runtime.store.write(partial(apply, bench=bench, found=found, now=now))
    return _answer(rows, found, counts, last, told) | _by(bench)


def rehearse(store: Store, bench: Bench) -> Iterator[dict[str, Any]]:
    """Yield what `step` would answer, one after the other, for the whole store, changing nothing."""
    after: int | None = 0
    while after is not None:
        rows, last = store.read_now(partial(bench.next, after=after))
        found, counts = judged(bench, rows)
        answer = _answer(rows, found, counts, last, {}) | _by(bench)
        after = answer["after"]
        yield answer


def judged(bench: Bench, rows: Sequence[Row]) -> tuple[list[Judged], Counter[str]]:
    """Return today's verdicts on stored articles, and how many were judged, left to a person, or failed."""
    found: list[Judged] = []
    counts: Counter[str] = Counter()
    for row in rows:
        if row["reviewed"]:
            counts["reviewed"] += 1
            continue
        try:
            verdict = bench.verdict(row)
        except Exception:  # one article's surprise must not end the run; its verdict stays
            logger.exception("article.classify_failed", extra={"article_id": row["id"]})
            counts["failed"] += 1
            continue
        found.append(Judged(row, verdict, compared(row, verdict)))
    counts.update(["judged"] * len(found))
    counts.update(one.sort for one in found)
    return found, counts


def compared(row: Row, verdict: Verdict) -> Sort:
    """Return how a verdict differs from the one stored; pure. An employer matters where there is a label."""
    before: Facts = row["facts"]
    if (row["label"], row["kind"]) != (verdict.label, verdict.kind):
        if row["label"] == Label.NONE and verdict.label != Label.NONE:
            return "gained"
        return "lost" if row["label"] != Label.NONE and verdict.label == Label.NONE else "changed"
    if verdict.label != Label.NONE and _plain(before.company) != _plain(verdict.facts.company):
        return "changed"
    added = (row["rule"] == SECOND_OPINION, verdict.rule == SECOND_OPINION)  # the rules' own word makes events
    return "same" if before == verdict.facts and added[0] == added[1] else "facts"


def apply(db: Database, bench: Bench, found: Sequence[Judged], now: datetime) -> dict[int, int | None]:
    """Put verdicts in the place of the stored ones; return, by article, the event each changed one now tells of.

    Events follow and alerts do not: what is found late is history. An article whose words changed meanwhile, or that
    a person has reviewed, is left as it is.
    """
    told: dict[int, int | None] = {}
    touched: dict[int, str] = {}  # event -> employer; each is made anew once, at the end
    for one in found:
        if verdicts.still(db, one.row):
            verdicts.replace(db, one.row["id"], one.verdict, now, keep=one.sort != "same")
            if one.sort != "same":
                copied = bench.event_of(db, one.row["id"])
                draft = retelling.account(db, one.row, one.verdict, copied, bench.settings)
                told[one.row["id"]], changed = retelling.retell(db, one.row, draft, copied, now)
                touched |= changed
    retelling.settle(db, touched, JUDGED_ANEW, now)
    return told


def _answer(
    rows: Sequence[Row], found: Sequence[Judged], counts: Mapping[str, int], last: int, told: Mapping[int, int | None]
) -> dict[str, Any]:
    changes = (one for one in found if one.sort in {"gained", "lost", "changed"})
    return {
        "changes": [_change(one) | {"event_id": told.get(one.row["id"])} for one in changes],
        "counts": {name: counts[name] for name in COUNTED if counts[name]},
        "after": rows[-1]["id"] if rows else None,
        "last": last,
    }


def _by(bench: Bench) -> dict[str, str]:
    """Return which judge answers."""
    return {"classifier": f"{bench.classifier.id.name} {bench.classifier.id.version}"}


def _change(one: Judged) -> dict[str, Any]:
    """Return a changed verdict as JSON has it."""
    before, after = one.row, one.verdict
    return {
        "change": one.sort,
        "article_id": before["id"],
        "title": before["title"],
        "url": before["url"],
        "before": {
            "label": before["label"],
            "kind": before["kind"],
            "company": before["facts"].company,
            "classifier": before["classifier"],
        },
        "after": {
            "label": after.label,
            "kind": after.kind,
            "company": after.facts.company,
            "classifier": f"{after.classifier.name} {after.classifier.version}",
            "rule": after.rule,
            "evidence": after.evidence[0].quote if after.evidence else None,
        },
    }


def _plain(name: str | None) -> str:
    return (name or "").casefold()
