"""The one count of an article: of all the numbers in it, the one the story is about."""

from typing import Any

import pytest

from monitor.classify import factbook, rules
from monitor.classify.counting import choose, stated
from monitor.classify.numbers import counts, shares
from monitor.classify.people import counted
from monitor.classify.reader import read
from monitor.classify.reading import lower
from monitor.classify.sentences import split
from monitor.model import Label

WORDS = factbook.load()
BOOK = rules.load().book


def count(label: Label, title: str, text: str = "") -> int | None:
    readings = [read(BOOK, s, "title", "title") for s in split(title)]
    readings += [read(BOOK, s, "text", "opening") for s in split(text)]
    chosen = choose(WORDS, stated(WORDS, readings, None), label)
    return chosen.value if chosen else None


@pytest.mark.parametrize(("label", "value"), [(Label.CUT, 40), (Label.HYBRID, None)])
def test_a_plan_with_both_says_at_its_beginning_whom_it_is_about(label: Label, value: int | None) -> None:
    [sentence] = split("Norvik Bank cuts 40 jobs.")
    numbers = stated(WORDS, [read(BOOK, sentence, "text", "body")], "Norvik Bank")
    chosen = choose(WORDS, numbers, label, least=0)
    assert (chosen.value if chosen else None) == value


@pytest.mark.parametrize("words", ["cuts 700% of staff", "cuts 0% of staff", "cuts 150 per cent of its staff"])
def test_a_share_is_more_than_nothing_and_no_more_than_all(words: str) -> None:
    assert shares(words) == []
    assert [share.percent for share in shares("cuts 100% of staff")] == [100.0]


def test_of_a_long_list_of_numbers_the_first_twelve_are_read() -> None:
    assert [number.value for number in counts(", ".join(f"{n} jobs" for n in range(11, 41)))] == list(range(11, 23))


@pytest.mark.parametrize(
    ("words", "value", "qualifier"),
    [
        ("5.400 arbeitsplätze", 5400, "exact"),
        ("40 000 emplois", 40000, "exact"),
        ("1,20,000 jobs", 120000, "exact"),
        ("2 lakh jobs", 200000, "exact"),
        ("30-odd staff", 30, "about"),
        ("1,100-plus consultants", 1100, "at_least"),
        ("1,100+ consultants", 1100, "at_least"),
        ("1,100 or more consultants", 1100, "at_least"),
        ("une quarantaine de salariés", 40, "about"),
        ("rund 700 stellen", 700, "about"),
        ("half a million jobs", 500000, "exact"),
    ],
)
def test_numbers_of_several_countries_are_read(words: str, value: int, qualifier: str) -> None:
    (number,) = counts(lower(words))
    assert (number.value, number.qualifier) == (value, qualifier)


@pytest.mark.parametrize(
    "words", ["a 75-seat desk", "june 30", "local 519", "1 in 10 jobs", "7 p.m.", "30 june", "no. 14"]
)
def test_seats_days_and_shares_are_no_counts(words: str) -> None:
    assert counts(lower(words)) == []


@pytest.mark.parametrize(
    ("words", "percent"),
    [("more than 1 in 10 staff", 10.0), ("two in five posts", 40.0), ("12,5 prozent der stellen", 12.5)],
)
def test_a_share_may_be_put_in_other_ways(words: str, percent: float) -> None:
    assert [share.percent for share in shares(lower(words))] == [percent]


@pytest.mark.parametrize(
    ("label", "title", "value"),
    [
        (Label.CUT, "Norvik Bank parts with 160 reporters", 160),
        (Label.CUT, "More than 2,300 sorting jobs to disappear at Norvik Post", 2300),
        (Label.CUT, "Norvik puts final figure on cull: 760, not the 600 flagged in May", 760),
        (Label.CUT, "Norvik trims its moderation team by 1,500", 1500),
        (Label.CUT, "Norvik lets drones count stock; 80 clerks out", 80),
        (Label.CUT, "Norvik drops 70 claims handlers", 70),
        (Label.CUT, "Norvik hands the work of 200 clerks to software", 200),
        (Label.CUT, "Norvik gives up 20% of staff, which equates to 1,100 people", 1100),
        (Label.REVERSAL, "Norvik asks 70 handlers it dismissed to return", 70),
        (Label.REVERSAL, "Norvik scraps plan to replace 120 call staff", 120),
        (Label.REVERSAL, "Norvik takes 90 staff back of the 300 it let go", 90),
        (Label.REVERSAL, "Norvik hires again after it cut 700 jobs last year", None),
        (Label.HYBRID, "Norvik to cut 2,600 service jobs and hire 700 problem solvers", 2600),
        (Label.HYBRID, "Norvik retrains 1,100 cashiers as advisers", 1100),
        (Label.HYBRID, "Norvik keeps 310 reviewers beside its filter", None),
        (Label.NONE, "Norvik lays off 700 as boom fades", 700),
        (Label.NONE, "Norvik to take on 800 in Leeds", 800),
        (Label.CUT, "Norvik chief warns her 31,000 staff of cuts", None),
        (Label.CUT, "Norvik cuts jobs at companies with 500 employees", None),
        (Label.CUT, "Norvik cuts roster to 53", None),
        (Label.CUT, "Norvik cut jobs, two employees said", None),
        (Label.CUT, "Norvik drops staff as it deploys 4,000 AI agents", None),
        (Label.CUT, "Tech layoffs reach 900,000 jobs", None),
    ],
)  # fmt: skip
def test_a_headline_counts(label: Label, title: str, value: int | None) -> None:
    assert count(label, title) == value


def test_what_happened_last_year_is_not_the_count() -> None:
    assert count(Label.CUT, "Norvik cuts jobs", "It drops 90 clerks. Last year it cut 400 jobs.") == 90


@pytest.mark.parametrize(
    ("sentence", "role"),
    [
        ("norvik employs 640.", "before"),
        ("norvik shrinks headcount to 3_400", "after"),
        ("its bot does eighteen people's work", "fte"),
        ("its bot is worth 40 officers", "fte"),
        ("a 900-strong workforce", "before"),
    ],
)
def test_a_number_of_people_has_a_role(sentence: str, role: str) -> None:
    assert [entry.role for entry in counted(WORDS, sentence)] == [role]


def test_the_qualified_mention_of_the_same_number_is_kept() -> None:
    verdict = rules.load().classify("Norvik Bank lays off 700", "Norvik Bank is laying off about 700 people.", None)
    stated_: dict[str, Any] = {"count": verdict.facts.jobs_count, "qualifier": verdict.facts.jobs_qualifier}
    assert stated_ == {"count": 700, "qualifier": "about"}
