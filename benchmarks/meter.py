"""What a command costs: CPU seconds of all its processes, the most memory they held together, and the time it took.

`metered` runs it under a process of its own to which every descendant falls that its parent left behind, so that none
is missed. Linux only.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOOK_S: Final = 0.2  # between two looks at the memory
_CHILD_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command took."""

    cpu_s: float  # user and system, of the whole tree of processes
    wall_s: float
    peak_mib: float  # of the tree at one moment, shared pages divided among those that share them
    code: int


def metered(command: Sequence[str], *, folder: Path, environ: Mapping[str, str] | None = None) -> Cost:
    """Return what the command took, run in this folder; its output is thrown away, but told if it fails."""
    with tempfile.TemporaryFile("w+") as said, tempfile.NamedTemporaryFile("r") as answer:
        meter = [sys.executable, str(Path(__file__).resolve()), answer.name, *command]
        env = {**os.environ, **(environ or {})}
        subprocess.run(meter, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=True)
        cost = Cost(**json.loads(Path(answer.name).read_text(encoding="utf-8")))
        if cost.code:
            said.seek(0)
            print(f"{command[0]} ended with {cost.code}: {said.read()[-400:]}", file=sys.stderr)
    return cost


def _tree(pid: int) -> Iterator[int]:
    """Yield the ids of a process's descendants."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from _tree(int(child))


def _held_kib(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def main(answer: str, command: list[str]) -> None:
    """Run the command and write what it took into the file."""
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    over, most = threading.Event(), [0]

    def watch() -> None:
        while not over.wait(LOOK_S):
            most[0] = max(most[0], sum(_held_kib(pid) for pid in _tree(os.getpid())))

    watcher = threading.Thread(target=watch)
    began = time.monotonic()
    process = subprocess.Popen(command)
    watcher.start()
    code = process.wait()
    with suppress(ChildProcessError):
        while True:
            os.wait()  # those left behind
    wall_s = time.monotonic() - began
    over.set()
    watcher.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {"cpu_s": used.ru_utime + used.ru_stime, "wall_s": wall_s, "peak_mib": most[0] / 1024, "code": code}
    Path(answer).write_text(json.dumps(cost), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
