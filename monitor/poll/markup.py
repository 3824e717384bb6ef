"""Plain words out of the HTML that feeds carry in titles and summaries; one pass, linear in the input."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from monitor.identity import tidy_text
from monitor.poll.trim import MARKUP

_TAG_NAME: Final = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]*)")
_SOUND_TAG: Final = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9:-]*)[^<>"']*+(?:(?:"[^<>"]*+"|'[^<>']*+')[^<>"']*+)*+>""")
_QUOTE_OR_END: Final = re.compile(r"[>\"']")
_UNSEEN: Final = frozenset({"script", "style", "template", "svg"})
_BREAKS: Final = frozenset(
    """
    address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table td th tr ul
    """.split()  # noqa: SIM905  # a list of words reads better without quotes
)
# Elements that run, load or hide something; with those that may stand in text they are what markup is known by.
_ACTIVE: Final = """
    animate applet base body embed frame frameset head html image link maction marquee math meta noembed noframes
    plaintext script set slot style svg template title xmp
    """.split()  # noqa: SIM905  # a list of words reads better without quotes
_TAG: Final = re.compile(rf"</?(?:{'|'.join(sorted({*MARKUP, *_ACTIVE}))})(?=[\s/>])[^<>]*>", re.IGNORECASE)


def words(text: str) -> str:
    """Return text that calls itself plain, without its markup if there is some: programs leave it in titles.

    So `profit < loss` stays, and no element of HTML does, in whatever it comes (RELIABILITY.md F14).
    """
    return plain(text) if _TAG.search(text) else text


def plain(html: str) -> str:
    """Return the words of an HTML fragment, entities decoded, one line a block, without markup and scripts."""
    return tidy_text(unescape("".join(_sound_words(html) or _words(html))))


def one_line(text: str) -> str:
    """Return tidy text on a single line, as titles are kept."""
    return tidy_text(text).replace("\n", " ")


def _sound_words(html: str) -> list[str]:
    """Return what `_words` gives for a fragment in which each `<` begins a whole tag and none hides what follows.

    Nothing for any other: the pattern cannot tell where what is broken ends.
    """
    pieces = _SOUND_TAG.split(html)
    names = [name.lower() for name in pieces[1::2]]
    if len(names) != html.count("<") or not _UNSEEN.isdisjoint(names):
        return []
    pieces[1::2] = ["\n" if name in _BREAKS else "" for name in names]
    return pieces


def _words(html: str) -> Iterator[str]:
    """Give the text between the tags, and a line break or nothing for each tag."""
    position = 0
    ends = Ends(html)
    while (start := html.find("<", position)) >= 0:
        yield html[position:start]
        name = _TAG_NAME.match(html, start + 1)
        if name is None and html[start + 1 : start + 2] not in {"!", "?", "/"}:
            yield "<"  # "profit < loss" is text
            position = start + 1
            continue
        word = name[1].lower() if name else ""
        position = ends.of_comment(start) if html.startswith("<!--", start) else ends.of_tag(start)
        if word in _UNSEEN and html[start + 1] != "/":
            position = ends.of_element(word, position)
        yield "\n" if word in _BREAKS else ""
    yield html[position:]


class Ends:
    """Finds where things end, and remembers what is not to be found any more.

    Without that memory each tag after an open quote or an unclosed element would search the rest of the text
    again: quadratic.
    """

    def __init__(self, html: str) -> None:
        self._html = html
        self._balanced = True  # quotes, as far as they have been looked at
        self._unclosed: set[str] = set()

    def of_comment(self, start: int) -> int:
        """Return the position behind the comment that starts here; an open one swallows the rest."""
        end = self._html.find("-->", start + 4)
        return len(self._html) if end < 0 else end + 3

    def of_tag(self, start: int) -> int:
        """Return the position behind the tag that starts here, minding quotes; an open one swallows the rest."""
        position = start
        while self._balanced and (mark := _QUOTE_OR_END.search(self._html, position)):
            if mark[0] == ">":
                return mark.end()
            position = self._html.find(mark[0], mark.end()) + 1
            if position == 0:
                break
        self._balanced = False
        end = self._html.find(">", start)
        return len(self._html) if end < 0 else end + 1

    def of_element(self, name: str, position: int) -> int:
        """Return the position of the closing tag of this element, or where we are if it is never closed."""
        if name in self._unclosed:
            return position
        closing = re.compile(rf"</{name}\b", re.IGNORECASE).search(self._html, position)
        if closing is None:
            self._unclosed.add(name)
            return position
        return closing.start()
