"""The story behind an aggregator's entry, from the entry itself: no request is made. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.identity import clean_text
from monitor.model import FeedEntry
from monitor.poll.markup import one_line, plain

_DEEPEST: Final = 5  # redirectors within redirectors
_GOOGLE: Final = r"(?:www\.|news\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?"


@dataclass(frozen=True, slots=True)
class _Redirector:
    """Addresses that carry another one in their query."""

    host: re.Pattern[str]
    path: re.Pattern[str]
    parameters: tuple[str, ...]


def _redirector(host: str, path: str, *parameters: str) -> _Redirector:
    return _Redirector(re.compile(host), re.compile(path, re.IGNORECASE), parameters)


# Forms seen in feeds in November 2026; each one has a case in the tests.
_REDIRECTORS: Final = (
    _redirector(r"(?:[a-z]{2,3}\.)?bing\.com", r"/news/apiclick\.aspx", "url"),
    _redirector(_GOOGLE, r"/(?:news/)?url", "url", "q"),
    _redirector(r"(?:l|lm)\.facebook\.com", r"/l\.php", "u"),
    _redirector(r"out\.reddit\.com", r"/.*", "url"),
    _redirector(r"duckduckgo\.com", r"/l/", "uddg"),
)
_YAHOO: Final = re.compile(r"r\.search\.yahoo\.com")
_YAHOO_TARGET: Final = re.compile(r"/RU=([^/]+)/")

_TALK: Final = re.compile(r"(?:news\.ycombinator\.com|lobste\.rs)")  # names the story as link, the talk beside it
_REDDIT: Final = re.compile(r"(?:[a-z0-9-]+\.)*(?:reddit\.com|redd\.it|redditmedia\.com)")
_PICTURES: Final = re.compile(r"(?:i\.)?imgur\.com|gfycat\.com|giphy\.com")
_PICTURE: Final = re.compile(r"\.(?:avif|gif|gifv|jpe?g|mp4|png|webm|webp)\Z", re.IGNORECASE)
# What stands in every address of those above, whatever its case; or what a reader of addresses takes out of them.
_PERHAPS: Final = re.compile(
    r"bing\.com|google\.|facebook\.com|redd|duckduckgo\.com|yahoo\.com|ycombinator\.com|lobste\.rs|[\t\n\r]",
    re.IGNORECASE,
)
_ANCHOR: Final = re.compile(
    r"""<a\s[^<>]{0,4000}?href\s*=\s*["']([^"'<>]{1,4000})["'][^<>]{0,1000}>([^<]{0,4000})</a>"""
)
_STORY_LABEL: Final = re.compile(r"Article URL:\s*\Z")  # hnrss.org
_LOOKED_AT: Final = 50_000  # characters of an entry's markup


def behind_redirects(address: str) -> str | None:
    """Return where an aggregator's redirecting address leads, read from the address itself; None if it is none.

    Decoded once a level. What it leads to must be a web address with a named host, else it is no story.
    """
    found: str | None = None
    for _ in range(_DEEPEST):
        target = _target(found or address)
        if target is None:
            return found
        found = target
    return None  # deeper than any aggregator goes


def led_to_story(entry: FeedEntry, *, markup: str = "", talk: str | None = None) -> FeedEntry:
    """Return the entry with the story as its address and the aggregator's own as `via_url`, where it has both.

    `markup` is the entry's text as HTML; `talk` the address where readers discuss it, if the document names one.
    An entry that is itself the story, a question to the readers for instance, is returned as it is.
    """
    if entry.url is None or not (talk or _PERHAPS.search(entry.url)):
        return entry
    story = behind_redirects(entry.url)
    if story is not None:
        guid = entry.guid and (behind_redirects(entry.guid) or entry.guid)
        return replace(entry, url=story, via_url=entry.url, guid=guid)
    host = _host(entry.url)
    if _REDDIT.fullmatch(host):
        return _over(entry, _linked_on_reddit(markup))
    if _TALK.fullmatch(host):
        return _over(entry, _labelled(markup))
    if talk and _TALK.fullmatch(_host(talk)):
        return replace(entry, via_url=talk)
    return entry


def _over(entry: FeedEntry, story: str | None) -> FeedEntry:
    return entry if story is None else replace(entry, url=story, via_url=entry.url)


def _linked_on_reddit(markup: str) -> str | None:
    """Return the address under `[link]`, None if it is Reddit's own or a picture."""
    for _, address, words in _anchors(markup):
        if words == "[link]":
            story = _public(behind_redirects(address) or address)
            return None if story is None or _is_picture(story) else story
    return None


def _labelled(markup: str) -> str | None:
    """Return the address that the text calls the article's, None if it is the talk itself."""
    for before, address, _ in _anchors(markup):
        if _STORY_LABEL.search(plain(before)[-40:]):
            story = _public(address)
            return None if story is None or _TALK.fullmatch(_host(story)) else story
    return None


def _anchors(markup: str) -> Iterator[tuple[str, str, str]]:
    """Give the links of an HTML text: the 100 characters before, address and words."""
    text = markup[:_LOOKED_AT]
    for anchor in _ANCHOR.finditer(text):
        before = text[max(0, anchor.start() - 100) : anchor.start()]
        yield before, unescape(anchor[1]).strip(), one_line(unescape(anchor[2]))


def _is_picture(address: str) -> bool:
    host = _host(address)
    return bool(_REDDIT.fullmatch(host) or _PICTURES.fullmatch(host) or _PICTURE.search(urlsplit(address).path))


def _target(address: str) -> str | None:
    """Return what one redirecting address carries."""
    parts = _split(address)
    if parts is None:
        return None
    host = parts.hostname or ""
    if _YAHOO.fullmatch(host):
        inside = _YAHOO_TARGET.search(parts.path)
        return _public(unquote(inside[1])) if inside else None
    for form in _REDIRECTORS:
        if form.host.fullmatch(host) and form.path.fullmatch(parts.path):
            values = (_value(parts.query, name) for name in form.parameters)
            return next((target for value in values if (target := _public(value))), None)
    return None


def _value(query: str, name: str) -> str:
    """Return a parameter, decoded once; `+` stays, because these addresses write a space as `%20`."""
    for piece in query.split("&"):
        key, _, value = piece.partition("=")
        if key == name:
            return unquote(value)
    return ""


def _public(address: str) -> str | None:
    """Return an address if it is one of the web whose host has a name and a domain, as stories have."""
    parts = _split(address)
    if parts is None or parts.scheme not in {"http", "https"} or parts.username is not None:
        return None
    _, dot, domain = (parts.hostname or "").rpartition(".")
    is_named = bool(dot) and domain.replace("-", "").isalnum() and not domain.isdigit()
    return address if is_named and not any(c.isspace() or c == "\\" for c in address) else None


def _split(address: str) -> SplitResult | None:
    if clean_text(address) != address:
        return None
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _host(address: str) -> str:
    parts = _split(address)
    return (parts.hostname or "") if parts else ""
