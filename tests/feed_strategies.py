"""Feeds for property tests: Atom builders, and documents with what is odd about real ones."""

from hypothesis import strategies as st

DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def atom(*entries: str, root: str = "", head: str = "<title>Desk</title>") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {root}>{head}{"".join(entries)}</feed>'


def entry(number: int, inner: str = "") -> str:
    return f'<entry><id>urn:{number}</id><title>Story {number}</title><link href="{number}"/>{inner}</entry>'


# What entries of real feeds are made of, and what could leave feedparser changed for the next one.
WORDS = st.sampled_from(
    ["Roles go", "a &amp; b", "&lt;b&gt;bold&lt;/b&gt;", "<![CDATA[<p>x</item><item></p>]]>", "", "日本"]
)
MARKED = st.sampled_from([
    "Two <b>bold</b>", "<p>a</p><p>b</p>", "a<title>b</title>c", "a<summary>b</summary>", "<svg><title>x</title></svg>",
    f"<div {XHTML}>a<title>b</title><p>c</p></div>", f"<div {XHTML}><p>c</p></div>", "<link href='x'/>y",
    "<div>a</div>", "<div>a</div><div>b</div>", "<x:div>a</x:div>", "<p>a</p><div>b</div>",
    "<x:p>q</x:p>",
    "<image><url>z</url></image>", "<source>s</source>", "<body><p>b</p></body>", "<author><name>n</name></author>",
])  # fmt: skip
NAMES = st.sampled_from([
    "title", "description", "summary", "content", "content:encoded", "link", "guid", "id", "pubDate", "updated",
    "author", "dc:title", "dc:date", "dc:creator", "media:title", "media:description", "media:content", "category",
    "language", "source", "comments", "subtitle", "rights", "body", "x:thing", "fullitem", "abstract", "info", "name",
    "where",
])  # fmt: skip
ATTRIBUTES = st.sampled_from([
    ' type="html"', ' type="xhtml"', ' type="text/html"', ' href="/a?b=1"', ' a="1"',
    ' isPermaLink="false"',
    ' xml:base="/other/"', ' xml:lang="fr"', ' base="/third/"', ' mode="base64"', ' url="https://b.example/"',
    ' type="html" xml:base="/other/"', ' type="xhtml" xml:base="/other/"', ' type="text/plain" base="/third/"',
    ' xmlns:dc="urn:other"', ' xmlns:zz="http://purl.org/dc/elements/1.1/"', f' xmlns:media="{MEDIA}"', f" {XHTML}",
    ' xmlns:x="urn:x"', ' xmlns="urn:y"',
])  # fmt: skip


@st.composite
def elements(draw: st.DrawFn) -> str:
    """Give an element: one in eight marked up within, one in eight with an attribute, one in sixteen with a child."""
    name, dice = draw(NAMES), draw(st.integers(0, 15))
    inner = draw(MARKED if dice in {0, 1} else WORDS)
    attribute = draw(ATTRIBUTES) if dice in {2, 3} else ""
    child = draw(elements()) if dice == 4 else ""
    return f"<{name}{attribute}>{inner}{child}</{name}>"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Give a text that is marked up and says so, or not."""
    name = draw(st.sampled_from(["content", "description", "summary", "content:encoded"]))
    return f"<{name}{draw(ATTRIBUTES)}>{draw(MARKED)}</{name}>"


@st.composite
def feeds(draw: st.DrawFn) -> str:
    link = draw(st.sampled_from(["", '<link href="here"/>', "<link>here</link>"]))
    parts = st.one_of(elements(), elements(), elements(), texts())
    bodies = draw(st.lists(st.lists(parts, max_size=5), min_size=2, max_size=6))
    head = "<title>Desk</title>" + "".join(draw(st.lists(elements(), max_size=3)))
    spaces = f'xmlns:content="{CONTENT}" xmlns:dc="{DC}" xmlns:media="{MEDIA}" xmlns:x="urn:x"'
    if draw(st.booleans()):
        return atom(*(f"<entry>{link}{''.join(body)}</entry>" for body in bodies), root=spaces, head=head)
    items = "\n".join(f"<item>{link}{''.join(body)}</item>" for body in bodies)
    return f'<rss version="2.0" {spaces}><channel>{head}{items}</channel></rss>'


# What simple entries are made of, and what is only nearly so.
TEXTS = st.sampled_from(
    [
        "Roles go",
        " two  words\n lines ",
        "",
        "a &amp; b",
        "AT&amp;amp;T",
        "It&amp;#8217;s",
        "&amp;copy 2026",
        "&amp;bogus; x",
        "&amp;copy; &amp;bogus;",
        "&lt;b&gt;bold&lt;/b&gt;",
        "3 &lt; 4",
        "&lt;p&gt;a&lt;p&gt;b &amp;lt; c",
        "日本 é",
        "Ã©t\u00c3\u00a9",
        "f\u00fcr",
        "&#146;quoted&#146;",
        "\u0080",
        "\u00c2\u0085x",
        "a<!-- b -->c",
        "<![CDATA[<p>x</p> &amp; y]]>",
        "<![CDATA[]]>",
        "a<?p i?>b",
        "2 > 1",
        "x" * 300,
        "<b>bold</b>",
        "\u2028a\u00a0b\u200b",
        "e\u0301",
        "&amp;lt;i&amp;gt;",
    ]
)
PLACES = st.sampled_from(
    [
        "https://news.example/1",
        "http://news.example/a/b?x=1&amp;y=2",
        "https://news.example/1#top",
        "/relative",
        "here",
        "HTTPS://News.example/1",
        "http:///news.example/x",
        "https://news.example//x/../y",
        "https://news.example/?",
        "https://news.example/a;b?c;d",
        "https://news.example/a&amp;amp;b",
        " https://news.example/2 ",
        "//other.example/x",
        "https://news.example/é",
        "https://news.example:8443/x",
        "https://[::1]/x",
        "https://[bad/x",
        "mailto:a@b.example",
        "tag:news.example,2026:1",
        "urn:uuid:1-2",
        "urn:",
        "tag:a b",
        "tag://x",
        "feed:https://a.example/",
        "x",
        "12",
        "",
        "https://news.example/#",
        "https://a@b.example/",
        "javascript:x()",
        "https://news.example/%7Ex",
        "http://h?q",
        "https://news.example/x\u0080",
        "https://bing.com/news/apiclick.aspx?url=https%3a%2f%2fa.example%2f1",
    ]
)
DATES = st.sampled_from(
    [
        "Tue, 17 Nov 2026 08:30:00 +0100",
        "2026-11-17T08:30:00Z",
        "2026-11-17",
        "30 Feb 2026",
        "2026-02-30T01:02:03Z",
        "soon",
        "",
        "Tue, 17 Nov 2026",
        "17/11/2026 8:30",
        "2026-11-17T25:00:00Z",
        "Nov 17 2026 08:30:00 GMT",
        "9999-12-31T23:59:59-12:00",
    ]
)
_WORDED = "title description summary content content:encoded author dc:creator category source dc:title rights"
_PLACED = "link guid id comments wfw:commentRss media:content a:link"
_DATED = "pubDate updated published dc:date"
_GIVEN = [
    ' type="html"',
    ' type="text"',
    ' type="HTML"',
    ' type="xhtml"',
    ' type="text/plain"',
    ' type="image/png"',
    ' isPermaLink="false"',
    ' isPermaLink="true"',
    ' isPermaLink="True"',
    ' ispermalink="false"',
    ' url="/feed"',
    ' mode="escaped"',
    ' xml:lang="fr"',
    ' xml:base="/other/"',
    ' base="https://b.example/"',
    ' xmlns:dc="urn:other"',
    ' href="/x"',
    ' rel="self"',
    ' href="https://news.example/3"',
    ' rel="Alternate" href="https://news.example/4" type="Text/HTML"',
    ' rel="enclosure" href="https://news.example/5.mp3"',
    ' rel="related" href="https://news.example/6" title="x"',
    ' href="https://news.example/7" type="application/xhtml+xml"',
    ' href="https://news.example/8" type="application/pdf"',
]


@st.composite
def plain_elements(draw: st.DrawFn) -> str:
    """Give an element as simple entries have them; one in four has an attribute."""
    sort, values = draw(st.sampled_from([(_WORDED, TEXTS), (_PLACED, PLACES), (_DATED, DATES)]))
    name = draw(st.sampled_from(sort.split()))
    attribute = draw(st.sampled_from(_GIVEN)) if draw(st.integers(0, 3)) == 0 else ""
    return f"<{name}{attribute}>{draw(values)}</{name}>"


@st.composite
def plain_feeds(draw: st.DrawFn) -> str:
    """Give a feed of entries most of which are simple."""
    parts = st.one_of(plain_elements(), plain_elements(), plain_elements(), plain_elements(), elements())
    bodies = ["".join(one) for one in draw(st.lists(st.lists(parts, max_size=6), min_size=3, max_size=5))]
    head = "<title>Desk</title>" + "".join(draw(st.lists(st.one_of(elements(), plain_elements()), max_size=2)))
    odd = draw(st.sampled_from(["", "", "", ' xmlns:media="http://purl.org/dc/elements/1.1/"', ' xmlns:q="urn:q"']))
    media = "" if "media" in odd else f'xmlns:media="{MEDIA}"'
    spaces = f'xmlns:content="{CONTENT}" xmlns:dc="{DC}" {media} xmlns:x="urn:x" xmlns:a="http://www.w3.org/2005/Atom"'
    spaces += f' xmlns:wfw="http://wellformedweb.org/CommentAPI/"{odd}'
    if draw(st.booleans()):
        return atom(*(f"<entry>{body}</entry>" for body in bodies), root=spaces, head=head)
    items = "".join(f"<item>{body}</item>" for body in bodies)
    return f'<rss version="2.0" {spaces}><channel>{head}{items}</channel></rss>'
