"""The gate as its callers see it: documents, unchanged documents, and refusals."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from faults.gates import QUICK, ask, fetched, network, refused
from faults.hostile import OK, HostileServer, raw

from monitor.fetch import FEED, PAGE, Fetched, Gate, NotModified, parse_retry_after, user_agent
from monitor.fetch.headers import conditions, max_age_of
from monitor.model import Reason, Validators
from monitor.settings import NetworkSettings

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LOOPBACK = "127.0.0.0/8:*"


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with Gate(network(LOOPBACK), clock=lambda: NOW) as opened:
        yield opened


# --- documents ---------------------------------------------------------------------------------------------


async def test_a_document_comes_with_what_its_header_says(site: HostileServer, gate: Gate) -> None:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "max-age=600"}
    url = site.serve("/a", b"<p>hello", headers, etag='W/"1"', last_modified="yesterday")

    assert await gate.get(url, limits=PAGE, accept="text/html") == Fetched(
        url=url,
        status=200,
        body=b"<p>hello",
        content_type="text/html; charset=utf-8",
        validators=Validators('W/"1"', "yesterday"),
        max_age_s=600.0,
    )


async def test_a_request_says_who_asks_and_for_what(site: HostileServer) -> None:
    settings = NetworkSettings(allow_private=(LOOPBACK,), contact="https://monitor.example/about")
    async with Gate(settings) as gate:
        await gate.get(site.serve("/a"), limits=FEED, accept="application/atom+xml")

    sent = site.requests[0]
    assert sent.header("user-agent") == user_agent("https://monitor.example/about")
    assert sent.header("accept") == "application/atom+xml"
    assert sent.header("host") == f"127.0.0.1:{site.port}"


AGENTS = {
    "no contact": (None, "layoff-monitor/0.1.0"),
    "a page": ("https://monitor.example/", "layoff-monitor/0.1.0 (+https://monitor.example/)"),
    "blank": ("  ", "layoff-monitor/0.1.0"),
    "line breaks and letters no header may hold": ("a\r\nX: b\u00e9", "layoff-monitor/0.1.0 (+a X: b)"),
}


@pytest.mark.parametrize(("contact", "agent"), AGENTS.values(), ids=AGENTS)
def test_the_user_agent_names_product_version_and_contact(contact: str | None, agent: str) -> None:
    assert user_agent(contact) == agent


async def test_the_fragment_stays_at_home(site: HostileServer, gate: Gate) -> None:
    site.serve("/a")

    assert (await fetched(gate, site.url("/a?b=c#d"))).url == site.url("/a?b=c")
    assert site.requests[0].path == "/a?b=c"


async def test_the_host_that_was_checked_is_the_host_in_the_request(site: HostileServer) -> None:
    site.serve("/")
    async with Gate(network(LOOPBACK), resolver=lambda _: ["127.0.0.1"]) as gate:
        for name in ("News.Example", "m\u00fcnchen.example", "under_score.example", "xn--mnchen-3ya.example"):
            await ask(gate, site.url("/", name))

    assert [str(one.header("host")).partition(":")[0] for one in site.requests] == [
        "news.example",
        "xn--mnchen-3ya.example",
        "under_score.example",
        "xn--mnchen-3ya.example",
    ]


async def test_a_gate_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Gate(network(LOOPBACK)).get("http://127.0.0.1/", limits=QUICK, accept="*/*")


# --- has it changed? ---------------------------------------------------------------------------------------

VALIDATORS = {
    "both": Validators('"abc"', "Sun, 22 Nov 2026 08:00:00 GMT"),
    "weak": Validators('W/"abc"'),
    "unquoted": Validators("abc"),
    "empty quotes": Validators('""'),
    "quotes and commas inside": Validators('"a,\\"b c;'),
    "letters in UTF-8": Validators('"\u00e9"'.encode().decode("latin-1")),
    "a date in nobody's format": Validators(None, "Sunday 22. November 2026, 8 Uhr"),
}


@pytest.mark.parametrize("validators", VALIDATORS.values(), ids=VALIDATORS)
async def test_validators_go_back_as_they_came(validators: Validators, site: HostileServer, gate: Gate) -> None:
    url = site.serve("/feed", b"<rss/>", etag=validators.etag, last_modified=validators.last_modified)

    first = await fetched(gate, url)
    second = await gate.get(url, limits=FEED, accept="*/*", validators=first.validators)

    assert (first.validators, second) == (validators, NotModified(url))
    assert site.requests[1].header("if-none-match") == validators.etag
    assert site.requests[1].header("if-modified-since") == validators.last_modified


async def test_without_validators_a_request_is_unconditional(site: HostileServer, gate: Gate) -> None:
    await gate.get(site.serve("/feed", etag='"1"'), limits=FEED, accept="*/*", validators=Validators())

    assert site.requests[0].header("if-none-match") is site.requests[0].header("if-modified-since") is None


UNSENDABLE = {"bytes that are no UTF-8": '"\xe9"', "a line break": '"a"\r\nX: y', "a null": '"\0"'}


@pytest.mark.parametrize("etag", UNSENDABLE.values(), ids=UNSENDABLE)
def test_a_validator_that_cannot_be_sent_unchanged_is_not_sent(etag: str) -> None:
    assert conditions(Validators(etag)) == {}


async def test_a_304_nobody_asked_for_is_bad_http(site: HostileServer, gate: Gate) -> None:
    assert (await refused(gate, site.serve("/feed", status=304))).reason is Reason.BAD_HTTP


ENDINGS = ["</rss>", "</channel></RSS >\n", "</feed>", "</atom:feed>", "</rdf:RDF>", "</r:RDF>", "</html>", '"}]}\n']


@pytest.mark.parametrize("ending", ENDINGS)
async def test_an_unframed_document_that_ends_with_its_closing_tag_is_whole(
    ending: str, site: HostileServer, gate: Gate
) -> None:
    answer = b'HTTP/1.1 200 OK\r\nETag: "1"\r\n\r\n' + ending.encode()

    assert (await fetched(gate, site.behave("/feed", raw(answer)))).validators == Validators('"1"')


async def test_an_unframed_document_without_its_closing_tag_gives_no_validators(
    site: HostileServer, gate: Gate
) -> None:
    cut = site.behave("/cut", raw(OK + b'ETag: "1"\r\n\r\n<rss><channel><item>'))
    whole = site.behave("/whole", raw(OK + b'ETag: "1"\r\n\r\n<rss><channel/></rss>\n'))

    assert (await fetched(gate, cut)).validators == Validators()
    assert (await fetched(gate, whole)).validators == Validators('"1"')


EXPIRES, SENT = (b"Expires", b"Tue, 17 Nov 2026 10:00:00 GMT"), (b"Date", b"Tue, 17 Nov 2026 09:00:00 GMT")
FRESHNESS = {
    "max-age": ([(b"Cache-Control", b"public, max-age=3600")], 3600.0),
    "less its age": ([(b"Cache-Control", b"max-age=3600"), (b"Age", b"600")], 3000.0),
    "older than its max-age": ([(b"Cache-Control", b"max-age=60"), (b"Age", b"600")], 0.0),
    "quoted": ([(b"cache-control", b'MAX-AGE="60"')], 60.0),
    "not to be kept": ([(b"Cache-Control", b"no-cache, max-age=60")], 0.0),
    "on a second line": ([(b"Cache-Control", b"public"), (b"Cache-Control", b"max-age=5")], 5.0),
    "for shared caches only": ([(b"Cache-Control", b"s-maxage=60")], None),
    "negative": ([(b"Cache-Control", b"max-age=-1")], None),
    "in words": ([(b"Cache-Control", b"max-age=long")], None),
    "unsaid": ([], None),
    "until it expires": ([EXPIRES, SENT], 3600.0),
    "until it expires, less its age": ([EXPIRES, SENT, (b"Age", b"600")], 3000.0),
    "until it expires, whatever else it may do": ([EXPIRES, SENT, (b"Cache-Control", b"public")], 3600.0),
    "max-age before Expires": ([EXPIRES, SENT, (b"Cache-Control", b"max-age=60")], 60.0),
    "expired": ([(b"Expires", b"Tue, 17 Nov 2026 08:00:00 GMT"), SENT], 0.0),
    "expired as 0 says": ([(b"Expires", b"0"), SENT], 0.0),
    "expired in words": ([(b"Expires", b"never")], 0.0),
    "expires, but who knows when it was sent": ([EXPIRES], None),
    "expires in another zone": ([(b"Expires", b"Fri, 31 Dec 9999 23:59:59 -2359"), (b"Date", b"?")], None),
}


@pytest.mark.parametrize(("headers", "seconds"), FRESHNESS.values(), ids=FRESHNESS)
def test_freshness_is_read_from_cache_control_else_from_expires(
    headers: list[tuple[bytes, bytes]], seconds: float | None
) -> None:
    assert max_age_of(headers) == seconds


# --- refusals ----------------------------------------------------------------------------------------------

STATUSES = {
    400: (Reason.HTTP_4XX, None),
    401: (Reason.HTTP_4XX, None),
    403: (Reason.HTTP_4XX, None),
    404: (Reason.HTTP_4XX, None),
    410: (Reason.GONE, None),
    429: (Reason.RATE_LIMITED, None),
    451: (Reason.HTTP_4XX, None),
    500: (Reason.HTTP_5XX, None),
    503: (Reason.HTTP_5XX, None),
    599: (Reason.HTTP_5XX, None),
    206: (Reason.BAD_HTTP, None),
    300: (Reason.BAD_HTTP, None),
    999: (Reason.BAD_HTTP, None),
}


@pytest.mark.parametrize(("status", "expected"), STATUSES.items())
async def test_a_status_has_its_reason(
    status: int, expected: tuple[Reason, None], site: HostileServer, gate: Gate
) -> None:
    error = await refused(gate, site.serve("/a", b"sorry", status=status))

    assert (error.reason, error.retry_after_s, error.status) == (*expected, status)


LIMITED = {429: Reason.RATE_LIMITED, 503: Reason.RATE_LIMITED, 403: Reason.RATE_LIMITED, 500: Reason.HTTP_5XX}


@pytest.mark.parametrize(("status", "reason"), LIMITED.items())
async def test_what_retry_after_asks_is_passed_on(status: int, reason: Reason, site: HostileServer, gate: Gate) -> None:
    error = await refused(gate, site.serve("/a", status=status, headers={"Retry-After": "120"}))

    assert (error.reason, error.retry_after_s) == (reason, 120.0)


RETRY_AFTER = {
    "seconds": ("120", 120.0),
    "at once": ("0", 0.0),
    "white space": (" 30\t", 30.0),
    "a date": ("Sun, 22 Nov 2026 09:01:30 GMT", 90.0),
    "a date of the old form": ("Sunday, 22-Nov-26 09:01:30 GMT", 90.0),
    "a date of the oldest form": ("Sun Nov 22 09:01:30 2026", 90.0),
    "a past date": ("Sun, 22 Nov 2020 09:00:00 GMT", 0.0),
    "a date with another zone": ("Sun, 22 Nov 2026 10:01:30 +0100", 90.0),
    "the year 9999": ("Fri, 31 Dec 9999 23:59:59 GMT", 251_606_962_799.0),
    "more seconds than there are": ("9" * 400, 1e15),
    "negative": ("-5", None),
    "a fraction": ("1.5", None),
    "an exponent": ("1e3", None),
    "digits of another script": ("\u0661\u0662", None),
    "words": ("soon", None),
    "nothing": ("", None),
    "a day that does not exist": ("Sun, 31 Feb 2026 09:00:00 GMT", None),
    "a date without end": ("Sun, 22 Nov 99999999999 09:00:00 GMT", None),
}


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds
