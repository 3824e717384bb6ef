"""A store killed at any moment holds all it has acknowledged, adds up, and needs no repair (RELIABILITY.md S1).

Every round starts a program that writes all four transactions, kills it, and looks. The control makes the mistake
of acknowledging before the commit: if that were not seen, the test could not see anything.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

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


def killed_after(born: Nursery, path: Path, mode: str, delay_s: float) -> list[str]:
    """Return what the program had acknowledged when it was killed, so long after it began to open the store."""
    out = path.with_name("acknowledged")
    out.unlink(missing_ok=True)
    assert born.run(out, delay_s, str(path), mode) == Ended(-signal.SIGKILL, cut=True), "the program ended by itself"
    said = out.read_text().splitlines(keepends=True) if out.exists() else []
    return [line for line in said if line.endswith("\n")]


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


def losses_of_a_round(born: Nursery, path: Path, mode: str, delay_s: float) -> tuple[list[str], int]:
    """Return what one round lost, and how much it had acknowledged."""
    acknowledged = killed_after(born, path, mode, delay_s)
    with opened(path) as store:
        return list(store.read_now(lambda db: list(losses(db, acknowledged)))), len(acknowledged)


def test_a_store_killed_at_any_moment_keeps_what_it_acknowledged(
    tmp_path: Path, born: Nursery, size: Size, luck: Random, counted: Counted
) -> None:
    total = lost = 0
    for number in range(size.store_kills):
        path = tmp_path / f"{number // KILLS_OF_A_STORE}.db"
        found, acknowledged = losses_of_a_round(born, path, "after", luck.uniform(0.03, 0.25))
        assert found == [], f"round {number}"
        total += acknowledged
        lost += len(found)
    counted("store kills", size.store_kills)
    counted("acknowledged writes", total)
    counted("acknowledged lost", lost)
    assert total > 10 * size.store_kills, "the program was killed before it could do anything"


def test_the_control_that_acknowledges_too_early_is_caught(tmp_path: Path, born: Nursery, luck: Random) -> None:
    def is_caught() -> bool:
        return bool(losses_of_a_round(born, tmp_path / "monitor.db", "before", luck.uniform(0.03, 0.25))[0])

    assert any(is_caught() for _ in range(CONTROL_KILLS)), "no loss was seen in the control"


def test_a_store_killed_while_it_is_made_is_made_again(
    tmp_path: Path, born: Nursery, size: Size, luck: Random, counted: Counted
) -> None:
    half_made, rounds = 0, max(8, size.store_kills // 20)
    for number in range(rounds):
        path = tmp_path / f"{number}.db"
        killed_after(born, path, "after", luck.uniform(0.0, 0.02))
        half_made += path.exists()
        with opened(path) as store:
            assert not [f for f in store.read_now(lambda db: audit.audit(db, NOW)) if f.level == "problem"]
    counted("store kills", rounds)
    assert half_made, "no file was there in any round"
