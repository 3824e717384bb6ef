"""A machine that does to a store, in any order, what happens to one, and compares it with a few dictionaries.

Polls, results, deliveries that arrive or fail, steps of the clock either way, a process killed in the middle of a
transaction, an upgrade that fails, articles judged anew, imports and mutes. The store is the real one in a file; a
kill is a copy of its files taken within an open transaction, which is what a killed process leaves behind.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from pipes import WordJudge, settings
from typing import Any, ClassVar, TypeVar

import pytest
from faults.tellings import FEEDS, PUBLISHERS, OtherJudge, read, story
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from store_builders import NOW, outcome, plan, write

from monitor import reclassify
from monitor.alerts.retries import Attempt, ending
from monitor.model import (
    BatchResult,
    MessageJob,
    NotTried,
    PageFailed,
    PageResult,
    Reason,
    Validators,
)
from monitor.record import Recorder
from monitor.store import Database, Store, audit, connection, entries, leases, messages, migrations, mutes, polls
from monitor.store.rows import rows

T = TypeVar("T")
STORIES = st.lists(st.integers(0, 23), max_size=6)
STEPS = 50  # of one run of the machine
HOOK = "http://127.0.0.1:1/hook"
LISTED = {"pending", "leased", "retrying", "sent", "expired", "refused", "muted", "shadow"}


class KilledError(Exception):
    """The end of a transaction that was not to end."""


class StoreMachine(RuleBasedStateMachine):
    """The store beside its model; what must hold is asked after every step."""

    template: ClassVar[Path]  # a store with two feeds and the seeds
    folder: ClassVar[Path]
    counts: ClassVar[dict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        self.counts["machines"] = self.counts.get("machines", 0) + 1
        self.now = NOW
        self.turn = 0  # of its documents
        self.life = 0  # of its store
        self.store = self._copied(self.template)
        self.seen: dict[int, set[int]] = {feed: set() for feed in FEEDS}  # the stories of each feed
        self.documents: dict[str, set[int]] = {}  # what stood in the document with these validators
        self.alerts: set[str] = set()
        self.received: set[str] = set()  # alerts that the receiver has in its hands

    # --- what happens ----------------------------------------------------------------------------------------------

    @initialize(found=STORIES)
    def begin(self, found: list[int]) -> None:
        """Give every run something to lose: a story that is told of and waits to be delivered."""
        self.poll(1, [0, *found])
        self.process(["read"])

    @rule(feed=st.sampled_from(FEEDS), found=STORIES)
    def poll(self, feed: int, found: list[int]) -> None:
        counts = self._write(self._poll(feed, found))
        assert counts.parsed == len(found)
        assert counts.new == len(set(found) - self.seen[feed])
        assert counts.refused == 0
        self.seen[feed] |= set(found)

    @rule(feed=st.sampled_from(FEEDS), reason=st.sampled_from([Reason.TIMED_OUT, Reason.HTTP_5XX, Reason.NOT_A_FEED]))
    def fail_to_poll(self, feed: int, reason: Reason) -> None:
        failed = outcome(feed, result="failed", document=None, validators=Validators(), reason=reason)
        self._write(lambda db: polls.record_poll(db, failed, self._plan, worth_fetching=lambda _: True, now=self.now))

    @rule(ends=st.lists(st.sampled_from(["read", "read", "again", "never", "not tried"]), min_size=1, max_size=6))
    def process(self, ends: list[str]) -> None:
        for batch in self._write(self._claim):
            found = [self._page(item.entry_id, item.url, ends[at % len(ends)]) for at, item in enumerate(batch.items)]
            result = BatchResult(1, batch.host, batch.lease, tuple(found))
            self._write(partial(self._record, result=result))

    @rule()
    def lose_a_worker(self) -> None:
        self._write(self._claim)

    @rule(arrives=st.booleans(), answered=st.booleans())
    def deliver(self, *, arrives: bool, answered: bool) -> None:
        for job in self._lease():
            if arrives:
                self._receive(job)
            if answered:
                attempt = Attempt("sent", 200) if arrives else Attempt("retrying", 503, "busy")
                end = ending(job, attempt, self.now, 0.5)
                self._write(partial(messages.end_attempt, message=job.id, end=end, now=self.now))

    @rule(step=st.sampled_from([60, 900, 7_200, 90_000, -3_600]))
    def step_the_clock(self, step: int) -> None:
        self.now += timedelta(seconds=step)
        self._write(lambda db: leases.release_expired(db, self.now))

    @rule(feed=st.sampled_from(FEEDS), found=STORIES, first=st.integers(0, 3))
    def die_within_a_poll(self, feed: int, found: list[int], first: int) -> None:
        self._die(self._poll(feed, found) if first else lambda _: None)

    @rule()
    def die_within_an_attempt(self) -> None:
        self._lease()
        self._die(lambda _: None)

    @rule()
    def fail_to_upgrade(self) -> None:
        path = self.store.path
        self.store.close()
        folder = Path(f"{path}.migrations")
        folder.mkdir()
        for file in migrations.migration_files():
            (folder / file.name).symlink_to(file)
        (folder / "9999_broken.sql").write_text("delete from entries;\ninsert into nowhere values (1);\n", "utf-8")
        with closing(connection.connect(path)) as db, pytest.raises(Exception, match="nowhere"):
            migrations.migrate(db, path, folder)
        shutil.rmtree(folder)
        self.store = Store.open(path, clock=self._clock)

    @rule(judge=st.sampled_from([WordJudge(), OtherJudge()]))
    def judge_anew(self, judge: WordJudge) -> None:
        bench = reclassify.Bench(judge, self._settings)
        found, _ = reclassify.judged(bench, self.store.read_now(lambda db: bench.next(db, 0))[0])
        self._write(lambda db: reclassify.apply(db, bench, found, self.now), quiet=True)

    @rule(number=st.integers(0, 30))
    def import_a_story(self, number: int) -> None:
        def unit(db: Database) -> None:
            one = story(number)
            entry_id, new = entries.add_imported(db, url=one.url, identity=f"i{number}", title=one.title, now=self.now)
            if new:
                self._recorder.page(db, read(entry_id, number, WordJudge()), self.now)

        self._write(unit, quiet=True)

    @rule(hours=st.integers(1, 3))
    def mute(self, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        self._write(lambda db: mutes.mute(
            db, rule="every event", company=None, until=until, why="quiet", by="test", now=self.now
        ))  # fmt: skip

    # --- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def the_store_is_sound(self) -> None:
        self.counts["machine steps"] = self.counts.get("machine steps", 0) + 1
        found = self.store.read_now(lambda db: audit.audit(db, self.now))
        assert [finding for finding in found if finding.level == "problem"] == []

    @invariant()
    def every_entry_is_there_once(self) -> None:
        sql = "select feed_id, guid from entries where feed_id is not null order by feed_id, guid"
        found = [(row["feed_id"], row["guid"]) for row in self.store.read_now(lambda db: rows(db, sql))]
        assert found == sorted((feed, f"guid-{number}") for feed, numbers in self.seen.items() for number in numbers)

    @invariant()
    def validators_imply_entries(self) -> None:
        for row in self.store.read_now(lambda db: rows(db, "select id, etag from feeds where etag is not null")):
            assert self.documents[row["etag"]] <= self.seen[row["id"]]

    @invariant()
    def no_alert_is_lost(self) -> None:
        sql = "select alert_id, state from deliveries_view"
        states = {row["alert_id"]: row["state"] for row in self.store.read_now(lambda db: rows(db, sql))}
        assert self.alerts <= states.keys()
        assert set(states.values()) <= LISTED
        assert {alert for alert, state in states.items() if state == "sent"} <= self.received

    def teardown(self) -> None:
        self.store.close()
        for file in self.folder.glob(f"m{self.counts['machines']}-*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()

    # --- how it is done --------------------------------------------------------------------------------------------

    def _write(self, unit: Callable[[Database], T], *, quiet: bool = False) -> T:
        """Return what a unit returns, after its commit; what alerts it raised is known from then on."""
        done = write(self.store, unit)
        raised = set(self.store.read_now(lambda db: [row["id"] for row in rows(db, "select id from alerts")]))
        assert raised >= self.alerts
        assert not quiet or raised == self.alerts
        self.alerts = raised
        return done

    def _plan(self, _: object) -> Any:
        return plan(next_poll_at=self.now + timedelta(hours=1))

    def _poll(self, feed: int, found: list[int]) -> Callable[[Database], Any]:
        """Return the unit that stores a document with these stories."""
        self.turn += 1
        etag = f'"{self.turn}"'
        self.documents[etag] = set(found)
        done = outcome(feed, *map(story, found), validators=Validators(etag), body_digest=etag)
        return lambda db: polls.record_poll(db, done, self._plan, worth_fetching=lambda _: True, now=self.now)

    def _claim(self, db: Database) -> Any:
        limits: dict[str, Any] = {"lease_s": 600, "delay_s": 0.0, "deadline_s": 300.0}
        budgets = {"host_daily_pages": 0, "feed_daily_pages": 0}
        return entries.claim(db, now=self.now, max_batches=2, max_items=4, **limits, **budgets)

    def _page(self, entry_id: int, url: str, end: str) -> PageResult:
        if end == "not tried":
            return NotTried(entry_id)
        if end != "read":
            again = end == "again"
            return PageFailed(entry_id, Reason.HTTP_5XX if again else Reason.HTTP_4XX, "answered", again)
        return read(entry_id, int(url.rpartition("/")[2]), WordJudge())

    def _record(self, db: Database, result: BatchResult) -> None:
        for page in result.results:
            self._recorder.page(db, page, self.now, result.lease)
        self._recorder.batch_end(db, result, self.now)

    def _lease(self) -> list[MessageJob]:
        lease = messages.Lease(60, timedelta(0), timedelta(0), lambda _: None)
        return self._write(lambda db: messages.lease_due(db, lease, self.now, 5))

    def _receive(self, job: MessageJob) -> None:
        if job.content is not None:
            sql = "select alert_id from deliveries where message_id = ?"
            held = self.store.read_now(lambda db: rows(db, sql, [job.id]))
            self.received |= {row["alert_id"] for row in held}

    def _die(self, unit: Callable[[Database], object]) -> None:
        """Copy the files of the store in the middle of a unit and go on with the copy."""

        def killed(db: Database) -> None:
            unit(db)
            self._copy(self.store.path)
            raise KilledError

        with pytest.raises(KilledError):
            write(self.store, killed)
        self.store.close()
        self.store = Store.open(self._place, clock=self._clock)
        self._write(lambda db: (leases.release_all(db, self.now), messages.release_all(db, self.now)))

    @property
    def _place(self) -> Path:
        """Where the store of this life is."""
        return self.folder / f"m{self.counts['machines']}-{self.life}"

    def _copy(self, path: Path) -> None:
        self.life += 1
        for end in ("", "-wal"):
            if Path(f"{path}{end}").exists():
                shutil.copy(f"{path}{end}", f"{self._place}{end}")

    def _copied(self, path: Path) -> Store:
        self._copy(path)
        return Store.open(self._place, clock=self._clock)

    def _clock(self) -> datetime:
        return self.now

    @property
    def _settings(self) -> Any:
        return settings(self.store.path, hook=HOOK)

    @property
    def _recorder(self) -> Recorder:
        return Recorder(self._settings, PUBLISHERS, WordJudge())
