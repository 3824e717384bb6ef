"""A store killed at any moment holds all it has acknowledged, adds up, and needs no repair.

Every round starts a program that writes all four transactions, kills it, and looks. The control makes the mistake
of acknowledging before the commit: if that were not seen, the test could not see anything. More rounds:
`STORE_KILL_ROUNDS=3000`; the same ones again: `STORE_KILL_SEED=...`, as printed.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from store_builders import NOW, opened

from monitor.store import Database, audit
from monitor.store.rows import rows, scalar

TESTS = Path(__file__).parent.parent
CHILD = Path(__file__).with_name("store_child.py")
ROUNDS = int(os.environ.get("STORE_KILL_ROUNDS", "30"))
SEED = int(os.environ.get("STORE_KILL_SEED", str(Random().randrange(2**32))))


def killed_after(path: Path, mode: str, delay_s: float) -> list[str]:
    """Return what the program had acknowledged when it was killed, `delay_s` after it began to open the store."""
    command = [sys.executable, str(CHILD), str(path), mode]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "opening\n"
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=delay_s)
        assert child.poll() is None, "the program ended by itself"
        child.kill()
        return [line for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]


def losses(db: Database, acknowledged: list[str]) -> Iterator[str]:
    """Yield what was acknowledged and is not there, and what does not add up."""
    polls = scalar(db, "select count(*) from polls")
    stored = scalar(db, "select count(*) from articles")
    started = scalar(db, "select coalesce(sum(attempts), 0) from messages")
    sent = scalar(db, "select count(*) from messages where state = 'sent'")
    kept = {"poll": polls, "result": stored, "attempt_start": started, "attempt_end": sent}
    highest = Counter({name: int(number) for name, number in (line.split() for line in acknowledged)})
    for name, number in highest.items():
        if kept[name] < number:
            yield f"{name} {number} was acknowledged, the store has {kept[name]}"
    for row in rows(db, "select etag, (select count(*) from entries) as entries from feeds"):
        if row["etag"] is not None and row["entries"] < 3 * int(row["etag"].strip('"')):
            yield f"validators {row['etag']} without their entries: {row['entries']}"
    for finding in audit.audit(db, NOW):
        if finding.level == "problem":
            yield f"{finding.check}: {finding.text}"


def losses_of_a_round(path: Path, mode: str, delay_s: float) -> tuple[list[str], int]:
    """Return what one round lost, and how much it had acknowledged."""
    acknowledged = killed_after(path, mode, delay_s)
    with opened(path) as store:
        return list(store.read_now(lambda db: list(losses(db, acknowledged)))), len(acknowledged)


def test_a_store_killed_at_any_moment_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    random, total = Random(SEED), 0
    for number in range(ROUNDS):
        lost, acknowledged = losses_of_a_round(tmp_path / "monitor.db", "after", random.uniform(0.03, 0.25))
        assert lost == [], f"round {number}, STORE_KILL_SEED={SEED}"
        total += acknowledged
    print(f"{ROUNDS} kills, {total} acknowledged transactions, 0 lost, STORE_KILL_SEED={SEED}")
    assert total > 10 * ROUNDS, "the program was killed before it could do anything"


def test_the_control_that_acknowledges_too_early_is_caught(tmp_path: Path) -> None:
    random = Random(SEED)
    for _ in range(max(ROUNDS, 30)):
        lost, _ = losses_of_a_round(tmp_path / "monitor.db", "before", random.uniform(0.03, 0.25))
        if lost:
            return
    pytest.fail(f"no loss was seen in the control, STORE_KILL_SEED={SEED}")


def test_a_store_killed_while_it_is_made_is_made_again(tmp_path: Path) -> None:
    random, half_made = Random(SEED), 0
    for number in range(max(8, ROUNDS // 4)):
        path = tmp_path / f"{number}.db"
        killed_after(path, "after", random.uniform(0.0, 0.02))
        half_made += path.exists()
        with opened(path) as store:
            assert not [f for f in store.read_now(lambda db: audit.audit(db, NOW)) if f.level == "problem"], f"{SEED}"
    assert half_made, "no file was there in any round"
