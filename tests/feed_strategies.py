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
