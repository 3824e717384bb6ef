"""What a page's JSON-LD says of its article: schema.org/Article, or nothing where it speaks of other stories."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

_MAX_JSON: Final = 200_000  # characters of one block
_MAX_NODES: Final = 2_000  # of all blocks
_ARTICLES: Final = frozenset({"BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "Report"})

Node = dict[str, Any]


def article_node(tree: Any, addresses: set[str]) -> Node:
    """Return the node of the page's own article, {} if there is none.

    It is the one that names the page's address, else the first that names none; a single one is believed whatever it
    names. `addresses` are those of the page, as `bare` gives them. A page without an article's node but with stray
    dates and authors in others gets these, if each is said once.
    """
    nodes = list(_nodes(tree))
    articles = [node for node in nodes if _is_article(node)]
    ranked = sorted(articles, key=lambda node: -_nearness(node, addresses))
    if ranked and (len(ranked) == 1 or _nearness(ranked[0], addresses) > 0):
        return ranked[0]
    return {} if articles else _pieced(nodes)


def bare(url: str) -> str:
    """Return an address without what two spellings of it may differ in; "" for a front page."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/amp").removesuffix(".amp")
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("amp.")
    return f"{host}{path}?{parts.query}" if path or parts.query else ""


def _nodes(tree: Any) -> Iterator[Node]:
    """Give the objects of all JSON-LD blocks, outer ones first, at most so many."""
    waiting: list[Any] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or len(script.text or "") > _MAX_JSON:
            continue
        try:
            waiting.append(json.loads(script.text or "null", strict=False))
        except (ValueError, RecursionError):
            continue
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield node
            waiting.extend(value for value in node.values() if isinstance(value, dict | list))
        elif isinstance(node, list):
            waiting.extend(node[:_MAX_NODES])


def _is_article(node: Node) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and (name.endswith("Article") or name in _ARTICLES) for name in names)


def _nearness(node: Node, addresses: set[str]) -> int:
    """Return 2 for a node that names the page, 1 for one that names no page, 0 for one that names another."""
    named = set()
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        address = value.get("@id", value.get("url")) if isinstance(value, dict) else value
        if isinstance(address, str) and address.startswith(("http:", "https:")):
            named.add(_bare_or_nothing(address.partition("#")[0]))
    named.discard("")
    if not named:
        return 1
    return 2 if named & addresses else 0


def _bare_or_nothing(address: str) -> str:
    try:
        return bare(address)
    except ValueError:
        return ""


def _pieced(nodes: list[Node]) -> Node:
    wanted = ("headline", "datePublished", "dateModified", "author", "publisher", "isAccessibleForFree", "inLanguage")
    return {
        key: next(node[key] for node in nodes if key in node) for key in wanted if any(key in node for node in nodes)
    }
