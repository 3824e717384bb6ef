"""The README's list of layers is the one that is checked."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readme_lists_the_layers_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    listed = re.search(r"^__main__\n(?:.*\n)+?(?=```)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert listed
    assert listed[0].splitlines() == layers
