"""The pages in a real browser: Debian's Chromium, driven by Playwright; skipped, by name, where either is missing."""

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from viewers import FIRST, Viewer, demonstrated, full, hostile, serving

INSTALL = "is not installed: pip install -r requirements-browser.txt"
playwright = pytest.importorskip("playwright.sync_api", reason=f"Playwright {INSTALL}")
pytest.importorskip("axe_playwright_python", reason=f"axe {INSTALL}")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
AUDIT = """axe.run().then((found) => found.violations.flatMap(
    (rule) => rule.nodes.map((node) => `${rule.id}: ${node.failureSummary} ${node.html}`)
))"""
PATHS = ("", "stories?q=jobs", "employers", f"employers/{FIRST}", f"events/{FIRST}", "trends", "sources", "ask",
         f"why?url=article+{FIRST}", "monitor", "monitor/articles_view", "monitor/events_view?label=cut",
         f"articles/{FIRST}", f"monitor/articles/{FIRST}", "monitor/largest_cuts",
         "monitor?sql=select+*+from+events_view")  # fmt: skip
LOOKS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
MOST_STEPS = 400
NUMBERED = """[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
)].filter((one) => one.checkVisibility()).map((one, n) => one.dataset.n = n)"""  # everything one can act on, in order


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    with serving(full(tmp_path_factory.mktemp("browser") / "full.db")) as running:
        yield running


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    with serving(demonstrated(tmp_path_factory.mktemp("browser") / "demo")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, scheme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", LOOKS, indirect=True, ids=[f"{width}-{scheme}" for width, scheme in LOOKS])
def test_pages_open_quietly_fit_and_can_be_read(page: Any, viewer: Viewer) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in PATHS:
        page.goto(viewer.base + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
        assert audited(page) == [], path
    assert said == []
    assert [url for url in asked if not url.startswith(viewer.base)] == []


PAYLOAD = "\"'><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>{{7*7}}"


def test_hostile_words_run_nothing_and_ask_for_nothing(page: Any, tmp_path: Path) -> None:
    noticed: list[str] = []
    page.on("console", lambda message: noticed.append(message.text))  # a breach of the policy is told there, too
    page.on("dialog", lambda dialog: (noticed.append(dialog.message), dialog.dismiss()))
    with serving(hostile(tmp_path / "hostile.db", PAYLOAD)) as viewer:
        page.on("request", lambda request: request.url.startswith(viewer.base) or noticed.append(request.url))
        for path in PATHS:
            page.goto(viewer.base + path)
            assert page.evaluate("document.querySelectorAll('script, img').length") == 0
    assert noticed == []


def audited(page: Any) -> list[str]:
    """Return what axe finds wrong with a page for somebody who does not see it as its maker does."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(AUDIT)
    return found


def test_the_audit_finds_what_is_wrong(page: Any) -> None:
    """The control: a page that is wrong in several ways."""
    page.set_content("<main><h1>x</h1><h3>x</h3><input><p style='color:#aaa'>pale</p><a href=/></a></main>")
    found = " ".join(audited(page))
    for wrong in ("label", "link-name", "heading-order", "html-has-lang", "color-contrast", "document-title"):
        assert f"{wrong}:" in found, wrong


def test_charts_have_marks_of_each_label(page: Any, shown: Viewer) -> None:
    page.goto(shown.base)
    for label in ("cut", "reversal", "hybrid"):
        box = page.locator(f"rect.bar.{label}").first.bounding_box()
        assert box is not None
        assert box["width"] > 1
        assert box["height"] > 1
    fills = page.evaluate("[...document.querySelectorAll('rect.bar')].map(bar => getComputedStyle(bar).fill)")
    assert len(set(fills)) == 3


def test_trends_have_curves_bands_and_counts_in_their_band(page: Any, viewer: Viewer) -> None:
    page.goto(f"{viewer.base}trends")
    for mark in ("path.curve", "path.band", "rect.window", ".bullet rect.band"):
        box = page.locator(mark).first.bounding_box()
        assert box is not None, mark
        assert box["width"] > 1, mark
        assert box["height"] > 1, mark
    assert page.locator(".bullet").count() == 1


def test_a_reader_searches_narrows_and_comes_to_the_event(page: Any, shown: Viewer) -> None:
    page.goto(f"{shown.base}stories")
    page.get_by_label("Words in title and text").fill("advisers")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=advisers**")
    assert page.locator("mark").count() > 1
    page.locator(".facet a", has_text="reversal").click()
    page.wait_for_url("**label=reversal**")
    assert page.locator("article").count() == 1
    page.locator("article a", has_text="event ").click()
    page.wait_for_url("**/events/*")
    assert "Norvik Bank" in page.title()
    with page.expect_download() as download:
        page.get_by_role("link", name="Evidence packet").click()
    assert download.value.suggested_filename.endswith("-evidence.json")


@pytest.mark.parametrize("path", ["", "stories", "ask", "trends", f"events/{FIRST}", "monitor/articles_view"])
def test_the_keyboard_reaches_everything_in_order(path: str, page: Any, viewer: Viewer) -> None:
    page.goto(viewer.base + path)
    number = page.evaluate(f"{NUMBERED}.length")
    reached = []
    for _ in range(min(number, MOST_STEPS)):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("Number(document.activeElement.dataset.n ?? -1)"))
    assert reached == list(range(len(reached)))
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_skip_link_leads_past_the_navigation(page: Any, viewer: Viewer) -> None:
    page.goto(viewer.base)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_printed_pages_leave_navigation_and_forms_out(page: Any, viewer: Viewer) -> None:
    page.goto(f"{viewer.base}stories")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("form").is_visible()
    assert page.locator("article").first.is_visible()
