"""A program on the disk of `disk.c` that lets one change or flush after the other fail, and says what came of each.

`python fault_child.py FOLDER WORK HOW TRIAL...`, preloaded; FOLDER/base holds what each trial begins with, a TRIAL is
`CALL:ERROR`. WORK is one of `WORKS`; HOW is "soundly", or the mistake of a control. Prints one line of JSON a trial.
"""

import ctypes
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from faults.disk_child import OLD_ENTRIES, OLD_FEEDS, TARGET, opened
from faults.store_child import MOMENT, STEPS
from store_builders import added, problems

from monitor.errors import MonitorError, StoreError
from monitor.store import Database, Store, owner
from monitor.store.backup import back_up, faults
from monitor.store.connection import connect_read_only
from monitor.store.rows import scalar
from monitor.store.writer import Writer

ROUNDS = 3
COUNTED = {
    "poll": "select count(*) from polls",
    "result": "select count(*) from articles",
    "attempt_start": "select coalesce(sum(attempts), 0) from messages",
    "attempt_end": "select count(*) from messages where state = 'sent'",
    "feeds": "select count(*) from feeds",
    "entries": "select count(*) from entries",
}

Said = Counter[str]  # how many of what were promised; under "refused", how often a write was


def write(folder: Path, said: Said, how: str) -> Iterator[str]:
    """Write rounds of the four transactions, polls in groups, each again if it is refused; yield what went wrong."""
    with begun(folder, said) as store:
        if not store.read_now(lambda db: scalar(db, COUNTED["feeds"])):
            yield from kept(store, [("feeds", lambda db, _: added(db), 1)], said, how)
        yield from kept(store, [("poll", STEPS["poll"], number) for number in range(1, ROUNDS + 1)], said, how)
        for number in range(1, ROUNDS + 1):
            for name in ("result", "attempt_start", "attempt_end"):
                yield from kept(store, [(name, STEPS[name], number)], said, how)


def begun(folder: Path, said: Said) -> Store:
    """Return the store, opened again if it is refused for a reason that an operator can read."""
    try:
        return opened(folder)
    except MonitorError:
        said["refused"] += 1
        return opened(folder)


Step = tuple[str, Callable[[Database, int], object], int]


def kept(store: Store, steps: list[Step], said: Said, how: str) -> Iterator[str]:
    """Have steps written together, and those again that were refused; yield what must not be."""
    writer = store._writer
    assert writer is not None
    for trying in range(3):
        before = writer._db
        waiting = [(step, store.submit(unit(step, said, how))) for step in steps]
        steps = []
        for step, future in waiting:
            try:
                future.result()
                said[step[0]] += how != "early"
            except StoreError:
                said["refused"] += 1
                steps += [step] if how != "early" else []
        if steps and writer._db is before:
            yield "the writer goes on with the connection that failed"
        if not steps:
            return
        if trying:
            yield f"{steps[0][0]} was refused again, for one fault"


def unit(step: Step, said: Said, how: str) -> Callable[[Database], None]:
    """Return the unit of a step; it promises before the commit if that is the mistake to be made."""
    name, work, number = step

    def run(db: Database) -> None:
        work(db, number)
        said[name] += how == "early"

    return run


def upgrade(folder: Path, said: Said, _how: str) -> Iterator[str]:
    """Open a store of an older program, again if that is refused."""
    said.update({"feeds": OLD_FEEDS, "entries": OLD_FEEDS * OLD_ENTRIES})
    begun(folder, said).close()
    yield from ()


def copy(folder: Path, said: Said, _how: str) -> Iterator[str]:
    """Replace a copy of the store by a newer one, again if that is refused."""
    with begun(folder, said) as store:
        before = copied(folder)
        entries = store.read_now(lambda db: scalar(db, COUNTED["entries"]))
        try:
            back_up(store.path, folder / TARGET, now=MOMENT, replace=True)
        except MonitorError:
            said["refused"] += 1
            if copied(folder) not in {before, entries}:
                yield "the copy is neither the old nor the new one"
            back_up(store.path, folder / TARGET, now=MOMENT, replace=True)
        if not before < copied(folder) == entries:
            yield f"the copy holds {copied(folder)} entries, the store {entries}, the copy before {before}"


def copied(folder: Path) -> int:
    """Return how many entries the copy holds; raises if it is not whole."""
    with closing(connect_read_only(folder / TARGET)) as db:
        assert faults(db) == []
        return int(scalar(db, COUNTED["entries"]))


WORKS = {"write": write, "make": write, "upgrade": upgrade, "copy": copy}


def tried(folder: Path, work: str, how: str, call: int, error: int) -> dict[str, object]:
    """Return what came of one fault: how many calls there were, what was refused, what is wrong."""
    disk, said, wrong = ctypes.CDLL(None), Said(), []
    disk.disk_fail(call, error)
    try:
        wrong += WORKS[work](folder, said, how)
        calls = disk.disk_calls()
        disk.disk_fail(0, 0)
        for one in folder.glob("*.before-*"):
            with closing(connect_read_only(one)) as db:
                wrong += faults(db)
        with opened(folder) as store:
            wrong += [f"{fault.check}: {fault.text}" for fault in store.read_now(problems)]
            for name in COUNTED.keys() & said.keys():
                there = store.read_now(lambda db, sql=COUNTED[name]: scalar(db, sql))
                if there != said[name]:
                    wrong.append(f"{name}: {said[name]} were promised, {there} are there")
    except Exception as failed:  # noqa: BLE001  # whatever it is, it was no refusal
        calls, wrong = disk.disk_calls(), [*wrong, repr(failed)]
    return {"call": call, "error": error, "calls": calls, "refused": said["refused"], "wrong": wrong}


def main(folder: str, work: str, how: str, *trials: str) -> None:
    """Make all trials."""
    owner._boot = map(str, count()).__next__  # nobody who noted himself as the owner is alive at the next opening
    if how == "clinging":
        Writer._discard = lambda self, _: self._db.rollback()
    for trial in trials:
        call, error = map(int, trial.split(":"))
        place = Path(folder) / "trial"
        shutil.copytree(Path(folder) / "base", place)
        print(json.dumps(tried(place, work, how, call, error)), flush=True)
        shutil.rmtree(place)


if __name__ == "__main__":
    main(*sys.argv[1:])
