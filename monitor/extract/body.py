"""The one tree of a page, and its article."""

import re
from typing import Any, Final

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction

from monitor.errors import ParseError
from monitor.extract.cascade import first_stage, whole_cascade
from monitor.extract.scan import dumb_length
from monitor.model import Reason

DROPPED_FROM: Final = 1_000  # characters on the page from which missing ones are looked for
DROPPED_SHARE: Final = 0.5
HARDLY_ANY: Final = 250  # characters: trafilatura's own MIN_EXTRACTED_SIZE
MOST_ELEMENTS: Final = 12_000  # read in full; its time is quadratic in them: 1 s here, half a minute at 60,000
LITTLE: Final = 0.1  # of what there is to read
_BOXES: Final = ("div", "section", "aside", "dialog", "form", "footer", "main")
# How the elements of consent managers and cookie banners are called, by their makers and by most others.
MANAGERS: Final = (
    "onetrust", "ot-sdk", "didomi", "usercentrics", "uc-banner", "cookie-notice", "cookie-law", "cookie-banner",
    "cookiebanner", "cookie-consent", "cookieconsent", "cookie-bar", "cookiebar", "cookie-popup", "cookie-modal",
    "cookie-layer", "cybotcookiebot", "cmpbox", "cmpwrapper", "cmplz", "sp_message", "qc-cmp", "truste-", "truste_",
    "trustarc", "iubenda-cs", "axeptio", "tarteaucitron", "klaro", "cky-", "borlabs", "fc-consent", "gdpr-", "gdpr_",
    "consent-banner", "consent-layer", "consent-modal", "consent-overlay", "consentmanager", "privacy-manager",
    "privacy-banner", "osano-cm", "termly-", "moove_gdpr",
)  # fmt: skip
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
# Never part of an article to trafilatura either; half of the elements of a news page are in these.
_AROUND: Final = ("nav", "footer", "aside", "link", "meta", "img", "input", "source", "button", "select", "iframe")
_HOLLOW: Final = ("div", "span", "i")  # a sixth of the elements that are left have neither text nor children


def parse_tree(html: str) -> Any | None:
    """Return the root of the page's tree, None if there is nothing to make one of.

    Elements get their class from lxml's look-up in C: the one of lxml.html, in Python, costs a tenth of an
    extraction (PERFORMANCE.md section 2). Raises ParseError `text_dropped` where the parser gave up and half of the
    page is lost.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(
            element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
        )
    )
    try:
        tree = etree.fromstring(_DECLARATION.sub("", html, count=1).encode(), parser)
    except etree.XMLSyntaxError:
        return None
    if tree is not None and parser.error_log.filter_from_fatals():
        _check_dropped(dumb_length(html), length(tree))
    return tree


def without_managers(tree: Any) -> int:
    """Return how many characters stood in the consent managers of a page, which are taken out of the tree.

    Their purposes and partners are no part of an article, and more words than a short one has.
    """
    found = [element for element in tree.iter(*_BOXES) if _is_manager(element)]
    taken = 0
    for element in found:
        if element.getparent() is not None:
            taken += length(element)
            element.drop_tree()
    return taken


def _is_manager(element: Any) -> bool:
    get = element.get
    named = any(name.startswith(MANAGERS) for name in f"{get('id', '')} {get('class', '')}".lower().split())
    return named and next(element.iterdescendants("article", "main"), None) is None  # "cookie-banner-open" names a page


def length(tree: Any) -> int:
    """Return how many characters but blanks of text the tree holds."""
    return sum(map(len, etree.tostring(tree, method="text", encoding="unicode").split()))


def article_text(html: str, tree: Any) -> str:
    """Return the article of a page, one paragraph a line, "" if there is none; the tree is used up.

    In trafilatura's fast mode, on what remains without the parts around an article. Where that finds little of what
    there is on the page, the page is read again in full, with the algorithms trafilatura compares its own to.
    """
    _strip(tree)
    there, most, elements = _extent(tree)
    text = first_stage(tree, html, most) if elements <= MOST_ELEMENTS else None  # it may be for nothing
    if text is None:
        text = _read_again(html, fast=True) or ""
    if len(text) < HARDLY_ANY or sum(map(len, text.split())) < LITTLE * there:
        again = _read_again(html, fast=False)
        return text if again is None else again
    return text


def _read_again(html: str, *, fast: bool) -> str | None:
    """Return the article by the whole cascade, from a tree made anew; None for one too large to be read in full."""
    tree = parse_tree(html)
    if tree is None or not (fast or len(list(tree.iter())) <= MOST_ELEMENTS):
        return None
    without_managers(tree)
    if fast:
        _strip(tree)
    return whole_cascade(tree, fast=fast)


def _extent(tree: Any) -> tuple[int, int, int]:
    """Return how many characters but blanks a page has to read, as how long a text it can be written at most, elements.

    At most is with a blank between its words and on both sides of each element.
    """
    body = tree.find("body")
    words = etree.tostring(tree if body is None else body, method="text", encoding="unicode").split()
    there, elements = sum(map(len, words)), sum(1 for _ in tree.iter())
    return (0 if body is None else there), there + len(words) + 2 * elements, elements


def _strip(tree: Any) -> None:
    """Take out of a tree what is around an article, and the boxes that hold nothing, which trafilatura would test."""
    etree.strip_elements(tree, *_AROUND, with_tail=False)
    etree.strip_attributes(tree, "href")  # the longest by far, and copied with the tree four times
    for box in [box for box in tree.iterdescendants(*_HOLLOW) if box.text is None and len(box) == 0]:
        box.drop_tree()


def _check_dropped(written: int, kept: int) -> None:
    """Raise where less than half of the page was kept: libxml2 drops what nests too deep, saying so in its log only."""
    if written >= DROPPED_FROM and kept < written * DROPPED_SHARE:
        raise ParseError(Reason.TEXT_DROPPED, f"{kept} of {written} characters were left after parsing")
