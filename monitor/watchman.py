"""The rules that go by the clock: digests, silences, milestones, and counts against their past.

A look each minute, which reads little when nothing is due. All is decided on a connection that only reads, and the
writer has nothing to do but to write. What was told is known by the subjects of alerts alone, so whoever looks again,
and by whatever clock, tells nothing twice.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from monitor import trending
from monitor.alerts import digest, hours, milestones, silence, surges
from monitor.alerts.deciding import sending, shadow_of
from monitor.clock import from_text, to_text
from monitor.model import AlertDraft, FollowUp, Past, Signal
from monitor.record import raise_alert
from monitor.settings import RuleSettings, Settings
from monitor.store import Database, Store, companies, disk, lookback, meta, mutes, watching
from monitor.store import rules as rule_store
from monitor.store.events import refresh_statuses
from monitor.store.histories import due_followups
from monitor.trending import Trends

logger = logging.getLogger("monitor")

LOOK_S: Final = 60.0
SETTLED_S: Final = 7200.0  # after a start, or a step of the clock, before silence means anything
RECOUNT: Final = timedelta(hours=1)
RECOUNTED: Final = "trends_recounted"  # key in meta: when, and over what, counts were last compared

Watched = Mapping[str, Collection[int]]  # name of a list or rule -> employers


@dataclass(frozen=True, slots=True)
class Sources:
    """What other parts compute for these rules, each inside a unit of the store."""

    trends: Callable[[Database, datetime, Watched], Trends]
    due: Callable[[Database, date, date], Sequence[FollowUp]]  # on a day, and not before another
    move_on: Callable[[Database, date], object]  # events whose time has come, to the next status; writes
    keep: Callable[[Database, Trends], object]  # writes
    free: Callable[[Path], int | None] = disk.free_if_told  # bytes in a folder


SOURCES: Final = Sources(
    trends=lambda db, now, watched: trending.compute(db, now=now, watched=watched),
    due=lambda db, on, since: due_followups(db, on, since=since),
    move_on=refresh_statuses,
    keep=trending.write,
)


@dataclass(frozen=True, slots=True)
class _Recount:
    """What a comparison of the counts found, to be written."""

    over: str  # the events it was made over
    trends: Trends
    drafts: Sequence[tuple[RuleSettings, Sequence[AlertDraft]]]  # by rule, not yet decided


async def look(store: Store, settings: Settings, *, now: datetime, settled: bool, sources: Sources = SOURCES) -> int:
    """Raise what is due by the clock and return how many alerts that made; `settled`: silence means something."""
    what = partial(due, settings=settings, now=now, settled=settled, free=sources.free(store.path.parent))
    # Asked once more where it is written: by then all is written that was dated before now.
    unit = partial(_raise_due, what=what, settings=settings, now=now)
    raised = await store.write(unit) if await store.read(what) else []
    if await store.read(partial(is_recount_due, now=now)):
        today = hours.wall(now, hours.zone_of(settings.alerts.time_zone)).date()
        await store.write(lambda db: sources.move_on(db, today))
        found = await store.read(partial(_recount, settings=settings, sources=sources, now=now, today=today))
        raised += await store.write(partial(_keep, found=found, settings=settings, sources=sources, now=now))
    for draft in raised:
        logger.info("alert.raised", extra={"rule": draft.rule, "subject": draft.subject, "withheld": draft.withheld})
    return len(raised)


def due(db: Database, settings: Settings, *, now: datetime, settled: bool, free: int | None) -> list[AlertDraft]:
    """Return the digests and silences that are due and not told yet, as they are to be stored; asked each minute.

    `free` bytes are left beside the store; None if its disk does not say.
    """
    found: list[AlertDraft] = []
    for rule in settings.rules:
        match rule.kind:
            case "digest":
                drafts = _digests(db, rule, hours.zone_of(settings.alerts.time_zone), now)
            case "silence":
                drafts = chain(silence.room(rule, free, now), _silences(db, rule, now) if settled else ())
            case _:
                continue
        found += _new(db, settings, rule, drafts, now)
    return found


def _new(
    db: Database, settings: Settings, rule: RuleSettings, drafts: Iterable[AlertDraft], now: datetime
) -> Iterator[AlertDraft]:
    """Yield what was not told yet; each is decided when it is asked for, knowing those that were raised before it."""
    return (_sent(db, settings, rule, one, now) for one in drafts if not lookback.is_raised(db, rule.name, one.subject))


def _began(db: Database, rule: RuleSettings, now: datetime) -> datetime:
    """Return when a rule came; what was before is history to it."""
    noted = rule_store.noted(db).get(rule.name)
    return from_text(noted["first_seen_at"]) if noted else now


def _digests(db: Database, rule: RuleSettings, zone: tzinfo, now: datetime) -> Iterator[AlertDraft]:
    """Yield the newest digest that is due; those that were missed are in it, for it goes back to the last one."""
    since, day = _began(db, rule, now), hours.period(now, rule.at, rule.every, zone)
    if day <= hours.period(since, rule.at, rule.every, zone):
        return  # the rule came after it
    if lookback.is_raised(db, rule.name, digest.subject_of(day)):
        return
    last = lookback.raised_last(db, rule.name, "digest:", now=now) or since
    back = digest.Lookback(
        since=last,
        events=tuple(rule_store.state(db, number) for number in lookback.new_events(db, last, now)),
        alerts=tuple(lookback.alerts_between(db, last, now)),
        ratio=lookback.ratio(db),
        health=digest.health(lookback.health(db)),
    )
    yield digest.draft_of(rule, day, back)


def _silences(db: Database, rule: RuleSettings, now: datetime) -> Iterator[AlertDraft]:
    heard = lookback.answers(db, now - silence.NO_ANSWER)
    facts = silence.Heard(
        feeds=heard["feeds"],
        last_story=lookback.last_story(db, rule.labels),
        last_answer=from_text(heard["last_answer"]) if heard["last_answer"] else None,
        unanswered=bool(heard["unanswered"]),
        stale=tuple(lookback.stale_feeds(db, now - silence.STALE)),
        stale_told=lookback.raised_last(db, rule.name, "silence:feeds:", now=now),
    )
    yield from silence.silences(rule, facts, since=_began(db, rule, now), now=now)


def _milestones(db: Database, rule: RuleSettings, found: Iterable[FollowUp]) -> Iterator[AlertDraft]:
    for one in found:
        if lookback.is_raised(db, rule.name, milestones.subject_of(one)):
            continue
        cut = rule_store.state(db, one.event_id)
        if milestones.why_not_due(rule, one, cut) is None:
            yield milestones.draft_of(rule, one, cut)


def is_recount_due(db: Database, *, now: datetime) -> bool:
    """Return whether counts are to be compared anew: on a new day, or after an hour in which events changed."""
    at, _, over = (meta.get(db, RECOUNTED) or "").partition(" ")
    if not at or from_text(at).date() != now.date():
        return True
    return abs(now - from_text(at)) >= RECOUNT and over != lookback.changed(db)


def _raise_due(
    db: Database, what: Callable[[Database], list[AlertDraft]], settings: Settings, now: datetime
) -> list[AlertDraft]:
    return _raise(db, what(db), settings, now)


def _raise(db: Database, drafts: Iterable[AlertDraft], settings: Settings, now: datetime) -> list[AlertDraft]:
    """Write alerts and return those that are new."""
    return [draft for draft in drafts if raise_alert(db, settings, draft, now) is not None]


def _recount(db: Database, settings: Settings, sources: Sources, now: datetime, today: date) -> _Recount:
    """Compare the counts, and return them with what surges and milestones there are."""
    over = lookback.changed(db)
    trends = sources.trends(db, now, watched_by(db, settings.rules))
    found: list[tuple[RuleSettings, Sequence[AlertDraft]]] = []
    for rule in settings.rules:
        if rule.kind == "surge":
            found.append((rule, list(_surges(db, rule, trends.signals, now))))
        elif rule.kind == "milestone":
            since = _began(db, rule, now).date()
            found.append((rule, list(_milestones(db, rule, sources.due(db, today, since)))))
    return _Recount(over, trends, found)


def _keep(db: Database, found: _Recount, settings: Settings, sources: Sources, now: datetime) -> list[AlertDraft]:
    """Write what a comparison found, and return the alerts that are new."""
    sources.keep(db, found.trends)
    meta.put(db, RECOUNTED, f"{to_text(now)} {found.over}")
    raised: list[AlertDraft] = []
    for rule, drafts in found.drafts:
        raised += _raise(db, _new(db, settings, rule, drafts, now), settings, now)
    return raised


def _surges(db: Database, rule: RuleSettings, signals: Iterable[Signal], now: datetime) -> Iterator[AlertDraft]:
    """Yield the series that are off and were not told of within their window, unless it is surer now."""
    after = now - timedelta(days=rule.window_days)
    for telling in surges.tellings(rule, signals):
        if not lookback.told_of_series(db, rule.name, telling.series, telling.states, after=after):
            yield telling.draft


def watched_by(db: Database, rules: Iterable[RuleSettings]) -> dict[str, set[int]]:
    """Return the employers to be counted apart: each stored watch-list, and what each surge rule names."""
    lists = watching.members(db)
    found = dict(lists)
    for rule in rules:
        if rule.kind == "surge" and (rule.employers or rule.watched):
            named = {companies.find(db, name) for name in rule.employers} - {None}
            found[rule.name] = {number for number in named if number is not None} | lists.get(rule.watched or "", set())
    return found


def _sent(db: Database, settings: Settings, rule: RuleSettings, draft: AlertDraft, now: datetime) -> AlertDraft:
    """Return the alert with whether and when it is sent."""
    if draft.withheld:
        return draft
    zone = hours.zone_of(settings.alerts.time_zone)
    company_id = companies.find(db, draft.company) if draft.company else None
    past = Past(
        sent_today=rule_store.sent_since(db, rule.name, hours.midnight(now, zone)),
        muted=mutes.why(db, rule.name, company_id, now),
        shadow=shadow_of(rule, rule_store.new_since(db, rule.name)),
    )
    return replace(draft, **sending(rule, past, now, zone))
