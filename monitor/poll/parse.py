"""Feed bytes -> entries in plain words: RSS, RDF, Atom and CDF by feedparser, the rest by us. Runs in the sandbox."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any, Final, NamedTuple

from monitor.errors import ParseError
from monitor.identity import clean_text, tidy_text, web_address, wide_text
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll.aggregators import led_to_story
from monitor.poll.charset import feed_text
from monitor.poll.dates import from_parsed
from monitor.poll.dialect import NEWS_SITEMAP, SITEMAP, SITEMAP_INDEX, dialect_of
from monitor.poll.jsonfeed import looks_like_json, read_json_feed
from monitor.poll.limits import MAX_DATE, MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE
from monitor.poll.markup import one_line, plain, words
from monitor.poll.packed import unpacked
from monitor.poll.simple import simple_entries
from monitor.poll.sitemap import read_news_sitemap
from monitor.poll.trim import Layout, as_set, layout_of, trimmed

_PERIODS_S: Final = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 7 * 86400,
    "monthly": 30 * 86400,
    "yearly": 365 * 86400,
}
_ENTRY_TAG: Final = re.compile(r"<(/?)(?:[\w.\-]+:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
FEW: Final = 3  # unseen entries; to set out for fewer costs more than feedparser takes for them

_Made = tuple[str, frozenset[str]]  # in what document, and of what: one way in which programs write entries
_proven: set[_Made] = set()  # read alike by feedparser, once by each worker process


class _Simple(NamedTuple):
    """An entry that was read without feedparser."""

    entry: FeedEntry
    made: _Made


def parse_feed(body: bytes, content_type: str | None, url: str, known: bytes = b"") -> FeedDocument:
    """Return what a feed document holds, entries in document order, addresses made absolute against `url`.

    Entries whose digest is among `known` are left out and counted in `skipped`; `known` is the `digests` of the
    document before, or empty. Raises ParseError: `empty_feed` for no bytes, `not_a_feed` for neither entries nor
    title, `parse_crashed` where the parser raised, and what `packed` raises. A broken document that still has entries
    is given back with `partial` set.
    """
    body = unpacked(body)
    if not body.strip():
        raise ParseError(Reason.EMPTY_FEED, "the document is empty")
    dialect = dialect_of(body)
    if dialect in {SITEMAP, NEWS_SITEMAP}:
        return read_news_sitemap(body, content_type, url)
    if dialect == SITEMAP_INDEX:
        raise ParseError(Reason.NOT_A_FEED, "a sitemap index: it lists sitemaps and no stories; follow one of those")
    document = read_json_feed(body, url) if looks_like_json(body) else _read_xml(body, content_type, url, known)
    if not (document.entries or document.skipped or document.title):
        raise ParseError(Reason.NOT_A_FEED, "neither entries nor a title")
    return document


def parse_broken_off(body: bytes, content_type: str | None, url: str) -> FeedDocument:
    """Return the whole entries of a document whose end did not arrive, always as `partial` and without digests.

    The entry it broke off in is left out: half a link is an address of nothing. Raises ParseError like
    `parse_feed`, and `truncated` if there is no whole entry.
    """
    try:
        document = parse_feed(_without_half_entry(unpacked(body, whole=False)), content_type, url)
    except ParseError as error:
        if error.reason in {Reason.EMPTY_FEED, Reason.NOT_A_FEED}:
            raise ParseError(Reason.TRUNCATED, f"the document breaks off: {error.detail}") from error
        raise
    if not document.entries:
        raise ParseError(Reason.TRUNCATED, "the document breaks off before the end of its first entry")
    return replace(document, partial=True, digests=b"")


def _without_half_entry(body: bytes) -> bytes:
    wide = wide_text(body)
    text = body.decode("latin-1") if wide is None else wide
    last = deque(_ENTRY_TAG.finditer(text), maxlen=1)
    if not last or last[0][1]:
        return body
    return text[: last[0].start()].encode("latin-1" if wide is None else "utf-16", "surrogatepass")


def _read_xml(body: bytes, content_type: str | None, url: str, known: bytes) -> FeedDocument:
    """Return a document of any dialect feedparser knows, only the unseen entries parsed where that can be done."""
    decoded = feed_text(body, content_type)
    document = _read_text(decoded.text.encode("utf-8", "replace"), url, known)
    return replace(document, encoding=decoded.encoding, undecodable=decoded.undecodable)


def _read_text(whole: bytes, url: str, known: bytes) -> FeedDocument:
    layout = layout_of(whole, url)
    if layout is None:
        return _read(whole, url)[0]
    seen = as_set(known)
    unseen = [number for number, digest in enumerate(layout.digests) if digest not in seen]
    simple = _simple(whole, layout, unseen, url)
    made = {one.made: number for number, one in reversed(simple.items())}
    to_prove = {number for how, number in made.items() if how not in _proven}
    left = [number for number in unseen if number not in simple or number in to_prove]
    if len(left) == len(layout.spans):
        document, found = _read(whole, url)
        return _with_digests(document, layout) if found == len(left) else document
    rest = trimmed(whole, layout, left)
    document, found = _read(rest.document, url)
    read = dict(zip(left, document.entries[rest.blank :], strict=False))
    as_proven = found == rest.kept + rest.blank and not document.partial
    if not as_proven or any(simple[number].entry != read[number] for number in to_prove):
        return _read(whole, url)[0]  # then the whole it is
    _proven.update(made)
    entries = tuple(read[number] if number in read else simple[number].entry for number in unseen)
    return _with_digests(replace(document, entries=entries, skipped=len(layout.spans) - len(unseen)), layout)


def _simple(whole: bytes, layout: Layout, unseen: Sequence[int], url: str) -> dict[int, _Simple]:
    """Return those of the unseen entries that can be read without feedparser, by number, in order."""
    from feedparser.datetimes import _parse_date  # noqa: PLC0415  # see `_feedparser`

    if len(unseen) < FEW:
        return {}
    try:
        found = simple_entries(whole, layout.prefixes, _parse_date)
        if len(found) != len(layout.spans):
            return {}
        return {
            number: _Simple(_entry(entry, url), (layout.context, frozenset(entry)))
            for number in unseen
            if (entry := found[number]) is not None
        }
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # a fault of ours may cost time here, and no entry
        return {}


def _with_digests(document: FeedDocument, layout: Layout) -> FeedDocument:
    return document if document.partial else replace(document, digests=b"".join(dict.fromkeys(layout.digests)))


def _read(document: bytes, url: str) -> tuple[FeedDocument, int]:
    """Return what feedparser reads in a UTF-8 document, and how many entries it found."""
    parsed = _feedparser(document, url)
    head: Mapping[str, Any] = parsed["feed"]
    entries = parsed["entries"]
    read = FeedDocument(
        title=_title(head)[:MAX_TITLE] or None,
        entries=tuple(_entry(entry, url) for entry in entries[:MAX_ENTRIES]),
        ttl_s=_ttl_s(head),
        partial=_is_broken(parsed) or len(entries) > MAX_ENTRIES,
    )
    return read, len(entries)


def _feedparser(document: bytes, url: str) -> Any:
    """Return feedparser's result.

    The bytes go in as a stream: given plainly, feedparser first tries to open a file of that name.
    """
    import feedparser  # noqa: PLC0415  # only the worker process pays for it

    feedparser.api.PREFERRED_XML_PARSERS.clear()  # expat alone: another is looked for anew for each document
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:  # feedparser raises what its input provokes
        raise ParseError(Reason.PARSE_CRASHED, f"{type(error).__name__}: {error}"[:300]) from error


def _is_broken(parsed: Mapping[str, Any]) -> bool:
    """Tell a document that did not parse; one that only is misnamed never gets as far as feedparser."""
    return bool(parsed["bozo"])


def _entry(entry: Mapping[str, Any], base: str) -> FeedEntry:
    raw, published = _date(entry)
    text, kind = _text(entry)
    read = FeedEntry(
        guid=clean_text(_string(entry, "id")).strip() or None,
        url=web_address(_link(entry), base),
        title=_title(entry)[:MAX_TITLE],
        summary=_words(text, kind)[:MAX_SUMMARY],
        published_at=published,
        published_raw=raw,
        publisher=_publisher(entry),
    )
    return led_to_story(read, markup=text, talk=web_address(_string(entry, "comments"), base))


def _own(entry: Mapping[str, Any], key: str) -> Any:
    """Return a value under exactly this key; feedparser's own look-up warns and answers with others."""
    return dict.get(entry, key) if isinstance(entry, dict) else None


def _string(entry: Mapping[str, Any], key: str) -> str:
    """Return the text under this key, "" for none and for an element with attributes, which is none."""
    value = _own(entry, key)
    return value if isinstance(value, str) else ""


def _title(part: Mapping[str, Any]) -> str:
    return _words(_own(part, "title"), _own(part, "title_detail")).replace("\n", " ")


def _text(entry: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | None]:
    """Return the longer of summary and content, as it is written: some feeds tease in one and tell in the other."""
    candidates = [(_own(entry, "summary"), _own(entry, "summary_detail"))]
    candidates += [(part.get("value"), part) for part in _own(entry, "content") or ()]
    value, detail = max(candidates, key=lambda candidate: len(candidate[0] or ""))
    return (value, detail) if isinstance(value, str) else ("", None)


def _words(value: object, detail: Mapping[str, Any] | None) -> str:
    """Return the tidy words of a text of feedparser's, "" for none."""
    if not isinstance(value, str):
        return ""
    is_html = detail is None or detail.get("type", "text/html") in _HTML
    return plain(value) if is_html else tidy_text(words(value))


def _link(entry: Mapping[str, Any]) -> str | None:
    links = [link.get("href") for link in _own(entry, "links") or () if link.get("rel") != "enclosure"]
    for candidate in (_own(entry, "feedburner_origlink"), _own(entry, "link"), *links):
        if isinstance(candidate, str) and candidate.strip():
            return candidate
    return None


def _date(entry: Mapping[str, Any]) -> tuple[str | None, Any]:
    for key in ("published", "updated", "created"):
        raw = _string(entry, key)
        if raw:
            text = clean_text(raw).strip()[:MAX_DATE]
            return text or None, from_parsed(_own(entry, f"{key}_parsed"), text)
    return None, None


def _publisher(entry: Mapping[str, Any]) -> str | None:
    source = _own(entry, "source")
    name = _title(source) if isinstance(source, Mapping) else _string(entry, "news_source")  # Bing
    return one_line(name)[:MAX_TITLE] or None


def _ttl_s(head: Mapping[str, Any]) -> int | None:
    """Return how long the publisher asks us to wait: `ttl` in minutes, else the syndication module's words."""
    minutes = _number(_string(head, "ttl"))
    if minutes is not None:
        return minutes * 60
    period = _PERIODS_S.get(_string(head, "sy_updateperiod").strip().lower())
    return None if period is None else period // (_number(_string(head, "sy_updatefrequency")) or 1)


def _number(value: str) -> int | None:
    """Return a positive whole number of at most six digits, None for anything else."""
    text = value.strip()
    return (int(text) or None) if text.isascii() and text.isdigit() and len(text) <= 6 else None
