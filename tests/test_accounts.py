"""Files of events -> accounts: what is taken, what is mapped, and what is refused by line and column."""

import json
from datetime import date
from pathlib import Path

import pytest

from monitor import accounts
from monitor.accounts import vocabulary
from monitor.accounts.terms import Terms
from monitor.errors import ConfigurationError
from monitor.model import FiledAccount, Kind, Label
from monitor.shipped import shipped


@pytest.fixture(scope="module")
def terms() -> Terms:
    return accounts.load(date(2026, 6, 1))


def rows(terms: Terms, text: str) -> list[FiledAccount | list[accounts.Refusal]]:
    """Return what each row of a file gives."""
    sheet = accounts.opened(text.encode(), "events.csv")
    return [accounts.read(record, terms) for record in sheet.records()]


def one(terms: Terms, **cells: str) -> FiledAccount | list[accounts.Refusal]:
    """Return what one row gives whose other cells are in order."""
    whole = {"company": "Brackwater Mutual", "label": "cut", "date": "2026-03-02", "source_url": "https://n.example/a"}
    whole |= cells
    quoted = (f'"{value}"' for value in whole.values())
    [found] = rows(terms, f"{','.join(whole)}\n{','.join(quoted)}\n")
    return found


def taken(terms: Terms, **cells: str) -> FiledAccount:
    found = one(terms, **cells)
    assert isinstance(found, FiledAccount), found
    return found


def refused(terms: Terms, **cells: str) -> accounts.Refusal:
    found = one(terms, **cells)
    assert isinstance(found, list)
    [refusal] = found
    return refusal


def test_four_columns_are_enough(terms: Terms) -> None:
    found = taken(terms)
    assert (found.facts.company, found.label, found.kind) == ("Brackwater Mutual", Label.CUT, Kind.EVENT)
    assert (found.announced_on, found.date_precision, found.publisher) == (date(2026, 3, 2), "day", "n.example")
    assert found.is_event


def test_a_row_without_a_name_is_named_by_what_it_says(terms: Terms) -> None:
    first, again, other = taken(terms), taken(terms), taken(terms, jobs_count="7")
    assert first.external_id == again.external_id != other.external_id


def test_a_row_is_the_same_row_in_other_words(terms: Terms) -> None:
    assert taken(terms, function="support").external_id == taken(terms, function="customer service").external_id


NOTES = {
    "of a label none": {"label": "none"},
    "a claim of productivity": {"kind": "productivity_claim"},
    "a commentary": {"kind": "commentary"},
    "an update": {"kind": "update"},
    "of nobody who acts": {"company": "(a survey of directors)"},
}


@pytest.mark.parametrize("cells", NOTES.values(), ids=NOTES.keys())
def test_a_row_that_tells_of_no_event_is_a_note(terms: Terms, cells: dict[str, str]) -> None:
    assert not taken(terms, **cells).is_event


MAPPED = {
    "support": ({"function": "support"}, "function", "customer service"),
    "a helpline": ({"function": "helpline"}, "function", "customer service"),
    "two sorts of work": ({"function": "customer service;marketing"}, "function", "mixed"),
    "one sort in two words": ({"function": "back office;HR"}, "function", "HR and back office"),
    "who works, and at what": ({"function": "interns;software"}, "function", "software"),
    "a state": ({"country": "US-NY"}, "country", "US"),
    "a country by its name": ({"country": "Germany; UK"}, "country", "DE;GB"),
    "a region": ({"geography": "MY;global"}, "country", "MY;global"),
    "no action": ({"action": "none"}, "action", None),
    "about, by another word": ({"jobs_count": "7", "jobs_qualifier": "circa"}, "jobs_qualifier", "about"),
    "a bare number": ({"jobs_count": "7"}, "jobs_qualifier", "exact"),
    "a number a spreadsheet wrote": ({"jobs_count": "1800.0"}, "jobs_count", 1800),
    "no number": ({"jobs_qualifier": "about"}, "jobs_qualifier", "none_stated"),
    "up to": ({"jobs_count": "7", "jobs_qualifier": "up_to"}, "jobs_count_max", 7),
    "a share with its sign": ({"share_pct": "12,5 %"}, "share_pct", 12.5),
    "another spelling": ({"attribution_strength": "EXPLICIT"}, "attribution_strength", "explicit"),
    "no strength": ({}, "attribution_strength", "none"),
}


@pytest.mark.parametrize(("cells", "fact", "expected"), MAPPED.values(), ids=MAPPED.keys())
def test_words_are_mapped_to_the_closed_vocabularies(
    terms: Terms, cells: dict[str, str], fact: str, expected: object
) -> None:
    assert getattr(taken(terms, **cells).facts, fact) == expected


DATES = {
    "a day": ({"date": "2025-05-08"}, date(2025, 5, 8), "day"),
    "a month": ({"date": "2025-05"}, date(2025, 5, 1), "month"),
    "a year": ({"date": "2025"}, date(2025, 1, 1), "year"),
    "a moment": ({"date": "2025-05-08T10:00:00Z"}, date(2025, 5, 8), "day"),
    "a day that stands for its month": ({"date": "2025-05-08", "date_precision": "month"}, date(2025, 5, 8), "month"),
    "a week is kept as its day": ({"date": "2025-05-08", "date_precision": "week"}, date(2025, 5, 8), "day"),
    "a month is not made a day": ({"date": "2025-05", "date_precision": "day"}, date(2025, 5, 1), "month"),
}


@pytest.mark.parametrize(("cells", "on", "precision"), DATES.values(), ids=DATES.keys())
def test_a_date_is_as_precise_as_the_row_says(terms: Terms, cells: dict[str, str], on: date, precision: str) -> None:
    found = taken(terms, **cells)
    assert (found.announced_on, found.date_precision) == (on, precision)


def test_a_word_that_was_mapped_is_kept_beside_the_row(terms: Terms) -> None:
    found = taken(terms, status="proposed", date_precision="week", action="none", country="us")
    assert found.status == "planned"
    assert found.replaced == {"status": "proposed", "date_precision": "week", "country": "us"}


NAMES = {
    "a known alias": ("CBA", "Commonwealth Bank of Australia"),
    "in small letters": ("ibm", "IBM"),
    "with a brand in brackets": ("Ingka (IKEA)", "Ingka"),
    "unknown": ("Brackwater  Mutual", "Brackwater Mutual"),
    "a survey": ("(a survey)", None),
}


@pytest.mark.parametrize(("printed", "name"), NAMES.values(), ids=NAMES.keys())
def test_an_employer_has_one_name(terms: Terms, printed: str, name: str | None) -> None:
    assert taken(terms, company=printed).facts.company == name


def test_an_employer_is_shown_with_its_owner(terms: Terms) -> None:
    assert taken(terms, company="Instagram").facts.parent == "Meta"


SOURCES = {
    "an address": ("https://www.n.example/a", "https://www.n.example/a", "n.example"),
    "a name": ("The Harbour Gazette", None, "The Harbour Gazette"),
}


@pytest.mark.parametrize(("source", "url", "publisher"), SOURCES.values(), ids=SOURCES.keys())
def test_a_source_is_an_address_or_a_name(terms: Terms, source: str, url: str | None, publisher: str) -> None:
    [found] = rows(terms, f"company,label,announced_date,source\nA,cut,2026-01-01,{source}\n")
    assert isinstance(found, FiledAccount)
    assert (found.url, found.publisher) == (url, publisher)


def test_a_link_is_to_the_name_of_another_row(terms: Terms) -> None:
    found = taken(terms, linked_event_id="a-1", link_type="reverses")
    assert (found.linked_external_id, found.link_type) == ("a-1", "reverses")


@pytest.mark.parametrize("word", ["discusses", ""])
def test_a_word_for_less_than_a_link_makes_none(terms: Terms, word: str) -> None:
    found = taken(terms, linked_event_id="a-1", link_type=word)
    assert (found.linked_external_id, found.link_type) == (None, None)


REFUSED = {
    "no employer": ({"company": ""}, "company", "the employer"),
    "no source": ({"source_url": ""}, "url", "the address or the name"),
    "an address of no site": ({"source_url": "ftp://n.example/a"}, "url", "http://"),
    "a label nobody knows": ({"label": "shrink"}, "label", "one of cut, reversal, hybrid, none"),
    "a kind nobody knows": ({"kind": "podcast"}, "kind", "vocabulary.toml"),
    "work nobody knows": ({"function": "customer service;alchemy"}, "function", "customer service, content"),
    "a place nobody knows": ({"country": "US;Atlantis"}, "country", "ISO 3166"),
    "a date in words": ({"date": "last May"}, "announced_on", "2025-05-08"),
    "a date with slashes": ({"date": "08/05/2025"}, "announced_on", "2025-05-08"),
    "a day that is none": ({"date": "2025-02-30"}, "announced_on", "2025-05-08"),
    "a date to come": ({"date": "2026-06-03"}, "announced_on", "to 2026-06-02"),
    "a date before all this": ({"date": "1962-01-01"}, "announced_on", "from 1990-01-01"),
    "a number with a comma": ({"jobs_count": "1,800"}, "jobs_count", "in digits"),
    "a number below nothing": ({"jobs_count": "-5"}, "jobs_count", "in digits"),
    "half a person": ({"jobs_count": "1.5"}, "jobs_count", "in digits"),
    "more people than there are": ({"jobs_count": "99999999999"}, "jobs_count", "in digits"),
    "a range upside down": ({"jobs_count": "9", "jobs_count_max": "5"}, "jobs_count_max", "not less than"),
    "a share above all": ({"share_pct": "101"}, "share_pct", "up to 100"),
    "a formula": ({"company": "=HYPERLINK(1)"}, "company", "not a formula"),
    "a formula for a number": ({"jobs_count": "=1+2"}, "jobs_count", "not a formula"),
    "a tier nobody knows": ({"source_tier": "5"}, "source_tier", "1, 2, 3 or 4"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "column", "right"), REFUSED.values(), ids=REFUSED.keys())
def test_a_value_that_does_not_fit_is_refused_by_line_and_column(
    terms: Terms, cells: dict[str, str], column: str, right: str
) -> None:
    refusal = refused(terms, **cells)
    assert (refusal.line, refusal.column) == (2, column)
    assert right in refusal.right


def test_a_row_tells_all_that_is_wrong_with_it(terms: Terms) -> None:
    found = one(terms, label="shrink", date="May", jobs_count="many")
    assert isinstance(found, list)
    assert [(part.column, part.value) for part in found] == [
        ("label", "shrink"), ("announced_on", "May"), ("jobs_count", "many"),
    ]  # fmt: skip


def test_a_word_that_stands_for_two_things_is_a_fault_of_the_table(tmp_path: Path) -> None:
    text = shipped("config/vocabulary.toml").read_text(encoding="utf-8")
    (tmp_path / "v.toml").write_text(text.replace('survey = ["poll"]', 'survey = ["opinion"]'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"kind\.survey: 'opinion' also stands for commentary"):
        vocabulary.load(tmp_path / "v.toml")


def test_the_shipped_events_are_read_without_a_refusal_and_hold_no_sentence(terms: Terms) -> None:
    body = shipped("storage/seed/events.jsonl").read_bytes()
    today = Terms(terms.words, terms.aliases, terms.parents, terms.publishers, date(2026, 11, 1))
    found = [accounts.read(record, today) for record in accounts.lined(body, "events.jsonl")]
    assert [part for part in found if isinstance(part, list)] == []
    assert b'"facts"' not in body
    assert len({part.external_id for part in found if isinstance(part, FiledAccount)}) == len(found) >= 100


def test_a_cell_without_end_is_refused_in_json_too() -> None:
    body = json.dumps({"company": "N" * 10_001, "label": "cut", "date": "2025-03-03", "url": "https://a.example/"})
    [record] = accounts.lined(body.encode(), "events.jsonl")
    assert record.fault == "a cell of more than 10000 characters"
