"""Whose number it is: each principle by which a number of people is, or is not, the count of the story."""

import pytest

from monitor.classify import rules
from monitor.classify.counting import choose, sole, stated
from monitor.classify.people import counted
from monitor.classify.reader import read
from monitor.classify.reading import About, lower
from monitor.classify.sentences import split
from monitor.model import Label

JUDGE = rules.load()


def count(label: Label, text: str, title: str = "Norvik Bank and its bot") -> int | None:
    readings = [read(JUDGE.book, s, "title", "title", about=lambda _: About(named=True)) for s in split(title)]
    readings += [read(JUDGE.book, s, "text", "opening", about=lambda _: About(named=True)) for s in split(text)]
    numbers = stated(JUDGE.words, readings, "Norvik Bank")
    chosen = choose(JUDGE.words, numbers, label) or sole(JUDGE.words, numbers, label)
    return chosen.value if chosen else None


CUT = [
    pytest.param("It drops 30 billing, marketing and payroll clerks.", 30, id="a list of trades"),
    pytest.param("Some 1,100 claims and call-centre positions will disappear.", 1100, id="two sorts of posts"),
    pytest.param("Six hundred pairs of hands will go.", 600, id="hands"),
    pytest.param("About 300 or so clerks cleared their desks.", 300, id="or so"),
    pytest.param("Ninety members of staff have been made redundant.", 90, id="members of staff"),
    pytest.param("The 44 clerks who worked there will leave by January.", 44, id="the verb behind a relative clause"),
    pytest.param("About 95 markers will not be asked back next term.", 95, id="not asked back is away"),
    pytest.param("Fifty-two drivers will not be needed.", 52, id="not needed is away"),
    pytest.param("It is doing away with its 125-person desk.", 125, id="a desk of so many that goes"),
    pytest.param("Around 110 will be laid off in spring.", 110, id="a bare number begins the sentence"),
    pytest.param("It lets 80 go in a reorganisation.", 80, id="lets go"),
    pytest.param("Norvik Bank trims 90 posts. Rival Corran Life shed 350 clerks.", 90, id="a rival's number"),
    pytest.param("It cuts posts, fewer than its present 4,900 people can count.", None, id="all who are employed"),
    pytest.param("It cuts posts; the office has 5,000 employees.", None, id="has so many"),
    pytest.param("The plan for cuts rests on interviews with 50 managers.", None, id="people asked"),
    pytest.param("Some 21,000 people wrote to protest against the cuts.", None, id="the public"),
    pytest.param("Its bot replaced dictation at 19 of its hospitals.", None, id="sites"),
    pytest.param("Its bot will replace 311 staff.", None, id="a number that is dialled"),
    pytest.param("It lets in 300 for free.", None, id="let is not let go"),
    pytest.param("It cut posts in issue 140 of its plan.", None, id="a number in a series"),
    pytest.param("It cuts posts, and one of 22 clerks answers.", None, id="one of so many"),
    pytest.param("It cuts posts. You can't drop 400 clerks and hope for the best.", None, id="what anybody might do"),
    pytest.param(
        "It shuts a desk. Exit packages were offered to over 9,000 staff.", None, id="who may leave if they like"
    ),
]
REVERSAL = [
    pytest.param("The 40 clerks whom it dismissed in favour of a bot returned on Thursday.", 40, id="whom"),
    pytest.param("And 140 handlers axed in summer have been invited back.", 140, id="participle, then the verb"),
    pytest.param("All 145 laid off in July are to be offered their jobs.", 145, id="no noun"),
    pytest.param("It rehires 90 clerks it dropped last year.", 90, id="the past is of those who went"),
    pytest.param("It will employ 310 people there.", 310, id="will employ"),
    pytest.param("She is one of 41 agents who are returning to work.", 41, id="one of those who come"),
    pytest.param("It let 410 clerks go last year.", None, id="only the old cut"),
    pytest.param("The 180 clerks who have gone will not automatically be recalled.", None, id="not recalled"),
]
HYBRID = [
    pytest.param("It hires 300 officers and discontinues 750 posts.", 750, id="those who go before those who come"),
    pytest.param("Two hundred of the 560 clerks will be kept.", 560, id="the whole the plan is about"),
    pytest.param("Callers reach one of 22 clerks; a bot answers the rest.", None, id="one of a standing team"),
    pytest.param("The team is kept at no fewer than 65 people.", None, id="a floor is nobody's move"),
    pytest.param("It leaves 22 operators in charge.", None, id="leaves in charge"),
]


@pytest.mark.parametrize(("text", "value"), CUT)
def test_a_cut_counts_those_who_go(text: str, value: int | None) -> None:
    assert count(Label.CUT, text) == value


@pytest.mark.parametrize(("text", "value"), REVERSAL)
def test_a_reversal_counts_those_who_come_back(text: str, value: int | None) -> None:
    assert count(Label.REVERSAL, text) == value


@pytest.mark.parametrize(("text", "value"), HYBRID)
def test_a_plan_with_both_counts_those_it_moves(text: str, value: int | None) -> None:
    assert count(Label.HYBRID, text) == value


@pytest.mark.parametrize(
    ("sentence", "role"),
    [
        ("Its assistant equals 853 agents.", "fte"),
        ("It carries a load equal to that of 850 agents.", "fte"),
        ("It turns out as many charts as thirty-five lawyers did.", "fte"),
        ("It gets through what 75 clerks used to.", "fte"),
        ("The bank employs 640 people.", "before"),
        ("The plan keeps 200 of the 560 clerks.", "whole"),
    ],
)
def test_other_numbers_of_people_have_their_own_role(sentence: str, role: str) -> None:
    assert role in [entry.role for entry in counted(JUDGE.words, lower(sentence))]


def test_software_agents_are_no_people() -> None:
    assert counted(JUDGE.words, lower("It hires 300 agents, AI agents that is.")) == []


def test_a_tally_of_an_industry_is_no_employers_count() -> None:
    assert count(Label.CUT, "", "Tech layoffs: 9,300 jobs cut, says tally") is None


def test_the_count_does_not_hang_on_the_label() -> None:
    """An article whose label is none tells of its employer's job action all the same (CODEBOOK.md 5)."""
    facts = JUDGE.classify(
        "Grippon closes mill with loss of 900 jobs", "Grippon Steel blames energy costs.", None
    ).facts
    assert (facts.company, facts.jobs_count) == ("Grippon Steel", 900)
