"""What a worker process can die of, and what it can tell of itself; imported by the processes themselves."""

import ctypes
import os
import signal
import sys
import time


def answer() -> int:
    return os.getpid()


def hang() -> None:
    time.sleep(3600)


def spin() -> None:
    while True:
        pass


def be_killed() -> None:
    signal.raise_signal(signal.SIGKILL)


def segfault() -> None:
    ctypes.string_at(0)


def run_out_of_memory() -> int:
    hoard = [bytes(1 << 26) for _ in range(24)]  # 1.5 GiB of address space
    return len(hoard)


def grow_by(megabytes: int) -> int:
    global hoard  # noqa: PLW0603  # a leak is a global
    hoard = b"x" * (megabytes << 20)
    return len(hoard)


def raise_oddly() -> None:
    raise KeyError("no such thing")


def loaded(*names: str) -> list[str]:
    return [name for name in names if name in sys.modules]


def echo(value: bytes) -> bytes:
    return value


hoard = b""
