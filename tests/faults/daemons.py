"""The whole daemon between feeds that grow and receivers that fail, all on loopback: what the kill loops run."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pipes import article, rss
from random import Random

from faults import receiver as hooks
from faults import smtp_peer as mails
from faults.hostile import HostileServer
from faults.receiver import SECRET, Receiver
from faults.smtp_peer import MailPeer

from monitor.clock import to_text, utc_now
from monitor.store import Database, Store, entries, messages
from monitor.store.rows import rows

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
STORIES_A_ROUND = 4  # for each host
PATIENCE_S = 300.0  # on a machine that is busy; a test that fails waits so long, one that passes does not
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

CONFIG = """
[store]
path = "monitor.db"
[network]
allow_private = ["127.0.0.0/8:*"]
host_delay_s = 0
[poll]
start_interval_s = 1
min_interval_s = 1
[alerts]
first_document = "alert"
group_wait_s = 0
group_interval_s = 0
[channels.hook]
kind = "webhook"
url = "{hook}"
secret = "{secret}"
[channels.letters]
kind = "mail"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "monitor@desk.example"
to = ["one@example.org"]
[[rules]]
name = "every event"
kind = "any"
"""


class Press:
    """Feeds on several hosts that grow between the kills; every story is a cut at an employer of its own."""

    def __init__(self, sites: list[HostileServer]) -> None:
        self.sites = sites
        self.stories: dict[HostileServer, list[tuple[str, str]]] = {site: [] for site in sites}

    def print_more(self) -> None:
        for site, known in self.stories.items():
            for _ in range(STORIES_A_ROUND):
                number = sum(map(len, self.stories.values()))
                title = f"{_name(number)} Bank cuts 320 jobs as AI assistant takes over phone service"
                words = (
                    f"{_name(number)} Bank is laying off 320 people because artificial intelligence does their work. "
                )
                page = article(title, words * 4, "The union of the bank's staff was told on Monday. " * 6)
                site.serve(f"/{number}", page, {"Content-Type": "text/html; charset=utf-8"})
                known.append((title, site.url(f"/{number}")))
            site.serve("/feed", rss(*known), {"Content-Type": "application/rss+xml"}, etag=f'"{len(known)}"')

    @property
    def urls(self) -> list[str]:
        return [url for stories in self.stories.values() for _, url in stories]


def _name(number: int) -> str:
    """Return an invented name: Baba, Babe, ..., no two alike."""
    letters = []
    for _ in range(4):
        number, digit = divmod(number, 15)
        letters.append("bdfghklmnprstvz"[digit] + "aeiou"[digit % 5])
    return "".join(letters).capitalize() + "or"


@asynccontextmanager
async def started(
    folder: Path, *program: str, environment: Mapping[str, str] = ENVIRONMENT
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Give a running daemon, this program or the real one; it is killed at the end if it still runs."""
    words = (*(program or ("-m", "monitor")), "--config", str(folder / "monitor.toml"), "run")
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=log, stderr=log, env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def feeds_added(folder: Path, press: Press) -> None:
    for site in press.sites:
        site.serve("/feed", rss(), {"Content-Type": "application/rss+xml"})
    urls = [site.url("/feed") for site in press.sites]
    words = ("-m", "monitor", "--quiet", "--config", str(folder / "monitor.toml"), "feeds", "add", *urls)
    adding = await asyncio.create_subprocess_exec(sys.executable, *words, env=ENVIRONMENT)
    assert await adding.wait() == 0, "the feeds could not be added"


def heard(folder: Path, words: str) -> int:
    """Return how often the daemons of this folder have said something."""
    log = folder / "log"
    return log.read_text().count(words) if log.exists() else 0


async def said(folder: Path, words: str, times: int = 1) -> None:
    """Return when the daemons of this folder have said something so often."""
    async with asyncio.timeout(PATIENCE_S):
        while heard(folder, words) < times:
            await asyncio.sleep(0.02)


def misbehave(hook: Receiver, mail: MailPeer, luck: Random) -> None:
    """Let both receivers fail, or take something and not say so, in half of the attempts."""
    hook.choose = lambda _id, _times: luck.choice((hooks.OK, hooks.OK, hooks.Answer(500), hooks.DROP_AFTER))
    mail.choose = lambda _begun: luck.choice((mails.OK, mails.OK, mails.GREYLISTED, mails.DROP_AFTER))


def behave(folder: Path, hook: Receiver, mail: MailPeer) -> None:
    """Let both take everything, have what waits for another attempt sent at once, and what was often in hand read."""
    hook.choose = mail.choose = None
    with Store.open(folder / "monitor.db", clock=utc_now) as store:
        store.submit(lambda db: entries.release_all(db, utc_now())).result(timeout=30)
        at_once = "update entries set next_attempt_at = ? where outcome is null"
        store.submit(lambda db: db.execute(at_once, [to_text(utc_now())])).result(timeout=30)
        for channel in ("hook", "letters"):
            store.submit(partial(messages.retry_channel, channel=channel, now=utc_now())).result(timeout=30)


async def settled(folder: Path, press: Press, *, within_s: float = PATIENCE_S) -> None:
    """Run the sound daemon until all stories are stored and all alerts gone, or the time is over."""
    async with started(folder):
        await all_told(folder, press, within_s=within_s)


async def all_told(folder: Path, press: Press, *, within_s: float = PATIENCE_S) -> None:
    """Return when a daemon that runs has stored all stories and sent all alerts; raises TimeoutError."""
    await said(folder, "daemon.started")
    store = Store.open(folder / "monitor.db", clock=utc_now, read_only=True)
    async with asyncio.timeout(within_s):
        while not await store.read(lambda db: _is_settled(db, len(press.urls))):
            await asyncio.sleep(0.2)
    store.close()


def _is_settled(db: Database, stories: int) -> bool:
    [counts] = rows(
        db,
        """
        select (select count(*) from entries_view where outcome = 'stored') as ended,
          (select count(*) from deliveries_view where state in ('pending', 'leased', 'retrying')) as waiting
        """,
    )
    return counts["ended"] >= stories and counts["waiting"] == 0


def told_in(db: Database, receiver: Receiver) -> set[str]:
    """Return the alerts of the messages that arrived."""
    arrived = {taken.id for taken in receiver.taken}
    held = rows(db, "select alert_id, message_id from deliveries_view where channel = 'hook'")
    return {row["alert_id"] for row in held if row["message_id"] in arrived}


def written_in(db: Database, mail: MailPeer) -> set[str]:
    """Return the alerts of the letters that arrived."""
    arrived = {letter.id.removeprefix("<").removesuffix(".letters.1@desk.example>") for letter in mail.taken}
    held = rows(db, "select alert_id, message_id from deliveries_view where channel = 'letters'")
    return {row["alert_id"] for row in held if row["message_id"] in arrived}


def noted_as_sent(folder: Path) -> bool:
    with Store.open(folder / "monitor.db", clock=utc_now, read_only=True) as store:
        return bool(store.read_now(lambda db: rows(db, "select 1 from deliveries_view where state = 'sent'")))


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with a daemon's settings, the feeds it asks, and the receivers it tells."""

    folder: Path
    press: Press
    hook: Receiver
    mail: MailPeer


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """Give one in a folder that is there."""
    async with (
        HostileServer(host=HOSTS[0]) as a,
        HostileServer(host=HOSTS[1]) as b,
        HostileServer(host=HOSTS[2]) as c,
        Receiver() as hook,
        MailPeer() as mail,
    ):
        config = folder / "monitor.toml"
        config.write_text(CONFIG.format(hook=hook.url, secret=SECRET, port=mail.port))
        config.chmod(0o600)
        yield Desk(folder, Press([a, b, c]), hook, mail)
