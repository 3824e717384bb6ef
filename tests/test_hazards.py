"""Every hazard has one row that says what happens, and what shows it is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "hazards"
NUMBERED = {
    "N": 12,
    "H": 13,
    "F": 14,
    "A": 10,
    "C": 4,
    "S": 15,
    "T": 6,
    "D": 16,
    "X": 5,
    "L": 5,
    "W": 15,
}
ROW = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|\s*$", re.MULTILINE)
NAMED = re.compile(r"`((?:tests|benchmarks|\.ci)/[\w./-]+)(?:::(\w+))?`")


def rows() -> list[tuple[str, str, str]]:
    """Return page, ID and the rest of each row."""
    return [(page.name, *found) for page in sorted(PAGES.glob("*.md")) for found in ROW.findall(page.read_text())]


def test_each_hazard_has_one_row() -> None:
    expected = [f"{letter}{number}" for letter, last in NUMBERED.items() for number in range(1, last + 1)]
    assert sorted(name for _, name, _ in rows()) == sorted(expected)


@pytest.mark.parametrize(("page", "name", "row"), rows())
def test_what_a_row_names_exists(page: str, name: str, row: str) -> None:
    named = NAMED.findall(row)
    assert named, f"{page}: {name} names no test"
    for path, function in named:
        assert (ROOT / path).exists(), f"{page}: {name} names {path}"
        assert not function or re.search(rf"def {function}\(", (ROOT / path).read_text()), f"{name}: {function}"
