"""What `evaluate` computes, on a judge that answers as told."""

import json
from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

import pytest

from monitor import evaluate
from monitor.errors import UsageError
from monitor.model import ClassifierId, Confidence, Facts, Kind, Label, Verdict


class Parrot:
    """A classifier whose verdict is written in the title: label, kind, employer, count."""

    id = ClassifierId("parrot", "7")

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:  # the protocol's
        label, kind, company, jobs = title.split()
        facts = Facts(company=None if company == "-" else company, jobs_count=None if jobs == "-" else int(jobs))
        return Verdict(Label(label), Kind(kind), Confidence.LOW, 0.5, "9", (), facts, {}, self.id)

    def first_look(self, title: str, summary: str) -> bool:  # the protocol's
        return not title.startswith("none")

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        return True


def item(label: str, kind: str, answer: str, **facts: Any) -> dict[str, Any]:
    return {"id": "x", "title": answer, "text": "", "label": label, "kind": kind, **facts}


ITEMS = [
    item("cut", "event", "cut event Vexa 40", company="Vexa", jobs_count=40),
    item("cut", "event", "cut event Norvik 30", company="Vexa", jobs_count=40),
    item("cut", "survey", "none off_topic - -"),
    item("none", "off_topic", "none off_topic - -"),
    item("none", "off_topic", "cut event Vexa 5"),
    item("reversal", "event", "reversal event VEXA -", company="Vexa"),
]


def report() -> evaluate.Report:
    ticks = count()
    items = evaluate.read_items(json.dumps(line) for line in ITEMS)
    return evaluate.evaluate(Parrot(), items, canonical=str, cpu_clock=lambda: next(ticks) * 2.0)


def test_labels_are_scored_one_by_one() -> None:
    cut = report().label.scores["cut"]
    assert (cut.n, cut.precision, cut.recall, cut.f1) == (3, 2 / 3, 2 / 3, 2 / 3)


def test_accuracy_and_kappa_are_those_of_two_readers() -> None:
    found = evaluate.agreement({("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15})
    assert found.accuracy == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_perfect_agreement_on_one_answer_is_agreement() -> None:
    assert evaluate.agreement({("a", "a"): 1}).kappa == 1.0


def test_only_labels_with_enough_items_enter_the_macro_mean() -> None:
    many = evaluate.agreement({("a", "a"): 20, ("b", "a"): 1})
    assert many.macro_f1 == pytest.approx(40 / 41)
    assert report().label.macro_f1 is None


def test_confusion_says_what_was_taken_for_what() -> None:
    assert report().label.confusion == {
        "cut": {"cut": 2, "none": 1}, "none": {"cut": 1, "none": 1}, "reversal": {"reversal": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "right", "n"),
    [
        ("event_precision", 3, 4),
        ("event_recall", 3, 3),
        ("events_without_employer", 0, 4),
        ("jobs_exact", 1, 2),
        ("jobs_wrongly_filled", 1, 4),
        ("employer_right", 2, 3),
        ("first_look_kept", 3, 4),
        ("first_look_passed_over", 1, 2),
    ],
)
def test_shares_are_counted(name: str, right: int, n: int) -> None:
    assert getattr(report(), name) == evaluate.Rate(right, n)


def test_items_of_one_group_are_drawn_as_one() -> None:
    items = evaluate.read_items(json.dumps(line | {"group": "one"}) for line in ITEMS)
    found = evaluate.evaluate(Parrot(), items, canonical=str).figures["label.accuracy"]
    alone = report().figures["label.accuracy"]
    assert (found.low, found.value, found.high) == pytest.approx((4 / 6, 4 / 6, 4 / 6))
    assert (alone.low or 1.0) < 4 / 6 < (alone.high or 0.0)


def test_speed_is_articles_per_second_of_cpu() -> None:
    assert report().articles_per_cpu_s == 3.0


def test_each_item_of_which_something_is_wrong_is_listed_with_what() -> None:
    assert [(error["reader"], error["program"], error["wrong"], error["facts"]) for error in report().errors] == [
        ("cut/event", "cut/event", ["jobs_count", "company"], {"jobs_count": [40, 30], "company": ["Vexa", "Norvik"]}),
        ("cut/survey", "none/off_topic", ["label", "kind"], {}),
        ("none/off_topic", "cut/event", ["label", "kind", "jobs_count", "company"],
         {"jobs_count": [None, 5], "company": [None, "Vexa"]}),
    ]  # fmt: skip


def test_the_text_report_has_the_figures_and_names_small_numbers() -> None:
    text = evaluate.as_text(report(), errors=True)
    assert "6 items, classifier parrot 7" in text
    assert "label: accuracy 0.667" in text
    assert "cut taken for none (1)" in text
    assert "(3 of 4)" in text
    assert "cut/survey -> none/off_topic (rule 9, 0.50)" in text
    assert "jobs_count: 40 -> 30" in text


def test_wrong_labels_are_listed_before_wrong_facts() -> None:
    text = evaluate.as_text(report(), errors=True)
    assert text.index("cut/survey -> none/off_topic") < text.index("cut/event -> cut/event")


def test_the_report_is_plain_json() -> None:
    document = json.loads(json.dumps(evaluate.as_json(report())))
    assert document["jobs_exact"] == {"right": 1, "n": 2, "share": 0.5}
    assert document["label"]["scores"]["cut"]["n"] == 3


def test_a_share_of_nothing_is_no_share() -> None:
    items = evaluate.read_items([json.dumps(item("none", "off_topic", "none off_topic - -"))])
    found = evaluate.evaluate(Parrot(), items, canonical=str, cpu_clock=lambda: 0.0)
    assert found.jobs_exact.share is None
    assert evaluate.as_json(found)["articles_per_cpu_s"] is None
    assert " - " in evaluate.as_text(found)


FINE = json.dumps(ITEMS[0])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: "),
        ("[]", "line 2: must be a JSON object"),
        (json.dumps({**ITEMS[0], "label": "sacked"}), "line 2: label = 'sacked' must be one of cut, reversal"),
        (json.dumps({**ITEMS[0], "kind": "rumour"}), "line 2: kind = 'rumour' must be one of event, update"),
        (json.dumps({**ITEMS[0], "title": None}), "line 2: title must be text, not None"),
        (json.dumps({**ITEMS[0], "company": 3}), "line 2: company must be text or null"),
        (json.dumps({**ITEMS[0], "jobs_count": "many"}), "line 2: jobs_count must be a number or null"),
        (json.dumps({**ITEMS[0], "jobs_count": True}), "line 2: jobs_count must be a number or null"),
        (json.dumps({**ITEMS[0], "share_pct": float("inf")}), "line 2: share_pct must be a number or null"),
        (json.dumps({**ITEMS[0], "text": 5}), "line 2: text must be text or null, not 5"),
        (json.dumps({**ITEMS[0], "lang": ["en"]}), "line 2: lang must be text or null"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        evaluate.read_items([FINE, line])


def test_an_empty_file_is_refused_and_blank_lines_are_not() -> None:
    with pytest.raises(UsageError, match="no labelled item"):
        evaluate.read_items(["", "  "])
    assert len(evaluate.read_items(["", FINE, ""])) == 1


def test_the_shipped_alias_table_maps_a_readers_spelling() -> None:
    items = evaluate.read_items([json.dumps(item("cut", "event", "cut event Meta 4", company="Facebook"))])
    assert evaluate.evaluate(Parrot(), items).employer_right == evaluate.Rate(1, 1)
