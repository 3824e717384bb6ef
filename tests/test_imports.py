"""Articles that somebody has: what is taken, what is refused and why."""

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
