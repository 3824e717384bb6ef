"""Which articles are copies of one text: by address, by the sketch of the text, by the title in one publisher."""

import os
import subprocess
import sys
from datetime import timedelta
from hashlib import blake2b, sha256
from operator import eq
from random import Random
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story_builders import CHANGES, DAY, report, reworded, telling

from monitor.stories import bands, copy_of, keys, likeness, loose_address, size, sketch
from monitor.stories.copies import title_key
from monitor.stories.sketch import LEAST_RUNS, SLOTS, words

WHOLE = "Norvik Bank to replace its advisers with a chatbot"
TEXTS = [report(number) for number in range(200)]


# --- the sketch --------------------------------------------------------------------------------------------------


def test_a_sketch_is_the_same_for_ever() -> None:
    """Sketches are kept in stores: where this fails, a migration must drop them all."""
    assert sha256(sketch(report(1))).hexdigest() == "6a82039dde6dd43fdf002ed4209a0a4dd362ba9f66971a55a4e16c3245e6e1da"


@given(st.lists(st.integers(0, 3), min_size=2 * SLOTS, max_size=2 * SLOTS), st.sampled_from((1, 255, 256)))
def test_likeness_is_the_share_of_slots_that_are_equal(values: list[int], times: int) -> None:
    ours, theirs = ([times * value for value in half] for half in (values[:SLOTS], values[SLOTS:]))
    made, other = (pack(f"<I{SLOTS}H", 50, *slots) for slots in (ours, theirs))
    assert likeness(made, other) == sum(map(eq, ours, theirs)) / SLOTS


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_a_sketch_is_the_same_in_every_process(seed: str) -> None:
    code = "import sys; from monitor.stories import sketch; print(sketch(sys.stdin.read()).hex())"
    made = subprocess.run(
        [sys.executable, "-c", code], input=report(1), text=True, capture_output=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip
    assert made.stdout.strip() == sketch(report(1)).hex()


def test_case_and_punctuation_make_no_other_text() -> None:
    text = report(1)
    assert sketch(text) == sketch(text.upper().replace(".", " --")) != sketch(report(2))


@given(st.text(max_size=400))
def test_any_text_is_wholly_like_itself_or_has_no_sketch(text: str) -> None:
    made = sketch(text)
    assert likeness(made, made) == (1.0 if made else None)
    assert len(bands(made)) == (21 if made else 0)


@given(st.text(max_size=400) | st.lists(st.sampled_from(TEXTS[0].split()), min_size=12, max_size=400).map(" ".join))
def test_a_slot_holds_the_least_of_its_runs_or_what_it_meets_first_on_its_walk(text: str) -> None:
    read = words(text.casefold())
    runs = {" ".join(read[start : start + 3]) for start in range(len(read) - 2)}
    held: list[list[int]] = [[] for _ in range(SLOTS)]
    for run in runs:
        number = int.from_bytes(blake2b(run.encode(errors="replace"), digest_size=8).digest(), "little")
        held[number % SLOTS].append(number // SLOTS)
    walks = ([held[(slot + taken * (2 * slot + 1)) % SLOTS] for taken in range(SLOTS)] for slot in range(SLOTS))
    slots = [min(next(filter(None, walk), [0])) & 0xFFFF for walk in walks]
    assert sketch(text) == (pack("<I64H", len(runs), *slots) if len(runs) >= LEAST_RUNS else b"")


@given(
    st.lists(st.sampled_from(TEXTS[0].split()), max_size=120), st.lists(st.sampled_from(TEXTS[0].split()), max_size=120)
)
def test_likeness_is_the_same_both_ways(one: list[str], other: list[str]) -> None:
    ours, theirs = sketch(" ".join(one)), sketch(" ".join(other))
    assert likeness(ours, theirs) == likeness(theirs, ours)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Norvik Bank drops its advisers.", id="a line"),
        pytest.param("chatbot " * 5000, id="one word again and again"),
        pytest.param("yes no " * 5000, id="two words again and again"),
        pytest.param("... --- !!! \U0001f600 " * 100, id="no words"),
    ],
)
def test_a_text_that_says_too_little_has_no_sketch(text: str) -> None:
    assert sketch(text) == b""


def test_a_script_without_spaces_is_read_by_its_signs() -> None:
    one = "银行宣布用聊天机器人取代客户服务部门的员工并计划在明年年底之前完成这一过渡"
    other = "天气预报说周末将有大雨请市民注意出行安全并提前准备好雨具以免受到影响"
    assert likeness(sketch(one), sketch(one + "。")) == 1.0
    assert likeness(sketch(one), sketch(other)) == 0.0


def test_of_an_endless_text_only_the_beginning_is_read() -> None:
    endless = " ".join(f"word{number}" for number in range(300_000))
    assert size(sketch(endless)) < 20_000
    assert sketch(endless) == sketch(endless[: len(endless) // 2])


# --- copies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "floor"),
    [
        ("a twentieth of the words", 1.0),
        ("a tenth of the words", 0.95),
        ("two more sentences", 1.0),
        ("cut to seven tenths", 0.97),
        ("sentences in another order", 0.99),
    ],
)
def test_changed_copies_are_found(change: str, floor: float) -> None:
    """Measured on real texts: 1, 0.98, 1, 0.98, 1 (November 2026)."""
    draw = Random(3)
    found = [_met(telling(text), telling(CHANGES[change](text, draw))) for text in TEXTS]
    assert sum(found) >= floor * len(TEXTS)


def test_different_texts_are_no_copies() -> None:
    told = [telling(text) for text in TEXTS]
    assert not any(copy_of(one, other) for place, one in enumerate(told) for other in told[:place])


def _met(one: Any, other: Any) -> bool:
    """Return whether two are copies and share a key, so that a store would find them."""
    return bool(set(keys(one)) & set(keys(other))) and copy_of(one, other) is not None


LONG, SHORT = report(1, 200), report(1, 30)
LATER = timedelta(days=40)
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "one text, two titles": (
        {"text": LONG, "title": WHOLE}, {"text": LONG, "title": "Machines advise now"}, "fingerprint",
    ),
    "one text of one publisher, two titles: a notice": (
        {"text": LONG, "title": WHOLE, "publisher": "a.example"},
        {"text": LONG, "title": "Rain on Sunday", "publisher": "a.example"},
        None,
    ),
    "one short text, two titles: a notice": ({"text": SHORT, "title": WHOLE}, {"text": SHORT, "title": "Rain"}, None),
    "one short text, one title": ({"text": SHORT, "title": WHOLE}, {"text": SHORT, "title": WHOLE}, "fingerprint"),
    "one short text, two titles, one number of jobs at one employer": (
        {"text": SHORT, "title": WHOLE, "company": "Norvik", "jobs_count": 300},
        {"text": SHORT, "title": "Rain", "company": "Norvik", "jobs_count": 300},
        "fingerprint",
    ),
    "one short text, two titles, one employer": (
        {"text": SHORT, "title": WHOLE, "company": "Norvik"},
        {"text": SHORT, "title": "Rain", "company": "Norvik"},
        None,
    ),
    "one short text of one publisher, two titles, one number": (
        {"text": SHORT, "title": WHOLE, "company": "Norvik", "jobs_count": 300, "publisher": "a.example"},
        {"text": SHORT, "title": "Rain", "company": "Norvik", "jobs_count": 300, "publisher": "a.example"},
        None,
    ),
    "half the words of a short text": (
        {"text": SHORT, "title": WHOLE}, {"text": reworded(SHORT, 0.2, Random(1)), "title": WHOLE}, None,
    ),
    "published again after years": ({"text": LONG}, {"text": LONG, "told_at": DAY + 30 * LATER}, "fingerprint"),
    "much changed after weeks": (
        {"text": LONG}, {"text": reworded(LONG, 0.1, Random(1)), "told_at": DAY + LATER}, None,
    ),
    "forms of one address, one title": (
        {"url": "http://www.a.example/story/1/", "title": WHOLE},
        {"url": "https://a.example/amp/story/1?amp=1", "title": WHOLE, "text": LONG},
        "address",
    ),
    "forms of one address, another headline": (
        {"url": "http://a.example/story", "title": WHOLE, "text": LONG},
        {"url": "https://a.example/story", "title": "Machines advise now", "text": reworded(LONG, 0.25, Random(1))},
        "address",
    ),
    "forms of one address, another story": (
        {"url": "http://a.example/story", "title": WHOLE, "text": LONG},
        {"url": "https://a.example/story", "title": "Rain on Sunday", "text": report(2)},
        None,
    ),
    "one title, one publisher, no text": (
        {"title": WHOLE, "publisher": "a.example"}, {"title": f"{WHOLE} | The A", "publisher": "a.example"}, "title",
    ),
    "one title, two publishers": (
        {"title": WHOLE, "publisher": "a.example"}, {"title": WHOLE, "publisher": "b.example"}, None,
    ),
    "one title, one publisher, the day after": (
        {"title": WHOLE, "publisher": "a.example"},
        {"title": WHOLE, "publisher": "a.example", "told_at": DAY + timedelta(days=1)},
        None,
    ),
    "a rewrite of one publisher under one title": (
        {"title": WHOLE, "publisher": "a.example", "text": LONG},
        {"title": WHOLE, "publisher": "a.example", "text": reworded(LONG, 0.25, Random(1))},
        "title",
    ),
    "a column with one title and new words": (
        {"title": WHOLE, "publisher": "a.example", "text": LONG},
        {"title": WHOLE, "publisher": "a.example", "text": report(2)},
        None,
    ),
    "a title that names nothing": (
        {"title": "The morning news", "publisher": "a.example"},
        {"title": "The morning news", "publisher": "a.example"},
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "layer"), PAIRS.values(), ids=PAIRS.keys())
def test_two_articles_are_copies_by(one: dict[str, Any], other: dict[str, Any], layer: str | None) -> None:
    ours, theirs = telling(**one), telling(**other)
    found = copy_of(ours, theirs)
    assert (found.layer if found else None) == layer
    assert copy_of(theirs, ours) == found
    assert found is None or set(keys(ours)) & set(keys(theirs))


# --- addresses and titles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        "http://a.example/story/1",
        "https://www.a.example/story/1/",
        "https://amp.a.example/story/1",
        "https://m.a.example/story/1?utm_source=x",
        "https://a.example/amp/story/1",
        "https://a.example/story/amp/1",
        "https://a.example/story/1/amp/",
        "https://a.example/story/1?amp",
        "https://a.example/story/1?outputType=amp",
        "https://a.example/story/1.amp",
        "https://a-example.cdn.ampproject.org/c/s/a.example/story/1",
        "https://www.google.com/amp/s/a.example/story/1",
    ],
)
def test_the_forms_of_an_address_are_one(form: str) -> None:
    assert loose_address(form) == "a.example/story/1"


@pytest.mark.parametrize(
    ("address", "loose"),
    [
        ("https://a.example/", None),
        ("https://www.a.example", None),
        ("no address", None),
        ("https://a.example/story/1.amp.html", "a.example/story/1.html"),
        ("https://a.example/?p=7&amp=1", "a.example/?p=7"),
        ("https://a.example/amplifier/1", "a.example/amplifier/1"),
    ],
)
def test_an_address_without_its_form(address: str, loose: str | None) -> None:
    assert loose_address(address) == loose


@given(st.text(max_size=60) | st.text(max_size=40).map("https://a.example/{}".format))
def test_no_address_is_too_odd(text: str) -> None:
    assert "://" not in (loose_address(text) or "").partition("/")[0]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        (WHOLE, WHOLE.lower()),
        (f"{WHOLE} - The Example Times", WHOLE.lower()),
        ("Live updates", ""),
        ("Rain, wind - and what the weekend brings to us", "rain wind and what the weekend brings to us"),
        ("", ""),
    ],
)
def test_a_title_names_a_story_if_it_is_long_enough(title: str, key: str) -> None:
    assert title_key(title) == key
