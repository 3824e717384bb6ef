"""The README's promises name tests that exist, and its figures are those of the newest large run."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNS = ROOT / "docs" / "faults.json"


def test_all_nineteen_promises_are_there_with_their_proof() -> None:
    rows = dict(re.findall(r"^\| (P\d+) \|(.*)\|$", README, re.MULTILINE))
    assert list(rows) == [f"P{number}" for number in range(1, 20)]
    for name, row in rows.items():
        proofs = re.findall(r"`(tests/[\w/.]+)`", row)
        assert proofs, name
        assert [proof for proof in proofs if not (ROOT / proof).exists()] == [], name


def figures() -> str:
    """Return the README's figures as they follow from the record of the runs."""
    runs = json.loads(RUNS.read_text(encoding="utf-8"))["runs"]
    told = [", ".join(f"{number:,} {name}" for name, number in run["figures"].items()) for run in runs]
    rows = [f"| {run['date']}, {run['size']} | {run['seed']} | {what} |" for run, what in zip(runs, told, strict=True)]
    return "\n".join(["| Run | Seed | What was made, and what was lost |", "|---|---|---|", *rows])


def test_the_figures_are_those_of_the_recorded_runs() -> None:
    _, _, after = README.partition("<!-- faults -->\n")
    shown, _, _ = after.partition("<!-- end of faults -->")
    assert shown.strip() == figures(), figures()
