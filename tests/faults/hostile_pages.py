"""Pages made to harm whoever reads them, all generated here: name -> what makes the bytes, and how it may end.

Each is as large as it needs to be to break a parser without limits, and at most 5 MiB, which is what the gate lets in.
"""

from collections.abc import Callable
from typing import Final

import documents
from hostile_feeds import READ, Hostile

from monitor.model import Reason

MiB: Final = 1 << 20
COMPLEX: Final = Reason.TOO_COMPLEX
DROPPED: Final = Reason.TEXT_DROPPED
EMPTY: Final = Reason.EXTRACT_EMPTY
WORDS: Final = "word " * 2_000  # 10 kB of text

page = documents.page


def _case(make: Callable[[], str | bytes], *ends: str, content_type: str | None = "text/html") -> Hostile:
    def made() -> bytes:
        text = make()
        return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    return Hostile(made, frozenset(ends or {READ}), content_type)


def behind(markup: str) -> Callable[[], str]:
    """Give what makes a page with an article and this behind it."""
    return lambda: page(after=markup)


def linked_data(text: str) -> Callable[[], str]:
    return lambda: page(head=f'<script type="application/ld+json">{text}</script>')


_ENDS = (READ, COMPLEX, DROPPED, EMPTY, Reason.EXTRACT_TIMEOUT, Reason.EXTRACT_CRASHED)

FLOODS: Final = {
    "forty thousand attributes": _case(lambda: documents.attribute_flood(40_000), COMPLEX),
    "attributes behind a quoted end": _case(behind('<a b=">" ' + "c=1 " * 40_000 + ">"), COMPLEX),
    "a thousand attributes, often": _case(
        behind(("<a " + " ".join(f"a{n}" for n in range(999)) + ">x</a>") * 500), *_ENDS),
    "two hundred thousand paragraphs": _case(lambda: documents.tag_flood(200_000), COMPLEX),
    "as many paragraphs as allowed": _case(lambda: documents.tag_flood(59_000), *_ENDS),
    "three hundred thousand line breaks": _case(lambda: documents.break_flood(300_000), COMPLEX),
    "as many line breaks as allowed": _case(lambda: documents.break_flood(59_000), *_ENDS),
    "links": _case(behind('<a href="/x">Another story</a> ' * 59_000), *_ENDS),
    "pictures": _case(behind('<img src="/x" alt="y">' * 59_000), *_ENDS),
    "form fields": _case(behind("<form>" + "<input name=a value=b>" * 59_000), *_ENDS),
    "forms": _case(behind("<form action=/a><button>x</button></form>" * 29_000), *_ENDS),
    "choices": _case(behind("<select>" + "<option>x" * 59_000), *_ENDS),
    "headings": _case(behind("<h1>Roles go</h1>" * 59_000), *_ENDS),
    "facts about the page": _case(lambda: page(head='<meta property="article:tag" content="x">' * 59_000), *_ENDS),
    "titles": _case(lambda: page(head="<title>x</title>" * 59_000), *_ENDS),
    "times": _case(behind('<time datetime="2026-11-17">x</time>' * 59_000), *_ENDS),
    "frames": _case(behind("<iframe srcdoc='<p>x'></iframe>" * 59_000), *_ENDS),
}  # fmt: skip
NESTS: Final = {
    "boxes": _case(lambda: documents.nested_page(10_000, WORDS), COMPLEX),
    "boxes as deep as allowed": _case(lambda: documents.nested_page(199, WORDS)),
    "boxes of names nobody counts": _case(lambda: documents.nested_page(10_000, WORDS, "x-y"), COMPLEX),
    "tables": _case(lambda: documents.nested_page(10_000, WORDS, "table><tr><td"), COMPLEX),
    "cells alone": _case(lambda: documents.nested_page(10_000, WORDS, "td"), *_ENDS),
    "paragraphs in lists": _case(lambda: documents.nested_page(10_000, WORDS, "li"), *_ENDS),
    "terms": _case(lambda: documents.nested_page(10_000, WORDS, "dd"), *_ENDS),
    "text beyond the parser's depth": _case(lambda: documents.nested_page(10_000, WORDS, "rp"), DROPPED, READ),
    "drawings": _case(behind("<svg>" * 50_000), *_ENDS),
    "drawings that end": _case(behind("<svg>" * 30_000 + "</svg>" * 30_000), *_ENDS),
    "formulas": _case(behind("<math><mi>" * 25_000), COMPLEX),
    "formatting that overlaps": _case(behind("<b><i></b>" * 19_000), *_ENDS),
    "links that are not closed": _case(behind('<a href="/x">' * 20_000), COMPLEX, READ),
    "tables in each other's way": _case(behind("<table><p>x" * 190), *_ENDS),
}  # fmt: skip
LARGE: Final = {
    "an attribute of nearly five mebibytes": _case(lambda: documents.huge_attribute(5 * MiB - 4096), *_ENDS),
    "more than five mebibytes": _case(lambda: documents.huge_attribute(5 * MiB), COMPLEX),
    "a title of four mebibytes": _case(lambda: page().replace("<title>", "<title>" + "x" * 4 * MiB), *_ENDS),
    "one word of four mebibytes": _case(lambda: page(["x" * 4 * MiB]), *_ENDS),
    "one paragraph of four mebibytes": _case(lambda: page(["Word by word. " * 300_000]), *_ENDS),
    "digits": _case(lambda: page(["1" * MiB + " 2026-11-17 " * 80_000]), *_ENDS),
    "letters with marks": _case(lambda: page(["a" + "\u0315\u0300" * 400_000]), *_ENDS),
    "an address of two mebibytes": _case(
        lambda: page(head=f'<link rel="canonical" href="https://a.example/{"a/../" * 400_000}">'), *_ENDS),
}  # fmt: skip
OPENINGS: Final = {
    "comments that do not end": _case(behind("<!--" * 400_000), *_ENDS),
    "comments that end at once": _case(behind("<!-->" * 400_000), *_ENDS),
    "scripts that do not end": _case(behind("<script>" * 50_000), *_ENDS),
    "a text field that does not end": _case(behind("<textarea>" * 50_000), *_ENDS),
    "CDATA in a page": _case(behind("<![CDATA[" * 400_000), *_ENDS),
    "declarations": _case(behind("<!DOCTYPE html [" * 200_000), *_ENDS),
    "instructions": _case(behind("<?php " * 400_000), *_ENDS),
    "angle brackets": _case(behind("<" * 4 * MiB), *_ENDS),
    "ampersands": _case(behind("&" * 4 * MiB), *_ENDS),
    "names of characters": _case(lambda: page(["&CounterClockwiseContourIntegral;" * 100_000]), *_ENDS),
    "numbers of characters": _case(lambda: page(["&#x1F600;&#55357;" * 200_000]), *_ENDS),
    "quotation marks": _case(behind("<a b=" + "'\"" * MiB), *_ENDS),
    "plain text for ever": _case(lambda: "<plaintext>" * 50_000 + page(), *_ENDS),
}  # fmt: skip
DATA: Final = {
    "deep linked data": _case(linked_data("[" * 400_000)),
    "wide linked data": _case(
        linked_data('{"@graph": [' + ",".join(['{"@type": "NewsArticle"}'] * 150_000) + "]}"), *_ENDS),
    "a number in linked data": _case(linked_data(f'{{"@type": "NewsArticle", "datePublished": {"9" * MiB}}}')),
    "half a charset": _case(lambda: b'<meta charset="utf-16">' + page(["Z\xfcrich " * 99]).encode("latin-1")),
    "a charset that is none": _case(lambda: page(head='<meta charset="zlib">').encode() + b"\xff\xfe"),
    "bytes that are no characters": _case(lambda: page().encode().replace(b"harbour", b"h\xc3\x28\xff\xfe" * 2_000)),
    "zeros within": _case(lambda: b" " * 2_000 + page().encode().replace(b"<p>", b"<p>" + bytes(100_000)), *_ENDS),
    "nothing": _case(lambda: "", EMPTY),
    "zeros": _case(lambda: bytes(4 * MiB), EMPTY, Reason.UNSUPPORTED_TYPE),
    "a feed": _case(lambda: documents.rss(documents.item()), Reason.UNSUPPORTED_TYPE),
}  # fmt: skip
PAGES: Final = {**FLOODS, **NESTS, **LARGE, **OPENINGS, **DATA}
