"""The second look: which fetched pages are not worth extracting, and that it costs no story."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import exp
from pathlib import Path
from pipes import article, tools
from random import Random

import pytest
from faults.hostile import HostileServer
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dispatch import HTML, batch

from monitor import app
from monitor.classify import rules
from monitor.classify.secondlook import LEAN, LEAST, worth_extracting
from monitor.dispatch import run_batch
from monitor.extract import read_page
from monitor.extract.glance import ENOUGH, MOST, Glance, glance
from monitor.model import Label, PageRead, Reason, RobotsRules, TextState
from monitor.settings import ProcessSettings

JUDGE = rules.load()
WRITTEN = Path(__file__).resolve().parent / "data" / "written"
PLAIN = (
    "The orchard above the village was planted by two brothers, and it is open to visitors on Sundays in the autumn.",
    "It has forty kinds of apple, and those who come are asked to leave the ladders, for the wood is old and mended.",
    "Rain is expected from the west by the end of the week, with snow on the hills for the first time this season.",
    "The choir sang at the market on Saturday, and it will be heard at the church with the band on the day after.",
)
BOT = "A chatbot does the work of the 320 advisers now, and Norvik will let all of them go by the end of March."
FRAMES = {
    "paragraphs": "<article><h1>{title}</h1>{paragraphs}</article>",
    "beside the rest": "<nav><a href=/>Home</a><a href=/jobs>Jobs</a></nav><main><h1>{title}</h1>{paragraphs}</main>"
    "<ul><li>Rain expected</li></ul><footer><p>All rights are with the paper.</p></footer>",
    "behind other things": "<p>Subscribe, and have the paper at your door on every morning of the week but one, "
    "for less than a cup of tea.</p><h1>{title}</h1><p>Picture: the paper</p><p>By a reader</p>{paragraphs}",
    "boxes": "<div class=story><h1>{title}</h1>{boxes}</div><p>" + PLAIN[1] * 8 + "</p>",
}


def page(title: str, paragraphs: list[str], frame: str = "paragraphs") -> bytes:
    parts = {
        "title": title,
        "paragraphs": "".join(f"<p>{text}</p>\n" for text in paragraphs),
        "boxes": "".join(f"<div>{text}</div>\n" for text in paragraphs),
    }
    return f"<html><head><title>{title}</title></head><body>{FRAMES[frame].format(**parts)}</body></html>".encode()


def is_passed_over(body: bytes, title: str = "", summary: str = "") -> bool:
    seen = glance(body, "text/html")
    return seen is not None and not JUDGE.second_look(title or seen.title, summary, seen.paragraphs)


def labels(body: bytes) -> tuple[Label, Label]:
    """Return the label of a page read in full, and that of what is kept of it when it is passed over."""
    read, _ = read_page(body, "text/html", "https://paper.example/story")
    seen = glance(body, "text/html") or Glance("", ())
    kept = JUDGE.classify(seen.title, seen.lead, None)
    return JUDGE.classify(read.title, read.text, None).label, kept.label


def written() -> Iterator[dict[str, str]]:
    for path in sorted(WRITTEN.glob("*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


# --- what is seen ------------------------------------------------------------------------------------------


def test_paragraphs_and_long_runs_of_text_are_seen_and_nothing_else() -> None:
    body = page("Apples &amp; pears", [PLAIN[0], f"With <b>bold</b> words: {PLAIN[1]}", *PLAIN] * 2)
    body = body.replace(b"<body>", f"<body><script>var p = '{PLAIN[2]}'</script><div>{PLAIN[3]}</div>".encode())
    seen = glance(body, "text/html")
    assert seen is not None
    assert (seen.title, seen.paragraphs[0], seen.paragraphs[-1]) == ("Apples & pears", PLAIN[0], PLAIN[3])
    assert "With  bold  words" in seen.paragraphs[1]
    assert len(seen.paragraphs) == 13


READ = {
    "little text": page("Apples", [PLAIN[0]]),
    "no paragraphs that are closed": b"<p>" + b"<p>".join(text.encode()[:90] for text in PLAIN * 9),
    "more than a megabyte": page("Apples", [*PLAIN] * (3 * MOST // ENOUGH)),
    "nothing": b"",
    "a picture": b"\x89PNG\r\n" + bytes(range(256)) * 20,
    "another language": page("Äpfel", ["Der Obstgarten über dem Dorf ist sonntags für Besucher offen." * 3] * 9),
    "a paragraph in another language": page(
        "Apples", [*PLAIN * 3, "Der alte Garten liegt hoch über dem Dorf und ist heute offen."]
    ),
    "a sentence half English, half German": page(
        "Apples",
        [*PLAIN * 3, "In fünf Jahren haben wir weniger Menschen, weil Agenten den Einkauf und den Rest machen."],
    ),
    "more of it than is read at a glance": page(
        "Apples", [f"Robot {n} picks {n} apples. {PLAIN[0]}" for n in range(250)]
    ),
    "a machine": page("Orchard lets 40 pickers go for robots", [*PLAIN * 3, "Robots pick them now."]),
    "people beside what may be one": page(
        "Orchard and its pickers part", [*PLAIN * 3, "The new system does the work of the staff that had to go."]
    ),
    "a title that speaks for itself": page("Orchard brings back the pickers it let go for cameras", [*PLAIN] * 3),
}


@pytest.mark.parametrize("body", READ.values(), ids=READ)
def test_a_page_is_extracted_that_shows_a_trace_or_cannot_be_told(body: bytes) -> None:
    assert not is_passed_over(body)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_page_about_something_else_is_passed_over(frame: str) -> None:
    body = page("Forty kinds of apple above the village", [*PLAIN] * 3, frame)
    assert is_passed_over(body)
    assert labels(body) == (Label.NONE, Label.NONE)


@pytest.mark.parametrize("trace", ["A robot picks them.", "The staff of the estate have a new app, and visitors too."])
def test_a_machine_that_takes_nobodys_work_is_no_reason_to_extract_a_page(trace: str) -> None:
    body = page("Forty kinds of apple above the village", [*PLAIN, trace, *PLAIN * 2])
    assert is_passed_over(body)
    assert labels(body) == (Label.NONE, Label.NONE)


def test_the_lead_is_looked_for_behind_the_heading_and_captions() -> None:
    """In a story that names neither a machine nor anybody who works."""
    story = next(item for item in written() if item["title"] == "The pencil, revisited")
    text = [line for line in story["text"].split("\n") if line]
    assert not is_passed_over(page(story["title"], [*text, *PLAIN * 3], "behind other things"))


MACHINE, BOTH = "A robot picks them.", "A robot picks them, and the staff of the estate looks on."


@pytest.mark.parametrize(
    ("trace", "chance", "worth"),
    [
        pytest.param(BOTH, 0.03, True, id="a machine beside people at work"),
        pytest.param(BOTH, 0.01, False, id="a machine beside people at work, in an article about something else"),
        pytest.param(MACHINE, 0.06, True, id="a machine alone"),
        pytest.param(MACHINE, 0.03, False, id="a machine alone, where people would have been enough"),
        pytest.param(PLAIN[0], 1.0, False, id="neither"),
    ],
)
def test_the_less_a_page_shows_the_surer_the_judge_has_to_be(trace: str, chance: float, *, worth: bool) -> None:
    apples = "Forty kinds of apple above the village"
    assert worth_extracting(JUDGE.model, lambda *_: chance, apples, "", [*PLAIN, trace]) is worth


def test_a_title_that_names_a_machine_is_enough() -> None:
    assert worth_extracting(JUDGE.model, lambda *_: 0.0, "Orchard parts with its robot", "", PLAIN)


@pytest.mark.parametrize(("with_captions", "worth"), [(0.02, True), (0.001, False)])
def test_a_story_is_read_without_captions_if_with_them_it_nearly_is_one(with_captions: float, *, worth: bool) -> None:
    """What is far from the subject with captions is never near it without; each reading has its price."""
    asked = []

    def chance(_title: str, text: str) -> float:
        asked.append(text)
        return with_captions if "Picture" in text else 0.5

    begin = ["Picture: the paper", "By a reader", *PLAIN, BOTH]
    assert worth_extracting(JUDGE.model, chance, "Forty kinds of apple", "", begin) is worth
    assert len(asked) == 1 + worth


def test_what_the_feed_says_is_read_with_the_page() -> None:
    told = "\n".join((BOT, *PLAIN[:3]))
    assert worth_extracting(JUDGE.model, lambda _, text: float(text == told), "Forty kinds of apple", BOT, PLAIN)


# --- it costs no story -------------------------------------------------------------------------------------


def test_no_article_with_a_label_is_passed_over_in_whatever_page() -> None:
    told = [item for item in written() if item["label"] != "none"]
    missed = []
    for number, item in enumerate(told):
        body = page(item["title"], [*item["text"].split("\n"), *PLAIN * 3], list(FRAMES)[number % len(FRAMES)])
        if is_passed_over(body) and len(set(labels(body))) > 1:
            missed.append(item["id"])
    assert len(told) > 3000
    assert missed == []


SPOKEN = sorted(name[2:] for name in JUDGE.model.rows if name.startswith("w:") and name[2:].isascii())


@settings(deadline=None)  # the first page has trafilatura loaded
@given(
    words=st.lists(st.lists(st.sampled_from(SPOKEN), min_size=3, max_size=14), min_size=1, max_size=6),
    title=st.lists(st.sampled_from(SPOKEN), max_size=6),
    plain=st.lists(st.sampled_from(PLAIN), min_size=10, max_size=14),
    frame=st.sampled_from(list(FRAMES)),
    luck=st.randoms(use_true_random=False),
)
def test_what_is_passed_over_is_judged_to_be_none_when_it_is_read(
    words: list[list[str]], title: list[str], plain: list[str], frame: str, luck: Random
) -> None:
    """Over texts of the words that speak loudest for a label, among sentences about something else."""
    texts = [*plain, *(" ".join(sentence).capitalize() + "." for sentence in words)]
    luck.shuffle(texts)
    body = page(" ".join(title).capitalize(), texts, frame)
    if is_passed_over(body):
        assert labels(body) == (Label.NONE, Label.NONE)


def test_the_bars_are_below_those_of_even_odds_and_with_a_trace_below_that_for_which_a_page_is_fetched() -> None:
    assert LEAN > 0 > LEAST
    assert 1 / (1 + exp(1 - LEAST)) < rules.LOOK


# --- on its way --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("process", "title", "reason"),
    [
        pytest.param(ProcessSettings(first_look=False), "Apples", Reason.OFF_TOPIC, id="without a first look"),
        pytest.param(ProcessSettings(), "", Reason.OFF_TOPIC, id="with nothing to look at before"),
        pytest.param(ProcessSettings(), "Apples", None, id="after a first look"),
        pytest.param(ProcessSettings(first_look=False, second_look=False), "Apples", None, id="turned off"),
    ],
)
async def test_the_ledger_says_which_way_was_taken(process: ProcessSettings, title: str, reason: Reason | None) -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/apples", page("Forty kinds of apple", [*PLAIN] * 3), HTML)
        sent = batch(site.url("/apples"), robots=RobotsRules("allow_all"))
        sent = replace(sent, items=(replace(sent.items[0], title=title, summary=""),))
        looking = replace(given, glance=partial(app.glance_at, process, JUDGE))
        [read] = (await run_batch(sent, looking)).results
    assert isinstance(read, PageRead)
    assert (read.reason, read.verdict.label) == (reason, Label.NONE)
    state = TextState.FULL if reason is None else TextState.SUMMARY
    assert (read.article.title, read.article.text_state) == (
        title if reason and title else "Forty kinds of apple",
        state,
    )


async def test_a_page_with_a_trace_is_extracted_after_the_look() -> None:
    async with HostileServer() as site, tools() as given:
        site.serve("/story", article("Norvik drops 320 advisers for a chatbot", *[*PLAIN, BOT] * 3), HTML)
        looking = replace(given, glance=partial(app.glance_at, ProcessSettings(first_look=False), JUDGE))
        [read] = (await run_batch(batch(site.url("/story"), robots=RobotsRules("allow_all")), looking)).results
    assert isinstance(read, PageRead)
    assert (read.reason, read.article.text_state) == (None, TextState.FULL)
