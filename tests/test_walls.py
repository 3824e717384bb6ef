"""Walls and stubs are named and never taken for the article; short articles about such things are articles.

The pages are our own, in the shapes that such pages have: `data/pages/<reason>/*.html`, and sound short articles in
`data/pages/articles`.
"""

from pathlib import Path

import pytest
from documents import page, story
from pages import linked, read, refusal

from monitor.errors import ParseError
from monitor.extract import extract, read_page
from monitor.extract.walls import Sight, wall
from monitor.model import Reason

PAGES = Path(__file__).parent / "data" / "pages"
ARTICLES = sorted((PAGES / "articles").glob("*.html"))
WALLS = sorted(path for path in PAGES.glob("*/*.html") if path.parent.name != "articles")


@pytest.mark.parametrize("path", WALLS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_wall_is_named_and_not_read_as_an_article(path: Path) -> None:
    assert refusal(path.read_bytes()) is Reason(path.parent.name)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_a_sound_short_article_is_read(path: Path) -> None:
    assert len(read(path.read_bytes()).text) > 250


def test_there_are_thirty_of_each_and_of_every_kind() -> None:
    kinds = {path.parent.name for path in WALLS}
    assert len(WALLS) >= 30 <= len(ARTICLES)
    assert kinds == {"consent_wall", "paywall", "challenge_page", "login_page", "empty_shell", "extract_empty"}


LEAD = (
    "The insurer on the hill will hand most of its claims work to an assistant by spring, people who saw the plan said."
)
BARRIER = "Subscribe to continue reading"
BODY = "\n".join(story(4))
STUBS: dict[str, Sight] = {
    "a lead and a barrier": Sight(url="", titles=(), text=LEAD, blocks=(LEAD, BARRIER)),
    "locked, and little": Sight(url="", titles=(), text=LEAD, locked=True),
    "locked, and shorter than it says": Sight(url="", titles=(), text=BODY, locked=True, words=900),
    "locked, and cut off": Sight(url="", titles=(), text=BODY + "\nAnd then...", locked=True),
    "an offer at its end": Sight(url="", titles=(), text=f"{BODY}\n{BARRIER}", blocks=(BODY, BARRIER)),
}
WHOLE: dict[str, Sight] = {
    "metered, and whole": Sight(url="", titles=(), text=BODY, locked=True, words=100),
    "a count of what was read this month": Sight(
        url="", titles=(), text=BODY, blocks=(BODY, "You have read 1 of 4 free articles", "Become a subscriber")
    ),
    "an offer beside it": Sight(url="", titles=(), text=BODY, blocks=(BODY, "Already a subscriber? Log in")),
    "three dots and no barrier": Sight(url="", titles=(), text=BODY + "\nAnd then..."),
    "shorter than it says and free": Sight(url="", titles=(), text=BODY, words=900),
    "a barrier somebody tells of": Sight(
        url="", titles=(), text=f"{BODY}\nReaders are asked to subscribe to continue reading, she said.\n{BODY}"
    ),
    "a box after its last sentence": Sight(
        url="",
        titles=(),
        text=BODY,
        blocks=(BODY, "Subscribe for £1 a week", "Already a subscriber? Sign in"),
        locked=True,
    ),
    "articles left this month": Sight(
        url="",
        titles=(),
        text=BODY,
        blocks=(BODY, "You have 2 free articles left this month", "Subscribe for £1 a week"),
    ),
    "a badge at another story": Sight(url="", titles=(), text=BODY, blocks=(BODY, "Subscriber only")),
    "a barrier to those who do not accept": Sight(
        url="", titles=(), text=BODY, blocks=(BODY, "To continue reading, accept cookies")
    ),
    "longer than any stub": Sight(url="", titles=(), text=BODY * 6 + BARRIER, locked=True, words=9_000),
}


@pytest.mark.parametrize("seen", STUBS.values(), ids=STUBS)
def test_a_stub_is_told_by_what_asks_and_what_is_missing(seen: Sight) -> None:
    assert wall(seen) is Reason.PAYWALL


@pytest.mark.parametrize("seen", WHOLE.values(), ids=WHOLE)
def test_a_whole_article_is_no_stub(seen: Sight) -> None:
    assert wall(seen) is None


HEADLINES = {
    "Just a moment...": Reason.CHALLENGE_PAGE,
    "Attention Required! | Cloudflare": Reason.CHALLENGE_PAGE,
    "Just a moment: why shops ask": None,
    "Access denied? Not to this clerk": None,
}


@pytest.mark.parametrize(("title", "reason"), HEADLINES.items())
def test_a_title_that_says_more_than_a_wall_s_is_a_headline(title: str, reason: Reason | None) -> None:
    assert wall(Sight(url="", titles=(title,), text="")) is reason


def test_an_address_of_consent_is_a_wall_whatever_it_shows() -> None:
    with pytest.raises(ParseError) as refused:
        extract(page(story(30)).encode(), "text/html", "https://consent.search.example/m?continue=x")
    assert refused.value.reason is Reason.CONSENT_WALL


def test_what_is_hidden_asks_for_nothing() -> None:
    hidden = f'<div style="display: none">{BARRIER}</div><div hidden>{BARRIER}</div><p aria-hidden="true">{BARRIER}</p>'
    locked = linked('{"@type": "NewsArticle", "isAccessibleForFree": false}')
    assert read(page(story(3), head=locked, after=hidden)).text


MANAGER = "<p>We and our 214 partners store identifiers on your device for personalised advertising.</p>" * 8


def test_a_consent_manager_is_no_part_of_an_article() -> None:
    text = read(page(story(3), after=f'<div id="onetrust-consent-sdk">{MANAGER}</div>')).text
    assert "partners" not in text


def test_a_page_with_hardly_more_than_a_consent_manager_is_a_wall() -> None:
    wall_page = f'<html><body><div id="onetrust-consent-sdk">{MANAGER}</div><p>Evening Star</p></body></html>'
    assert refusal(wall_page.encode()) is Reason.CONSENT_WALL


def test_a_name_of_a_manager_on_the_whole_page_takes_nothing_away() -> None:
    whole = page(story(3)).replace("<article>", '<div class="cookie-banner-open"><article>', 1)
    assert len(read(whole).text) > 250


def test_a_page_of_labels_is_a_shell() -> None:
    labels = "".join(f"<li>{name}</li>" for name in ("Home", "News", "Sport", "Log in", "Obituaries"))
    assert (
        refusal(f"<html><body><script src=a.js></script><ul>{labels}</ul></body></html>".encode()) is Reason.EMPTY_SHELL
    )


def test_a_text_without_blanks_between_its_words_is_no_label() -> None:
    sentence = (
        "その会社は窓口の仕事を人工知能に任せたあと半年で担当者を呼び戻すと月曜日に発表し従業員の代表も歓迎した。"
    )
    assert read(page([f"第{n}に{sentence}" for n in "一二三"])).text.count(sentence) == 3


def test_a_wall_is_shown_with_what_could_be_read_of_it() -> None:
    """So that extraction can be measured apart from what is refused."""
    article, instead = read_page(page([LEAD], after=f"<p>{BARRIER}</p>").encode(), "text/html", "https://a.example/b")
    assert (LEAD in article.text, instead) == (True, Reason.PAYWALL)
