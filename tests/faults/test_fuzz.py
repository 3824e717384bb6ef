"""Fuzzing each parser of ours: no input makes one raise anything but our errors, or break what it promises.

The inputs that once did lie in `tests/data/fuzz`, in a folder for each target, and are run every time.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from faults import fuzz_articles, fuzz_fetch, fuzz_files, fuzz_lists, fuzz_pages, fuzz_poll, fuzz_rows, fuzz_told
from faults.mutants import LONGEST, Target, fuzz, mutant, runs_of
from faults.sizes import CHANGE, Size

from monitor.poll.charset import feed_text

MODULES = (fuzz_articles, fuzz_fetch, fuzz_files, fuzz_lists, fuzz_pages, fuzz_poll, fuzz_rows, fuzz_told)
TARGETS = tuple(target for module in MODULES for target in module.TARGETS)
BY_NAME = {target.name: target for target in TARGETS}
FOUND = Path(__file__).parents[1] / "data" / "fuzz"
CASES = sorted(path.relative_to(FOUND).as_posix() for path in FOUND.glob("*/*"))
SLOW_S = 2.0  # of processor time for one input of 4 KiB, a thousand times what most take


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_no_input_breaks_what_a_parser_promises(
    name: str, size: Size, luck: Random, counted: Callable[[str, int], None]
) -> None:
    target = BY_NAME[name]
    runs = runs_of(target, TARGETS, size.fuzz_runs)
    limit_s = SLOW_S if size.fuzz_runs > CHANGE.fuzz_runs else None  # a busy machine must not fail a change
    found = [str(finding) for finding in fuzz(target, luck, runs, limit_s=limit_s)]
    counted("fuzz runs", runs)
    counted("fuzz findings", len(found))
    assert found == []


@pytest.mark.parametrize("case", CASES)
def test_what_was_found_once_is_mended(case: str) -> None:
    BY_NAME[case.partition("/")[0]].run((FOUND / case).read_bytes())


def test_every_finding_that_is_kept_belongs_to_a_target() -> None:
    assert {case.partition("/")[0] for case in CASES} <= BY_NAME.keys()
    assert len(BY_NAME) == len(TARGETS)


# --- controls: the fuzzer finds what is there ----------------------------------------------------------------------


def nested(data: bytes) -> int:
    """A planted fault: items that begin and never end."""
    if data.count(b"<item>") > data.count(b"</item>") + 1:
        raise ValueError("an item within an item")
    return len(feed_text(data, None))


def misspelt(data: bytes) -> int:
    """A planted fault: a letter of an end tag is something else."""
    if re.search(rb"</[a-z]+[^a-zA-Z:>]", data):
        raise KeyError("no such tag")
    return data.count(b"<")


def lost(data: bytes) -> int:
    """A planted fault two steps away: each of them gives a new shape."""
    ends = (b"</rss" not in data) + (b"<rss" not in data)
    assert ends < 2, "neither beginning nor end"
    return ends


PLANTED = {"a structure": nested, "a letter": misspelt, "two steps": lost}


@pytest.mark.parametrize("run", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found_within_the_runs_of_a_change(run: Callable[[bytes], int], luck: Random) -> None:
    target = replace(BY_NAME["poll.charset"], run=run, seeds=(fuzz_poll.RSS,), tokens=fuzz_poll.XML_TOKENS)
    runs = runs_of(BY_NAME["poll.charset"], TARGETS, CHANGE.fuzz_runs)
    assert list(fuzz(target, luck, runs))


def test_an_input_that_takes_too_long_is_found(luck: Random) -> None:
    def slow(data: bytes) -> int:
        while len(data) > 20:
            pass
        return len(data)

    found = next(fuzz(Target("slow", slow, (b"0123456789" * 2,)), luck, 500, limit_s=0.05))
    assert "TimeoutError" in found.error
    assert len(found.data) > 20


def test_the_same_seed_makes_the_same_inputs_and_none_is_longer_than_said() -> None:
    def made(seed: str) -> list[bytes]:
        luck = Random(seed)
        return [mutant([fuzz_poll.RSS, fuzz_poll.ATOM], fuzz_poll.XML_TOKENS, luck) for _ in range(300)]

    assert made("a") == made("a") != made("b")
    assert max(map(len, made("a"))) <= LONGEST
