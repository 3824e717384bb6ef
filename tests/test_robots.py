"""robots.txt by RFC 9309: what each answer of a site means, and what the rules say."""

import gzip
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from faults.hostile import Behaviour, HostileServer, drip, framed, raw, reset, silence

from monitor.errors import FetchError
from monitor.fetch import Gate, Limits, fetch_robots, judge_robots, user_agent
from monitor.model import Reason

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
RULES = b"User-agent: *\nDisallow: /private\n"
KIB = 1024


ANSWERS = {
    "rules": (framed(RULES), "rules"),
    "rules with a byte order mark": (framed(b"\xef\xbb\xbf" + RULES), "rules"),
    "rules in gzip": (framed(gzip.compress(RULES), b"Content-Encoding: gzip"), "rules"),
    "an empty file": (framed(b""), "rules"),
    "a web page": (framed(b"<!doctype html><title>Hello</title>"), "rules"),
    "bytes that are no text": (framed(bytes(range(256)) * 4), "rules"),
    "401": (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "allow_all"),
    "403": (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "allow_all"),
    "404": (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "allow_all"),
    "410": (b"HTTP/1.1 410 No\r\nContent-Length: 0\r\n\r\n", "allow_all"),
    "429": (b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", "unreachable"),
    "500": (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "unreachable"),
    "503 with Retry-After": (b"HTTP/1.1 503 No\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n", "unreachable"),
    "no HTTP": (b"SSH-2.0-Server\r\n", "unreachable"),
    "a body cut short": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser-agent", "unreachable"),
    "no answer": (b"", "unreachable"),
}


@pytest.mark.parametrize(("answer", "state"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_means_rules_or_freedom_or_neither(
    answer: bytes, state: str, site: HostileServer, gate: Gate
) -> None:
    site.behave("/robots.txt", raw(answer))

    rules = await fetch_robots(gate, site.url("/news/1"), NOW)

    assert (rules.state, rules.fetched_at) == (state, NOW)


async def test_a_broken_connection_is_unreachable(site: HostileServer, gate: Gate) -> None:
    site.behave("/robots.txt", reset)

    assert (await fetch_robots(gate, site.url("/news/1"), NOW)).state == "unreachable"


@pytest.mark.parametrize("behaviour", [silence, drip(b"HTTP/1.1 200 OK\r\n\r\n", b"#")], ids=["silent", "dripping"])
async def test_a_file_that_does_not_come_in_time_is_unreachable(
    behaviour: Behaviour, site: HostileServer, gate: Gate
) -> None:
    site.behave("/robots.txt", behaviour)

    rules = await fetch_robots(gate, site.url("/news/1"), NOW, Limits(max_bytes=500 * KIB, deadline_s=0.2, cut=True))

    assert rules.state == "unreachable"


async def test_a_host_that_is_not_there_is_unreachable(gate: Gate) -> None:
    async with HostileServer() as gone:
        url = gone.url("/news/1")

    assert (await fetch_robots(gate, url, NOW)).state == "unreachable"


async def test_the_text_arrives_without_its_byte_order_mark(site: HostileServer, gate: Gate) -> None:
    site.serve("/robots.txt", b"\xef\xbb\xbf" + RULES)

    assert (await fetch_robots(gate, site.url("/"), NOW)).text == RULES.decode()


async def test_of_a_long_file_the_first_500_kib_count(site: HostileServer, gate: Gate) -> None:
    site.serve("/robots.txt", RULES + b"#" * 1024 * KIB + b"\nDisallow: /late\n")

    rules = await fetch_robots(gate, site.url("/"), NOW)

    assert (rules.state, len(rules.text)) == ("rules", 500 * KIB)


async def test_an_endless_file_ends_at_500_kib(site: HostileServer, gate: Gate) -> None:
    site.behave("/robots.txt", drip(b"HTTP/1.1 200 OK\r\n\r\n" + RULES, b"#" * 65536, every_s=0))

    rules = await fetch_robots(gate, site.url("/"), NOW)

    assert len(rules.text) == 500 * KIB


@pytest.mark.parametrize(("hops", "state"), [(5, "rules"), (6, "allow_all")])
async def test_five_redirects_are_followed_and_more_mean_there_is_no_file(
    hops: int, state: str, site: HostileServer, gate: Gate
) -> None:
    site.redirect("/robots.txt", "/1")
    for hop in range(1, hops):
        site.redirect(f"/{hop}", f"/{hop + 1}")
    site.serve(f"/{hops}", RULES)

    assert (await fetch_robots(gate, site.url("/"), NOW)).state == state


async def test_a_redirect_to_another_host_is_followed(site: HostileServer, gate: Gate) -> None:
    async with HostileServer("127.0.0.2") as other:
        other.serve("/robots.txt", RULES)
        site.redirect("/robots.txt", other.url("/robots.txt"), 301)

        assert (await fetch_robots(gate, site.url("/"), NOW)).text == RULES.decode()


async def test_five_redirects_to_and_fro_between_hosts_are_followed_and_the_file_cut_all_the_same(
    site: HostileServer, gate: Gate
) -> None:
    async with HostileServer("127.0.0.2") as other:
        paths = ["/robots.txt", "/1", "/2", "/3", "/4", "/5"]
        for hop, (here, there) in enumerate(pairwise(paths)):
            giver, taker = (site, other) if hop % 2 == 0 else (other, site)
            giver.redirect(here, taker.url(there))
        other.serve("/5", RULES + b"#" * 1024 * KIB)

        rules = await fetch_robots(gate, site.url("/"), NOW)

    assert (rules.state, len(rules.text)) == ("rules", 500 * KIB)


PAGES = ["/", "/news/1?a=b#c", "/deep/er/page.html", "?q=1", ""]


@pytest.mark.parametrize("page", PAGES)
async def test_the_file_lies_at_the_root_of_the_page_s_scheme_host_and_port(
    page: str, site: HostileServer, gate: Gate
) -> None:
    await fetch_robots(gate, site.url(page), NOW)

    assert [one.path for one in site.requests] == ["/robots.txt"]


async def test_an_address_that_may_not_be_asked_is_refused_and_not_unreachable(gate: Gate) -> None:
    with pytest.raises(FetchError) as refused:
        await fetch_robots(gate, "http://10.0.0.1/", NOW)
    assert refused.value.reason is Reason.BLOCKED_ADDRESS


# --- judging -----------------------------------------------------------------------------------------------

AGENT = user_agent("https://monitor.example/about")
SITE = "https://news.example"

JUDGED = {
    "nothing said": ("", "/a", True),
    "all forbidden": ("User-agent: *\nDisallow: /", "/a", False),
    "an empty Disallow forbids nothing": ("User-agent: *\nDisallow:", "/a", True),
    "forbidden by prefix": ("User-agent: *\nDisallow: /a", "/abc", False),
    "the longer rule wins": ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
    "of equals Allow wins": ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    "a wildcard": ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
    "a wildcard with an end": ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
    "our own group": ("User-agent: *\nDisallow: /\nUser-agent: layoff-monitor\nAllow: /", "/a", True),
    "our own group in capitals": ("User-agent: Layoff-Monitor\nDisallow: /", "/a", False),
    "another's group": ("User-agent: otherbot\nDisallow: /", "/a", True),
    "a byte order mark": ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
    "carriage returns": ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
    "a web page": ("<html><body>User-agent</body></html>", "/a", True),
    "nulls": ("\0\0\0", "/a", True),
    "the root": ("User-agent: *\nDisallow: /a", "", True),
}


@pytest.mark.parametrize(("text", "path", "allowed"), JUDGED.values(), ids=JUDGED)
def test_a_rule_allows_or_forbids(text: str, path: str, *, allowed: bool) -> None:
    assert judge_robots(text, [SITE + path], AGENT).allowed == (allowed,)


def test_many_addresses_are_judged_in_their_order() -> None:
    urls = [f"{SITE}/a", f"{SITE}/private/b", f"{SITE}/c"]

    assert judge_robots(RULES.decode(), urls, AGENT).allowed == (True, False, True)


DELAYS = {
    "seconds": ("10", 10.0),
    "a fraction": ("0.5", 0.5),
    "a day": ("86400", 86400.0),
    "negative": ("-5", None),
    "zero": ("0", None),
    "not a number": ("nan", None),
    "infinite": ("inf", None),
    "words": ("slowly", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("value", "seconds"), DELAYS.values(), ids=DELAYS)
def test_a_crawl_delay_is_a_finite_number_above_zero(value: str, seconds: float | None) -> None:
    verdict = judge_robots(f"User-agent: *\nCrawl-delay: {value}\n", [], AGENT)

    assert verdict.crawl_delay_s == seconds


def test_without_a_crawl_delay_there_is_none() -> None:
    assert judge_robots(RULES.decode(), [], AGENT).crawl_delay_s is None


async def test_control_the_same_file_refused_by_size_where_it_may_not_be_cut(site: HostileServer, gate: Gate) -> None:

    site.serve("/robots.txt", RULES + b"#" * 1024 * KIB)

    with pytest.raises(FetchError):
        await gate.get(site.url("/robots.txt"), limits=Limits(max_bytes=500 * KIB, deadline_s=5), accept="*/*")
