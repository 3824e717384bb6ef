"""What of a page tells a wall from an article: its titles, its visible blocks, and what its markup is made of."""

from dataclasses import dataclass, replace
from typing import Any, Final

from lxml import etree

from monitor.extract.body import length, parse_tree, without_managers
from monitor.extract.head import Head
from monitor.extract.walls import SHREDS, SUBSTANCE, Sight

_SHORT: Final = 1_500  # characters of text; the lead of a stub is no longer
_MOST: Final = 20_000  # characters at each end of a page that are looked at
_END: Final = "\N{PARAGRAPH SEPARATOR}"
_BLOCKS: Final = (
    "address", "article", "aside", "blockquote", "br", "button", "dd", "div", "dl", "dt", "fieldset", "figcaption",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "label", "legend", "li", "main", "nav", "ol",
    "option", "p", "pre", "section", "summary", "table", "td", "th", "title", "tr", "ul",
)  # fmt: skip
_UNSEEN: Final = etree.XPath(
    "//script | //style | //template | //select | //*[@hidden] | //*[@aria-hidden = 'true']"
    " | //*[@style][contains(translate(@style, ' ', ''), 'display:none')]"
)
# Where the frameworks of applications put what their scripts make.
_ROOTS: Final = etree.XPath(
    "//*[@id][@id = 'root' or @id = 'app' or @id = '__next' or @id = '__nuxt' or @id = 'app-root' or @id = 'react-root'"
    " or @id = 'svelte' or @id = 'main-app' or @id = 'q-app' or @id = '___gatsby' or @id = 'ember-app'] | //app-root"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A page as it came from its address, and the same without scripts."""

    url: str
    page: str
    markup: str
    managed: int = 0  # characters in its consent managers


def look_at(source: Source, head: Head, text: str) -> Sight:
    """Return what is to be seen of a page; `text` is what was read as its article.

    Where that is long, only walls of text are left to tell, and the rest of the page is not looked at.
    """
    seen = Sight(
        url=source.url,
        titles=(head.title,),
        text=text,
        blocks=tuple(text.splitlines()),
        source=source.page,
        markup=source.markup,
        locked=head.locked,
        words=head.words,
        managed=source.managed,
    )
    tree = parse_tree(source.markup) if len(text) <= _SHORT else None
    if tree is None:
        return seen
    without_managers(tree)
    titles = ("".join(tag.itertext()) for tag in tree.iter("title", "h1"))
    return replace(
        seen,
        titles=(*seen.titles, *(" ".join(title.split()) for title in titles)),
        password=any((tag.get("type") or "").lower() == "password" for tag in tree.iter("input")),
        rooted=len(text) < SHREDS and any(length(root) < SHREDS for root in _ROOTS(tree)),
        blocks=_visible(tree),
    )


def _visible(tree: Any) -> tuple[str, ...]:
    """Return what is shown block by block, and what is shown to those without scripts if that is nearly all.

    The tree is used up.
    """
    unscripted = list(tree.iter("noscript"))
    instead = [block for element in unscripted for block in _blocks(element)]
    for element in [*_UNSEEN(tree), *unscripted]:
        if element.getparent() is not None:
            element.drop_tree()
    body = tree.find("body")
    blocks = _blocks(tree if body is None else body)
    return (*blocks, *(instead if sum(map(len, blocks)) < SUBSTANCE else ()))


def _blocks(tree: Any) -> list[str]:
    """Return the text of an element in the pieces a reader sees; of a long page its beginning and its end."""
    for element in tree.iter(*_BLOCKS):
        element.text = _END + (element.text or "")
        element.tail = _END + (element.tail or "")
    text = etree.tostring(tree, method="text", encoding="unicode", with_tail=False)
    if len(text) > 2 * _MOST:
        text = text[:_MOST] + _END + text[-_MOST:]
    return [words for block in text.split(_END) if (words := " ".join(block.split()))]
