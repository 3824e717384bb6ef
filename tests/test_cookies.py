"""Cookies live as long as one chain of redirects, and only where a chain without them leads nowhere."""

from asyncio import StreamWriter
from datetime import UTC, datetime

import pytest
from faults.gates import ask, fetched, refused
from faults.hostile import Behaviour, HostileServer, Seen, framed, raw

from monitor.fetch import PAGE, Gate, Moved, fetch_robots
from monitor.fetch.cookies import MOST, Cookie, Jar, read_cookie
from monitor.model import Reason

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def set_cookie(*lines: str) -> list[tuple[bytes, bytes]]:
    return [(b"Set-Cookie", line.encode()) for line in lines]


# --- one field -------------------------------------------------------------------------------------------------

READ: dict[str, tuple[bytes, Cookie | None]] = {
    "name and value": (b"a=1", Cookie("a", "1")),
    "a value with an equals sign": (b"a=b=c; Path=/", Cookie("a", "b=c")),
    "quotes belong to the value": (b'a="1 2"', Cookie("a", '"1 2"')),
    "an empty value": (b"a=", Cookie("a", "")),
    "white space around": (b"  a\t=  1 ; path=/", Cookie("a", "1")),
    "attributes in any case": (b"a=1; SECURE; dOmAiN=.Press.Example", Cookie("a", "1", "press.example", secure=True)),
    "text beyond ASCII": ("a=\u00e9".encode(), Cookie("a", "\u00e9")),
    "no name": (b"=1", None),
    "no pair": (b"Secure", None),
    "bytes that are no text": (b"a=\xff", None),
    "a control character": (b"a=1\x01", None),
    "a line break": (b"a=1\nCookie: b=2", None),
    "no age left": (b"a=1; Max-Age=0", Cookie("a", "1", expired=True)),
    "less than no age": (b"a=1; Max-Age=-5", Cookie("a", "1", expired=True)),
    "some age, whatever the date says": (
        b"a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        Cookie("a", "1"),
    ),
    "a date gone by": (b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", Cookie("a", "1", expired=True)),
    "a date to come": (b"a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", Cookie("a", "1")),
    "a date without a zone": (b"a=1; Expires=Thu, 01 Jan 1970 00:00:00", Cookie("a", "1", expired=True)),
    "no date": (b"a=1; Expires=soon; Max-Age=long", Cookie("a", "1")),
}


@pytest.mark.parametrize(("line", "cookie"), READ.values(), ids=READ)
def test_a_field_sets_a_cookie_or_none(line: bytes, cookie: Cookie | None) -> None:
    assert read_cookie(line, NOW) == cookie


# --- the jar ---------------------------------------------------------------------------------------------------

WWW = "https://www.press.example/a"
SENT: dict[str, tuple[str, str, str]] = {
    "to the host that set it": ("c=1", WWW, "c=1"),
    "to any path there": ("c=1; Path=/deep", "https://www.press.example/", "c=1"),
    "to no other host": ("c=1", "https://other.example/", ""),
    "to no host above": ("c=1; Domain=press.example", "https://press.example/", ""),
    "to no host beside": ("c=1; Domain=press.example", "https://amp.press.example/", ""),
    "to the host itself, whatever wider Domain it names": ("c=1; Domain=.press.example", WWW, "c=1"),
    "to no other port": ("c=1", "https://www.press.example:8443/", ""),
    "in the open": ("c=1", "http://www.press.example/", "c=1"),
    "not in the open if it is secure": ("c=1; Secure", "http://www.press.example/", ""),
    "encrypted if it is secure": ("c=1; Secure", WWW, "c=1"),
    "not at all for a stranger's Domain": ("c=1; Domain=bank.example", WWW, ""),
    "not at all for a Domain that only ends alike": ("c=1; Domain=ress.example", WWW, ""),
}


@pytest.mark.parametrize(("line", "url", "sent"), SENT.values(), ids=SENT)
def test_a_cookie_is_sent(line: str, url: str, sent: str) -> None:
    jar = Jar()
    jar.keep(WWW, set_cookie(line), NOW)
    assert jar.sent_to(url) == sent


def test_a_secure_cookie_set_in_the_open_is_not_taken() -> None:
    jar = Jar()
    jar.keep("http://www.press.example/", set_cookie("c=1; Secure"), NOW)
    assert len(jar) == 0


def test_cookies_are_sent_in_the_order_of_their_coming_each_name_once_and_without_what_was_taken_back() -> None:
    jar = Jar()
    jar.keep(WWW, set_cookie("a=1", "b=2", "c=3"), NOW)
    jar.keep(WWW, set_cookie("b=; Max-Age=0", "a=4"), NOW)
    assert jar.sent_to(WWW) == "c=3; a=4"


FULL = {
    "fifty cookies": ([f"c{number}=1" for number in range(60)], MOST),
    "8 KiB": ([f"c{number}={'x' * 2040}" for number in range(9)], 4),
    "one that is too large alone": (["c=" + "x" * 9000, "d=1"], 1),
}


@pytest.mark.parametrize(("lines", "kept"), FULL.values(), ids=FULL)
def test_a_jar_is_full_at(lines: list[str], kept: int) -> None:
    jar = Jar()
    jar.keep(WWW, set_cookie(*lines), NOW)
    assert len(jar) == kept


# --- chains ----------------------------------------------------------------------------------------------------


def wall(cookie: str, to: str, page: bytes = b"the story", line: str | None = None) -> Behaviour:
    """Return a behaviour that gives its page to who sends the cookie, and sends all others elsewhere with it."""
    away = f"HTTP/1.1 302 Found\r\nSet-Cookie: {line or cookie}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()

    async def behaviour(seen: Seen, writer: StreamWriter) -> None:
        passed = cookie in (seen.header("cookie") or "")
        await raw(framed(page) if passed else away)(seen, writer)

    return behaviour


def cookies(site: HostileServer) -> list[str | None]:
    return [one.header("cookie") for one in site.requests]


async def test_a_page_that_sets_a_cookie_and_asks_again_is_read(site: HostileServer, gate: Gate) -> None:
    url = site.behave("/story", wall("seen=1", "/story"))

    assert (await fetched(gate, url)).body == b"the story"
    assert cookies(site) == [None, "seen=1"]


async def test_the_next_chain_begins_without_cookies(site: HostileServer, gate: Gate) -> None:
    url = site.behave("/story", wall("seen=1", "/story"))
    site.serve("/next")

    for path in ("/story", "/next", "/story"):
        await fetched(gate, site.url(path))

    assert (url, cookies(site)) == (site.url("/story"), [None, "seen=1", None, None, "seen=1"])


async def test_a_chain_that_arrives_without_cookies_sends_none(site: HostileServer, gate: Gate) -> None:
    site.behave("/a", wall("never", "/b", line="c=1"))
    site.serve("/b", b"here", {"Set-Cookie": "d=1"})

    assert (await fetched(gate, site.url("/a"))).body == b"here"
    assert cookies(site) == [None, None]


async def test_a_cookie_check_on_another_host_and_back_is_passed(
    site: HostileServer, other: HostileServer, gate: Gate
) -> None:
    site.behave("/story", wall("seen=1", other.url("/check")))
    other.redirect("/check", site.url("/story"))

    assert (await fetched(gate, site.url("/story"))).body == b"the story"
    assert cookies(other) == [None]


async def test_a_page_does_not_follow_a_cookie_check_to_another_host(
    site: HostileServer, other: HostileServer, gate: Gate
) -> None:
    site.behave("/story", wall("seen=1", other.url("/check")))

    answer = await gate.get(site.url("/story"), limits=PAGE, accept="*/*", stay_on_host=True)

    assert (answer, other.accepts, len(site.requests)) == (Moved(other.url("/check")), 0, 1)


async def test_a_wall_that_no_cookie_opens_is_a_redirect_loop_after_one_more_attempt(
    site: HostileServer, gate: Gate
) -> None:
    url = site.behave("/story", wall("never", "/story", line="seen=1"))

    error = await refused(gate, url)

    assert (error.reason, error.permanent) == (Reason.REDIRECT_LOOP, True)
    assert error.detail == "no document at the end of its redirects (1 followed, with cookies and without)"
    assert cookies(site) == [None, "seen=1"]


async def test_a_wall_with_another_cookie_each_time_ends_after_five_redirects(site: HostileServer, gate: Gate) -> None:
    async def ever_new(seen: Seen, writer: StreamWriter) -> None:
        line = b"Set-Cookie: n=%d" % len(site.requests)
        answer = b"HTTP/1.1 302 Found\r\n" + line + b"\r\nLocation: /story\r\nContent-Length: 0\r\n\r\n"
        await raw(answer)(seen, writer)

    assert await ask(gate, site.behave("/story", ever_new)) is Reason.REDIRECT_LOOP
    assert len(site.requests) == 1 + 6


async def test_a_loop_without_cookies_is_not_followed_again(site: HostileServer, gate: Gate) -> None:
    assert await ask(gate, site.redirect("/story", "/story")) is Reason.REDIRECT_LOOP
    assert len(site.requests) == 1


async def test_a_loop_through_a_host_that_asks_for_consent_is_a_consent_wall(
    site: HostileServer, everywhere: Gate
) -> None:
    url = site.redirect("/story", site.url("/ask", host="consent.press.example"))
    site.redirect("/ask", site.url("/story", host="www.press.example"))

    error = await refused(everywhere, url.replace("127.0.0.1", "www.press.example"))

    assert (error.reason, error.permanent) == (Reason.CONSENT_WALL, True)


async def test_a_robots_txt_behind_a_wall_that_never_opens_is_none(site: HostileServer, gate: Gate) -> None:
    site.behave("/robots.txt", wall("never", "/robots.txt", line="seen=1"))

    assert (await fetch_robots(gate, site.url("/story"), NOW)).state == "allow_all"


async def test_a_robots_txt_behind_a_host_that_asks_for_consent_is_none(site: HostileServer, everywhere: Gate) -> None:
    site.redirect("/robots.txt", site.url("/ask", host="consent.press.example"))
    site.redirect("/ask", site.url("/robots.txt", host="www.press.example"))

    assert (await fetch_robots(everywhere, site.url("/", host="www.press.example"), NOW)).state == "allow_all"


async def test_an_address_that_needs_cookies_has_not_moved_for_good(site: HostileServer, gate: Gate) -> None:
    async def moved(seen: Seen, writer: StreamWriter) -> None:
        passed = "seen=1" in (seen.header("cookie") or "")
        head = b"HTTP/1.1 301 Moved\r\nSet-Cookie: seen=1\r\nContent-Length: 0\r\nLocation: "
        await raw(head + (b"/end" if passed else b"/feed") + b"\r\n\r\n")(seen, writer)

    site.behave("/feed", moved)
    site.serve("/end", b"here")

    answer = await fetched(gate, site.url("/feed"))

    assert (answer.url, answer.permanent_url) == (site.url("/end"), None)
