"""Where in its life an event is: what was stated, what day it is, and what came of it."""

from datetime import date
from typing import Any

import pytest

from monitor.events import Answer, status

TOLD, TODAY = date(2025, 3, 9), date(2025, 6, 1)
BEFORE, LATER = date(2025, 5, 1), date(2025, 9, 1)
BACK = Answer("reverses", date(2025, 5, 20))
IN_PART = Answer("reverses_partly", date(2025, 5, 20))


@pytest.mark.parametrize(
    ("stated", "effective_on", "answers", "expected"),
    [
        pytest.param("announced", None, [], "announced", id="the ordinary report"),
        pytest.param("rumoured", None, [], "rumoured", id="only a headline"),
        pytest.param("rumoured", BEFORE, [], "rumoured", id="a rumour stays one, whatever the day"),
        pytest.param("announced", LATER, [], "planned", id="its day is still to come"),
        pytest.param("planned", LATER, [], "planned", id="stated as a plan"),
        pytest.param("planned", None, [], "planned", id="a plan without a day"),
        pytest.param("planned", BEFORE, [], "underway", id="its day has come"),
        pytest.param("planned", TODAY, [], "underway", id="its day is today"),
        pytest.param("announced", TOLD, [], "announced", id="at once"),
        pytest.param("underway", None, [], "underway", id="stated as underway"),
        pytest.param("completed", BEFORE, [], "completed", id="stated as done"),
        pytest.param("disputed", LATER, [], "disputed", id="the accounts conflict"),
        pytest.param("announced", None, [BACK], "reversed", id="undone"),
        pytest.param("completed", BEFORE, [BACK], "reversed", id="undone after it was done"),
        pytest.param("announced", None, [IN_PART], "partly_reversed", id="undone in part"),
        pytest.param("planned", LATER, [BACK], "withdrawn", id="dropped before its day"),
        pytest.param("planned", date(2025, 5, 20), [BACK], "reversed", id="undone on its day"),
        pytest.param("planned", LATER, [IN_PART], "partly_reversed", id="a part of a plan dropped"),
        pytest.param("announced", None, [IN_PART, BACK], "reversed", id="in part, and then wholly"),
        pytest.param("disputed", None, [BACK], "reversed", id="what is disputed was undone all the same"),
        pytest.param("partly_reversed", None, [], "partly_reversed", id="stated as undone in part"),
    ],
)
def test_the_state_of_an_event(stated: str, effective_on: Any, answers: list[Answer], expected: str) -> None:
    assert status(stated, TOLD, effective_on, TODAY, answers) == expected
