"""JSON Feed 1 and 1.1 (jsonfeed.org) -> entries; recognised by its bytes, whatever the server calls it."""

import json
from typing import Any, Final

from monitor.errors import ParseError
from monitor.identity import clean_text, tidy_text, utc_moment, web_address
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll.aggregators import led_to_story
from monitor.poll.limits import MAX_DATE, MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE
from monitor.poll.markup import one_line, plain, words

_MARKS_AND_SPACE: Final = b"\xef\xbb\xbf\xff\xfe \t\r\n"


def looks_like_json(body: bytes) -> bool:
    """Tell a JSON object from XML by the first character, in any Unicode encoding."""
    return body[:256].replace(b"\0", b"").lstrip(_MARKS_AND_SPACE).startswith(b"{")


def read_json_feed(body: bytes, base: str) -> FeedDocument:
    """Return what a JSON Feed holds, addresses made absolute against `base`.

    Raises ParseError `not_a_feed` for JSON that is broken or no feed.
    """
    try:
        feed = json.loads(body.decode(json.detect_encoding(body), "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise ParseError(Reason.NOT_A_FEED, f"broken JSON: {error}"[:300]) from error
    items = feed.get("items")
    if not isinstance(items, list):
        raise ParseError(Reason.NOT_A_FEED, "JSON without a list of items")
    sound = [item for item in items if isinstance(item, dict)]
    return FeedDocument(
        title=one_line(words(_text(feed, "title")))[:MAX_TITLE] or None,
        entries=tuple(_entry(item, base) for item in sound[:MAX_ENTRIES]),
        partial=len(sound) != len(items) or len(sound) > MAX_ENTRIES,
    )


def _entry(item: dict[str, Any], base: str) -> FeedEntry:
    raw = _text(item, "date_published") or _text(item, "date_modified")
    read = FeedEntry(
        guid=clean_text(_text(item, "id")).strip() or None,
        url=web_address(_text(item, "url"), base) or web_address(_text(item, "external_url"), base),
        title=one_line(words(_text(item, "title")))[:MAX_TITLE],
        summary=_summary(item)[:MAX_SUMMARY],
        published_at=utc_moment(raw),
        published_raw=clean_text(raw).strip()[:MAX_DATE] or None,
    )
    return led_to_story(read, markup=_text(item, "content_html"))


def _summary(item: dict[str, Any]) -> str:
    text = max(_text(item, "content_text"), _text(item, "summary"), key=len)
    return tidy_text(words(text)) or plain(_text(item, "content_html"))


def _text(part: dict[str, Any], key: str) -> str:
    """Return a text or number under this key as text, "" for anything else."""
    value = part.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
