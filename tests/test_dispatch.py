"""The seam: one batch of one host in, one result per item out, both plain JSON."""

from dataclasses import replace
from datetime import UTC, datetime
from pipes import WordJudge, article, tools

import pytest
from faults.hostile import HostileServer

from monitor.dispatch import batch_from_json, result_from_json, run_batch, to_json
from monitor.extract.gaps import own_words
from monitor.identity import host_key
from monitor.model import (
    BATCH_VERSION,
    Batch,
    BatchItem,
    BatchResult,
    Extracted,
    NotTried,
    PageFailed,
    PageMoved,
    PageRead,
    Reason,
    RobotsRules,
    TextState,
)

HTML = {"Content-Type": "text/html; charset=utf-8"}
WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def batch(*urls: str, **changes: object) -> Batch:
    items = tuple(BatchItem(number, url, f"Norvik drops {number}", "A summary.") for number, url in enumerate(urls, 1))
    host = host_key(urls[0]) if urls and urls[0] else ""
    return replace(Batch(BATCH_VERSION, host, "token", 30.0, 0.0, None, items), **changes)


def every_result() -> BatchResult:
    verdict = WordJudge().classify("Norvik drops advisers", "Text.", WHEN.date())
    read = PageRead(1, Extracted("T", "Text.", TextState.FULL, "en", WHEN), verdict, "http://a.example/", None)
    return BatchResult(
        BATCH_VERSION,
        "a.example",
        "token",
        (
            read,
            PageMoved(2, "http://b.example/"),
            PageFailed(3, Reason.TIMED_OUT, "too slow", retryable=True, retry_after_s=1.5),
            NotTried(4),
        ),
        RobotsRules("rules", "User-agent: *", WHEN),
        60.0,
    )


def test_a_batch_survives_the_journey_as_json() -> None:
    item = BatchItem(1, "http://a.example/x", "T", "S", "The Outlet", WHEN, 2)
    sent = Batch(BATCH_VERSION, "a.example", "token", 30.0, 5.0, RobotsRules("allow_all"), (item,))
    assert batch_from_json(to_json(sent)) == sent


def test_a_result_of_every_sort_survives_the_journey_as_json() -> None:
    assert result_from_json(to_json(every_result())) == every_result()


@pytest.mark.parametrize("read", [batch_from_json, result_from_json])
def test_another_version_is_refused_by_number(read: object) -> None:
    sent = to_json(batch("http://a.example/", version=99) if read is batch_from_json else every_result())
    body = sent.replace(b'"version":1,', b'"version":99,', 1)
    with pytest.raises(ValueError, match="version 99"):
        read(body)  # type: ignore[operator]  # one of two functions of one shape


async def test_a_page_is_read_judged_and_returned_with_the_host_s_robots() -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/story", article("Norvik drops 320 advisers"), HTML)
        site.serve("/robots.txt", b"User-agent: *\nDisallow: /private\n")
        result = await run_batch(batch(site.url("/story")), given)
    [page] = result.results
    assert isinstance(page, PageRead)
    assert (page.article.title, page.article.text_state, page.verdict.label) == (
        "Norvik drops 320 advisers",
        TextState.FULL,
        "cut",
    )
    assert result.robots is not None
    assert result.robots.state == "rules"


async def test_robots_that_came_with_the_batch_are_not_asked_for_again() -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/story", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/story"), robots=RobotsRules("allow_all")), given)
        assert site.asked("/robots.txt") == []
    assert result.robots is None


async def test_what_robots_txt_refuses_is_not_asked_for() -> None:
    rules = RobotsRules("rules", "User-agent: *\nDisallow: /private\n")
    async with HostileServer() as site, tools() as given:
        site.serve("/private/story", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/private/story"), robots=rules), given)
        assert site.asked("/private/story") == []
    assert result.results == (PageFailed(1, Reason.ROBOTS_DENIED, "refused by robots.txt", retryable=False),)


async def test_a_long_robots_txt_is_judged_in_the_sandbox_with_the_same_answer() -> None:
    rules = RobotsRules("rules", "User-agent: *\n" + "Disallow: /never/here\n" * 4000 + "Disallow: /private\n")
    async with HostileServer() as site, tools() as given:
        site.serve("/story", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/story"), site.url("/private/x"), robots=rules), given)
    assert isinstance(result.results[0], PageRead)
    assert isinstance(result.results[1], PageFailed)
    assert result.results[1].reason is Reason.ROBOTS_DENIED


async def test_without_an_answer_for_robots_txt_no_page_is_asked_for() -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/robots.txt", b"", status=503)
        site.serve("/story", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/story")), given)
        assert site.asked("/story") == []
    [page] = result.results
    assert isinstance(page, PageFailed)
    assert (page.reason, page.retryable) == (Reason.ROBOTS_UNREACHABLE, True)


async def test_a_redirect_to_another_host_ends_the_attempt() -> None:
    async with HostileServer() as site, HostileServer(host="127.0.0.2") as other, tools() as given:
        site.redirect("/story", other.url("/story"))
        result = await run_batch(batch(site.url("/story"), robots=RobotsRules("allow_all")), given)
        assert other.asked("/story") == []
    assert result.results == (PageMoved(1, other.url("/story")),)


async def test_a_429_holds_the_host_and_leaves_the_rest_of_the_batch_untried() -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/one", b"", {"Retry-After": "120"}, status=429)
        result = await run_batch(batch(site.url("/one"), site.url("/two"), robots=RobotsRules("allow_all")), given)
        assert site.asked("/two") == []
    assert result.hold_s == 120
    assert result.results[1] == NotTried(2)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        pytest.param(b"%PDF-1.7 not a page", "text/html", Reason.UNSUPPORTED_TYPE, id="a pdf called html"),
        pytest.param(b"<html><body></body></html>", "text/html", Reason.EXTRACT_EMPTY, id="an empty shell"),
        pytest.param(b"<div>" * 5000 + b"deep" * 300, "text/html", Reason.TOO_COMPLEX, id="nested too deep"),
    ],
)
async def test_a_page_without_a_text_keeps_the_feed_s_summary_and_says_why(
    body: bytes, content_type: str, reason: Reason
) -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/story", body, {"Content-Type": content_type})
        result = await run_batch(batch(site.url("/story"), robots=RobotsRules("allow_all")), given)
    [page] = result.results
    assert isinstance(page, PageRead)
    assert (page.article.text, page.article.text_state, page.reason) == ("A summary.", TextState.SUMMARY, reason)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        pytest.param(Reason.PAYWALL, TextState.PAYWALLED, id="a stub"),
        pytest.param(Reason.CONSENT_WALL, TextState.BLOCKED, id="a wall of consent"),
        pytest.param(Reason.CHALLENGE_PAGE, TextState.BLOCKED, id="a test"),
        pytest.param(Reason.LOGIN_PAGE, TextState.BLOCKED, id="a log-in"),
        pytest.param(Reason.EMPTY_SHELL, TextState.SUMMARY, id="a shell"),
        pytest.param(None, TextState.SUMMARY, id="no page asked for"),
    ],
)
def test_the_state_of_a_summary_says_why_there_is_no_more(reason: Reason | None, state: TextState) -> None:
    item = BatchItem(1, "https://a.example/b", "Norvik drops advisers", "A summary.")
    assert own_words(item, reason).text_state is state


def test_a_headline_is_a_headline_whatever_stood_before_its_story() -> None:
    item = BatchItem(1, "https://a.example/b", "Norvik drops advisers", "Norvik drops advisers")
    assert own_words(item, Reason.PAYWALL).text_state is TextState.HEADLINE_ONLY


async def test_a_stub_is_named_and_its_lead_is_not_stored() -> None:
    stub = article("Norvik drops advisers", "The bank met on Monday. " * 8).replace(
        b"</article>", b"</article><p>Subscribe to continue reading</p><p>Already a subscriber? Sign in</p>"
    )
    async with HostileServer() as site, tools() as given:
        site.serve("/story", stub, HTML)
        result = await run_batch(batch(site.url("/story"), robots=RobotsRules("allow_all")), given)
    [page] = result.results
    assert isinstance(page, PageRead)
    assert (page.article.text, page.article.text_state, page.reason) == (
        "A summary.",
        TextState.PAYWALLED,
        Reason.PAYWALL,
    )


@pytest.mark.parametrize(
    ("url", "state", "reason"),
    [
        pytest.param("", TextState.SUMMARY, None, id="an entry without an address"),
        pytest.param(
            "https://news.google.com/rss/articles/CBMiabc?oc=5",
            TextState.HEADLINE_ONLY,
            Reason.UNRESOLVED_AGGREGATOR,
            id="an opaque link",
        ),
    ],
)
async def test_what_cannot_be_fetched_is_judged_by_the_feed_s_own_words(
    url: str, state: TextState, reason: Reason | None
) -> None:
    async with tools() as given:
        result = await run_batch(batch(url), given)
    [page] = result.results
    assert isinstance(page, PageRead)
    assert (page.article.text_state, page.reason, page.verdict.label) == (state, reason, "cut")


async def test_a_judge_that_fails_costs_its_entry_only() -> None:
    poisoned = article("Norvik drops advisers", "poison " * 60)
    async with HostileServer() as site, tools() as given:
        site.serve("/bad", poisoned, HTML)
        site.serve("/good", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/bad"), site.url("/good"), robots=RobotsRules("allow_all")), given)
    assert isinstance(result.results[0], PageFailed)
    assert result.results[0].reason is Reason.CLASSIFY_FAILED
    assert isinstance(result.results[1], PageRead)


async def test_a_worker_told_to_stop_returns_the_rest_untried() -> None:
    async with HostileServer() as site, tools() as given:
        stopping = replace(given, stopping=lambda: bool(site.asked("/one")))
        site.serve("/one", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/one"), site.url("/two"), robots=RobotsRules("allow_all")), stopping)
    assert isinstance(result.results[0], PageRead)
    assert result.results[1] == NotTried(2)


async def test_a_redirect_on_the_host_to_a_refused_path_is_not_followed() -> None:
    rules = RobotsRules("rules", "User-agent: *\nDisallow: /private/\n")
    async with HostileServer() as site, tools() as given:
        site.redirect("/go", site.url("/private/story"))
        site.serve("/private/story", article("Norvik drops 320 advisers"), HTML)
        result = await run_batch(batch(site.url("/go"), robots=rules), given)
        assert site.asked("/private/story") == []
    [page] = result.results
    assert isinstance(page, PageFailed)
    assert (page.reason, page.retryable) == (Reason.ROBOTS_DENIED, False)


async def test_a_page_that_says_less_than_the_feed_keeps_the_feed_s_summary() -> None:
    summary = "The bank told its staff on Monday why it drops its advisers, and what is to become of them. " * 8
    async with HostileServer() as site, tools() as given:
        site.serve(
            "/teaser", article("Norvik drops advisers", "The rest of it is told in the printed paper of Tuesday."), HTML
        )
        sent = batch(site.url("/teaser"), robots=RobotsRules("allow_all"))
        sent = replace(sent, items=(replace(sent.items[0], summary=summary),))
        result = await run_batch(sent, given)
    [page] = result.results
    assert isinstance(page, PageRead)
    assert (page.article.text, page.article.text_state, page.reason) == (
        summary,
        TextState.SUMMARY,
        Reason.EXTRACT_EMPTY,
    )


@pytest.mark.parametrize("stated", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
async def test_an_impossible_date_of_a_page_is_no_date(stated: str) -> None:
    page = article("Norvik drops 320 advisers").replace(
        b"<head>", f'<head><meta property="article:published_time" content="{stated}">'.encode()
    )
    async with HostileServer() as site, tools() as given:
        site.serve("/story", page, HTML)
        result = await run_batch(batch(site.url("/story"), robots=RobotsRules("allow_all")), given)
    [read] = result.results
    assert isinstance(read, PageRead)
    assert (read.article.published_at, read.verdict.facts.announced_on) == (None, None)


async def test_an_address_that_may_not_be_connected_to_is_refused_for_good() -> None:
    async with tools() as given:
        [page] = (await run_batch(batch("http://10.0.0.1/story"), given)).results
    assert isinstance(page, PageFailed)
    assert (page.reason, page.retryable) == (Reason.BLOCKED_ADDRESS, False)
