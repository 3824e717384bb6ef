"""SIGKILL at random moments of a sender whose mail server and webhook receiver fail in every way (D1, D5, D12).

No alert is lost, and none comes twice but for a kill or a lost answer; each repeat is known by its id and carries a
right signature. The control marks before it sends, and must lose.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from faults import receiver as hooks
from faults import smtp_peer as mails
from faults.receiver import KEY, Received, Receiver, verify
from faults.sizes import Size
from faults.smtp_peer import MailPeer

from monitor.clock import from_text, utc_now
from monitor.model import AlertDraft, Label
from monitor.store import Database, Store, alerts
from monitor.store.rows import rows, scalar

CHILD = Path(__file__).with_name("delivery_child.py")
TESTS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
CHANNELS = (("hook", 1), ("letters", 2))  # with their numbers of recipients
SECOND = timedelta(seconds=1)
A_ROUND = 6  # alerts, where every answer is drawn from all misdeeds
A_KILL = 100  # alerts, where receivers fail as they do in practice
# What a later attempt under the same id can bring right; a 410 or 550 ends a message, and has tests of its own.
HOOK_MISDEEDS = (
    *(hooks.OK, hooks.SHORT, hooks.Answer(500), hooks.retry_after(3), hooks.DROP_BEFORE, hooks.DROP_AFTER),
    *(hooks.RESET, hooks.GARBAGE, hooks.redirect("/elsewhere"), hooks.Answer(404)),
)
MAIL_MISDEEDS = (
    *(mails.OK, mails.GREYLISTED, mails.FULL, mails.CLOSING, mails.LATER, mails.DROP_RCPT, mails.DROP_BEFORE),
    mails.DROP_AFTER,
)
ERRORS, LOST_ANSWERS = 0.20, 0.05  # of the attempts
Count = Callable[[str, int], None]


@dataclass
class Peers:
    """The two receivers, and what they got."""

    folder: Path
    luck: Random
    hook: Receiver
    mail: MailPeer
    channels: tuple[tuple[str, int], ...] = CHANNELS
    calm: bool = False
    raised: list[str] = field(default_factory=list)
    cut_off: list[int] = field(default_factory=list)  # attempts, by each kill

    @property
    def store(self) -> Path:
        return self.folder / "monitor.db"

    def misbehave(self) -> None:
        """Have every answer drawn from all misdeeds, until `calm`."""
        self.hook.choose = lambda _id, times: hooks.OK if self.calm or times > 5 else self.luck.choice(HOOK_MISDEEDS)
        self.mail.choose = lambda _begun: mails.OK if self.calm else self.luck.choice(MAIL_MISDEEDS)

    def fail_now_and_then(self) -> None:
        """Have a fifth of the answers be errors and a twentieth get lost, until `calm`."""
        of_hook, of_mail = (
            (hooks.OK, hooks.Answer(503), hooks.DROP_AFTER),
            (mails.OK, mails.GREYLISTED, mails.DROP_AFTER),
        )
        self.hook.choose = lambda _id, _times: of_hook[self._draw()]
        self.mail.choose = lambda _begun: of_mail[self._draw()]

    def _draw(self) -> int:
        chance = 1.0 if self.calm else self.luck.random()
        return 2 if chance < LOST_ANSWERS else 1 if chance < LOST_ANSWERS + ERRORS else 0

    @property
    def recipients(self) -> list[tuple[str, int]]:
        """Everybody who is to be told."""
        return [(name, number) for name, count in self.channels for number in range(1, count + 1)]

    @property
    def hooks_taken(self) -> list[Received]:
        """The requests a receiver would have acted on: rightly signed at the time they name, and not refused."""
        return [one for one in self.hook.received if 200 <= one.answer.status < 300 and signed(one)]

    def more(self, count: int) -> None:
        """Raise some alerts to all, each due a second after the one before, so that it has a message of its own."""

        def unit(db: Database) -> list[str]:
            first, last = len(self.raised), scalar(db, "select max(last_attempt_at) from messages")
            start = max(utc_now(), from_text(last)) if last else utc_now()
            draft = AlertDraft("mine", "", Label.CUT, "Norvik Bank", "a cut", None)
            due = [replace(draft, subject=f"event:{first + number}", not_before=start + number * SECOND)
                   for number in range(count)]  # fmt: skip
            return [str(alerts.insert(db, one, self.channels, utc_now())) for one in due]

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

    async def killed(self, mode: str, arrivals: int = 0) -> None:
        """Let a sender work until so many requests have come, and a moment more; kill it if it has not ended."""
        process = await self.child(mode)
        ended = asyncio.ensure_future(process.wait())
        enough = asyncio.ensure_future(self.hook.arrived(len(self.hook.received) + arrivals, within_s=60))
        await asyncio.wait({ended, enough}, return_when=asyncio.FIRST_COMPLETED)
        enough.cancel()
        await asyncio.wait({ended}, timeout=self.luck.uniform(0.005, 0.4 if arrivals == 0 else 0.02))
        with suppress(ProcessLookupError):
            process.kill()
        if await ended != 0:
            self.cut_off.append(self.count("leased"))

    def count(self, state: str) -> int:
        """Return how many messages are in a state."""
        with Store.open(self.store, clock=utc_now, read_only=True) as store:
            sql = "select count(*) from messages where state = ?"
            return int(store.read_now(lambda db: scalar(db, sql, [state])))

    async def settled(self) -> None:
        """Let a sound sender bring everything to its end, with peers that behave."""
        self.calm = True
        process = await self.child("sound")
        assert await asyncio.wait_for(process.wait(), 900) == 0

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

    def lost(self) -> int:
        """Return how many alerts did not reach a recipient, in a message that he can know again."""
        held = self.held()
        return sum(len(set(self.raised) - self._told(held, *one)) for one in self.recipients)

    def _told(self, held: dict[tuple[str, str, int], set[str]], channel: str, recipient: int) -> set[str]:
        if channel == "hook":
            ids = {one.id for one in self.hooks_taken}
        else:
            to = ("one@example.org", "two@example.org")[recipient - 1]
            letters = {letter.id for letter in self.mail.taken if letter.recipients == (to,)}
            ids = {letter.removeprefix("<").removesuffix(f".letters.{recipient}@desk.example>") for letter in letters}
        return set().union(*(held[one, channel, recipient] for one in ids), set())

    def repeats(self) -> int:
        """Return how often somebody was told the same once more."""
        letters = Counter(letter.id for letter in self.mail.taken)
        return len(self.hooks_taken) - len({one.id for one in self.hooks_taken}) + letters.total() - len(letters)

    def lost_answers(self) -> int:
        """Return how often a message was taken and its sender could not know."""
        return sum(one.answer.misdeed not in {"none", "drip"} for one in self.hooks_taken) + self.mail.lost_answers

    def same_bytes(self) -> bool:
        """Return whether all attempts of one message had the same bytes."""
        bodies: dict[str, set[bytes]] = {}
        for one in self.hook.received:
            bodies.setdefault(one.id, set()).add(one.body)
        for letter in self.mail.received:
            bodies.setdefault(letter.id, set()).add(letter.body)
        return all(len(found) == 1 for found in bodies.values())


def signed(one: Received) -> bool:
    return verify(KEY, one.headers, one.body, int(one.headers.get("webhook-timestamp", "0")))


@pytest.fixture
async def peers(tmp_path: Path, luck: Random) -> AsyncIterator[Peers]:
    async with Receiver() as hook, MailPeer() as mail:
        yield Peers(tmp_path, luck, hook, mail)


def checked(peers: Peers, counted: Count) -> None:
    """Count what was done, and fail if anything was lost, or repeated without a cause."""
    lost, repeats = peers.lost(), peers.repeats()
    counted("delivery kills", len(peers.cut_off))
    counted("alerts delivered through kills", len(peers.raised) * len(peers.recipients))
    counted("alerts lost", lost)
    counted("repeats", repeats)
    counted("attempts cut off or answered in vain", sum(peers.cut_off) + peers.lost_answers())
    assert peers.cut_off
    assert lost == 0
    assert repeats <= sum(peers.cut_off) + peers.lost_answers()
    assert peers.same_bytes()


async def test_a_sender_killed_at_random_loses_nothing_and_repeats_only_for_a_cause(
    peers: Peers, size: Size, counted: Count
) -> None:
    peers.misbehave()
    for _ in range(size.delivery_kills * 2 // 3):
        peers.more(A_ROUND)
        await peers.killed("sound")
    await peers.settled()
    checked(peers, counted)


async def test_of_thousands_of_alerts_with_a_kill_each_hundred_none_is_lost(
    peers: Peers, size: Size, counted: Count
) -> None:
    """A fifth of the attempts end in errors, a twentieth of the answers get lost; at night it is 10,000 alerts."""
    peers.channels = (("hook", 1), ("letters", 1))
    peers.fail_now_and_then()
    for _ in range(size.delivery_kills // 3):
        peers.more(A_KILL)
        await peers.killed("sound", arrivals=peers.luck.randint(A_KILL // 2, A_KILL * 3 // 2))
    await peers.settled()
    checked(peers, counted)


async def test_the_control_that_marks_before_it_sends_loses(peers: Peers) -> None:
    peers.more(A_ROUND)
    process = await peers.child("forgetful")
    async with asyncio.timeout(60):
        while peers.count("sent") == 0:
            await asyncio.sleep(0.02)
    process.kill()
    await process.wait()
    await peers.settled()
    assert peers.lost() > 0
