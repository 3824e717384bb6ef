"""Which events raise which alerts, and what an alert says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from monitor.alerts import decide, may_alert
from monitor.model import Facts, Kind, KnownEvent, Label, Origin
from monitor.settings import RuleSettings

SEEN = datetime(2025, 3, 10, 9, tzinfo=UTC)
EVENT = KnownEvent(
    id=7,
    company="Norvik Bank",
    label=Label.CUT,
    announced_on=date(2025, 3, 9),
    source_tier=2,
    publishers=1,
    jobs_count=320,
    function="customer service",
    country="NO;SE",
    attribution_strength="implied",
)


def rule(**settings: Any) -> RuleSettings:
    return RuleSettings(**{"name": "mine", **settings})


def decided(a_rule: RuleSettings, event: KnownEvent = EVENT, facts: Facts | None = None, **today: int) -> list[bool]:
    """Whether each alert decided on is a shadow."""
    drafts = decide([a_rule], event, facts or Facts(), "words", raised_today=today)
    return [one.withheld == "shadow" for one in drafts]


# --- history never alerts ----------------------------------------------------------------------------------


def story(**what: Any) -> bool:
    plain: dict[str, Any] = {
        "origin": Origin.LIVE,
        "first_document": False,
        "first_document_setting": "quiet",
        "published_at": SEEN - timedelta(hours=3),
        "first_seen_at": SEEN,
        "date_guessed": False,
    }
    return may_alert(**{**plain, **what})


@pytest.mark.parametrize(
    "fresh",
    [
        pytest.param({}, id="a new entry of a known feed"),
        pytest.param({"published_at": None}, id="an entry without a date"),
        pytest.param({"published_at": SEEN - timedelta(days=7)}, id="seven days old to the second"),
        pytest.param({"published_at": SEEN + timedelta(days=2)}, id="dated in the future"),
        pytest.param({"published_at": SEEN - timedelta(days=90), "date_guessed": True}, id="a date we only guessed"),
        pytest.param({"first_document": True, "first_document_setting": "alert"}, id="first documents asked for"),
    ],
)
def test_news_may_alert(fresh: dict[str, Any]) -> None:
    assert story(**fresh)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param({"origin": Origin.IMPORTED}, id="an import"),
        pytest.param({"origin": Origin.SEED}, id="a seed"),
        pytest.param({"first_document": True}, id="a feed's first document"),
        pytest.param({"published_at": SEEN - timedelta(days=7, seconds=1)}, id="dated over seven days before"),
        pytest.param(
            {
                "first_document": True,
                "first_document_setting": "alert",
                "published_at": SEEN - timedelta(days=8),
            },
            id="old even where first documents alert",
        ),
        pytest.param({"origin": Origin.IMPORTED, "first_document_setting": "alert"}, id="an import in any case"),
    ],
)
def test_history_never_alerts(history: dict[str, Any]) -> None:
    assert not story(**history)


# --- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asks",
    [
        pytest.param({}, id="for everything"),
        pytest.param({"labels": ("reversal", "cut")}, id="for its label"),
        pytest.param({"employers": ("lumo pay", "NORVIK BANK ")}, id="for its employer in other letters"),
        pytest.param({"functions": ("Customer Service",)}, id="for its function"),
        pytest.param({"countries": ("se",)}, id="for one of its countries"),
        pytest.param({"min_jobs": 320}, id="for as many jobs"),
        pytest.param({"min_strength": "implied"}, id="for its strength"),
        pytest.param({"min_strength": "disputed"}, id="for less strength"),
        pytest.param({"confirm": 1}, id="for confirmation, which tier 2 is"),
        pytest.param({"max_per_day": 3}, id="within its budget"),
    ],
)
def test_a_rule_alerts_when_it_asks(asks: dict[str, Any]) -> None:
    assert decided(rule(**asks)) == [False]


@pytest.mark.parametrize(
    "asks",
    [
        pytest.param({"labels": ("reversal", "hybrid")}, id="for other labels"),
        pytest.param({"employers": ("Norvik",)}, id="for another employer"),
        pytest.param({"functions": ("software",)}, id="for another function"),
        pytest.param({"countries": ("US",)}, id="for another country"),
        pytest.param({"min_jobs": 321}, id="for more jobs"),
        pytest.param({"min_strength": "explicit"}, id="for more strength"),
        pytest.param({"employers": ("Norvik Bank",), "labels": ("hybrid",)}, id="for two things of which one fails"),
    ],
)
def test_a_rule_is_silent_when_it_asks(asks: dict[str, Any]) -> None:
    assert decided(rule(**asks)) == []


@pytest.mark.parametrize(
    ("event", "asks"),
    [
        pytest.param({"jobs_count": None}, {"min_jobs": 1}, id="no number where one is asked for"),
        pytest.param({"function": None}, {"functions": ("software",)}, id="no function where one is asked for"),
        pytest.param({"country": None}, {"countries": ("NO",)}, id="no country where one is asked for"),
        pytest.param({"source_tier": 4}, {"confirm": 1}, id="one rewrite where confirmation is asked for"),
        pytest.param({"attribution_strength": "denied"}, {"min_strength": "speculative"}, id="a denial is no strength"),
        pytest.param({"kind": Kind.PRODUCTIVITY_CLAIM}, {}, id="a claim never alerts"),
    ],
)
def test_what_an_event_lacks_does_not_match(event: dict[str, Any], asks: dict[str, Any]) -> None:
    assert decided(rule(**asks), replace(EVENT, **event)) == []


@pytest.mark.parametrize(
    ("event", "asks"),
    [
        pytest.param({"source_tier": 4, "publishers": 2}, {"confirm": 1}, id="two outlets confirm"),
        pytest.param({"source_tier": 3}, {"confirm": 1}, id="a source of tier 3 confirms"),
        pytest.param({"source_tier": 4}, {"confirm": 0}, id="a rule that needs no confirmation"),
        pytest.param({"jobs_count": None, "attribution_strength": "none"}, {}, id="a rule that asks for nothing"),
    ],
)
def test_what_suffices_alerts(event: dict[str, Any], asks: dict[str, Any]) -> None:
    assert decided(rule(**asks), replace(EVENT, **event)) == [False]


def test_the_article_fills_in_what_the_event_does_not_state() -> None:
    bare = replace(EVENT, jobs_count=None, function=None, country=None)
    wanted = rule(min_jobs=50, functions=("software",), countries=("GB",))
    assert decided(wanted, bare, Facts(jobs_count=50, function="software", country="GB")) == [False]


@pytest.mark.parametrize(
    ("settings", "today", "shadow"),
    [
        pytest.param({"shadow": True}, 0, True, id="a rule on trial"),
        pytest.param({"max_per_day": 3}, 2, False, id="the last one of the day's budget"),
        pytest.param({"max_per_day": 3}, 3, True, id="the first one beyond it"),
        pytest.param({"max_per_day": 0}, 9999, False, id="no budget"),
    ],
)
def test_what_is_not_sent_is_decided_as_shadow_and_never_dropped(
    *, settings: dict[str, Any], today: int, shadow: bool
) -> None:
    assert decided(rule(**settings), mine=today) == [shadow]


def test_each_rule_raises_its_own_alert_on_the_event() -> None:
    rules = [rule(name="all"), rule(name="big", min_jobs=5000), rule(name="banks", employers=("Norvik Bank",))]
    drafts = decide(rules, EVENT, Facts(), "words", raised_today={})
    assert [(one.rule, one.subject, one.event_id, one.headline) for one in drafts] == [
        ("all", "event:7", 7, "words"),
        ("banks", "event:7", 7, "words"),
    ]
