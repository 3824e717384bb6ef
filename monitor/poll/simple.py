"""Entries simple enough to be read without feedparser, read as feedparser reads them: at a twentieth of its cost.

An entry is simple if it is made of elements that are listed here, with the attributes that are listed here, each at
most once, none with markup within, its addresses absolute and in plain characters. What feedparser does with those is
known to the last detail; every other entry is its own. Two things keep this true: tests that hold entry after entry
against feedparser's, and `parse`, which has feedparser read the first entry of each make as well and goes by it alone
where the two differ.

For documents that `trim` found to be sound: well-formed, without a DTD, entries in one run, none of which has a part
in how another is read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from html.entities import entitydefs
from types import MappingProxyType
from typing import Any, Final
from xml.etree import ElementTree as ET  # of documents expat has taken before, without a DTD

from monitor.identity import is_simple_address

MOST_BYTES: Final = 2 << 20  # of a document: a tree takes up to thirty times as much

_PLAIN, _HTML = "text/plain", "text/html"
_KINDS: Final = MappingProxyType({"text": _PLAIN, "text/plain": _PLAIN, "html": _HTML, "text/html": _HTML})
_PAGES: Final = frozenset({"html", "text/html", "xhtml", "application/xhtml+xml"})
_LANG, _BASE = (f"{{http://www.w3.org/XML/1998/namespace}}{name}" for name in ("lang", "base"))
_OF_TEXTS: Final = frozenset({"type", _LANG, _BASE})  # a base is of no use to texts that are taken as they are
_OF_LINKS: Final = frozenset({"href", "rel", "type", "title", "hreflang", "length"})
_NAME: Final = re.compile(r"(?:tag|urn):[A-Za-z0-9:._~@=+,%-][A-Za-z0-9:._~@=+,%/?#&-]*")
_ENTITY: Final = re.compile(r"&#?\w+;")
_NAMED: Final = re.compile(r"&(\w+);")
_CONTROL: Final = re.compile(r"[\x80-\x9f]")  # feedparser takes them for characters of Windows

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
# By the prefix that feedparser gives them; bound to something else, it means two things.
_SPACES: Final = MappingProxyType(
    {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "media": "http://search.yahoo.com/mrss/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "wfw": "http://wellformedweb.org/CommentAPI/",
    }
)

Found = dict[str, Any]  # one entry under feedparser's keys, as far as they are read
_Reader = Callable[[Found, ET.Element], None]


class _OddError(Exception):
    """The entry is not simple."""


def simple_entries(
    document: bytes, prefixes: Mapping[str, str], parse_date: Callable[[str], object]
) -> list[Found | None]:
    """Return each entry of a sound document as feedparser would give it, None for one that only feedparser can read.

    `prefixes` are the namespaces that the head declares, `parse_date` is feedparser's. An empty list for a document
    that is not to be read like this at all.
    """
    foreign = any(prefixes.get(name, uri).rstrip("/") != uri.rstrip("/") for name, uri in _SPACES.items())
    if foreign or len(document) > MOST_BYTES:
        return []
    root = ET.fromstring(document)  # noqa: S314  # as above
    if root.tag == "rss":
        return [_entry(one, _OF_RSS, parse_date) for one in root.iterfind("channel/item")]
    return [_entry(one, _OF_ATOM, parse_date) for one in root.iterfind(f"{_ATOM}entry")]


def _entry(element: ET.Element, readers: Mapping[str, _Reader], parse_date: Callable[[str], object]) -> Found | None:
    if element.attrib.keys() - {_LANG}:
        return None
    found: Found = {}
    try:
        for child in element:
            readers.get(child.tag, _odd)(found, child)
    except _OddError:
        return None
    if "content" in found:
        found.setdefault("summary", found["content"][0]["value"])
    dated = next((key for key in ("published", "updated") if found.get(key)), None)
    if dated is not None:
        found[f"{dated}_parsed"] = parse_date(found[dated])
    return found


def _odd(_found: Found, _element: ET.Element) -> None:
    raise _OddError


def _silent(_found: Found, element: ET.Element) -> None:
    """Read an element of which nothing is kept, and nothing stays behind in feedparser."""
    if len(element):
        raise _OddError


def _person(_found: Found, element: ET.Element) -> None:
    if any(len(child) or child.tag not in _OF_PERSONS for child in element):
        raise _OddError


def _put(found: Found, key: str, value: object) -> None:
    if key in found:
        raise _OddError
    found[key] = value


def _text(element: ET.Element) -> str:
    if len(element):
        raise _OddError
    return (element.text or "").strip()


def _mended(text: str) -> str:
    """Return text as feedparser gives it: UTF-8 that was taken for Latin-1 on its way is put right."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    if _CONTROL.search(text):
        raise _OddError
    return text


def _value(element: ET.Element) -> str:
    """Return the text of an element without attributes."""
    if element.attrib:
        raise _OddError
    return _mended(_text(element))


def _kind(element: ET.Element) -> str:
    """Return of what type the text of an Atom element is."""
    if element.attrib.keys() - _OF_TEXTS:
        raise _OddError
    kind = _KINDS.get(element.attrib.get("type", "text"))
    if kind is None:
        raise _OddError
    return kind


def _plain_value(found: Found, element: ET.Element, key: str) -> None:
    _put(found, key, _value(element))


def _address(found: Found, element: ET.Element, key: str) -> None:
    value = _value(element)
    if not is_simple_address(value):
        raise _OddError
    _put(found, key, value)


def _rss_title(found: Found, element: ET.Element) -> None:
    """Read a title that is HTML if it looks so: if it has entities of HTML."""
    value, text = _value(element), _text(element)
    if "<" in text:
        raise _OddError
    is_html = _ENTITY.search(text) is not None and all(name in entitydefs for name in _NAMED.findall(text))
    _put(found, "title", value)
    found["title_detail"] = {"type": _HTML if is_html else _PLAIN}


def _rss_link(found: Found, element: ET.Element) -> None:
    if "links" in found:
        raise _OddError
    found.pop("link", None)  # of the guid
    _address(found, element, "link")
    found["links"] = [{"rel": "alternate", "href": found["link"]}]


def _guid(found: Found, element: ET.Element) -> None:
    if element.attrib.keys() - {"isPermaLink"}:
        raise _OddError
    text = _text(element)
    _put(found, "id", _mended(text))
    if element.attrib.get("isPermaLink", "true") == "true":
        if not is_simple_address(text):
            raise _OddError
        found.setdefault("link", text)


def _description(found: Found, element: ET.Element) -> None:
    _put(found, "summary", _value(element))
    found["summary_detail"] = {"type": _HTML}


def _encoded(found: Found, element: ET.Element) -> None:
    _put(found, "content", [{"type": _HTML, "value": _value(element)}])


def _source(found: Found, element: ET.Element) -> None:
    if element.attrib.keys() - {"url"}:
        raise _OddError
    value = _mended(_text(element))
    _put(found, "source", {"title": value} if value else {})


def _words(found: Found, element: ET.Element, key: str) -> None:
    _put(found, key, _mended(_text(element)))
    found[f"{key}_detail"] = {"type": _kind(element)}


def _content(found: Found, element: ET.Element) -> None:
    _put(found, "content", [{"type": _kind(element), "value": _mended(_text(element))}])


def _atom_id(found: Found, element: ET.Element) -> None:
    value = _value(element)
    if not (is_simple_address(value) or _NAME.fullmatch(value)):
        raise _OddError
    _put(found, "id", value)
    found.setdefault("link", value)


def _atom_link(found: Found, element: ET.Element) -> None:
    given = element.attrib
    href, rel = given.get("href", ""), given.get("rel", "alternate").lower()
    if len(element) or given.keys() - _OF_LINKS or not is_simple_address(href):
        raise _OddError
    found.setdefault("links", []).append({"rel": rel, "href": href})
    if rel == "alternate" and given.get("type", _HTML).lower() in _PAGES:
        found["link"] = href


def _silently(space: str, names: str) -> Iterator[tuple[str, _Reader]]:
    return ((f"{{{space}}}{name}", _silent) for name in names.split())


_MODULES: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        **dict(
            _silently(_SPACES["dc"], "contributor creator format identifier language publisher rights subject type")
        ),
        **dict(_silently(_SPACES["media"], "content copyright credit keywords thumbnail")),
        **dict(_silently(_SPACES["slash"], "comments department hit_parade section")),
        **dict(_silently(_SPACES["wfw"], "comment commentRss")),
        f"{{{_SPACES['dc']}}}date": partial(_plain_value, key="updated"),
        f"{{{_SPACES['content']}}}encoded": _encoded,
        "{com-wordpress:feed-additions:1}post-id": _silent,
        "{http://purl.org/syndication/thread/1.0}total": _silent,
    }
)
_OF_RSS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        **_MODULES,
        **dict.fromkeys(("author", "category", "enclosure"), _silent),
        "title": _rss_title,
        "link": _rss_link,
        "guid": _guid,
        "description": _description,
        "pubDate": partial(_plain_value, key="published"),
        "comments": partial(_address, key="comments"),
        "source": _source,
    }
)
_OF_ATOM: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        **_MODULES,
        **dict.fromkeys((f"{_ATOM}category", f"{_ATOM}rights"), _silent),
        **dict.fromkeys((f"{_ATOM}author", f"{_ATOM}contributor"), _person),
        f"{_ATOM}title": partial(_words, key="title"),
        f"{_ATOM}summary": partial(_words, key="summary"),
        f"{_ATOM}content": _content,
        f"{_ATOM}id": _atom_id,
        f"{_ATOM}link": _atom_link,
        f"{_ATOM}published": partial(_plain_value, key="published"),
        f"{_ATOM}updated": partial(_plain_value, key="updated"),
    }
)
_OF_PERSONS: Final = frozenset(f"{_ATOM}{name}" for name in ("name", "uri", "email"))
