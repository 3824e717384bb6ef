"""The first stage of trafilatura's cascade alone: it gives what the whole does, wherever it gives anything."""

from importlib.metadata import version

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extract import body, cascade
from monitor.extract.body import article_text, parse_tree

TEXT = "The orchard above the village was planted by two brothers and is open on Sundays in the autumn"
LONGER = " ".join(
    f"In its {n}th year the fair had {n} stalls, {n + 3} bands and a queue at the gate." for n in range(40)
)
_NAMES = """
    post-content article-body content main-content comments comment-list commentary disqus_thread article-comments comol
    infinite-scroll mvp-post-add-box elementor-share-buttons sidebar teaser caption share related footer hidden reply-1
    &#99;omments w3-code dsq-comments cookie-banner
"""
_BOXES = """
    div section article main aside p ul ol li span table td blockquote h1 h2 a form details figure pre dl body br em
"""
NAMES = ("", *_NAMES.split())
BOXES = _BOXES.split()
TEXTS = st.sampled_from(
    ["", " ", "Share", "17 November", TEXT, f"{TEXT}.", LONGER, "\xa0", "<hr>", "&amp; so on,\u2028"]
)
PLACES = {
    "an article": "<html><head><title>Apples</title></head><body>{}</body></html>",
    "a forum": '<head><script type="application/ld+json">{{"@type": "DiscussionForumPosting"}}</script></head><body>{}',
    "beside an article": f"<body><article><p>{LONGER}</p></article>{{}}</body>",
    "beside a short one": f"<body><main><p>{TEXT * 3}</p></main><div>{LONGER}</div>{{}}</body>",
    "no body": "<frameset>{}</frameset>",
}


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    named = st.tuples(st.sampled_from(BOXES), st.sampled_from(("id", "class")), st.sampled_from(NAMES))
    return st.builds(
        lambda how, parts: f'<{how[0]} {how[1]}="{how[2]}">{"".join(parts)}</{how[0]}>',
        named,
        st.lists(inner, max_size=5),
    )


PAGES = st.builds(
    lambda place, parts: PLACES[place].format("".join(parts)),
    st.sampled_from(list(PLACES)),
    st.lists(st.recursive(TEXTS, element, max_leaves=20), max_size=6),
)


def read(html: str) -> str:
    tree = parse_tree(html)
    return "" if tree is None else article_text(html, tree)


def by_the_whole(html: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cascade, "KNOWN", frozenset())
        return read(html)


@settings(deadline=None)  # the first page has trafilatura loaded
@given(PAGES)
def test_a_page_is_read_as_by_the_whole_cascade(html: str) -> None:
    assert read(html) == by_the_whole(html)


@pytest.mark.parametrize("tag", ["div", "section", "aside", "details", "ul", "ol", "dl", "p"])
def test_what_is_taken_out_by_its_name_is_taken_out(tag: str) -> None:
    """Be it named as what follows an article, as comments on it, or as neither, within the article."""
    named = [f'{attribute}="{name}"' for name in NAMES for attribute in ("id", "class")]
    for name in named:
        box = f"<{tag} {name}><li><p>{TEXT}, said a visitor from the valley.</p></li></{tag}>"
        html = PLACES["an article"].format(f"<div class=post-content><p>{LONGER}</p>{box}<p>{LONGER[:300]}.</p></div>")
        assert read(html) == by_the_whole(html), name


def test_a_page_with_an_article_needs_the_first_stage_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "whole_cascade", None)
    assert "In its 7th year" in read(PLACES["an article"].format(f"<article><p>{LONGER}</p></article>"))


def by_what(html: str, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return for each time that the whole cascade ran whether it was in its fast mode."""
    ran = []
    monkeypatch.setattr(body, "whole_cascade", lambda _, fast: ran.append(fast) or LONGER)
    read(html)
    return ran


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<p>{TEXT}</p>", id="short"),
        pytest.param(PLACES["a forum"].format(f"<article><p>{LONGER}</p></article>"), id="a forum"),
        pytest.param(f"<article><p>{TEXT * 4}</p></article>" + f"<h6>{LONGER}</h6>" * 9, id="little of its page"),
    ],
)
def test_the_whole_runs_where_its_later_stages_have_a_say(html: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_what(f"<html><body>{html}</body></html>", monkeypatch) == [True]


def test_the_installed_trafilatura_is_one_whose_cascade_is_known() -> None:
    """A new one has to be read: `trafilatura_sequence` in its core, and the names its prunings look for."""
    assert version("trafilatura") in cascade.KNOWN
