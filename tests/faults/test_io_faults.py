"""Whichever write, cut or flush the disk refuses, once: nothing is half written, nothing promised lost, work goes on.

A program on the disk of `disk.c` makes a store, writes all four transactions to one, upgrades one of the first version
and replaces a backup; in each trial another call fails, with "no space left" or "input/output error". What was refused
is refused in words, and done when it is asked for again. The controls promise before the commit, and go on with the
connection that failed.
"""

import errno
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults.disk_child import TARGET, older
from faults.preload import environment
from faults.sizes import Size
from store_builders import NOW, added, entry, opened, polled, write

from monitor.store.backup import back_up

CHILD = Path(__file__).with_name("fault_child.py")
ERRORS = (errno.ENOSPC, errno.EIO)


def nothing(_base: Path) -> None:
    """Let the trial begin with an empty folder."""


def fed(base: Path) -> None:
    with opened(base / "monitor.db") as store:
        write(store, added)


def copied(base: Path) -> None:
    """Let the trial begin with a store and a copy that is older."""
    fed(base)
    (base / "copies").mkdir()
    back_up(base / "monitor.db", base / TARGET, now=NOW)
    with opened(base / "monitor.db") as store:
        write(store, lambda db: polled(db, 1, *map(entry, range(50))))


def first_version(base: Path) -> None:
    older(base / "monitor.db")


BEGINS = {"make": nothing, "write": fed, "upgrade": first_version, "copy": copied}


@dataclass(frozen=True)
class Trials:
    """Runs of one program in which one call after the other fails."""

    preloaded: Path
    folder: Path

    def made(self, work: str, how: str, trials: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        """Return what came of each (call, error)."""
        words = [f"{call}:{error}" for call, error in trials]
        command = [sys.executable, str(CHILD), str(self.folder), work, how, *words]
        run = environment(self.preloaded, self.folder / "trial")
        done = subprocess.run(command, check=True, env=run, stdout=subprocess.PIPE, text=True, timeout=3600)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def spread(self, work: str, most: int) -> list[tuple[int, int]]:
        """Return at most so many faults, evenly spread over all calls of the work."""
        [sound] = self.made(work, "soundly", [(0, 0)])
        assert sound["wrong"] == []
        every = [(call, error) for call in range(1, sound["calls"] + 1) for error in ERRORS]
        return [every[place * len(every) // most] for place in range(most)] if len(every) > most else every


@pytest.fixture
def trials(preloaded: Path, memory: Path) -> Trials:
    (memory / "base").mkdir()
    return Trials(preloaded, memory)


@pytest.mark.parametrize("work", BEGINS)
def test_one_failure_of_the_disk_costs_nothing(
    work: str, trials: Trials, size: Size, counted: Callable[[str, int], None]
) -> None:
    BEGINS[work](trials.folder / "base")
    came = trials.made(work, "soundly", trials.spread(work, size.io_faults // len(BEGINS)))
    counted("I/O faults", len(came))
    counted("corrupt stores", sum(bool(one["wrong"]) for one in came))
    assert [(one["call"], one["error"], one["wrong"]) for one in came if one["wrong"]] == []
    assert any(one["refused"] for one in came)


CONTROLS = {
    "a promise before the commit is broken": ("early", "were promised"),
    "a connection that failed is clung to": ("clinging", "goes on with the connection that failed"),
}


@pytest.mark.parametrize(("how", "words"), CONTROLS.values(), ids=CONTROLS)
def test_the_control_is_caught(how: str, words: str, trials: Trials) -> None:
    fed(trials.folder / "base")
    came = trials.made("write", how, trials.spread("write", 20))
    assert [fault for one in came for fault in one["wrong"] if words in fault]
