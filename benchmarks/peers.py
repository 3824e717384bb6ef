"""The programs that `systems.py` gives the same job: how each is set up and called, and what it has stored."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

AT_ONCE: Final = 16  # feeds, in every program that can

_ADD: Final = """
import sys
from reader import make_reader
reader = make_reader("reader.db")
for line in open("feeds.txt"):
    reader.add_feed(line.strip())
"""
_UPDATE: Final = """
from reader import make_reader
make_reader("reader.db").update_feeds(workers=%d, scheduled=False)
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One program. It works in a folder of its own, in which `feeds.txt` lists the addresses."""

    name: str
    version: str
    prepare: Callable[[Path], None]  # everything that comes before the first poll
    poll: Sequence[str]  # the command that polls everything once, run in the folder
    stored: Callable[[Path], int]  # entries in the folder


def _addresses(folder: Path) -> list[str]:
    return (folder / "feeds.txt").read_text().split()


def _count(file: str, sql: str) -> Callable[[Path], int]:
    def stored(folder: Path) -> int:
        with sqlite3.connect(f"file:{folder / file}?mode=ro", uri=True) as db:
            return int(db.execute(sql).fetchone()[0])

    return stored


def _first_line(*command: str) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((said.stdout or said.stderr).splitlines() or [""])[0]


def product(sources: Path) -> Program:
    """Return this checkout: ledger, durable writes, guard and sandbox as they are shipped; only the pauses are off."""
    command = (sys.executable, "-m", "monitor", "--quiet", "--config", "monitor.toml")

    def prepare(folder: Path) -> None:
        (folder / "monitor.toml").write_text(
            '[store]\npath = "monitor.db"\n[feeds]\nstarter = false\n'
            '[network]\nallow_private = ["127.0.0.0/8:*"]\nhost_delay_s = 0\n'
        )
        importing = [*command, "feeds", "import", "feeds.txt", "--yes"]
        subprocess.run(importing, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL)

    environ = {**os.environ, "PYTHONPATH": str(sources)}
    poll = ("env", f"PYTHONPATH={sources}", *command, "poll", "--all")
    return Program(
        "layoff-monitor",
        _first_line("env", f"PYTHONPATH={sources}", *command[:3], "--version").split()[-1],
        prepare,
        poll,
        _count("monitor.db", "select count(*) from entries"),
    )


def reader(python: str | None) -> Program | None:
    """Return reader, in the environment of this Python."""
    if python is None:
        return None
    asked = "import reader; print(reader.__version__)"
    found = _first_line(python, "-c", asked)

    def prepare(folder: Path) -> None:
        subprocess.run([python, "-c", _ADD], cwd=folder, check=True)

    poll = (python, "-c", _UPDATE % AT_ONCE)
    return Program("reader", found, prepare, poll, _count("reader.db", "select count(*) from entries"))


def newsboat() -> Program | None:
    """Return newsboat."""
    if shutil.which("newsboat") is None:
        return None

    def prepare(folder: Path) -> None:
        (folder / "config").write_text(f"reload-threads {AT_ONCE}\nmax-items 0\n")

    poll = ("newsboat", "-u", "feeds.txt", "-c", "cache.db", "-C", "config", "-x", "reload")
    found = _first_line("newsboat", "--version").split()[1]
    return Program("newsboat", found, prepare, poll, _count("cache.db", "select count(*) from rss_item"))


def sfeed() -> Program | None:
    """Return sfeed."""
    if shutil.which("sfeed_update") is None:
        return None

    def prepare(folder: Path) -> None:
        lines = "\n".join(f'feed "{number}" "{url}"' for number, url in enumerate(_addresses(folder)))
        (folder / "sfeedrc").write_text(f'sfeedpath="$PWD/feeds"\nmaxjobs={AT_ONCE}\nfeeds() {{\n{lines}\n}}\n')

    def stored(folder: Path) -> int:
        return sum(file.read_bytes().count(b"\n") for file in (folder / "feeds").iterdir())

    found = _first_line("dpkg-query", "-W", "-f", "${Version}", "sfeed")
    return Program("sfeed", found, prepare, ("sfeed_update", "./sfeedrc"), stored)


def rss2email() -> Program | None:
    """Return rss2email, which writes a mail for each entry into a maildir."""
    if shutil.which("r2e") is None:
        return None

    def prepare(folder: Path) -> None:
        for part in ("new", "cur", "tmp"):
            (folder / "mail" / part).mkdir(parents=True)
        head = "[DEFAULT]\nto = desk@example.org\nfrom = r2e@example.org\nemail-protocol = maildir\n"
        head += f"maildir-path = {folder}\nmaildir-mailbox = mail\n"
        feeds = "".join(f"[feed.n{number}]\nurl = {url}\n" for number, url in enumerate(_addresses(folder)))
        (folder / "r2e.cfg").write_text(head + feeds)

    def stored(folder: Path) -> int:
        return sum(1 for _ in (folder / "mail" / "new").iterdir())

    found = _first_line("r2e", "--version").split()[-1]
    return Program("rss2email", found, prepare, ("r2e", "-c", "r2e.cfg", "-d", "r2e.json", "run"), stored)


def curl() -> Program | None:
    """Return curl with every body thrown away: the floor of fetching."""
    if shutil.which("curl") is None:
        return None

    def prepare(folder: Path) -> None:
        (folder / "curlrc").write_text("".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in _addresses(folder)))

    poll = ("curl", "--silent", "--parallel", "--parallel-max", str(AT_ONCE), "--config", "curlrc")
    return Program("curl", _first_line("curl", "--version").split()[1], prepare, poll, lambda _: 0)


def installed(sources: Path, reader_python: str | None) -> tuple[list[Program], list[str]]:
    """Return the programs that can be run here, and the names of those that cannot."""
    found = {
        "reader": reader(reader_python),
        "newsboat": newsboat(),
        "sfeed": sfeed(),
        "rss2email": rss2email(),
        "curl": curl(),
    }
    missing = [name for name, program in found.items() if program is None]
    return [product(sources), *(program for program in found.values() if program is not None)], missing
