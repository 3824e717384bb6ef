"""RELIABILITY.md F1, F2, A1, P10: hostile feeds and pages end within their limits, tell nothing, hurt no neighbour."""

import asyncio
import multiprocessing
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import bare_parsers
import documents
import pytest
from faults.hostile import HostileServer
from hostile_feeds import FEEDS, READ, Hostile
from hostile_pages import PAGES

from monitor.errors import ParseError
from monitor.extract import extract
from monitor.poll import parse_feed
from monitor.poll.charset import feed_text
from monitor.poll.trim import layout_of
from monitor.sandbox import FEED, LIMITS, PAGE, Kind, Limits, Sandbox

MiB = 1 << 20
URL = "https://news.example/x"
CANARY = "canary-4711"
NEIGHBOURS = 5
AT_ONCE = 2  # hostile documents, each with its neighbours: there are as many processors
TIGHT = {"feed": Limits(cpu_s=2, wall_s=60.0, memory_bytes=512 * MiB, recycle_bytes=200 * MiB),
         "page": Limits(cpu_s=2, wall_s=60.0, memory_bytes=768 * MiB, recycle_bytes=400 * MiB)}  # fmt: skip
GOOD_FEED = documents.rss(documents.item()).encode()
GOOD_PAGE = documents.page().encode()


def test_the_limits_are_those_that_are_promised() -> None:
    """P10: at most one worker, 20 s of CPU and 768 MiB for a document; pages 10 s."""
    assert (FEED.cpu_s, PAGE.cpu_s) == (20, 10)
    assert (FEED.wall_s, PAGE.wall_s) == (60.0, 15.0)
    assert max(FEED.memory_bytes, PAGE.memory_bytes) == 768 * MiB
    assert LIMITS == {"feed": FEED, "page": PAGE}


# --- the two corpora -----------------------------------------------------------------------------------------


async def beside(box: Sandbox, kind: Kind, function: Callable[..., Any], case: Hostile, good: bytes) -> tuple[str, int]:
    """Give how a hostile document ended, and how many of the five submitted with it were read."""
    body = await asyncio.to_thread(case.make)
    tasks = [box.run(kind, function, body, case.content_type, URL)]
    tasks += [box.run(kind, function, good, None, URL) for _ in range(NEIGHBOURS)]
    async with asyncio.timeout(3 * (LIMITS[kind].wall_s + LIMITS[kind].start_s)):
        culprit, *neighbours = await asyncio.gather(*tasks, return_exceptions=True)
    return end_of(culprit), sum(end_of(neighbour) == READ for neighbour in neighbours)


def end_of(ended: object) -> str:
    """Give the word for an end: read, one of our reasons, or whatever it was that must not be."""
    if isinstance(ended, ParseError):
        return ended.reason
    return repr(ended) if isinstance(ended, BaseException) else READ


async def ends(kind: Kind, function: Callable[..., Any], corpus: Mapping[str, Hostile], good: bytes) -> Any:
    """Give for each document how it ended and how many of its neighbours were read."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(case: Hostile) -> tuple[str, int]:
        async with turn:
            return await beside(box, kind, function, case, good)

    async with Sandbox(AT_ONCE + 1) as box:
        return dict(zip(corpus, await asyncio.gather(*map(one, corpus.values())), strict=True))


CORPORA: dict[str, tuple[Kind, Callable[..., Any], Mapping[str, Hostile], bytes]] = {
    "hostile feeds": ("feed", parse_feed, FEEDS, GOOD_FEED),
    "hostile pages": ("page", extract, PAGES, GOOD_PAGE),
}


@pytest.mark.parametrize("name", CORPORA)
async def test_each_ends_by_its_name_and_the_five_submitted_with_it_are_read(
    name: str, counted: Callable[[str, int], None]
) -> None:
    """With the limits as they are shipped."""
    kind, function, corpus, good = CORPORA[name]
    ended = await ends(kind, function, corpus, good)
    lost = sum(NEIGHBOURS - read for _, read in ended.values())
    counted(name, len(ended))
    counted("neighbours lost", lost)
    assert {name: end for name, (end, _) in ended.items() if end not in corpus[name].ends} == {}
    assert lost == 0


async def test_fifty_thousand_entries_are_read_within_the_cpu_time_of_a_feed() -> None:
    """F6; by the clock it depends on who else is busy."""
    alone = {"feed": replace(FEED, wall_s=600.0)}
    async with Sandbox(1, limits=alone) as box:
        feed = await box.run("feed", parse_feed, FEEDS["fifty thousand entries"].make(), None, URL)
    assert (len(feed.entries), feed.partial) == (50_000, False)


def test_there_are_as_many_as_promised_and_the_gate_would_let_each_in() -> None:
    assert (len(FEEDS) >= 33, len(PAGES) >= 26) == (True, True)
    assert [name for name, case in FEEDS.items() if len(case.make()) > 10 * MiB] == []
    assert [name for name, case in PAGES.items() if len(case.make()) > 5 * MiB + 4096] == []


# --- the control ---------------------------------------------------------------------------------------------

BOMBS: dict[str, tuple[Kind, Callable[..., Any], Callable[..., Any], bytes, bytes]] = {
    "feed": ("feed", parse_feed, bare_parsers.feed_title, FEEDS["an author that takes minutes"].make(), GOOD_FEED),
    "page": ("page", extract, bare_parsers.page_text, documents.tag_flood(59_000).encode(), GOOD_PAGE),
}
PATIENCE_S = 8.0  # four times what the tight limits give a document
LONGEST_S = 120.0  # on whatever machine


async def read_in_time(tasks: list[Any], patience_s: float) -> int:
    """Give how many of the neighbours, which come after the culprit, are read while anybody waits for them."""
    _, *neighbours = [asyncio.ensure_future(task) for task in tasks]
    done, waiting = await asyncio.wait(neighbours, timeout=patience_s)
    for task in waiting:
        task.cancel()
    return sum(task.exception() is None for task in done)


@pytest.mark.parametrize("bomb", BOMBS)
async def test_one_process_is_enough_for_the_neighbours_of_a_bomb(bomb: str) -> None:
    kind, function, _, body, good = BOMBS[bomb]
    async with Sandbox(1, limits=TIGHT) as box:
        assert await box.run(kind, function, good, None, URL)  # it is up
        bodies = [body, *[good] * NEIGHBOURS]
        tasks = [box.run(kind, function, one, None, URL) for one in bodies]
        assert await read_in_time(tasks, LONGEST_S) == NEIGHBOURS


@pytest.mark.parametrize("bomb", BOMBS)
async def test_the_standard_pool_keeps_them_waiting_for_minutes(bomb: str) -> None:
    """The control: the same bytes, the same number of processes, the bare parser, no limits."""
    _, _, bare, body, good = BOMBS[bomb]
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    loop = asyncio.get_running_loop()
    try:
        assert await loop.run_in_executor(pool, bare, good)  # it is up, and reads
        bodies = [body, *[good] * NEIGHBOURS]
        # Shielded: a future that was cancelled makes the pool's own thread raise once its process is killed.
        tasks = [asyncio.shield(loop.run_in_executor(pool, bare, one)) for one in bodies]
        assert await read_in_time(tasks, PATIENCE_S) < NEIGHBOURS
    finally:
        for process in (pool._processes or {}).values():
            process.kill()
        pool.shutdown(cancel_futures=True)


async def turns_while(task: asyncio.Future[Any]) -> int:
    """Give how often the event loop came round, a hundredth of a second apart, until a task was done."""
    turns = 0
    while not task.done():
        await asyncio.sleep(0.01)
        turns += 1
    return turns


async def test_the_event_loop_goes_round_while_a_document_is_parsed() -> None:
    body = documents.author_bomb(20_000).encode()
    async with Sandbox(1) as box:
        await box.run("feed", parse_feed, GOOD_FEED, None, URL)
        assert await turns_while(asyncio.ensure_future(box.run("feed", parse_feed, body, None, URL))) > 10


async def test_in_the_loop_s_own_process_it_stands_still() -> None:
    """The control."""

    async def in_the_loop() -> None:
        parse_feed(documents.author_bomb(20_000).encode(), None, URL)

    assert await turns_while(asyncio.ensure_future(in_the_loop())) <= 1


# --- what stands before the parser -----------------------------------------------------------------------------


async def test_finding_the_entries_of_any_of_them_takes_linear_time() -> None:
    """The kernel ends what takes longer than two seconds; a quadratic reader would take minutes for some of these."""
    async with Sandbox(2, limits=TIGHT) as box:
        await box.run("feed", layout_of, b"", URL)
        for case in FEEDS.values():
            whole = await box.run("feed", feed_text, case.make()[: 4 * MiB], None)
            await box.run("feed", layout_of, whole.text.encode("utf-8", "replace"), URL)


# --- files and the network -----------------------------------------------------------------------------------

SHAPES = {
    "an entity": documents.external_entity,
    "a DTD": documents.external_dtd,
    "a parameter entity": documents.parameter_entity,
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("scheme", ["file://", ""])
def test_no_document_brings_a_file_into_the_text(shape: Callable[[str], str], scheme: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY, encoding="utf-8")
    feed = parse_feed(shape(f"{scheme}{canary}").encode(), None, URL)
    assert feed.entries
    assert CANARY not in repr(feed)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_no_document_makes_a_parser_connect(shape: Callable[[str], str], site: HostileServer) -> None:
    site.serve("/canary", CANARY.encode(), {})
    feed = await asyncio.to_thread(parse_feed, shape(site.url("/canary")).encode(), None, URL)
    assert (site.accepts, CANARY in repr(feed)) == (0, False)


def test_a_parser_that_is_told_to_does_bring_the_file(tmp_path: Path) -> None:
    """The control: the canary can be found."""
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY, encoding="utf-8")
    assert CANARY in bare_parsers.xml_text(documents.external_entity(f"file://{canary}").encode())


def test_no_line_of_ours_tells_a_parser_to() -> None:
    """What lxml and expat would have to be told to read files, load DTDs or give up their own bounds."""
    told = re.compile(
        r"resolve_entities|load_dtd|no_network|huge_tree|dtd_validation|ExternalEntityRefHandler|XMLParser\("
    )
    sources = (Path(__file__).parent.parent.parent / "monitor").rglob("*.py")
    assert [path.name for path in sources if told.search(path.read_text(encoding="utf-8"))] == []


def test_a_body_that_is_a_files_name_is_not_opened(tmp_path: Path) -> None:
    canary = tmp_path / "canary.xml"
    canary.write_text(documents.rss(title=CANARY), encoding="utf-8")
    with pytest.raises(ParseError) as refused:
        parse_feed(str(canary).encode(), None, URL)
    assert CANARY not in str(refused.value)


def test_an_entity_bomb_is_not_expanded() -> None:
    assert len(repr(parse_feed(documents.entity_bomb().encode(), None, URL))) < 100_000
