"""The first look: what is fetched, and what is passed over."""

import json
from pathlib import Path

import pytest

from monitor.classify import rules

JUDGE = rules.load()
EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).resolve().parent / "data" / "examples.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("", ""),
        ("  ", "\n"),
        ("Norvik Bank cuts 300 jobs", ""),
        ("Norvik Bank cuts 300 jobs", "Weak demand is the reason, the bank says."),
        ("Customers of Norvik Bank reach a person again", "The chatbot is switched off."),
        ("Inside the new Norvik", "Its AI now does what 300 people did."),
        ("Telefongesellschaft streicht 300 Stellen", "Ein Chatbot beantwortet die Fragen."),
        ("Bank setzt auf KI", "Die Mitarbeiter fürchten um ihre Arbeitsplätze."),
        ("Une banque supprime 200 postes au profit de l'intelligence artificielle", ""),
        ("El banco despide a 120 empleados por la inteligencia artificial", ""),
        ("Bank varslar 90 anställda när AI tar över", ""),
        ("Bank återanställer medarbetare efter misslyckad chattbot", ""),
    ],
)
def test_a_trace_of_the_subject_is_worth_a_look(title: str, summary: str) -> None:
    assert JUDGE.first_look(title, summary)


@pytest.mark.parametrize(
    "title",
    [
        "Storm closes ferry routes along the western coast",
        "Champions draw 2-2 after late penalty in derby",
        "Parliament votes on fisheries quota",
        "Ten recipes for courgettes",
        "Central bank holds rates steady",
        "Review: the new compact electric car",
        "Startup launches AI camera app",
        "New AI chip promises twice the speed",
        "Judge sentences man over warehouse fire",
        "Team sacks coach after defeat",
    ],
)
def test_other_news_is_passed_over(title: str) -> None:
    assert not JUDGE.first_look(title, "")


def test_no_labelled_example_is_passed_over() -> None:
    labelled = [example for example in EXAMPLES if example["label"] != "none"]
    missed = [example["id"] for example in labelled if not JUDGE.first_look(example["title"], example["text"])]
    assert missed == []


def test_nearly_all_labelled_examples_are_known_by_their_headline() -> None:
    labelled = [example for example in EXAMPLES if example["label"] != "none"]
    kept = sum(JUDGE.first_look(example["title"], "") for example in labelled)
    assert kept >= 0.9 * len(labelled)
