"""The judge on whole articles: our own examples, the seeds, and what every verdict keeps to."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify import Classifier, evidence, rules
from monitor.model import Confidence, Kind, Label, Verdict
from monitor.shipped import shipped

HERE = Path(__file__).resolve().parent
ORIGINALS = HERE.parent.parent / "shared" / "seeds"  # the operator's own copies, if they lie beside the checkout


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


EXAMPLES = read_lines(HERE / "data" / "examples.jsonl")
SEEDS = read_lines(shipped("storage/seed/articles.jsonl"))
JUDGE = rules.load()


def judged(title: str, text: str = "") -> tuple[str, str]:
    verdict = JUDGE.classify(title, text, None)
    return str(verdict.label), str(verdict.kind)


def verbatim(verdict: Verdict, title: str, text: str) -> bool:
    given_text = {"title": title, "text": text}
    return all(given_text[e.place][e.start : e.end] == e.quote for e in verdict.evidence)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["id"] for example in EXAMPLES])
def test_an_example_gets_its_label_and_kind(example: dict[str, Any]) -> None:
    assert judged(example["title"], example["text"]) == (example["label"], example["kind"])


@pytest.mark.parametrize("example", EXAMPLES[:24], ids=[example["id"] for example in EXAMPLES[:24]])
def test_a_worked_example_reads_the_same_as_text_without_a_title(example: dict[str, Any]) -> None:
    assert judged("", example["title"]) == (example["label"], example["kind"])


@pytest.mark.parametrize("example", EXAMPLES[24:], ids=[example["id"] for example in EXAMPLES[24:]])
def test_an_article_gives_its_employer_and_job_count(example: dict[str, Any]) -> None:
    facts = JUDGE.classify(example["title"], example["text"], None).facts
    assert facts.jobs_count == example["jobs_count"]
    if example["company"] is not None:
        assert facts.company == example["company"]


@pytest.mark.parametrize("seed", SEEDS, ids=[seed["seed_id"] for seed in SEEDS])
def test_a_seed_abstract_gets_the_label_of_its_original(seed: dict[str, Any]) -> None:
    assert judged(seed["title"], seed["text"]) == (seed["label"], seed["kind"])


@pytest.mark.parametrize(
    ("name", "label", "kind", "confidences"),
    [
        ("000_7eb5d1b0639939b8.txt", Label.CUT, Kind.EVENT, {Confidence.HIGH}),
        ("001_deb1cbcab3e9aade.txt", Label.REVERSAL, Kind.EVENT, {Confidence.HIGH}),
        ("002_aca9b56be2a7eba7.txt", Label.HYBRID, Kind.EVENT, {Confidence.HIGH, Confidence.MEDIUM}),
        ("003_b3cea8815d299478.txt", Label.HYBRID, Kind.COMMENTARY, {Confidence.LOW}),
    ],
)
def test_an_original_seed_gets_its_label(name: str, label: Label, kind: Kind, confidences: set[Confidence]) -> None:
    if not (ORIGINALS / name).exists():
        pytest.skip("the original texts are not shipped")
    text = (ORIGINALS / name).read_text(encoding="utf-8")
    verdict = JUDGE.classify(text.split("\n", 1)[0], text, None)
    assert (verdict.label, verdict.kind) == (label, kind)
    assert verdict.confidence in confidences
    assert verdict.evidence
    assert verbatim(verdict, text.split("\n", 1)[0], text)


def test_the_judge_keeps_the_protocol() -> None:
    assert isinstance(JUDGE, Classifier)


def test_the_version_changes_with_the_cues(tmp_path: Path) -> None:
    edited = tmp_path / "cues.toml"
    edited.write_bytes(shipped("config/cues.toml").read_bytes() + b"\n# a remark\n")
    assert JUDGE.id.name == "rules"
    assert JUDGE.id.version.startswith(f"{rules.VERSION}+")
    assert rules.load(edited).id.version != JUDGE.id.version


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["id"] for example in EXAMPLES])
def test_evidence_stands_verbatim_at_its_place_and_the_strongest_comes_first(example: dict[str, Any]) -> None:
    verdict = JUDGE.classify(example["title"], example["text"], None)
    weights = [e.weight for e in verdict.evidence]
    assert verbatim(verdict, example["title"], example["text"])
    assert weights == sorted(weights, reverse=True)
    assert len(weights) <= evidence.MAX_EVIDENCE
    assert bool(weights) == (verdict.label is not Label.NONE)


PIECES = st.sampled_from(
    [
        "Norvik Bank", " cuts 300 jobs", " because of AI", " rehires 40 agents", "\u2019s chatbot", ". ", "\n",
        "\n\n", "\u2028",
        " a person for premium customers", "İstanbul", "ẞ", "\x00", "😀", " from 3,700 to 2,000 people", "“", "\r\n",
        " last year", " up to 4,000", "\ud800", " 50%", " A.I.", "\u00a0", " who ", ", ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(title=TEXTS, text=TEXTS)
@settings(deadline=None, max_examples=150)
def test_whatever_the_text_every_quote_and_span_is_found_in_it(title: str, text: str) -> None:
    verdict = JUDGE.classify(title, text, None)
    given_text = {"title": title, "text": text}
    assert verbatim(verdict, title, text)
    assert 0 <= verdict.probability <= 1
    for span in verdict.spans.values():
        assert given_text[span.place][span.start : span.end].strip()


@given(title=st.text(max_size=200), text=st.text(max_size=800))
@settings(deadline=None, max_examples=60)
def test_no_text_raises(title: str, text: str) -> None:
    assert JUDGE.classify(title, text, None) == JUDGE.classify(title, text, None)
    JUDGE.first_look(title, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The firm will cut jobs due to AI. " * 150_000, id="5 MB of sentences"),
        pytest.param("ai jobs cut " * 400_000, id="5 MB without a stop"),
        pytest.param("x" * 5_000_000, id="5 MB in one word"),
        pytest.param(". " * 2_500_000, id="5 MB of stops"),
        pytest.param("x." + " " * 5_000_000, id="5 MB of blanks"),
        pytest.param("\n" * 5_000_000, id="5 MB of lines"),
        pytest.param("two hundred " * 400_000, id="5 MB of number words"),
        pytest.param("Ai Ceo Of " * 500_000, id="5 MB of capitals"),
    ],
)
def test_a_huge_text_ends_soon(text: str) -> None:
    start = time.process_time()
    JUDGE.classify(text, text, None)
    JUDGE.first_look(text, text)
    assert time.process_time() - start < 2


def test_an_event_is_announced_on_the_day_its_article_tells() -> None:
    title = "Norvik Bank drops 320 phone advisers as a voice assistant takes over"
    text = "The bank told staff on Tuesday."
    assert JUDGE.classify(title, text, date(2026, 5, 1)).facts.announced_on == date(2026, 4, 28)
    assert JUDGE.classify(title, "", date(2026, 5, 1)).facts.announced_on is None


def test_a_title_repeated_in_the_text_is_not_counted_twice() -> None:
    title = "Norvik Bank drops 320 phone advisers as a voice assistant takes over"
    verdict = JUDGE.classify(title, f"{title}\n\nThe bank has 40 branches in three countries.\n", None)
    assert verdict.confidence is not Confidence.HIGH
    assert len(verdict.evidence) == 1


def test_title_and_opening_that_agree_make_high_confidence() -> None:
    title = "Norvik Bank drops 320 phone advisers as a voice assistant takes over"
    text = "Norvik Bank will lay off 320 advisers because its AI assistant answers most calls, it said on Monday."
    assert JUDGE.classify(title, text, None).confidence is Confidence.HIGH
    assert JUDGE.classify(title, "", None).confidence is Confidence.LOW


def test_a_line_that_leads_to_another_story_is_not_read() -> None:
    text = (
        "Read next: Klarna hires humans again.\n"
        "Norvik Bank has told 120 listings writers that AI will write the listings from June.\n"
        "Also read | Halden brings its advisers back\n"
    )
    verdict = JUDGE.classify("120 writers learn AI has their desks", text, None)
    assert (verdict.label, verdict.facts.company, verdict.facts.jobs_count) == ("cut", "Norvik Bank", 120)
    assert not any("Klarna" in part.quote or "Halden" in part.quote for part in verdict.evidence)
