"""What is not sent or sent later, and why; what is told once, and what is new enough to be told again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rule_builders import EVENT, HOUR, SEEN, decided, rule, stating

from monitor.alerts import shadow_of
from monitor.alerts.cooling import known
from monitor.model import EventState, Past, Told
from monitor.settings import RuleSettings

# --- what is not sent, and why -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shadow", "new_since", "words"),
    [
        pytest.param(True, None, "the rule says shadow = true", id="a rule on trial"),
        pytest.param(None, "2025-03-08T09:00", "new since 2025-03-08; write shadow = false to send", id="a new rule"),
        pytest.param(None, None, None, id="a rule of the first run"),
        pytest.param(False, "2025-03-08T09:00", None, id="shadow = false is obeyed"),
    ],
)
def test_a_rule_is_in_shadow(*, shadow: bool | None, new_since: str | None, words: str | None) -> None:
    why = shadow_of(rule(shadow=shadow), new_since)
    assert why == words or words in (why or "")
    draft = decided(rule(), past=Past(shadow=why))
    assert draft
    assert (draft.withheld, draft.why) == (("shadow", why) if why else (None, None))


def test_what_a_person_muted_is_kept_as_muted() -> None:
    draft = decided(rule(), past=Past(muted="Norvik Bank is muted", shadow="in shadow"))
    assert draft
    assert (draft.withheld, draft.why) == ("muted", "Norvik Bank is muted")


@pytest.mark.parametrize(
    ("settings", "sent", "late"),
    [
        pytest.param({"max_per_day": 3}, 2, None, id="the last one of the day's budget"),
        pytest.param({"max_per_day": 3}, 3, datetime(2025, 3, 11, tzinfo=UTC), id="the first one beyond it"),
        pytest.param({"max_per_day": 0}, 9999, None, id="no budget"),
        pytest.param({"quiet_hours": "08:00-12:00"}, 0, datetime(2025, 3, 10, 12, tzinfo=UTC), id="quiet hours"),
        pytest.param(
            {"max_per_day": 3, "quiet_hours": "22:00-07:00"}, 3, datetime(2025, 3, 11, 7, tzinfo=UTC), id="both"
        ),
    ],
)
def test_what_is_late_is_sent_later_and_never_dropped(
    settings: dict[str, Any], sent: int, late: datetime | None
) -> None:
    """Until 0.1 the overflow of a budget was decided as shadow and never sent; it goes out after midnight (issue 5)."""
    draft = decided(rule(**settings), past=Past(sent_today=sent))
    assert draft
    assert (draft.withheld, draft.not_before, bool(draft.why)) == (None, late, late is not None)


# --- cool-down, and what releases it -----------------------------------------------------------------------


def told(event: EventState = EVENT, ago: timedelta = HOUR, *, held: bool = False) -> Told:
    return Told(event.id, SEEN - ago, known(event, held=held))


OTHER = replace(EVENT, id=6)
MORE = replace(EVENT, source_tier=4)
BARE = stating(jobs_count=None)
RUMOUR = replace(EVENT, status="rumoured")


@pytest.mark.parametrize(
    ("before", "event", "words"),
    [
        pytest.param(BARE, EVENT, "320 jobs, was not stated", id="a number first stated"),
        pytest.param(EVENT, stating(jobs_count=356), "356 jobs, was 320", id="a number changed by a tenth"),
        pytest.param(EVENT, stating(jobs_count=1), "1 job, was 320", id="a number that fell"),
        pytest.param(RUMOUR, EVENT, "now announced, was rumoured", id="a rumour confirmed"),
        pytest.param(EVENT, replace(EVENT, status="partly_reversed"), "now partly reversed", id="a cut undone"),
        pytest.param(MORE, EVENT, "a better source: tier 2, was 4", id="a better source"),
        pytest.param(EVENT, replace(EVENT, reports=6), "6 independent reports, were 1", id="five reports more"),
    ],
)
def test_what_is_new_raises_a_further_alert(before: EventState, event: EventState, words: str) -> None:
    draft = decided(rule(), event, Past((told(before),)))
    assert draft
    assert draft.subject == "event:7:2"
    assert [line for line in draft.lines if line.startswith(words)]
    assert draft.withheld is None


@pytest.mark.parametrize(
    ("before", "event"),
    [
        pytest.param(EVENT, EVENT, id="the same again"),
        pytest.param(EVENT, BARE, id="a number gone"),
        pytest.param(EVENT, stating(jobs_count=340), id="a number a little other"),
        pytest.param(EVENT, replace(EVENT, source_tier=4), id="a worse source"),
        pytest.param(EVENT, replace(EVENT, reports=5), id="four reports more"),
        pytest.param(EVENT, RUMOUR, id="a headline after the text"),
        pytest.param(BARE, replace(EVENT, is_copy=True), id="a copy, whatever it says"),
        pytest.param(EVENT, replace(EVENT, announced_on=date(2025, 3, 8)), id="another date"),
    ],
)
def test_what_is_not_new_raises_nothing(before: EventState, event: EventState) -> None:
    assert decided(rule(), event, Past((told(before, timedelta(days=30)),))) is None


def test_what_is_new_is_new_since_the_last_alert_even_of_the_same_moment() -> None:
    more = replace(EVENT, reports=6)
    assert decided(rule(), replace(EVENT, reports=7), Past((told(EVENT), told(more)))) is None


def test_an_alert_of_an_earlier_version_is_not_told_again() -> None:
    assert decided(rule(), EVENT, Past((Told(7, SEEN - HOUR),))) is None


def test_another_event_of_one_employer_and_label_rests_within_the_cool_down() -> None:
    draft = decided(rule(), EVENT, Past((told(OTHER, 23 * HOUR),)))
    assert draft
    assert (draft.subject, draft.withheld, draft.known) == ("event:7", "muted", known(EVENT, held=True))
    assert (draft.why or "").startswith("cooling down until 2025-03-10 10:00 UTC")


@pytest.mark.parametrize(
    ("a_rule", "past"),
    [
        pytest.param(rule(), (told(OTHER, 24 * HOUR),), id="after the cool-down"),
        pytest.param(rule(cool_down_h=1), (told(OTHER),), id="after a shorter one"),
        pytest.param(rule(cool_down_h=0), (told(OTHER, timedelta(0)),), id="without one"),
        pytest.param(rule(), (told(stating(OTHER, jobs_count=4000)),), id="with another number"),
        pytest.param(rule(), (told(replace(OTHER, source_tier=3)),), id="from a better source"),
        pytest.param(rule(), (told(OTHER, held=True),), id="after one that was held back itself"),
    ],
)
def test_another_event_of_the_employer_is_told(a_rule: RuleSettings, past: tuple[Told, ...]) -> None:
    draft = decided(a_rule, EVENT, Past(past))
    assert draft
    assert (draft.subject, draft.withheld) == ("event:7", None)


@pytest.mark.parametrize(
    ("withheld", "shadow", "rests"),
    [
        pytest.param("muted", None, False, id="one that a person muted"),
        pytest.param("shadow", None, False, id="one that was on trial"),
        pytest.param("shadow", "the rule says shadow = true", True, id="one on trial, to a rule that still is"),
    ],
)
def test_what_nobody_was_told_of_holds_nothing_back(*, withheld: str, shadow: str | None, rests: bool) -> None:
    draft = decided(rule(), EVENT, Past((replace(told(OTHER), withheld=withheld),), shadow=shadow))
    assert draft
    assert (draft.why or "").startswith("cooling down") == rests


HELD = told(EVENT, 2 * HOUR, held=True)


def test_what_is_held_back_is_held_back_once() -> None:
    assert decided(rule(), EVENT, Past((told(OTHER, 3 * HOUR), HELD))) is None


def test_what_was_held_back_is_told_when_something_is_new() -> None:
    draft = decided(rule(), stating(jobs_count=900), Past((told(OTHER, 3 * HOUR), HELD)))
    assert draft
    assert (draft.subject, draft.withheld, draft.lines) == ("event:7:2", None, ("900 jobs, was 320",))


@pytest.mark.parametrize(
    ("event", "subject"),
    [pytest.param(EVENT, "event:7:2", id="an account"), pytest.param(replace(EVENT, is_copy=True), None, id="a copy")],
)
def test_what_was_held_back_is_told_with_the_next_account_after_the_cool_down(
    event: EventState, subject: str | None
) -> None:
    draft = decided(rule(), event, Past((HELD,)))
    assert (draft.subject if draft else None) == subject


def test_a_clock_that_was_set_back_holds_nothing_longer_than_the_cool_down() -> None:
    past = Past((told(OTHER, -timedelta(days=300)),))
    draft = decided(rule(), EVENT, past)
    assert draft
    assert (draft.why or "").startswith("cooling down until 2025-03-11 09:00")
