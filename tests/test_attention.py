"""What a person wants to hear of and what not, through whoever owns the store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pipes import runtime, settings
from typing import Any

import pytest
from store_builders import NOW, at_noon, ran

from monitor import attention
from monitor.alerts.hours import ahead, back
from monitor.errors import MonitorError, UsageError
from monitor.pipeline import Runtime
from monitor.settings import RuleSettings
from monitor.store import companies, rules


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with runtime(settings(tmp_path / "m.db"), at_noon) as given:
        await given.store.write(lambda db: companies.ensure(db, "Norvik Bank"))
        yield given


def asked(name: str, until: str = "7d") -> dict[str, Any]:
    return {"name": name, "until": until, "why": "enough", "by": "eva"}


@pytest.mark.parametrize("name", ["every event", "norvik bank"], ids=["a rule", "an employer"])
async def test_a_rule_or_an_employer_is_muted_and_unmuted(name: str, given: Runtime) -> None:
    answer = await attention.mute(given, asked(name))
    assert answer == {"muted": name, "until": "2026-03-09T09:00:00.000Z"}
    now = datetime(2026, 3, 3, tzinfo=UTC)
    [row] = await given.store.read(lambda db: attention.mutes.listing(db, now))
    assert (row["why"], row["by"]) == ("enough", "eva")
    assert await attention.unmute(given, {"name": name}) == {"ended": 1}
    with pytest.raises(MonitorError, match="is not muted"):
        await attention.unmute(given, {"name": name})


async def test_what_is_neither_a_rule_nor_an_employer_is_refused_with_the_nearest(given: Runtime) -> None:
    with pytest.raises(MonitorError, match="neither a rule nor an employer of the store; did you mean 'Norvik Bank'"):
        await attention.mute(given, asked("Norvik Bnak"))


async def test_employers_are_watched_under_their_usual_names(given: Runtime) -> None:
    told = await attention.watch(given, {"companies": [" Norvik  Bank", "Vexa"], "list": "watch", "why": None})
    assert told == {"added": 2, "known": 0, "companies": ["Norvik Bank", "Vexa"]}
    assert (await attention.watch(given, {"companies": ["Vexa"], "list": "watch"}))["known"] == 1
    assert [row["company"] for row in await attention.watched(given.settings, {})] == ["Norvik Bank", "Vexa"]
    assert await attention.unwatch(given, {"companies": ["Vexa"], "list": "watch"}) == {"removed": 1}
    with pytest.raises(MonitorError, match="none of these is on the list"):
        await attention.unwatch(given, {"companies": ["Vexa"], "list": "watch"})


async def test_a_name_of_nothing_is_refused(given: Runtime) -> None:
    with pytest.raises(UsageError, match="an employer has a name"):
        await attention.watch(given, {"companies": ["  "], "list": "watch"})


async def test_rules_in_shadow_are_named_with_the_reason(given: Runtime) -> None:
    chosen = (RuleSettings(name="first"), RuleSettings(name="later"), RuleSettings(name="trial", shadow=True))
    await given.store.write(
        lambda db: (rules.note(db, {"first": "any"}, NOW), ran(db), rules.note(db, {"later": "any"}, NOW))
    )
    assert await attention.shadows_now(replace(given.settings, rules=chosen), {}) == [
        {"rule": "later", "why": "the rule is new since 2026-03-02; write shadow = false to send"},
        {"rule": "trial", "why": "the rule says shadow = true"},
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW + timedelta(days=7)),
        ("12h", NOW + timedelta(hours=12)),
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T08:30", datetime(2026, 12, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_date_or_a_time_from_now(text: str, moment: datetime) -> None:
    assert ahead(text, NOW, UTC) == moment


@pytest.mark.parametrize("text", ["", "soon", "2026-03-02", "7", "0d", "2026-13-01"])
def test_an_end_that_is_none_or_over_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match='must be a date later than now \\("2026-04-01"\\)'):
        ahead(text, NOW, UTC)


def test_a_beginning_lies_before_now() -> None:
    assert back("28d", NOW, UTC) == NOW - timedelta(days=28)
    with pytest.raises(UsageError, match="must be a date earlier than now"):
        back("2027-01-01", NOW, UTC)
