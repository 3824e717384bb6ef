"""The list of feeds as lines: what is said of each, in which order, and how it fits a terminal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.cli.feedlines import check_line, duration, feed_lines, notes, pace, relative
from monitor.clock import to_text

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(**ago: float) -> str:
    return to_text(NOW - timedelta(**ago))


def row(**given: Any) -> dict[str, Any]:
    fine = {
        "state": "ok", "url": "https://a.example/feed", "title": "The Gazette", "last_polled_at": at(minutes=5),
        "next_poll_at": at(minutes=-25), "interval_s": 1800, "failures": 0, "last_error": None, "hold_until": None,
        "held_until": None, "queue": "a.example",
        "possible_gaps": 0, "false_304s": 0, "read_in_part": 0, "moved_to": None,
        "undecodable": 0, "guids_changed_at": None,
    }  # fmt: skip
    return fine | given


def test_a_feed_is_one_line_with_times_seen_from_now() -> None:
    assert feed_lines([row()], NOW, None).splitlines() == [
        "state  feed                    title        last poll  next poll  every",
        "ok     https://a.example/feed  The Gazette  5 min ago  in 25 min  30 min",
    ]


NOTES = {
    "nothing": ({}, []),
    "one failure": ({"failures": 1, "last_error": "timed out"}, ["failed once: timed out"]),
    "failures": ({"failures": 4, "last_error": None}, ["failed 4 times in a row: no reason given"]),
    "a hold": ({"hold_until": at(hours=-2), "held_until": at(hours=-2)},
               ["asked to be left alone until 2026-11-20 14:00 UTC"]),
    "a hold of its queue": ({"hold_until": at(hours=1), "held_until": at(hours=-2)},
                            ["a.example asked to be left alone until 2026-11-20 14:00 UTC"]),
    "a hold that is over": ({"hold_until": at(hours=2), "held_until": at(hours=2)}, []),
    "bytes that are no characters": ({"undecodable": 3}, ["3 of its characters could not be decoded"]),
    "guids that change": (
        {"guids_changed_at": "2026-11-20T12:00:00.000Z"},
        ["it gives known links new guids: they are told by their links"],
    ),
    "a broken document": ({"read_in_part": 1}, ["its document is broken and is read in part"]),
    "gaps": ({"possible_gaps": 2}, ["2 possible gaps"]),
    "false 304s": ({"false_304s": 1}, ["1 false 304"]),
    "a move": ({"moved_to": "https://b.example/"}, ["moves to https://b.example/"]),
    "gone": ({"state": "gone", "failures": 1},
             ["its server says it is gone (410): remove it, or add it again to ask anew"]),
}  # fmt: skip


@pytest.mark.parametrize(("given", "said"), NOTES.values(), ids=NOTES)
def test_what_is_said_of_a_feed(given: dict[str, Any], said: list[str]) -> None:
    assert notes(row(**given), NOW) == said


def test_feeds_in_trouble_come_first() -> None:
    states = ("ok", "quiet", "failing", "gone", "silent_zero", "blocked")
    rows = [row(state=state) for state in states] + [row(possible_gaps=1)]
    lines = feed_lines(rows, NOW, None).splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["gone", "failing", "blocked", "silent_zero", "quiet", "ok", "ok"]
    assert "1 possible gap" in lines[5]


def test_on_a_terminal_no_line_is_wider_and_what_is_said_stands_below() -> None:
    wide = row(url="https://a.example/" + "x" * 200, title="T" * 200, failures=2, last_error="down")
    lines = feed_lines([wide], NOW, 100).splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[2] == "       failed 2 times in a row: down"


def test_in_a_pipe_nothing_is_cut() -> None:
    line = feed_lines([row(url="https://a.example/" + "x" * 200, failures=2)], NOW, None).splitlines()[1]
    assert "x" * 200 in line
    assert line.endswith("failed 2 times in a row: no reason given")


def test_a_title_without_room_is_left_out() -> None:
    assert "Gazette" not in feed_lines([row()], NOW, 70)


def test_an_address_without_room_gives_way_to_its_title() -> None:
    searches = [row(url=f"https://news.example/search?q={'x' * 90}{n}", title=f"Search {n}") for n in (1, 2)]
    text = feed_lines([*searches, row(url="https://news.example/search?q=untitled" + "x" * 90, title=None)], NOW, 80)
    assert [line.split("  ")[2].strip() for line in text.splitlines()[1:3]] == ["Search 1", "Search 2"]
    assert "https://news.example/search?q=" in text.splitlines()[3]


def test_text_of_others_cannot_move_the_cursor() -> None:
    text = feed_lines([row(title="\x1b[2J\u202e", failures=1, last_error="\x1b[31m\nx")], NOW, None)
    assert not {"\x1b", "\u202e"} & set(text)
    assert len(text.splitlines()) == 2


def test_a_feed_that_was_never_polled_has_no_last_poll_and_is_due() -> None:
    line = feed_lines([row(last_polled_at=None, next_poll_at=at(minutes=1))], NOW, None).splitlines()[1]
    assert line.split("  ")[-2:] == ["now      ", "30 min"] or "now" in line


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "5 s"), (600, "10 min"), (5400, "1.5 h"), (86400, "24 h"), (216000, "2.5 days"), (86400 * 400, "400 days")],
)
def test_a_span_of_time_is_told_in_the_unit_of_a_person(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("per_day", "said"),
    [(12, "about 12 entries a day"), (1, "about 1 entry a day"), (0.4, "about 3 entries a week"),
     (0.07, "about 2 entries a month"), (0.001, "less than one entry a month")],
)  # fmt: skip
def test_a_pace_is_told_in_the_unit_of_a_person(per_day: float, said: str) -> None:
    assert pace(per_day) == said


def test_a_moment_is_told_as_seen_from_now() -> None:
    moments = (at(minutes=5), at(hours=-2), to_text(NOW), None)
    assert [relative(moment, NOW) for moment in moments] == ["5 min ago", "in 2 h", "now", ""]


def test_a_check_of_a_feed_that_was_not_asked_is_one_line_with_the_remedy() -> None:
    remark = {"level": "problem", "text": "gone", "remedy": "remove it"}
    line = check_line({"level": "problem", "url": "https://a.example/f", "remarks": [remark]}, NOW)
    assert line == "problem  https://a.example/f: gone -> remove it"
