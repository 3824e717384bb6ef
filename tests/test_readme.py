"""The README's commands work as written, in a fresh clone, and its query gives the output it shows.

The two commands install from the package index, as their reader's do; that is the only way out of this machine that
any test takes.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    """Return the fenced block after a mark such as "command: demo"."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n```\w*\n(.*?)```", README, re.DOTALL)
    assert found, f"README.md has no block marked {mark}"
    return found[1].strip("\n")


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-eu", "-c", command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh clone with the changes that are not committed yet."""
    folder = tmp_path_factory.mktemp("clone") / "layoff-monitor"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    listed = ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"]
    changed = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, changed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def test_the_first_command_installs_and_runs_the_demonstration(clone: Path, tmp_path: Path) -> None:
    ran = run(block("command: demo"), clone, TMPDIR=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "Every entry accounted for" in ran.stdout


def test_the_second_command_installs_and_runs_the_tests(clone: Path) -> None:
    few = "-p no:randomly tests/test_clock.py tests/test_record.py"  # all of them are what runs this test
    ran = run(block("command: test"), clone, PYTEST_ADDOPTS=few)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"\d+ passed", ran.stdout)


def test_the_query_gives_the_output_shown(tmp_path: Path) -> None:
    from monitor import app, settings  # noqa: PLC0415  # this file must load without the package in the clone's tests
    from monitor.store.rows import rows  # noqa: PLC0415

    async def ask() -> list[dict[str, object]]:
        chosen = settings.Settings(
            store=settings.StoreSettings(path=tmp_path / "m.db"), feeds=settings.FeedsSettings(starter=False)
        )
        async with app.open_runtime(chosen) as runtime:
            return await runtime.store.read(lambda db: rows(db, block("query: history")))

    import asyncio  # noqa: PLC0415

    found = asyncio.run(ask())
    assert table(found) == block("output: history")


def table(found: list[dict[str, object]]) -> str:
    """Return rows as the README prints them: names, then values, two spaces between columns."""
    lines = [list(found[0]), *(["" if value is None else str(value) for value in row.values()] for row in found)]
    widths = [max(len(line[number]) for line in lines) for number in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
