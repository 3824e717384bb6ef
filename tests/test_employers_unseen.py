"""Employers in the registers of the press: titles in capitals, datelines, persons, places, unions, common words."""

import pytest

from monitor.classify import companies
from monitor.classify.sentences import split

TABLE = companies.load()


def main(title: str, text: str = "") -> str | None:
    named = TABLE.main(title, split(text))
    return named.name if named else None


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        pytest.param("At Corrin Vale, the phones are quiet", "By Ann Obi\nCorrin Vale Homes has let 30 people go.",
                     "Corrin Vale Homes", id="the text has the full name"),
        pytest.param("Corrin Energy Promises A Human On Every Line", "LEEDS - Corrin Energy said today it would hire.",
                     "Corrin Energy", id="a verb with a capital is no part of the name"),
        pytest.param("Week in brief: Harrow Loans' robot clerk", "", "Harrow Loans", id="after a rubric"),
        pytest.param("Where the clerks went", "Ledger Weekly - Norvik Mutual has dropped 40 clerks.", "Norvik Mutual",
                     id="the outlet before the dash is not the employer"),
        pytest.param("Where the clerks went", "OSLO, June 3 - Operator Telvik will drop 40 clerks.", "Telvik",
                     id="the town before the dash is not the employer"),
        pytest.param("St. Elda's Hospital Group drops 30 coders", "", "St. Elda's Hospital Group", id="saint"),
        pytest.param("Staff return to Province of Norland", "Province of Norland ends its hiring freeze.",
                     "Province of Norland", id="name with of"),
        pytest.param("Six Hills Dental lets a bot book visits", "", "Six Hills Dental", id="number word in a name"),
        pytest.param("Preston City Council tests a bot", "", "Preston City Council", id="town in a name"),
        pytest.param("Orrin AI hires 300 researchers", "", "Orrin AI", id="AI in a name"),
        pytest.param("Juno & Stone rebuilds its service team", "", "Juno & Stone", id="a known name inside a new one"),
        pytest.param("Vexa puts people back on the phones", "Vexa Group N.V. will hire 60.", "Vexa Group",
                     id="legal form left out"),
        pytest.param("Klarnia lays off 50", "Klarnia Group (NYSE: KLAR) cut 50 jobs.", "Klarna", id="ticker"),
        pytest.param("Corrin lifts its ban", "Trade Ledger - At Corrin Creative a model wrote. Corrin hires again.",
                     "Corrin Creative", id="the full name, which the text gives once"),
        pytest.param("Marlen's takes the till away", "Marlen's is closing tills. At Marlen's, nobody pays a person.",
                     "Marlen's", id="a name that ends like a possessive"),
        pytest.param("St Elda's turns typists into checkers", "No exits at St Elda's Health this year.",
                     "St Elda's Health", id="saint with an ending of its own"),
        pytest.param("Casa Lumen drops its night porters", "", "Casa Lumen", id="a known name that ends a new one"),
        pytest.param("Kingfisher Mail to shed 5,000", "", "Kingfisher Mail", id="a known name that begins a new one"),
        pytest.param("Orsted & Finch moves packers", "", "Orsted & Finch", id="a known name before an ampersand"),
        pytest.param("Telephone bot retired", "Corrin Bank dropped the voice that took calls in its Castlebar office.",
                     "Corrin Bank", id="the site is not the employer"),
        pytest.param("Pascale plant calls workers back", "PASCALE, Miss. - Gulf Packing is calling 150 workers back.",
                     "Gulf Packing", id="the town of the dateline is not the employer"),
        pytest.param("Gus is out", "Corrin Community Bank took a bot called Gus off the phones. Gus had guessed.",
                     "Corrin Community Bank", id="the bot is not the employer"),
        pytest.param("Clerks return", '"We were wrong," said Breda Kavanagh. Slaney Council gave up on its AI clerk.',
                     "Slaney Council", id="who speaks is not the employer"),
        pytest.param("Thirty clerks called back", "Corrin Mutual has rehired the clerks whom it let go.",
                     "Corrin Mutual", id="a number word is not the employer"),
        pytest.param("Insurer hires again", "Harlan Mutual Insurance, which last summer shed 540 claims workers in "
                     "favour of a photo tool, said Tuesday it would fill 275 jobs.",
                     "Harlan Mutual Insurance", id="a long clause before the verb"),
        pytest.param("Retraining for all", "Town of Petit Ruisseau retrains its clerks.", "Town of Petit Ruisseau",
                     id="town of"),
        pytest.param("Benefits staff to stay", "The Department for Rural Homes will keep its clerks.",
                     "Department for Rural Homes", id="department for"),
        pytest.param("Arc Runner Dev Norvik Studios Lays Off 30", "Norvik Studios has laid off 30 artists.",
                     "Norvik Studios", id="what a headline in capitals puts before the name"),
        pytest.param("Banco Ferrol prescinde de 40 gestores", "", "Banco Ferrol", id="Spanish"),
        pytest.param("Versicherer Rheintal streicht 300 Stellen", "", "Rheintal", id="German"),
    ],
)  # fmt: skip
def test_the_employer_is_found(title: str, text: str, name: str) -> None:
    assert main(title, text) == name


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("Finance Staff Union rejects the plan", "", id="union"),
        pytest.param("Job cuts loom in Doncaster", "", id="town"),
        pytest.param("Next, the robots", "", id="a name that is a common word"),
        pytest.param("Three firms cut jobs", "", id="a number that is a name"),
        pytest.param("Gap between promise and practice grows", "", id="gap"),
        pytest.param("Shell companies cut jobs", "", id="shell"),
        pytest.param("Visa rules cut jobs for graduates", "", id="visa"),
        pytest.param("Oracle of AI: what is next for jobs", "", id="oracle"),
        pytest.param("Firms target 1,000 jobs", "", id="target"),
        pytest.param("A meta view of layoffs", "", id="meta"),
        pytest.param("Block the cuts, say staff", "", id="block"),
        pytest.param("Box office staff replaced by AI kiosks", "", id="box"),
        pytest.param("Unity among unions as jobs go", "", id="unity"),
        pytest.param("Match of the day axes pundits", "", id="match"),
        pytest.param("Snap decision to cut 40 jobs draws fire", "", id="snap"),
        pytest.param("Charter schools cut 40 jobs", "", id="charter"),
        pytest.param("Three banks cut 1,200 jobs", "", id="three"),
        pytest.param("Future of work: AI cuts jobs", "", id="future"),
        pytest.param("Wise heads warn of AI layoffs", "", id="wise"),
        pytest.param("Indeed, AI cuts jobs", "", id="indeed"),
        pytest.param("Klarna-like U-turns: six firms that hired again", "", id="a name made an adjective"),
        pytest.param("Firm to pay R4.8m over cuts", "", id="money"),
        pytest.param("What I learned", 'Years later, said Mona Lind, 44, "I would do it again."', id="person quoted"),
    ],
)
def test_what_is_no_firm_is_no_employer(title: str, text: str) -> None:
    assert main(title, text) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Retailer Next to cut 80 jobs", "Next"),
        ("Layoffs at Meta", "Meta"),
        ("Target's chief executive warns staff", "Target"),
        ("Delta Dental cuts 20 jobs", "Delta Dental"),
        ("Gap cuts 400 jobs", "Gap"),
        ("Block lays off 900", "Block"),
        ("Shell cuts 2,000 jobs", "Shell"),
        ("Oracle said it would cut jobs", "Oracle"),
        ("Orange supprime 300 postes", "Orange"),
        ("Unity lays off 1,800", "Unity"),
        ("Box CEO says no layoffs", "Box"),
        ("Three to cut 1,200 jobs", "Three UK"),
    ],
)
def test_a_name_that_is_a_word_is_taken_where_the_sentence_treats_it_as_a_firm(title: str, name: str) -> None:
    assert main(title) == name


def test_parent_and_subsidiary_are_apart_and_linked() -> None:
    named = TABLE.main("Instagram cuts 60 jobs", [])
    assert named is not None
    assert (named.name, named.parent) == ("Instagram", "Meta")
    assert not TABLE.others("Meta said it would not comment.", "Instagram")
    assert TABLE.others("Duolingo said it would not comment.", "Instagram")


def test_an_apostrophe_of_either_kind_is_the_same_name() -> None:
    assert TABLE.canonical("McDonald\u2019s") == TABLE.canonical("McDonald's") == "McDonald's"


def test_the_table_knows_at_least_four_hundred_employers() -> None:
    assert len(set(TABLE.aliases.values())) >= 400


def test_a_long_run_of_capitals_ends_in_bounded_time() -> None:
    assert main("Norvik " * 400, "Norvik Bank " * 30_000) is not None


@pytest.mark.parametrize(
    "credit",
    [
        "Jo Lind/Norvik Pictures",
        "Jo Lind / Norvik Pictures",
        "Image Credits: Norvik Pictures",
        "Photo by Norvik Pictures",
    ],
)
def test_who_made_a_picture_is_not_the_employer(credit: str) -> None:
    assert (
        main("Should you be worried?", f"{credit}\nWork changes, and many are worried about what comes next.") is None
    )


@pytest.mark.parametrize("title", ["Regulator opens inquiry", "Campaign fires 12", "Job-cut announcements rise"])
def test_a_common_word_that_begins_a_headline_is_no_employer(title: str) -> None:
    assert main(title) is None


@pytest.mark.parametrize("title", ["Truckmaker Granvik cuts 60 jobs", "Start-up Granvik cuts 60 jobs"])
def test_what_sort_of_firm_it_is_is_no_part_of_its_name(title: str) -> None:
    assert main(title) == "Granvik"
