"""What one task and one worker process may use."""

from dataclasses import dataclass
from typing import Final

MiB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one kind of document (RELIABILITY.md F2, A1)."""

    cpu_s: int  # of one task, in seconds of CPU; the process is killed by the kernel
    wall_s: float  # of one task, from its start in the process; killed by the kernel as well
    memory_bytes: int  # address space of the process, libraries included; beyond it: MemoryError
    recycle_bytes: int  # a process resident above this after a task is replaced
    recycle_tasks: int = 1000  # and after this many tasks, whatever it holds: the backstop
    start_s: float = 30.0  # longest start of a process


# A feed of 50,000 entries takes half its CPU time, and on a busy machine several times that by the clock (F6: 60 s).
FEED: Final = Limits(cpu_s=20, wall_s=60.0, memory_bytes=512 * MiB, recycle_bytes=200 * MiB)
PAGE: Final = Limits(cpu_s=10, wall_s=15.0, memory_bytes=768 * MiB, recycle_bytes=400 * MiB)
