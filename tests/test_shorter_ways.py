"""The judge's shorter ways: each gives the answer of the longer way it stands for, whatever a text says."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classify import choices, languages, mentions, needs, numbers, rules, tokens
from monitor.classify.counting import stated
from monitor.classify.evidence import _speaks
from monitor.classify.reader import Reader, read
from monitor.classify.reading import lower
from monitor.classify.sentences import Sentence, split
from monitor.classify.weights import KINDS, LABELS
from monitor.model import Label

JUDGE = rules.load()
BOOK = JUDGE.book
CUES = {cue for index in (BOOK.by_need, BOOK.masks) for group in index.values() for cue in group}
NEEDED = {need for cue in CUES for clause in cue.needs for need in clause}
LISTS = {name for offered in BOOK.offers.values() for name in offered if name.startswith("{")}
FEATURES = sorted(JUDGE.model.rows)[::97]
FUNCTIONS = ["call centre clerks", "customer service", "software engineers", "translators", "drivers", "newsroom"]
PIECES = """
    Norvik Bank cuts 300 jobs layoffs AI chatbot replaces staff rehires workers its chief bank insurer says union of the
    4,200 employees one in five two hundred and ten up to 12% $40m US$3 une dizaine half a million 2026 1.200 laid off
    from 900 to 700 agents' work-hours İzmir naïve a.i. robots , . : ; — “quoted” 1,200-strong
"""
WORDS = st.one_of(
    st.sampled_from([*PIECES.split(), "\n"]),
    st.sampled_from(sorted(BOOK.offers)),
    st.text(max_size=8),
)


class Everything:
    """A set of all words."""

    def __contains__(self, word: object) -> bool:
        return True


TEXTS = st.lists(WORDS, max_size=45).map(" ".join)


def test_the_classifiers_name_and_version_are_known_without_loading_it() -> None:
    assert rules.identity() == JUDGE.id


@given(TEXTS)
def test_a_sentence_offers_what_its_words_and_their_first_letters_and_lists_meet(text: str) -> None:
    low = lower(text)
    words = set(tokens.tokens(low))
    whole = needs.keys(words).union(*(BOOK.offers[word] for word in words & BOOK.offers.keys()))
    assert BOOK.needs_met(low) == whole & (NEEDED | LISTS)


@given(TEXTS | st.text())
def test_a_text_falls_into_the_runs_a_regular_expression_finds(text: str) -> None:
    assert tokens.tokens(text) == re.findall(r"[^\W_]+", text)
    assert tokens.letters(text) == re.findall(r"[^\W\d_]+", text)
    assert tokens.spoken(text) == re.findall(r"[\w'$%]+", text.replace("'s", " "))


@given(st.lists(st.sampled_from(sorted(languages._BY_WORD)) | st.text(max_size=5), max_size=40).map(" ".join))
def test_a_text_is_english_at_once_only_where_no_other_language_could_be_it(text: str) -> None:
    short = languages.language_of("", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(languages, "_OF_OTHERS", Everything())  # so that the words of every language are counted
        assert languages.language_of("", text + " ") == short


@given(TEXTS | st.text())
def test_a_text_in_the_form_of_cues_keeps_its_length_and_the_apostrophes_inside_words(text: str) -> None:
    low = lower(text)
    assert len(low) == len(text)
    plain = text.translate(str.maketrans("\u2019\u2018“”\u00a0\u2013—\u2011", "''\"\" ---"))
    low_too = "".join(one.lower() if len(one.lower()) == 1 else one for one in plain).replace("a.i.", "ai  ")
    if len(plain.lower()) == len(plain):
        low_too = plain.lower().replace("a.i.", "ai  ")
    quotes = re.sub(r"\"|(?<!\w)'|'(?!\w)", " ", low_too)
    assert low == re.sub(r"(?<=\d)[,\u202f](?=\d\d\d)", "_", quotes)


@given(TEXTS)
def test_numbers_are_looked_for_from_right_before_the_first(text: str) -> None:
    low = lower(text)
    short = numbers.counts(low)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "_BEFORE_DIGITS", len(low))
        assert numbers.counts(low) == short


@given(TEXTS | st.text())
def test_all_numbers_are_found_from_right_before_each_digit_or_word(text: str) -> None:
    low = lower(text)
    assert [at.span() for at in numbers._numbers(low)] == [at.span() for at in numbers._NUMBER.finditer(low)]
    assert [at.span() for at in numbers._one_in(low)] == [at.span() for at in numbers._ONE_IN.finditer(low)]


@given(st.lists(WORDS | st.sampled_from(FUNCTIONS), max_size=30).map(" ".join))
def test_the_first_sort_of_work_is_the_one_that_stands_first(text: str) -> None:
    reading = read(BOOK, Sentence(text, 0, len(text), 0), "text", "opening")
    short, longer = choices.function(JUDGE.words, [reading]), JUDGE.words.function.search(reading.low)
    assert (short and (short.start, short.end)) == (longer and longer.span())
    assert longer is None or short.entry == JUDGE.words.functions[longer.lastindex - 1]


@given(TEXTS)
def test_numbers_of_a_body_are_the_same_when_they_are_read_later(text: str) -> None:
    readings = [read(BOOK, sentence, "text", "opening") for sentence in split(text)]
    first = len(readings) // 2
    parts = stated(JUDGE.words, readings[:first], "Norvik") + stated(JUDGE.words, readings[first:], "Norvik", first)
    assert parts == stated(JUDGE.words, readings, "Norvik")


@given(TEXTS, TEXTS)
def test_the_first_look_passes_over_sentences_without_a_cue_as_it_would_by_reading_them(title: str, text: str) -> None:
    short = JUDGE.first_look(title, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "has_cues", lambda _: True)
        assert JUDGE.first_look(title, text) is short


@given(TEXTS)
def test_what_stands_right_before_a_name_is_found_in_its_last_letters(before: str) -> None:
    for pattern, letters in ((mentions._SORT_BESIDE, 24), (mentions._AT_FIRM, 28)):
        assert (pattern.search(before, max(0, len(before) - letters)) is None) is (pattern.search(before) is None)


@given(
    st.dictionaries(st.sampled_from(FEATURES) | st.text(max_size=5), st.sampled_from([1.0, 0.5, 1 / 3]), max_size=60)
)
def test_chances_and_leans_come_of_each_outcomes_weights_added_up(features: dict[str, float]) -> None:
    model, outcomes = JUDGE.model, range(len(LABELS) + len(KINDS))
    known = [(model.rows[name], value) for name, value in features.items() if name in model.rows]
    sums = [math.fsum(row[place] * value for row, value in known) for place in outcomes]
    powers = [math.exp((one - max(sums[: len(LABELS)])) / model.label_temperature) for one in sums[: len(LABELS)]]
    chances = dict(zip(LABELS, (power / sum(powers) for power in powers), strict=True))
    assert model.chances(features).labels == chances == model.label_chances(features)
    plain = [math.fsum(model.rows[name][place] for name in features if name in model.rows) for place in outcomes]
    for place, label in enumerate(LABELS):
        most = max(one for other, one in enumerate(plain[: len(LABELS)]) if other != place)
        assert model.lean(features, label) == plain[place] - most


@given(st.sets(st.sampled_from(FEATURES) | st.text(max_size=5), max_size=30), st.sampled_from(list(Label)))
def test_the_strongest_word_is_the_first_by_name_of_those_that_lean_most(features: set[str], label: Label) -> None:
    words = sorted(filter(_speaks, features))
    longer = max(words, key=lambda name: JUDGE.model.lean([name], label), default="none")
    assert JUDGE.model.strongest(words[::-1], label, default="none") == longer
