"""The questions' answers over the demonstration and the shipped history, each worked out by hand from their sources."""

from collections.abc import Iterator
from typing import Any

import pytest
from viewers import Viewer, demonstrated, serving


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    with serving(demonstrated(tmp_path_factory.mktemp("answers") / "demo")) as running:
        yield running


# Question -> a row of its answer, as far as it does not change with the day on which the test runs.
ANSWERS: dict[str, dict[str, Any]] = {
    "reversed_within_a_year": {"company": "Commonwealth Bank of Australia", "days_to_reversal": 28, "jobs_cut": 45,
                               "jobs_cut_qualifier": "exact", "jobs_back": 45},
    "what_was_said_by_whom": {"company": "Corvid Software", "label": "cut", "quote_speaker": None},
    "disputed_cuts": {"company": "Amazon", "announced_on": "2025-10-28", "attribution_strength": "disputed",
                      "jobs_count": 14000, "jobs_qualifier": "about"},
    "reversals_of_the_year": {"company": "Norvik Bank", "jobs_count": 200, "reason_given": "customers",
                              "days_to_reversal": 190},
    "reasons_for_reversals": {"reason": "customers", "reversals": 1, "mean_days_since_the_cut": 190},
    "hybrid_arrangements": {"company": "Halden Telecom", "function": "customer service"},
    "announced_and_not_seen_done": {"company": "TomTom", "announced_on": "2025-06-30", "jobs_count": 300},
    "numbers_with_a_hedge": {"company": "HP", "jobs_qualifier": "range", "jobs_count": 4000, "jobs_count_max": 6000},
    "claims_of_productivity": {"company": "Klarna", "announced_on": "2024-02-27", "fte_equivalent": 700},
    "publishers": {"publisher": "Northern Wire", "events": 2, "articles": 2, "other_sources": 0},
    "employers_of_the_year": {"company": "Norvik Bank", "cuts": 1, "reversals": 1, "hybrids": 0},
    "reversals_for_a_hundred_cuts": {"quarter": "2025-Q3", "cuts": 3, "reversals": 1, "reversals_for_100_cuts": 33.3},
    "alerts_of_the_month": {"rule": "every event", "state": "sent", "deliveries": 2, "sent": 2, "given_up": 0},
    "not_read": {"outcome": "refused", "reason": "robots_denied"},
}  # fmt: skip


@pytest.mark.parametrize(("question", "row"), ANSWERS.items(), ids=ANSWERS.keys())
def test_a_question_has_the_answer_that_its_sources_give(question: str, row: dict[str, Any], viewer: Viewer) -> None:
    found = viewer.json(f"monitor/{question}.json?_shape=array")
    assert any(row.items() <= answer.items() for answer in found), found


def test_questions_that_count_leave_out_what_a_single_unknown_source_says(viewer: Viewer) -> None:
    """Elastic's cut is told by its blog alone, which is no source of a known tier."""
    assert "Elastic" in {row["company"] for row in viewer.json("monitor/on_one_publisher.json?_shape=array")}
    counted = {row["company"] for row in viewer.json("monitor/employers_of_the_year.json?_shape=array")}
    assert "Elastic" not in counted
