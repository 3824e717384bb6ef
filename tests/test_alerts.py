"""Which events raise which alerts, and what a rule says of those that it does not ask for."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from rule_builders import EVENT, FLIP, SEEN, decided, rule, stating

from monitor.alerts import decide, may_alert, why_not
from monitor.model import EventState, Facts, Kind, Label, Origin, Past, Undone
from monitor.settings import RuleSettings

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


# --- what a rule asks for ----------------------------------------------------------------------------------

ON_THE_LIST = replace(EVENT, lists=frozenset({"watch"}))


@pytest.mark.parametrize(
    ("asks", "event"),
    [
        pytest.param({}, EVENT, id="for everything"),
        pytest.param({}, stating(jobs_count=None, attribution_strength="none"), id="for what states nothing, too"),
        pytest.param({"labels": ("reversal", "cut")}, EVENT, id="for its label"),
        pytest.param({"employers": ("lumo pay", "NORVIK BANK ")}, EVENT, id="for its employer in other letters"),
        pytest.param({"functions": ("Customer Service",)}, EVENT, id="for its function"),
        pytest.param({"countries": ("se",)}, EVENT, id="for one of its countries"),
        pytest.param({"min_jobs": 320}, EVENT, id="for as many jobs"),
        pytest.param({"min_strength": "implied"}, EVENT, id="for its strength"),
        pytest.param({"min_strength": "disputed"}, EVENT, id="for less strength"),
        pytest.param({"max_tier": 2}, EVENT, id="for a source as good"),
        pytest.param({"confirm": 1}, EVENT, id="for confirmation, which tier 2 is"),
        pytest.param({"confirm": 1}, replace(EVENT, source_tier=3), id="for confirmation, which tier 3 is"),
        pytest.param({"confirm": 1}, replace(EVENT, source_tier=4, reports=2), id="for confirmation by two outlets"),
        pytest.param({"confirm": 0}, replace(EVENT, source_tier=4, status="rumoured"), id="for no confirmation"),
        pytest.param({"kind": "watch", "watchlist": True}, ON_THE_LIST, id="for the watch-list"),
        pytest.param({"kind": "watch", "watchlist": "banks"}, replace(EVENT, lists=frozenset({"banks"})), id="a list"),
        pytest.param({"watchlist": True, "employers": ("Norvik Bank",)}, EVENT, id="for a list or its employer"),
        pytest.param({"kind": "flip"}, FLIP, id="for what undoes a cut"),
        pytest.param({"kind": "flip"}, replace(FLIP, label=Label.HYBRID), id="for a hybrid that softens one"),
        pytest.param({"kind": "size", "min_jobs": 320}, EVENT, id="for its size"),
    ],
)
def test_a_rule_alerts_when_it_asks(asks: dict[str, Any], event: EventState) -> None:
    assert why_not(rule(**asks), event) is None
    assert decided(rule(**asks), event)


@pytest.mark.parametrize(
    ("asks", "event", "words"),
    [
        pytest.param({"labels": ("reversal", "hybrid")}, EVENT, "reversal or hybrid, and this is a cut", id="labels"),
        pytest.param({"employers": ("Norvik",)}, EVENT, "Norvik Bank is not among the employers", id="employers"),
        pytest.param({"functions": ("software",)}, EVENT, "the kind of work is customer service", id="functions"),
        pytest.param({"countries": ("US",)}, EVENT, "asks for US, and the country is NO;SE", id="countries"),
        pytest.param({"min_jobs": 321}, EVENT, "at least 321 stated jobs, and 320 are stated", id="more jobs"),
        pytest.param({"min_strength": "explicit"}, EVENT, "at least explicit, and this is implied", id="strength"),
        pytest.param({"max_tier": 1}, EVENT, "waits for a source of tier 1 or better", id="a better source"),
        pytest.param({"watchlist": True}, EVENT, "those on the watch-list 'watch'", id="a list it is not on"),
        pytest.param({"kind": "flip"}, EVENT, "no cut of this employer is known", id="a flip, of a cut"),
        pytest.param({"kind": "flip"}, replace(FLIP, undoes=None), "no cut of this", id="a flip, of no known cut"),
        pytest.param({"kind": "surge"}, EVENT, "not at single events", id="trends"),
        pytest.param({"kind": "digest"}, EVENT, "it looks back over a day or a week", id="days"),
        pytest.param({"min_jobs": 1}, stating(jobs_count=None, jobs_implied=900), "no number is stated", id="implied"),
        pytest.param({"functions": ("software",)}, stating(function=None), "is not stated", id="no function"),
        pytest.param({"countries": ("NO",)}, stating(country=None), "is not stated", id="no country"),
        pytest.param({"min_strength": "speculative"}, stating(attribution_strength="denied"), "this is denied", id="d"),
        pytest.param({}, replace(EVENT, kind=Kind.PRODUCTIVITY_CLAIM), "a claim of productivity", id="a claim"),
        pytest.param({}, replace(EVENT, excluded=True), "a person excluded", id="what a person excluded"),
        pytest.param({"confirm": 1}, replace(EVENT, source_tier=4), "waits for confirmation", id="one rewrite"),
        pytest.param({"confirm": 1}, replace(EVENT, status="rumoured"), "only a headline was read", id="a rumour"),
        pytest.param({"employers": ("Norvik Bank",), "labels": ("hybrid",)}, EVENT, "a cut", id="one of two fails"),
    ],
)
def test_a_rule_says_why_it_does_not_alert(asks: dict[str, Any], event: EventState, words: str) -> None:
    assert words in (why_not(rule(**asks), event) or "")
    assert decided(rule(**asks), event) is None


def test_each_rule_raises_its_own_alert_on_the_event() -> None:
    rules = [rule(name="all"), rule(name="big", min_jobs=5000), rule(name="banks", employers=("Norvik Bank",))]
    drafts = decide(rules, EVENT, lambda _rule, _event: Past(), now=SEEN, zone=UTC)
    assert [(one.rule, one.subject, one.event_id) for one in drafts] == [("all", "event:7", 7), ("banks", "event:7", 7)]


def test_only_rules_that_ask_for_the_event_look_into_the_past() -> None:
    def unwanted(_rule: RuleSettings, _event: EventState) -> Past:
        raise AssertionError("asked for nothing")

    assert decide([rule(labels=("hybrid",))], EVENT, unwanted, now=SEEN, zone=UTC) == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        pytest.param(FLIP, "Norvik Bank took people back 190 days after cutting 320 jobs", id="people"),
        pytest.param(
            stating(FLIP, jobs_count=200, jobs_qualifier="about"), "brought back about 200 jobs 190 days", id="so many"
        ),
        pytest.param(replace(FLIP, label=Label.HYBRID), "put people beside its AI 190 days after cutting 320", id="h"),
        pytest.param(
            replace(FLIP, undoes=Undone(3, 1, Facts())), "1 day after cutting a number of jobs not", id="none"
        ),
        pytest.param(
            stating(FLIP, jobs_count=200, action="ai_withdrawn"), "Norvik Bank withdrew its AI 190 days", id="no people"
        ),
        pytest.param(replace(FLIP, status="rumoured"), "cutting 320 jobs (rumoured)", id="a rumour"),
        pytest.param(replace(FLIP, status="planned"), "Norvik Bank plans to take people back 190 days", id="a plan"),
        pytest.param(
            stating(replace(FLIP, status="planned"), jobs_count=200),
            "plans to bring back 200 jobs",
            id="a plan of so many",
        ),
    ],
)
def test_a_flip_says_how_long_after_the_cut_it_came(event: EventState, words: str) -> None:
    draft = decided(rule(kind="flip"), event)
    assert draft
    assert words in draft.headline


def test_a_rumour_is_told_as_one() -> None:
    draft = decided(rule(), replace(EVENT, status="rumoured"))
    assert draft
    assert draft.headline == "Norvik Bank: cut of 320 jobs (reported as AI-driven; implied; rumoured)"
