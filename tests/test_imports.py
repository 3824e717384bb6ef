"""Articles that somebody has: what is taken, what is refused and why."""

import re
from dataclasses import replace
from pathlib import Path
from pipes import article, runtime, settings
from typing import Any

import pytest
from faults.hostile import HostileServer

from monitor import imports
from monitor.store.rows import rows

HTML = {"Content-Type": "text/html; charset=utf-8"}
ITEM: dict[str, Any] = {
    "source": "a.txt",
    "sha256": "0" * 64,
    "title": "Norvik drops 320 advisers",
    "text": "Because of AI.",
}

REFUSED = {
    "no text at all": ({"title": "", "text": " \n "}, "holds no text"),
    "bytes that are no text": ({"text": "\ufffd" * 200}, "not text in UTF-8"),
    "a script for an address": ({"url": "javascript:alert(1)"}, "not an http or https address"),
    "a file for an address": ({"url": "file:///etc/passwd"}, "not an http or https address"),
    "a date that is none": ({"published_at": "last spring"}, "not a date or moment"),
}


@pytest.mark.parametrize(("change", "why"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_article_is_refused_with_its_reason(change: dict[str, Any], why: str, tmp_path: Path) -> None:
    async with runtime(settings(tmp_path / "m.db")) as given:
        answer = await imports.run(given, [ITEM | change, ITEM | {"title": "Halden drops 50"}], [])
    [refused] = answer["refused"]
    assert (answer["imported"], refused["source"]) == (1, "a.txt")
    assert why in refused["reason"]


@pytest.mark.parametrize("stated", ["0024-08-01", "0001-01-01T00:00:00+10:00", "2999-01-01"])
async def test_a_date_that_cannot_be_is_no_date(stated: str, tmp_path: Path) -> None:
    async with runtime(settings(tmp_path / "m.db")) as given:
        answer = await imports.run(given, [ITEM | {"published_at": stated}], [])
        kept = await given.store.read(lambda db: rows(db, "select published_at from articles_view"))
    assert answer["imported"] + len(answer["refused"]) == 1
    assert [row["published_at"] for row in kept] in ([None], [])


DATED = {
    "nothing says when": ({}, 1),
    "the day is told with it": ({"published_at": "2026-03-01"}, 0),
    "it tells of nothing": ({"title": "Harbour festival", "text": "The weather was fine."}, 0),
}


@pytest.mark.parametrize(("change", "undated"), DATED.values(), ids=DATED)
async def test_what_counts_as_announced_on_the_day_of_its_import_is_said_to(
    change: dict[str, Any], undated: int, tmp_path: Path
) -> None:
    async with runtime(settings(tmp_path / "m.db")) as given:
        answer = await imports.run(given, [ITEM | change], [])
    assert (answer["imported"], answer["undated"]) == (1, undated)


async def test_the_same_article_twice_is_a_duplicate(tmp_path: Path) -> None:
    async with runtime(settings(tmp_path / "m.db")) as given:
        assert (await imports.run(given, [ITEM], []))["imported"] == 1
        assert (await imports.run(given, [ITEM], []))["duplicate"] == 1


async def test_an_address_that_failed_is_tried_again_when_it_is_imported_again(tmp_path: Path) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        site.serve("/story", b"", status=404)
        [refused] = (await imports.run(given, [], [site.url("/story")]))["refused"]
        assert "http_4xx" in refused["reason"]
        site.serve("/story", article("Norvik drops 320 advisers"), HTML)
        assert (await imports.run(given, [], [site.url("/story")]))["imported"] == 1


NO_ARTICLE = {
    "a wall": (
        b"<title>Before you go on</title><h1>We value your privacy</h1><p>Accept all. Reject all.",
        HTML,
        "no article",
    ),
    "a shell that a program fills": (b"<div id=root></div><script src=a.js></script>", HTML, "no article"),
    "a document of another kind": (b"%PDF-1.4", {"Content-Type": "application/pdf"}, "unsupported_type: it is no web"),
    "a feed": (b"<rss version='2.0'><channel/></rss>", {"Content-Type": "application/rss+xml"}, "`feeds add`"),
}


@pytest.mark.parametrize(("body", "headers", "why"), NO_ARTICLE.values(), ids=NO_ARTICLE)
async def test_a_page_without_an_article_is_refused_and_not_stored(
    body: bytes, headers: dict[str, str], why: str, tmp_path: Path
) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as given:
        site.serve("/story", body, headers)
        answer = await imports.run(given, [], [site.url("/story")])
        kept = await given.store.read(lambda db: rows(db, "select id from articles where is_seed = 0"))
    assert (answer["imported"], kept) == (0, [])
    assert why in answer["refused"][0]["reason"]


async def test_a_refusal_names_its_address_once_and_where_redirects_led(tmp_path: Path) -> None:
    async with (
        HostileServer() as site,
        HostileServer("127.0.0.2") as other,
        runtime(settings(tmp_path / "m.db")) as given,
    ):
        site.redirect("/a", other.url("/b"))
        other.serve("/b", b"", status=503)
        answer = await imports.run(given, [], [site.url("/a"), site.url("/none")])
    away, here = (refused["reason"] for refused in answer["refused"])
    again = "it waits in the ledger and is tried again"
    assert away == f"http_5xx: the server answered 503, at {other.url('/b')}; {again}"
    assert here == "http_4xx: the server answered 404"


async def test_two_addresses_that_redirect_to_each_other_are_a_loop(tmp_path: Path) -> None:
    async with (
        HostileServer() as site,
        HostileServer("127.0.0.2") as other,
        runtime(settings(tmp_path / "m.db")) as given,
    ):
        site.redirect("/a", other.url("/b"))
        other.redirect("/b", site.url("/a"))
        [refused] = (await imports.run(given, [], [site.url("/a")]))["refused"]
    assert "redirect_loop" in refused["reason"]


async def test_addresses_of_one_host_cost_one_robots_txt_and_count_as_its_pages(
    site: HostileServer, tmp_path: Path
) -> None:
    urls = [site.serve(f"/{n}", article(f"Norvik drops {n} advisers"), HTML) for n in range(3)]
    async with runtime(settings(tmp_path / "m.db")) as given:
        assert (await imports.run(given, [], urls))["imported"] == 3
        [row] = await given.store.read(
            lambda db: rows(db, "select pages_count, robots_state from hosts where host <> ''")
        )
    assert len(site.asked("/robots.txt")) == 1
    assert row == {"pages_count": 3, "robots_state": "allow_all"}


async def test_a_host_that_asks_for_peace_is_asked_for_nothing_more(site: HostileServer, tmp_path: Path) -> None:
    site.serve("/1", status=429, headers={"Retry-After": "3600"})
    async with runtime(settings(tmp_path / "m.db")) as given:
        answer = await imports.run(given, [], [site.url("/1"), site.serve("/2", article("Norvik drops 2"), HTML)])
        waiting = await given.store.read(lambda db: rows(db, "select id from entries where outcome is null"))
    first, second = (refused["reason"] for refused in answer["refused"])
    assert "rate_limited" in first
    assert re.fullmatch(
        r"its host asked to be left alone until \S+Z; it waits in the ledger and is tried after that", second
    )
    assert (site.asked("/2"), len(waiting)) == ([], 2)


async def test_the_daily_pages_of_a_host_hold_for_imports(site: HostileServer, tmp_path: Path) -> None:
    urls = [site.serve(f"/{n}", article(f"Norvik drops {n} advisers"), HTML) for n in range(2)]
    async with runtime(settings(tmp_path / "m.db", host_daily_pages=1)) as given:
        answer = await imports.run(given, [], urls)
    assert (answer["imported"], len(site.asked("/1"))) == (1, 0)
    assert answer["refused"][0]["reason"].startswith("the 1 pages a day of its host are spent")


async def test_a_host_whose_robots_txt_could_not_be_had_rests(site: HostileServer, tmp_path: Path) -> None:
    site.serve("/robots.txt", status=503)
    urls = [site.serve(f"/{n}", article(f"Norvik drops {n} advisers"), HTML) for n in range(2)]
    async with runtime(settings(tmp_path / "m.db")) as given:
        first, second = (refused["reason"] for refused in (await imports.run(given, [], urls))["refused"])
    assert first.startswith("robots_unreachable")
    assert second.startswith("robots.txt of its host could not be had, so no page is asked for until ")
    assert len(site.asked("/robots.txt")) == 1


async def test_what_a_stop_left_untried_is_no_duplicate(site: HostileServer, tmp_path: Path) -> None:
    async with runtime(settings(tmp_path / "m.db")) as opened:
        given = replace(opened, tools=replace(opened.tools, stopping=lambda: True))
        answer = await imports.run(given, [], [site.url("/1")])
        [row] = await given.store.read(lambda db: rows(db, "select outcome, attempts from entries"))
    assert answer["refused"] == [{"source": site.url("/1"), "reason": "the daemon stops; it waits in the ledger"}]
    assert (answer["duplicate"], row["outcome"], site.requests) == (0, None, [])
