"""What does the daemon take for 2,000 feeds every quarter of an hour, a twentieth of them hostile, and is all kept?

    python benchmarks/load.py --minutes 60 [--feeds 2000] [--per-day 50000] [--folder kept/] [--json figures.json]

Starts an internet on loopback (`load_site.py`, in a process of its own, not counted), imports its feeds, spreads them
over a quarter of an hour and runs `layoff-monitor run` on them. Printed are the CPU time of the daemon and of all
processes it started, memory and descriptors with their slopes after the warm-up, how soon it answers `alive`, the size
of the store's log, how late polls were, and the ledger. Exits with 1 if the ledger does not add up or an entry that was
shown is missing.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faults.gauges import MIB, Look, lag_s, look, slope

from monitor.clock import from_text, to_text, utc_now
from monitor.store import Store, audit

EVERY_S: Final = 900
LOOK_S: Final = 10.0
SETTLING_S: Final = 90.0  # what was shown so shortly before the end may have been in hand
CONFIG: Final = f"""
[store]
path = "monitor.db"
[network]
contact = "https://load.example/"
allow_private = ["127.0.0.0/8:*"]
host_delay_s = 0
[poll]
start_interval_s = {EVERY_S}
min_interval_s = {EVERY_S}
max_interval_s = {EVERY_S}
"""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def lateness(db: sqlite3.Connection) -> Iterator[float]:
    """Yield by how many seconds each poll of a sound feed came after its time, beyond the first of each feed."""
    sql = "select feed_id, polled_at, duration_ms, result from polls order by feed_id, id"
    before: tuple[int, float] | None = None
    for feed, polled_at, duration_ms, result in db.execute(sql):
        at = from_text(polled_at).timestamp()
        if before and before[0] == feed:
            yield at - before[1] - EVERY_S
        before = (feed, at + duration_ms / 1000) if result != "failed" else None


def ledger(store: Path) -> dict[str, Any]:
    """Return what the store says of polls and entries, and whether that adds up."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        sums = db.execute("select count(*), sum(parsed), sum(new), sum(known), sum(refused) from polls").fetchone()
        polls, parsed, new, known, refused = (int(value or 0) for value in sums)
        ended = dict(db.execute("select coalesce(outcome, 'waiting'), count(*) from entries group by 1").fetchall())
        results = dict(db.execute("select coalesce(reason, result), count(*) from polls group by 1").fetchall())
        late = list(lateness(db))
        seen = {url for (url,) in db.execute("select url from entries_view")}
        events = db.execute("select count(*) from events where origin = 'live'").fetchone()[0]
    with Store.open(store, clock=utc_now, read_only=True) as opened:
        problems = [
            one.text for one in opened.read_now(lambda db: audit.audit(db, utc_now())) if one.level == "problem"
        ]
    return {
        "polls": polls, "parsed": parsed, "new": new, "known": known, "refused": refused,
        "adds_up": parsed == new + known + refused and sum(ended.values()) == new + refused and not problems,
        "problems": problems, "entries": ended, "events": events, "poll_results": results, "late": late, "seen": seen,
    }  # fmt: skip


async def command(config: Path, *words: str) -> None:
    """Run one command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor", "--quiet", "--config", str(config), *words
    )
    if await process.wait():
        raise SystemExit(f"{words} failed")


async def prepared(folder: Path, port: int, hosts: Sequence[str], seed: int) -> Path:
    """Return the configuration of a store with these feeds, due at moments spread over their interval."""
    config = folder / "monitor.toml"
    config.write_text(CONFIG, encoding="utf-8")
    listed = folder / "feeds.txt"
    listed.write_text("".join(f"http://{host}:{port}/feed\n" for host in hosts), encoding="utf-8")
    await command(config, "feeds", "import", str(listed), "--yes")
    luck, now = Random(seed), datetime.now(UTC)
    with closing(sqlite3.connect(folder / "monitor.db")) as db, db:
        feeds = [feed for (feed,) in db.execute("select id from feeds")]
        due = [(to_text(now + timedelta(seconds=luck.uniform(5, EVERY_S))), feed) for feed in feeds]
        db.executemany("update feeds set next_poll_at = ? where id = ?", due)
    return config


@dataclass(slots=True)
class Watched:
    """What was seen of a daemon."""

    looks: list[Look] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)  # seconds, one a second
    stopped: float = 0.0  # epoch
    code: int | None = None


async def watched(config: Path, minutes: float) -> Watched:
    """Run the daemon for so long and return what was seen of it."""
    store, seen = config.parent / "monitor.db", Watched()
    with (config.parent / "log").open("ab") as log:
        daemon = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "--config", str(config), "run", stdout=log, stderr=log
        )
    since = time.monotonic()
    probing = asyncio.create_task(_probe(store, seen.lags))
    try:
        while (passed := time.monotonic() - since) < minutes * 60 and daemon.returncode is None:
            await asyncio.sleep(min(LOOK_S, minutes * 60 - passed))
            seen.looks.append(await look(daemon.pid, store, since))
            if len(seen.looks) % 30 == 0:
                print(f"{passed / 60:5.1f} min  {told(seen.looks[-1])}", flush=True)
    finally:
        probing.cancel()
        seen.stopped = time.time()
        if daemon.returncode is None:
            daemon.terminate()
        seen.code = await daemon.wait()
    return seen


async def _probe(store: Path, lags: list[float]) -> None:
    """Note each second how late the daemon's loop is."""
    while True:
        await asyncio.sleep(1)
        if (late := await lag_s(store)) is not None:
            lags.append(late)


def told(one: Look) -> str:
    """Return a look in words."""
    share = 100 * one.cpu_s / one.at_s
    return (
        f"CPU {share:.1f} % of a core so far, daemon {one.resident / MIB:.0f} MiB, all {one.whole / MIB:.0f} MiB in "
        f"{one.processes} processes, {one.descriptors} descriptors, log {one.log / MIB:.1f} MiB"
    )


def report(seen: Watched, found: dict[str, Any], lost: dict[str, int], options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of a run."""
    looks = seen.looks
    warm = [one for one in looks if one.at_s >= min(1200.0, looks[-1].at_s / 3)]
    last, first = looks[-1], warm[0]
    answers = [one.answer_s for one in looks if one.answer_s is not None]
    cpu = last.cpu_s / last.at_s
    warm_cpu = (last.cpu_s - first.cpu_s) / max(1.0, last.at_s - first.at_s)
    late = found.pop("late")
    return {
        "minutes": round(last.at_s / 60, 1), "feeds": options.feeds, "entries_a_day": options.per_day,
        "seed": options.seed,
        "cpu_percent_of_a_core": round(100 * cpu, 1), "cpu_percent_of_two_cores": round(50 * cpu, 1),
        "cpu_percent_of_a_core_after_warm_up": round(100 * warm_cpu, 1),
        "of_it_the_daemon_itself": round(100 * last.own_cpu_s / last.at_s, 1),
        "warm_up_s": first.at_s,
        "daemon_mib": [round(min(one.resident for one in warm) / MIB), round(max(o.resident for o in warm) / MIB)],
        "daemon_mib_an_hour": round(slope(warm, "resident") / MIB, 2),
        "all_mib": [round(min(one.whole for one in warm) / MIB), round(max(one.whole for one in warm) / MIB)],
        "all_mib_an_hour": round(slope(warm, "whole") / MIB, 2),
        "descriptors": [min(one.descriptors for one in warm), max(one.descriptors for one in warm)],
        "descriptors_an_hour": round(slope(warm, "descriptors"), 2),
        "log_mib_at_most": round(max(one.log for one in looks) / MIB, 1),
        "answer_ms_p50_p99_max": [round(1000 * percentile(answers, share)) for share in (0.5, 0.99, 1.0)],
        "loop_lag_ms_p50_p99_max": [round(1000 * percentile(seen.lags, share)) for share in (0.5, 0.99, 1.0)],
        "unanswered": len(looks) - len(answers),
        "late_s_p50_p99_max": [round(percentile(late, share), 2) for share in (0.5, 0.99, 1.0)],
        **{key: value for key, value in found.items() if key != "seen"}, **lost,
    }  # fmt: skip


def losses(shown: dict[str, dict[str, float]], seen: set[str], port: int, stopped: float) -> dict[str, int]:
    """Return how many entries were shown and how many are not in the ledger, those in hand at the end apart."""
    whole = {f"http://{host}:{port}/story/{number}": at for host, its in shown.items() for number, at in its.items()}
    missing = [at for url, at in whole.items() if url not in seen]
    in_hand = sum(at > stopped - SETTLING_S for at in missing)
    return {"shown": len(whole), "lost": len(missing) - in_hand, "in_hand_at_the_end": in_hand}


async def site(options: argparse.Namespace) -> asyncio.subprocess.Process:
    """Return the internet, in a process of its own."""
    words = ("--feeds", str(options.feeds), "--per-day", str(options.per_day), "--seed", str(options.seed))
    return await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("load_site.py")), *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 28,
    )  # fmt: skip


async def main(options: argparse.Namespace) -> int:
    """Run the whole and return the exit code."""
    folder = options.folder or Path(tempfile.mkdtemp(prefix="load-"))
    folder.mkdir(parents=True, exist_ok=True)
    internet = await site(options)
    asked, said = internet.stdin, internet.stdout
    if asked is None or said is None:
        raise SystemExit("the internet has no pipes")
    try:
        port, hosts = int(await said.readline()), json.loads(await said.readline())
        config = await prepared(folder, port, hosts, options.seed)
        watching = await watched(config, options.minutes)
        asked.write(b"\n")
        shown = json.loads(await said.readline())
    finally:
        asked.close()
        await internet.wait()
    found = ledger(folder / "monitor.db")
    lost = losses(shown["feeds"], found["seen"], port, watching.stopped)
    figures = {**report(watching, found, lost, options), "requests": shown["requests"], "exit_code": watching.code}
    lines = (folder / "log").read_text(encoding="utf-8").splitlines()
    figures["log_lines"] = dict(Counter(json.loads(line).get("level") for line in lines if line[:1] == "{"))
    for name, value in figures.items():
        print(f"{name:>40}  {value}")
    (folder / "looks.json").write_text(json.dumps([asdict(one) for one in watching.looks]), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"kept in {folder}")
    return 0 if figures["adds_up"] and not figures["lost"] and watching.code == 0 else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--per-day", type=float, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    sys.exit(asyncio.run(main(parser.parse_args())))
