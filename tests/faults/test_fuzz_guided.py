"""The parsers of ours that read what strangers send, fuzzed by coverage where atheris is installed.

It is no requirement: it comes as a wheel for some systems only. Our own fuzzer of `test_fuzz.py` runs everywhere.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest
from faults import fuzz_articles, fuzz_fetch, fuzz_lists, fuzz_pages, fuzz_poll
from faults.mutants import runs_of
from faults.sizes import CHANGE, Size

CHILD = Path(__file__).with_name("fuzz_child.py")
TESTS = Path(__file__).parent.parent
MODULES = (fuzz_articles, fuzz_fetch, fuzz_lists, fuzz_pages, fuzz_poll)
WHERE = {target.name: module.__name__ for module in MODULES for target in module.TARGETS}
TARGETS = tuple(target for module in MODULES for target in module.TARGETS)
WITHOUT = {"extract.page", "poll.broken-off", "poll.survey"}  # most of their work is in libraries, out of its sight
PART = 20  # of the runs of the other fuzzer: each costs more, and finds more

without = pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed: pip install atheris")


@without
@pytest.mark.parametrize("name", sorted(WHERE.keys() - WITHOUT))
def test_no_input_that_reaches_new_code_breaks_what_a_parser_promises(
    name: str, size: Size, luck: Random, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    if size.fuzz_runs <= CHANGE.fuzz_runs:
        pytest.skip("part of a night: each of these programs takes seconds to begin")
    target = next(one for one in TARGETS if one.name == name)
    runs = runs_of(target, TARGETS, size.fuzz_runs // PART)
    command = [sys.executable, str(CHILD), WHERE[name], name, str(runs), str(luck.getrandbits(31)), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    made = re.search(r"Done (\d+) ", done.stderr)
    counted("guided fuzz runs", int(made[1]) if made else 0)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert made
