"""Programs on the disk of `disk.c`: the library is compiled, and the program started with it before all others."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parent


def library(folder: Path) -> Path:
    """Return the library, compiled in a folder; skips the test where that cannot be, and says why."""
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        pytest.skip("a disk that fails on demand is preloaded, which needs Linux with the GNU C library")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a disk that fails on demand is written in C, and there is no C compiler (`cc`)")
    made = folder / "disk.so"
    if not made.exists():
        command = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(made)]
        subprocess.run([*command, str(HERE / "disk.c"), "-ldl", "-lpthread"], check=True)
    return made


def environment(made: Path, root: Path, **more: Path) -> Mapping[str, str]:
    """Return what a program needs to run on such a disk; `more` are DISK_DIARY and DISK_FULL."""
    paths = {"LD_PRELOAD": made, "DISK_ROOT": root, **more}
    imports = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return {**os.environ, "PYTHONPATH": imports, **{name: str(path) for name, path in paths.items()}}
