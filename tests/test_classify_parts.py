"""The parts under the judge: sentences with exact places, the cue book and its errors, source tiers."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classify import cues, needs, publishers
from monitor.classify.languages import WITH_CUES, language_of
from monitor.classify.reading import lower
from monitor.classify.sentences import MAX_SENTENCE, MAX_SENTENCES, opening_end, split
from monitor.errors import ConfigurationError
from monitor.shipped import shipped

EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).resolve().parent / "data" / "examples.jsonl").read_text("utf-8").splitlines()
]
WRITTEN = Path(__file__).resolve().parent / "data" / "written"
ABROAD = [WRITTEN / "german_french.jsonl", WRITTEN / "spanish_swedish.jsonl"]
BOOK = cues.load()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("Mr. Lind of Vexa Inc. spoke. He left.", ["Mr. Lind of Vexa Inc. spoke.", "He left."]),
        ('"We cut jobs." She left.', ['"We cut jobs."', "She left."]),
        ("It rose 2.1 percent. Then it fell.", ["It rose 2.1 percent.", "Then it fell."]),
        ("A heading\n\nA sentence", ["A heading", "A sentence"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_text_is_split_into_sentences(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split(text)] == sentences


@given(st.text(alphabet=st.sampled_from("aB .!?\n\u2028\"'1,\u00a0"), max_size=300))
def test_every_sentence_stands_at_its_place(text: str) -> None:
    for sentence in split(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()


@given(st.text(max_size=300))
def test_the_form_cues_are_matched_in_has_the_same_length(text: str) -> None:
    assert len(lower(text)) == len(text)


def test_long_sentences_are_cut_and_many_are_left_out() -> None:
    assert max(len(sentence.text) for sentence in split("word " * 2000)) <= MAX_SENTENCE
    assert len(split("A b. " * 5000)) == MAX_SENTENCES


def test_the_opening_is_three_paragraphs_or_a_third() -> None:
    paragraphs = [f"Paragraph {n} says something that is long enough to be read as prose by anyone." for n in range(20)]
    text = "\n\n".join(paragraphs)
    assert opening_end(split(text), len(text)) == 3
    short = "One sentence here. A second one. A third one."
    assert opening_end(split(short), len(short)) == 3


def skipped(book: cues.CueBook, text: str) -> set[str]:
    """Return the patterns of cues that fit a sentence and are not found in it, or the other way round."""
    every = {cue for index in (book.by_need, book.masks) for group in index.values() for cue in group}
    wrong = set()
    for sentence in split(text):
        low = lower(sentence.text)
        met = book.needs_met(low)
        found = {mark.cue for mark in (*book.marks(low, met), *book.misleading(low, met))}
        wrong |= {cue.pattern.pattern for cue in {cue for cue in every if cue.pattern.search(low)} ^ found}
    return wrong


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["id"] for example in EXAMPLES])
def test_no_cue_that_fits_is_skipped_for_its_needs(example: dict[str, str]) -> None:
    """The needs only save time: without them the same cues must fit."""
    assert skipped(BOOK, f"{example['title']}\n{example['text']}") == set()


@pytest.mark.parametrize("language", WITH_CUES)
def test_no_cue_of_another_language_is_skipped_for_the_letters_it_has(language: str) -> None:
    book = cues.load(shipped(f"config/cues.{language}.toml"))
    items = [json.loads(line) for file in ABROAD for line in file.read_text("utf-8").splitlines()]
    texts = [f"{item['title']}\n{item['text']}" for item in items]
    own = [text for text in texts if language_of("", text) == language]
    assert len(own) > 50
    assert set().union(*(skipped(book, text) for text in own[:50])) == set()


@pytest.mark.parametrize(
    ("line", "clauses"),
    [
        ("cuts? .. {staff}", [{"cut", "cuts"}, {"{staff}"}]),
        ("(?:bring|take) (?:\\w+ )?back", [{"bring", "take"}, {"back"}]),
        ("automat\\w+ jobs", [{"auto*"}, {"jobs"}]),
        ("(?:tak|mak)\\w+ jobs", [{"tak*", "mak*"}, {"jobs"}]),
        ("(?:embrac|us)(?:e|es) {ai}", [{"embrace", "embraces", "use", "uses"}, {"{ai}"}]),
        ("(?:prioriti[sz]|us)(?:ed|ing)\\w* {ai}", [{"{ai}"}]),
        ("{people} (?:out|to leave)(?= |$|[.;,])", [{"{people}"}, {"out", "to"}]),
        ("(?:out|to leave)(?=r)\\w+", []),
        ("plug(?!ins)", [{"plug"}]),
        ("turns back|backs {staff}", [{"turns", "backs"}]),
        ("gekündigt {staff}", [{"gekündigt"}, {"{staff}"}]),
        ("(?:réembauch|supprim)\\w+ {staff}", [{"réem*", "supp*"}, {"{staff}"}]),
        ("återanst[aä]lla", [{"återanstalla", "återanställa"}]),
        ("plug(?!ins) {ai}", [{"plug*"}, {"{ai}"}]),
        ("\\d{2,4} roles", [{"roles"}]),
    ],
)
def test_what_a_pattern_needs(line: str, clauses: list[set[str]]) -> None:
    assert [set(clause) for clause in needs.clauses(line)] == clauses


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("version = 1", "version = 2"), "version must be 1, not 2"),
        (("[cut.layoff]", "[chop.layoff]"), r"\[chop\] is no role"),
        (("[words]", "[vocabulary]"), r"\[vocabulary\] is no role"),
        (('"{layoff}",\n', '"{layof}",\n'), r"names \{layof\}, which is not in \[words\]"),
        (('"{layoff}",\n', '"{layoff",\n'), "has an open brace"),
        (('"{layoff}",\n', '"(?:{layoff}",\n'), "is not a regular expression"),
        (('"{layoff}",\n', '"\\\\d+",\n'), r"needs a \{list\} or a word of four letters"),
        (('"{layoff}",\n', '"",\n'), "cut.layoff.patterns must be a list of non-empty strings"),
        (("weight = 1.6", "weight = 0"), "weight must be a number above 0 and at most 10, not 0"),
        (("linked = true", 'linked = "yes"'), "linked must be true or false, not 'yes'"),
        (("weight = 1.6", "wait = 1.6"), "may hold only patterns, linked and weight"),
        (("job = [\n", 'job = [ "@posts",\n'), "words.job takes in @posts, which does not stand before it"),
        (("job = [\n", 'job = [ "Jobs",\n'), "words.job: 'Jobs' must be lower-case words"),
        (("[cut.layoff]", "[cut.layoff"), "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_cue_file_is_named_with_its_key(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = tmp_path / "cues.toml"
    text = shipped("config/cues.toml").read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    with pytest.raises(ConfigurationError, match=f"cues.toml: .*{complaint}"):
        cues.load(path)


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read"):
        cues.load(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"binary\.toml: is not UTF-8 text"):
        cues.load(tmp_path / "binary.toml")


PUBLISHERS = publishers.load()


@pytest.mark.parametrize(
    ("name", "tier"),
    [
        ("sec.gov", 1),
        ("www.sec.gov", 1),
        ("efts.sec.gov", 1),
        ("reuters.com", 2),
        ("Reuters", 2),
        ("  the  GUARDIAN ", 2),
        ("www.reuters.com:443", 2),
        ("benzinga.com", 3),
        ("Benzinga", 3),
        ("lessons-from-x.example", 4),
        ("notreuters.com", 4),
        ("com", 4),
        ("", 4),
    ],
)
def test_a_source_has_a_tier(name: str, tier: int) -> None:
    assert PUBLISHERS.tier(name) == tier


def test_a_publisher_in_two_tiers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "publishers.toml"
    text = shipped("config/publishers.toml").read_text("utf-8").replace('"benzinga.com",', '"benzinga.com", "sec.gov",')
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=r"publishers\.toml: tier3\.hosts: 'sec\.gov' also"):
        publishers.load(path)


def test_the_table_of_publishers_has_the_main_ones() -> None:
    assert len(PUBLISHERS.hosts) >= 120
