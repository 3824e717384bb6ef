"""Which articles tell of an event, and of which one."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from event_builders import CUT, REVERSAL, event, told

from monitor.events import draft, match
from monitor.model import (
    ClassifierId,
    Confidence,
    EventDraft,
    Facts,
    Kind,
    KnownEvent,
    Label,
    TextState,
    Verdict,
)

SEEN = datetime(2025, 3, 10, 9, tzinfo=UTC)
PUBLISHED = datetime(2025, 3, 9, 9, tzinfo=UTC)


def verdict(label: Label = CUT, kind: Kind = Kind.EVENT, **facts: Any) -> Verdict:
    return Verdict(
        label=label,
        kind=kind,
        confidence=Confidence.HIGH,
        probability=0.9,
        rule="7",
        evidence=(),
        facts=Facts(**{"company": "Norvik Bank", **facts}),
        spans={},
        classifier=ClassifierId("rules", "1"),
    )


def drafted(
    given_verdict: Verdict | None = None,
    *,
    published_at: datetime | None = PUBLISHED,
    text_state: TextState = TextState.FULL,
) -> EventDraft:
    result = draft(
        given_verdict or verdict(),
        published_at=published_at,
        first_seen_at=SEEN,
        source_tier=2,
        text_state=text_state,
    )
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("quote", "speaker"),
    [
        ('"The assistant does it," Mona Lind said.', "Mona Lind"),
        ("Customers had complained for months.", None),
        (None, None),
    ],
)
def test_a_quote_is_said_by_nobody_it_does_not_name(quote: str | None, speaker: str | None) -> None:
    assert drafted(verdict(quote=quote, quote_speaker="Mona Lind")).facts.quote_speaker == speaker


@pytest.mark.parametrize(
    ("kind", "kept_as"),
    [
        (Kind.EVENT, Kind.EVENT),
        (Kind.UPDATE, Kind.EVENT),
        (Kind.PRODUCTIVITY_CLAIM, Kind.PRODUCTIVITY_CLAIM),
    ],
)
def test_a_story_of_an_employers_action_gives_an_event(kind: Kind, kept_as: Kind) -> None:
    assert drafted(verdict(kind=kind)).kind is kept_as


@pytest.mark.parametrize(
    "none_of_ours",
    [
        pytest.param(verdict(kind=Kind.COMMENTARY), id="commentary"),
        pytest.param(verdict(kind=Kind.SURVEY), id="survey"),
        pytest.param(verdict(kind=Kind.FORECAST), id="forecast"),
        pytest.param(verdict(kind=Kind.ROUNDUP), id="roundup"),
        pytest.param(verdict(kind=Kind.POLICY_LEGAL), id="law and policy"),
        pytest.param(verdict(kind=Kind.OFF_TOPIC), id="off topic"),
        pytest.param(verdict(label=Label.NONE), id="a layoff without AI"),
        pytest.param(verdict(company=None), id="no employer named"),
        pytest.param(verdict(company=""), id="an empty name"),
    ],
)
def test_other_stories_give_no_event(none_of_ours: Verdict) -> None:
    drawn = draft(none_of_ours, published_at=PUBLISHED, first_seen_at=SEEN, source_tier=2, text_state=TextState.FULL)
    assert drawn is None


@pytest.mark.parametrize(
    ("stated", "published", "expected"),
    [
        pytest.param(date(2025, 3, 7), PUBLISHED, date(2025, 3, 7), id="the date in the text comes first"),
        pytest.param(date(2025, 3, 11), None, date(2025, 3, 11), id="east of us it is a day later"),
        pytest.param(date(2025, 3, 12), None, date(2025, 3, 10), id="and nowhere two"),
        pytest.param(None, PUBLISHED, date(2025, 3, 9), id="else the day of publication"),
        pytest.param(None, None, date(2025, 3, 10), id="else the day we saw it"),
        pytest.param(date(2026, 1, 1), PUBLISHED, date(2025, 3, 9), id="a stated day still to come is no announcement"),
        pytest.param(None, SEEN + timedelta(days=40), date(2025, 3, 10), id="nor is a publication in the future"),
        pytest.param(
            None,
            datetime(2025, 3, 9, 1, tzinfo=timezone(timedelta(hours=9))),
            date(2025, 3, 8),
            id="days are counted in UTC",
        ),
    ],
)
def test_the_day_of_the_announcement(stated: date | None, published: datetime | None, expected: date) -> None:
    assert drafted(verdict(announced_on=stated), published_at=published).announced_on == expected


def test_the_precision_is_that_of_the_publication_unless_the_text_names_a_day() -> None:
    def precision(stated: date | None) -> str:
        drawn = draft(
            verdict(announced_on=stated),
            published_at=PUBLISHED,
            first_seen_at=SEEN,
            source_tier=2,
            text_state=TextState.FULL,
            date_precision="month",
        )
        assert drawn is not None
        return drawn.date_precision

    assert (precision(None), precision(date(2025, 3, 7))) == ("month", "day")


@pytest.mark.parametrize(
    ("facts", "text_state", "status"),
    [
        pytest.param({}, TextState.FULL, "announced", id="the ordinary report"),
        pytest.param({"effective_on": date(2028, 1, 1)}, TextState.FULL, "planned", id="it takes effect later"),
        pytest.param({"effective_on": date(2025, 1, 1)}, TextState.FULL, "announced", id="it has taken effect"),
        pytest.param({"effective_on": date(2025, 3, 9)}, TextState.FULL, "announced", id="it takes effect at once"),
        pytest.param({}, TextState.HEADLINE_ONLY, "rumoured", id="only a headline"),
        pytest.param({"attribution_strength": "disputed"}, TextState.FULL, "disputed", id="claims conflict"),
        pytest.param(
            {"attribution_strength": "disputed", "effective_on": date(2028, 1, 1)},
            TextState.HEADLINE_ONLY,
            "rumoured",
            id="a headline settles nothing else",
        ),
    ],
)
def test_the_status_is_the_least_certain_one(facts: dict[str, Any], text_state: TextState, status: str) -> None:
    assert drafted(verdict(**facts), text_state=text_state).status == status


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(event(1, CUT, "2025-03-09"), id="the same day"),
        pytest.param(event(1, CUT, "2025-02-23"), id="14 days before"),
        pytest.param(event(1, CUT, "2025-03-23"), id="14 days after"),
        pytest.param(event(1, CUT, "2025-03-09", company="NORVIK bank"), id="the name in other letters"),
        pytest.param(event(1, CUT, "2025-03-09", country="US;NO"), id="a country in common"),
        pytest.param(event(1, CUT, "2025-03-09", country="global"), id="everywhere contradicts nothing"),
        pytest.param(event(1, CUT, "2025-03-09", jobs_count=100), id="a number that changed"),
    ],
)
def test_an_article_joins_an_event_it_tells_of(same: KnownEvent) -> None:
    assert match(told(CUT, "2025-03-09", country="NO", jobs_count=320), [same]) == same


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(event(1, CUT, "2025-02-22"), id="15 days before"),
        pytest.param(event(1, CUT, "2025-03-24"), id="15 days after"),
        pytest.param(event(1, REVERSAL, "2025-03-09"), id="another side"),
        pytest.param(event(1, CUT, "2025-03-09", company="Lumo Pay"), id="another employer"),
        pytest.param(event(1, CUT, "2025-03-09", country="US;GB"), id="other countries"),
        pytest.param(event(1, CUT, "2025-03-09", kind=Kind.PRODUCTIVITY_CLAIM), id="a claim, not an action"),
    ],
)
def test_an_article_never_joins_another_event(other: KnownEvent) -> None:
    assert match(told(CUT, "2025-03-09", country="NO"), [other]) is None


def test_a_claim_joins_a_claim_and_never_an_action() -> None:
    claim = event(2, CUT, "2025-03-08", kind=Kind.PRODUCTIVITY_CLAIM)
    known = [event(1, CUT, "2025-03-09"), claim]
    assert match(told(CUT, "2025-03-09", kind=Kind.PRODUCTIVITY_CLAIM), known) == claim


def test_the_nearest_event_wins_and_of_two_equally_near_the_older() -> None:
    known = [event(1, CUT, "2025-03-01"), event(2, CUT, "2025-03-07"), event(3, CUT, "2025-03-13")]
    assert (match(told(CUT, "2025-03-11", country=None), known), match(told(CUT, "2025-03-10"), known)) == (
        known[2],
        known[1],
    )
