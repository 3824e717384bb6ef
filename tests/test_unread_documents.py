"""RELIABILITY.md F3: a document that harms its parser is kept for a replay, up to a mebibyte, and few in all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from documents import item, rss
from faults.hostile import HostileServer
from store_builders import NOW, added, at_noon, entry, opened, outcome, plan, polled, write

from monitor.cli import layoff_monitor
from monitor.errors import ParseError
from monitor.explain import as_text, explain
from monitor.fetch import Gate
from monitor.model import Feed, PollOutcome, Reason, UnreadDocument
from monitor.poll import parse_feed, poll_feed
from monitor.poll.asking import KEPT_BYTES
from monitor.sandbox import Limits, Sandbox
from monitor.store import Database, Store, polls, unread
from monitor.store.rows import rows, scalar

MiB = 1 << 20
CRASHES = rss(item(extra="<textInput><name>q</name></textInput>")).encode()
TAKES_LONG = rss(item(extra=f"<author>{'a' * 200_000}</author>")).encode()
TIGHT = Limits(cpu_s=1, wall_s=2.0, memory_bytes=512 * MiB, recycle_bytes=200 * MiB)
TYPE = {"Content-Type": "application/rss+xml"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "monitor.db") as store:
        yield store


async def asked(site: HostileServer, gate: Gate, body: bytes) -> PollOutcome:
    """Give what a poll of a feed with this document brings."""
    site.serve("/feed", body, TYPE)
    feed = Feed(1, site.url("/feed"), 1800, NOW)
    async with Sandbox(1, limits={"feed": TIGHT}) as box:
        return await poll_feed(feed, gate=gate, sandbox=box, clock=at_noon)


HARMFUL = {
    "it makes the parser raise": (CRASHES, Reason.PARSE_CRASHED, "KeyError"),
    "it keeps the parser busy": (TAKES_LONG, Reason.PARSE_TIMEOUT, "killed after its time"),
}


@pytest.mark.parametrize(("body", "reason", "words"), HARMFUL.values(), ids=HARMFUL)
async def test_a_harmful_document_comes_with_the_failure_it_caused(
    body: bytes, reason: Reason, words: str, site: HostileServer, gate: Gate
) -> None:
    outcome = await asked(site, gate, body)
    assert (outcome.result, outcome.reason) == ("failed", reason)
    assert words in (outcome.detail or "")
    assert outcome.unread == UnreadDocument(site.url("/feed"), "application/rss+xml", len(body), body)


async def test_of_a_larger_one_the_first_mebibyte_comes(site: HostileServer, gate: Gate) -> None:
    larger = CRASHES.replace(b"</rss>", b" " * 2 * MiB + b"</rss>")
    found = (await asked(site, gate, larger)).unread
    assert found is not None
    assert (found.body_bytes, found.body) == (len(larger), larger[:KEPT_BYTES])


HARMLESS = {"a page": b"<!doctype html><p>x</p>", "nothing": b"", "a feed": rss(item()).encode()}


@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
async def test_no_other_document_comes_along(body: bytes, site: HostileServer, gate: Gate) -> None:
    assert (await asked(site, gate, body)).unread is None


def harmed(db: Database, feed_id: int, body: bytes = CRASHES, hours: int = 0) -> None:
    """Write a poll whose document crashed the parser."""
    told: dict[str, Any] = {"result": "failed", "document": None, "reason": Reason.PARSE_CRASHED, "detail": "KeyError"}
    found = outcome(feed_id, unread=UnreadDocument("https://news.example/f", None, len(body), body), **told)
    at = NOW + timedelta(hours=hours)
    polls.record_poll(db, found, lambda _: plan(failures=1), worth_fetching=lambda _: True, now=at)


def test_the_newest_of_a_feed_is_kept_and_is_the_document_itself(store: Store) -> None:
    write(store, lambda db: [harmed(db, added(db), body) for body in (b"first", CRASHES)])
    kept = store.read_now(lambda db: unread.body(db, 1))
    assert store.read_now(lambda db: scalar(db, "select count(*) from unread_documents")) == 1
    with pytest.raises(ParseError, match="KeyError"):
        parse_feed(kept or b"", None, "https://news.example/f")


def test_of_all_feeds_together_the_newest_few_are_kept(store: Store) -> None:
    def unit(db: Database) -> None:
        for number in range(unread.MOST + 8):
            harmed(db, added(db, f"https://news.example/{number}"), hours=number)

    write(store, unit)
    kept = store.read_now(lambda db: rows(db, "select feed_id from unread_documents order by feed_id"))
    assert [row["feed_id"] for row in kept] == list(range(9, unread.MOST + 9))


def test_a_sound_document_leaves_the_harmful_one_where_it_is(store: Store) -> None:
    write(store, lambda db: (harmed(db, added(db)), polled(db, 1, entry(1))))
    assert store.read_now(lambda db: unread.body(db, 1)) == CRASHES


def test_explain_tells_of_it(store: Store) -> None:
    write(store, lambda db: harmed(db, added(db)))
    text = "\n".join(as_text(store.read_now(lambda db: explain(db, "feed 1", NOW))))
    size = f"{len(CRASHES)} of {len(CRASHES)} bytes are kept: `explain 'feed 1' --document FILE`"
    assert f"  unread    2026-03-02T09:00:00.000Z, parse_crashed: KeyError; {size}" in text


def test_a_person_gets_it_as_a_file_and_never_in_the_place_of_another(tmp_path: Path) -> None:
    with opened(tmp_path / "m.db") as store:
        write(store, lambda db: (harmed(db, added(db)), added(db, "https://sound.example/f")))

    def said(feed: str, name: str) -> tuple[int, str]:
        args = ["--db", str(tmp_path / "m.db"), "explain", feed, "--document", str(tmp_path / name)]
        result = CliRunner().invoke(layoff_monitor, args)
        return result.exit_code, result.output

    assert said("feed 1", "kept.xml")[0] == 0
    assert (tmp_path / "kept.xml").read_bytes() == CRASHES
    assert "File exists" in said("feed 1", "kept.xml")[1]
    assert "no document of 'feed 2' is kept" in said("feed 2", "none.xml")[1]
