"""What is read of an address, of an answer's head and of its body: targets of the fuzzer, with what each promises."""

import gzip
import math
import zlib
from collections.abc import Hashable
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlsplit

import brotli
from faults.mutants import Target, text_of

from monitor.errors import FetchError
from monitor.fetch import answers, cookies, decode, headers, robots
from monitor.fetch.places import place_of
from monitor.guard import Guard, read_target
from monitor.identity import (
    canonical_url,
    clean_text,
    crawl_trap,
    host_key,
    is_consent_address,
    is_opaque_aggregator,
    publisher_of,
    queue_key,
    tidy_text,
    utc_moment,
    web_address,
)
from monitor.model import Validators
from monitor.settings import NetworkSettings
from monitor.settings.addresses import address_fault, private_target

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANYWHERE = Guard.of(NetworkSettings(allow_private=("0.0.0.0/0:*", "[::]/0:*")))
MOST = 65_536  # bytes of a decoded body
BASE = "https://news.example/desk/"
PLAIN = b"<rss><channel><title>Desk</title></channel></rss>" * 3


def decoded(data: bytes) -> Hashable:
    """One line names the codings and the size of a piece; whatever the pieces, the same body comes out of them.

    But for brotli: what follows its end breaks the piece it arrives in, and is not looked at in the next one.
    """
    head, _, wire = data.partition(b"\n")
    names, _, size = text_of(head).rpartition(" ")
    step = int(size) if size.isascii() and size.isdigit() and 0 < int(size[:4]) < 5000 else 7
    whole, pieces = _body(names, [wire]), _body(names, [wire[at : at + step] for at in range(0, len(wire), step)])
    assert isinstance(whole, bytes) == isinstance(pieces, bytes) or "br" in names.lower()
    if isinstance(whole, bytes) and isinstance(pieces, bytes):
        assert whole == pieces
        assert len(whole) <= MOST
        return len(whole).bit_length()
    return str(whole)[:9]


def _body(names: str, pieces: list[bytes]) -> bytes | str:
    try:
        body = decode.Body(names.split(","), MOST)
        for piece in pieces:
            body.feed(piece)
            assert len(body.kept) <= MOST
        return body.finish()
    except decode.DecodeError as error:
        return error.reason.value


def head_read(data: bytes) -> Hashable:
    """Lines of a head, after one with the status: no field makes an error of its own or a value out of bounds."""
    first, *lines = data.split(b"\n")
    status = int(first[:3]) if first[:3].isdigit() else 200
    pairs = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines))
    answer = answers.Answer(BASE, status, pairs, body=b"</rss>")
    max_age = headers.max_age_of(pairs)
    assert max_age is None or (max_age >= 0 and math.isfinite(max_age))
    for name, sent in headers.conditions(headers.validators_of(pairs)).items():
        field = {"If-None-Match": b"etag", "If-Modified-Since": b"last-modified"}[name]
        assert sent.encode() == (headers.field(pairs, field) or "").encode("latin-1")
    error = answers.refusal(answer, NOW)
    asked = error.retry_after_s if error else None
    assert asked is None or (asked >= 0 and math.isfinite(asked))
    kept = answers.document_of(answer, None).validators
    assert kept == Validators() or kept == headers.validators_of(pairs)
    return status // 100, max_age is None, asked is None, kept == Validators(), _led(answer), _jarred(pairs)


def _led(answer: answers.Answer) -> str:
    try:
        found = answers.redirect_of(answer)
    except FetchError as error:
        return error.reason.value
    if found is None:
        return "stays"
    assert "#" not in found
    assert " " not in found
    with suppress(FetchError):
        read_target(found)
        return "leads"
    return "refused"


def _jarred(pairs: tuple[tuple[bytes, bytes], ...]) -> int:
    jar = cookies.Jar()
    jar.keep(BASE, pairs, NOW)
    sent = jar.sent_to(BASE)
    assert len(jar) <= cookies.MOST
    assert len(sent) <= cookies.MOST_CHARS + 4 * cookies.MOST
    assert not any(character in sent for character in "\r\n\0")
    assert jar.sent_to("https://other.example/") == ""
    return len(jar)


def robots_read(data: bytes) -> Hashable:
    """A robots.txt: an answer for every address, and a delay that is a number above nothing or none."""
    text = data.decode("utf-8-sig", "replace")
    urls = (BASE, "https://news.example/", "https://news.example/a/b.html?q=1#x", "https://news.example/%E2%82%AC*$")
    verdict = robots.judge_robots(text, urls, "layoff-monitor/0.1 (+https://desk.example)")
    assert len(verdict.allowed) == len(urls)
    delay = verdict.crawl_delay_s
    assert delay is None or (delay > 0 and math.isfinite(delay))
    return (*verdict.allowed, delay is None)


def address(data: bytes) -> Hashable:
    """An address as people, feeds and redirects give it: one reading, one canonical form, and never an error."""
    url = text_of(data)
    form = canonical_url(url)
    assert canonical_url(form) == form
    assert clean_text(form) == form
    keys = host_key(url), queue_key(url), publisher_of(url)
    assert all(key == key.lower() for key in keys)
    crawl_trap(url), is_consent_address(url), is_opaque_aggregator(url)
    whole = web_address(url, BASE)
    if whole is not None:
        assert whole.lower().startswith(("http://", "https://"))
        assert canonical_url(canonical_url(whole)) == canonical_url(whole)
    private_fault = _refused(url)
    try:
        sent = place_of(ANYWHERE, url).url
    except FetchError as error:
        return error.reason.value, whole is None, private_fault
    target = read_target(sent)
    assert (urlsplit(sent).hostname or "").removesuffix(".") == target.host
    assert target.scheme in {"http", "https"}
    return target.literal is None, target.port in {80, 443}, address_fault(url) is None


def _refused(entry: str) -> bool:
    try:
        return private_target(entry).port is None
    except ValueError:
        return True


def words(data: bytes) -> Hashable:
    """Any text: cleaned once is cleaned for good, and takes no odd character along."""
    text = text_of(data)
    clean, tidy = clean_text(text), tidy_text(text)
    assert clean_text(clean) == clean
    assert tidy_text(tidy) == tidy
    assert clean.encode().decode() == clean
    assert not any(character < " " and character not in "\n\t" for character in clean)
    assert len(clean) <= 4 * len(text)
    moment = utc_moment(text)
    assert moment is None or moment.utcoffset() is not None
    return len(clean) - len(text), moment is None, answers.excerpt_of(data) == ""


def _packed() -> tuple[bytes, ...]:
    noise = Random(5).randbytes(900)
    deflater = zlib.compressobj(wbits=-15)
    bare = deflater.compress(PLAIN) + deflater.flush()
    return (
        b"gzip 7\n" + gzip.compress(PLAIN, mtime=0),
        b"x-gzip 9\n" + gzip.compress(PLAIN, mtime=0) * 2 + b"\0\0",
        b"deflate 3\n" + zlib.compress(PLAIN),
        b"deflate 3\n" + bare,
        b"br 11\n" + brotli.compress(PLAIN),
        b"gzip, br 13\n" + brotli.compress(gzip.compress(PLAIN, mtime=0)),
        b"gzip, deflate 99\n" + zlib.compress(gzip.compress(noise, mtime=0)),
        b"gzip 40\n" + gzip.compress(bytes(80_000), mtime=0),
        b"identity 1\n" + PLAIN,
    )


HEADS = (
    b'200\nETag: "v1"\nLast-Modified: Sun, 22 Nov 2026 10:00:00 GMT\nCache-Control: public, max-age=600\nAge: 30',
    b"429\nRetry-After: 120\nDate: Sun, 22 Nov 2026 12:00:00 GMT\nExpires: Sun, 22 Nov 2026 13:00:00 GMT",
    b'503\nRetry-After: Sunday, 22-Nov-26 13:00:00 GMT\nETag: W/"\xe4"',
    b"301\nLocation: /desk/feed.xml#top\nSet-Cookie: a=b; Path=/; Expires=Thu, 01 Jan 2027 00:00:00 GMT; Secure",
    b'302\nLocation: https://\xfcber.example/a b\nSet-Cookie: c="d"; Max-Age=0; Domain=.news.example; HttpOnly',
    b"304\nCache-Control: no-cache\nExpires: 0",
)  # fmt: skip
HEAD_TOKENS = (
    b"\nRetry-After: ", b"\nLocation: ", b"\nSet-Cookie: ", b"\nETag: ", b"\nExpires: ", b"\nDate: ", b"max-age=",
    b"Fri, 31 Dec 9999 23:59:59 -2359", b"Mon, 01 Jan 0001 00:00:00 +1400", b"+9999999", b"no-store", b"Secure",
    b"; Domain=example", b"; Max-Age=-1", b"http://[::1", b"//user@host/", b"1" * 30, b"\xc3\xa9", b"429", b"301",
)  # fmt: skip
ROBOTS = (
    b"User-agent: *\nDisallow: /desk/\nAllow: /desk/*.html$\nCrawl-delay: 5\nSitemap: https://news.example/s.xml\n",
    b"\xef\xbb\xbfuser-agent: layoff-monitor\nuser-agent: other\ndisallow: /%E2%82%AC\ncrawl-delay: 1e3\n",
    b"User-agent: *\nRequest-rate: 1/10m 1300-1659\nVisit-time: 0600-0845\nHost: news.example\nDisallow:\n",
)  # fmt: skip
ROBOTS_TOKENS = (
    b"User-agent: ", b"Disallow: ", b"Allow: ", b"Crawl-delay: ", b"Request-rate: ", b"Visit-time: ", b"*" * 30,
    b"$", b"/*/*/*/*", b"#", b"nan", b"inf", b"-0", b"1/0s", b"9999-9999", b"layoff-monitor", b"\r", b"%",
    b"http://[",
)  # fmt: skip
ADDRESSES = (
    b"https://www.news.example:443/a/b/../c.html?utm_source=x&b=2&a=1#top",
    b"http://user:pw@127.0.0.1:8080/feed",
    "https://m\u00fcnchen.example/\u00e4?q=\u20ac&q=%E2%82%AC".encode(),
    b"http://[2001:db8::1%25eth0]:80/",
    b"https://news.google.com/rss/articles/CBMi?oc=5",
    b"feed://xn--bcher-kva.example/rss",
    b"127.0.0.0/8:*",
    b"[fd00::]/8:443",
    b"https://a.example/x/y/x/y/x/y/x/y",
)  # fmt: skip
ADDRESS_TOKENS = (
    b"http://", b"https://", b"//", b"@", b":80", b":0", b":99999", b"[::1]", b"[", b"]", b"%25", b"%2f", b"?", b"#",
    b"&utm_medium=x", b"&", b"=", b";", b"..", b"./", b"0x7f.1", b"2130706433", b"xn--", b"xn--a", b"\\", b" ",
    b"\t", "\u3002".encode(), "\uff0e".encode(), "\u2100".encode(), "\u00ad".encode(), b"1.2.3.4", b".", b"a." * 40,
    b"%00",
)  # fmt: skip
WORDS = (
    "Norvik  Bank\r\ncuts\u00a0320 jobs \u2014 \u201cfor AI\u201d".encode(),
    ("e\u0301" + "\u0301\u0327" * 40).encode(),
    b"2026-11-22T12:00:00+01:00",
    b"20261122",
    "\u1112\u1161\u11ab \ufb01 \u212b \U0001d15e".encode(),
)  # fmt: skip

TARGETS = (
    Target("fetch.decode", decoded, _packed(), (b"gzip", b"deflate", b"br", b", ", b"\x1f\x8b\x08", b"\n"), 16),
    Target("fetch.headers", head_read, HEADS, HEAD_TOKENS, 16),
    Target("fetch.robots", robots_read, ROBOTS, ROBOTS_TOKENS, 8),
    Target("identity.address", address, ADDRESSES, ADDRESS_TOKENS, 16),
    Target("identity.words", words, WORDS, (b"T", b"Z", b"+14:00", b"\r\n"), 16),
)
