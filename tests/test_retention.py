"""Retention: what goes is what the table says, whatever the ages and settings; the ledger, the search, the seeds stay.

One model in plain Python says for random rows which are to go; the store is compared with it row by row.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faults.sizes import Size
from store_builders import NOW, added, article, entry, opened, polled, problems, verdict, write

from monitor.app import _prepare
from monitor.classify import publishers, rules
from monitor.clock import from_text, to_text
from monitor.model import Label
from monitor.record import Recorder
from monitor.settings import Settings, StoreSettings
from monitor.store import Database, Store, articles, audit, retention, seeds
from monitor.store.rows import Row, insert, rows, scalar
from monitor.store.trends import feed_weeks
from monitor.upkeep.trimming import trim

DAY = timedelta(days=1)
TABLES = {"polls": "poll_days", "entries": "summary_days", "hosts": "robots_days", "messages": "message_days"}
ENDED = ("duplicate", "passed_over", "refused", "failed", "stored", None)
RESULTS = ("document", "not_modified", "unchanged", "failed")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store as the daemon begins it, seeds and all."""
    path = tmp_path_factory.mktemp("begun") / "monitor.db"
    settings = Settings(store=StoreSettings(path=path))
    with opened(path) as store:
        recorder = Recorder(settings, publishers.load(), rules.load())
        write(store, lambda db: _prepare(db, settings, recorder, NOW - 400 * DAY))
    return path


@pytest.fixture
def store(begun: Path, tmp_path: Path) -> Iterator[Store]:
    """Give a store of its own that begins so."""
    with opened(Path(shutil.copy(begun, tmp_path))) as store:
        yield store


# --- random rows -----------------------------------------------------------------------------------------------


def a_poll(db: Database, luck: Random, feed_id: int, at: datetime) -> None:
    """Write a poll of a feed with the entries it brought, which ended somehow, some time after."""
    result = luck.choice(RESULTS)
    brought = luck.choice((0, 0, 0, 0, 1, 3)) if result == "document" else 0
    refused = luck.randint(0, brought)
    counts = {"new": brought - refused, "refused": refused, "known": luck.randint(0, 9) if result == "document" else 0}
    row = {"feed_id": feed_id, "polled_at": to_text(at), "result": result, "body_bytes": 9, "duration_ms": 2}
    poll_id = insert(db, "polls", {**row, **counts, "parsed": sum(counts.values())})
    for number in range(brought):
        outcome = "refused" if number < refused else luck.choice(ENDED)
        ended = to_text(min(at + luck.random() * 3 * DAY, NOW)) if outcome else None
        known = {"article_id": 1} if outcome in {"stored", "duplicate"} else {}
        state = {"outcome": outcome, "ended_at": ended, "next_attempt_at": None if outcome else to_text(NOW)}
        told = {"identity": f"{poll_id} {number}", "first_seen_at": to_text(at), "summary": luck.choice(("", "Words."))}
        ids = {"feed_id": feed_id, "poll_id": poll_id, "reason": "timed_out"}
        insert(db, "entries", {**ids, **told, **state, **known})


def scattered(db: Database, luck: Random) -> None:
    """Fill a store with rows of any age."""
    ages = lambda: NOW - luck.random() * 240 * DAY  # noqa: E731
    added(db, f"https://{luck.random()}.example/feed")
    known = [row[0] for row in db.execute("select id from feeds order by id desc limit 4")]
    for feed_id in luck.sample(known, luck.randint(1, len(known))):
        for at in sorted(ages() for _ in range(luck.randint(0, 25))):
            a_poll(db, luck, feed_id, at)
    for _ in range(luck.randint(0, 6)):
        text = luck.choice((None, "User-agent: *"))
        host = {"host": f"{luck.random()}.example", "robots_state": "rules", "robots_text": text}
        insert(db, "hosts", {**host, "robots_fetched_at": to_text(ages())})
        message = {"message_id": f"m{luck.random()}", "channel": "desk", "recipient": 1, "composed_at": to_text(NOW)}
        state = luck.choice(("sent", "expired", "retrying"))
        ended = None if state == "retrying" else to_text(ages())
        insert(db, "messages", {**message, "state": state, "content": luck.choice((None, "{}")), "ended_at": ended})
    for _ in range(luck.randint(0, 4)):
        an_article(db, luck, luck.randrange(10**9), ages())


def an_article(db: Database, luck: Random, number: int, at: datetime) -> None:
    words = {"title": f"Harbour {number} opens", "text": f"The replaces word stands here, {number}. " * 3}
    judged = verdict(luck.choice((Label.NONE, Label.NONE, Label.CUT)))
    article_id, _ = articles.upsert(db, article(number, **words, verdict=judged, first_seen_at=at), at)
    if luck.random() < 0.2:
        db.execute("update articles set review_state = 'checked' where id = ?", [article_id])


# --- the model -------------------------------------------------------------------------------------------------


def week(text: str) -> tuple[int, int]:
    return from_text(text).isocalendar()[:2]


def polls_that_go(polls: list[Row], before: str) -> set[int]:
    """Return the polls to go: they brought nothing, are old, and are neither a feed's last nor a week's last answer."""
    gone, of_feed = set(), defaultdict(list)
    for poll in polls:
        of_feed[poll["feed_id"]].append(poll)
    for poll in polls:
        later = [one for one in of_feed[poll["feed_id"]] if one["polled_at"] > poll["polled_at"]]
        answers = [
            one for one in later if one["result"] != "failed" and week(one["polled_at"]) == week(poll["polled_at"])
        ]
        is_last = not later or (poll["result"] != "failed" and not answers)
        if not poll["new"] and not poll["refused"] and poll["polled_at"] < before and not is_last:
            gone.add(poll["id"])
    return gone


def expected(found: Mapping[str, list[Row]], days: Mapping[str, int]) -> dict[str, set[Any]]:
    """Return for each kind the rows that are to go."""
    ends = {key: to_text(NOW - number * DAY) if number else "" for key, number in days.items()}
    entries, hosts, messages, stored = (found[name] for name in ("entries", "hosts", "messages", "articles"))
    least = set(ENDED) - {"stored", None}
    return {
        "poll_days": polls_that_go(found["polls"], ends["poll_days"]),
        "summary_days": {
            row["id"]
            for row in entries
            if row["outcome"] in least and row["summary"] and row["ended_at"] < ends["summary_days"]
        },
        "robots_days": {
            row["host"] for row in hosts if row["robots_text"] and row["robots_fetched_at"] < ends["robots_days"]
        },
        "message_days": {
            row["id"]
            for row in messages
            if row["state"] == "sent" and row["content"] and row["ended_at"] < ends["message_days"]
        },
        "text_days": {
            row["id"]
            for row in stored
            if (row["label"], row["is_seed"], row["origin"], row["review_state"]) == ("none", 0, "live", "auto")
            and row["text"]
            and row["first_seen_at"] < ends["text_days"]
        },
    }


def look(db: Database) -> dict[str, list[Row]]:
    return {name: rows(db, f"select * from {name}") for name in ("polls", "entries", "hosts", "messages", "articles")}  # noqa: S608  # ours


def went(before: Mapping[str, list[Row]], after: Mapping[str, list[Row]]) -> dict[str, set[Any]]:
    """Return for each kind the rows that are gone or were emptied; raises if any other cell changed."""

    def by(name: str, key: str = "id") -> tuple[dict[Any, Row], dict[Any, Row]]:
        return {row[key]: row for row in before[name]}, {row[key]: row for row in after[name]}

    gone: dict[str, set[Any]] = {"poll_days": set(by("polls")[0]) - set(by("polls")[1])}
    columns = {
        "summary_days": ("entries", "id", {"summary"}),
        "robots_days": ("hosts", "host", {"robots_text", "robots_state", "robots_fetched_at"}),
        "message_days": ("messages", "id", {"content"}),
        "text_days": ("articles", "id", {"text", "text_state", "spans"}),
    }
    for key, (table, number, may_change) in columns.items():
        old, new = by(table, number)
        changed = {one: {name for name in row if row[name] != new[one][name]} for one, row in old.items()}
        assert set(old) == set(new)
        assert set().union(*changed.values()) <= may_change
        gone[key] = {one for one, names in changed.items() if names}
    return gone


def sums(db: Database) -> Row:
    """Return what all polls add up to, by their rows and by what is remembered of rows that are gone."""
    sql = """
        select sum(n) as n, sum(known) as known, sum(bytes) as bytes, sum(ms) as ms, min(first) as first,
          max(last) as last from (
          select count(*) as n, sum(known) as known, sum(body_bytes) as bytes, sum(duration_ms) as ms,
            min(polled_at) as first, max(polled_at) as last from polls
          union all
          select sum(polls), sum(known), sum(body_bytes), sum(duration_ms), min(first_polled_at), max(last_polled_at)
          from poll_sums)
    """
    return rows(db, sql)[0]


# --- the property ------------------------------------------------------------------------------------------------


async def test_rows_after_are_the_rows_expected_for_any_ages_and_settings(
    store: Store, size: Size, luck: Random, counted: Callable[[str, int], None]
) -> None:
    """One store that is filled on and on, so that what was trimmed before lies among what is trimmed now."""
    removed = 0
    rounds = min(150, size.examples // 4)  # each looks at all rows there are
    for _ in range(rounds):
        write(store, lambda db: scattered(db, luck))
        days = {kind.key: luck.choice((0, 1, 30, 90, 200)) for kind in retention.KINDS}
        before, told, whole, weeks = store.read_now(
            lambda db: (look(db), retention.plan(db, days, NOW), sums(db), feed_weeks(db))  # noqa: B023
        )
        done = await trim(store, days, NOW)
        after = store.read_now(look)
        wanted = expected(before, days)
        assert went(before, after) == wanted
        assert done == {line["setting"]: line["go"] for line in told} == {key: len(ids) for key, ids in wanted.items()}
        assert store.read_now(lambda db: (sums(db), feed_weeks(db))) == (whole, weeks)
        assert store.read_now(lambda db: (problems(db), seeds.changed(db))) == ([], [])
        assert await trim(store, days, NOW) == dict.fromkeys(done, 0)
        removed += sum(done.values())
    assert removed > rounds
    counted("rows trimmed", removed)
    assert write(store, audit.full_text) == []  # on a writing connection the contents of the index are checked, too


def unguarded(db: Database) -> None:
    """Trim without the table: all that is old, as a plain `delete` would."""
    db.execute(
        "delete from polls where polled_at < ? and id not in (select poll_id from entries)", [to_text(NOW - DAY)]
    )


async def test_trimming_by_age_alone_breaks_what_the_table_keeps(store: Store, luck: Random) -> None:
    """The control: the same comparison fails for who deletes old rows that nothing refers to."""
    write(store, lambda db: [scattered(db, luck) for _ in range(5)])
    before = store.read_now(lambda db: (sums(db)["n"], feed_weeks(db)))
    write(store, unguarded)
    assert store.read_now(lambda db: (sums(db)["n"], feed_weeks(db))) != before


# --- what is never trimmed -----------------------------------------------------------------------------------------


def told_event(db: Database) -> None:
    article_id, _ = articles.upsert(db, article(7, verdict=verdict(Label.NONE), text="Words of an event."), NOW)
    event_id = insert(db, "events", {"company_id": 1, "label": "cut", "kind": "event", "status": "announced",
        "announced_on": "2025-01-01", "date_precision": "day", "origin": "live", "source_tier": 3,
        "first_seen_at": to_text(NOW), "updated_at": to_text(NOW)})  # fmt: skip
    db.execute("insert into event_articles values (?, ?, ?)", [event_id, article_id, to_text(NOW)])


async def test_a_text_that_tells_of_an_event_stays_whatever_its_label(store: Store) -> None:
    write(store, told_event)
    await trim(store, dict.fromkeys(retention.BY_KEY, 1), NOW + 999 * DAY)
    texts = store.read_now(lambda db: rows(db, "select is_seed, text from articles"))
    assert [row["text"] for row in texts if not row["is_seed"]] == ["Words of an event."]
    assert all(row["text"] for row in texts)


async def test_a_quote_goes_with_the_text_it_is_in(store: Store) -> None:
    new = article(8, verdict=verdict(Label.NONE))
    article_id, _ = write(store, lambda db: articles.upsert(db, new, NOW))
    await trim(store, {**dict.fromkeys(retention.BY_KEY, 0), "text_days": 1}, NOW + 9 * DAY)
    sql = "select place from evidence where article_id = ?"
    assert [row["place"] for row in store.read_now(lambda db: rows(db, sql, [article_id]))] == ["title"]


async def test_what_is_known_of_an_entry_without_its_summary_is_still_known(store: Store) -> None:
    """A feed that lists an old story again brings nothing new."""
    feed_id = write(store, added)
    write(store, lambda db: polled(db, feed_id, entry(1), worth=lambda _: False))
    await trim(store, dict.fromkeys(retention.BY_KEY, 1), NOW + 9 * DAY)
    assert store.read_now(lambda db: scalar(db, "select group_concat(summary, '') from entries")) == ""
    assert write(store, lambda db: polled(db, feed_id, entry(1))).known == 1


async def test_a_feed_whose_documents_are_only_counted_is_still_known_to_have_brought_some(store: Store) -> None:
    """Else its validators would look like those of a feed whose entries were lost."""
    feed_id = write(store, added)
    write(store, lambda db: polled(db, feed_id))
    write(store, lambda db: db.execute("update polls set polled_at = ?", [to_text(NOW - DAY / 24)]))
    write(store, lambda db: polled(db, feed_id, result="not_modified", document=None))
    await trim(store, dict.fromkeys(retention.BY_KEY, 1), NOW + 9 * DAY)
    left = "select group_concat(result) from polls"
    assert store.read_now(lambda db: (scalar(db, left), audit.validators(db))) == ("not_modified", [])


async def test_trimming_stops_with_the_daemon_between_two_batches(store: Store, luck: Random) -> None:
    write(store, lambda db: [scattered(db, luck) for _ in range(9)])
    done = await trim(store, dict.fromkeys(retention.BY_KEY, 1), NOW, stopping=lambda: True)
    assert not any(done.values())
