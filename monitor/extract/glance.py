"""A look at the bytes of a page before anything is made of them: its title and its running text, in linear time.

Text that stands in `<p>`, and whatever stands together outside of tags for longer than a headline. No tree is built,
and nothing is cleaned: it serves to tell that a page is not about the subject, never what it says.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from monitor.extract.scan import decoded, without_scripts

MOST: Final = 2 << 20  # bytes; a larger page is read in the sandbox or not at all
ENOUGH: Final = 1_000  # characters; a page with less running text is a wall, a shell, or made otherwise
RUN: Final = 100  # characters; longer than nearly all labels and headlines
LEAD: Final = 300  # characters

_END: Final = "\x1f"  # in ASCII, which keeps most pages so
_TITLE: Final = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_RUN: Final = re.compile(rf">([^<>{_END}]{{{RUN},}})")


@dataclass(frozen=True, slots=True)
class Glance:
    """What is seen of a page at a glance."""

    title: str  # "" if there is none
    paragraphs: tuple[str, ...]  # those behind the heading first, of these those in `<p>`, in the order of the page

    @property
    def lead(self) -> str:
        """Return how the text begins, about as much as a feed tells of it, without captions and labels before it."""
        begin = [text for text in self.paragraphs if len(text) >= RUN] or self.paragraphs
        return " ".join(" ".join(begin[:2]).split())[:LEAD]


def glance(body: bytes, content_type: str | None) -> Glance | None:
    """Return what is seen of a page at a glance, None for one that has to be read to tell; raises nothing."""
    if len(body) > MOST:
        return None
    html = without_scripts(decoded(body, content_type)).replace(_END, " ")
    heading = max(html.find("<h1"), 0)  # what comes before it is seldom of the story, and often about subscriptions
    paragraphs = _paragraphs(html[heading:]) + _paragraphs(html[:heading])
    if sum(map(len, paragraphs)) < ENOUGH:
        return None
    title = _TITLE.search(html)
    return Glance(unescape(title[1]).strip() if title else "", paragraphs)


def _paragraphs(html: str) -> tuple[str, ...]:
    """Return the texts of the elements `p` that are closed, and the long runs of text outside of them."""
    inside, outside = [], []
    for piece in html.split("</p>"):
        start = max(piece.rfind("<p>"), piece.rfind("<p "))
        if start >= 0:
            inside.append(piece[start:])
        outside.append(piece if start < 0 else piece[:start])
    texts = _TAG.sub(" ", _END.join(inside))
    runs = _END.join(_RUN.findall(_END.join(outside)))
    return tuple(text for text in map(str.strip, unescape(texts + _END + runs).replace("\n", " ").split(_END)) if text)
