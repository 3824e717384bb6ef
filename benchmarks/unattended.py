"""The daemon against a small internet on loopback, killed at random: is all stored once, is nothing fetched twice?

    python benchmarks/unattended.py --feeds 200 --entries 20 --kills 5

Serves so many feeds over several loopback hosts: most sound, some answering 304, some 404, 429 with Retry-After,
redirecting to another host, broken XML, HTML in the place of a feed, or slow. Starts `layoff-monitor run` on it,
kills it with SIGKILL at random moments, lets it end its work, then runs `poll --all` and `process` once more. Exits
with 1 if a story is missing or doubled, or if a page was asked for again after the end.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from pipes import article, rss

from faults.hostile import HostileServer, Seen, late  # the same server the tests use

HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 10))  # the last only for feeds that ask for a rest
RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
SOUND = ("sound", "validated", "redirected", "broken", "slow")  # characters whose entries are to be stored
CHARACTERS = (*["sound"] * 6, *["validated"] * 6, "redirected", "broken", "slow", "missing", "limited", "html")


def feed_character(number: int) -> str:
    """Return what sort of feed this is."""
    return CHARACTERS[number % len(CHARACTERS)]


def publish(sites: list[HostileServer], number: int, entries: int) -> tuple[str, list[str]]:
    """Serve one feed and its pages; return its address and those of the stories that are to be stored."""
    *sound, busy = sites
    character = feed_character(number)
    site = busy if character == "limited" else sound[number % len(sound)]
    items = []
    for entry in range(entries):
        title = f"Firm {number}-{entry} cuts {100 + entry} jobs as AI takes over its phone service"
        words = f"Firm {number}-{entry} is laying off staff because artificial intelligence does its agents' work. "
        site.serve(f"/{number}/{entry}", article(title, words * 5, "The union was told on Monday morning. " * 8), HTML)
        items.append((title, site.url(f"/{number}/{entry}")))
    path, body = f"/{number}/feed", rss(*items)
    match character:
        case "validated":
            site.serve(path, body, RSS, etag=f'"{number}"')
        case "redirected":
            other = sound[(number + 1) % len(sound)]
            other.serve(f"/{number}/moved", body, RSS)
            site.redirect(path, other.url(f"/{number}/moved"))
        case "broken":
            site.serve(path, body[:-16], RSS)
        case "slow":
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % len(body)
            site.behave(path, late(head + body, 1.0))
        case "missing":
            site.serve(path, b"", status=404)
        case "limited":
            site.serve(path, b"", {"Retry-After": "3600"}, status=429)
        case "html":
            site.serve(path, article("This is no feed"), HTML)
        case _:
            site.serve(path, body, RSS)
    return site.url(path), [url for _, url in items] if character in SOUND else []


def configuration(folder: Path) -> Path:
    """Write the settings of the run and return their file."""
    file = folder / "monitor.toml"
    file.write_text(
        '[store]\npath = "monitor.db"\n[network]\nallow_private = ["127.0.0.0/8:*"]\nhost_delay_s = 0\n'
        "host_daily_pages = 0\nfeed_daily_pages = 0\n"
    )
    return file


async def command(config: Path, *words: str) -> dict[str, int]:
    """Run one command to its end and return its JSON answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor", "--quiet", "--config", str(config), *words, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return json.loads(output) if output.startswith(b"{") else {}


def counts(store: Path) -> Counter[str]:
    """Return how the entries stand, by outcome."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        sql = "select coalesce(outcome, 'waiting'), count(*) from entries_view group by 1"
        return Counter(dict(db.execute(sql).fetchall()))


async def run_with_kills(config: Path, store: Path, wanted: int, kills: int, moments: random.Random) -> float:
    """Run the daemon until all is stored, killing it now and then; return the seconds it took."""
    began = time.monotonic()
    while True:
        log = (config.parent / "log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "--config", str(config), "run", stdout=log, stderr=log
        )
        ends_at = time.monotonic() + (moments.uniform(2, 15) if kills else 1800)
        while time.monotonic() < ends_at and process.returncode is None:
            await asyncio.sleep(0.5)
            if counts(store)["stored"] >= wanted:
                break
        process.kill() if kills else process.terminate()
        code = await process.wait()
        if not kills:
            print(f"the daemon ended its work and left with {code}")
            return time.monotonic() - began
        kills -= 1


async def main(options: argparse.Namespace) -> int:
    """Run the scenario and return the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="unattended-"))
    config, store = configuration(folder), folder / "monitor.db"
    moments = random.Random(options.seed)
    sites = [HostileServer(host=host) for host in HOSTS]
    for site in sites:
        await site.__aenter__()
    feeds, stories = [], []
    for number in range(options.feeds):
        url, its = publish(sites, number, options.entries)
        feeds.append(url)
        stories += its
    (folder / "feeds.txt").write_text("\n".join(feeds))
    await command(config, "feeds", "import", str(folder / "feeds.txt"))
    seconds = await run_with_kills(config, store, len(stories), options.kills, moments)

    def pages() -> list[Seen]:
        asked = [seen for site in sites for seen in site.requests]
        return [seen for seen in asked if seen.path.count("/") == 2 and seen.path[-1].isdigit()]

    before, requests = len(pages()), sum(len(site.requests) for site in sites)
    polled, processed = await command(config, "poll", "--all", "--json"), await command(config, "process", "--json")
    again = len(pages()) - before
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        kept = Counter(url for (url,) in db.execute("select url from articles_view where origin = 'live'"))
        uneven = db.execute("select count(*) from polls where parsed <> new + known + refused").fetchone()[0]
    missing, doubled = set(stories) - set(kept), [url for url, times in kept.items() if times > 1]
    print(f"seed {options.seed}; {options.feeds} feeds x {options.entries} entries on {len(HOSTS)} hosts")
    print(f"{len(stories)} stories to store: {len(kept)} stored, {len(missing)} missing, {len(doubled)} doubled")
    print(f"{seconds:.0f} s with {options.kills} kills; {requests} requests, {before} of them for pages")
    print(f"ledger: {dict(counts(store))}")
    print(f"poll --all again: {polled}\nprocess again: {processed}")
    print(f"pages asked for again: {again}; polls that do not add up: {uneven}")
    for site in sites:
        await site.__aexit__(None, None, None)
    return 1 if missing or doubled or again or uneven else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    sys.exit(asyncio.run(main(parser.parse_args())))
