"""A process that has loaded a program once and forks it as often as asked, so that a kill loop need not wait for it.

`python nursery.py MODULE`: reads one order a line, `{"args": [...], "out": FILE, "limit_s": S, "spoken": BOOL}`, runs
`MODULE.main` with these arguments in a fork whose output goes to the file, kills the fork after so many seconds (if
`spoken`, counted from its first word), and answers `{"code": ..., "cut": ...}` as `Ended` has it. It kills nothing but
its own child, which nobody else can reap.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

FAULTS = Path(__file__).parent
PAUSE_S = 0.001  # between two looks at the child


@dataclass(frozen=True, slots=True)
class Ended:
    """How a fork ended: its exit code (a signal as a negative number), and whether it was the nursery that cut it."""

    code: int
    cut: bool


class Nursery:
    """The other side: gives the orders. Built by `nursery`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, out: Path, limit_s: float, *args: str, spoken: bool = False) -> Ended:
        """Return how the program ended, whose output was added to a file; `spoken`: its time begins with a word."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"args": args, "out": str(out), "limit_s": limit_s, "spoken": spoken}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def nursery(module: str) -> Iterator[Nursery]:
    """Give a nursery of a module of this folder."""
    path = os.pathsep.join(str(folder) for folder in (FAULTS, FAULTS.parent, FAULTS.parents[1]))
    with subprocess.Popen(
        [sys.executable, str(FAULTS / "nursery.py"), module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    ) as process:
        yield Nursery(process)  # its input is closed at the end, and with that it ends


def _born(module: str, args: list[str], out: str) -> int:
    """Return the number of a fork that runs the program."""
    child = os.fork()
    if child:
        return child
    try:
        file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(file, stream)
        import_module(module).main(*args)
        os._exit(0)
    except SystemExit as leaving:
        os._exit(leaving.code if isinstance(leaving.code, int) else 1)
    finally:
        os._exit(70)


def _watched(child: int, limit_s: float, spoken: Path | None) -> Ended:
    """Return how a fork ended, by itself or killed when its time was over, which begins with a word in a file."""
    ends_at = time.monotonic() + limit_s
    while spoken is not None or time.monotonic() < ends_at:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return Ended(os.waitstatus_to_exitcode(status), cut=False)
        if spoken is not None and spoken.stat().st_size:
            spoken, ends_at = None, time.monotonic() + limit_s
        time.sleep(PAUSE_S)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return Ended(os.waitstatus_to_exitcode(status), cut=True)


def main(module: str) -> None:
    """Serve until there are no more orders."""
    import_module(module).load()
    for line in sys.stdin:
        order = json.loads(line)
        out = Path(order["out"])
        out.touch()
        child = _born(module, order["args"], order["out"])
        ended = _watched(child, order["limit_s"], out if order["spoken"] else None)
        sys.stdout.write(json.dumps({"code": ended.code, "cut": ended.cut}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
