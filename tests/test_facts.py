"""Facts an article states: numbers of people with their roles, shares, reasons; and what is no such number."""

from typing import Any

import pytest

from monitor.classify import evidence, rules
from monitor.classify.numbers import counts, shares
from monitor.classify.reading import lower
from monitor.model import Facts

JUDGE = rules.load()


def facts(title: str, text: str = "") -> Facts:
    return JUDGE.classify(title, text, None).facts


@pytest.mark.parametrize(
    ("words", "value", "upper", "qualifier"),
    [
        ("up to 4,000 jobs", 4000, None, "up_to"),
        ("between 400 and 500 roles", 400, 500, "range"),
        ("400-500 roles", 400, 500, "range"),
        ("4,000 to 6,000 people", 4000, 6000, "range"),
        ("about 700 agents", 700, None, "about"),
        ("nearly four thousand staff", 4000, None, "about"),
        ("1.2k people", 1200, None, "exact"),
        ("more than 30 staff", 30, None, "at_least"),
        ("an estimated 900 posts", 900, None, "estimate"),
        ("two hundred and fifty clerks", 250, None, "exact"),
        ("a dozen editors", 12, None, "exact"),
        ("30k jobs", 30000, None, "exact"),
    ],
)
def test_a_number_is_read_with_its_qualifier(words: str, value: int, upper: int | None, qualifier: str) -> None:
    (number,) = counts(lower(words))
    assert (number.value, number.upper, number.qualifier) == (value, upper, qualifier)


@pytest.mark.parametrize(
    "words",
    ["in 2024", "$84 million", "€12,000", "12 percent", "12%", "10-15% of staff", "the 3rd round", "GPT-4", "18-month",
     "several hundred staff", "9.2 billion", "at 6:30"],
)  # fmt: skip
def test_what_cannot_count_people_is_no_number(words: str) -> None:
    assert counts(lower(words)) == []


@pytest.mark.parametrize(
    ("words", "percent"),
    [("8.5% of its workforce", 8.5), ("12 per cent of staff", 12.0), ("a third of its agents", 33.3),
     ("half of the team", 50.0)],
)  # fmt: skip
def test_a_share_is_read(words: str, percent: float) -> None:
    assert [share.percent for share in shares(lower(words))] == [percent]


@pytest.mark.parametrize(
    ("title", "stated"),
    [
        pytest.param(
            "Norvik Bank cuts up to 4,000 jobs as AI takes over calls",
            {"jobs_count": 4000, "jobs_count_max": 4000, "jobs_qualifier": "up_to", "company": "Norvik Bank"},
            id="up to",
        ),
        pytest.param(
            "Norvik Bank to cut between 400 and 500 jobs because of AI",
            {"jobs_count": 400, "jobs_count_max": 500, "jobs_qualifier": "range"},
            id="range",
        ),
        pytest.param(
            "Norvik Bank lays off a third of its 900 support staff as a chatbot answers callers",
            {"jobs_count": None, "share_pct": 33.3, "share_base": "support", "function": "customer service"},
            id="share of a base that is not the count",
        ),
        pytest.param(
            "Norvik Bank shrinks from 5,400 to some 3,000 people because of AI",
            {"jobs_count": None, "headcount_before": 5400, "headcount_after": 3000, "jobs_implied": 2400,
             "jobs_formula": "5,400 - 3,000"},
            id="headcount before and after",
        ),
        pytest.param(
            "Norvik Bank's assistant does the work of 700 agents",
            {"jobs_count": None, "fte_equivalent": 700, "action": "productivity_claim"},
            id="work of 700",
        ),
        pytest.param(
            "Norvik Bank fires 12% of staff to fund AI",
            {"jobs_count": None, "share_pct": 12.0, "share_base": "all staff"},
            id="percentage",
        ),
        pytest.param(
            "Norvik Bank lets hundreds of agents go as AI answers calls",
            {"jobs_count": None, "jobs_qualifier": "hundreds"},
            id="hundreds",
        ),
        pytest.param(
            "Norvik Bank cuts jobs as its AI assistant serves 900,000 customers",
            {"jobs_count": None, "jobs_qualifier": "none_stated"},
            id="customers",
        ),
        pytest.param(
            "Norvik Bank cuts jobs in 2026 to save $40 million with AI",
            {"jobs_count": None},
            id="year and money",
        ),
        pytest.param(
            "Norvik Bank, which employs 12,000 people, cuts 300 jobs because of AI",
            {"jobs_count": 300, "headcount_before": 12000},
            id="employs",
        ),
        pytest.param(
            "Norvik Bank rehires 200 of the 320 advisers it replaced with AI",
            {"jobs_count": 200, "action": "rehire"},
            id="people taken back, not those let go",
        ),
        pytest.param(
            "Vexa lets all 40 translators on contract go; a model translates",
            {"jobs_count": 40, "employment_form": "contractors", "action": "contractor_cut",
             "function": "content and translation"},
            id="contractors",
        ),
        pytest.param(
            "Sundal Retail to replace 300 warehouse workers with robots",
            {"jobs_count": 300, "technology": "robotics", "function": "operations and stores"},
            id="robots",
        ),
        pytest.param(
            "Quill Media will not replace leavers while it extends its AI desk", {"action": "attrition"}, id="attrition"
        ),
        pytest.param(
            "Quill Media ends its hiring freeze: the AI desk needs editors", {"action": "hiring_restart"}, id="restart"
        ),
        pytest.param(
            "Norvik Bank takes back 60 agents in Sweden after complaints about its chatbot",
            {"reason_given": "customers", "country": "SE", "jobs_count": 60},
            id="reason and country",
        ),
        pytest.param(
            "Brightwater cuts 250 jobs and says AI had nothing to do with it",
            {"jobs_count": 250, "attribution_strength": "denied"},
            id="denied",
        ),
        pytest.param(
            "Tessel Motors lays off 900 as demand falls",
            {"jobs_count": 900, "company": "Tessel Motors", "action": None},
            id="facts of a job action whatever its label",
        ),
    ],
)  # fmt: skip
def test_a_headline_states(title: str, stated: dict[str, Any]) -> None:
    found = facts(title)
    assert {name: getattr(found, name) for name in stated} == stated


def test_another_firms_number_is_not_the_employers() -> None:
    title = "Norvik Bank cuts jobs as AI answers callers"
    text = "Norvik Bank did not say how many are affected.\n\nKlarna cut 700 jobs, Duolingo dropped 100 contractors."
    assert facts(title, text).jobs_count is None


def test_a_number_of_last_year_is_not_todays() -> None:
    title = "Norvik Bank cuts jobs because of AI"
    assert facts(title, "Last year it cut 900 jobs.").jobs_count is None


def test_a_range_in_the_text_says_more_than_the_headlines_round_number() -> None:
    title = "Norvik Bank axes 9k jobs because of AI"
    found = facts(title, "The bank will drop 8,000-9,000 jobs because AI does the work.")
    assert (found.jobs_count, found.jobs_count_max) == (8000, 9000)


def test_those_who_went_before_a_turn_are_not_those_who_come_back() -> None:
    assert facts("After replacing 410 clerks with AI, Norvik Bank is rehiring", "").jobs_count is None
    assert facts("After replacing clerks with AI, Norvik Bank is rehiring 410", "").jobs_count == 410


def test_a_range_in_the_opening_says_more_than_a_headline_that_rounds_it_up() -> None:
    title = "Nearly 700 jobs to go at Norvik Bank because of AI"
    found = facts(title, "The bank will drop between 560 and 640 jobs because AI does the work.")
    assert (found.jobs_count, found.jobs_count_max) == (560, 640)


def test_each_number_has_its_place() -> None:
    title = "Norvik Bank cuts 320 of its 4,000 jobs as AI takes over"
    verdict = JUDGE.classify(title, "", None)
    span = verdict.spans["jobs_count"]
    assert title[span.start : span.end] == "320"


def test_the_quote_is_a_whole_sentence_with_its_speaker() -> None:
    title = "Norvik Bank cuts 320 jobs"
    text = (
        'The bank is cutting jobs because of AI. "AI now does the work of two floors," said chief executive Mona Lind.'
    )
    verdict = JUDGE.classify(title, text, None)
    span = verdict.spans["quote"]
    assert verdict.facts.quote == text[span.start : span.end]
    assert verdict.facts.quote is not None
    assert len(verdict.facts.quote) <= evidence.MAX_QUOTE


def test_the_quote_says_what_was_done_rather_than_what_came_with_it() -> None:
    text = (
        "Ulmo Insurance is rehiring 120 of the claims handlers it replaced with AI, after it rejected valid claims. "
        '"We went too far with artificial intelligence," Ana Brill said. '
        "Customers in Germany had complained for months."
    )
    quote = facts("Ulmo Insurance rehires 120 claims handlers after AI errors", text).quote
    assert quote is not None
    assert quote.startswith("Ulmo Insurance is rehiring 120")


def test_nothing_is_stated_where_nothing_is_told() -> None:
    assert facts("Council debates buses", "The timetable changes in spring.") == Facts()
