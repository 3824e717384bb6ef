"""Written clusters of news: which articles tell of one event, and the tool that measures how well that is found."""

import json
import random
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.clusters import Given, measure, score
from monitor.clock import from_text
from monitor.model import Kind, Label

FILE = Path(__file__).parent / "data" / "clusters.jsonl"
ARTICLES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
TELLS_OF_AN_EVENT = {Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM}

GROUPINGS = {
    "the same groups by other names": ({"a": 1, "b": 1, "c": 2}, {"a": "x", "b": "x", "c": "y"}, (1, 0, 0)),
    "an article in no group pairs with nothing": ({"a": 1, "b": 1}, {"a": None, "b": None}, (0, 0, 1)),
    "an article the truth does not name is left out": ({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 1}, (0, 0, 0)),
    "all in one": ({"a": 1, "b": 1, "c": 2}, dict.fromkeys("abc", 1), (1, 2, 0)),
    "each for itself": ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": 3}, (0, 0, 3)),
}


@pytest.mark.parametrize(("truth", "predicted", "counts"), GROUPINGS.values(), ids=GROUPINGS)
def test_groupings_are_compared_pair_by_pair(
    truth: dict[str, int], predicted: dict[str, int | str | None], counts: tuple[int, int, int]
) -> None:
    found = score(truth, predicted, random.Random(1), resamples=2)
    assert (found.right, len(found.joined), len(found.missed)) == counts


def test_shares_are_of_pairs_and_their_intervals_hold_them() -> None:
    truth = {f"{cluster}{article}": cluster for cluster in "abcdefgh" for article in range(3)}
    predicted = {article: "a" if cluster in "ab" else cluster for article, cluster in truth.items()}
    found = score(truth, predicted, random.Random(1), resamples=200)
    assert found.precision.value == 24 / 33  # eight times three pairs, and nine between the two that were joined
    assert found.recall.value == 1.0
    assert found.f1.value == 48 / 57
    assert found.precision.low is not None
    assert found.precision.high is not None
    assert found.precision.low < found.precision.value < found.precision.high


def test_every_article_has_an_address_of_its_own_under_example() -> None:
    assert max(Counter(line["url"] for line in ARTICLES).values()) == 1
    assert max(Counter(line["id"] for line in ARTICLES).values()) == 1
    assert all((urlsplit(line["url"]).hostname or "").endswith(".example") for line in ARTICLES)


def test_an_article_is_in_a_cluster_exactly_if_its_label_and_kind_tell_of_an_event() -> None:
    tells = {line["id"]: line["label"] != Label.NONE and line["kind"] in TELLS_OF_AN_EVENT for line in ARTICLES}
    assert tells == {line["id"]: line["cluster"] is not None for line in ARTICLES}


def test_copies_of_one_text_are_of_one_cluster_and_one_language() -> None:
    of: dict[str, set[tuple[str | None, str]]] = {}
    for line in ARTICLES:
        of.setdefault(line["story"], set()).add((line["cluster"], line["lang"]))
    assert {story for story, found in of.items() if len(found) > 1} == set()


def test_articles_judged_rightly_come_together_as_promised() -> None:
    in_order = sorted(ARTICLES, key=lambda line: from_text(line["published_at"]))
    found = measure(in_order, Given(in_order), random.Random(1))["same_event"]
    assert found.precision.value >= 0.97
    assert found.f1.value >= 0.90
