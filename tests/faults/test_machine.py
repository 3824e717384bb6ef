"""The store in any order of events against a model of dictionaries; and machines with planted faults, which fail.

Retention joins the rules where the store has it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from faults.machine import STEPS, StoreMachine
from faults.sizes import Size
from faults.tellings import made_template
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from monitor.model import MessageJob
from monitor.store import Database, messages


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """Give a store to begin with, in memory where there is such a folder: these runs are not about the disk."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108  # removed
        yield made_template(Path(folder, "template.db"))


def ran(machine: type[StoreMachine], template: Path, luck: Random, examples: int) -> dict[str, int]:
    """Return what a machine has counted in so many runs; raises what it found."""
    counts: dict[str, int] = {}
    made: Any = type(machine.__name__, (machine,), {"template": template, "folder": template.parent, "counts": counts})
    sound = machine is StoreMachine
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if sound else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(luck.getrandbits(64))(made), settings=chosen)
    return counts


def test_whatever_happens_to_a_store_nothing_is_lost(
    template: Path, luck: Random, size: Size, counted: Callable[[str, int], None]
) -> None:
    counts = ran(StoreMachine, template, luck, max(1, size.steps // STEPS))
    counted("machine steps", counts["machine steps"])
    counted("machine faults", 0)


class Lighter(StoreMachine):
    """A machine for controls, whose faults the dictionaries find: without the audit it is twice as fast."""

    @invariant()
    def the_store_is_sound(self) -> None:
        pass


class ValidatorsFirst(Lighter):
    """The control of polls: what to ask by is stored before what it stands for."""

    def _poll(self, feed: int, found: list[int]) -> Callable[[Database], Any]:
        unit = super()._poll(feed, found)
        sql = "update feeds set etag = ? where id = ?"
        self._write(lambda db: db.execute(sql, [f'"{self.turn}"', feed]) and None)
        return unit


class SentFirst(Lighter):
    """The control of deliveries: each is noted as sent when its attempt begins."""

    def _lease(self) -> list[MessageJob]:
        jobs = super()._lease()
        for job in jobs:
            end = messages.End("sent", None, None, None)
            self._write(partial(messages.end_attempt, message=job.id, end=end, now=self.now))
        return jobs


class Forgetful(Lighter):
    """The control of alerts: a batch that is recorded loses the alerts that waited."""

    def _record(self, db: Database, result: Any) -> None:
        super()._record(db, result)
        db.execute("delete from deliveries where message_id is null and state = 'pending'")


@pytest.mark.parametrize("machine", [ValidatorsFirst, SentFirst, Forgetful])
def test_a_store_with_a_planted_fault_is_found_out(machine: type[StoreMachine], template: Path, luck: Random) -> None:
    with pytest.raises(AssertionError):
        ran(machine, template, luck, 60)
