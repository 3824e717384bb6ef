"""RELIABILITY.md F1, F2, A1: hostile feeds and pages end within their limits, tell nothing, and hurt no neighbour.

The limits are a tenth of the shipped ones and the documents as much smaller, so that the tests are quick.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ParseError
from monitor.extract import extract
from monitor.model import Reason
from monitor.poll import parse_feed
from monitor.poll.charset import feed_text
from monitor.poll.trim import layout_of
from monitor.sandbox import Limits, Sandbox

sys.path.insert(0, str(Path(__file__).parent.parent))
import documents

MiB = 1 << 20
FEED = Limits(cpu_s=1, wall_s=2.0, memory_bytes=512 * MiB, recycle_bytes=200 * MiB)
PAGE = Limits(cpu_s=1, wall_s=2.0, memory_bytes=768 * MiB, recycle_bytes=400 * MiB)
URL = "https://news.example/x"
CANARY = "canary-4711"

FEEDS: dict[str, str] = {
    "entity bomb": documents.entity_bomb(),
    "quadratic entities": documents.quadratic_entities(),
    "author without end": documents.author_bomb(60_000),
    "comment flood": documents.comment_flood(40_000),
    "half a character": documents.surrogate_reference(),
    "odd codec": '<?xml version="1.0" encoding="punycode"?>' + documents.rss(documents.item()),
    "deep nesting": documents.nested_feed(20_000),
    "many entries": documents.rss(*(documents.item(n) for n in range(3_000))),
    "long title": documents.rss(documents.item(title="<b>" * 100_000)),
}
FLOODS: dict[str, str] = {
    "items without end": documents.rss("<item " * 40_000),
    "items that are not closed": documents.rss("<item>" * 40_000),
    "items closed only": documents.rss("</item>" * 40_000),
    "empty items": documents.rss("<item></item>" * 20_000),
    "comments": documents.rss("<!--" * 40_000),
    "closed comments": documents.rss("<item><!-- <item> --></item>" * 10_000),
    "CDATA": documents.rss("<item><![CDATA[" * 40_000),
    "closed CDATA": documents.rss("<item><x><![CDATA[</item>]]></x></item>" * 10_000),
    "attributes": documents.rss("<item " + " ".join(f'a{n}="1"' for n in range(40_000)) + "></item>"),
    "depth": documents.rss("<item>" + "<a>" * 40_000 + "</a>" * 40_000 + "</item>"),
    "namespaces": documents.rss("<item>" + "".join(f'<a xmlns:n{n}="urn:n"/>' for n in range(40_000)) + "</item>"),
    "namespaces of the head": documents.rss(head="".join(f'<a xmlns:n{n}="urn:n"/>' for n in range(40_000))),
    "entities": documents.entity_bomb(),
    "one long name": documents.rss(f"<{'a' * 1_000_000}/>" + documents.item()),
    "references": documents.rss(documents.item(title="X")).replace("X", "&#xD83D;&#" * 40_000),
    "blanks": " " * 2_000_000 + "<?xml " + " " * 2_000_000,
    "prologue": "<?a?><!-- b -->" * 40_000 + "<!-- ",
}
PAGES: dict[str, str] = {
    "attribute flood": documents.attribute_flood(40_000),
    "attributes behind a quoted end": documents.page(after='<a b=">" ' + "c=1 " * 40_000 + ">"),
    "tag flood": documents.tag_flood(200_000),
    "paragraphs below the bound": documents.tag_flood(20_000),
    "break flood": documents.break_flood(300_000),
    "breaks below the bound": documents.break_flood(59_000),
    "deep nesting": documents.nested_page(10_000, "word " * 2_000),
    "deep nesting of cells": documents.nested_page(10_000, "word " * 2_000, "table><tr><td"),
    "huge attribute": documents.huge_attribute(4 * MiB),
    "open comments": documents.page(after="<!--" * 100_000),
    "open scripts": documents.page(after="<script>" * 50_000),
    "angle brackets": documents.page(after="<" * 1_000_000),
    "ampersands": documents.page(after="&" * 1_000_000),
    "marks on a letter": documents.page(["a" + "\u0315\u0300" * 100_000]),
    "linked data without end": documents.page(head='<script type="application/ld+json">' + "[" * 100_000),
}
ENDS = {Reason.PARSE_TIMEOUT, Reason.PARSE_CRASHED, Reason.NOT_A_FEED, Reason.TOO_COMPLEX, Reason.TEXT_DROPPED,
        Reason.EXTRACT_TIMEOUT, Reason.EXTRACT_CRASHED, Reason.EXTRACT_EMPTY}  # fmt: skip


def sandbox() -> Sandbox:
    return Sandbox(2, limits={"feed": FEED, "page": PAGE})


@pytest.mark.parametrize("text", FEEDS.values(), ids=FEEDS)
async def test_a_hostile_feed_ends_in_time_and_its_neighbours_are_read(text: str) -> None:
    good = documents.rss(documents.item()).encode()
    async with sandbox() as box:
        await box.run("feed", parse_feed, good, None, URL)
        started = time.monotonic()
        bodies = [text.encode("utf-8", "surrogatepass"), *[good] * 5]
        ends = await asyncio.gather(
            *(box.run("feed", parse_feed, body, None, URL) for body in bodies), return_exceptions=True
        )
    assert time.monotonic() - started < 2 * FEED.wall_s
    assert not isinstance(ends[0], ParseError) or ends[0].reason in ENDS
    assert [len(end.entries) for end in ends[1:]] == [1] * 5  # type: ignore[union-attr]


async def test_finding_the_entries_of_a_document_takes_linear_time() -> None:
    """The kernel ends what takes longer than a second; a quadratic reader would take minutes for each of these."""
    async with sandbox() as box:
        await box.run("feed", layout_of, b"", URL)
        for text in FLOODS.values():
            whole = await box.run("feed", feed_text, text.encode(), None)
            await box.run("feed", layout_of, whole.encode(), URL)


@pytest.fixture(scope="module")
def good_page() -> bytes:
    return documents.page().encode()


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
def test_a_hostile_page_ends_in_time(text: str) -> None:
    """In this process: what ends here by itself needs no killing there."""
    started = time.process_time()
    assert end_of(text) in ENDS | {None}
    assert time.process_time() - started < 3


def end_of(text: str) -> Reason | None:
    try:
        extract(text.encode(), "text/html", URL)
    except ParseError as error:
        return error.reason
    return None


async def test_pages_beside_hostile_ones_are_read(good_page: bytes) -> None:
    async with sandbox() as box:
        await asyncio.gather(
            *(box.run("page", extract, good_page, None, URL) for _ in range(2)), return_exceptions=True
        )
        hostile = [text.encode() for text in PAGES.values()]
        ends = await asyncio.gather(
            *(box.run("page", extract, body, "text/html", URL) for pair in zip(hostile, [good_page] * 99, strict=False)
              for body in pair), return_exceptions=True,
        )  # fmt: skip
    assert [getattr(end, "title", end) for end in ends[1::2]] == ["Quillmark cuts roles"] * len(PAGES)


@pytest.mark.parametrize("shape", [documents.external_entity, documents.external_dtd, documents.parameter_entity])
@pytest.mark.parametrize("scheme", ["file://", ""])
def test_no_document_brings_a_file_into_the_text(shape: Any, scheme: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY, encoding="utf-8")
    feed = parse_feed(shape(f"{scheme}{canary}").encode(), None, URL)
    assert feed.entries
    assert CANARY not in repr(feed)


def test_a_body_that_is_a_files_name_is_not_opened(tmp_path: Path) -> None:
    canary = tmp_path / "canary.xml"
    canary.write_text(documents.rss(title=CANARY), encoding="utf-8")
    with pytest.raises(ParseError) as refused:
        parse_feed(str(canary).encode(), None, URL)
    assert CANARY not in str(refused.value)


def test_an_entity_bomb_is_not_expanded() -> None:
    assert len(repr(parse_feed(documents.entity_bomb().encode(), None, URL))) < 100_000
