"""A daemon run as an installed one would be, and what all its processes took: CPU time, memory, promptness.

Memory by three counts, each in bytes: RSS, where pages that several processes share count for each; PSS, where they
count in parts; USS, where they do not count at all.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faults.gauges import MIB, lag_s, tree

LOOK_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Weight:
    """What one process holds, in bytes."""

    role: str
    rss: int
    pss: int  # each page that several share in parts
    uss: int  # pages of its own


@dataclass(slots=True)
class Watched:
    """What was seen of a daemon."""

    looks: list[tuple[float, float, list[Weight]]] = field(default_factory=list)  # seconds, CPU seconds, weights
    lags: list[float] = field(default_factory=list)  # seconds until the loop answered, one a second
    own_lags: list[float] = field(default_factory=list)  # less those in which either side stood ready without a core
    own_cpu_s: float = 0.0
    waited_s: float = 0.0  # the daemon's loop was ready to run and no core was free
    code: int | None = None


def weigh(pid: int, root: int) -> Weight | None:
    """Return what a process holds now; None if it has gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        kib = {line.partition(":")[0]: int(line.split()[1]) for line in lines[1:]}
        uss = kib["Private_Clean"] + kib["Private_Dirty"]
        return Weight(_role(pid, root), 1024 * kib["Rss"], 1024 * kib["Pss"], 1024 * uss)
    return None


def _role(pid: int, root: int) -> str:
    if pid == root:
        return "daemon"
    words = Path(f"/proc/{pid}/cmdline").read_bytes()
    if b"resource_tracker" in words:
        return "tracker"
    mapped = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
    return "page worker" if "/lxml/" in mapped else "feed worker"


def cpu_s(pid: int, *, reaped: bool) -> float:
    """Return the CPU seconds of a process, with those of its children that have ended if asked."""
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return sum(int(ticks) for ticks in stat[11 : 15 if reaped else 13]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def waited_s(pid: int) -> float:
    """Return how long the first thread of a process stood ready and had no core."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0


def environ(folder: Path) -> dict[str, str]:
    """Return the environment of an installed program, whose modules were compiled once and not at each start."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


async def watched(config: Path, bytecode: Path, ends: "asyncio.Event", limit_s: float) -> Watched:
    """Run the daemon until then, or for so long, and return what was seen of it."""
    seen = Watched()
    with (config.parent / "log").open("wb") as log:
        words = (sys.executable, "-m", "monitor", "--config", str(config), "run")
        daemon = await asyncio.create_subprocess_exec(*words, stdout=log, stderr=log, env=environ(bytecode))
    since = time.monotonic()
    probing = asyncio.create_task(_probe(daemon.pid, config.parent / "monitor.db", seen))
    try:
        while (passed := time.monotonic() - since) < limit_s and daemon.returncode is None and not ends.is_set():
            await asyncio.sleep(min(LOOK_S, limit_s - passed))
            pids = tree(daemon.pid)
            weights = [one for pid in pids if (one := weigh(pid, daemon.pid))]
            used = sum(cpu_s(pid, reaped=True) for pid in pids)
            seen.looks.append((time.monotonic() - since, used, weights))
            seen.own_cpu_s, seen.waited_s = cpu_s(daemon.pid, reaped=False), waited_s(daemon.pid)
            if len(seen.looks) % 12 == 0:
                mib = sum(one.pss for one in weights) / MIB
                print(f"{passed / 60:5.1f} min  {used:.1f} s of CPU, {mib:.0f} MiB", file=sys.stderr, flush=True)
    finally:
        probing.cancel()
        if daemon.returncode is None:
            daemon.terminate()
        seen.code = await daemon.wait()
    return seen


async def _probe(pid: int, store: Path, seen: Watched) -> None:
    """Note each second after how long the daemon's loop answers a connection."""
    while True:
        await asyncio.sleep(1)
        before = waited_s(pid) + waited_s(os.getpid())
        if (late := await lag_s(store)) is not None:
            seen.lags.append(late)
            seen.own_lags.append(max(0.0, late - (waited_s(pid) + waited_s(os.getpid()) - before)))


def answers(lags: Sequence[float]) -> list[float]:
    """Return after how many ms the loop answered: in half of all seconds, in 99 of 100, and at worst."""
    ms = sorted(1000 * one for one in lags) or [0.0]
    return [round(ms[min(len(ms) - 1, int(share * len(ms)))], 1) for share in (0.5, 0.99, 1.0)]


def memory(seen: Watched, after_s: float) -> dict[str, Any]:
    """Return what all processes held together, and each kind of them at most."""
    warm = [weights for at, _, weights in seen.looks if at >= after_s] or [seen.looks[-1][2]]
    sums = {
        kind: [sum(getattr(one, kind) for one in weights) / MIB for weights in warm] for kind in ("pss", "rss", "uss")
    }
    roles = sorted({one.role for weights in warm for one in weights})
    by_role = {
        role: round(max(sum(one.pss for one in weights if one.role == role) for weights in warm) / MIB, 1)
        for role in roles
    }
    return {
        "mib_median_and_most": {
            name: [round(statistics.median(all_), 1), round(max(all_), 1)] for name, all_ in sums.items()
        },
        "pss_mib_at_most": by_role,
        "workers_at_most": max(len(weights) - 1 for weights in warm),
    }
