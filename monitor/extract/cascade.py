"""The article of a tree by trafilatura, the only place that imports it; of its cascade most pages need one stage.

As a whole it copies the tree four times, looks in each page for names that few have, and makes plain text of the page
to see whether little of it was found. The first stage gives the same without that wherever the cascade ends with it.
"""

import logging
from functools import cache
from typing import Any, Final

from monitor.identity import tidy_text

KNOWN: Final = frozenset({"2.3.1"})  # versions whose cascade is as here; any other runs as a whole
# Its own ESCALATION_MAX_LENGTH and ESCALATION_PAGE_SHARE: a text below both is held to be too little of its page.
LONG: Final = 3_000  # characters
SHARE: Final = 0.2
FORUM: Final = "DiscussionForumPosting"  # in JSON-LD: posts are the article, not comments on it
# What stands in the names of whatever its RAW_TREE_PRUNE_XPATH and REMOVE_COMMENTS_AND_LISTS_XPATH take out, and of
# which elements.
_APPENDED: Final = ("mvp-post-add-", "infinite", "elementor-share-buttons")
_COMMENTS: Final = ("omment", "comol", "disqus_thread")
_NAMED: Final = ("div", "section", "aside", "details", "list", "ol", "ul")


def whole_cascade(tree: Any, *, fast: bool) -> str:
    """Return the article of a tree by all stages, "" if there is none."""
    from trafilatura import bare_extraction  # noqa: PLC0415  # half a second, paid by the worker process alone

    document: Any = bare_extraction(tree, options=_options(fast=fast))
    return tidy_text((document.text if document is not None else None) or "")


def first_stage(tree: Any, html: str, most: int) -> str | None:
    """Return what the cascade would in its fast mode, None where more than its first stage may have a say.

    The tree is used up. `most` is as long as the text of its page can be, blanks included.
    """
    import trafilatura  # noqa: PLC0415  # as above
    from trafilatura.xml import xmltotxt  # noqa: PLC0415

    if trafilatura.__version__ not in KNOWN or FORUM in html:
        return None
    options = _options(fast=True)
    try:
        body, length = _extracted(tree, options)
    except (TypeError, ValueError):  # for which the whole reads nothing
        return None
    if length < options.min_extracted_size or (length < LONG and length < SHARE * most):
        return None
    return tidy_text(xmltotxt(body, include_formatting=False))


def _extracted(tree: Any, options: Any) -> tuple[Any, int]:
    from trafilatura import xpaths  # noqa: PLC0415  # as above
    from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning  # noqa: PLC0415
    from trafilatura.main_extractor import extract_content  # noqa: PLC0415

    names = "\n".join([f"{box.get('id', '')} {box.get('class', '')}" for box in tree.iter(*_NAMED)])
    if any(part in names for part in _APPENDED):
        prune_unwanted_nodes(tree, xpaths.RAW_TREE_PRUNE_XPATH)
    if any(part in names for part in _COMMENTS):
        prune_unwanted_nodes(tree, xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH)
    body, text = extract_content(convert_tags(tree_cleaning(tree, options), options), options)
    return body, len(text)


@cache
def _options(*, fast: bool) -> Any:
    """Return the options of a reading, made once: they are looked up in a file of settings."""
    from trafilatura.settings import Extractor  # noqa: PLC0415  # as above

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns of each page without an article
    return Extractor(output_format="python", fast=fast, comments=False)
