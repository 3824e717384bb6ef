"""A judge that is loaded when it is first asked: once, whoever asks, and with its error for each who asks."""

from concurrent.futures import ThreadPoolExecutor
from pipes import WordJudge
from threading import Barrier

import pytest

from monitor.classify import Classifier
from monitor.classify.late import Late
from monitor.errors import ConfigurationError


class Loads:
    """Counts how often the judge is loaded."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Classifier:
        self.times += 1
        return WordJudge()


def test_nothing_is_loaded_before_it_is_asked() -> None:
    loads = Loads()
    Late(loads)
    assert loads.times == 0


def test_it_keeps_the_protocol_and_answers_as_the_judge_does() -> None:
    late, judge = Late(Loads()), WordJudge()
    assert isinstance(late, Classifier)
    assert late.id == judge.id
    assert late.classify("Norvik drops advisers", "", None) == judge.classify("Norvik drops advisers", "", None)
    assert not late.first_look("The weather", "")


def test_however_many_threads_ask_at_once_it_is_loaded_once() -> None:
    loads, together = Loads(), Barrier(8)
    late = Late(loads)

    def ask(_: int) -> bool:
        together.wait()
        return late.first_look("News", "")

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(8)))
    assert loads.times == 1


def test_who_asks_for_a_judge_that_cannot_be_loaded_is_told_why() -> None:
    def fail() -> Classifier:
        raise ConfigurationError("cues.toml: version must be 1")

    late = Late(fail)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            _ = late.id
