"""The half of the sandbox that runs in the worker process: limits, the call, and an answer that always pickles."""

import math
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

from monitor.errors import ParseError, UsageError
from monitor.sandbox.limits import Limits


@dataclass(frozen=True, slots=True)
class Task:
    """A call by name, so that a function the process cannot import fails as an answer and not as a death."""

    module: str
    name: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a task ended: a value, an error raised on purpose, or the words of one nobody expected."""

    value: Any = None
    refusal: ParseError | UsageError | None = None
    crash: str | None = None
    resident_bytes: int = 0
    exhausted: bool = False  # memory ran out: the process may hold broken state


def confine(limits: Limits) -> None:
    """Return with the process bounded; runs once, before the first task.

    SIGTERM goes back to the kernel's default: a handler written in Python would wait for the C code of a parser.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)


def work(limits: Limits, task: Task) -> Answer:
    """Return the answer to a task; a death of the process is the only other way this ends."""
    try:
        function = _find(task)  # the import of the parser's libraries is not charged to the document
        with _deadlines(limits):
            value = function(*task.args)
    except (ParseError, UsageError) as error:
        return Answer(refusal=error, resident_bytes=resident_bytes())
    except MemoryError:
        return Answer(crash="MemoryError: more memory than allowed", exhausted=True)
    except Exception as error:  # noqa: BLE001  # whatever a parser raises on hostile bytes is its outcome
        return Answer(crash=f"{type(error).__name__}: {error}"[:500], resident_bytes=resident_bytes())
    return Answer(value=value, resident_bytes=resident_bytes())


def resident_bytes() -> int:
    """Return the memory this process holds now; where the system does not say, the most it ever held."""
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _find(task: Task) -> Callable[..., Any]:
    found: Callable[..., Any] = attrgetter(task.name)(import_module(task.module))
    return found


@contextmanager
def _deadlines(limits: Limits) -> Iterator[None]:
    """Let the kernel kill the process when one task takes too long, in CPU time or by the clock.

    The soft CPU limit is set anew for each task, relative to what the process has used already.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = math.ceil(used.ru_utime + used.ru_stime) + limits.cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def _limit(what: int, value: int) -> None:
    with suppress(ValueError, OSError):  # a system without this limit, or one already lower
        resource.setrlimit(what, (value, value))
