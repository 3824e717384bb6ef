"""What a document from the web is, told by its root element: which dialect of feed, a sitemap, or a page."""

import re
from types import MappingProxyType
from typing import Final

from monitor.identity import wide_text
from monitor.poll.jsonfeed import looks_like_json
from monitor.poll.sitemap import NEWS

PAGE: Final = "web page"
NEWS_SITEMAP: Final = "news sitemap"
SITEMAP: Final = "sitemap"
SITEMAP_INDEX: Final = "sitemap index"
OPML: Final = "list of feeds (OPML)"

_ROOTS: Final = MappingProxyType(
    {"rdf": "RSS 1.0", "feed": "Atom", "sitemapindex": SITEMAP_INDEX, "opml": OPML, "html": PAGE}
)
_HEAD_BYTES: Final = 65_536  # a root element that comes later belongs to nothing anyone publishes
_NAME: Final = re.compile(r"[A-Za-z_][\w.:-]*")
_VERSION: Final = re.compile(r"""\sversion\s*=\s*["']\s*([0-9.]{1,8})""")


def dialect_of(body: bytes) -> str | None:
    """Return the name of a document's dialect, `web page` for HTML, None for what cannot be told by its root."""
    if looks_like_json(body):
        return "JSON Feed"
    head = wide_text(body[:_HEAD_BYTES]) or body[:_HEAD_BYTES].decode("latin-1")
    start = _root(head)
    found = _NAME.match(head, start + 1) if start >= 0 else None
    if found is None:
        return None
    end = head.find(">", start)
    return _named(found[0].lower().rpartition(":")[2], head[start : end if end > 0 else None], body)


def _named(root: str, tag: str, body: bytes) -> str | None:
    if root == "rss":
        version = _VERSION.search(tag)
        return f"RSS {version[1]}" if version else "RSS"
    if root == "urlset":
        return NEWS_SITEMAP if NEWS.encode() in body else SITEMAP
    if root == "rdf" and "my.netscape.com/rdf" in tag:
        return "RSS 0.90"
    if root == "feed" and "purl.org/atom" in tag:
        return "Atom 0.3"
    return _ROOTS.get(root)


def _root(head: str) -> int:
    """Return where the first element begins, behind comments, instructions and declarations; -1 without one."""
    position = 0
    while (start := head.find("<", position)) >= 0:
        if head.startswith("<!--", start):
            position = head.find("-->", start)
        elif head.startswith(("<?", "<!"), start):
            position = head.find(">", start)
        elif _NAME.match(head, start + 1):
            return start
        else:
            position = start + 1
        if position < 0:
            return -1
    return -1
