"""What an alert says in one line: what the facts say, and no more."""

from datetime import date
from typing import Any

import pytest

from monitor.alerts.render import headline
from monitor.model import EventDraft, Facts, Kind, Label

# --- headline ----------------------------------------------------------------------------------------------


def line(label: Label = Label.CUT, status: str = "announced", company: str = "Norvik Bank", **facts: Any) -> str:
    stated = {"attribution_strength": "explicit", "attribution_speaker": "employer", **facts}
    return headline(
        EventDraft(
            company=company,
            label=label,
            kind=Kind.EVENT,
            announced_on=date(2025, 3, 9),
            date_precision="day",
            status=status,
            source_tier=2,
            facts=Facts(company=company, **stated),
        )
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"jobs_count": 320, "jobs_qualifier": "exact"}, "cut of 320 jobs"),
        ({"jobs_count": 320, "jobs_qualifier": "about"}, "cut of about 320 jobs"),
        ({"jobs_count": 4000, "jobs_qualifier": "at_least"}, "cut of at least 4,000 jobs"),
        ({"jobs_count": 4000, "jobs_count_max": 4000, "jobs_qualifier": "up_to"}, "cut of up to 4,000 jobs"),
        ({"jobs_count": 4000, "jobs_qualifier": "up_to"}, "cut of up to 4,000 jobs"),
        ({"jobs_count": 300, "jobs_count_max": 400, "jobs_qualifier": "range"}, "cut of 300 to 400 jobs"),
        ({"jobs_count": 320, "jobs_qualifier": "estimate"}, "cut of an estimated 320 jobs"),
        ({"jobs_count": 200, "jobs_qualifier": "hundreds"}, "cut of hundreds of jobs"),
        ({"jobs_count": 2000, "jobs_qualifier": "hundreds"}, "cut of thousands of jobs"),
        ({"jobs_count": 1, "jobs_qualifier": "exact"}, "cut of 1 job"),
        ({"jobs_count": 0, "jobs_qualifier": "exact"}, "cut of 0 jobs"),
        ({"jobs_count": 0, "jobs_qualifier": "none_stated"}, "cut, number of jobs not stated"),
        ({"jobs_count": None}, "cut, number of jobs not stated"),
        ({"jobs_count": None, "jobs_implied": 1800}, "cut, number of jobs not stated"),
    ],
)
def test_a_number_is_said_with_its_qualifier(facts: dict[str, Any], words: str) -> None:
    assert line(**facts) == f"Norvik Bank: {words} (reported as AI-driven; explicit, employer)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            line(Label.REVERSAL, jobs_count=200, jobs_qualifier="exact"),
            "Norvik Bank: return of 200 jobs (reported as AI-related; explicit, employer)",
            id="reversal",
        ),
        pytest.param(
            line(Label.HYBRID),
            "Norvik Bank: hybrid arrangement, number of jobs not stated (reported as AI-related; explicit, employer)",
            id="hybrid",
        ),
        pytest.param(
            line(status="planned", jobs_count=5, jobs_qualifier="exact"),
            "Norvik Bank: planned cut of 5 jobs (reported as AI-driven; explicit, employer)",
            id="planned",
        ),
        pytest.param(
            line(status="rumoured"),
            "Norvik Bank: cut, number of jobs not stated (reported as AI-driven; explicit, employer; rumoured)",
            id="rumoured",
        ),
        pytest.param(
            line(attribution_strength="disputed", attribution_speaker="union"),
            "Norvik Bank: cut, number of jobs not stated (AI as the reason is disputed, union)",
            id="disputed",
        ),
        pytest.param(
            line(attribution_strength="none", attribution_speaker=None),
            "Norvik Bank: cut, number of jobs not stated (AI link not stated)",
            id="no attribution",
        ),
        pytest.param(
            line(attribution_speaker=None, company="Norvik\r\nBcc: \x1b[31mBank"),
            "Norvik Bcc: [31mBank: cut, number of jobs not stated (reported as AI-driven; explicit)",
            id="a name with control characters stays on one line",
        ),
        pytest.param(
            line(attribution_speaker=None, company="Norvik \u202eknab\u202c \u2067Bank\u2069"),
            "Norvik knab Bank: cut, number of jobs not stated (reported as AI-driven; explicit)",
            id="a name turns nothing round that follows it",
        ),
    ],
)
def test_a_headline_says_what_the_facts_say(said: str, words: str) -> None:
    assert said == words
