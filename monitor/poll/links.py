"""The feeds that a web page names: those it declares in its head, and links that look like one. Pure, linear.

Reads no more than tags, without a tree: this runs in the worker process for feeds, which knows no HTML library.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from monitor.identity import canonical_url, host_key, queue_key, web_address
from monitor.poll.markup import Ends, one_line

MOST_LINKS: Final = 50  # of each sort that are kept of one page
MOST_TAGS: Final = 100_000  # of one page that are looked at
_MOST_ODD: Final = 1_000  # of each sort that are looked at, whether kept or not
_LONGEST_TAG: Final = 8_192  # characters
_MOST_TITLE: Final = 200

_TAG: Final = re.compile(r"<(?:!--|(link|a|base|script|style|template)(?=[\s/>]))", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_FEED_TYPES: Final = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x.atom+xml",
        "application/x-atom+xml",
        "application/x-rss+xml",
        "application/xml",
        "text/rss+xml",
        "text/xml",
    }
)
_VAGUE: Final = "application/json"  # also what blogs declare their programming interface as
_LOOKS_LIKE_FEED: Final = re.compile(r"(?:^|[/.?&=_-])(?:rss2?|atom|rdf|feeds?)(?=$|[/.?&=_-])", re.IGNORECASE)
_COMMENTS: Final = re.compile(
    r"\b(?:comments?|kommentare?|commentaires?|comentarios?|commenti|reacties|komentarze)\b", re.IGNORECASE
)
_UNREAD: Final = frozenset({"script", "style", "template"})


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One feed a page names."""

    url: str  # absolute
    title: str | None = None
    declared: bool = False  # in a <link>, for programs; False: an ordinary link that looks like a feed
    comments: bool = False  # what readers wrote below the articles, by its address or title


def feed_links(html: str, url: str) -> list[FeedLink]:
    """Return the feeds a page at `url` names, each address once: the declared ones first, in the page's order."""
    base: str | None = None
    declared: list[dict[str, str]] = []
    linked: list[dict[str, str]] = []
    for name, attributes in _tags(html):
        address = attributes.get("href", "")
        if name == "base":
            base = base or web_address(address, url)
        elif name == "link" and address and _is_declared(attributes):
            declared.append(attributes)
        elif name == "a" and _looks_like_feed(address):
            linked.append(attributes)
    kept: dict[str, FeedLink] = {}
    _keep(kept, declared, base or url, url, declared=True)
    _keep(kept, linked, base or url, url, declared=False)
    return list(kept.values())


def is_about_comments(*words: str | None) -> bool:
    """Return whether an address or title says that a feed holds what readers wrote."""
    return any(_COMMENTS.search(word) for word in words if word)


def _keep(kept: dict[str, FeedLink], links: list[dict[str, str]], base: str, page: str, *, declared: bool) -> None:
    full, site = len(kept) + MOST_LINKS, queue_key(page)
    for attributes in links[:_MOST_ODD]:
        if len(kept) >= full:
            return
        address = web_address(attributes["href"], base)
        if address is None or not (declared or _belongs(address, site)):
            continue
        address = address.partition("#")[0].rstrip()
        title = one_line(attributes.get("title", ""))[:_MOST_TITLE] or None
        link = FeedLink(address, title, declared, is_about_comments(address, title))
        if canonical_url(address) != canonical_url(page):
            kept.setdefault(canonical_url(address), link)


def _tags(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the tags that can name a feed with their attributes, unseen parts of the page left out."""
    ends, position = Ends(html), 0
    for _ in range(MOST_TAGS):
        found = _TAG.search(html, position)
        if found is None:
            return
        if found[1] is None:
            position = ends.of_comment(found.start())
            continue
        name, position = found[1].lower(), ends.of_tag(found.start())
        if name in _UNREAD:
            position = ends.of_element(name, position)
        elif position - found.start() <= _LONGEST_TAG:
            yield name, _attributes(html[found.end() : position - 1])


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag by their names in lower case; of several alike the first counts."""
    found: dict[str, str] = {}
    for part in _ATTRIBUTE.finditer(text):
        found.setdefault(part[1].lower(), unescape(part[2] or part[3] or part[4] or "").strip())
    return found


def _is_declared(attributes: dict[str, str]) -> bool:
    words = attributes.get("rel", "").lower().split()
    kind = attributes.get("type", "").partition(";")[0].strip().lower()
    if "alternate" not in words and "feed" not in words:
        return False
    if kind == _VAGUE:
        return _looks_like_feed(attributes["href"])
    return kind in _FEED_TYPES or (not kind and "feed" in words)


def _looks_like_feed(address: str) -> bool:
    return _LOOKS_LIKE_FEED.search(address.partition("#")[0][-200:]) is not None


def _belongs(address: str, site: str) -> bool:
    """Return whether an address is of the page's own site, or of a host that by its name serves feeds for sites."""
    return host_key(address).partition(".")[0] in {"feed", "feeds", "rss"} or queue_key(address) == site
