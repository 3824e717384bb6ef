"""The README's promises name tests that exist, and its figures are those of the newest large run."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = ROOT / "docs" / "faults.json"


def test_all_nineteen_promises_are_there_with_their_proof() -> None:
    rows = dict(re.findall(r"^\| (P\d+) \|(.*)\|$", README, re.MULTILINE))
    assert list(rows) == [f"P{number}" for number in range(1, 20)]
    for name, row in rows.items():
        proofs = re.findall(r"`(tests/[\w/.]+)`", row)
        assert proofs, name
        assert [proof for proof in proofs if not (ROOT / proof).exists()] == [], name


def figures() -> str:
    """Return the README's figures as they follow from the record of the run."""
    run = json.loads(RUN.read_text(encoding="utf-8"))
    made = run["figures"]
    rows = "\n".join(f"| {number:,} | {name} |" for name, number in made.items())
    return f"The large run of {run['date']}, seed {run['seed']}:\n\n| | |\n|---:|---|\n{rows}\n"


def test_the_figures_are_those_of_the_recorded_run() -> None:
    _, _, after = README.partition("<!-- faults -->\n")
    shown, _, _ = after.partition("<!-- end of faults -->")
    assert shown.strip() == figures().strip(), figures()
