"""What does the daemon take for 10,000 feeds on 2,000 hosts at their due times, and is it polite and prompt?

    python benchmarks/steady.py --feeds 10000 --hosts 2000 --minutes 10 [--every 900] [--folder kept/] [--json FILE]

First all feeds of a small internet on loopback (`world.py`, a process of its own, not counted) are polled for the
first time, and what waits is read. Then every feed gets a moment of its own within the wait that was planned for it,
as in a program that has long been running, and `layoff-monitor run` is watched for ten minutes from its start: CPU
time and memory of all its processes, how late its event loop was, which polls were due and done, and what the hosts
saw. `--every 0` leaves the intervals to the program. With a kept folder the first pass is not done again.
"""

import argparse
import asyncio
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from load import command, percentile
from watching import Watched, answers, memory, watched

from monitor.clock import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FIRST_LIMIT_S: Final = 3600.0
WARM_S: Final = 60.0
MIX: Final = (
    "plain=200,noisy=50,lively=100,slow=20,limited=5,busy=5,moved=5,gone=5,hanging=5,broken=10"  # in a thousand
)
CONFIG: Final = """
[store]
path = "monitor.db"
[feeds]
starter = false
[network]
contact = "https://load.example/"
allow_private = ["127.0.0.0/8:*"]
host_delay_s = {delay}
host_daily_pages = 0
feed_daily_pages = 0
[poll]
{intervals}
"""


class World:
    """The small internet, in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def order(self, **order: object) -> dict[str, Any]:
        """Return what was seen since the count began, and carry out an order."""
        asked, said = self._process.stdin, self._process.stdout
        if asked is None or said is None:
            raise SystemExit("the internet has no pipes")
        asked.write(json.dumps(order).encode() + b"\n")
        return dict(json.loads(await said.readline()))


@asynccontextmanager
async def world_of(options: argparse.Namespace, *words: str) -> "AsyncIterator[tuple[World, dict[str, Any]]]":
    """Give the internet and what it said when it was ready."""
    shape = [f"--{name}={getattr(options, name)}" for name in ("feeds", "hosts", "entries", "seed", "mix")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("world.py")), *shape, f"--on-topic={options.on_topic}", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        if process.stdout is None:
            raise SystemExit("the internet has no pipes")
        yield World(process), json.loads(await process.stdout.readline())
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def settings(folder: Path, every: int, delay: float) -> Path:
    """Return the configuration of the run."""
    names = ("start", "min", "max") if every else ()
    intervals = "\n".join(f"{name}_interval_s = {every}" for name in names)
    config = folder / "monitor.toml"
    config.write_text(CONFIG.format(delay=delay, intervals=intervals), encoding="utf-8")
    return config


async def _settled(store: Path, feeds: int, ends: "asyncio.Event") -> None:
    """Set the event once every feed was asked and nothing waits that is due."""
    while True:
        await asyncio.sleep(5)
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
            [asked] = db.execute("select count(*) from feeds where last_polled_at is not null").fetchone()
            sql = "select count(*) from entries where outcome is null and next_attempt_at <= ?"
            [waiting] = db.execute(sql, [to_text(datetime.now(UTC))]).fetchone()
        if asked == feeds and not waiting:
            ends.set()
            return


async def first_pass(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return what the first pass over all feeds took; the store is then in the folder."""
    config, listed = settings(folder, options.every, 0), folder / "feeds.txt"
    began, ends = time.time(), asyncio.Event()
    async with world_of(options, f"--began={began}", f"--write={listed}") as (world, ready):
        await command(config, "feeds", "import", str(listed), "--yes")
        settling = asyncio.create_task(_settled(folder / "monitor.db", options.feeds, ends))
        try:
            seen = await watched(config, folder, ends, FIRST_LIMIT_S)
        finally:
            settling.cancel()
        told = await world.order()
    kept = {"port": ready["port"], "characters": ready["characters"], "requests": told["requests"]}
    figures = kept | memory(seen, 0) | {"seconds": round(seen.looks[-1][0]), "cpu_s": round(seen.looks[-1][1], 1)}
    figures |= {"settled": ends.is_set(), "answer_ms_p50_p99_max": answers(seen.lags)}
    (folder / "first.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return figures


def spread(store: Path, luck: Random) -> dict[int, datetime]:
    """Return when each feed is due, now that each has a moment of its own within its planned wait."""
    now, due = datetime.now(UTC), {}
    sql = "select id, last_polled_at, next_poll_at, hold_until from feeds where gone_at is null and removed_at is null"
    with closing(sqlite3.connect(store)) as db, db:
        for feed, polled, planned, hold in db.execute(sql).fetchall():
            wait = from_text(planned) - from_text(polled)
            due[feed] = now + wait * luck.random() + timedelta(seconds=1)
            held = to_text(from_text(hold) + (due[feed] - from_text(planned))) if hold else None
            row = [to_text(due[feed]), to_text(due[feed] - wait), held, feed]
            db.execute("update feeds set next_poll_at = ?, last_polled_at = ?, hold_until = ? where id = ?", row)
    return due


def polls_done(store: Path, due: Mapping[int, datetime], since: datetime, until: datetime) -> dict[str, Any]:
    """Return which polls were due within the run and done, how late, and what they brought."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        sql = "select feed_id, min(polled_at) from polls where polled_at >= ? group by 1"
        first = {feed: from_text(at) for feed, at in db.execute(sql, [to_text(since)])}
        sql = "select coalesce(reason, result), count(*) from polls where polled_at >= ? group by 1 order by 2 desc"
        results = dict(db.execute(sql, [to_text(since)]).fetchall())
        sql = "select sum(parsed), sum(new), sum(known), sum(refused) from polls where polled_at >= ?"
        parsed, new, known, refused = db.execute(sql, [to_text(since)]).fetchone()
        sql = "select count(*) from entries where ended_at >= ? and outcome = 'stored'"
        [stored] = db.execute(sql, [to_text(since)]).fetchone()
    asked = {feed for feed, at in due.items() if since <= at <= until}
    late = sorted((first[feed] - due[feed]).total_seconds() for feed in asked & first.keys())
    return {
        "due": len(asked), "done": len(asked & first.keys()), "polls": sum(results.values()), "results": results,
        "late_s_p50_p99_max": [round(percentile(late, share), 2) for share in (0.5, 0.99, 1.0)],
        "parsed": parsed, "new": new, "known": known, "refused": refused, "adds_up": parsed == new + known + refused,
        "entries_stored": stored,
    }  # fmt: skip


def figures_of(seen: Watched, seen_by_hosts: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Return what the watched run took."""
    at, used, _ = seen.looks[-1]
    warm_at, warm_used = next(((at, used) for at, used, _ in seen.looks if at >= WARM_S), (0.0, 0.0))
    return {
        "seconds": round(at), "cpu_s": round(used, 1), "cpu_percent_of_a_core": round(100 * used / at, 2),
        "of_it_the_daemon_itself": round(100 * seen.own_cpu_s / at, 2),
        "cpu_percent_after_a_minute": round(100 * (used - warm_used) / max(1.0, at - warm_at), 2),
        **memory(seen, 0),
        "answer_ms_p50_p99_max": answers(seen.lags), "the_same_with_a_core_to_itself": answers(seen.own_lags),
        "loop_waited_for_a_core_s": round(seen.waited_s, 1),
        "most_requests_at_once_to_a_host": seen_by_hosts["most_at_once"],
        "least_rest_s_of_a_host": seen_by_hosts["least_rest_s"], "host_delay_s": options.delay,
        "most_requests_to_a_host": seen_by_hosts["most_to_one_host"],
        "requests": seen_by_hosts["requests"], "answers": seen_by_hosts["answers"],
        "conditional": seen_by_hosts["conditional"], "load_of_the_machine": [round(one, 1) for one in os.getloadavg()],
        "exit_code": seen.code,
    }  # fmt: skip


async def main(options: argparse.Namespace) -> int:
    """Run the whole and return the exit code."""
    kept = options.folder or Path(tempfile.mkdtemp(prefix="steady-"))
    kept.mkdir(parents=True, exist_ok=True)
    if not (kept / "first.json").exists():
        await first_pass(kept, options)
    first = json.loads((kept / "first.json").read_text(encoding="utf-8"))
    folder = Path(tempfile.mkdtemp(prefix="steady-run-"))
    shutil.copy(kept / "monitor.db", folder)
    config, due = settings(folder, options.every, options.delay), spread(folder / "monitor.db", Random(options.seed))
    began = time.time() - first["seconds"]  # lively feeds go on where they were when the first pass ended
    async with world_of(options, f"--port={first['port']}", f"--began={began}") as (world, _):
        since = datetime.now(UTC)
        seen = await watched(config, kept, asyncio.Event(), options.minutes * 60)
        told = await world.order()
    until = since + timedelta(seconds=seen.looks[-1][0] - 30)  # what is due later may still be in hand
    asked = {name: getattr(options, name) for name in ("feeds", "hosts", "entries", "mix", "every", "seed", "on_topic")}
    found = asked | figures_of(seen, told, options) | polls_done(folder / "monitor.db", due, since, until)
    for name, value in found.items():
        print(f"{name:>34}  {value}")
    if options.json:
        looks = [(at, used, [asdict(one) for one in weights]) for at, used, weights in seen.looks]
        whole = {"first_pass": first, "steady": found, "looks": looks}
        options.json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print(f"kept in {kept} and {folder}")
    return 0 if found["adds_up"] and seen.code == 0 else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--on-topic", type=int, default=50, help="one entry in so many is worth reading")
    parser.add_argument("--mix", default=MIX, help="feeds in a thousand that are not sound")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=int, default=900, help="seconds between two polls of a feed; 0: as learned")
    parser.add_argument("--delay", type=float, default=5.0, help="host_delay_s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    sys.exit(asyncio.run(main(parser.parse_args())))
