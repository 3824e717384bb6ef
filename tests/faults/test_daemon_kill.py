"""SIGKILL at random moments of the whole daemon, between polling, reading, alerting and delivering.

The invariants: every entry that was ever in a feed we answered with is in the ledger once; every story is stored
once; the ledger adds up; every alert is delivered by webhook and by mail, whose receivers fail now and then, with at
most one repeat for each attempt that was cut off and each answer that was lost. The control is the same daemon with
a forgetful outbox, which notes a delivery as sent before it sends it: it must lose alerts.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from pipes import article, rss

import pytest
from faults import receiver as hooks
from faults import smtp_peer as mails
from faults.hostile import HostileServer
from faults.receiver import SECRET, Receiver
from faults.smtp_peer import MailPeer

from monitor.alerts.outbox import EACH
from monitor.clock import utc_now
from monitor.store import Database, Store, audit, messages
from monitor.store.rows import rows

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
STORIES_A_ROUND = 4  # for each host
ROUNDS = int(os.environ.get("LAYOFF_MONITOR_KILLS", "8"))
FORGETFUL = Path(__file__).with_name("forgetful.py")
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
async def started(folder: Path, program: tuple[str, ...]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Give a running daemon; it is killed at the end if it still runs."""
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            "--config",
            str(folder / "monitor.toml"),
            "run",
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
        )
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
    assert await adding.wait() == 0


async def starts(folder: Path) -> int:
    """Return how often a daemon has begun to work in this folder."""
    return (folder / "log").read_text().count("daemon.started")


async def killed_again_and_again(folder: Path, press: Press, moments: random.Random) -> None:
    """Let feeds grow and kill the daemon so many times, each at a random moment of its first seconds of work."""
    await feeds_added(folder, press)
    for number in range(ROUNDS):
        press.print_more()
        async with started(folder, ("-m", "monitor")) as process:
            async with asyncio.timeout(60):
                while await starts(folder) <= number:
                    await asyncio.sleep(0.02)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(process.wait(), moments.uniform(0.02, 2.0))


def misbehave(hook: Receiver, mail: MailPeer, luck: random.Random) -> None:
    """Let both receivers fail, or take something and not say so, in half of the attempts."""
    hook.choose = lambda _id, _times: luck.choice((hooks.OK, hooks.OK, hooks.Answer(500), hooks.DROP_AFTER))
    mail.choose = lambda _begun: luck.choice((mails.OK, mails.OK, mails.GREYLISTED, mails.DROP_AFTER))


def behave(folder: Path, hook: Receiver, mail: MailPeer) -> None:
    """Let both take everything, and have what waits for another attempt sent at once."""
    hook.choose = mail.choose = None
    with Store.open(folder / "monitor.db", clock=utc_now) as store:
        for channel in ("hook", "letters"):
            store.submit(partial(messages.retry_channel, channel=channel, now=utc_now())).result(timeout=30)


async def settled(folder: Path, press: Press, *, within_s: float = 60) -> None:
    """Run the sound daemon until all stories are stored and all alerts gone, or the time is over."""
    store = Store.open(folder / "monitor.db", clock=utc_now, read_only=True)
    async with started(folder, ("-m", "monitor")), asyncio.timeout(within_s):
        while not await store.read(lambda db: _is_settled(db, len(press.urls))):
            await asyncio.sleep(0.2)
    store.close()


def _is_settled(db: object, stories: int) -> bool:
    [counts] = rows(
        db,
        """
        select (select count(*) from articles_view where origin = 'live') as stored,
          (select count(*) from deliveries_view where state in ('pending', 'leased', 'retrying')) as waiting
        """,
    )
    return counts["stored"] >= stories and counts["waiting"] == 0


Peers = tuple[Path, Press, Receiver, MailPeer]


@pytest.fixture
async def peers(tmp_path: Path) -> AsyncIterator[Peers]:
    async with (
        HostileServer(host=HOSTS[0]) as a,
        HostileServer(host=HOSTS[1]) as b,
        HostileServer(host=HOSTS[2]) as c,
        Receiver() as receiver,
        MailPeer() as mail,
    ):
        config = tmp_path / "monitor.toml"
        config.write_text(CONFIG.format(hook=receiver.url, secret=SECRET, port=mail.port))
        config.chmod(0o600)
        yield tmp_path, Press([a, b, c]), receiver, mail


async def test_a_daemon_killed_at_random_loses_and_doubles_nothing(peers: Peers) -> None:
    folder, press, receiver, mail = peers
    seed = int(os.environ.get("LAYOFF_MONITOR_SEED", random.randrange(10**6)))
    print(f"seed {seed}, {ROUNDS} kills")
    misbehave(receiver, mail, random.Random(seed))
    await killed_again_and_again(folder, press, random.Random(seed))
    behave(folder, receiver, mail)
    await settled(folder, press)

    with Store.open(folder / "monitor.db", clock=utc_now) as store:
        entries = store.read_now(lambda db: rows(db, "select url, outcome from entries_view"))
        articles = store.read_now(lambda db: rows(db, "select url from articles_view where origin = 'live'"))
        alerts = store.read_now(lambda db: rows(db, "select id from alerts_view"))
        told = store.read_now(lambda db: told_in(db, receiver))
        written = store.read_now(lambda db: written_in(db, mail))
        findings = store.read_now(lambda db: [f for f in audit.audit(db, utc_now()) if f.level == "problem"])
    assert sorted(row["url"] for row in entries) == sorted(press.urls)
    assert {row["outcome"] for row in entries} == {"stored"}
    assert sorted(row["url"] for row in articles) == sorted(press.urls)
    assert findings == []
    assert len(alerts) == len(press.urls)
    assert told == written == {row["id"] for row in alerts}
    assert all(taken.verified for taken in receiver.taken)
    for taken in (receiver.taken, mail.taken):
        lost = sum(one.answer.misdeed == "drop_after" for one in taken)
        repeats = len(taken) - len({one.id for one in taken})
        print(f"{len(taken)} taken, {repeats} repeats, {lost} lost answers")
        assert repeats <= ROUNDS * EACH + lost  # what one kill can cut off: so many attempts are under way at once


async def test_the_control_with_a_forgetful_outbox_loses_alerts(peers: Peers) -> None:
    folder, press, receiver, _ = peers
    await feeds_added(folder, press)
    press.print_more()
    async with started(folder, (str(FORGETFUL),)), asyncio.timeout(60):
        while not noted_as_sent(folder):  # it notes first and lingers: killed now
            await asyncio.sleep(0.02)
    await settled(folder, press)
    with Store.open(folder / "monitor.db", clock=utc_now) as store:
        alerts = store.read_now(lambda db: rows(db, "select id from alerts_view"))
        told = store.read_now(lambda db: told_in(db, receiver))
    assert told < {row["id"] for row in alerts}


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
