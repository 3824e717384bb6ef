"""`restore` killed after each of its steps: nothing is lost or mixed, and the same command ends what was begun."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from restore_builders import FEEDS, LATER, copied, ended_badly, feeds_in, kept
from store_builders import opened, problems

from monitor.errors import StoreDamagedError
from monitor.store import seeds
from monitor.store.restore import restore
from monitor.store.rows import scalar


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a store with one feed, closed."""
    return kept(tmp_path / "home")


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    """Give a copy of the store as it was; the store has a second feed since."""
    return copied(path, tmp_path)


STEPS = ("staged", "store moved aside", "log moved aside", "copy in place")
CHILD = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from monitor.store.restore import restore
def reached(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
restore(Path(sys.argv[1]), Path(sys.argv[2]), now=datetime.now(UTC), reached=reached)
"""


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_nothing_is_lost_or_mixed_and_the_same_command_ends_it(
    step: str, path: Path, copy: Path, counted: Callable[[str, int], None]
) -> None:
    ended_badly(path)
    done = subprocess.run([sys.executable, "-c", CHILD, str(path), str(copy), step], check=False)
    assert done.returncode == -signal.SIGKILL
    counted("restore kills", 1)
    if step == "staged":
        assert feeds_in(path) == 3  # nothing has changed
    elif step == "copy in place":
        assert feeds_in(path) == 1
    else:
        with pytest.raises(StoreDamagedError, match=r"a restore of .* was cut off; nothing is lost"):
            opened(path)
    last = restore(path, copy, now=LATER)
    with opened(path) as store:
        assert store.read_now(lambda db: (problems(db), seeds.changed(db), scalar(db, FEEDS))) == ([], [], 1)
    held = [feeds_in(file) for file in path.parent.glob("monitor.db.replaced-*Z")]
    assert max(held) == 3  # what the killed daemon had committed
    assert not list(path.parent.glob("monitor.db.restoring-*"))
    assert last.copy.path == path
