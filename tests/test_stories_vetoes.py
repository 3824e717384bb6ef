"""What is never one story, however alike the words: another employer, another number, another place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story_builders import report, telling

from monitor.stories import contradiction, copy_of, likeness

FORM = (
    "{firm} said on Tuesday that it will cut {number} jobs {place}. The firm said the work will be done by programs "
    "from the autumn on, and that those concerned have been told. Union members at {firm} called the step hasty and "
    "asked for talks. The plan follows a year of trials in which programs answered half of all questions "
    "customers put, according to people who know of it. Shares of the company rose by a little in early trade. Others "
    "in the same trade have announced like steps since the spring, and more are expected before the year is out. "
)


def by_form(firm: str, number: int | str, place: str = "at home", **more: Any) -> Any:
    """Return one article made by the form: two firms' are far more alike than most copies."""
    title = more.pop("title", f"{firm} to cut {number} jobs")
    return telling(FORM.format(firm=firm, number=number, place=place), title, **more)


VETOES: dict[str, tuple[Any, Any, str | None]] = {
    "two employers, as read": (
        by_form("Norvik Bank", 300, company="Norvik Bank"),
        by_form("Brackwater", 300, company="Brackwater"),
        "employer",
    ),
    "an employer and its owner": (
        by_form("Norvik Bank", 300, company="Norvik Bank", parent="Norvik Group"),
        by_form("Norvik Bank", 300, company="Norvik Group"),
        None,
    ),
    "one employer in other letters": (
        by_form("Norvik Bank", 300, company="Norvik Bank"),
        by_form("NORVIK BANK", 300, company="NORVIK BANK"),
        None,
    ),
    "two numbers, as read": (
        by_form("Norvik", 300, company="Norvik", jobs_count=300),
        by_form("Norvik", 310, company="Norvik", jobs_count=310),
        "number",
    ),
    "a number within the other's range": (
        by_form("Norvik", 300, company="Norvik", jobs_count=300),
        by_form("Norvik", 300, company="Norvik", jobs_count=200, jobs_count_max=400),
        None,
    ),
    "a number and none": (by_form("Norvik", 300, jobs_count=300), by_form("Norvik", 300), None),
    "two places, as read": (by_form("Norvik", 300, country="SE"), by_form("Norvik", 300, country="DE;AT"), "place"),
    "places that share one": (by_form("Norvik", 300, country="SE"), by_form("Norvik", 300, country="DE;SE"), None),
    "a place and everywhere": (by_form("Norvik", 300, country="SE"), by_form("Norvik", 300, country="global"), None),
    "two names in the titles, no facts": (by_form("Norvik", 300), by_form("Brackwater", 300), "employer"),
    "two numbers in the titles, no facts": (by_form("Norvik", 300), by_form("Norvik", 450), "number"),
    "one number in two ways of writing": (
        by_form("Norvik", "1,200"), by_form("Norvik", 1200), None,
    ),
    "an employer the other never names": (
        by_form("Norvik", 300, company="Norvik"), by_form("The bank", 300, title="Bank to cut 300 jobs"), "employer",
    ),
    "an employer the other names and does not know": (
        by_form("Norvik", 300, company="Norvik"), by_form("Norvik", 300, title="Bank to cut 300 jobs"), None,
    ),
    "another title with names that the text has": (
        by_form("Norvik", 300), by_form("Norvik", 300, title="Union up in arms over a third of advisers"), None,
    ),
    "a name that only one of them has": (
        by_form("Norvik", 300, "at home, wrote the Halden Post", title="Norvik to cut 300 jobs (Halden Post)"),
        by_form("Norvik", 300),
        None,
    ),
    "titles in capitals": (
        by_form("Norvik", 300, title="Norvik Cuts Jobs In A Shake-Up"),
        by_form("Norvik", 300, title="Axe Falls On Advisers"),
        None,
    ),
    "two firms in a script without capitals": (
        telling("北方银行宣布裁员并由聊天机器人接管客户咨询工作。", "北方银行宣布裁员"),
        telling("海岸电信宣布裁员并由聊天机器人接管客户咨询工作。", "海岸电信宣布裁员"),
        "employer",
    ),
    "titles alone": (telling("", "Norvik drops its advisers"), telling("", "Norvik drops all advisers"), None),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "veto"), VETOES.values(), ids=VETOES.keys())
def test_what_two_articles_tell_forbids_that_they_are_one(one: Any, other: Any, veto: str | None) -> None:
    assert contradiction(one, other) == contradiction(other, one) == veto


FIRMS = ("Norvik", "Brackwater", "Halden", "Ostermark", "Pellworm", "Quillan")


@given(st.permutations(FIRMS), st.integers(10, 9000), st.booleans())
def test_reports_by_one_form_on_two_firms_are_never_one(firms: list[str], number: int, known: bool) -> None:  # noqa: FBT001  # drawn
    facts: list[dict[str, Any]] = [{"company": firm} if known else {} for firm in firms[:2]]
    one, other = (by_form(firm, number, **fact) for firm, fact in zip(firms, facts, strict=False))
    assert (likeness(one.sketch, other.sketch) or 0) > 0.5
    assert copy_of(one, other) is not None
    assert contradiction(one, other) == "employer"


@given(st.integers(0, 50), st.text(max_size=60))
def test_a_text_never_contradicts_itself(number: int, title: str) -> None:
    one = telling(report(number, 80) + title, title, company="Norvik", jobs_count=number, country="SE")
    assert contradiction(one, one) is None
