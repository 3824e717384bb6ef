"""Documents for tests: feeds and pages in our own words, and generators of hostile ones, each of any size."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

FIRM = "Quillmark"


def item(
    number: int = 1,
    *,
    title: str | None = "{firm} cuts {number} roles",
    link: str | None = "https://news.example/{number}",
    guid: str | None = "id-{number}",
    date: str | None = "Tue, 17 Nov 2026 08:30:00 +0100",
    summary: str | None = "Its assistant takes over.",
    extra: str = "",
) -> str:
    """Give one RSS item; None leaves an element out."""

    def element(name: str, value: str | None, attributes: str = "") -> str:
        if value is None:
            return ""
        text = value.replace("{number}", str(number)).replace("{firm}", FIRM)
        return f"<{name}{attributes}>{escape(text)}</{name}>"

    return (
        "<item>"
        + element("title", title)
        + element("link", link)
        + element("guid", guid, ' isPermaLink="false"')
        + element("pubDate", date)
        + element("description", summary)
        + extra
        + "</item>"
    )


def rss(*items: str, title: str | None = "Local news", head: str = "") -> str:
    """Give an RSS 2.0 document without a declaration, so that a test can choose its encoding."""
    name = "" if title is None else f"<title>{escape(title)}</title>"
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel>{name}{head}{''.join(items)}</channel></rss>"
    )


def rss_of(count: int) -> bytes:
    """Give a feed of so many entries, each with an HTML summary of about 1.5 kB."""
    paragraph = f"<p>The board of {FIRM} decided on <b>Monday</b> that the desk in town closes.</p>" * 18
    return rss(*(item(n, summary=paragraph) for n in range(1, count + 1))).encode()


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.example/desk/">
<title type="html">Desk &amp;amp; Co</title>
<entry><id>tag:news.example,2026:1</id><title type="text">Fewer &lt; more</title><link href="stories/1"/>
<updated>2026-11-17T08:30:00+01:00</updated>
<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Back <b>to</b> people</div></summary>
<source><title>Harbour Times</title></source></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://news.example/"><title>Old desk</title></channel>
<item rdf:about="https://news.example/1"><title>Hands return</title><link>https://news.example/1</link>
<description>They are back.</description><dc:date>2026-11-17T07:30:00Z</dc:date></item></rdf:RDF>"""

JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "Desk",
 "items": [{"id": 7, "url": "/7", "title": "Roles return", "content_html": "<p>Hired&nbsp;<i>again</i></p>",
            "date_published": "2026-11-17T08:30:00+01:00"},
           {"id": "8", "external_url": "https://other.example/8", "content_text": "No title here"}]}"""


def page(paragraphs: Iterable[str] | None = None, *, head: str = "", before: str = "", after: str = "") -> str:
    """Give an HTML page with an article of these paragraphs."""
    body = "".join(f"<p>{words}</p>" for words in (paragraphs or story()))
    return (
        f'<!doctype html><html lang="en-GB"><head><title>{FIRM} cuts roles - Harbour Times</title>{head}</head>'
        f'<body><nav><a href="/">Home</a> <a href="/work">Work</a></nav>{before}<article>'
        f"<h1>{FIRM} cuts roles</h1>{body}</article>{after}<footer>About this paper</footer></body></html>"
    )


def story(count: int = 8) -> list[str]:
    """Give so many different paragraphs of an invented article."""
    return [
        f"Paragraph {n}: {FIRM} told its {100 + n} people at the harbour desk that an assistant would answer "
        f"the {n * 37} letters of each day, and that their contracts end in spring."
        for n in range(1, count + 1)
    ]


def page_of(size: int) -> bytes:
    """Give a page of about so many bytes, most of them markup around the article, as pages are."""
    teaser = (
        '<div class="teaser teaser--small" data-id="17"><a class="teaser__link" href="/a/17">'
        '<span class="teaser__title">Another story of the day</span></a></div>'
    )
    script = "<script>var slots = [1, 2, 3];" + "window.layer = window.layer || [];" * 40 + "</script>"
    text = page(story(30))
    block = script + teaser * 10
    return page(story(30), before=block * ((size - len(text)) // (2 * len(block)) + 1),
                after=block * ((size - len(text)) // (2 * len(block)))).encode()  # fmt: skip


# --- hostile feeds -----------------------------------------------------------------------------------------


def entity_bomb(levels: int = 9, width: int = 10) -> str:
    lines = "".join(f'<!ENTITY e{n} "{("&e" + str(n - 1) + ";") * width}">' for n in range(1, levels + 1))
    head = f'<!DOCTYPE rss [<!ENTITY e0 "boom">{lines}]>'
    return head + rss(item(title="X")).replace("X", f"&e{levels};")


def quadratic_entities(size: int = 50_000, uses: int = 2_000) -> str:
    head = f'<!DOCTYPE rss [<!ENTITY long "{"z" * size}">]>'
    return head + rss(item(summary="X")).replace("X", "&long;" * uses)


def external_entity(target: str) -> str:
    head = f'<!DOCTYPE rss [<!ENTITY canary SYSTEM "{target}">]>'
    return head + rss(item(title="X", summary="Y")).replace("X", "&canary;").replace("Y", "&canary;")


def external_dtd(target: str) -> str:
    return f'<!DOCTYPE rss SYSTEM "{target}">' + rss(item())


def parameter_entity(target: str) -> str:
    return f'<!DOCTYPE rss [<!ENTITY % canary SYSTEM "{target}"> %canary;]>' + rss(item())


def author_bomb(size: int) -> str:
    """Give an author whose address never ends: feedparser's expression for mail takes quadratic time."""
    return rss(item(extra=f"<author>{'a' * size}</author>"))


def comment_flood(count: int) -> str:
    return rss(item(summary="<!--" * count))


def surrogate_reference() -> str:
    return rss(item(title="X")).replace("X", "&#xD800;")


def nested_feed(depth: int) -> str:
    return rss(item(extra="<a>" * depth))


# --- hostile pages -----------------------------------------------------------------------------------------


def attribute_flood(count: int) -> str:
    return page(after="<a " + " ".join(f"a{n}=1" for n in range(count)) + ">x</a>")


def tag_flood(count: int) -> str:
    return page(after="<p>x" * count)


def break_flood(count: int) -> str:
    return page(after="<br>" * count)


def nested_page(depth: int, text: str, tag: str = "div") -> str:
    return f"<html><body>{f'<{tag}>' * depth}<p>{text}</p></body></html>"


def huge_attribute(size: int) -> str:
    return page(before=f'<p title="{"x" * size}">Short.</p>')
