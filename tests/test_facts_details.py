"""Dates, countries, reasons, speakers; and that every fact stands in the text where its span says."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify import dates, factbook, rules
from monitor.classify.reader import read
from monitor.classify.reading import Reading
from monitor.classify.sentences import split
from monitor.errors import ConfigurationError
from monitor.model import Facts

JUDGE = rules.load()
PUBLISHED = date(2025, 6, 12)  # a Thursday
WORDED = frozenset({"company", "parent", "jobs_qualifier", "jobs_implied", "jobs_formula", "share_base", "action",
                    "technology", "attribution_type", "attribution_strength", "attribution_speaker"})  # fmt: skip


def reading(text: str) -> Reading:
    return read(JUDGE.book, split(text)[0], "text", "opening")


def facts(title: str, text: str = "") -> Facts:
    return JUDGE.classify(title, text, PUBLISHED).facts


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Norvik told staff on Tuesday.", date(2025, 6, 10)),
        ("Norvik said on Thursday it would cut jobs.", date(2025, 6, 12)),
        ("Norvik said on Friday it would cut jobs.", date(2025, 6, 6)),
        ("OSLO, June 11 - Norvik will cut jobs.", date(2025, 6, 11)),
        ("OSLO, 11 June 2025 - Norvik will cut jobs.", date(2025, 6, 11)),
        ("Norvik today announced a plan.", PUBLISHED),
        ("Norvik sagte am Mittwoch, es streiche Stellen.", date(2025, 6, 11)),
        ("Norvik said the desk closes from Monday.", None),
        ("The buses stop on Tuesday.", None),
    ],
)
def test_the_day_it_was_made_known(text: str, day: date | None) -> None:
    found = dates.announced(reading(text), PUBLISHED)
    assert (found.day if found else None) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Norvik will cut 40 jobs by 2028.", date(2028, 12, 31)),
        ("Norvik will cut 40 jobs by March.", date(2026, 3, 31)),
        ("Norvik will cut 40 jobs from 1 August.", date(2025, 8, 1)),
        ("Norvik will cut 40 jobs by the end of September 2026.", date(2026, 9, 30)),
        ("Norvik baut bis Ende 2027 40 Stellen ab.", date(2027, 12, 31)),
        ("Norvik cut 40 jobs in May.", None),
        ("Norvik will keep 40 jobs until 2028.", None),
    ],
)
def test_the_day_it_takes_effect(text: str, day: date | None) -> None:
    found = dates.effective([reading(text)], PUBLISHED)
    assert (found[1].day if found else None) == day


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("COLUMBUS, Ohio - Norvik Bank will cut 40 jobs because of AI.", "US"),
        ("Norvik Bank will cut 40 jobs in Doncaster and Swindon because of AI.", "GB"),
        ("The Irish lender Norvik Bank will cut 40 jobs because of AI.", "IE"),
        ("Norvik Bank will cut 40 jobs because of AI.", None),
    ],
)
def test_the_country_is_where_the_jobs_are(text: str, country: str | None) -> None:
    assert facts("Norvik Bank cuts 40 jobs because of AI", text).country == country


def test_the_one_who_speaks_is_named_as_printed() -> None:
    text = 'Norvik Bank takes back 60 agents as its bot failed.\n"We missed them," said chief executive Mona Lind.'
    assert facts("Norvik Bank takes back 60 agents it replaced with a bot", text).quote_speaker == "Mona Lind"


TITLE_OF_SPEAKER = "Norvik Bank cuts 60 jobs as its AI bot answers calls"


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ('"We miss them," said Chief Financial Officer Mona Lind.', "Mona Lind"),
        ('"We miss them," Founder Mona Lind said on Monday.', "Mona Lind"),
        ('It said on Monday: "We replaced 60 agents with AI."', None),
        ('"AI replaced 60 agents," the Chief Financial Officer said.', None),
        ("The bank said Mona Lind would leave as AI replaces 60 agents.", None),
        ("The bank told Mona Lind that AI replaces her and 59 others.", None),
    ],
)
def test_only_a_person_who_is_said_to_speak_is_the_speaker(sentence: str, speaker: str | None) -> None:
    assert facts(TITLE_OF_SPEAKER, f"Norvik Bank cuts 60 jobs because of AI.\n{sentence}").quote_speaker == speaker


@pytest.mark.parametrize(
    ("words", "implied", "formula"),
    [
        ("a third of its 900 support staff", 300, "33.3 % of 900"),
        ("25% of its 9,000 employees", 2250, "25 % of 9,000"),
    ],
)
def test_a_share_of_a_stated_number_implies_how_many_jobs_go(words: str, implied: int, formula: str) -> None:
    found = facts(
        "Norvik Bank lays off support staff as AI takes calls", f"Norvik Bank lays off {words} because of AI."
    )
    assert (found.jobs_count, found.jobs_implied, found.jobs_formula) == (None, implied, formula)


def test_a_share_of_a_number_implies_nothing_where_the_jobs_are_stated() -> None:
    text = "Norvik Bank lays off 310 people, a third of its 900 support staff, because of AI."
    found = facts("Norvik Bank lays off 310 as AI takes calls", text)
    assert (found.jobs_count, found.jobs_implied, found.jobs_formula) == (310, None, None)


@pytest.mark.parametrize(
    ("title", "text", "company"),
    [
        pytest.param("Norvik Bank cuts 60 jobs as AI answers calls", "", "Norvik Bank", id="a cut"),
        pytest.param("Norvik Bank to hire 60 engineers", "", "Norvik Bank", id="a hiring that is off topic"),
        pytest.param("Norvik Airways returns to Quill airport", "Norvik Airways said its first flight is in May.", None,
                     id="a word of the headline that is also one of work"),
        pytest.param("Norvik Bank cuts posts in Quill", "The bank said trade was slow.", "Norvik Bank",
                     id="a cut without a number, off topic"),
        pytest.param("Norvik Games patch fixes bugs", "Norvik Games says the AI of its monsters is better.", None,
                     id="AI, and nobody's job"),
        pytest.param("Office jobs are going to AI, and nobody says so",
                     "AI is taking office jobs, and few employers admit it. Norvik Bank replaced its clerks with AI "
                     "in spring and said nothing of it. My view is that others follow.", None,
                     id="an example in an essay"),
        pytest.param("AI will take a third of office jobs by 2030, Norvik Research says",
                     "Norvik Research said AI will eliminate a third of office jobs by 2030.", None, id="a forecast"),
        pytest.param("Most firms that cut jobs for AI regret it, Norvik survey finds",
                     "Norvik polled 900 firms. Of those that cut jobs for AI 60% regret it.", None, id="a survey"),
    ],
)  # fmt: skip
def test_an_employer_is_given_only_where_its_action_on_jobs_is_told(title: str, text: str, company: str | None) -> None:
    assert facts(title, text).company == company


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("Here are six firms cutting jobs for AI",
                     "Norvik Bank cuts 15% of its staff. Corran Life cuts 400 jobs.", id="a list"),
        pytest.param("AI will take office jobs by 2030, Norvik Research predicts",
                     "Norvik Research predicts AI will eliminate hundreds of jobs, a third of all staff, by 2030.",
                     id="a forecast"),
    ],
)  # fmt: skip
def test_what_is_measured_or_listed_is_no_employers_share_of_staff(title: str, text: str) -> None:
    found = facts(title, text)
    assert (found.share_pct, found.jobs_count, found.jobs_qualifier) == (None, None, "none_stated")


def test_a_number_of_jobs_without_an_employer_and_without_a_label_is_nobody_s() -> None:
    assert facts("More than 4,000 games workers have lost jobs this year").jobs_count is None


def test_a_claim_of_work_done_by_software_counts_nobody_s_job() -> None:
    text = "Review time for a lease is down from three hours to four minutes, the firm says."
    found = facts("Contract bot matches 45 paralegals, Norvik Legal tells clients", text)
    assert (found.company, found.jobs_count) == ("Norvik Legal", None)


def test_the_owner_of_an_employer_stands_in_the_facts() -> None:
    assert facts("Instagram cuts 60 jobs as AI answers users").parent == "Meta"
    assert facts("Norvik Bank cuts 60 jobs as AI answers calls").parent is None


def test_nobody_taken_back_is_a_count_of_none() -> None:
    text = "Norvik Bank has switched off its AI phone bot. Nobody has been rehired so far."
    assert facts("Norvik Bank pulls the plug on its AI phone bot, people answer again", text).jobs_count == 0


_WORDS = (
    "Norvik Bank|Klarna|lays off|rehires|cuts|between 400 and 500|up to 4,000|about 1.2k|12%|a third of|its 900"
    "|of its 5,400|support staff|jobs|agents|because of AI|as a bot answers calls|in Dublin|from 1 August|by 2028"
    "|on Tuesday|said chief executive Mona Lind|.|,|\n|last year|the work of 700|employs 12,000 people"
    "|from 5,500 to 3,400|“|”|after complaints|OSLO, June 11 -"
)
_PIECES = st.sampled_from(_WORDS.split("|"))


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=14), st.lists(_PIECES, max_size=30))
def test_every_fact_stands_in_the_text_where_its_span_says(title: list[str], text: list[str]) -> None:
    places = {"title": " ".join(title), "text": " ".join(text)}
    verdict = JUDGE.classify(places["title"], places["text"], PUBLISHED)
    for name, value in vars_of(verdict.facts).items():
        if value is None or value == getattr(Facts(), name):
            continue
        assert name in verdict.spans or name in WORDED or value == "not stated", name
    for span in verdict.spans.values():
        assert places[span.place][span.start : span.end].strip() != ""
        assert 0 <= span.start < span.end <= len(places[span.place])


def vars_of(found: Facts) -> dict[str, object]:
    return {name: getattr(found, name) for name in Facts.__dataclass_fields__}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("version = 1", "version = 2"), "version must be 1"),
        (("[reason]", "[reasons]"), r"table \[reason\] is missing"),
        (("nouns = [", 'nouns = [\n  "",'), "people.nouns must be a list"),
    ],
)
def test_a_wrong_fact_file_names_file_and_key(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = tmp_path / "facts.toml"
    path.write_text(factbook.shipped("config/facts.toml").read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(ConfigurationError, match=f"facts.toml: .*{complaint}"):
        factbook.load(path)


@pytest.mark.parametrize("published_on", [date.max, date.min], ids=["the last year", "the first"])
def test_a_day_beyond_the_calendar_is_no_day(published_on: date) -> None:
    facts = JUDGE.classify("Norvik cuts 40 jobs by February, citing AI", "It said so in December.", published_on).facts
    assert facts.effective_on is None or facts.effective_on.year in {1, 9999}
