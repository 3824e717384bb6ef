"""What a running daemon and all that it started take: CPU time, memory, descriptors, log; and how soon it answers."""

import math
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.control import call
from monitor.errors import MonitorError, StoreBusyError, UsageError

MIB: Final = 1 << 20
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Look:
    """What the daemon and all it started took at one moment."""

    at_s: float  # since its start
    cpu_s: float  # so far, those that have ended included
    own_cpu_s: float  # of the daemon's process alone
    resident: int  # bytes; of the daemon's process alone
    whole: int  # bytes of all its processes, each page that several share counted in parts
    descriptors: int  # of the daemon's process
    processes: int
    log: int  # bytes of the store's write-ahead log
    answer_s: float | None  # for a command that goes through loop and writer; None where it is not answered


async def look(pid: int, store: Path, since: float) -> Look:
    """Return what is taken now by a process that started at `since` (time.monotonic)."""
    began = time.monotonic()
    try:
        await call(store, "alive", {})
        answer_s: float | None = time.monotonic() - began
    except (StoreBusyError, OSError):
        answer_s = None
    found = tree(pid)
    return Look(
        at_s=round(time.monotonic() - since, 1),
        cpu_s=sum(_cpu_s(one, reaped=True) for one in found),
        own_cpu_s=_cpu_s(pid, reaped=False),
        resident=_memory(pid, "status", "VmRSS:"),
        whole=sum(_memory(one, "smaps_rollup", "Pss:") for one in found),
        descriptors=_descriptors(pid),
        processes=len(found),
        log=size_of(Path(f"{store}-wal")),
        answer_s=answer_s,
    )


async def lag_s(store: Path) -> float | None:
    """Return after how many seconds the daemon's loop says that it knows no such command; None if it does not."""
    began = time.monotonic()
    try:
        await call(store, "no such command", {})
    except UsageError:
        return time.monotonic() - began
    except (MonitorError, OSError):
        return None
    return None


def tree(root: int) -> list[int]:
    """Return a process and all that it started, directly or not."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def slope(looks: Sequence[Look], name: str) -> float:
    """Return by how much a figure grows in an hour, by least squares."""
    return statistics.linear_regression(*_series(looks, name)).slope if len(looks) > 2 else 0.0


def surely_grows(looks: Sequence[Look], name: str) -> float:
    """Return by how much a figure grows in an hour at least: two standard errors below its slope."""
    times, values = _series(looks, name)
    line = statistics.linear_regression(times, values)
    rest = [value - line.intercept - line.slope * at for at, value in zip(times, values, strict=True)]
    spread = sum((at - statistics.fmean(times)) ** 2 for at in times)
    error = math.sqrt(sum(one * one for one in rest) / (len(rest) - 2) / spread)
    return line.slope - 2 * error


def _series(looks: Sequence[Look], name: str) -> tuple[list[float], list[float]]:
    """Return hours and values."""
    return [one.at_s / 3600 for one in looks], [float(getattr(one, name)) for one in looks]


def size_of(file: Path) -> int:
    """Return the bytes of a file; none where there is none."""
    return file.stat().st_size if file.exists() else 0


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; empty if it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    except OSError:
        return []


def _cpu_s(pid: int, *, reaped: bool) -> float:
    return sum(int(ticks) for ticks in _stat(pid)[11 : 15 if reaped else 13]) / _TICKS


def _memory(pid: int, file: str, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return 1024 * next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)


def _descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0
