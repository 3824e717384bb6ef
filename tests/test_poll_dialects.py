"""Every dialect, encoding and breakage of feed documents that entries are read out of."""

import json
from datetime import UTC, datetime

import pytest
from documents import item, rss
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll import parse_feed

URL = "https://news.example/desk/feed.xml"
STORY = "https://news.example/1"
MORNING = datetime(2026, 11, 17, 7, 30, tzinfo=UTC)


def parsed(text: str | bytes, content_type: str | None = None) -> FeedDocument:
    return parse_feed(text.encode() if isinstance(text, str) else text, content_type, URL)


def only(text: str | bytes, content_type: str | None = None) -> FeedEntry:
    (entry,) = parsed(text, content_type).entries
    return entry


def json_feed(version: str, title: str, **texts: str) -> str:
    story = {"id": "1", "url": STORY, "title": title, **texts}
    return json.dumps({"version": f"https://jsonfeed.org/version/{version}", "title": "Desk", "items": [story]})


ITEM = f"<item><title>Roles go</title><link>{STORY}</link><description>At Quillmark.</description></item>"
ENTRY = f'<entry><title>Roles go</title><link href="{STORY}"/><id>1</id><summary>At Quillmark.</summary></entry>'
RDF_ITEM = ITEM.replace("<item>", f'<item rdf:about="{STORY}">')
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DIALECTS = {
    "RSS 0.90": f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>Desk</title></channel>'
    f"{RDF_ITEM}</rdf:RDF>",
    "RSS 0.91": f'<rss version="0.91"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "RSS 0.91 with its DTD": '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
    f'"https://dtd.example/rss-0.91.dtd"><rss version="0.91"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "RSS 0.92": f'<rss version="0.92"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "RSS 0.93": f'<rss version="0.93"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "RSS 0.94": f'<rss version="0.94"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "RSS 1.0": f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"><channel rdf:about="{URL}"><title>Desk</title>'
    f"</channel>{RDF_ITEM}</rdf:RDF>",
    "RSS 2.0": f'<rss version="2.0"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "RSS of no version": f"<rss><channel><title>Desk</title>{ITEM}</channel></rss>",
    "RSS of another version": f'<rss version="2.0.11"><channel><title>Desk</title>{ITEM}</channel></rss>',
    "items beside the channel": f'<rss version="2.0"><channel><title>Desk</title></channel>{ITEM}</rss>',
    "RSS in a namespace": '<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel><title>Desk</title>'
    f"{ITEM}</channel></rss>",
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Desk</title>' + ENTRY + "</feed>",
    "Atom 1.0": '<feed xmlns="http://www.w3.org/2005/Atom"><title>Desk</title>' + ENTRY + "</feed>",
    "Atom under a prefix": (
        '<x1:feed xmlns:x1="http://www.w3.org/2005/Atom">'
        f'<x1:title>Desk</x1:title><x1:entry><x1:title>Roles go</x1:title><x1:link href="{STORY}"/>'
        "<x1:id>1</x1:id><x1:summary>At Quillmark.</x1:summary></x1:entry></x1:feed>"
    ),
    "Atom without a namespace": f"<feed><title>Desk</title>{ENTRY}</feed>",
    "CDF": f'<CHANNEL><TITLE>Desk</TITLE><ITEM HREF="{STORY}"><TITLE>Roles go</TITLE>'
    "<ABSTRACT>At Quillmark.</ABSTRACT></ITEM></CHANNEL>",
    "JSON Feed 1": json_feed("1", "Roles go", content_text="At Quillmark."),
    "JSON Feed 1.1": json_feed("1.1", "Roles go", content_html="<p>At <b>Quillmark</b>.</p>"),
    "JSON with raw line ends in its texts": json_feed("1.1", "Roles\\ngo", summary="At Quillmark.").replace(
        "\\\\n", "\n"
    ),
}


@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS)
def test_every_dialect_gives_title_link_and_summary(text: str) -> None:
    document = parsed(text)
    (entry,) = document.entries
    assert (document.title, entry.title, entry.url, entry.summary) == ("Desk", "Roles go", STORY, "At Quillmark.")


BASES = {
    "the document's address": ("", "a", "https://news.example/desk/a"),
    "the root's base": ('xml:base="https://other.example/x/"', "a", "https://other.example/x/a"),
    "a relative base": ('xml:base="/stories/"', "a", "https://news.example/stories/a"),
    "a host": ("", "//other.example/a", "https://other.example/a"),
    "a base that is no address": ('xml:base="javascript:x"', "a", "https://news.example/desk/a"),
}


@pytest.mark.parametrize(("base", "link", "url"), BASES.values(), ids=BASES)
def test_links_are_read_against_their_base(base: str, link: str, url: str) -> None:
    assert (
        only(f'<feed xmlns="http://www.w3.org/2005/Atom" {base}><entry><link href="{link}"/></entry></feed>').url == url
    )


PREFIXES = {
    "another prefix": ('xmlns:zz="http://purl.org/dc/elements/1.1/"', "zz:date"),
    "capitals": ('xmlns:DC="http://purl.org/dc/elements/1.1/"', "DC:date"),
    "declared where it stands": ("", 'd:date xmlns:d="http://purl.org/dc/elements/1.1/"'),
    "Dublin Core terms": ('xmlns:t="http://purl.org/dc/terms/"', "t:issued"),
}


@pytest.mark.parametrize(("declared", "tag"), PREFIXES.values(), ids=PREFIXES)
def test_a_namespace_counts_and_not_its_prefix(declared: str, tag: str) -> None:
    dated = f"<{tag}>2026-11-17T07:30:00Z</{tag.split(maxsplit=1)[0]}>"
    text = f'<rss version="2.0" {declared}><channel><item><title>x</title>{dated}</item></channel></rss>'
    assert only(text).published_at == MORNING


# One word that the encodings behind it can write.
ALPHABETS = {
    "Zürich": """
        latin-1 iso-8859-3 iso-8859-9 iso-8859-10 iso-8859-15 cp437 cp775 cp850 cp857 cp858 cp860 cp861 cp863 cp865
        cp1252 cp1254 cp1258 cp037 cp500 cp1140 hp-roman8 mac-roman mac-iceland mac-turkish mac-croatian utf-8
    """,
    "Łódź": "iso-8859-2 iso-8859-13 iso-8859-16 cp852 cp1250 cp1257 mac-latin2",
    "Rīga": "iso-8859-4",
    "Ŵyr": "iso-8859-14",
    "Цюрих": "iso-8859-5 cp855 cp866 cp1125 cp1251 koi8-r koi8-u koi8-t kz1048 mac-cyrillic ptcp154",
    "Αθήνα": "iso-8859-7 cp737 cp869 cp1253 mac-greek",
    "تقرير": "iso-8859-6 cp720 cp1256",
    "חדשות": "iso-8859-8 cp856 cp862 cp1255",
    "ข่าว": "iso-8859-11 tis-620 cp874",
    "日本語": """
        shift_jis shift_jis_2004 shift_jisx0213 cp932 euc-jp euc-jis-2004 euc-jisx0213 iso-2022-jp iso-2022-jp-1
        iso-2022-jp-2 iso-2022-jp-2004 iso-2022-jp-3 iso-2022-jp-ext x-sjis windows-31j
    """,
    "苏黎世": "gb2312 gbk gb18030 hz",
    "蘇黎世": "big5 big5-hkscs cp950",
    "서울": "euc-kr cp949 johab iso-2022-kr",
    "Zürich — 日本語 😀": "utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be",
}
WORDS = {encoding: word for word, encodings in ALPHABETS.items() for encoding in encodings.split()}
CODECS = {"x-sjis": "shift_jis", "windows-31j": "cp932"}  # labels Python does not know


@pytest.mark.parametrize(("encoding", "word"), WORDS.items(), ids=WORDS)
def test_every_declared_encoding_is_read(encoding: str, word: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{rss(item(title=word))}'
    assert only(text.encode(CODECS.get(encoding, encoding))).title == word


@pytest.mark.parametrize(("encoding", "word"), WORDS.items(), ids=WORDS)
def test_an_encoding_only_the_server_names_is_read(encoding: str, word: str) -> None:
    body = rss(item(title=word)).encode(CODECS.get(encoding, encoding))
    assert only(body, f"application/xml; charset={encoding}").title == word


CYRILLIC = "Цюрих сокращает"
LIES = {
    "UTF-8 called Latin": ("Zürich", "utf-8", "iso-8859-1", None, "Zürich"),
    "UTF-8 called Windows": ("Zürich — “a”", "utf-8", "windows-1252", None, "Zürich — “a”"),
    "UTF-8 called Cyrillic": (CYRILLIC, "utf-8", "windows-1251", None, CYRILLIC),
    "UTF-8 called ASCII": (CYRILLIC, "utf-8", "us-ascii", None, CYRILLIC),
    "UTF-8 called UTF-16": (CYRILLIC, "utf-8", "utf-16", None, CYRILLIC),
    "Latin called UTF-16": ("Zürich", "iso-8859-1", "utf-16", None, "Zürich"),
    "Latin called UTF-16, one byte more": ("Zürich!", "iso-8859-1", "utf-16", None, "Zürich!"),
    "UTF-16 called UTF-8": (CYRILLIC, "utf-16", "utf-8", None, CYRILLIC),
    "Windows called UTF-8": ("Zürich — “a”", "windows-1252", "utf-8", None, "Zürich — “a”"),
    "the server is wrong, the document right": (CYRILLIC, "koi8-r", "koi8-r", "text/xml; charset=utf-8", CYRILLIC),
    "the server is right, the document wrong": (CYRILLIC, "koi8-r", "utf-8", "text/xml; charset=koi8-r", CYRILLIC),
    "the server says plain ASCII": (CYRILLIC, "utf-8", None, "text/plain; charset=us-ascii", CYRILLIC),
    "nobody says": (CYRILLIC, "utf-8", None, None, CYRILLIC),
    "an encoding nobody knows": ("Zürich", "utf-8", "x-of-old", None, "Zürich"),
    "a codec that is no encoding": ("Zürich", "utf-8", "base64", None, "Zürich"),
    "a short Chinese word that could be UTF-8": ("模", "gb2312", "gb2312", None, "模"),
    "one byte too few in a Cyrillic text": (CYRILLIC + "\udcd0", "utf-8", "utf-8", None, CYRILLIC + "\ufffd"),
}


@pytest.mark.parametrize(("word", "encoding", "declared", "content_type", "read"), LIES.values(), ids=LIES)
def test_a_lie_about_the_encoding_is_seen_through(
    word: str, encoding: str, declared: str | None, content_type: str | None, read: str
) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    document = parsed((declaration + rss(item(title=word))).encode(encoding, errors), content_type)
    assert [entry.title for entry in document.entries] == [read]
    assert not document.partial


@pytest.mark.parametrize("encoding", ["utf-7", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"])
@pytest.mark.parametrize("by_server", [True, False], ids=["server", "document"])
@pytest.mark.parametrize("really", ["utf-8", "iso-8859-1"])
def test_codecs_that_smuggle_are_not_used(encoding: str, really: str, *, by_server: bool) -> None:
    text = rss(item(title="+AFg- \\u0058 é"))
    declared = text if by_server else f'<?xml version="1.0" encoding="{encoding}"?>{text}'
    entry = only(declared.encode(really), f"text/xml; charset={encoding}" if by_server else None)
    assert entry.title == "+AFg- \\u0058 é"


@given(st.binary(max_size=80), st.sampled_from(["", "utf-8", "utf-16", "shift_jis", "iso-2022-kr", "x", "hz", "rot13"]))
def test_no_bytes_under_any_name_raise_anything_but_a_named_error(tail: bytes, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><title>'.encode() + tail
    try:
        parsed(body)
    except ParseError as error:
        assert error.reason is Reason.NOT_A_FEED  # noqa: PT017  # not raising is as good


MENDED = {
    "blank lines before the declaration": ("\r\n \n" + '<?xml version="1.0"?>' + rss(item(title="a")), "a"),
    "a mark and blanks": ("\ufeff\n" + '<?xml version="1.0"?>' + rss(item(title="a")), "a"),
    "control characters": (rss(item(title="a\x0b\x1fb\x00")), "ab"),
    "references to control characters": (rss(item(title="X")).replace("X", "a&#1;&#x1F;b"), "ab"),
    "a pair of halves": (rss(item(title="X")).replace("X", "a&#55357;&#56832;b"), "a\U0001f600b"),
    "a pair in hexadecimal": (rss(item(title="X")).replace("X", "&#xD83D;&#xDE00;"), "\U0001f600"),
    "a lone half": (rss(item(title="X")).replace("X", "a&#xD800;b"), "a\ufffdb"),
    "beyond Unicode": (rss(item(title="X")).replace("X", "a&#x110000;b&#99999999999999999999;"), "a\ufffdb\ufffd"),
    "an ordinary reference": (rss(item(title="X")).replace("X", "&#26085;&#x672C;&#38;amp;"), "日本&"),
}


@pytest.mark.parametrize(("text", "title"), MENDED.values(), ids=MENDED)
def test_what_xml_forbids_and_means_nothing_is_mended(text: str, title: str) -> None:
    document = parsed(text)
    assert [entry.title for entry in document.entries] == [title]
    assert not document.partial


TWO = rss(item(1), item(2))
BROKEN = {
    "no end": TWO.removesuffix("</channel></rss>"),
    "no end of the last item": TWO.removesuffix("</item></channel></rss>"),
    "bare ampersands": TWO.replace("Quillmark", "Quill & Mark &c"),
    "HTML entities": TWO.replace("Quillmark", "Quillmark&nbsp;&rsquo;&hellip;"),
    "unclosed elements": TWO.replace("</pubDate>", ""),
    "closed twice": TWO.replace("</item>", "</item></item>"),
    "another case at the end": TWO.replace("</title>", "</Title>"),
    "bare less than": TWO.replace("cuts", "< 5 cuts"),
    "unquoted attribute": TWO.replace('isPermaLink="false"', "isPermaLink=false"),
    "a warning first": "<br />\n<b>Warning</b>: no such column in line 4<br />\n" + TWO,
    "words first": "Notice: 17\n" + TWO,
    "words after": TWO + "</body> bye",
    "CDATA in CDATA": TWO.replace("Its assistant", "<![CDATA[a <![CDATA[b]]> c]]>Its assistant"),
    "CDATA that does not end": TWO[:-40] + "<![CDATA[" + TWO[-40:],
    "a comment that does not end": TWO + "<!-- ",
    "undeclared prefixes": TWO.replace("<pubDate>", "<x:y>1</x:y><pubDate>"),
    "a second declaration": TWO.replace("<item>", '<?xml version="1.0"?><item>', 1),
    "two documents": TWO + TWO,
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_entries_of_a_broken_document_are_found(text: str) -> None:
    guids = [entry.guid for entry in parsed(text).entries]
    assert guids[:2] == ["id-1", "id-2"]


NO_FEEDS = {
    "JSON without items": '{"error": "none"}',
    "JSON whose items are no list": '{"items": {"a": 1}}',
    "a page with an article": "<!doctype html><html><body><article><h1>x</h1><p>y</p></article></body></html>",
    "an outline": '<opml version="2.0"><body><outline text="x" xmlUrl="https://news.example/f"/></body></opml>',
    "an SVG picture": '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>',
}


@pytest.mark.parametrize("text", NO_FEEDS.values(), ids=NO_FEEDS)
def test_documents_that_are_no_feeds_are_refused(text: str) -> None:
    with pytest.raises(ParseError) as refused:
        parsed(text)
    assert refused.value.reason is Reason.NOT_A_FEED


def test_a_document_that_makes_the_parser_raise_is_refused_by_name() -> None:
    """feedparser looks for the head's text input when an entry has one."""
    with pytest.raises(ParseError) as refused:
        parsed(rss(item(extra="<textInput><name>q</name></textInput>")))
    assert refused.value.reason is Reason.PARSE_CRASHED
    assert "KeyError" in (refused.value.detail or "")
