"""What a page says of itself in its head: a few tags read by us instead of a third of an extractor's time."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from monitor.extract.linked import Node, article_node, bare
from monitor.identity import clean_text, utc_moment, web_address

_MAX_WORDS: Final = 500  # characters of a title, name or date
_MAX_AUTHORS: Final = 10
_LANGUAGE: Final = re.compile(r"\s*([a-zA-Z]{2})(?:[-_].*)?\s*\Z", re.DOTALL)
_NO_NAME: Final = re.compile(r"(?i:(?:https?:)?//|www\.|@)|\S+\.[a-z]{2,7}\Z")  # addresses, of people too
_BY: Final = re.compile(r"\A(?:by|von|par|por|di|door|av|af)\s+", re.IGNORECASE)
_PATH_DATE: Final = re.compile(r"/((?:19|20)\d\d)([/-]?)(\d\d)\2(\d\d)(?=[/_.-]|\Z)")
_PARTING: Final = r"\s*[|\u2013\u2014\u00b7\u2022\u00bb:-]\s*"  # between a title and the name of the site

_TITLE: Final = ("og:title", "twitter:title", "dc.title", "headline")
_SITE: Final = ("og:site_name", "application-name")
_AUTHOR: Final = ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl")
_PUBLISHED: Final = ("article:published_time", "datepublished")
_DATE: Final = (
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
)
_MODIFIED: Final = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "last-modified")
_TIER: Final = "article:content_tier"  # free, metered or locked
_LANGUAGES: Final = ("og:locale", "content-language", "language")
_ADDRESS: Final = "og:url"
_READ: Final = frozenset((*_TITLE, *_SITE, *_AUTHOR, *_PUBLISHED, *_DATE, *_MODIFIED, *_LANGUAGES, _TIER, _ADDRESS))


@dataclass(frozen=True, slots=True)
class Head:
    """The page's own word on itself; None where it gives none."""

    title: str  # "" if there is none
    language: str | None  # ISO 639-1
    published_at: datetime | None
    modified_at: datetime | None
    author: str | None  # several are parted by ", "
    site: str | None
    canonical_url: str | None
    locked: bool  # it says that it is not free to read
    words: int | None  # of the article


def read_head(tree: Any, url: str) -> Head:
    """Return what the meta tags, JSON-LD, `<html lang>` and `<title>` of a page state."""
    meta = _meta(tree)
    canonical = _canonical(tree, meta, url)
    article = article_node(tree, {bare(url), bare(canonical or url)} - {""})
    site = _first(meta, _SITE) or _name(article.get("publisher"))
    return Head(
        title=_without_site(_first(meta, _TITLE) or _words(article.get("headline")) or _heading(tree) or "", site),
        language=_language(tree, meta, article),
        published_at=_published(tree, meta, article) or _dated_address(url),
        modified_at=_modified(tree, meta, article),
        author=_author(tree, meta, article, site),
        site=site,
        canonical_url=canonical,
        locked=str(article.get("isAccessibleForFree")).lower() == "false" or meta.get(_TIER) == "locked",
        words=_count(article.get("wordCount")),
    )


def _meta(tree: Any) -> dict[str, str]:
    """Return the first content of each meta tag that is read, under its name, property, itemprop or http-equiv."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        get = tag.get
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = (get(attribute) or "").strip().lower()
            if key in _READ and key not in found and (content := _words(get("content"))):
                found[key] = content
    return found


def _heading(tree: Any) -> str | None:
    """Return the only h1 of the page, else its title."""
    headings = [heading for heading in tree.iter("h1") if _words("".join(heading.itertext()))]
    source = headings[0] if len(headings) == 1 else next(tree.iter("title"), None)
    return None if source is None else _words("".join(source.itertext()))


def _without_site(title: str, site: str | None) -> str:
    """Return a title without the site's name behind it."""
    if not site:
        return title
    return re.sub(rf"{_PARTING}{re.escape(site)}\Z", "", title, flags=re.IGNORECASE) or title


def _language(tree: Any, meta: dict[str, str], article: Node) -> str | None:
    stated = (
        tree.get("lang"),
        tree.get("xml:lang"),
        *map(meta.get, _LANGUAGES),
        article.get("inLanguage"),
    )
    for one in stated:
        if isinstance(one, str) and (match := _LANGUAGE.match(one)):
            return match[1].lower()
    return None


def _published(tree: Any, meta: dict[str, str], article: Node) -> datetime | None:
    candidates = [meta.get(key) for key in _PUBLISHED]
    candidates.append(_words(article.get("datePublished")))
    candidates += [meta.get(key) for key in _DATE]
    candidates += [tag.get("datetime") for tag in tree.iter("time") if _marks_publication(tag)]
    return _first_moment(candidates)


def _marks_publication(tag: Any) -> bool:
    return tag.get("itemprop") == "datePublished" or tag.get("pubdate") is not None


def _modified(tree: Any, meta: dict[str, str], article: Node) -> datetime | None:
    candidates = [meta.get(key) for key in _MODIFIED[:2]]
    candidates.append(_words(article.get("dateModified")))
    candidates += [meta.get(key) for key in _MODIFIED[2:]]
    candidates += [tag.get("datetime") for tag in tree.iter("time") if tag.get("itemprop") == "dateModified"]
    return _first_moment(candidates)


def _first_moment(candidates: list[str | None]) -> datetime | None:
    return next((moment for raw in candidates if raw and (moment := _moment(raw))), None)


def _moment(raw: str) -> datetime | None:
    moment = utc_moment(raw)
    if moment is not None:
        return moment
    try:
        return utc_moment(parsedate_to_datetime(raw).isoformat())
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _author(tree: Any, meta: dict[str, str], article: Node, site: str | None) -> str | None:
    """Return who wrote it: by JSON-LD, which parts several names, else by a tag, else by a link to a profile.

    What calls the site itself its author is not believed.
    """
    linked = article.get("author")
    persons = [_name(one) for one in (linked if isinstance(linked, list) else [linked])]
    profiles = (_text(tag) for tag in tree.iter("a") if tag.get("rel") == "author")
    for source in (persons, (meta.get(key) for key in _AUTHOR), profiles):
        names = [_BY.sub("", name) for name in source if name and name != site and not _NO_NAME.match(name)]
        if names:
            return ", ".join(dict.fromkeys(names[:_MAX_AUTHORS] if source is persons else names[:1]))
    return None


def _dated_address(url: str) -> datetime | None:
    """Return the day in an address such as /2026/11/17/story, which many papers file their stories under."""
    match = _PATH_DATE.search(url)
    return utc_moment(f"{match[1]}-{match[3]}-{match[4]}") if match else None


def _text(tag: Any) -> str | None:
    return _words("".join(tag.itertext()))


def _name(value: object) -> str | None:
    """Return a name: the value itself, or that of the object or of the first of the list it is."""
    first = value[0] if isinstance(value, list) and value else value
    return _words(first.get("name") if isinstance(first, dict) else first)


def _count(value: object) -> int | None:
    digits = str(value).strip()
    return int(digits) if digits.isdecimal() and len(digits) < 7 else None


def _canonical(tree: Any, meta: dict[str, str], url: str) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and (found := web_address(link.get("href"), url)):
            return found
    return web_address(meta.get(_ADDRESS), url)


def _first(meta: dict[str, str], keys: tuple[str, ...]) -> str | None:
    return next((meta[key] for key in keys if key in meta), None)


def _words(value: object) -> str | None:
    """Return text on one line, bounded; None for anything that is no text or empty."""
    if not isinstance(value, str):
        return None
    return " ".join(clean_text(value).split())[:_MAX_WORDS] or None
