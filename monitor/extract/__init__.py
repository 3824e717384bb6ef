"""Page bytes -> article text, language, dates, and the head's own words. Runs in the sandbox."""

from typing import Final

from monitor.errors import ParseError
from monitor.extract.body import article_text, parse_tree, visible_length
from monitor.extract.head import read_head
from monitor.extract.scan import check_complexity, check_type, decoded, dumb_length, without_scripts
from monitor.extract.walls import is_consent_wall
from monitor.identity import clean_text
from monitor.model import Extracted, Reason, TextState

__all__ = ["extract"]

MIN_TEXT: Final = 80  # characters; less is a caption, not an article
DROPPED_FROM: Final = 1_000  # characters on the page from which missing ones are looked for
DROPPED_SHARE: Final = 0.5


def extract(body: bytes, content_type: str | None, url: str) -> Extracted:
    """Return what was read out of one page; the text has one paragraph a line.

    Raises ParseError: `unsupported_type`, `too_complex` before anything is parsed, `text_dropped` where the
    parser lost half of the page, `consent_wall`, and `extract_empty` for a page without an article.
    """
    check_type(body, content_type)
    html = without_scripts(clean_text(decoded(body, content_type)))
    check_complexity(html)
    tree = parse_tree(html)
    if tree is None:
        raise ParseError(Reason.EXTRACT_EMPTY, "no element in the page")
    _check_dropped(dumb_length(html), visible_length(tree))
    head = read_head(tree, url)
    text = article_text(tree, url)
    if is_consent_wall(url, head.title, text):
        raise ParseError(Reason.CONSENT_WALL, "the page asks for consent instead of showing an article")
    if len(text) < MIN_TEXT:
        raise ParseError(Reason.EXTRACT_EMPTY, f"{len(text)} characters of text")
    return Extracted(
        title=head.title,
        text=text,
        text_state=TextState.FULL,
        language=head.language,
        published_at=head.published_at,
        author=head.author,
        site=head.site,
        canonical_url=head.canonical_url,
    )


def _check_dropped(written: int, kept: int) -> None:
    """Raise where the parser kept less than half of the page: libxml2 drops what nests too deep, silently."""
    if written >= DROPPED_FROM and kept < written * DROPPED_SHARE:
        raise ParseError(Reason.TEXT_DROPPED, f"{kept} of {written} characters were left after parsing")
