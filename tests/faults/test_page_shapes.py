"""Twelve shapes of pages that are not the article: none of their text is kept, the feed's own words are."""

from collections.abc import AsyncIterator
from pathlib import Path
from pipes import tools

import pytest
from faults.hostile import HostileServer

from monitor.dispatch import Tools, run_batch
from monitor.extract import read_page
from monitor.identity import host_key
from monitor.model import BATCH_VERSION, Batch, BatchItem, PageRead, Reason, RobotsRules, TextState

PAGES = Path(__file__).parents[1] / "data" / "pages"
HTML = {"Content-Type": "text/html; charset=utf-8"}
SUMMARY = "Norvik lets a program answer its customers from spring on, and the advisers are to leave by then."
SHAPES = {
    "consent_wall/broadcaster-en-yes-no": TextState.BLOCKED,
    "consent_wall/pur-abo-de": TextState.BLOCKED,
    "consent_wall/search-engine-en": TextState.BLOCKED,
    "login_page/sign-in-en": TextState.BLOCKED,
    "login_page/connexion-fr": TextState.BLOCKED,
    "challenge_page/just-a-moment": TextState.BLOCKED,
    "challenge_page/press-and-hold": TextState.BLOCKED,
    "paywall/lead-and-barrier-en": TextState.PAYWALLED,
    "paywall/plus-artikel-de": TextState.PAYWALLED,
    "empty_shell/next-loading": TextState.SUMMARY,
    "empty_shell/enable-javascript": TextState.SUMMARY,
    "extract_empty/page-not-found-en": TextState.SUMMARY,
}


@pytest.fixture
async def given() -> AsyncIterator[Tools]:
    async with tools() as opened:
        yield opened


def batch(url: str) -> Batch:
    item = BatchItem(1, url, "Norvik drops advisers", SUMMARY)
    return Batch(BATCH_VERSION, host_key(url), "token", 30.0, 0.0, RobotsRules("allow_all"), (item,))


async def test_no_text_of_a_page_that_is_not_the_article_is_kept(site: HostileServer, given: Tools) -> None:
    for shape, state in SHAPES.items():
        url = site.serve(f"/{shape}", (PAGES / f"{shape}.html").read_bytes(), HTML)
        [page] = (await run_batch(batch(url), given)).results
        assert isinstance(page, PageRead), shape
        assert (page.article.text, page.article.text_state) == (SUMMARY, state), shape
        assert page.reason is Reason(shape.partition("/")[0])


async def test_control_read_as_if_they_were_articles_most_of_them_would_be_kept() -> None:
    read = {
        shape: read_page((PAGES / f"{shape}.html").read_bytes(), "text/html", "https://news.example/1")[0].text
        for shape in SHAPES
    }
    assert sum(len(text) > len(SUMMARY) for text in read.values()) >= len(SHAPES) / 2
