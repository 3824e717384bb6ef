"""The pages of the site: each opens, over every store, says what to do where nothing is, and shows text as text."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from viewers import FIRST, MISSING, PATHS, Viewer, demonstrated, empty, full, hostile, serving

from monitor import site

PAYLOAD = "\"'><script src=//evil.example/x></script><img src=x onerror=alert(1)>{{7*7}}javascript:alert(3)"
# What pages are made of. No script, no picture, no frame.
ELEMENTS = """
    html head meta title link body a header p nav ul ol li main footer span h1 h2 h3 section time figure figcaption div
    svg defs pattern rect path details summary table caption thead tbody tr th td strong article blockquote br form
    label input button code pre aside mark dl dt dd textarea select option
"""
TABLES = ("monitor/articles_view", "monitor/events_view", "monitor/articles/100", "monitor/feeds_view",
          "monitor/entries_view", "monitor/alerts_view", "monitor/deliveries_view", "monitor/companies_view",
          "monitor/what_was_said_by_whom", "monitor?sql=select+*+from+articles")  # fmt: skip


class Read(HTMLParser):
    """A page as a browser's parser takes it: its elements and attributes, and the text outside of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Viewer]]:
    folder = tmp_path_factory.mktemp("stores")
    with (
        serving(empty(folder / "empty.db")) as nothing,
        serving(demonstrated(folder / "demo")) as shown,
        serving(full(folder / "full.db")) as everything,
        serving(hostile(folder / "hostile.db", PAYLOAD)) as poisoned,
    ):
        yield {"empty": nothing, "demo": shown, "full": everything, "hostile": poisoned}


NUMBERED = {"full": PATHS, "empty": [path for path in PATHS if str(FIRST) not in path],
            "demo": [path.replace(str(FIRST), "1") for path in PATHS]}  # fmt: skip


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in NUMBERED.items() for path in paths])
def test_every_page_opens_over_every_store(name: str, path: str, stores: dict[str, Viewer]) -> None:
    status, page = stores[name].get(path)
    assert (status, "Traceback" in page) == (200, False)


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_said_to_be_missing(path: str, stores: dict[str, Viewer]) -> None:
    assert stores["full"].get(path)[0] == 404


EMPTY = {"": "layoff-monitor demo", "stories": "layoff-monitor run", "employers": "layoff-monitor run",
         "trends": "layoff-monitor run", "sources": "layoff-monitor feeds add"}  # fmt: skip


@pytest.mark.parametrize(("path", "advice"), EMPTY.items())
def test_an_empty_page_says_what_to_do_next(path: str, advice: str, stores: dict[str, Viewer]) -> None:
    assert f"<code>{advice}" in stores["empty"].get(path)[1]


@pytest.mark.parametrize("path", [*PATHS, *TABLES])
def test_what_an_attacker_wrote_stays_text(path: str, stores: dict[str, Viewer]) -> None:
    answer = stores["hostile"].ask(path)
    assert answer.status == 200
    if "json" in answer.headers["content-type"]:
        json.loads(answer.text)
        return
    read = Read(answer.text)
    assert read.elements <= set(ELEMENTS.split())
    assert [name for name, _ in read.attributes if name.startswith("on") or name == "style"] == []
    links = [value for name, value in read.attributes if name in {"href", "src", "action"}]
    assert [link for link in links if not link.startswith(("/", "#", "?", "https://", "http://"))] == []
    assert "49javascript" not in answer.text


def test_what_an_attacker_wrote_is_really_shown(stores: dict[str, Viewer]) -> None:
    """The control: without it the pages could pass by showing nothing."""
    for path in ("", "stories", f"events/{FIRST}", f"employers/{FIRST}", "sources", f"why?url=article+{FIRST}"):
        assert "<script src=//evil.example/x>" in Read(stores["hostile"].get(path)[1]).text, path


@pytest.mark.parametrize("path", [path for path in PATHS if not path.endswith("json")])
def test_a_page_loads_nothing_from_elsewhere_and_stays_small(path: str, stores: dict[str, Viewer]) -> None:
    viewer = stores["full"]
    page = viewer.get(path)[1]
    read = Read(page)
    loaded = {value for name, value in read.attributes if name == "src" or value.endswith((".css", ".svg", ".js"))}
    assert loaded == {"/static/site.css", "/static/icon.svg"}
    size = len(page) + sum(len(viewer.get(file.lstrip("/"))[1]) for file in loaded)
    assert size < 300_000


def test_the_front_page_sums_up_four_weeks(stores: dict[str, Viewer]) -> None:
    told = Read(stores["demo"].get("")[1]).text
    assert "1 employer cut work for AI, 1 took people back and 1 settled on AI and people both" in told
    assert "Norvik Bank" in told
    assert "190 days after" in told


def test_the_front_page_says_how_many_events_it_shows_and_does_not_count(tmp_path: Path) -> None:
    path = demonstrated(tmp_path / "demo")

    def told_with(rumours: int) -> str:
        sql = "update events set status = 'rumoured' where id in (select event_id from alerts order by id limit ?)"
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(sql, [rumours])
        with serving(path) as viewer:
            return Read(viewer.get("")[1]).text

    assert "known and not counted" not in (all_counted := told_with(0))
    assert "by the reports that count" not in all_counted
    assert "1 event of these days is known and not counted, by the rule under the chart." in told_with(1)
    assert "3 events of these days are known and not counted" in (nothing := told_with(3))
    assert "by the reports that count, no employer is known to have cut work for AI" in nothing


def test_a_story_without_a_date_is_not_dated_by_the_day_it_was_seen(stores: dict[str, Viewer]) -> None:
    told = Read(stores["demo"].get("stories?q=%22lesson+in+balance%22")[1]).text
    assert "hybrid commentary · undated, seen " in " ".join(told.split())


def test_what_is_wrong_with_a_feed_stands_beside_its_state(tmp_path: Path) -> None:
    path = full(tmp_path / "full.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("update feeds set state = 'failing', failures = 7, last_error = 'http_5xx' where id = ?", [FIRST])
    with serving(path) as viewer:
        told = Read(viewer.get("sources")[1]).text
    assert "failinghttp_5xx (7 times in a row)" in told


def test_weeks_are_counted_as_trends_count_them(stores: dict[str, Viewer]) -> None:
    viewer = stores["full"]
    told = viewer.json("monitor/trends_view.json?dimension__exact=all&_shape=array&_size=max")
    trends = {(row["week"], row["label"]): row["events"] for row in told if row["events"]}
    weeks = viewer.json("monitor/weeks.json?_shape=array")
    shown = {(row["week"], label): row[f"{label}s"] for row in weeks for label in ("cut", "reversal", "hybrid")}
    settled = {week for week, _ in trends}
    assert len(settled) > 3
    first, last = min(row["week"] for row in weeks), max(settled)
    assert {key: number for key, number in shown.items() if number and key[0] <= last} == {
        key: number for key, number in trends.items() if key[0] >= first
    }


@pytest.mark.parametrize("path", ["", "trends"])
def test_the_ratio_shown_is_the_one_that_trends_have(path: str, stores: dict[str, Viewer]) -> None:
    viewer = stores["full"]
    found = viewer.json("monitor/ratio_view.json?window_days__exact=365&_sort_desc=window_end&_shape=array")[0]
    told = " ".join(Read(viewer.get(path)[1]).text.split())
    assert f"{round(100 * found['ratio'])} reversals for every 100 cuts in the year to" in told
    assert (
        f"95 % interval {round(100 * found['low'])} to {round(100 * found['high'])}; {found['reversals']} rev" in told
    )


def test_a_surge_is_marked_and_said_in_words_and_what_is_muted_says_why(stores: dict[str, Viewer]) -> None:
    page = stores["full"].get("trends")[1]
    assert '<span class="state surge">surge, more</span>' in page
    assert "12 cuts, a surge." in page
    assert "12 counted, 1 to 9 usual" in page
    assert "Muted: feeds were asked in" in page
    assert re.search(r'<rect class="window muted"[^>]*><title>muted: ', page)


def test_each_chart_says_what_stands_behind_it(stores: dict[str, Viewer]) -> None:
    page = stores["full"].get("trends")[1]
    charts = page.count("<figure")
    assert charts >= 5
    assert len(re.findall(r"\d+ live feeds?\.</figcaption>", page)) == charts
    data = set(re.findall(r'href="/(?:download|monitor)/(\w+)\.csv', page))
    assert data >= {"weeks", "countries", "kinds_of_work", "signals_view", "ratio_view", "survival_view", "watch_lists"}


def test_feeds_that_were_never_asked_stand_behind_nothing(stores: dict[str, Viewer]) -> None:
    with closing(sqlite3.connect(stores["full"].store)) as db, db:
        asked = db.execute("select last_polled_at, id from feeds where id > ?", [FIRST + 1]).fetchall()
        db.execute("update feeds set last_polled_at = null where id > ?", [FIRST + 1])
    told = Read(stores["full"].get("")[1]).text
    with closing(sqlite3.connect(stores["full"].store)) as db, db:
        db.executemany("update feeds set last_polled_at = ? where id = ?", asked)
    assert "1 live feed stands behind it" in told
    assert "3 not asked yet" in told


def test_klarna_s_history_is_told_right(stores: dict[str, Viewer]) -> None:
    answer = stores["demo"].ask("employers?name=KLARNA")
    assert answer.status == 302
    told = " ".join(Read(stores["demo"].get(answer.headers["location"].lstrip("/"))[1]).text.split())
    assert re.search(r"\d cuts?, \d reversals?, 1 hybrid arrangement; (about )?2\d\d days from a cut to what", told)
    for words in ("August 2024", "1,800 jobs implied (3,800 - 2,000), not stated", "May 2025", "June 2025"):
        assert words in told


def test_the_list_of_employers_counts_as_their_pages_do(stores: dict[str, Viewer]) -> None:
    viewer = stores["demo"]
    row = viewer.json("monitor/companies_view.json?name=Klarna&_shape=array")[0]
    told = " ".join(Read(viewer.get("employers?q=klarna")[1]).text.split())
    assert f"KlarnaFebruary 2026{row['cuts']}{row['reversals']}{row['hybrids']}" in told
    assert f"{row['cuts']} cuts, {row['reversals']} reversals" in viewer.get(f"employers/{row['id']}")[1]


def test_a_number_is_never_shown_without_its_qualifier(stores: dict[str, Viewer]) -> None:
    told = Read(stores["full"].get(f"events/{FIRST}")[1]).text
    assert "about 30 jobs" in told


def test_an_event_shows_its_corrections_and_what_undoes_it(stores: dict[str, Viewer]) -> None:
    told = Read(stores["full"].get(f"events/{FIRST}")[1]).text
    assert "a better source" in told
    assert "which reverses it" in told


def test_the_evidence_packet_is_known_by_its_hash_and_holds_no_texts(stores: dict[str, Viewer]) -> None:
    answer = stores["full"].ask(f"events/{FIRST}.json")
    packet = json.loads(answer.text)
    evidence = json.dumps(packet["evidence"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert sha256(evidence.encode()).hexdigest() == packet["evidence_sha256"]
    assert answer.headers["content-disposition"] == f'attachment; filename="event-{FIRST}-evidence.json"'
    [first, *_] = packet["evidence"]["articles"]
    assert {"content_hash", "first_seen_at", "evidence", "classifier"} <= set(first)
    assert "text" not in first
    assert packet["evidence"]["other_sources"][0]["facts"] == {"jobs_count": 30, "jobs_qualifier": "about"}


def test_an_article_is_shown_with_the_words_that_decided_marked(stores: dict[str, Viewer]) -> None:
    page = stores["demo"].get("articles/1")[1]
    assert "<mark>Klarna plans to halve its staff as AI takes over work</mark>" in page
    assert "Our summary of it" in page


def test_why_prints_what_explain_prints(stores: dict[str, Viewer]) -> None:
    told = Read(stores["demo"].get("why?url=article+1")[1]).text
    assert "no alert: history never alerts, and this is a seed" in told
    assert "judged    cut / event" in told


def test_searches_mark_what_they_found_and_say_what_is_wrong(stores: dict[str, Viewer]) -> None:
    assert "<mark>AI</mark>" in stores["demo"].get("stories?q=ai")[1]
    assert "a search needs a word to look for" in stores["demo"].get("stories?q=-")[1]
    assert "No story has all of that" in stores["demo"].get("stories?q=zebra")[1]


QUERIES = site.metadata()["databases"]["monitor"]["queries"]


def test_there_are_twenty_questions_at_least_and_each_says_what_it_answers() -> None:
    assert len(QUERIES) >= 20
    assert [
        name for name, query in QUERIES.items() if not query["title"].endswith("?") or not query["description"]
    ] == []


@pytest.mark.parametrize("name", ["empty", "demo", "full"])
@pytest.mark.parametrize("query", QUERIES)
def test_each_question_is_answered_as_page_json_and_csv(query: str, name: str, stores: dict[str, Viewer]) -> None:
    assert stores[name].get(f"monitor/{query}")[0] == 200
    assert stores[name].json(f"monitor/{query}.json")["ok"] is True
    assert stores[name].get(f"monitor/{query}.csv")[0] == 200


def test_the_questions_have_answers(stores: dict[str, Viewer]) -> None:
    """The control: a query over a full store that finds nothing asks for the wrong thing."""
    unanswered = {query for query in QUERIES if not stores["full"].json(f"monitor/{query}.json")["rows"]}
    assert unanswered <= {"claims_of_productivity", "employers_with_several_cuts"}


def test_numbers_of_other_things_are_named_and_lead_there(stores: dict[str, Viewer]) -> None:
    page = stores["full"].get("monitor/alerts_view")[1]
    assert f'<a href="/events/{FIRST}">event {FIRST}</a>' in page
    assert f'<a href="/employers/{FIRST}">employer {FIRST}</a>' in stores["full"].get("monitor/trend_events")[1]
    assert f'<a href="/articles/{FIRST + 59}">{FIRST + 59}</a>' in stores["full"].get("monitor/articles_view")[1]


def test_a_table_leaves_wide_columns_out_until_asked(stores: dict[str, Viewer]) -> None:
    viewer = stores["demo"]
    assert '_sort=text"' not in viewer.get("monitor/articles_view")[1]
    assert '_sort=text"' in viewer.get("monitor/articles_view?_all=1")[1]


def test_fresh_data_appears_without_a_restart(tmp_path: Path) -> None:
    with serving(empty(tmp_path / "live.db")) as viewer:
        assert "No event yet" in viewer.get("")[1]
        full(viewer.store)
        assert "No event yet" not in viewer.get("")[1]
