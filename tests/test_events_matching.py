"""Pairs that must be one event and pairs that must stay two: employers, days, places, numbers, sides."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from event_builders import CUT, HYBRID, REVERSAL, event, told

from monitor.events import employer_key, likeness, match, same_employer
from monitor.model import EventDraft, Kind, KnownEvent

DAY = "2025-03-09"

SAME_EMPLOYER: dict[str, tuple[str, str]] = {
    "its legal form": ("Norvik Bank AB", "Norvik Bank"),
    "its legal form with a comma and points": ("Corvid Software, Inc.", "Corvid Software"),
    "two legal forms": ("Lumo Pay Pvt. Ltd.", "Lumo Pay"),
    "a form in brackets": ("Halden Telecom AB (publ)", "Halden Telecom"),
    "a form with strokes": ("Halden Telecom A/S", "Halden Telecom AS"),
    "a group": ("Harlow Group plc", "Harlow"),
    "a holding": ("Harlow Holdings", "Harlow"),
    "the company itself": ("Harlow & Company", "Harlow"),
    "an article before the name": ("The Harlow Gazette", "Harlow Gazette"),
    "its case": ("NORVIK BANK", "Norvik Bank"),
    "its accents": ("Société Verlaine SA", "Societe Verlaine"),
    "an o with a stroke": ("Møller Freight", "Moller Freight"),
    "an accent as a mark of its own": ("Cafe\u0301 Verlaine", "Café Verlaine"),
    "a sharp s": ("Straßer GmbH", "STRASSER"),
    "an apostrophe of another sort": ("Tully's", "Tully\u2019s"),
    "no apostrophe": ("Tully's", "Tullys"),
    "a hyphen": ("Quill-Media", "Quill Media"),
    "an ampersand": ("Pike & Rowan plc", "Pike and Rowan"),
    "spaces": ("  Quill   Media ", "Quill Media"),
}
OTHER_EMPLOYER: dict[str, tuple[str, str]] = {
    "one name begins with the other": ("Meta", "Meta Financial"),
    "a bank and a firm": ("Norvik", "Norvik Bank"),
    "a subsidiary": ("Norvik Bank", "Norvik Pay"),
    "a branch abroad": ("Norvik", "Norvik India"),
    "a group of another sort": ("Harlow", "Harlow Consulting Group"),
    "a form inside the name": ("AB Harlow", "Harlow"),
    "nothing but forms": ("AB", "AG"),
    "another word order": ("Quill Media", "Media Quill"),
    "a plus": ("Verlaine+", "Verlaine"),
    "no letters at all": ("!!!", "???"),
    "The alone": ("The", "Harlow"),
}


@pytest.mark.parametrize(("one", "other"), SAME_EMPLOYER.values(), ids=SAME_EMPLOYER.keys())
def test_spellings_that_are_one_employer(one: str, other: str) -> None:
    assert same_employer(one, other)
    assert match(replace(told(CUT, DAY), company=one), [event(1, CUT, DAY, company=other)])


@pytest.mark.parametrize(("one", "other"), OTHER_EMPLOYER.values(), ids=OTHER_EMPLOYER.keys())
def test_names_that_are_two_employers(one: str, other: str) -> None:
    assert not same_employer(one, other)
    assert match(replace(told(CUT, DAY), company=one), [event(1, CUT, DAY, company=other)]) is None


@pytest.mark.parametrize("name", ["The", "AB", "The Company", "!!!", "& Co", "株式会社", "X Corp"])
def test_a_key_is_never_empty_and_is_its_own_key(name: str) -> None:
    assert employer_key(name)
    assert employer_key(employer_key(name)) == employer_key(name)


def count(number: int, qualifier: str = "exact", **more: Any) -> dict[str, Any]:
    return {"jobs_count": number, "jobs_qualifier": qualifier, **more}


ONE_EVENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no number": ({}, {}),
    "a number and none": (count(320), {}),
    "320 and about 300": (count(320), count(300, "about")),
    "320 and hundreds": (count(320), count(100, "hundreds")),
    "more than 900 and 3,000": (count(900, "at_least"), count(3000)),
    "up to 30,000 and 14,000": (count(30000, "up_to", jobs_count_max=30000), count(14000)),
    "an estimate that was off": (count(300, "estimate"), count(4000)),
    "200 to 1,000 and 4,000": (count(200, "range", jobs_count_max=1000), count(4000)),
    "a share and a count": ({"share_pct": 10.0}, count(4000)),
    "a part of a total that both state": (
        count(4000, headcount_before=9000),
        count(200, headcount_before=9000),
    ),
    "a part told with its total": (count(4000), count(200, "range", jobs_count_max=4000)),
    "a stated and a computed number": (count(1800), {"jobs_implied": 1800}),
    "countries in common": ({"country": "US;GB"}, {"country": "GB"}),
    "a country and a region of it": ({"country": "US"}, {"country": "US-NY"}),
    "a country and the world": ({"country": "US"}, {"country": "global"}),
    "functions that differ without a number": ({"function": "software"}, {"function": "customer service"}),
    "functions that differ with the same number": (
        count(320, function="software"),
        count(320, function="customer service"),
    ),
    "mixed functions": (count(200, function="mixed"), count(600, function="software")),
}
TWO_EVENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "200 and 4,000": (count(200), count(4000)),
    "hundreds and 12,000": (count(100, "hundreds"), count(12000)),
    "up to 200 and 4,000": (count(200, "up_to", jobs_count_max=200), count(4000)),
    "other countries": ({"country": "US;GB"}, {"country": "NO"}),
    "other countries with the same number": (count(320, country="US"), count(320, country="NO")),
    "other functions and other numbers": (
        count(300, function="software"),
        count(700, function="customer service"),
    ),
}


@pytest.mark.parametrize(("first", "second"), ONE_EVENT.values(), ids=ONE_EVENT.keys())
def test_accounts_that_can_be_of_one_event_are(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert match(told(CUT, DAY, **first), [event(1, CUT, DAY, **second)])
    assert match(told(CUT, DAY, **second), [event(1, CUT, DAY, **first)])


@pytest.mark.parametrize(("first", "second"), TWO_EVENTS.values(), ids=TWO_EVENTS.keys())
def test_accounts_that_contradict_are_of_two_events(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert match(told(CUT, DAY, **first), [event(1, CUT, DAY, **second)]) is None
    assert match(told(CUT, DAY, **second), [event(1, CUT, DAY, **first)]) is None


def dated(on: str, precision: str) -> dict[str, Any]:
    return {"announced_on": date.fromisoformat(on), "date_precision": precision}


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        pytest.param(dated("2024-08-01", "month"), dated("2024-08-31", "day"), True, id="a day in the month"),
        pytest.param(dated("2024-08-01", "month"), dated("2024-09-14", "day"), True, id="14 days after the month"),
        pytest.param(dated("2024-08-01", "month"), dated("2024-09-15", "day"), False, id="15 days after it"),
        pytest.param(dated("2024-08-01", "month"), dated("2024-07-18", "day"), True, id="14 days before the month"),
        pytest.param(dated("2024-08-01", "month"), dated("2024-09-01", "month"), True, id="a month and the next"),
        pytest.param(dated("2024-08-01", "month"), dated("2024-10-01", "month"), False, id="and the one after"),
        pytest.param(dated("2024-01-01", "year"), dated("2024-12-31", "day"), True, id="a day in the year"),
        pytest.param(dated("2024-01-01", "year"), dated("2025-01-01", "day"), False, id="a day after the year"),
    ],
)
def test_a_vague_date_widens_the_window(first: dict[str, Any], second: dict[str, Any], joined: bool) -> None:  # noqa: FBT001  # a table of cases
    ours, theirs = replace(told(CUT, DAY), **first), replace(event(1, CUT, DAY), **second)
    assert (match(ours, [theirs]) is not None) is joined
    back, forth = replace(told(CUT, DAY), **second), replace(event(1, CUT, DAY), **first)
    assert (match(back, [forth]) is not None) is joined


@pytest.mark.parametrize(
    ("draft", "known", "joined"),
    [
        pytest.param(
            told(HYBRID, DAY, **count(4000)), event(1, CUT, DAY, **count(4000)), True, id="same day, same number"
        ),
        pytest.param(told(CUT, DAY, share_pct=50.0), event(1, HYBRID, DAY, share_pct=50.0), True, id="same share"),
        pytest.param(
            told(HYBRID, DAY, **count(80)), event(1, REVERSAL, "2025-03-11", **count(80)), True, id="who comes back"
        ),
        pytest.param(
            told(HYBRID, DAY, **count(4000)), event(1, CUT, "2025-03-17", **count(4000)), False, id="eight days later"
        ),
        pytest.param(told(HYBRID, DAY), event(1, CUT, DAY), False, id="no number"),
        pytest.param(told(HYBRID, DAY, **count(1000)), event(1, CUT, DAY, **count(4000)), False, id="another number"),
        pytest.param(told(HYBRID, DAY, **count(10)), event(1, CUT, DAY, **count(10)), True, id="ten is not too small"),
        pytest.param(
            told(HYBRID, DAY, **count(3)), event(1, CUT, DAY, **count(3)), False, id="a number too small to tell"
        ),
        pytest.param(
            told(REVERSAL, DAY, **count(45)), event(1, CUT, DAY, **count(45)), False, id="a cut and its undoing"
        ),
    ],
)
def test_a_plan_told_with_and_without_its_second_half(draft: EventDraft, known: KnownEvent, joined: bool) -> None:  # noqa: FBT001  # a table of cases
    assert (match(draft, [known]) is not None) is joined


def update(day: str, **facts: Any) -> EventDraft:
    return replace(told(CUT, day, **facts), is_update=True)


OLD = event(1, CUT, "2024-12-01", jobs_count=320, function="customer service")


@pytest.mark.parametrize(
    ("draft", "known", "joined"),
    [
        pytest.param(update(DAY, **count(320)), [OLD], 1, id="the same number"),
        pytest.param(update(DAY, function="customer service"), [OLD], 1, id="the same function"),
        pytest.param(
            update(DAY, function="customer service"),
            [OLD, replace(OLD, id=2, announced_on=date(2025, 1, 1))],
            2,
            id="of two the newer",
        ),
        pytest.param(
            update(DAY, **count(320)),
            [OLD, event(2, CUT, "2025-03-05", jobs_count=300)],
            2,
            id="rather one of these days",
        ),
        pytest.param(update(DAY), [OLD], None, id="nothing in common"),
        pytest.param(update(DAY, function="software"), [OLD], None, id="another function"),
        pytest.param(update(DAY, function="customer service", **count(9000)), [OLD], None, id="another number"),
        pytest.param(update("2025-05-30", **count(320)), [OLD], 1, id="180 days later"),
        pytest.param(update("2025-05-31", **count(320)), [OLD], None, id="181 days later"),
        pytest.param(update("2024-11-01", **count(320)), [OLD], None, id="before it"),
        pytest.param(update(DAY, **count(320)), [replace(OLD, status="reversed")], None, id="one that is over"),
        pytest.param(replace(update(DAY, **count(320)), label=REVERSAL), [OLD], None, id="another side"),
        pytest.param(told(CUT, DAY, **count(320)), [OLD], None, id="no update but a report"),
    ],
)
def test_an_update_joins_an_older_event_it_agrees_with(
    draft: EventDraft, known: list[KnownEvent], joined: int | None
) -> None:
    found = match(draft, known)
    assert (found and found.id) == joined


def test_a_number_in_common_comes_before_nearness() -> None:
    known = [event(1, CUT, "2025-03-01", jobs_count=320), event(2, CUT, DAY, jobs_count=600)]
    assert match(told(CUT, DAY, **count(320)), known) == known[0]


def test_what_a_person_excluded_takes_only_what_no_other_event_takes() -> None:
    out, counted = event(1, CUT, DAY, excluded=True), event(2, CUT, "2025-03-01")
    assert (match(told(CUT, DAY), [out, counted]), match(told(CUT, DAY), [out])) == (counted, out)


def test_claims_of_very_different_size_are_two() -> None:
    claim = event(1, CUT, DAY, kind=Kind.PRODUCTIVITY_CLAIM, fte_equivalent=700)
    sizes = (853, 60)
    drafts = [told(CUT, DAY, kind=Kind.PRODUCTIVITY_CLAIM, fte_equivalent=size) for size in sizes]
    assert [match(draft, [claim]) for draft in drafts] == [claim, None]


def test_of_two_events_that_may_be_meant_the_one_of_the_same_side_is() -> None:
    known = [event(1, HYBRID, DAY, jobs_count=320), event(2, CUT, "2025-03-05", jobs_count=320)]
    assert match(told(CUT, DAY, **count(320)), known) == known[1]


def test_what_an_account_and_its_event_have_in_common_is_told_in_words() -> None:
    assert likeness(update(DAY, **count(320)), OLD) == (
        "same employer, same side, an update on it, announced 98 days apart, numbers in common: 1"
    )
    assert likeness(told(CUT, DAY), event(1, CUT, DAY)) == (
        "same employer, same side, announced 0 days apart, numbers in common: 0"
    )
