"""The codebook's edge cases, words that mislead, and rulings, each as one headline (CODEBOOK.md 4.3, 4.7, 6)."""

import json
from pathlib import Path

import pytest

from monitor.classify import rules

JUDGE = rules.load()

RULINGS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "rulings.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("ruling", RULINGS, ids=[ruling["note"] for ruling in RULINGS])
def test_a_headline_alone_gets_its_label_and_kind(ruling: dict[str, str]) -> None:
    verdict = JUDGE.classify(ruling["title"], "", None)
    assert (verdict.label, verdict.kind) == (ruling["label"], ruling["kind"])


CUT = "Norvik Bank is cutting 320 jobs"


@pytest.mark.parametrize(
    ("ending", "linked"),
    [
        (" because of artificial intelligence.", True),
        (", citing AI.", True),
        (" as AI agents handle most requests.", True),
        (" to free up money for AI.", True),
        (" as it shifts its spending to AI.", True),
        (" in an AI push.", True),
        (" after automating its back office with AI.", True),
        (". It makes software for AI.", False),
        (". Shares in AI firms rose.", False),
        (" as the AI boom continues.", False),
        (" while it spends heavily on AI.", False),
        (" despite record demand for AI chips.", False),
    ],
)
def test_ai_beside_a_cut_is_not_yet_a_link(ending: str, *, linked: bool) -> None:
    assert (JUDGE.classify("", CUT + ending, None).label == "cut") == linked


def test_more_words_on_the_old_cut_than_on_the_turn_do_not_hide_the_turn() -> None:
    title = "Halden Telecom backtracks on AI, hires 300 for its call centres"
    text = (
        "Halden Telecom will hire 300 people again, admitting that its AI service disappointed customers.\n\n"
        "It had cut 1,100 service jobs in 2024. It laid off 640 people on one day, closed two call centres and ended"
        " contracts with suppliers. The layoffs were called the largest in its history, and unions protested.\n"
    )
    assert JUDGE.classify(title, text, None).label == "reversal"


def test_other_firms_regrets_do_not_turn_a_cut() -> None:
    title = "Halden Telecom cuts 700 service jobs as AI takes over calls"
    text = (
        "Halden Telecom will cut 700 service jobs because AI answers most calls, it said.\n\n"
        "Last year Klarna and Taco Bell brought people back after their own AI projects went too far.\n"
    )
    assert JUDGE.classify(title, text, None).label == "cut"


def test_what_a_program_sends_does_nobodys_work() -> None:
    named = JUDGE.read_case("Bank dismisses staff by automated e-mail", "", "en").scene
    assert not named.ai
    assert JUDGE.read_case("Bank dismisses staff for automated replies", "", "en").scene.ai


@pytest.mark.parametrize("who", ["Nine retail chains", "9 banks", "Four well-known airlines"])
def test_a_headline_that_counts_the_firms_announces_a_list(who: str) -> None:
    readings = JUDGE.read_case(f"{who} bringing back people after AI", "", "en").scene
    assert readings.head_frames("kind.roundup")
