"""The trained model beside the rules: words as features, weights in a file, and what is settled from their chances."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import train
from monitor.classify import rules, weights, words
from monitor.classify.languages import language_of
from monitor.classify.settle import CERTAIN, Case, likeliest_kind, settle
from monitor.classify.weights import KINDS, LABELS, Chances, Weights, rows_of
from monitor.errors import ConfigurationError
from monitor.model import Confidence, Kind, Label
from monitor.shipped import shipped

JUDGE = rules.load()
OUTCOMES = (*LABELS, *KINDS)


def model(**rows: dict[str, float]) -> Weights:
    """Return a model of these weights: `w_serv={"cut": 5}` for the feature "w:server"."""
    named = {name.replace("_", ":", 1): row for name, row in rows.items()}
    return Weights(rows_of(named.items()), 1.0, 1.0)


def case(title: str, text: str = "") -> Case:
    return JUDGE.read_case(title, text, language_of(title, text))


def chances(label: Label, sure: float, kind: Kind, likely: float) -> Chances:
    """Return chances of one label and kind, the rest shared by the others."""
    return Chances(
        {one: sure if one is label else (1 - sure) / 3 for one in LABELS},
        {one: likely if one is kind else (1 - likely) / 8 for one in KINDS},
    )


# --- words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forms", "stem"),
    [
        ("rehires rehired rehiring", "rehir"),
        ("stopped stopping stops", "stop"),
        ("replaces replaced replacing", "replac"),
        ("bank's", "bank"),
        ("jobs", "jobs"),  # too short to be cut
        ("4_000 12", "<number>"),
        ("2026", "<year>"),
        ("12%", "<share>"),
        ("$5 £2.5", "<money>"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: str, stem: str) -> None:
    assert {words.stem(form) for form in forms.split()} == {stem}


def test_words_are_stems_pairs_and_where_they_stand() -> None:
    found = set(words.of_readings(case("Norvik rehires 40", "It was a mistake.").scene.readings, "Norvik"))
    assert {"w:<org>", "t:<org>", "w:rehir", "t:rehir", "t:rehir <number>", "w:mistak", "w:a mistak"} <= found
    assert "t:mistak" not in found
    assert "w:a" not in found  # says nothing alone


def test_sentences_about_something_else_do_not_count_after_the_lead() -> None:
    lead = " ".join(f"Number {n} is about AI jobs." for n in range(words.LEAD))
    found = set(words.of_readings(case("", f"{lead}\n" * 3 + "The weather was fine in Skarvik.\n").scene.readings, ""))
    assert "w:weather" not in found


# --- the file ------------------------------------------------------------------------------------------------


def test_chances_are_the_softmax_of_the_weights_added_up() -> None:
    found = model(w_a={"cut": 1.0}, w_b={"cut": 1.0, "event": 3.0}).chances({"w:a": 1.0, "w:b": 0.5, "w:unknown": 1.0})
    assert found.labels[Label.CUT] == pytest.approx(0.5990, abs=1e-4)  # e^1.5 / (e^1.5 + 3)
    assert found.kinds[Kind.EVENT] == pytest.approx(0.3591, abs=1e-4)  # e^1.5 / (e^1.5 + 8)
    assert sum(found.labels.values()) == pytest.approx(1)
    assert sum(found.kinds.values()) == pytest.approx(1)


def test_a_temperature_above_one_makes_chances_humbler() -> None:
    rows = model(w_a={"cut": 2.0}).rows
    sure, humble = Weights(rows, 1.0, 1.0), Weights(rows, 2.0, 1.0)
    assert humble.chances({"w:a": 1.0}).labels[Label.CUT] < sure.chances({"w:a": 1.0}).labels[Label.CUT]


def test_words_lean_to_a_label_by_what_sets_it_apart() -> None:
    assert model(w_a={"cut": 2.0, "hybrid": 0.5}).lean(["w:a"], Label.CUT) == pytest.approx(1.5)


def test_rows_of_another_model_stand_in_for_those_of_the_same_name() -> None:
    own = model(w_a={"cut": 1.0}, w_b={"cut": 2.0})
    found = own.with_rows(model(w_b={"event": 3.0}, w_c={"none": 4.0}).rows)
    assert found.rows == model(w_a={"cut": 1.0}, w_b={"event": 3.0}, w_c={"none": 4.0}).rows
    assert own.rows == model(w_a={"cut": 1.0}, w_b={"cut": 2.0}).rows


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "no file of weights"),
        ('{"label_temperature": 1, "kind_temperature": 1}', "no file of weights"),
        ('{"label_temperature": 1, "kind_temperature": 1, "features": {"w:a": {"hire": 1}}}', "'hire' is neither"),
        ('{"label_temperature": 1, "kind_temperature": 1, "features": {"w:a": {"cut": "1"}}}', "no file of weights"),
        ('{"label_temperature": 0, "kind_temperature": 1, "features": {}}', "must be above 0"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=told) as caught:
        weights.load(path)
    assert str(path) in str(caught.value)


def test_the_weights_held_are_those_of_the_file_and_equal_ones_are_held_once() -> None:
    features = json.loads(shipped("config/weights.json").read_text(encoding="utf-8"))["features"]
    held = weights.load().rows
    assert held == {name: tuple(float(row.get(o, 0)) for o in OUTCOMES) for name, row in features.items()}
    each = [weight for row in held.values() for weight in row]
    assert len({id(weight) for weight in each}) <= len(set(each)) + 1 < len(each) / 10  # and a 0 that nobody wrote


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.json: cannot be read"):
        weights.load(tmp_path / "gone.json")


# --- what is settled -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "label", "kind"),
    [
        (chances(Label.CUT, 0.9, Kind.EVENT, 0.9), Label.CUT, Kind.EVENT),
        (chances(Label.NONE, 0.9, Kind.EVENT, 0.9), Label.NONE, Kind.EVENT),
        (chances(Label.NONE, 0.9, Kind.OFF_TOPIC, 0.9), Label.NONE, Kind.OFF_TOPIC),
    ],
)
def test_the_likeliest_kind_that_goes_with_the_label_stands(given: Chances, label: Label, kind: Kind) -> None:
    assert likeliest_kind(given, label) is kind


def test_a_label_is_never_off_topic_and_no_claim_is_without_one() -> None:
    assert likeliest_kind(chances(Label.CUT, 0.9, Kind.OFF_TOPIC, 0.9), Label.CUT) is not Kind.OFF_TOPIC
    claim = chances(Label.NONE, 0.9, Kind.PRODUCTIVITY_CLAIM, 0.9)
    assert likeliest_kind(claim, Label.NONE) is not Kind.PRODUCTIVITY_CLAIM


def test_an_event_that_is_unsure_is_none() -> None:
    for kind in (Kind.EVENT, Kind.UPDATE):
        assert likeliest_kind(chances(Label.CUT, 0.6, kind, 0.55), Label.CUT) not in {Kind.EVENT, Kind.UPDATE}


OBLIQUE = "The night desk is a server now"


def test_an_unsure_split_of_work_takes_a_title_or_opening_that_names_ai_or_work() -> None:
    unsure = model(w_serv={"hybrid": 1.5, "event": 9.0})
    assert settle(unsure, case(OBLIQUE)).decision.kind is not Kind.EVENT
    assert settle(unsure, case(f"{OBLIQUE}, an AI")).decision.kind is Kind.EVENT
    assert settle(unsure, case(f"{OBLIQUE} and its clerks are dismissed")).decision.kind is Kind.EVENT
    assert settle(model(w_serv={"hybrid": 2.5, "event": 9.0}), case(OBLIQUE)).decision.kind is Kind.EVENT


EXAMPLES = (
    "Norvik Bank cut 400 jobs because of AI in May. Corran Life laid off 90 clerks as a bot took over their calls."
    " Quill Media replaced its translators with AI. None of the three had software for the work, an adviser says."
)


@pytest.mark.parametrize(
    "title",
    ["AI washing: when layoffs are blamed on software", "AI may serve firms as a convenient excuse for layoffs"],
)
def test_a_headline_on_ai_as_an_excuse_is_a_debate_whatever_examples_follow(
    monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    verdict = JUDGE.classify(title, EXAMPLES, None)
    assert (verdict.label, verdict.kind) == (Label.NONE, Kind.COMMENTARY)
    monkeypatch.setattr("monitor.classify.settle.debated", lambda *_: False)
    assert JUDGE.classify(title, EXAMPLES, None).label is Label.CUT  # control: what the model says of the examples


def test_a_named_firms_cut_is_no_debate_though_its_headline_says_washing() -> None:
    title = "Norvik Bank accused of AI washing as it cuts 400 jobs"
    assert JUDGE.classify(title, "Norvik Bank cuts 400 jobs because of AI, it said.", None).label is Label.CUT


@pytest.mark.parametrize(
    ("kind", "rule", "confidence"),
    [("event", "7", Confidence.LOW), ("commentary", "9", Confidence.LOW)],
)
def test_words_no_cue_knows_can_give_a_label_with_its_rule(kind: str, rule: str, confidence: Confidence) -> None:
    settled = settle(model(w_serv={"cut": 9.0, kind: 9.0}), case(OBLIQUE)).decision
    assert (settled.label, settled.kind, settled.rule, settled.confidence) == ("cut", kind, rule, confidence)


def test_title_and_opening_that_agree_are_high_confidence() -> None:
    sure = model(w_serv={"cut": 9.0, "event": 9.0})
    text = "Since Monday a server takes the calls of the night desk."
    assert settle(sure, case(OBLIQUE, text)).decision.confidence is Confidence.HIGH
    assert settle(sure, case(OBLIQUE, "Nobody was told.")).decision.confidence is Confidence.LOW
    assert settle(sure, case("News of the night", text)).decision.confidence is Confidence.MEDIUM


def test_the_probability_is_the_model_s_of_the_label() -> None:
    assert settle(model(w_serv={"cut": 9.0}), case(OBLIQUE)).probability == pytest.approx(1.0, abs=0.001)


def test_a_label_by_words_alone_shows_the_words() -> None:
    judge = replace(JUDGE, model=model(w_serv={"cut": 9.0, "event": 9.0}))
    verdict = judge.classify("News of the night", f"It rained. {OBLIQUE}.", None)
    assert [(e.quote, e.cue) for e in verdict.evidence[:1]] == [(f"{OBLIQUE}.", "words.serv")]


def test_a_label_that_is_not_likely_is_no_high_confidence() -> None:
    text = "Since Monday a server takes the calls of the night desk."
    found = settle(model(w_serv={"cut": 2.0, "event": 9.0}), case(OBLIQUE, text))
    assert (found.decision.label, found.decision.confidence) == ("cut", Confidence.MEDIUM)
    assert found.probability < CERTAIN


@pytest.mark.parametrize(("kind", "rule", "confidence"), [("off_topic", "1", "medium"), ("commentary", "9", "low")])
def test_none_where_the_rules_saw_a_label_has_a_rule_of_its_own(kind: str, rule: str, confidence: str) -> None:
    settled = settle(model(w_clerk={"none": 9.0, kind: 9.0}), case("Norvik Bank replaces 90 clerks with AI")).decision
    assert (settled.label, settled.kind, settled.rule, settled.confidence) == ("none", kind, rule, confidence)


def test_a_verdict_does_not_hang_on_the_order_of_sets() -> None:
    """Every process has another order of its sets, and the sums of weights must not show it."""
    program = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); from monitor.classify import rules; judge = rules.load()\n"
        "for line in open(sys.argv[2]):\n"
        "    item = json.loads(line); print(judge.classify(item['title'], item['text'], None))"
    )
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", program, str(root), str(root / "tests" / "data" / "examples.jsonl")]
    said = [
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count(b"Verdict(") > 100


# --- training ------------------------------------------------------------------------------------------------


def test_one_story_stays_in_one_fold_on_every_machine() -> None:
    assert [train.fold_of(group) for group in ("norvik", "norvik", "halden")] == [1, 1, 4]


def test_the_temperature_is_the_one_that_fits_the_answers() -> None:
    boastful = [({"a": 0.9, "b": 0.1}, "a")] * 6 + [({"a": 0.9, "b": 0.1}, "b")] * 4
    honest = [({"a": 0.9, "b": 0.1}, "a")] * 9 + [({"a": 0.9, "b": 0.1}, "b")]
    assert train.temperature(honest) == pytest.approx(1.0)
    assert train.temperature(boastful) == pytest.approx(3.0)  # the most that is tried


def test_items_are_read_with_file_and_group(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({"title": "AI cuts", "text": "", "label": "cut", "kind": "event", "group": 3}))
    (example,) = train.read_examples([path])
    assert (example.source, example.group, example.label, example.kind) == ("own", "own 3", "cut", "event")
    assert "t:cuts" in example.features
