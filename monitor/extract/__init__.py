"""Page bytes -> article text, language, dates, and the head's own words. Runs in the sandbox."""

from typing import Final

from monitor.errors import ParseError
from monitor.extract.body import article_text, parse_tree, without_managers
from monitor.extract.head import read_head
from monitor.extract.scan import check_complexity, check_type, decoded, sound, without_scripts
from monitor.extract.sight import Source, look_at
from monitor.extract.tongue import language_of
from monitor.extract.walls import wall
from monitor.model import Extracted, Reason, TextState

__all__ = ["extract", "read_page"]

MIN_TEXT: Final = 80  # characters; less is a caption, not an article
_INSTEAD: Final = {
    Reason.CONSENT_WALL: "the page asks for consent instead of showing an article",
    Reason.CHALLENGE_PAGE: "the page asks for proof that a person is reading",
    Reason.LOGIN_PAGE: "the page asks to log in",
    Reason.PAYWALL: "the page shows the beginning of an article to those without a subscription",
    Reason.EMPTY_SHELL: "the page is made by scripts, which are not run",
    Reason.EXTRACT_EMPTY: "the page says that it is not there",
}


def extract(body: bytes, content_type: str | None, url: str) -> Extracted:
    """Return what was read out of one page; the text has one paragraph a line.

    Raises ParseError as `read_page` does; `consent_wall`, `challenge_page`, `login_page`, `paywall` and `empty_shell`
    for what stands where the article should; `extract_empty` for a page without an article.
    """
    article, instead = read_page(body, content_type, url)
    if instead is not None:
        raise ParseError(instead, _INSTEAD[instead])
    if len(article.text) < MIN_TEXT:
        raise ParseError(Reason.EXTRACT_EMPTY, f"{len(article.text)} characters of text")
    return article


def read_page(body: bytes, content_type: str | None, url: str) -> tuple[Extracted, Reason | None]:
    """Return what was read out of one page, however little, and what the page shows instead of an article, if it does.

    Raises ParseError: `unsupported_type`, `too_complex` before anything is parsed, `text_dropped` where the parser
    lost half of the page, `extract_empty` for one without elements.
    """
    check_type(body, content_type)
    page = decoded(body, content_type)
    html = sound(without_scripts(page))
    check_complexity(html)
    tree = parse_tree(html)
    if tree is None:
        raise ParseError(Reason.EXTRACT_EMPTY, "no element in the page")
    head = read_head(tree, url)
    managed = without_managers(tree)
    text = article_text(html, tree)
    article = Extracted(
        title=head.title,
        text=text,
        text_state=TextState.FULL,
        language=language_of(text) or head.language,
        published_at=head.published_at,
        modified_at=head.modified_at,
        author=head.author,
        site=head.site,
        canonical_url=head.canonical_url,
    )
    return article, wall(look_at(Source(url, page, html, managed), head, text))
