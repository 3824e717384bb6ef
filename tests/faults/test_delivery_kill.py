"""SIGKILL at random moments of a sender whose mail server and webhook receiver fail in every way (D1-D16).

No alert is lost, and none comes twice but for a kill or a lost answer; each repeat is known by its id and carries a
right signature. The control marks before it sends, and must lose.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from faults import receiver as hooks
from faults import smtp_peer as mails
from faults.receiver import KEY, Received, Receiver, verify
from faults.smtp_peer import MailPeer

from monitor.clock import utc_now
from monitor.model import AlertDraft, Label
from monitor.store import Database, Store, alerts
from monitor.store.rows import rows, scalar

KILLS = int(os.environ.get("LAYOFF_MONITOR_KILLS", "8"))
ALERTS_A_ROUND = 6
CHILD = Path(__file__).with_name("delivery_child.py")
TESTS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
CHANNELS = [("hook", 1), ("letters", 2)]
RECIPIENTS = [("hook", 1), ("letters", 1), ("letters", 2)]
SECOND = timedelta(seconds=1)
# What a later attempt under the same id can bring right; a 410 or 550 ends a message, and has tests of its own.
HOOK_MISDEEDS = (
    *(hooks.OK, hooks.SHORT, hooks.Answer(500), hooks.retry_after(3), hooks.DROP_BEFORE, hooks.DROP_AFTER),
    *(hooks.RESET, hooks.GARBAGE, hooks.redirect("/elsewhere"), hooks.Answer(404)),
)
MAIL_MISDEEDS = (
    *(mails.OK, mails.GREYLISTED, mails.FULL, mails.CLOSING, mails.LATER, mails.DROP_RCPT, mails.DROP_BEFORE),
    mails.DROP_AFTER,
)


@dataclass
class Peers:
    """The two receivers, and what they got."""

    folder: Path
    luck: random.Random
    hook: Receiver
    mail: MailPeer
    calm: bool = False
    raised: list[str] = field(default_factory=list)

    @property
    def store(self) -> Path:
        return self.folder / "monitor.db"

    def misbehave(self) -> None:
        self.hook.choose = lambda _id, times: hooks.OK if self.calm or times > 5 else self.luck.choice(HOOK_MISDEEDS)
        self.mail.choose = lambda _begun: mails.OK if self.calm else self.luck.choice(MAIL_MISDEEDS)

    @property
    def hooks_taken(self) -> list[Received]:
        """The requests a receiver would have acted on: rightly signed at the time they name, and not refused."""
        return [one for one in self.hook.received if 200 <= one.answer.status < 300 and signed(one)]

    def more(self) -> None:
        """Raise some alerts to both peers, each due a second later, so that it has a message of its own."""

        def unit(db: Database) -> list[str]:
            first = len(self.raised)
            draft = AlertDraft("mine", "", Label.CUT, "Norvik Bank", "a cut", None)
            due = [replace(draft, subject=f"event:{first + number}", not_before=utc_now() + number * SECOND)
                   for number in range(ALERTS_A_ROUND)]  # fmt: skip
            return [str(alerts.insert(db, one, CHANNELS, utc_now())) for one in due]

        with Store.open(self.store, clock=utc_now) as store:
            self.raised += store.submit(unit).result(timeout=30)

    async def child(self, mode: str) -> asyncio.subprocess.Process:
        """Return a sender at work."""
        words = (str(CHILD), str(self.store), str(self.hook.port), str(self.mail.port), mode)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE, env=ENVIRONMENT
        )
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"started\n"
        return process

    async def killed(self, mode: str) -> int | None:
        """Let a sender work for a moment, kill it, and return how many attempts that cut off; None: it had ended."""
        process = await self.child(mode)
        try:
            await asyncio.wait_for(process.wait(), self.luck.uniform(0.005, 0.4))
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
        if await process.wait() == 0:
            return None
        with Store.open(self.store, clock=utc_now, read_only=True) as store:
            return int(store.read_now(lambda db: scalar(db, "select count(*) from messages where state = 'leased'")))

    def held(self) -> dict[tuple[str, str, int], set[str]]:
        """Return which alerts each message holds, by its id, channel and recipient."""
        sql = """
            select m.message_id, m.channel, m.recipient, d.alert_id
            from deliveries d join messages m on m.id = d.message_id
        """
        found: dict[tuple[str, str, int], set[str]] = {}
        with Store.open(self.store, clock=utc_now, read_only=True) as store:
            for row in store.read_now(lambda db: rows(db, sql)):
                found.setdefault((row["message_id"], row["channel"], row["recipient"]), set()).add(row["alert_id"])
        return found


def signed(one: Received) -> bool:
    return verify(KEY, one.headers, one.body, int(one.headers.get("webhook-timestamp", "0")))


@pytest.fixture
async def peers(tmp_path: Path) -> AsyncIterator[Peers]:
    seed = int(os.environ.get("LAYOFF_MONITOR_SEED", random.randrange(10**6)))
    print(f"seed {seed}, {KILLS} kills")
    async with Receiver() as hook, MailPeer() as mail:
        given = Peers(tmp_path, random.Random(seed), hook, mail)
        given.misbehave()
        yield given


def told(peers: Peers, channel: str, recipient: int) -> set[str]:
    """Return the alerts that reached a recipient, in messages that it can know again."""
    held = peers.held()
    if channel == "hook":
        ids = {one.id for one in peers.hooks_taken}
    else:
        to = ("one@example.org", "two@example.org")[recipient - 1]
        letters = {letter.id for letter in peers.mail.taken if letter.recipients == (to,)}
        ids = {letter.removeprefix("<").removesuffix(f".letters.{recipient}@desk.example>") for letter in letters}
    return set().union(*(held[one, channel, recipient] for one in ids), set())


async def settled(peers: Peers) -> None:
    """Let a sound sender bring everything to its end, with peers that behave."""
    peers.calm = True
    process = await peers.child("sound")
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_a_sender_killed_at_random_loses_nothing_and_repeats_only_for_a_cause(peers: Peers) -> None:
    cut_off = []
    for _ in range(KILLS):
        peers.more()
        attempts = await peers.killed("sound")
        cut_off += [] if attempts is None else [attempts]
    await settled(peers)
    for channel, recipient in RECIPIENTS:
        assert told(peers, channel, recipient) == set(peers.raised)

    letters = Counter(letter.id for letter in peers.mail.taken)
    repeats = len(peers.hooks_taken) - len({one.id for one in peers.hooks_taken}) + letters.total() - len(letters)
    lost = sum(one.answer.misdeed not in {"none", "drip"} for one in peers.hooks_taken) + peers.mail.lost_answers
    print(f"{len(cut_off)} kills that cut off {sum(cut_off)} attempts, {len(peers.raised)} alerts,"
          f" {len(peers.held())} messages; {repeats} repeats, {lost} lost answers")  # fmt: skip
    assert cut_off
    assert repeats <= sum(cut_off) + lost
    assert same_bytes(peers)


def same_bytes(peers: Peers) -> bool:
    """Return whether all attempts of one message had the same bytes."""
    bodies: dict[str, set[bytes]] = {}
    for one in peers.hook.received:
        bodies.setdefault(one.id, set()).add(one.body)
    for letter in peers.mail.received:
        bodies.setdefault(letter.id, set()).add(letter.body)
    return all(len(found) == 1 for found in bodies.values())


async def test_the_control_that_marks_before_it_sends_loses(peers: Peers) -> None:
    for _ in range(3):
        peers.more()
        await peers.killed("forgetful")
    await settled(peers)
    assert any(told(peers, *one) < set(peers.raised) for one in RECIPIENTS)
