"""Feed bytes -> entries in plain words: RSS, RDF and Atom by feedparser, JSON Feed by us. Runs in the sandbox."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, Final

from monitor.errors import ParseError
from monitor.identity import clean_text, tidy_text, web_address, wide_text
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll.dates import from_parsed
from monitor.poll.jsonfeed import looks_like_json, read_json_feed
from monitor.poll.limits import MAX_DATE, MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE
from monitor.poll.markup import one_line, plain

_PERIODS_S: Final = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 7 * 86400,
    "monthly": 30 * 86400,
    "yearly": 365 * 86400,
}
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
# In text that calls itself plain: RSS has no way to say which it is.
_INLINE_TAG: Final = re.compile(r"</?(?:a|b|br|em|font|h[1-6]|i|img|p|span|strong|su[bp]|u)\b[^<>]*>", re.IGNORECASE)
_ENTRY_TAG: Final = re.compile(r"<(/?)(?:[\w.\-]+:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


def parse_feed(body: bytes, content_type: str | None, url: str) -> FeedDocument:
    """Return what a feed document holds, entries in document order, addresses made absolute against `url`.

    Raises ParseError: `empty_feed` for no bytes, `not_a_feed` for neither entries nor title, `parse_crashed`
    where the parser raised. A broken document that still has entries is given back with `partial` set.
    """
    if not body.strip():
        raise ParseError(Reason.EMPTY_FEED, "the document is empty")
    document = read_json_feed(body, url) if looks_like_json(body) else _read_xml(body, content_type, url)
    if not document.entries and not document.title:
        raise ParseError(Reason.NOT_A_FEED, "neither entries nor a title")
    return document


def parse_broken_off(body: bytes, content_type: str | None, url: str) -> FeedDocument:
    """Return the whole entries of a document whose end did not arrive, always as `partial`.

    The entry it broke off in is left out: half a link is an address of nothing. Raises ParseError like
    `parse_feed`, and `truncated` if there is no whole entry.
    """
    try:
        document = parse_feed(_without_half_entry(body), content_type, url)
    except ParseError as error:
        if error.reason in {Reason.EMPTY_FEED, Reason.NOT_A_FEED}:
            raise ParseError(Reason.TRUNCATED, f"the document breaks off: {error.detail}") from error
        raise
    if not document.entries:
        raise ParseError(Reason.TRUNCATED, "the document breaks off before the end of its first entry")
    return replace(document, partial=True)


def _without_half_entry(body: bytes) -> bytes:
    wide = wide_text(body)
    text = body.decode("latin-1") if wide is None else wide
    last = deque(_ENTRY_TAG.finditer(text), maxlen=1)
    if not last or last[0][1]:
        return body
    return text[: last[0].start()].encode("latin-1" if wide is None else "utf-16", "surrogatepass")


def _read_xml(body: bytes, content_type: str | None, url: str) -> FeedDocument:
    parsed = _feedparser(body, content_type, url)
    head: Mapping[str, Any] = parsed["feed"]
    entries = parsed["entries"]
    return FeedDocument(
        title=_title(head)[:MAX_TITLE] or None,
        entries=tuple(_entry(entry, url) for entry in entries[:MAX_ENTRIES]),
        ttl_s=_ttl_s(head),
        partial=_is_broken(parsed) or len(entries) > MAX_ENTRIES,
    )


def _feedparser(body: bytes, content_type: str | None, url: str) -> Any:
    """Return feedparser's result.

    The bytes go in as a stream: given plainly, feedparser first tries to open a file of that name.
    """
    import feedparser  # noqa: PLC0415  # only the worker process pays for it

    body, content_type = _as_utf8(body, content_type)
    headers = {"content-location": url}
    if content_type:
        headers["content-type"] = content_type
    try:
        return feedparser.parse(
            BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:  # surrogates, codecs: feedparser raises what its input provokes
        raise ParseError(Reason.PARSE_CRASHED, f"{type(error).__name__}: {error}"[:300]) from error


def _as_utf8(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """Return UTF-16 and UTF-32 bodies as UTF-8: without a declaration feedparser reads their zero bytes as text."""
    text = wide_text(body)
    if text is None:
        return body, content_type
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), "application/xml; charset=utf-8"


def _is_broken(parsed: Mapping[str, Any]) -> bool:
    """Tell a document that did not parse from one whose server only misnamed its type or encoding."""
    import feedparser  # noqa: PLC0415  # as above

    harmless = (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
    return bool(parsed["bozo"]) and not isinstance(parsed.get("bozo_exception"), harmless)


def _entry(entry: Mapping[str, Any], base: str) -> FeedEntry:
    raw, published = _date(entry)
    return FeedEntry(
        guid=clean_text(str(_own(entry, "id") or "")).strip() or None,
        url=web_address(_link(entry), base),
        title=_title(entry)[:MAX_TITLE],
        summary=_summary(entry)[:MAX_SUMMARY],
        published_at=published,
        published_raw=raw,
        publisher=_publisher(entry),
    )


def _own(entry: Mapping[str, Any], key: str) -> Any:
    """Return a value under exactly this key; feedparser's own look-up warns and answers with others."""
    return dict.get(entry, key) if isinstance(entry, dict) else None


def _title(part: Mapping[str, Any]) -> str:
    return one_line(_words(_own(part, "title"), _own(part, "title_detail")))


def _summary(entry: Mapping[str, Any]) -> str:
    """Return the longer of summary and content: some feeds tease in one and tell in the other."""
    candidates = [(_own(entry, "summary"), _own(entry, "summary_detail"))]
    candidates += [(part.get("value"), part) for part in _own(entry, "content") or ()]
    value, detail = max(candidates, key=lambda candidate: len(candidate[0] or ""))
    return tidy_text(_words(value, detail))


def _words(value: object, detail: Mapping[str, Any] | None) -> str:
    if not isinstance(value, str):
        return ""
    is_html = detail is None or detail.get("type", "text/html") in _HTML
    return plain(value) if is_html or _INLINE_TAG.search(value) else value


def _link(entry: Mapping[str, Any]) -> str | None:
    links = [link.get("href") for link in _own(entry, "links") or () if link.get("rel") != "enclosure"]
    for candidate in (_own(entry, "feedburner_origlink"), _own(entry, "link"), *links):
        if isinstance(candidate, str) and candidate.strip():
            return candidate
    return None


def _date(entry: Mapping[str, Any]) -> tuple[str | None, Any]:
    for key in ("published", "updated", "created"):
        raw = _own(entry, key)
        if raw:
            text = clean_text(str(raw)).strip()[:MAX_DATE]
            return text or None, from_parsed(_own(entry, f"{key}_parsed"), text)
    return None, None


def _publisher(entry: Mapping[str, Any]) -> str | None:
    source = _own(entry, "source")
    return (_title(source)[:MAX_TITLE] or None) if isinstance(source, Mapping) else None


def _ttl_s(head: Mapping[str, Any]) -> int | None:
    """Return how long the publisher asks us to wait: `ttl` in minutes, else the syndication module's words."""
    minutes = _number(_own(head, "ttl"))
    if minutes is not None:
        return minutes * 60
    period = _PERIODS_S.get(str(_own(head, "sy_updateperiod") or "").strip().lower())
    return None if period is None else period // (_number(_own(head, "sy_updatefrequency")) or 1)


def _number(value: object) -> int | None:
    """Return a positive whole number of at most six digits, None for anything else."""
    text = str(value or "").strip()
    return (int(text) or None) if text.isascii() and text.isdigit() and len(text) <= 6 else None
