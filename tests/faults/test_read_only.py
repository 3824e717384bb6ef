"""What may not be written is refused at the start: what, where, and how that is mended, with exit code 3 (S6)."""

import codecs
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from store_builders import opened

from monitor import daemon
from monitor.cli import layoff_monitor
from monitor.errors import StoreError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Give a folder, and be a user without special rights meanwhile."""
    folder = Path(tempfile.mkdtemp())
    uid = os.geteuid()
    if uid == 0:
        os.chown(folder, 65534, 65534)
        codecs.lookup("ascii")  # what cannot be imported now, Python takes for missing as long as it lives
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if uid == 0:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


READ_ONLY: dict[str, Callable[[Path], None]] = {
    "the file": lambda path: path.chmod(0o400),
    "the folder": lambda path: path.parent.chmod(0o500),
    "the lock file": lambda path: path.with_name(f"{path.name}.lock").chmod(0o000),
    "the file's very sight": lambda path: path.chmod(0o000),
}


@pytest.mark.parametrize("protect", READ_ONLY.values(), ids=READ_ONLY.keys())
def test_what_may_not_be_written_is_refused_with_its_name(unprivileged: Path, protect: Callable[[Path], None]) -> None:
    path = unprivileged / "monitor.db"
    opened(path).close()
    protect(path)
    with pytest.raises(StoreError, match="writable") as raised:
        opened(path)
    assert (raised.value.exit_code, str(unprivileged) in str(raised.value)) == (3, True)


@pytest.mark.parametrize("protect", READ_ONLY.values(), ids=READ_ONLY.keys())
def test_the_daemon_ends_with_3_and_says_what_to_do(unprivileged: Path, protect: Callable[[Path], None]) -> None:
    assert daemon.run  # loaded before the rights were given up
    path = unprivileged / "monitor.db"
    opened(path).close()
    protect(path)
    done = CliRunner().invoke(layoff_monitor, ["--db", str(path), "run", "--once"])
    assert done.exit_code == 3
    assert str(unprivileged) in done.stderr
    assert "writable" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_system_that_is_read_only_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a folder is mounted read-only, which needs root and a mount namespace of its own")
    home = tmp_path / "home"
    opened(home / "monitor.db").close()
    before = sorted(file.name for file in home.iterdir())
    program = f"exec {sys.executable} -m monitor --db {home / 'monitor.db'} run --once"
    script = f"mount --bind {home} {home} && mount -o remount,bind,ro {home} && {program}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert f"{home} is not writable for this user" in done.stderr
    assert sorted(file.name for file in home.iterdir()) == before
