"""What parses without any protection of ours: the controls of the hostile documents; imported by processes."""

from io import BytesIO
from typing import Any

import feedparser
import trafilatura
from lxml import etree


def feed_title(body: bytes) -> str:
    """Return a feed's title as feedparser alone reads it."""
    return str(feedparser.parse(BytesIO(body)).feed.get("title", ""))


def page_text(body: bytes) -> str:
    """Return a page's text as trafilatura alone reads it."""
    return trafilatura.extract(body) or ""


def xml_text(body: bytes) -> str:
    """Return a document's text as lxml reads it when it is told to bring in what a document names."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True)
    tree: Any = etree.fromstring(body, parser)
    return etree.tostring(tree, method="text", encoding="unicode")
