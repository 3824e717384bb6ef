"""How one fact of a verdict stands to what a reader found."""

import json
from typing import Any

import pytest

from monitor.evaluate import Item, read_items
from monitor.evaluate.marks import fact_score, folded, marks, outcome
from monitor.model import ClassifierId, Confidence, Facts, Kind, Label, Verdict

ALIASES = {"Facebook": "Meta"}


def canonical(name: str) -> str:
    return ALIASES.get(name, name)


@pytest.mark.parametrize(
    ("name", "truth", "given", "expected"),
    [
        pytest.param("jobs_count", {"jobs_count": 320}, {"jobs_count": 320}, "exact", id="same number"),
        pytest.param("jobs_count", {"jobs_count": 320.0}, {"jobs_count": 320}, "exact", id="number with a point"),
        pytest.param(
            "jobs_count", {"jobs_count": 400, "jobs_qualifier": "about"}, {"jobs_count": 400}, "exact",
            id="same number, other qualifier",
        ),
        pytest.param(
            "jobs_count", {"jobs_count": 400, "jobs_count_max": 500}, {"jobs_count": 500}, "within", id="upper end"
        ),
        pytest.param(
            "jobs_count", {"jobs_count": 450}, {"jobs_count": 400, "jobs_count_max": 500}, "within", id="inside ours"
        ),
        pytest.param(
            "jobs_count", {"jobs_count": 400, "jobs_count_max": 500}, {"jobs_count": 501}, "wrong", id="above the range"
        ),
        pytest.param("jobs_count", {"jobs_count": 320}, {"jobs_count": 32}, "wrong", id="another number"),
        pytest.param("jobs_count", {"jobs_count": 320}, {}, "missing", id="left empty"),
        pytest.param("jobs_count", {}, {"jobs_count": 320}, "filled", id="nothing was stated"),
        pytest.param("jobs_count", {}, {}, "empty", id="nothing on both sides"),
        pytest.param("share_pct", {"share_pct": 33.3}, {"share_pct": 33.3}, "exact", id="same share"),
        pytest.param("share_pct", {"share_pct": 33}, {"share_pct": 33.3}, "within", id="a third"),
        pytest.param("share_pct", {"share_pct": 10}, {"share_pct": 12.0}, "wrong", id="another share"),
        pytest.param("headcount_after", {"headcount_after": 2000}, {"headcount_after": 2000}, "exact", id="headcount"),
        pytest.param("headcount_after", {"headcount_after": 2000}, {"headcount_after": 2100}, "wrong", id="off by 5 %"),
        pytest.param("fte_equivalent", {"fte_equivalent": 700}, {}, "missing", id="work of 700"),
        pytest.param("company", {"company": "Facebook"}, {"company": "Meta"}, "exact", id="alias"),
        pytest.param("company", {"company": "The Norvik Bank plc"}, {"company": "norvik bank"}, "exact", id="spelling"),
        pytest.param("company", {"company": "Norvik Bank"}, {"company": "Norvik"}, "wrong", id="another name"),
        pytest.param("country", {"country": "US, GB"}, {"country": "GB;US"}, "exact", id="countries in any order"),
        pytest.param(
            "jobs_qualifier", {"jobs_qualifier": "up_to"}, {"jobs_qualifier": "about"}, "wrong", id="qualifier"
        ),
        pytest.param("jobs_qualifier", {}, {"jobs_qualifier": "none_stated"}, "empty", id="none stated is nothing"),
        pytest.param(
            "attribution_strength", {"attribution_strength": "none"}, {"attribution_strength": "implied"}, "filled",
            id="none is nothing",
        ),
    ],
)  # fmt: skip
def test_a_fact_is(name: str, truth: dict[str, Any], given: dict[str, Any], expected: str) -> None:
    assert outcome(name, truth, Facts(**given), canonical) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lumo Pay Inc.", "lumo pay"), ("Société Orrin SA", "Societe Orrin"), ("Group", "group"), ("AT&T", "AT & T")],
)
def test_spellings_of_one_employer_fold_to_one(one: str, other: str) -> None:
    assert folded(one, canonical) == folded(other, canonical) != ""


def test_shares_of_a_fact_follow_from_its_outcomes() -> None:
    counts = {("fact x", name, ""): n for name, n in
              {"exact": 6, "within": 2, "wrong": 1, "missing": 1, "filled": 1, "empty": 4}.items()}  # fmt: skip
    score = fact_score(counts, "x")
    assert (score.exact.share, score.within.share, score.missing.share) == (0.6, 0.8, 0.1)
    assert score.wrongly_filled.share == 0.2


def asked_of(*records: dict[str, Any]) -> frozenset[str]:
    plain = {"title": "t", "text": None, "label": "none", "kind": "event"}
    items = read_items(json.dumps(plain | record) for record in records)
    verdict = Verdict(Label.NONE, Kind.EVENT, Confidence.LOW, 0.5, "9", (), Facts(), {}, ClassifierId("x", "1"))
    return frozenset(mark[0] for mark in marks(items[-1], verdict, canonical))


def test_a_fact_that_no_line_of_a_file_names_is_not_scored() -> None:
    assert asked_of({}) == {"label", "kind", "event"}


def test_a_fact_that_only_another_line_names_is_not_stated_here() -> None:
    assert asked_of({"jobs_count": 5, "jobs_count_max": 7}, {}) == {"label", "kind", "event", "fact jobs_count"}


def test_an_item_keeps_its_language_group_and_day() -> None:
    record = {
        "title": "t",
        "text": "x",
        "label": "cut",
        "kind": "update",
        "lang": "de",
        "group": 3,
        "date": "2026-05-01",
    }
    [item] = read_items([json.dumps(record)])
    assert (item.lang, item.group, str(item.published_on)) == ("de", "3", "2026-05-01")


@pytest.mark.parametrize("day", ["2026", "2026-05", "soon", None])
def test_a_date_that_is_no_day_is_no_date(day: str | None) -> None:
    record = {"title": "t", "text": "x", "label": "cut", "kind": "update", "date": day}
    assert read_items([json.dumps(record)])[0] == Item("t", "t", "x", "cut", "update")
