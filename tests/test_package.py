"""What is shipped: the wheel holds every data file and nothing else, and runs from an empty folder."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = sorted(
    file.relative_to(ROOT).as_posix()
    for folder in ("config", "storage/migrations", "storage/seed")
    for file in (ROOT / folder).iterdir()
    if file.suffix in {".toml", ".yaml", ".sql", ".jsonl"}
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_data_file(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"monitor/{name}" for name in [*DATA, "storage/schema.sql"]} <= names


def test_the_wheel_holds_no_other_top_level_name_and_no_database(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"monitor", "layoff_monitor-0.1.0.dist-info"}
    assert [name for name in names if ".db" in name or name.endswith((".pyc", ".lock", ".sock"))] == []


def test_the_unpacked_wheel_runs_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    ran = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "monitor",
            "--db",
            str(tmp_path / "m.db"),
            "feeds",
            "add",
            "--as-given",
            "https://example.org/f",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "1 added\n"), ran.stderr


def test_the_versions_agree() -> None:
    from monitor import __version__  # noqa: PLC0415  # beside the file it is compared with

    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "requirements-browser.txt"])
def test_a_lock_names_exact_versions_with_hashes_and_no_address(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    assert not [line for line in lines if "://" in line]
    pins = re.split(r"\n(?=\S)", "\n".join(line for line in lines if not line.lstrip().startswith("#")))
    right = re.compile(r"[\w.\-\[\]]+==[\w.]+[^\n]*(?:\n +--hash=sha256:[0-9a-f]{64}(?: \\)?)+\s*")
    assert len(pins) > 1
    assert [pin for pin in pins if not right.fullmatch(pin)] == []
