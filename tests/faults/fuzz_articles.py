"""What is read of the words of articles: targets of the fuzzer, with what each promises."""

from collections.abc import Hashable
from datetime import date
from functools import cache

from faults.mutants import Target, text_of

from monitor.classify import numbers, sentences
from monitor.classify.reading import lower
from monitor.classify.rules import RulesClassifier, load
from monitor.identity import content_hash
from monitor.model import Label, Verdict
from monitor.poll.markup import plain
from monitor.stories.copies import alike_titles, loose_address, title_key
from monitor.stories.sketch import likeness, sketch

URL = "https://news.example/2026/11/22/story"
DAY = date(2026, 11, 22)


@cache
def judge() -> RulesClassifier:
    """Return the rules, read once."""
    return load()


def cut(data: bytes) -> Hashable:
    """A text: sentences in order, verbatim, bounded, and what is compared of it is the same again."""
    text = text_of(data)
    found = sentences.split(text)
    behind = 0
    for one in found:
        assert text[one.start : one.end] == one.text == one.text.strip()
        assert one.start >= behind
        assert len(one.text) <= sentences.MAX_SENTENCE
        assert len(lower(one.text)) == len(one.text)
        behind = one.end
    assert len(found) <= sentences.MAX_SENTENCES
    assert content_hash("", f" {text} ") == content_hash("", text.upper().lower() if text.isascii() else text)
    marks = sketch(text)
    assert len(marks) in {0, 132}
    assert not marks or likeness(marks, marks) == 1
    return len(found), bool(marks), plain(text) == text


def numbered(data: bytes) -> Hashable:
    """A sentence with numbers: each a count that is there, and a share of a whole."""
    low = lower(text_of(data))
    for number in numbers.counts(low):
        assert 0 <= number.start < number.end <= len(low)
        assert number.value >= 1
        assert number.upper is None or number.upper > number.value
    for share in numbers.shares(low):
        assert 0 < share.percent <= 100
        assert low[share.start : share.end]
    vague = numbers.vague(low)
    return len(numbers.counts(low)), len(numbers.shares(low)), vague is None


def judged(data: bytes) -> Hashable:
    """An article, its title in the first line: a verdict whose every quote and figure stands in it."""
    text = text_of(data)
    title = text.partition("\n")[0]
    verdict = judge().classify(title, text, DAY)
    _check_verdict(verdict, {"title": title, "text": text})
    return verdict.label, verdict.kind, verdict.rule, verdict.facts.jobs_count is None, verdict.facts.company is None


def _check_verdict(verdict: Verdict, words: dict[str, str]) -> None:
    assert 0 <= verdict.probability <= 1
    assert bool(verdict.evidence) == (verdict.label is not Label.NONE)
    for quote in verdict.evidence:
        assert words[quote.place][quote.start : quote.end] == quote.quote
    for span in verdict.spans.values():
        assert words[span.place][span.start : span.end].strip()
    facts = verdict.facts
    assert facts.jobs_count is None or facts.jobs_count >= 1
    assert facts.share_pct is None or 0 < facts.share_pct <= 100
    assert facts.announced_on is None or isinstance(facts.announced_on, date)


def named(data: bytes) -> Hashable:
    """Names in a piece of text: each stands where it is said to stand; and titles as they are compared."""
    text = text_of(data)
    employers = judge().employers
    found, known = employers.words.find(text), employers.known(text)
    for name in found:
        assert text[name.start : name.end] == name.printed
    assert employers.canonical(employers.canonical(text)) == employers.canonical(text)
    assert all(employers.canonical(one) == one for one in known)
    assert alike_titles(text, text) or not alike_titles(text, text + " x")
    return len(known), bool(title_key(text)), loose_address(text) is None, len(found)


STORY = (
    "Norvik Bank cuts 320 jobs as AI assistant takes over customer calls\nLONDON, Nov 22 - Nor"
    "vik Bank said on Monday it would lay off about 320 of its 1,400 support staff, or 23%, b"
    "ecause an AI system now answers most calls.\n“The assistant does the work of 300 agents,”"
    " said Ida Ek, chief executive of Norvik.\nLast year the bank had rehired 40 people who we"
    "re replaced by a chatbot in May 2025. The cuts take effect on 1 March 2027.\n"
)
BACK = (
    "Klarion rehires 50 agents after AI chatbot fails\nKlarion brings back up to 50 of 120 pos"
    "ts that it cut in favour of AI.\n"
)
NUMBERS = (
    b" 1,200", b" 1.200", b" 1 200", b"%", b" per cent", b" three quarters", b" out of ", b"0 in 10", b" up to",
    b" between", b" and ", b" jobs", b"$", b"\xc2\xb2", "٣٤".encode(), b" million", b" hundred", b" dozens", b"k",
    b"-odd", b"_000", b"1e5", b" 99 in 10",
)  # fmt: skip
WORDS = (
    b" cuts ", b" lays off ", b" rehires ", b" because of AI", b" AI", b" chatbot", b" may ", b" not ", b" said",
    b". ", b"\n", b"\n\n", b" Norvik Bank", b" IBM", b" Klarna's", b" 320 jobs", b" 23%", b" from 3,700 to 2,000",
    "\u2019".encode(), b" St. ", b" Mr. A. B.", b"(NYSE: ", b" last year", b" 31 February 2026", b" by 2030",
    b" Tuesday", b" who ", "\u2028".encode(), b" The", b" of the", b"-", b" & ", "İ".encode(),
    b" streicht 300 Stellen", " supprime 40 emplois à cause de l'IA".encode(), b" despide a 20",
    " säger upp 15".encode(),
)  # fmt: skip
TEXTS = (STORY.encode(), BACK.encode())

TARGETS = (
    Target("classify.sentences", cut, TEXTS, WORDS, 6),
    Target(
        "classify.numbers", numbered, (*TEXTS, b"cut 1,200 to 1,500 of 3,000 jobs, 20% or one in five"), NUMBERS, 10
    ),
    Target("classify.article", judged, TEXTS, WORDS, 2),
    Target("classify.names", named, (*TEXTS, URL.encode(), b"Norvik Bank of the North & Co. cuts"), WORDS, 4),
)
