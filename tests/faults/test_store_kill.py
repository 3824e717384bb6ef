"""A store killed at any moment holds all it has acknowledged, adds up, and needs no repair (RELIABILITY.md S1).

Every round starts a program that writes all four transactions, kills it, and looks. The control makes the mistake
of acknowledging before the commit: if that were not seen, the test could not see anything.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from faults.nursery import Ended, Nursery, nursery
from faults.sizes import Size
from store_builders import NOW, opened

from monitor.store import Database, audit
from monitor.store.rows import rows, scalar

KILLS_OF_A_STORE = 100  # then the next one begins anew
CONTROL_KILLS = 30  # at most; the first loss ends it

Counted = Callable[[str, int], None]


@pytest.fixture(scope="module")
def born() -> Iterator[Nursery]:
    """Give what starts the program."""
    with nursery("store_child") as born:
        yield born


@dataclass(frozen=True, slots=True)
class Round:
    """What one round lost, what the store then held, and how much had been acknowledged."""

    lost: list[str]
    held: dict[str, int]
    acknowledged: int


NOTHING: dict[str, int] = {}


def killed_after(born: Nursery, path: Path, mode: str, delay_s: float, *, spoken: bool = True) -> list[str]:
    """Return what the program had acknowledged when it was killed, so long after its first word or its start."""
    out = path.with_name("acknowledged")
    out.unlink(missing_ok=True)
    ended = born.run(out, delay_s, str(path), mode, spoken=spoken)
    assert ended == Ended(-signal.SIGKILL, cut=True), "the program ended by itself"
    return [line for line in out.read_text().splitlines(keepends=True) if line.endswith("\n")]


def held(db: Database) -> dict[str, int]:
    """Return how often each of the transactions was made in the life of a store."""
    counts = {
        "poll": "select count(*) from polls",
        "result": "select count(*) from articles",
        "attempt_start": "select coalesce(sum(attempts), 0) from messages",
        "attempt_end": "select count(*) from messages where state = 'sent'",
    }
    return {name: scalar(db, sql) for name, sql in counts.items()}


def losses(db: Database, acknowledged: list[str], before: dict[str, int]) -> Iterator[str]:
    """Yield what was acknowledged in a round and is not there beside what was before, and what does not add up."""
    said, kept = Counter(line.split()[0] for line in acknowledged), held(db)
    for name, number in said.items():
        if kept[name] < before.get(name, 0) + number:
            yield f"{number} times {name} was acknowledged, the store had {before.get(name, 0)} and has {kept[name]}"
    for row in rows(db, "select etag, (select count(*) from entries) as entries from feeds"):
        if row["etag"] is not None and row["entries"] < 3 * int(row["etag"].strip('"')):
            yield f"validators {row['etag']} without their entries: {row['entries']}"
    for finding in audit.audit(db, NOW):
        if finding.level == "problem":
            yield f"{finding.check}: {finding.text}"


def played(born: Nursery, path: Path, mode: str, delay_s: float, before: dict[str, int]) -> Round:
    """Return one round on a store that held so much before it."""
    acknowledged = killed_after(born, path, mode, delay_s)
    with opened(path) as store:
        lost = store.read_now(lambda db: list(losses(db, acknowledged, before)))
        return Round(lost, store.read_now(held), len(acknowledged))


def test_a_store_killed_at_any_moment_keeps_what_it_acknowledged(
    tmp_path: Path, born: Nursery, size: Size, luck: Random, counted: Counted
) -> None:
    total, before = 0, NOTHING
    for number in range(size.store_kills):
        path = tmp_path / f"{number // KILLS_OF_A_STORE}.db"
        one = played(born, path, "after", luck.uniform(0.0, 0.2), before if path.exists() else NOTHING)
        assert one.lost == [], f"round {number}"
        total, before = total + one.acknowledged, one.held
    counted("store kills", size.store_kills)
    counted("acknowledged writes", total)
    counted("acknowledged lost", 0)
    assert total >= size.store_kills, "the program was killed before it could do anything"


def test_the_control_that_acknowledges_too_early_is_caught(tmp_path: Path, born: Nursery, luck: Random) -> None:
    before = NOTHING
    for _ in range(CONTROL_KILLS):
        one = played(born, tmp_path / "monitor.db", "before", luck.uniform(0.0, 0.2), before)
        if one.lost:
            return
        before = one.held
    pytest.fail("no loss was seen in the control")


def test_a_store_killed_while_it_is_made_is_made_again(
    tmp_path: Path, born: Nursery, size: Size, luck: Random, counted: Counted
) -> None:
    began = monotonic()
    killed_after(born, tmp_path / "measured.db", "after", 0.0)
    making_s, half_made, rounds = monotonic() - began, 0, max(8, size.store_kills // 20)
    for number in range(rounds):
        path = tmp_path / f"{number}.db"
        acknowledged = killed_after(born, path, "after", luck.uniform(0.0, making_s), spoken=False)
        half_made += path.exists() and not acknowledged
        with opened(path) as store:
            assert store.read_now(lambda db, said=acknowledged: list(losses(db, said, NOTHING))) == []
    counted("store kills", rounds)
    assert half_made, "no store was half made in any round"
