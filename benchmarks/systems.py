"""This program and its peers at the same job: what does each spend, store and ask for?

    python benchmarks/systems.py --reader VENV/bin/python --rounds 3 --json systems.json

A thousand feeds of 20 entries on a small internet on loopback (`world.py`), polled four times by each program in turn:
all for the first time; again, where the server says 304; again, where it sends the same bytes; and grown, where a
tenth of the feeds have two entries more. "At rest" (`--resident`) leaves start-up out: the same with five thousand
feeds, less the thousand, by four. The floor is measured in the same run: bodies fetched and thrown away (curl), the
cheapest parse of those that are new, and a batched insert of the entries that are new.

Without `--reader` an environment for it is made with pip, in a folder that is removed afterwards. Programs that are not
installed are skipped by name. CPU seconds count; the clock tells how busy the machine was.
"""

import argparse
import json
import math
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast
from xml.parsers import expat

from meter import metered
from peers import Program, installed
from publishing import Press

HERE: Final = Path(__file__).resolve().parent
PASSES: Final = {
    "first": {"grown": 0, "validators": True},
    "again, 304": {},
    "again, 200": {"validators": False},
    "grown": {"validators": True, "grown": 2},
}
GOALS: Final = {"first": 0.5, "again, 304": 0.35, "again, 200": 0.06, "grown": 0.4}  # of reader, at rest
OVER_CURL: Final = 12.0  # the second pass, in curls

Figures = dict[str, Any]


class World:
    """The small internet, in a process of its own."""

    def __init__(self, feeds: int, entries: int, folder: Path) -> None:
        self.list = folder / f"feeds-{feeds}.txt"
        command = [sys.executable, str(HERE / "world.py"), f"--feeds={feeds}", f"--entries={entries}"]
        self._process = subprocess.Popen(
            [*command, f"--write={self.list}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._orders, self._answers = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        self._answers.readline()  # when it is ready

    def order(self, **order: object) -> Figures:
        """Return what was seen since the count began, and carry out an order."""
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        return cast("Figures", json.loads(self._answers.readline()))

    def end(self) -> None:
        """Stop the process."""
        self._orders.close()
        self._process.wait()


@contextmanager
def world_of(feeds: int, entries: int, folder: Path) -> Iterator[World]:
    """Give a world of so many feeds."""
    world = World(feeds, entries, folder)
    try:
        yield world
    finally:
        world.end()


def job(program: Program, world: World, folder: Path) -> dict[str, Figures]:
    """Return what a program spent, stored and asked for in each pass."""
    folder.mkdir()
    shutil.copy(world.list, folder / "feeds.txt")
    world.order(**PASSES["first"])
    program.prepare(folder)
    found: dict[str, Figures] = {}
    for name, order in PASSES.items():
        world.order(**order, forget=True)
        cost = metered(program.poll, folder=folder)
        seen = world.order()
        disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        found[name] = {
            "cpu_s": cost.cpu_s,
            "wall_s": cost.wall_s,
            "peak_mib": cost.peak_mib,
            "code": cost.code,
            "disk_mib": disk / 2**20,
            "entries": program.stored(folder),
            "requests": seen["requests"],
            "conditional": seen["conditional"],
            "not_modified": seen["answers"].get("304", 0),
        }
        print(f"  {program.name}, {name}: {cost.cpu_s:.2f} s of CPU", file=sys.stderr, flush=True)
    shutil.rmtree(folder)
    return found


def floor(feeds: int, entries: int, folder: Path) -> dict[str, float]:
    """Return the CPU seconds of a parse of the new bytes and of an insert of the new entries, for each pass."""
    press = Press(entries=entries)
    bodies = [press.feed(number, 0, "http://127.0.1.1:80") for number in range(feeds)]
    whole = _parse_s(bodies) + _insert_s(feeds * entries, folder)
    tenth = _parse_s(bodies[::10]) + _insert_s(feeds // 10 * 2, folder)
    return {"first": whole, "again, 304": 0.0, "again, 200": 0.0, "grown": tenth}


def _parse_s(bodies: list[bytes]) -> float:
    began = time.process_time()
    for body in bodies:
        expat.ParserCreate().Parse(body, True)  # noqa: FBT003  # the signature of expat
    return time.process_time() - began


def _insert_s(count: int, folder: Path) -> float:
    """Return the CPU seconds of so many rows with one unique key, 500 in a durable transaction."""
    file = folder / "floor.db"
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("create table entry (id integer primary key, url text unique, title text, summary text, at text)")
    rows = [(f"http://127.0.1.1/page/{n}", f"title {n}", "words " * 60, "2026-06-01T08:00:00Z") for n in range(count)]
    began = time.process_time()
    for start in range(0, count, 500):
        db.execute("begin")
        db.executemany("insert into entry (url, title, summary, at) values (?, ?, ?, ?)", rows[start : start + 500])
        db.execute("commit")
    took = time.process_time() - began
    db.close()
    for left in folder.glob("floor.db*"):
        left.unlink()
    return took


def rounds(programs: list[Program], feeds: int, options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Return the figures of each round: by program, then by pass."""
    found = []
    with world_of(feeds, options.entries, folder) as world:
        for number in range(options.rounds):
            print(f"{feeds} feeds, round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            figures: dict[str, Any] = {one.name: job(one, world, folder / one.name) for one in programs}
            least = floor(feeds, options.entries, folder)
            if "curl" in figures:
                least = {name: least[name] + figures["curl"][name]["cpu_s"] for name in PASSES}
            figures["floor"] = {name: {"cpu_s": cpu_s} for name, cpu_s in least.items()}
            found.append(figures)
    return found


def middle(found: list[dict[str, Any]], program: str, of: str, key: str = "cpu_s") -> float:
    """Return the median over the rounds."""
    return statistics.median(figures[program][of][key] for figures in found)


def ratio(found: list[dict[str, Any]], program: str, base: str, of: str) -> float:
    """Return the median over the rounds of the ratio within each; not a number where the base took no time."""
    return statistics.median(one[program][of]["cpu_s"] / (one[base][of]["cpu_s"] or math.nan) for one in found)


def at_rest(
    few: list[dict[str, Any]], many: list[dict[str, Any]], names: list[str], times: int
) -> list[dict[str, Any]]:
    """Return the figures per thousand feeds without start-up, round by round."""
    return [
        {
            name: {
                of: {"cpu_s": max(1e-3, (more[name][of]["cpu_s"] - less[name][of]["cpu_s"]) / (times - 1))}
                for of in PASSES
            }
            for name in names
        }
        for less, more in zip(few, many, strict=True)
    ]


def table(title: str, found: list[dict[str, Any]], *, whole: bool) -> str:
    """Return the figures of a set of rounds as lines."""
    names = list(found[0])
    bases = [base for base in ("reader", "floor", "curl") if base in names and "layoff-monitor" in names]
    heads = "".join(f"{of:>12}" for of in PASSES)
    lines = [
        title,
        f"{'CPU s':22}{heads}" + (f"{'peak MiB':>10}{'disk MiB':>10}{'entries':>9}{'304s':>7}" if whole else ""),
    ]
    for name in names:
        line = f"{name:22}" + "".join(f"{middle(found, name, of):12.2f}" for of in PASSES)
        if whole and name != "floor":
            peak = max(middle(found, name, of, "peak_mib") for of in PASSES)
            disk, entries = (middle(found, name, "grown", key) for key in ("disk_mib", "entries"))
            line += f"{peak:10.0f}{disk:10.0f}{entries:9.0f}{middle(found, name, 'again, 304', 'not_modified'):7.0f}"
        lines.append(line)
    for base in bases:
        ratios = (f"{ratio(found, 'layoff-monitor', base, of):12.3f}" for of in PASSES)
        lines += [f"{'layoff-monitor / ' + base:22}{''.join(ratios)}"]
    return "\n".join(lines)


def verdict(found: list[dict[str, Any]]) -> list[str]:
    """Return a line for each goal: is it met?"""
    lines: list[str] = []
    if "layoff-monitor" not in found[0]:
        return lines
    for of, goal in GOALS.items():
        if "reader" in found[0]:
            seen = ratio(found, "layoff-monitor", "reader", of)
            lines.append(f"{of}: {seen:.3f} of reader, goal {goal}: {'met' if seen <= goal else 'MISSED'}")
    if "curl" in found[0]:
        seen = ratio(found, "layoff-monitor", "curl", "again, 304")
        lines.append(f"again, 304: {seen:.1f} curls, goal {OVER_CURL:.0f}: {'met' if seen <= OVER_CURL else 'MISSED'}")
    return lines


def environment_of_reader(folder: Path) -> str | None:
    """Return the Python of a new environment with reader in it, or None if it cannot be had."""
    venv.create(folder / "reader", with_pip=True)
    python = folder / "reader" / "bin" / "python"
    asked = subprocess.run([python, "-m", "pip", "install", "--quiet", "reader>=3.26", "sgmllib3k"], check=False)
    return None if asked.returncode else str(python)


def measure(options: argparse.Namespace, folder: Path) -> Figures:
    """Return all figures, and print the tables."""
    python = str(options.reader.absolute()) if options.reader else environment_of_reader(folder)
    programs, missing = installed(HERE.parent, python)
    print("".join(f"skipped, not installed: {name}\n" for name in missing), end="")
    programs = [one for one in programs if not options.only or one.name in options.only.split(",")]
    print(", ".join(f"{one.name} {one.version}" for one in programs))
    few = rounds(programs, options.feeds, options, folder)
    print(table(f"\nas a command, {options.feeds} feeds x {options.entries} entries", few, whole=True))
    answer: Figures = {"feeds": options.feeds, "entries": options.entries, "missing": missing, "command": few}
    if options.resident:
        chosen = [one for one in programs if one.name in {"layoff-monitor", "reader", "curl"}]
        many = rounds(chosen, options.feeds * options.resident, options, folder)
        rest = at_rest(few, many, [*(one.name for one in chosen), "floor"], options.resident)
        print(table(f"\nat rest, per {options.feeds} feeds", rest, whole=False))
        print("\n".join(verdict(rest)))
        answer |= {"many": many, "at_rest": rest}
    return answer


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--resident", type=int, default=5, help="how many times as many feeds; 0: leave it out")
    parser.add_argument("--reader", type=Path, help="the Python of an environment with reader")
    parser.add_argument("--only", help="names of programs, with commas between")
    parser.add_argument("--json", type=Path, help="a file for all figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="systems-") as folder:
        answer = measure(options, Path(folder))
    if options.json:
        options.json.write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    main()
