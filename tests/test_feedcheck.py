"""A check of feeds keeps to what servers asked for, and stores nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from pipes import rss, runtime, settings
from typing import Any

import pytest
from faults.hostile import HostileServer
from gazettes import HTML, feed

from monitor.clock import to_text, utc_now
from monitor.commands import feeds_remove
from monitor.errors import MonitorError
from monitor.feedcheck import check
from monitor.fetch.answers import Answer, refusal
from monitor.pipeline import Runtime
from monitor.store import feeds
from monitor.store.rows import rows, update
from monitor.subscriptions import add, fault_of, search


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with runtime(settings(tmp_path / "m.db")) as opened:
        yield opened


async def with_feed(given: Runtime, url: str, **changes: Any) -> None:
    """Put a feed into the list, its row changed so."""
    await add(given, [{"url": url}])
    await given.store.write(lambda db: update(db, "feeds", 1, {"failures": 0} | changes))


async def test_a_feed_on_hold_is_told_of_and_not_asked(site: HostileServer, given: Runtime) -> None:
    await with_feed(given, site.url("/f"), hold_until=to_text(utc_now() + timedelta(hours=1)))
    [row] = await check(given, [])
    assert (row["level"], row["asked"], site.requests) == ("note", False, [])
    assert row["remarks"][0]["text"].startswith("asked to be left alone until ")


async def test_a_feed_that_is_gone_is_a_problem_and_not_asked(site: HostileServer, given: Runtime) -> None:
    await with_feed(given, site.url("/f"), state="gone", gone_at=to_text(utc_now()))
    [row] = await check(given, [])
    assert (row["level"], row["asked"], site.requests) == ("problem", False, [])


async def test_a_queue_whose_feeds_rest_is_asked_neither_by_a_check_nor_by_a_search(
    site: HostileServer, given: Runtime
) -> None:
    until = to_text(utc_now() + timedelta(hours=1))
    sql = "insert into hosts (host, queue, feeds_hold_until) values (?, ?, ?)"
    key = f"127.0.0.1:{site.port}"
    await given.store.write(lambda db: db.execute(sql, [key, key, until]))
    assert [row["asked"] for row in await check(given, [site.url("/f")])] == [False]
    [found] = await search(given, [site.url("/f")])
    assert found["refused"]["reason"].startswith("asked to be left alone until ")
    assert site.requests == []


async def test_the_hold_of_a_page_holds_no_feeds(site: HostileServer, given: Runtime) -> None:
    """docs/decisions/0015."""
    sql = "insert into hosts (host, queue, hold_until) values (:key, :key, :until)"
    held = {"key": f"127.0.0.1:{site.port}", "until": to_text(utc_now() + timedelta(hours=1))}
    await given.store.write(lambda db: db.execute(sql, held))
    url = site.serve("/f", feed(newest=utc_now()))
    assert [row["asked"] for row in await check(given, [url])] == [True]
    [found] = await search(given, [url])
    assert len(found["candidates"]) == 1


REST = {"status": 429, "headers": {"Retry-After": "600"}}


async def test_after_two_feeds_asked_for_peace_a_check_asks_no_more_of_their_queue(
    site: HostileServer, other: HostileServer, given: Runtime
) -> None:
    mine = [site.serve(f"/{name}", **REST) for name in "abc"]  # type: ignore[arg-type]  # an answer in words
    found = await check(given, [*mine, other.serve("/f", feed(newest=utc_now()))])
    assert [request.path for request in site.requests] == ["/a", "/b"]
    assert [row["level"] for row in found] == ["note", "note", "note", "ok"]
    assert all(row["remarks"][0]["text"].startswith("asked to be left alone until ") for row in found[:3])
    assert " UTC" in found[2]["remarks"][0]["text"]


async def test_a_feed_of_the_list_on_hold_is_one_of_the_two(site: HostileServer, given: Runtime) -> None:
    await with_feed(given, site.url("/held"), hold_until=to_text(utc_now() + timedelta(hours=1)))
    mine = [site.serve(f"/{name}", **REST) for name in "abc"]  # type: ignore[arg-type]  # an answer in words
    await check(given, [site.url("/held"), *mine])
    assert [request.path for request in site.requests] == ["/a"]


async def test_after_two_feeds_asked_for_peace_a_search_asks_no_more_of_their_queue(
    site: HostileServer, given: Runtime
) -> None:
    mine = [site.serve(f"/{name}", **REST) for name in "abc"]  # type: ignore[arg-type]  # an answer in words
    found = await search(given, mine)
    assert [request.path for request in site.requests] == ["/a", "/b"]
    assert {one["refused"]["reason"][:29] for one in found} == {"asked to be left alone until "}
    assert {one["refused"]["remedy"].partition(",")[0] for one in found} == {"try again then"}


REMEDIES = {
    "refused": (403, None, "it refuses us: set a contact under [network], or ask the publisher"),
    "refused with a contact": (451, "a@b.example", "it refuses us: ask the publisher"),
    "not there": (404, None, "give the site's address, its feed may have moved"),
    "gone": (410, None, "give the site's address, its feed may have moved"),
    "down": (500, None, "try again later, or store the address unseen with --as-given"),
}


@pytest.mark.parametrize(("status", "contact", "remedy"), REMEDIES.values(), ids=REMEDIES)
def test_the_remedy_fits_the_status(status: int, contact: str | None, remedy: str) -> None:
    error = refusal(Answer("https://a.example/f", status, ()), utc_now())
    assert error is not None
    assert fault_of(error, contact, utc_now())["remedy"] == remedy


async def test_a_gone_feed_that_is_added_again_is_looked_at_and_comes_back(site: HostileServer, given: Runtime) -> None:
    await with_feed(given, site.serve("/f", rss()), state="gone", gone_at=to_text(utc_now()))
    [found] = await search(given, [site.url("/f")])
    assert (found["known"], len(found["candidates"])) == (False, 1)
    assert (await add(given, [{"url": site.url("/f")}]))["added"] == 1


async def test_a_check_writes_nothing(site: HostileServer, given: Runtime) -> None:
    await with_feed(given, site.serve("/f", rss(("T", "https://a.example/1"))))
    look = partial(rows, sql="select (select count(*) from polls), (select count(*) from entries), f.* from feeds f")
    before = await given.store.read(look)
    await check(given, [])
    assert await given.store.read(look) == before


FINDINGS = {
    "not there": ({"status": 404}, "problem", "http_4xx: the server answered 404"),
    "gone": ({"status": 410}, "problem", "gone: its server answers 410"),
    "down": ({"status": 503}, "problem", "http_5xx: the server answered 503"),
    "asking for peace": ({"status": 429, "headers": {"Retry-After": "9"}}, "note", "asked to be left alone until "),
    "a page": ({"body": b"<html><body>Hello", "headers": HTML}, "problem", "answers with a web page"),
    "broken": ({"body": feed()[:-30]}, "note", "its document is broken"),
    "empty": ({"body": rss()}, "note", "it lists nothing"),
    "without dates": ({"body": rss(("T", "https://a.example/"))}, "note", "its entries have no dates"),
    "asleep": ({"body": feed(newest=utc_now() - timedelta(days=40))}, "note", "nothing new for 40 days"),
}


@pytest.mark.parametrize(("answer", "level", "words"), FINDINGS.values(), ids=FINDINGS)
async def test_a_check_finds(
    answer: dict[str, Any], level: str, words: str, site: HostileServer, given: Runtime
) -> None:
    [row] = await check(given, [site.serve("/f", **answer)])
    assert row["level"] == level
    assert any(remark["text"].startswith(words) for remark in row["remarks"]), row["remarks"]


async def test_a_check_tells_where_a_feed_has_moved(site: HostileServer, given: Runtime) -> None:
    site.serve("/old", status=308, headers={"Location": site.serve("/new", feed(newest=utc_now()))})
    await with_feed(given, site.url("/old"))
    [row] = await check(given, [])
    assert (row["moved_to"], row["level"]) == (site.url("/new"), "note")


async def test_feeds_that_are_filled_anew_between_two_polls_are_noted(site: HostileServer, given: Runtime) -> None:
    body = feed(entries=20, newest=utc_now(), every_h=1 / 60)
    await with_feed(given, site.serve("/f", body), interval_s=7200)
    [row] = await check(given, [])
    assert [remark["text"] for remark in row["remarks"]] == [
        "its document is filled anew in 20 min and polled every 120 min"
    ]


async def test_a_list_is_added_in_one_transaction_or_not_at_all(
    given: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = feeds.add

    def failing(*args: Any, **named: Any) -> Any:
        if "c.example" in args[1]:
            raise RuntimeError("the disk is on fire")
        return whole(*args, **named)

    monkeypatch.setattr(feeds, "add", failing)
    with pytest.raises(RuntimeError):
        await add(given, [{"url": f"https://{name}.example/f"} for name in "abc"])
    assert await given.store.read(feeds.listing) == []


async def test_a_feed_is_known_under_the_address_it_had_before_it_moved(given: Runtime) -> None:
    await with_feed(given, "https://new.example/f")
    sql = "insert into feed_addresses (feed_id, canonical_url, url, until, why) values (1, :url, :url, '', 'moved')"
    await given.store.write(lambda db: db.execute(sql, {"url": "https://old.example/f"}))
    [found] = await search(given, ["old.example/f"])
    assert found["known"]


async def test_a_check_ends_when_the_daemon_stops(site: HostileServer, given: Runtime) -> None:
    stopped = replace(given, tools=replace(given.tools, stopping=lambda: bool(site.requests)))
    urls = [site.serve(f"/{n}", feed(newest=utc_now())) for n in range(3)]
    with pytest.raises(MonitorError, match="the daemon stops; ask again when it runs"):
        await check(stopped, urls)
    assert len(site.requests) == 1


async def test_the_list_shows_the_hold_of_a_feed_or_of_its_queue_whichever_is_longer(given: Runtime) -> None:
    await with_feed(given, "https://www.gazette.example/f", hold_until="2026-11-22T10:00:00.000Z")
    assert [row["held_until"] for row in await given.store.read(feeds.listing)] == ["2026-11-22T10:00:00.000Z"]
    sql = "insert into hosts (host, queue, feeds_hold_until, crawl_delay_s) values (?, 'gazette.example', ?, 30)"
    for host, until in (("www", "2026-11-22T09:00:00.000Z"), ("other", "2026-11-22T11:00:00.000Z")):
        await given.store.write(lambda db, row=(f"{host}.gazette.example", until): db.execute(sql, row))
    [row] = await given.store.read(feeds.listing)
    assert (row["hold_until"], row["held_until"]) == ("2026-11-22T10:00:00.000Z", "2026-11-22T11:00:00.000Z")
    assert row["crawl_delay_s"] == 30


async def test_a_feed_is_removed_by_the_address_it_was_added_by(given: Runtime) -> None:
    await add(given, [{"url": "gazette.example/f"}])
    assert await feeds_remove(given, {"url": "gazette.example/f"}) == {"removed": 1}
    assert await given.store.read(feeds.listing) == []
