"""The one tree of a page, and its article by trafilatura: the only place that imports it."""

import logging
import re
from typing import Any, Final

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction

from monitor.identity import tidy_text

LITTLE: Final = 400  # characters of the fast mode below which the full one is worth its time
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")


def parse_tree(html: str) -> Any | None:
    """Return the root of the page's tree, None if there is nothing to make one of.

    Elements get their class from lxml's look-up in C: the one of lxml.html, in Python, costs a tenth of an
    extraction (PERFORMANCE.md section 2).
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(
            element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
        )
    )
    try:
        return etree.fromstring(_DECLARATION.sub("", html, count=1).encode(), parser)
    except etree.XMLSyntaxError:
        return None


def visible_length(tree: Any) -> int:
    """Return how many characters of text the tree holds."""
    return sum(len(text.strip()) for text in tree.itertext())


def article_text(tree: Any, url: str) -> str:
    """Return the article of a page, one paragraph a line, "" if there is none; the tree is left as it was."""
    text = _trafilatura(tree, url, fast=True)
    if len(text) < LITTLE:
        text = max(text, _trafilatura(tree, url, fast=False), key=len)
    return text


def _trafilatura(tree: Any, url: str, *, fast: bool) -> str:
    from trafilatura import bare_extraction  # noqa: PLC0415  # half a second, paid by the worker process alone

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns of each page without an article
    document: Any = bare_extraction(tree, url=url, fast=fast, include_comments=False, with_metadata=False)
    return tidy_text((document.text if document is not None else None) or "")
