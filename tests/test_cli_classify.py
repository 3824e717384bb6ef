"""`classify` and `evaluate`: inputs as they come, verdicts as the contract has them."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import layoff_monitor
from monitor.cli.verdicts import verdict_json, verdict_lines
from monitor.model import ClassifierId, Confidence, Evidence, Facts, Kind, Label, Span, Verdict

ROOT = Path(__file__).resolve().parent.parent
TITLE = "Norvik Bank drops 320 phone advisers as a voice assistant takes over"
TEXT = f"{TITLE}\nThe AI system answers balance questions; the advisers leave in May.\n"
KEYS = ["id", "label", "kind", "confidence", "probability", "rule", "evidence", "facts", "spans", "classifier"]
FACTS = [
    "company", "jobs_count", "jobs_count_max", "jobs_qualifier", "jobs_implied", "jobs_formula", "share_pct",
    "share_base", "headcount_before", "headcount_after", "fte_equivalent", "action", "technology", "function",
    "country", "employment_form", "announced_on", "effective_on", "attribution_type", "attribution_strength",
    "attribution_speaker", "reason_given", "quote", "quote_speaker", "parent",
]  # fmt: skip


def classify(*args: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(layoff_monitor, ["classify", *args], input=stdin)


def verdict(**facts: Any) -> Verdict:
    return Verdict(
        label=Label.CUT, kind=Kind.EVENT, confidence=Confidence.HIGH, probability=0.9, rule="7",
        evidence=(Evidence("title", "drops 320", 12, 21, "cut"),), facts=Facts(**facts),
        spans={"jobs_count": Span("title", 18, 21)}, classifier=ClassifierId("rules", "1"),
    )  # fmt: skip


def test_a_verdict_has_every_key_of_the_contract_and_null_for_what_is_not_stated() -> None:
    found = verdict_json(7, verdict(jobs_count=320, announced_on=date(2026, 5, 1)))
    assert list(found) == KEYS
    assert list(found["facts"]) == FACTS
    assert (found["facts"]["announced_on"], found["facts"]["company"]) == ("2026-05-01", None)
    assert found["evidence"] == [{"in": "title", "quote": "drops 320", "start": 12, "end": 21, "cue": "cut"}]
    assert found["spans"] == {"jobs_count": ["title", 18, 21]}
    assert found["classifier"] == {"name": "rules", "version": "1"}


def test_a_verdict_for_a_person_shows_what_is_stated_and_no_control_characters() -> None:
    lines = verdict_lines("a\x1b[2J.txt", verdict(company="Norvik\u202e Bank")).splitlines()
    assert lines == [
        r"a\u001b[2J.txt: cut / event, high confidence (0.90, rule 7)",
        '  title 12-21, cut: "drops 320"',
        r"  company: Norvik\u202e Bank",
    ]


def test_a_text_file_has_its_first_line_for_a_title_and_all_of_it_for_text(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(TEXT, encoding="utf-8")
    result = classify("--json", str(file))
    [found] = json.loads(result.stdout)
    assert (result.exit_code, found["id"], found["label"]) == (0, str(file), "cut")
    for part in found["evidence"]:
        assert {"title": TITLE, "text": TEXT}[part["in"]][part["start"] : part["end"]] == part["quote"]


def test_offsets_count_the_characters_as_given_with_any_line_ends_and_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    body = TEXT.replace("\n", "\r\n\r\n").encode() + b"caf\xe9 \xf0\x9f\x98\x80\r\n"
    file.write_bytes(body)
    text = body.decode("utf-8", errors="replace")
    [found] = json.loads(classify("--json", str(file)).stdout)
    assert found["label"] == "cut"
    for part in found["evidence"]:
        assert {"title": TITLE, "text": text}[part["in"]][part["start"] : part["end"]] == part["quote"]


def test_json_prints_one_array_for_all_inputs(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    found = json.loads(classify("--json", str(tmp_path / "a.txt"), str(tmp_path / "b.txt")).stdout)
    assert [item["id"] for item in found] == [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]


def test_jsonl_writes_one_verdict_a_line_and_echoes_any_id() -> None:
    ids: list[object] = [1, "zwei", None, {"a": [1]}]
    stdin = "\n\n".join(json.dumps({"id": id_, "title": TITLE, "text": TEXT}) for id_ in ids)
    result = classify("--jsonl", stdin=stdin)
    lines = result.stdout.splitlines()
    assert (result.exit_code, [json.loads(line)["id"] for line in lines]) == (0, ids)
    assert all(list(json.loads(line)) == KEYS for line in lines)


@pytest.mark.parametrize("args", [("-",), ()], ids=["by its sign", "without a path"])
def test_standard_input_is_read(args: tuple[str, ...]) -> None:
    [found] = json.loads(classify("--json", *args, stdin=TEXT).stdout)
    assert (found["id"], found["label"]) == ("-", "cut")


def test_a_file_that_ends_in_jsonl_is_read_as_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": 1, "title": "x", "text": null}\n{"id": 2, "text": "y"}\n', encoding="utf-8")
    assert [item["id"] for item in json.loads(classify("--json", str(file)).stdout)] == [1, 2]


def test_for_a_person_each_verdict_is_some_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert classify(str(tmp_path / "a.txt")).stdout.startswith(f"{tmp_path / 'a.txt'}: cut / event, ")


HARMFUL = {
    "an escape": "\x1b]0;x\x07",
    "a bidi override": "\u202e",
    "a line separator": "\u2028",
    "a lone surrogate": "\ud800",
    "a nul": "\x00",
}


@pytest.mark.parametrize("harm", HARMFUL.values(), ids=HARMFUL)
def test_nothing_of_an_article_reaches_the_terminal_unescaped(harm: str) -> None:
    stdin = json.dumps({"id": harm, "title": f"{harm}{TITLE}{harm}", "text": TEXT}) + "\n"
    for form in ("--jsonl", "--json"):
        result = classify(form, *(("-",) if form == "--jsonl" else ()), stdin=stdin)
        assert (result.exit_code, harm in result.stdout) == (0, False)


BAD_LINES = {
    "no JSON": ("{", "is not JSON"),
    "no object": ("[1]", "must be one JSON object, not list"),
    "neither title nor text": ('{"id": 1}', 'needs "title" or "text"'),
    "a title that is no text": ('{"title": 5}', "title must be text or null, not int"),
    "an abyss": ("[" * 100_000, "is not JSON"),
}


@pytest.mark.parametrize(("line", "words"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_by_file_and_line(line: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(f'{{"id": 1, "title": "a", "text": "b"}}\n{line}\n', encoding="utf-8")
    result = classify("--jsonl", str(file))
    assert result.exit_code == 2
    assert f"layoff-monitor: {file}, line 2: {words}" in result.stderr


@pytest.mark.parametrize("name", ["gone.txt", ".", "page.html"], ids=["not there", "a folder", "a web page"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    result = classify(str(tmp_path / name))
    assert result.exit_code == 2
    assert str(tmp_path / name) in result.stderr


def test_a_standard_output_that_is_not_utf8_gets_the_same_json(tmp_path: Path) -> None:
    (tmp_path / "ä.txt").write_text(TEXT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "classify", "--json", str(tmp_path / "ä.txt")],
        capture_output=True, cwd=ROOT, check=True, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert json.loads(done.stdout.decode("ascii"))[0]["id"] == str(tmp_path / "ä.txt")


# --- evaluate ----------------------------------------------------------------------------------------------


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[..., Result]:
    def evaluate(*items: dict[str, Any], as_json: bool = True) -> Result:
        file = tmp_path / "labelled.jsonl"
        file.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
        return CliRunner().invoke(layoff_monitor, ["evaluate", str(file), *(["--json"] if as_json else [])])

    return evaluate


def test_an_evaluation_is_one_document_or_a_table(labelled: Callable[..., Result]) -> None:
    item = {"id": "1", "title": TITLE, "text": TEXT, "label": "cut", "kind": "event"}
    assert isinstance(json.loads(labelled(item).stdout), dict)
    assert "cut" in labelled(item, as_json=False).stdout


def test_a_bad_line_of_a_labelled_file_is_named(labelled: Callable[..., Result]) -> None:
    fine = {"id": "a", "title": "a", "text": "one\u2028two", "label": "cut", "kind": "event"}
    result = labelled(fine, fine | {"label": "cuts"})
    assert result.exit_code == 2
    assert "labelled.jsonl, line 2: label = 'cuts' must be one of" in result.stderr
