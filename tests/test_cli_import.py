"""`import`: what files and folders turn into before anything is stored."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import layoff_monitor
from monitor.cli.imports import AT_ONCE, CHARACTERS_AT_ONCE, added, articles, portions
from monitor.errors import UsageError


def test_a_text_file_is_an_article_with_the_digest_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"Title\r\nText \xff\r\n")
    assert list(articles([str(file)])) == [
        {
            "source": str(file),
            "sha256": hashlib.sha256(b"Title\r\nText \xff\r\n").hexdigest(),
            "title": "Title",
            "text": "Title\r\nText \ufffd\r\n",
        }
    ]


def test_a_web_page_is_handed_on_as_html(tmp_path: Path) -> None:
    (tmp_path / "a.HTML").write_text("<p>x", encoding="utf-8")
    [item] = articles([str(tmp_path / "a.HTML")])
    assert (item["html"], "text" in item) == ("<p>x", False)


def test_of_a_folder_the_files_with_known_endings_are_taken_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.db", ".hidden"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "d.txt").mkdir()
    assert [Path(item["source"]).name for item in articles([str(tmp_path)])] == ["a.txt", "b.txt"]


def test_a_folder_without_any_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no file that ends in \.txt"):
        list(articles([str(tmp_path)]))


def test_a_line_is_an_article_named_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    line = {"title": "T", "text": "X", "url": "https://e.example/a", "published_at": "2026-03-31", "other": 1}
    file.write_text("\n" + json.dumps(line) + "\n", encoding="utf-8")
    [item] = articles([str(file)])
    assert item == {
        "title": "T", "text": "X", "html": None, "url": "https://e.example/a", "published_at": "2026-03-31",
        "source": f"{file}, line 2", "sha256": hashlib.sha256(b"X").hexdigest(),
    }  # fmt: skip


BAD_LINES = {
    "no words": ({"url": "https://e.example/a"}, 'needs "text" or "html"'),
    "a date in words": ({"text": "x", "published_at": "last May"}, "published_at = 'last May': must be a date"),
    "a number for an address": ({"text": "x", "url": 5}, "url must be text or null, not int"),
}


@pytest.mark.parametrize(("line", "words"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_stops_the_import_before_anything_is_stored(
    line: dict[str, object], words: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"text": "fine"}) + "\n" + json.dumps(line) + "\n", encoding="utf-8")
    result = CliRunner().invoke(layoff_monitor, ["--db", str(tmp_path / "x.db"), "import", str(file)])
    assert (result.exit_code, (tmp_path / "x.db").exists()) == (2, False)
    assert f"layoff-monitor: {file}, line 2: {words}" in result.stderr


def test_many_articles_go_in_portions_a_daemon_can_take() -> None:
    small = [{"text": "x"}] * (AT_ONCE + 1)
    large = [{"text": "x" * (CHARACTERS_AT_ONCE // 2 + 1)}] * 3
    assert [len(portion) for portion in portions(small)] == [AT_ONCE, 1]
    assert [len(portion) for portion in portions(large)] == [1, 1, 1]
    assert list(portions([])) == []


def test_answers_of_portions_are_one_answer() -> None:
    first = {"imported": 1, "refused": []}
    assert added(added({}, first), {"imported": 2, "refused": [{"source": "a"}]}) == {
        "imported": 3,
        "refused": [{"source": "a"}],
    }


@pytest.mark.parametrize("source", ["www.example.org/story", "ftp://example.org/story"])
def test_what_looks_like_an_address_is_told_how_one_begins(source: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(layoff_monitor, ["--db", str(tmp_path / "x.db"), "import", source])
    assert done.exit_code == 2
    assert f"{source}: an address begins with http:// or https://" in done.stderr
