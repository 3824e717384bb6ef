"""What was needed for a moment is given back to the system."""

import asyncio
import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.health.memory import give_back, kept_low

MIB = 1 << 20
ROOT = Path(__file__).parent.parent


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


GNU = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs the C library of GNU"
)
KEPT = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from monitor.health.memory import bound

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def passing():
    pieces = [bytearray(b"x" * 500_000) for _ in range(40)]
    del pieces

if "bound" in sys.argv:
    assert bound()
del (large := [bytearray(30 << 20)])[0]
with ThreadPoolExecutor(1) as threads:
    threads.submit(int).result()
    before = resident()
    threads.submit(passing).result()
    print((resident() - before) >> 20)
"""


def kept_by_a_thread(*words: str) -> int:
    """Return how many MiB a process holds more after a thread has had 20 of them for a moment."""
    command = [sys.executable, "-c", KEPT, *words]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@GNU
def test_what_a_thread_had_for_a_moment_goes_back_to_the_system() -> None:
    assert kept_by_a_thread("bound") <= 5


@GNU
def test_the_control_without_bounds_keeps_it() -> None:
    assert kept_by_a_thread() >= 15


@GNU
def test_memory_between_pieces_in_use_goes_back_to_the_system() -> None:
    pieces = [bytes(100_000) for _ in range(1000)]
    pieces[:-1] = [b""] * 999  # the last one keeps the heap from shrinking by itself
    before = resident()
    assert give_back()
    assert before - resident() > 50 * MIB
    assert len(pieces[-1]) == 100_000


async def test_what_was_there_at_the_start_is_left_out_of_collections_until_the_end() -> None:
    keeping = asyncio.create_task(kept_low(lambda: None))
    await asyncio.sleep(0)
    frozen = gc.get_freeze_count()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert frozen > 10_000
    assert gc.get_freeze_count() == 0


async def test_it_is_given_back_at_once_and_again_and_again() -> None:
    given = asyncio.Queue[None]()
    keeping = asyncio.create_task(kept_low(lambda: asyncio.run_coroutine_threadsafe(given.put(None), loop), every_s=0))
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        for _ in range(3):
            await given.get()
    keeping.cancel()
