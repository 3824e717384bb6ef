"""Do articles that tell of one event come together, and only they?

    python benchmarks/clusters.py tests/data/clusters.jsonl [--errors] [--json] [--shuffle SEED]

Every article of the file goes the way of `import` into a scratch store, in order of publication, offline. Two articles
are predicted to tell of one event if they point at the same event, and to be one text if they are of the same story;
an article without an event, or without a story, pairs with nothing. "same event" is measured over the articles that
have a cluster, once as the product judges them ("judged") and once with label, kind and facts as the file gives them
("given"), which tells errors of joining from errors of judging. "same story" is measured over all articles.

Precision, recall and F1 are of pairs (Hubert & Arabie 1985 count them so); intervals are percentile bootstraps over
clusters, of the truth, with half of every wrongly joined pair counted to either side (95 %).
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor import imports
from monitor.app import open_runtime
from monitor.classify import Classifier
from monitor.clock import from_text
from monitor.evaluate.intervals import RESAMPLES, ends
from monitor.identity import clean_text
from monitor.model import ClassifierId, Confidence, Facts, Kind, Label, Verdict
from monitor.pipeline import Runtime
from monitor.settings import FeedsSettings, ProcessSettings, Settings, StoreSettings
from monitor.store import Database
from monitor.store.rows import Row, rows

FACTS: Final = ("company", "jobs_count", "jobs_count_max", "jobs_qualifier", "country")

Article = Mapping[str, Any]  # one line of the file
Ids = Mapping[str, int | str | None]  # article -> the group it is in, None for none


class Given:
    """A classifier that knows what the file says of every article."""

    id = ClassifierId("given", "1")

    def __init__(self, articles: Sequence[Article]) -> None:
        self._known = {(clean_text(line["title"]), clean_text(line["text"])): line for line in articles}

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:  # noqa: ARG002  # as Classifier
        """Return the file's verdict; words it does not hold have none."""
        line = self._known.get((title, text), {"label": "none", "kind": "off_topic"})
        label, kind = Label(line["label"]), Kind(line["kind"])
        strength = "none" if label is Label.NONE else "explicit"
        facts = Facts(**{name: line[name] for name in FACTS if name in line}, attribution_strength=strength)
        return Verdict(label, kind, Confidence.HIGH, 1.0, "7", (), facts, {}, self.id)

    def first_look(self, title: str, summary: str) -> bool:  # noqa: ARG002  # as Classifier
        """Return True: every article of the file is read."""
        return True

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:  # noqa: ARG002  # as Classifier
        """Return that every page is worth it."""
        return True


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of pairs with the interval in which it lies 95 times of 100."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """How well one grouping of the articles agrees with another, pair by pair."""

    pairs: int  # of the truth
    predicted: int
    right: int
    precision: Figure
    recall: Figure
    f1: Figure
    joined: list[tuple[str, str]]  # pairs wrongly joined
    missed: list[tuple[str, str]]


def score(truth: Ids, predicted: Ids, dice: random.Random, resamples: int = RESAMPLES) -> Score:
    """Return how the predicted groups agree with the true ones, over the articles that the truth names."""
    right: list[tuple[str, str]] = []
    joined: list[tuple[str, str]] = []
    missed: list[tuple[str, str]] = []
    for one, other in combinations(truth, 2):
        same = truth[one] == truth[other]
        found = predicted.get(one) is not None and predicted.get(one) == predicted.get(other)
        if same or found:
            (right if same and found else missed if same else joined).append((one, other))
    parts = {group: [0.0, 0.0, 0.0] for group in truth.values()}  # right, wrongly joined, missed
    for column, pairs in enumerate((right, joined, missed)):
        for pair in pairs:
            for article in pair:
                parts[truth[article]][column] += 0.5
    drawn = [_shares(dice.choices(list(parts.values()), k=len(parts))) for _ in range(resamples)]
    values = zip(_shares(list(parts.values())), zip(*drawn, strict=True), strict=True)
    precision, recall, f1 = (
        Figure(value, *ends([draw for draw in draws if draw is not None])) for value, draws in values
    )
    return Score(len(right) + len(missed), len(right) + len(joined), len(right), precision, recall, f1, joined, missed)


def _shares(parts: Sequence[Sequence[float]]) -> tuple[float | None, float | None, float | None]:
    """Return precision, recall and F1; None where nothing could be counted."""
    right, joined, missed = (sum(column) for column in zip(*parts, strict=True))
    return (
        right / (right + joined) if right + joined else None,
        right / (right + missed) if right + missed else None,
        2 * right / (2 * right + joined + missed) if right + joined + missed else None,
    )


async def stored(articles: Sequence[Article], judge: Classifier | None) -> dict[str, Row]:
    """Return each article's `event_id` and `story_id` in a new store, judged by the product or by `judge`."""
    after = max(from_text(line["published_at"]) for line in articles) + timedelta(days=1)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            store=StoreSettings(path=Path(folder) / "monitor.db"),
            feeds=FeedsSettings(starter=False),
            process=ProcessSettings(workers=1),
        )
        async with open_runtime(settings, clock=lambda: after) as runtime:
            answer = await imports.run(_judged_by(judge, runtime), [_item(line) for line in articles], [])
            if answer["refused"]:
                raise SystemExit(f"refused: {answer['refused'][0]}")
            found = await runtime.store.read(_found)
    return {line["id"]: found[line["url"]] for line in articles}


def _judged_by(judge: Classifier | None, runtime: Runtime) -> Runtime:
    if judge is None:
        return runtime
    tools, recorder = replace(runtime.tools, classifier=judge), replace(runtime.recorder, classifier=judge)
    return replace(runtime, tools=tools, recorder=recorder)


def _item(line: Article) -> dict[str, Any]:
    return {"source": line["id"], "sha256": line["id"]} | {
        key: line[key] for key in ("title", "text", "url", "published_at")
    }


def _found(db: Database) -> dict[str, Row]:
    query = """
        select e.url, a.id, a.story_id, a.event_id, a.label, a.kind, a.company
        from entries e join articles_view a on a.id = e.article_id"""
    return {row["url"]: row for row in rows(db, query)}


def measure(articles: Sequence[Article], judge: Classifier | None, dice: random.Random) -> dict[str, Any]:
    """Return `{"same_event", "same_story", "strays", "rows"}`.

    Strays are the articles that tell of no event and have got one.
    """
    found = asyncio.run(stored(articles, judge))
    events = {id_: row["event_id"] for id_, row in found.items()}
    stories = {id_: row["story_id"] for id_, row in found.items()}
    told = {line["id"]: line["cluster"] for line in articles if line["cluster"] is not None}
    return {
        "same_event": score(told, events, dice),
        "same_story": score({line["id"]: line["story"] for line in articles}, stories, dice),
        "without_event": [id_ for id_ in told if events[id_] is None],
        "strays": [id_ for id_ in events if id_ not in told and events[id_] is not None],
        "rows": found,
    }


def as_text(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that tell of one way of judging."""
    for question in ("same_event", "same_story"):
        of = found[question]
        told = ", ".join(f"{key} {_figure(getattr(of, key))}" for key in ("precision", "recall", "f1"))
        yield f"{name} {question}: {told}; {of.right} of {of.pairs} pairs found, {len(of.joined)} wrongly joined"
    lost, strays = len(found["without_event"]), len(found["strays"])
    missed = "".join(f", {count} missed: {reason}" for reason, count in reasons(found).most_common())
    yield f"{name}: {lost} articles got no event, {strays} got one and tell of none{missed}"


def reasons(found: Mapping[str, Any]) -> Counter[str]:
    """Return how many pairs of one event were missed for what the judge said, and how many for the joining alone."""

    def reason(pair: tuple[str, str]) -> str:
        one, other = (found["rows"][id_] for id_ in pair)
        if None in {one["event_id"], other["event_id"]}:
            return "no event made"
        if one["company"] != other["company"]:
            return "employer read differently"
        return "label read differently" if one["label"] != other["label"] else "not joined"

    return Counter(reason(pair) for pair in found["same_event"].missed)


def errors(articles: Sequence[Article], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the wrong pairs, those of the same two sorts of difficulty together, the most frequent first."""
    by_id = {line["id"]: line for line in articles}

    def shown(id_: str) -> str:
        line, row = by_id[id_], found["rows"][id_]
        taken = "/".join(str(row[key]) for key in ("label", "kind", "company"))
        return f"{id_} {line['cluster']} ({line['note']}) read as {taken}, event {row['event_id']}: {line['title']}"

    for question in ("same_event", "same_story"):
        for way in ("joined", "missed"):
            pairs = getattr(found[question], way)
            often = Counter(article for pair in pairs for article in pair)
            for one, other in sorted(pairs, key=lambda pair: -max(often[pair[0]], often[pair[1]])):
                yield f"{question} {way}:\n    {shown(one)}\n    {shown(other)}"
    for id_ in found["strays"]:
        yield f"stray: {shown(id_)}"


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return "not measured"
    between = f" ({figure.low:.3f}-{figure.high:.3f})" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:.3f}{between}"


def _order(articles: Sequence[Article], shuffle: int | None) -> list[Article]:
    if shuffle is not None:
        return random.Random(shuffle).sample(articles, k=len(articles))
    return sorted(articles, key=lambda line: from_text(line["published_at"]))


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: asdict(value) if isinstance(value, Score) else value for key, value in found.items() if key != "rows"}
    return plain | {"missed_for": reasons(found)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--errors", action="store_true", help="list the wrong pairs")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="import in another order than that of publication")
    chosen = parser.parse_args()
    articles = _order([json.loads(line) for line in chosen.file.read_text().splitlines()], chosen.shuffle)
    judges: dict[str, Callable[[], Classifier | None]] = {"judged": lambda: None, "given": lambda: Given(articles)}
    found = {name: measure(articles, judge(), random.Random(7)) for name, judge in judges.items()}
    if chosen.json:
        print(json.dumps({name: _plain(of) for name, of in found.items()}, indent=2))
        return
    print(f"{len(articles)} articles, {len({line['cluster'] for line in articles} - {None})} clusters")
    for name, of in found.items():
        print(*as_text(name, of), sep="\n")
        if chosen.errors:
            print(*errors(articles, of), sep="\n")


if __name__ == "__main__":
    main()
