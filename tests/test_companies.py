"""The employer: by the alias table, or by how a sentence treats a name it has never seen."""

from pathlib import Path

import pytest

from monitor.classify import companies
from monitor.classify.sentences import split
from monitor.errors import ConfigurationError

TABLE = companies.load()


def main(title: str, text: str = "") -> str | None:
    named = TABLE.main(title, split(text))
    return named.name if named else None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Facebook parent lays off 200 recruiters", "Meta"),
        ("IKEA retrains call centre staff", "Ingka"),
        ("CBA calls back humans", "Commonwealth Bank of Australia"),
        ("Wendy's will trial a voice bot", "Wendy's"),
        ("Amazon.com cuts 14,000 jobs", "Amazon"),
        ("Block cuts 4,000 jobs", "Block"),
        ("Layoffs at Block", "Block"),
        ("JP Morgan to cut staff", "JPMorgan Chase"),
    ],
)
def test_a_known_employer_has_its_canonical_name(title: str, name: str) -> None:
    assert main(title) == name


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        ("Norvik Bank drops 320 phone advisers", "", "Norvik Bank"),
        ("Harrow & Finch chief tells staff to use AI first", "", "Harrow & Finch"),
        ("LENDER CUTS STAFF", "The online lender Penny Harbor has cut 30 jobs.", "Penny Harbor"),
        ("Chief executive of Vexa sees smaller teams", "", "Vexa"),
        ("Shoppers hear people again", "Supermarket chain Fairhaven has switched off its bot.", "Fairhaven"),
        ("Dutch bank Rijnmond lets headcount fall", "Rijnmond Bank will not replace leavers.", "Rijnmond Bank"),
        ("Quill Media Ends Hiring Stop", "", "Quill Media"),
    ],
)
def test_a_new_name_is_known_by_what_it_does(title: str, text: str, name: str) -> None:
    assert main(title, text) == name


@pytest.mark.parametrize(
    "title",
    [
        "Union blocks plan at port",
        "Will AI take your job?",
        "The target is growth, the oracle says",
        "Senators want a person on every line",
        "US economy shed jobs this spring",
        "Six in ten directors regret AI, Gartner says",
        "Why the human touch returns",
    ],
)
def test_a_text_without_an_acting_firm_has_no_employer(title: str) -> None:
    assert main(title) is None


def test_a_house_that_predicts_is_no_employer_but_one_that_cuts_is() -> None:
    assert main("Goldman Sachs says AI will shrink teams") is None
    assert main("Goldman Sachs cuts 300 jobs") == "Goldman Sachs"


def test_a_person_is_no_employer() -> None:
    assert main("Boss defends AI", "Chief executive Moira Tansley cut the meeting short.") is None


def test_the_employer_is_given_as_printed_with_its_place() -> None:
    title = "Shares rise as Nestle cuts jobs"
    named = TABLE.main(title, [])
    assert named is not None
    assert (named.name, named.printed) == ("Nestlé", "Nestle")
    assert title[named.span.start : named.span.end] == "Nestle"


def test_other_known_firms_are_told_from_the_main_one() -> None:
    assert TABLE.others("Klarna rehired people last year.", "Duolingo")
    assert not TABLE.others("Klarna, like Duolingo, rehired people.", "Duolingo")
    assert TABLE.count("Exxon, Nike and Oracle cut jobs") == 3


def test_the_table_knows_the_field() -> None:
    assert len(set(TABLE.aliases.values())) >= 150


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('"Klarna" = [', '"Klarna" = ["Ford", '), "'Ford' also belongs to"),
        (('"Adobe" = []', '"Adobe" = "Adobe Inc"'), "employers.Adobe must be a list"),
        (("[houses]", "[housing]"), r"table \[houses\] is missing"),
        (("[employers]", "[employers"), "is not valid TOML"),
    ],
)
def test_a_wrong_table_names_file_and_key(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = tmp_path / "companies.toml"
    path.write_text(companies.shipped("config/companies.toml").read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(ConfigurationError, match=f"companies.toml: .*{complaint}"):
        companies.load(path)
