"""Finding the feeds of a site: which are found, in which order, at what cost, and what hostile pages achieve."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from faults.hostile import HostileServer
from gazettes import HTML, NOW, declares, feed, page

from monitor.discover import MOST_REQUESTS, USUAL_PLACES, Eyes, Search, find, news_first
from monitor.errors import MonitorError
from monitor.fetch import Gate
from monitor.model import Reason
from monitor.poll import address_meant
from monitor.sandbox import Sandbox, SandboxClosedError

XML = {"Content-Type": "application/xml"}


@pytest.fixture
async def eyes(gate: Gate) -> AsyncIterator[Eyes]:
    async with Sandbox(1) as sandbox:
        yield Eyes(gate, sandbox, lambda: NOW, delay_s=0)


def news_sitemap(*titles: str) -> bytes:
    urls = "".join(
        f"<url><loc>https://gazette.example/{n}</loc><news:news><news:title>{title}</news:title>"
        f"<news:publication_date>2026-11-20T0{n}:00:00Z</news:publication_date></news:news></url>"
        for n, title in enumerate(titles)
    )
    ns = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    return f"<urlset {ns} xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{urls}</urlset>".encode()


def index(*addresses: str) -> bytes:
    parts = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{parts}</sitemapindex>".encode()


def found(search: Search) -> list[str]:
    return [candidate.url.partition("//")[2].partition("/")[2] for candidate in search.candidates]


# --- where feeds are found ---------------------------------------------------------------------------------


async def test_the_address_of_a_feed_is_the_feed_and_costs_one_request(site: HostileServer, eyes: Eyes) -> None:
    search = await find(site.serve("/news", feed()), eyes)
    [candidate] = search.candidates
    assert (candidate.url, candidate.where, candidate.dialect) == (site.url("/news"), "given", "RSS 2.0")
    assert len(site.requests) == 1


async def test_a_page_leads_to_the_feeds_it_declares_comments_last(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/comments/feed", feed("Comments on the Gazette"))
    site.serve("/a.atom", feed("A"))
    site.serve("/b.json", b'{"version": "https://jsonfeed.org/version/1.1", "title": "B", "items": [{"id": "1"}]}')
    links = (declares("/comments/feed"), declares("a.atom", kind="application/atom+xml"),
             declares("/b.json", kind="application/feed+json"))  # fmt: skip
    search = await find(site.serve("/", page(*links), HTML), eyes)
    assert found(search) == ["a.atom", "b.json", "comments/feed"]
    assert [one.dialect for one in search.candidates] == ["RSS 2.0", "JSON Feed", "RSS 2.0"]


async def test_links_that_look_like_feeds_are_tried_where_none_is_declared(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/service/rss", feed())
    linked = '<a href="/about">About</a> <a href="/service/rss">RSS</a> <a href="https://reader.example/rss">x</a>'
    search = await find(site.serve("/", page(linked), HTML), eyes)
    assert [(one.where, one.dialect) for one in search.candidates] == [("linked", "RSS 2.0")]


async def test_a_declared_feed_spares_the_site_all_guesses(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/a", feed())
    await find(site.serve("/", page(declares("/a"), '<a href="/rss">'), HTML), eyes)
    assert [request.path for request in site.requests] == ["/", "/a", "/robots.txt"]


async def test_a_feed_of_comments_alone_does_not_end_the_search_and_comes_last(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/talk", feed("Comments on the Gazette"))
    site.serve("/feed", feed())
    search = await find(site.serve("/", page(declares("/talk")), HTML), eyes)
    assert found(search) == ["feed", "talk"]


@pytest.mark.parametrize("path", USUAL_PLACES)
async def test_the_usual_places_are_the_last_resort(path: str, site: HostileServer, eyes: Eyes) -> None:
    site.serve(path, feed())
    search = await find(site.serve("/start", page(), HTML), eyes)
    assert (found(search), search.candidates[0].where) == ([path[1:]], "guessed")
    assert site.requests[-1].path == path


async def test_places_that_robots_txt_forbids_are_not_tried(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /feed\nDisallow: /rss\n")
    site.serve("/feed", feed())
    search = await find(site.serve("/", page('<a href="/rss">'), HTML), eyes)
    assert search.candidates == ()
    assert {request.path for request in site.requests} & {"/feed", "/feeds/", "/rss", "/rss.xml"} == set()


async def test_no_places_are_tried_where_robots_txt_cannot_be_had(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", status=503)
    await find(site.serve("/", page(), HTML), eyes)
    assert [request.path for request in site.requests] == ["/", "/robots.txt"]


async def test_the_news_sitemap_of_robots_txt_is_found_beside_the_feed(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/feed", feed())
    lines = (site.url("/pages.xml"), site.url("/news-map.xml"))
    site.serve("/robots.txt", "".join(f"sitemap: {line}\n" for line in lines).encode())
    site.serve("/news-map.xml", news_sitemap("Norvik Bank drops 320 jobs", "Second", "Third"), XML)
    search = await find(site.serve("/", page(declares("/feed")), HTML), eyes)
    assert [(one.where, one.dialect, one.feed.entries) for one in search.candidates] == [
        ("declared", "RSS 2.0", 3),
        ("sitemap", "news sitemap", 3),
    ]
    assert not site.asked("/pages.xml")


async def test_a_sitemap_index_leads_to_its_child_for_news_and_to_no_other(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", f"Sitemap: {site.url('/sitemap.xml')}\n".encode())
    site.serve("/sitemap.xml", index(site.url("/2019.xml"), site.url("/news/today.xml")), XML)
    site.serve("/news/today.xml", news_sitemap("One"), XML)
    search = await find(site.serve("/", page(), HTML), eyes)
    assert found(search) == ["news/today.xml"]
    assert not site.asked("/2019.xml")


async def test_a_packed_sitemap_is_unpacked(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", f"Sitemap: {site.url('/sitemap.xml.gz')}\n".encode())
    site.serve("/sitemap.xml.gz", gzip.compress(index(site.url("/news.xml.gz"))), {"Content-Type": "application/gzip"})
    site.serve("/news.xml.gz", gzip.compress(news_sitemap("One")), {"Content-Type": "application/gzip"})
    [candidate] = (await find(site.serve("/", page(), HTML), eyes)).candidates
    assert (candidate.url, candidate.dialect) == (site.url("/news.xml.gz"), "news sitemap")


async def test_sitemaps_that_robots_txt_forbids_are_not_asked_for(site: HostileServer, eyes: Eyes) -> None:
    lines = f"User-agent: *\nDisallow: /closed/\nSitemap: {site.url('/closed/news.xml')}\nSitemap: {site.url('/i.xml')}"
    site.serve("/robots.txt", lines.encode())
    site.serve("/i.xml", index(site.url("/closed/news2.xml")), XML)
    await find(site.serve("/", page(), HTML), eyes)
    assert len(site.asked("/i.xml")) == 1
    assert [request.path for request in site.requests if request.path.startswith("/closed/")] == []


async def test_all_that_is_asked_after_robots_txt_keeps_to_its_crawl_delay(
    site: HostileServer, gate: Gate, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: dict[str, float | None] = {}
    get = gate.get

    async def unhurried(url: str, *, delay_s: float | None = None, **wish: Any) -> Any:
        pauses[url.removeprefix(site.url(""))] = delay_s
        return await get(url, delay_s=0, **wish)

    monkeypatch.setattr(gate, "get", unhurried)
    lines = f"User-agent: *\nCrawl-delay: 7\nSitemap: {site.url('/news.xml')}\n"
    site.serve("/robots.txt", lines.encode())
    site.serve("/feed", feed())
    site.serve("/a", feed("A"))
    await find(site.serve("/", page(declares("/comments/feed")), HTML), eyes)
    assert (pauses["/"], pauses["/comments/feed"]) == (0, 0)
    assert (pauses["/feed"], pauses["/news.xml"]) == (7, 7)


async def test_where_robots_txt_asks_for_long_pauses_nothing_is_guessed(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", f"User-agent: *\nCrawl-delay: 300\nSitemap: {site.url('/news.xml')}\n".encode())
    search = await find(site.serve("/", page(), HTML), eyes)
    assert [request.path for request in site.requests] == ["/", "/robots.txt"]
    assert "its robots.txt asks for 300 s between requests" in str(search.fault)


async def test_a_feed_that_moved_for_good_is_found_at_its_new_address_only(
    site: HostileServer, other: HostileServer, eyes: Eyes
) -> None:
    other.serve("/new", feed())
    site.serve("/old", status=301, headers={"Location": other.url("/new")})
    site.serve("/loan", status=302, headers={"Location": other.url("/new")})
    assert [one.url for one in (await find(site.url("/old"), eyes)).candidates] == [other.url("/new")]
    assert [one.url for one in (await find(site.url("/loan"), eyes)).candidates] == [site.url("/loan")]


async def test_one_feed_under_two_addresses_is_one_candidate(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/a", feed())
    site.serve("/b", feed())
    search = await find(site.serve("/", page(declares("/a"), declares("/b"), declares("/a#x")), HTML), eyes)
    assert found(search) == ["a"]


async def test_an_empty_feed_comes_behind_one_with_entries(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/empty", feed("Empty", 0))
    site.serve("/full", feed("Full"))
    search = await find(site.serve("/", page(declares("/empty"), declares("/full")), HTML), eyes)
    assert found(search) == ["full", "empty"]


async def test_entries_that_are_feeds_themselves_are_not_followed(site: HostileServer, eyes: Eyes) -> None:
    """RELIABILITY.md F12."""
    items = f"<item><link>{site.url('/inner')}</link></item><item><link>{site.url('/')}</link></item>"
    site.serve("/", f"<rss version='2.0'><channel><title>Feeds</title>{items}</channel></rss>".encode())
    assert len((await find(site.url("/"), eyes)).candidates) == 1
    assert len(site.requests) == 1


async def test_a_link_to_another_host_is_not_judged_by_the_robots_txt_of_this_one(
    site: HostileServer, everywhere: Gate, eyes: Eyes
) -> None:
    feeds = f"http://feeds.gazette.example:{site.port}/rss"
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /rss\n")
    site.serve("/rss", feed())
    start = f"http://www.gazette.example:{site.port}/"
    site.serve("/", page('<a href="/rss">RSS</a>', f'<a href="{feeds}">RSS</a>'), HTML)
    search = await find(start, replace(eyes, gate=everywhere))
    assert [one.url for one in search.candidates] == [feeds]


class ClosedForPages(Sandbox):
    """A sandbox that is closed by the time a robots.txt is judged."""

    async def run(self, kind: Any, *task: Any) -> Any:
        if kind == "page":
            raise SandboxClosedError
        return await super().run(kind, *task)


async def test_a_search_that_a_stop_cuts_off_says_so(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", b"User-agent: *\n" + b"Disallow: /a\n" * 10_000)
    start = site.serve("/", page(), HTML)
    async with ClosedForPages(1) as closed:
        with pytest.raises(MonitorError, match="the daemon stops"):
            await find(start, replace(eyes, sandbox=closed))
    with pytest.raises(MonitorError, match="the daemon stops"):
        await find(start, replace(eyes, stopping=lambda: True))


# --- what is said of them ----------------------------------------------------------------------------------


async def test_a_candidate_tells_its_newest_entries_and_its_pace(site: HostileServer, eyes: Eyes) -> None:
    search = await find(site.serve("/feed", feed(entries=30)), eyes)
    [candidate] = search.candidates
    assert [entry.title for entry in candidate.feed.newest] == [f"The Gazette {n}" for n in range(5)]
    assert candidate.feed.per_day == pytest.approx(12)
    assert candidate.feed.span_s == pytest.approx(2.5 * 86400)


async def test_the_newest_entries_are_shown_wherever_they_stand(site: HostileServer, eyes: Eyes) -> None:
    parts = feed(entries=8).split(b"<item>")
    turned = b"<item>".join([parts[0], parts[-1].partition(b"</channel>")[0], *parts[-2:0:-1]]) + b"</channel></rss>"
    [candidate] = (await find(site.serve("/feed", turned), eyes)).candidates
    assert [entry.title for entry in candidate.feed.newest] == [f"The Gazette {n}" for n in range(5)]


# --- what cannot be had ------------------------------------------------------------------------------------

NOT_FOUND = {
    "nothing there": ({"status": 404}, Reason.HTTP_4XX),
    "gone": ({"status": 410}, Reason.GONE),
    "asked for peace": ({"status": 429, "headers": {"Retry-After": "60"}}, Reason.RATE_LIMITED),
    "a page without feeds": ({"body": b"<html><body>Hello", "headers": HTML}, Reason.NOT_A_FEED),
    "a broken feed": ({"body": b"<rss version='2.0'></rss>"}, Reason.NOT_A_FEED),
    "JSON that is none": ({"body": b'{"posts": []}'}, Reason.NOT_A_FEED),
    "nothing at all": ({"body": b""}, Reason.NOT_A_FEED),
}


@pytest.mark.parametrize(("answer", "reason"), NOT_FOUND.values(), ids=NOT_FOUND)
async def test_an_address_without_a_feed_is_named_with_its_reason(
    answer: dict[str, object], reason: Reason, site: HostileServer, eyes: Eyes
) -> None:
    search = await find(site.serve("/here", **answer), eyes)  # type: ignore[arg-type]  # a table of cases
    assert (search.candidates, getattr(search.fault, "reason", None)) == ((), reason)


async def test_a_private_address_is_not_connected_to(other: HostileServer, eyes: Eyes) -> None:
    search = await find(f"http://[::1]:{other.port}/feed", eyes)
    assert getattr(search.fault, "reason", None) is Reason.BLOCKED_ADDRESS
    assert other.accepts == 0


async def test_a_host_that_asks_for_peace_on_the_way_is_left_alone(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/a", feed())
    site.serve("/b", status=429, headers={"Retry-After": "60"})
    site.serve("/c", feed("C"))
    search = await find(site.serve("/", page(*map(declares, ("/a", "/b", "/c"))), HTML), eyes)
    assert found(search) == ["a"]
    assert getattr(search.fault, "reason", None) is Reason.RATE_LIMITED
    assert not site.asked("/c")


# --- hostile pages -----------------------------------------------------------------------------------------


async def test_a_page_with_a_hundred_thousand_feeds_costs_few_requests(site: HostileServer, eyes: Eyes) -> None:
    site.serve("*", page(), HTML)
    flood = page(*(declares(f"/f{n}") for n in range(50_000)), *(f'<a href="/rss/{n}">' for n in range(50_000)))
    search = await find(site.serve("/", flood, HTML), eyes)
    assert search.candidates == ()
    assert len(search.spare) == 20
    assert len(site.requests) <= MOST_REQUESTS + 2


async def test_a_robots_txt_with_a_hundred_thousand_sitemaps_costs_few_requests(
    site: HostileServer, eyes: Eyes
) -> None:
    site.serve("/robots.txt", b"".join(b"Sitemap: %s/news%d.xml\n" % (site.url("").encode(), n) for n in range(10_000)))
    site.serve("/feed", feed())
    await find(site.serve("/", page(declares("/feed")), HTML), eyes)
    assert len(site.requests) <= 6


async def test_an_index_that_lists_itself_ends(site: HostileServer, eyes: Eyes) -> None:
    site.serve("/robots.txt", f"Sitemap: {site.url('/news.xml')}".encode())
    site.serve("/news.xml", index(*[site.url("/news.xml")] * 50), XML)
    await find(site.serve("/", page(), HTML), eyes)
    assert len(site.asked("/news.xml")) == 1


# --- pure parts --------------------------------------------------------------------------------------------

MEANT = {
    "example.org": "https://example.org",
    " example.org/news#top ": "https://example.org/news",
    "http://example.org/": "http://example.org/",
    "feed:https://example.org/f": "https://example.org/f",
    "feed://example.org/f": "https://example.org/f",
    "feed://https://example.org/f": "https://example.org/f",
    "FTP://example.org/f": "FTP://example.org/f",
    "example.org:8080/f": "https://example.org:8080/f",
    "javascript:alert(1)": "javascript:alert(1)",
    " ": "",
}


@pytest.mark.parametrize(("text", "url"), MEANT.items())
def test_what_a_person_types_becomes_an_address(text: str, url: str) -> None:
    assert address_meant(text) == url


def test_sitemaps_of_news_come_first() -> None:
    maps = ["https://news.example/a.xml", "https://a.example/news.xml.gz", "https://a.example/News/s.xml"]
    assert news_first([*maps, maps[0]]) == [maps[1], maps[2], maps[0]]
