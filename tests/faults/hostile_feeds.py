"""Feed documents made to harm whoever parses them, all generated here: name -> its maker, and how it may end.

Each is as large as it needs to be to break a parser without limits, and at most 10 MiB, which is what the gate lets in.
"""

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import documents

from monitor.model import Reason
from monitor.poll import FeedListing, write_opml

MiB: Final = 1 << 20
READ: Final = "read"
CRASHED: Final = Reason.PARSE_CRASHED
TIMED_OUT: Final = Reason.PARSE_TIMEOUT
NO_FEED: Final = Reason.NOT_A_FEED

rss, item = documents.rss, documents.item


@dataclass(frozen=True, slots=True)
class Hostile:
    """One document: its maker, what a server would call it, and the ends that are right for it."""

    make: Callable[[], bytes]
    ends: frozenset[str]
    content_type: str | None = None


def _case(make: Callable[[], str | bytes], *ends: str, content_type: str | None = None) -> Hostile:
    def made() -> bytes:
        text = make()
        return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    return Hostile(made, frozenset(ends or {READ}), content_type)


def put(markup: str, into: str = "title") -> str:
    """Give a feed of one entry, with unescaped markup for its title, its summary, or behind both."""
    if into == "extra":
        return rss(item(extra=markup))
    return rss(item(**{into: "PUT"})).replace("PUT", markup)


def in_words(text: str, into: str = "summary") -> str:
    """Give a feed of one entry with escaped text in it."""
    return rss(item(**{into: text}))


def recursive_opml() -> bytes:
    """Give outlines within outlines, each of which names the list itself."""
    again = '<outline text="x" type="rss" xmlUrl="https://news.example/list.opml">'
    return f'<opml version="2.0"><body>{again * 50_000}{"</outline>" * 50_000}</body></opml>'.encode()


def long_opml() -> str:
    return write_opml(
        (FeedListing(f"https://a.example/{n}") for n in range(50_000)), datetime(2026, 11, 20, tzinfo=UTC)
    )


def news_sitemap(count: int) -> str:
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    url = "<url><loc>https://news.example/{}</loc><news:news><news:title>Roles go {}</news:title></news:news></url>"
    return f"<urlset {spaces}>{''.join(url.format(n, n) for n in range(count))}</urlset>"


def json_items(count: int) -> str:
    return '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [' + ",".join(
        f'{{"id": "{n}", "title": "Roles go {n}"}}' for n in range(count)) + "]}"  # fmt: skip


def noise(size: int) -> bytes:
    return b"<rss><channel>" + random.Random(4711).randbytes(size)


_PARSED = (READ, TIMED_OUT, CRASHED)

ENTITIES: Final = {
    "entities within entities": _case(documents.entity_bomb),
    "entities within entities, in attributes": _case(
        lambda: documents.entity_bomb().replace("<link>", '<link href="&e9;">'), READ, NO_FEED
    ),
    "one long entity, often": _case(documents.quadratic_entities, *_PARSED),
    "a parameter entity that calls itself": _case(
        lambda: "<!DOCTYPE rss [<!ENTITY % a '&#37;a;'> %a;]>" + rss(item()), READ, NO_FEED
    ),
    "entities that call each other": _case(
        lambda: '<!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + put("&a;"), READ, NO_FEED
    ),
    "fifty thousand entities": _case(
        lambda: "<!DOCTYPE rss [" + "".join(f"<!ENTITY n{n} 'x'>" for n in range(50_000)) + "]>" + put("&n1;"), *_PARSED
    ),
    "a declaration that does not end": _case(lambda: "<!DOCTYPE rss [<!ENTITY " + "a" * MiB, NO_FEED),
}
COSTLY: Final = {
    "an author without end": _case(lambda: documents.author_bomb(62 * 1024), *_PARSED),
    "an author that takes minutes": _case(lambda: documents.author_bomb(200 * 1024), TIMED_OUT),
    "an author of dots": _case(lambda: rss(item(extra=f"<author>{'a.' * 10 * 1024}</author>")), *_PARSED),
    "escaped comment openers": _case(lambda: documents.comment_flood(100_000), *_PARSED),
    "escaped tag openers": _case(lambda: in_words("<" * MiB), *_PARSED),
    "escaped ampersands": _case(lambda: in_words("&" * MiB), *_PARSED),
    "escaped declarations": _case(lambda: in_words("<![" * 300_000), *_PARSED),
    "a title of tags": _case(lambda: in_words("<b>" * 300_000, "title"), *_PARSED),
    "a summary of nested tables": _case(lambda: in_words("<table><tr><td>" * 50_000), *_PARSED),
    "a summary of nested lists": _case(lambda: in_words("<ul><li>" * 100_000), *_PARSED),
    "elements within elements": _case(lambda: documents.nested_feed(100_000), *_PARSED, NO_FEED),
    "markup within markup": _case(
        lambda: put("<div>" * 50_000 + "</div>" * 50_000, "summary").replace(
            "<description>", '<description type="xhtml">'), *_PARSED, NO_FEED),
    "bases within bases": _case(lambda: put("<a xml:base='b/'>" * 8_000, "extra"), *_PARSED, NO_FEED),
    "marks on one letter": _case(lambda: in_words("a" + "\u0315\u0300" * 200_000, "title"), *_PARSED),
    "a date of digits": _case(lambda: rss(item(date="1" * MiB)), *_PARSED),
    "a date of blanks": _case(lambda: rss(item(date="2026-" + " " * 200_000 + "x")), *_PARSED),
    "a link of a mebibyte": _case(lambda: rss(item(link="https://news.example/" + "a/../" * 200_000)), *_PARSED),
}  # fmt: skip
MANY: Final = {
    "fifty thousand entries": _case(lambda: rss(*(item(n, guid=None) for n in range(50_000))), READ, TIMED_OUT),
    "ten thousand entries of one guid": _case(lambda: rss(*[item(1)] * 10_000)),
    "a hundred thousand categories": _case(lambda: rss(item(extra="<category>a</category>" * 100_000)), *_PARSED),
    "a hundred thousand links": _case(lambda: put('<link href="https://a.example/"/>' * 100_000, "extra"), *_PARSED),
    "a hundred thousand files": _case(
        lambda: put('<enclosure url="https://a.example/a" length="1" type="audio/x"/>' * 100_000, "extra"), *_PARSED),
    "twenty thousand attributes": _case(
        lambda: rss(item()).replace("<item>", "<item" + "".join(f' a{n}="1"' for n in range(20_000)) + ">"), *_PARSED),
    "forty thousand namespaces": _case(
        lambda: put("".join(f'<a xmlns:n{n}="urn:n{n}"/>' for n in range(40_000)), "extra"), *_PARSED),
    "entries that are not closed": _case(lambda: rss("<item>" * 100_000), *_PARSED, NO_FEED),
    "entries that are only closed": _case(lambda: rss("</item>" * 100_000), *_PARSED, NO_FEED),
    "instructions without end": _case(lambda: "<?a b?>" * 300_000 + rss(item()), *_PARSED, NO_FEED),
    "comments before all else": _case(lambda: "<!-- a -->" * 300_000 + rss(item()), *_PARSED, NO_FEED),
    "comments that do not end": _case(lambda: rss(item(), head="<!-- " * 300_000), *_PARSED, NO_FEED),
    "a hundred thousand entries of JSON": _case(lambda: json_items(100_000)),
    "fifty thousand addresses of a news sitemap": _case(lambda: news_sitemap(50_000)),
    "an outline that names itself": _case(recursive_opml, NO_FEED),
    "an outline of fifty thousand feeds": _case(long_opml, NO_FEED),
}  # fmt: skip
LARGE: Final = {
    "eight mebibytes of CDATA": _case(lambda: put(f"<![CDATA[{'x' * 8 * MiB}]]>", "summary"), *_PARSED),
    "CDATA of CDATA": _case(lambda: put("<![CDATA[" * 400_000, "summary"), *_PARSED, NO_FEED),
    "an attribute of eight mebibytes": _case(lambda: put(f'<a b="{"x" * 8 * MiB}"/>', "extra"), *_PARSED),
    "a name of a mebibyte": _case(lambda: put(f"<{'a' * MiB}/>", "extra"), *_PARSED, NO_FEED),
    "a blank beginning": _case(lambda: " " * 9 * MiB + rss(item())),
    "a packed bomb": _case(lambda: gzip.compress(bytes(64 * MiB)), Reason.TOO_COMPRESSED, Reason.TOO_LARGE),
    "a packed bomb in a packed bomb": _case(
        lambda: gzip.compress(gzip.compress(bytes(64 * MiB))), Reason.TOO_COMPRESSED, NO_FEED),
}  # fmt: skip
ODD: Final = {
    "half a character": _case(documents.surrogate_reference),
    "halves without end": _case(lambda: put("&#xD83D;&#" * 100_000), *_PARSED, NO_FEED),
    "a character in punycode": _case(lambda: f'<?xml version="1.0" encoding="punycode"?>{rss(item())}'),
    "UTF-7": _case(lambda: ('<?xml version="1.0" encoding="utf-7"?>' + rss(item())).encode("utf-7"), READ, NO_FEED),
    "UTF-16 without a mark": _case(lambda: rss(item()).encode("utf-16-le")),
    "UTF-32 without a mark": _case(lambda: rss(item()).encode("utf-32-be")),
    "Latin that is called UTF-16": _case(
        lambda: ('<?xml version="1.0" encoding="utf-16"?>' + rss(item(title="Zürich"))).encode("latin-1")),
    "UTF-8 whose server calls it Cyrillic": _case(
        lambda: rss(item(title="Zürich")), content_type="text/xml; charset=koi8-r"),
    "a codec that unpacks": _case(lambda: f'<?xml version="1.0" encoding="zlib"?>{rss(item())}'),
    "nothing": _case(lambda: "", Reason.EMPTY_FEED),
    "blanks": _case(lambda: " \r\n\t" * 100_000, Reason.EMPTY_FEED),
    "a page": _case(documents.page, NO_FEED),
    "zeros": _case(lambda: bytes(8 * MiB), NO_FEED),
    "zeros within": _case(lambda: put("\0" * MiB + "Roles go")),
    "noise": _case(lambda: noise(4 * MiB), *_PARSED, NO_FEED),
    "deep JSON": _case(lambda: '{"items":' * 100_000, NO_FEED),
    "a number of a mebibyte": _case(lambda: f'{{"items": [{{"id": {"9" * MiB}}}]}}', NO_FEED, READ),
    "a text input that belongs to no feed": _case(
        lambda: rss(item(extra="<textInput><name>q</name></textInput>")), CRASHED),
}  # fmt: skip


FEEDS: Final = {**ENTITIES, **COSTLY, **MANY, **LARGE, **ODD}
