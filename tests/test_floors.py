"""The figures of the judge do not fall: every labelled file in tests/data, each with its floors."""

from pathlib import Path

import pytest

from monitor import evaluate
from monitor.classify import rules

DATA = Path(__file__).resolve().parent / "data"

# Raise a floor when a figure has risen for good; lower one only with the reason in the commit.
# Files the judge was tuned on show that nothing is lost, not how good it is.
FLOORS: dict[str, dict[str, float]] = {
    "examples.jsonl": {"label.kappa": 1.0, "kind.kappa": 1.0, "events.precision": 1.0, "events.recall": 1.0},
    "rulings.jsonl": {"label.kappa": 1.0, "kind.kappa": 1.0, "events.precision": 1.0, "events.recall": 1.0},
    "set_aside.jsonl": {  # never trained on; the floors stand a little below its figures
        "label.kappa": 0.83,
        "label.macro_f1": 0.87,
        "kind.kappa": 0.8,
        "events.precision": 0.88,
        "events.recall": 0.89,
        "jobs_count.exact": 0.84,
        "company.exact": 0.88,
    },
    "written/press.jsonl": {
        "jobs_count.exact": 0.75,
        "company.exact": 0.8,
    },  # the model knows its labels, not its facts
}
CEILINGS: dict[str, dict[str, float]] = {
    "examples.jsonl": {
        "jobs_count.wrongly_filled": 0.15
    },  # the codebook's 24 examples are labelled without their facts
    "set_aside.jsonl": {"jobs_count.wrongly_filled": 0.08, "company.wrongly_filled": 0.23},
    "written/press.jsonl": {"jobs_count.wrongly_filled": 0.05},
}


def figures(name: str) -> dict[str, float]:
    with (DATA / name).open(encoding="utf-8", newline="\n") as lines:
        report = evaluate.evaluate(rules.load(), evaluate.read_items(lines), resamples=0)
    return {key: figure.value for key, figure in report.figures.items() if figure.value is not None}


@pytest.mark.parametrize("name", sorted(FLOORS.keys() | CEILINGS.keys()))
def test_no_figure_has_fallen(name: str) -> None:
    found = figures(name)
    fallen = {key: found[key] for key, floor in FLOORS.get(name, {}).items() if found[key] < floor}
    risen = {key: found[key] for key, ceiling in CEILINGS.get(name, {}).items() if found[key] > ceiling}
    assert (fallen, risen) == ({}, {})


def test_every_labelled_file_has_its_floors() -> None:
    in_clusters = {"clusters.jsonl"}  # of whole events: test_clusters.py
    assert {file.name for file in DATA.glob("*.jsonl")} - in_clusters <= FLOORS.keys()


def test_no_story_the_judge_has_not_met_is_passed_over_by_the_first_look() -> None:
    judge = rules.load()
    items = evaluate.read_items((DATA / "set_aside.jsonl").read_text(encoding="utf-8").splitlines())
    told = [item for item in items if item.label != "none"]
    kept = [item for item in told if judge.first_look(item.title, item.text[:600])]
    assert len(kept) >= 0.97 * len(told)
