"""What an event is by all accounts of it: whose number, whose words, how firm, how far on."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from event_builders import CUT, HYBRID, told
from hypothesis import given
from hypothesis import strategies as st

from monitor.events import Account, Told, fold, reason

QUALIFIERS = ("exact", "about", "at_least", "up_to", "range", "estimate", "hundreds", "none_stated")


def account(number: int = 1, day: str = "2025-03-09", **more: Any) -> Account:
    """Return the account of one outlet; `facts` apart, what is named is of the draft."""
    ours = {name: more.pop(name) for name in ("source_tier", "status", "date_precision") if name in more}
    on = more.pop("reported_on", day)
    story = more.pop("story", None)
    publisher = more.pop("publisher", f"paper{number}.example")
    draft = replace(told(more.pop("label", CUT), day, **more), **ours)
    return Account(draft, on, publisher, story, article_id=number)


def values(*accounts: Account) -> dict[str, Any]:
    return {column: one.value for column, one in fold(accounts).items()}


def jobs(count: int, qualifier: str = "exact", **more: Any) -> dict[str, Any]:
    return {"jobs_count": count, "jobs_qualifier": qualifier, **more}


BETTER: dict[str, tuple[Account, Account]] = {
    "a better tier, though vaguer and earlier": (
        account(1, **jobs(320, "hundreds"), source_tier=1, day="2025-03-01"),
        account(2, **jobs(400), source_tier=2),
    ),
    "exact before about, though earlier": (
        account(1, **jobs(320), day="2025-03-01"),
        account(2, **jobs(400, "about")),
    ),
    "about before at least": (account(1, **jobs(320, "about")), account(2, **jobs(400, "at_least"))),
    "up to before a range": (account(1, **jobs(320, "up_to")), account(2, **jobs(400, "range"))),
    "a range before an estimate": (account(1, **jobs(320, "range")), account(2, **jobs(400, "estimate"))),
    "an estimate before hundreds": (account(1, **jobs(320, "estimate")), account(2, **jobs(400, "hundreds"))),
    "hundreds before what says nothing of it": (
        account(1, **jobs(320, "hundreds")),
        account(2, **jobs(400, "none_stated")),
    ),
    "the later of equals": (
        account(1, **jobs(320), reported_on="2025-03-10T09:00:00.000Z"),
        account(2, **jobs(400), reported_on="2025-03-10T08:00:00.000Z"),
    ),
    "the lower of equals in all": (account(2, **jobs(320)), account(1, **jobs(400))),
    "a number before none": (account(1, **jobs(320), source_tier=4), account(2, source_tier=1)),
}


@pytest.mark.parametrize(("better", "worse"), BETTER.values(), ids=BETTER.keys())
def test_the_number_is_by_tier_then_precision_then_date(better: Account, worse: Account) -> None:
    assert values(worse, better)["jobs_count"] == values(better, worse)["jobs_count"] == 320


def test_a_number_comes_with_its_qualifier_and_never_with_anothers_upper_end() -> None:
    worse = account(1, **jobs(400, "up_to", jobs_count_max=900), source_tier=3)
    found = values(worse, account(2, **jobs(320, "about"), source_tier=1))
    assert (found["jobs_count"], found["jobs_count_max"], found["jobs_qualifier"]) == (320, None, "about")


def test_the_source_tier_is_the_best() -> None:
    assert values(account(1, source_tier=3), account(2, source_tier=2), account(3, source_tier=4))["source_tier"] == 2


def test_words_are_by_tier_then_the_earlier_report() -> None:
    first = account(1, function="customer service", day="2025-03-08")
    second = account(2, function="software", country="GB", day="2025-03-09")
    third = account(3, function="mixed", source_tier=3, day="2025-03-01")
    found = values(third, second, first)
    assert (found["function"], found["country"]) == ("customer service", "GB")


def test_a_quote_is_of_the_best_tier_and_comes_with_its_article_and_speaker() -> None:
    blog = account(1, quote="We regret it.", quote_speaker="a clerk", source_tier=4, day="2025-03-01")
    filing = account(2, quote="Roles will go.", source_tier=1)
    found = values(blog, filing)
    assert (found["quote"], found["quote_speaker"], found["quote_article_id"]) == ("Roles will go.", None, 2)


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        pytest.param(
            [account(1, "2025-03-10"), account(2, "2025-03-08")], ("2025-03-08", "day"), id="the first report"
        ),
        pytest.param(
            [account(1, "2025-03-01", date_precision="month"), account(2, "2025-03-08")],
            ("2025-03-08", "day"),
            id="a day before a month",
        ),
    ],
)
def test_the_announcement_is_the_earliest_of_the_most_precise(accounts: list[Account], expected: Any) -> None:
    found = values(*accounts)
    assert (str(found["announced_on"]), found["date_precision"]) == expected


def graded(strength: str, speaker: str | None = "employer", tier: int = 2, number: int = 1) -> Account:
    return account(number, attribution_strength=strength, attribution_speaker=speaker, source_tier=tier)


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        pytest.param([account(1)], (None, None), id="nobody says"),
        pytest.param([graded("explicit"), account(2)], ("explicit", "employer"), id="who says nothing doubts nothing"),
        pytest.param(
            [graded("explicit"), graded("implied", "press", number=2)], ("implied", "press"), id="the lower of one tier"
        ),
        pytest.param(
            [graded("explicit", tier=1), graded("speculative", "analyst", tier=2, number=2)],
            ("explicit", "employer"),
            id="the better tier's",
        ),
        pytest.param(
            [graded("explicit", "union"), graded("denied", "employer", tier=4, number=2)],
            ("disputed", "union"),
            id="one affirms, another denies",
        ),
        pytest.param(
            [graded("explicit"), graded("disputed", "union", number=2)],
            ("disputed", "employer"),
            id="one affirms, another disputes",
        ),
        pytest.param([graded("denied"), graded("denied", number=2)], ("denied", "employer"), id="all deny"),
        pytest.param([graded("disputed", "union")], ("disputed", "union"), id="one account of both sides"),
        pytest.param(
            [graded("denied"), graded("disputed", "union", number=2)], ("disputed", "union"), id="denied and disputed"
        ),
    ],
)
def test_the_attribution_is_the_lowest_defensible_with_its_speaker(accounts: list[Account], expected: Any) -> None:
    for told_of in (accounts, accounts[::-1]):
        found = values(*told_of)
        assert (found.get("attribution_strength"), found.get("attribution_speaker")) == expected


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        pytest.param([account(1, status="rumoured")], "rumoured", id="a headline"),
        pytest.param(
            [account(1, status="rumoured"), account(2, status="rumoured", publisher="paper1.example")],
            "rumoured",
            id="two headlines of one outlet",
        ),
        pytest.param(
            [account(1, status="rumoured", story=7), account(2, status="rumoured", story=7)],
            "rumoured",
            id="copies of one headline in two outlets",
        ),
        pytest.param(
            [account(1, status="rumoured"), account(2, status="rumoured")], "announced", id="two unrelated outlets"
        ),
        pytest.param([account(1, status="rumoured"), account(2)], "announced", id="a text that was read"),
        pytest.param([account(1), account(2, status="planned")], "planned", id="one knows when"),
        pytest.param([account(1, status="completed"), account(2)], "completed", id="one says it is done"),
        pytest.param([account(1, status="proposed")], "announced", id="a word we do not have"),
        pytest.param(
            [graded("explicit"), graded("denied", number=2)], "disputed", id="the accounts contradict each other"
        ),
    ],
)
def test_the_stated_status_is_as_far_on_as_any_account_that_was_read(accounts: list[Account], expected: str) -> None:
    assert values(*accounts)["stated_status"] == values(*accounts[::-1])["stated_status"] == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([CUT, CUT, HYBRID], CUT), ([CUT, HYBRID], HYBRID), ([HYBRID, HYBRID, CUT], HYBRID)],
)
def test_the_side_is_the_one_most_see_and_of_equals_the_one_that_knows_both_halves(labels: Any, expected: Any) -> None:
    assert values(*(account(n, label=label) for n, label in enumerate(labels)))["label"] is expected


def test_the_side_is_the_best_sources() -> None:
    worse = [account(number, label=CUT, source_tier=4) for number in range(3)]
    assert values(*worse, account(9, label=HYBRID, source_tier=1))["label"] is HYBRID


REASONS: dict[str, tuple[str, Any, Account, Account, str]] = {
    "nothing was said before": ("jobs_count", None, account(1, **jobs(320)), account(2), "the first to state it"),
    "tier": (
        "jobs_count",
        400,
        account(1, **jobs(320), source_tier=1),
        account(2, **jobs(400), source_tier=3),
        "tier 1 before tier 3",
    ),
    "precision": (
        "jobs_count",
        400,
        account(1, **jobs(320)),
        account(2, **jobs(400, "at_least")),
        "exact before at least",
    ),
    "date": (
        "headcount_after",
        90,
        account(1, headcount_after=80),
        account(2, headcount_after=90, reported_on="2025-01-01"),
        "the later report",
    ),
    "date, of two numbers meant alike": (
        "jobs_count",
        400,
        account(1, **jobs(320)),
        account(2, **jobs(400), reported_on="2025-01-01"),
        "the later report",
    ),
    "date, of two words": (
        "function",
        "software",
        account(1, function="mixed", reported_on="2025-01-01"),
        account(2, function="software", **jobs(9, "about")),
        "the earlier report",
    ),
    "nobody says so any more": ("jobs_count", 7, account(1, **jobs(320)), account(2), "told otherwise"),
    "the day": ("announced_on", "2025-03-09", account(1, "2025-03-01"), account(2), "the earlier day"),
    "the grade": (
        "attribution_strength",
        "explicit",
        graded("implied"),
        graded("explicit"),
        "the lowest defensible grade",
    ),
}


@pytest.mark.parametrize(("column", "before", "ours", "theirs", "why"), REASONS.values(), ids=REASONS.keys())
def test_a_change_has_its_reason(column: str, before: Any, ours: Account, theirs: Account, why: str) -> None:
    assert reason(column, before, Told(None, ours), [theirs, ours], "told otherwise") == why


@st.composite
def many_accounts(draw: st.DrawFn) -> list[Account]:
    """Some accounts of one event, many of them alike in what would decide between them."""
    maybe = st.none() | st.integers(1, 3)
    days = [date(2025, 3, day) for day in (1, 2, 3)]
    return [
        account(
            number,
            str(draw(st.sampled_from(days))),
            reported_on=str(draw(st.sampled_from(days))),
            publisher=draw(st.sampled_from(["a.example", "b.example", None])),
            story=draw(maybe),
            label=draw(st.sampled_from([CUT, HYBRID])),
            source_tier=draw(st.integers(1, 2)),
            status=draw(st.sampled_from(["rumoured", "announced", "planned", "completed"])),
            date_precision=draw(st.sampled_from(["day", "month"])),
            jobs_count=draw(maybe),
            jobs_count_max=draw(maybe),
            jobs_qualifier=draw(st.sampled_from(QUALIFIERS)),
            share_pct=draw(st.none() | st.sampled_from([1.0, 2.5])),
            share_base=draw(st.none() | st.just("support")),
            effective_on=draw(st.none() | st.sampled_from(days)),
            function=draw(st.sampled_from([None, "software", "mixed"])),
            quote=draw(st.sampled_from([None, "We regret it.", "Roles will go."])),
            attribution_strength=draw(
                st.sampled_from(["none", "speculative", "implied", "explicit", "denied", "disputed"])
            ),
            attribution_speaker=draw(st.sampled_from([None, "employer", "union"])),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


@given(many_accounts(), st.randoms(use_true_random=False))
def test_any_order_of_the_accounts_gives_the_same_event(accounts: list[Account], random: Any) -> None:
    shuffled = list(accounts)
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(accounts)


@given(many_accounts())
def test_an_account_told_twice_changes_no_number_or_word(accounts: list[Account]) -> None:
    once, twice = values(*accounts), values(*accounts, *accounts)
    assert {name: twice[name] for name in twice} == once
