"""What was written elsewhere is shown as text: a hundred pieces of markup in every column (RELIABILITY.md W15).

Each page is parsed as a browser parses it, and may hold no element, attribute or scheme of a link that the same pages
of a sound store do not hold. The control is a template that trusts a title.
"""

import json
import shutil
from collections.abc import Callable, Iterable
from functools import partial
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree
from markup import LINKS, PAYLOADS, found, scheme
from viewers import FIRST, Answer, full, inside, poison

from monitor import site
from monitor.clock import utc_now
from monitor.editions import edition
from monitor.editions.edition import Wanted
from monitor.site.safety import App
from monitor.store import Store

# One page or more of each type, for every payload; the others take turns.
PAGES = (
    "", "stories?q=alert", f"employers/{FIRST}", f"events/{FIRST}", f"articles/{FIRST}", "sources", "events.atom",
    f"why?url=article+{FIRST}", "monitor/articles_view?_size=2", "monitor/events_view.json?_size=3",
    f"monitor/articles/{FIRST}",
)  # fmt: skip
OTHERS = (
    "stories", "employers", f"events/{FIRST}.json", "trends", "monitor/articles_view?_size=3&_all=1", "monitor",
    "monitor/events_view?_size=3", "monitor/what_was_said_by_whom", "monitor/entries_view?_size=3", "alerts.atom",
    "monitor/feeds_view?_size=3", "monitor/alerts_view", "download/feeds_view.json", "monitor/companies_view?_size=3",
    "download/disputed_cuts.json", "monitor/stories_view?_size=3", "monitor/notes_view", "monitor/corrections_view",
)  # fmt: skip
# Pages that show what somebody asked for; {} is the payload.
ECHOES = ("stories?q={}", "employers?q={}", "why?url={}", "monitor/articles_view?_search={}", "monitor?sql={}", "{}")


def seen(answer: Answer) -> set[str]:
    """Return what a browser would find in an answer, whatever its type says; of CSV and calendars, nothing."""
    kind = answer.headers["content-type"]
    if "xml" in kind:
        feed = etree.fromstring(answer.text.encode())
        return set().union(*(_read(element) for element in feed.iter(etree.Element)))
    return found(answer.text) if "html" in kind or "json" in kind else set()


def _read(element: etree._Element) -> set[str]:
    """Return what stands in an element of a feed: its name, where it leads, and its text if that is to be HTML."""
    name = etree.QName(element).localname
    written = {f"<{name}>", f"{scheme(element.get('href', ''))}:"}
    return written | (found(element.text or "") if element.get("type") in {"html", "xhtml"} else set())


async def of(app: App, paths: Iterable[str]) -> set[str]:
    """Return what a browser would find in these pages."""
    return set().union(*[seen(await inside(app, path)) for path in paths])


def echoes(payload: str) -> list[str]:
    return [echo.format(quote(payload, safe="")) for echo in ECHOES]


def poisoned(store: Store, payload: str) -> None:
    address = "" if payload in LINKS else "https://"
    store.submit(partial(poison, payload=payload, address=address)).result()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return full(tmp_path / "monitor.db")


async def test_markup_in_any_column_stays_text_on_every_page(path: Path, counted: Callable[[str, int], None]) -> None:
    app = site.viewer(path)
    clean = await of(app, (*PAGES, *OTHERS, *echoes("x"), *echoes("-")))
    with Store.open(path, clock=utc_now) as store:
        for payload, other in zip(PAYLOADS, cycle(OTHERS), strict=False):
            poisoned(store, payload)
            assert await of(app, (*PAGES, other, *echoes(payload))) - clean == set(), payload
    counted("markup payloads", len(PAYLOADS))


TRUSTING = """{% extends "base.html" %}{% block content %}
{% set title = article.title|safe %}<p title="{{ title }}" lang='{{ title }}' id={{ title }}>{{ title }}</p>
<a href="{{ article.title }}">x</a><textarea>{{ title }}</textarea><!-- {{ title }} -->
{% endblock %}"""


async def test_the_control_a_template_that_trusts_a_title_is_caught_with_each_of_them(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"articles/{FIRST}"
    sound = site.viewer(path)
    clean = await of(sound, (*PAGES, *OTHERS))
    shutil.copytree(site._HERE, tmp_path / "site")
    (tmp_path / "site" / "templates" / "article.html").write_text(TRUSTING, encoding="utf-8")
    monkeypatch.setattr(site, "_HERE", tmp_path / "site")
    app, missed = site.viewer(path), []
    with Store.open(path, clock=utc_now) as store:
        for payload in PAYLOADS:
            poisoned(store, payload)
            if not await of(app, [page]) - clean:
                missed.append(payload)
    assert missed == []


async def test_json_without_our_care_would_hold_elements(path: Path) -> None:
    """The control for JSON that is taken for HTML: what it says has brackets, and what is sent has none."""
    with Store.open(path, clock=utc_now) as store:
        poisoned(store, PAYLOADS[0])
    answer = await inside(site.viewer(path), "monitor/articles_view.json?_size=1&_shape=array")
    assert "<script>" in json.loads(answer.text)[0]["title"]
    assert ("<" in answer.text, "<script>" in found(answer.text)) == (False, False)
    assert "<script>" in found(json.dumps(json.loads(answer.text)))


def test_an_edition_that_is_opened_as_html_holds_no_element(path: Path, tmp_path: Path) -> None:
    clean = found("[]")
    with Store.open(path, clock=utc_now) as store:
        poisoned(store, PAYLOADS[0])
        made = store.read_now(lambda db: edition.write(db, tmp_path / "editions", Wanted(utc_now().date())))
    written = {file.name: file.read_text(encoding="utf-8") for file in made.path.iterdir()}
    assert any("script" in text for text in written.values())
    assert {name for name, text in written.items() if not name.endswith(".csv") and found(text) - clean} == set()
