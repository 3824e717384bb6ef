"""What the rules would have told over what is stored: the deciding is the product's own, only its memory is not stored.

Each event is rebuilt as it was when each of its accounts came. What came as history (imports, seeds, a feed's first
document, old entries) alerted nobody; here it counts as if it had come on the day it is dated, and is marked, so that
rules can be tried on a store that was only just filled. Labels, merges and reviews are those of today.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Any, Final

from monitor import trending
from monitor.alerts import FRESH, decide, hours, milestones, shadow_of, surges
from monitor.clock import to_text, utc_now
from monitor.errors import UsageError
from monitor.events import Account, Answer, fold, status
from monitor.model import AlertDraft, EventState, Facts, Label, Past, Told, Undone
from monitor.settings import EVENT_KINDS, RuleSettings, Settings
from monitor.store import Database, Store, replay, watching
from monitor.store import rules as rule_store
from monitor.store.replay import Came, Stored
from monitor.watchman import watched_by

_NOON: Final = time(12)  # what is known by its day alone is taken to come then, outside quiet hours
_UNCHANGED: Final = frozenset({"digest", "silence"})
_FOLDED: Final = ("jobs_count", "jobs_count_max", "jobs_qualifier", "function", "country", "attribution_strength",
                  "attribution_speaker")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One alert that a rule would have raised."""

    at: datetime
    draft: AlertDraft
    is_history: bool  # decided on material that came as history


@dataclass(slots=True)
class _Growing:
    """An event while its accounts come in."""

    stored: Stored
    place: int  # among all events, in the order in which their first accounts came
    lists: frozenset[str]  # watch-lists that its employer is on
    accounts: list[Account] = field(default_factory=list)
    stories: set[int | str] = field(default_factory=set)
    publishers: set[str] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    last: tuple[EventState, datetime] | None = None  # as its last account left it, and when that came


@dataclass(slots=True)
class _Memory:
    """What the rules have told so far."""

    zone: tzinfo
    of_event: dict[tuple[str, int], list[Told]] = field(default_factory=lambda: defaultdict(list))
    of_employer: dict[tuple[str, str, Label], list[Told]] = field(default_factory=lambda: defaultdict(list))
    sent: dict[tuple[str, Any], int] = field(default_factory=lambda: defaultdict(int))

    def past(self, rule: RuleSettings, event: EventState, now: datetime) -> Past:
        """Return what the store would have said of it; mutes and shadow are of today and do not count."""
        since = now - timedelta(hours=rule.cool_down_h)
        lately = self.of_employer[rule.name, event.company, event.label]
        lately[:] = [told for told in lately if told.raised_at > since]
        others = [told for told in lately if told.event_id != event.id]
        sent = self.sent[rule.name, hours.wall(now, self.zone).date()] if rule.max_per_day else 0
        return Past((*self.of_event[rule.name, event.id], *others), sent)

    def keep(self, draft: AlertDraft, event: EventState, now: datetime) -> None:
        """Remember an alert."""
        told = Told(event.id, now, draft.known, draft.withheld)
        self.of_event[draft.rule, event.id].append(told)
        self.of_employer[draft.rule, event.company, event.label].append(told)
        if draft.withheld is None:
            self.sent[draft.rule, hours.wall(now, self.zone).date()] += 1


def replayed(
    db: Database, rules: Sequence[RuleSettings], *, since: datetime, until: datetime, zone: tzinfo
) -> Iterator[Line]:
    """Yield what the rules would have raised from `since` to `until`, in order for each sort of rule."""
    yield from _of_events(db, [rule for rule in rules if rule.kind in EVENT_KINDS], since, until, zone)
    if any(rule.kind == "surge" for rule in rules):
        yield from _of_trends(db, rules, since, until)
    yield from _of_milestones(db, [rule for rule in rules if rule.kind == "milestone"], since, until)


def _of_events(
    db: Database, rules: Sequence[RuleSettings], since: datetime, until: datetime, zone: tzinfo
) -> Iterator[Line]:
    if not rules:
        return
    known = replay.events(db, since)
    watched: dict[int, set[str]] = defaultdict(set)
    for name, members in watching.members(db).items():
        for number in members:
            watched[number].add(name)
    growing: dict[int, _Growing] = {}
    answers: dict[int | None, list[_Growing]] = defaultdict(list)  # by what they are linked to
    flips = [rule for rule in rules if rule.kind == "flip"]
    memory = _Memory(zone)
    for came in replay.accounts(db, known, touched_since=since):
        if came.at > until:
            break
        event = growing.get(came.event_id)
        if event is None:
            stored = known[came.event_id]
            event = growing[stored.id] = _Growing(stored, len(growing), frozenset(watched.get(stored.company_id, ())))
            answers[stored.linked_event_id].append(event)
            _answer(stored, growing)
        is_copy = _heard(event, came)
        if came.account is None:
            continue
        state = _grown(event, came.account, came.at, is_copy=is_copy, undoes=_undone(event.stored, growing))
        tied = _tied(event.stored, answers, growing, came.at) if flips and event.last is None else ()
        event.last = state, came.at
        asked = [(rules, state), *((flips, other) for other in tied)]
        yield from (line for line in _lines(asked, memory, came) if line.at >= since)


def _lines(asked: Iterable[tuple[Sequence[RuleSettings], EventState]], memory: _Memory, came: Came) -> Iterator[Line]:
    """Yield what rules raise on events when an account comes, and remember it."""
    for rules, state in asked:
        for draft in decide(rules, state, partial(memory.past, now=came.at), now=came.at, zone=memory.zone):
            memory.keep(draft, state, came.at)
            yield Line(came.at, draft, came.is_history)


def _tied(
    cut: Stored, answers: Mapping[int | None, Sequence[_Growing]], growing: Mapping[int, _Growing], at: datetime
) -> list[EventState]:
    """Return the events that undo a cut of their employer which comes only now, and came lately themselves."""
    found: list[_Growing] = []
    ways = [cut.id] if cut.label is Label.CUT else []
    while ways:  # back along the links, of which an event has one: what is no cut, and has come
        answering = [event for event in answers.get(ways.pop(), ()) if event.stored.label is not Label.CUT]
        found += answering
        ways += [event.stored.id for event in answering]
    own = sorted((one for one in found if one.stored.company_id == cut.company_id), key=lambda one: one.place)
    told = [(event.stored, *event.last) for event in own if event.last is not None]
    return [replace(state, undoes=_undone(one, growing)) for one, state, came in told if at - came <= FRESH]


def _heard(event: _Growing, came: Came) -> bool:
    """Count one more voice, and return whether it repeats one that the event had."""
    is_copy = came.story in event.stories
    event.stories.add(came.story)
    if came.publisher is not None:
        event.publishers.add(came.publisher)
    return is_copy


def _grown(event: _Growing, account: Account, at: datetime, *, is_copy: bool, undoes: Undone | None) -> EventState:
    """Return the event with one more account."""
    stored = event.stored
    event.accounts.append(account)
    # A copy says nothing that is not known, unless its source is better.
    if not event.told or not is_copy or account.draft.source_tier < event.told["source_tier"]:
        event.told = {column: one.value for column, one in fold(event.accounts).items()}
    told = event.told
    event.facts = Facts(company=stored.company, **{column: told[column] for column in _FOLDED if column in told})
    stage = status(told["stated_status"], told["announced_on"], told.get("effective_on"), at.date(), event.answers)
    return EventState(
        id=stored.id,
        company=stored.company,
        label=stored.label,
        kind=stored.kind,
        status=stage,
        announced_on=told["announced_on"],
        source_tier=told["source_tier"],
        reports=max(1, min(len(event.stories), len(event.publishers))),
        facts=event.facts,
        undoes=undoes,
        is_copy=is_copy,
        lists=event.lists,
    )


def _answer(stored: Stored, growing: Mapping[int, _Growing]) -> None:
    """Have the event that this one undoes know of it."""
    undone = growing.get(stored.linked_event_id or 0)
    if undone is not None and stored.link_type is not None:
        undone.answers.append(Answer(stored.link_type, stored.announced_on))


def _undone(stored: Stored, growing: Mapping[int, _Growing]) -> Undone | None:
    """Return the cut at the end of an event's links, as far as its accounts have come in."""
    at, seen = stored, {stored.id}
    while stored.label is not Label.CUT and (found := growing.get(at.linked_event_id or 0)) is not None:
        at = found.stored
        if at.label is Label.CUT:
            return Undone(at.id, (stored.announced_on - at.announced_on).days, found.facts)
        if at.id in seen:
            break
        seen.add(at.id)
    return None


def _of_trends(db: Database, rules: Sequence[RuleSettings], since: datetime, until: datetime) -> Iterator[Line]:
    told: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    asking = [rule for rule in rules if rule.kind == "surge"]
    watched = watched_by(db, asking)
    for day, signals in trending.history(db, since=since.date(), until=until.date(), step_days=1, watched=watched):
        at = datetime.combine(day, _NOON, UTC)
        for rule in asking:
            for telling in surges.tellings(rule, signals):
                before = told[rule.name, telling.series]
                after = at - timedelta(days=rule.window_days)
                if not any(state in telling.states for when, state in before if when > after):
                    before.append((at, telling.states[0]))
                    yield Line(at, telling.draft, is_history=False)


def _of_milestones(db: Database, rules: Sequence[RuleSettings], since: datetime, until: datetime) -> Iterator[Line]:
    for due in replay.follow_ups(db, since.date(), until.date()) if rules else ():
        cut = rule_store.state(db, due.event_id)
        for rule in rules:
            if milestones.why_not_due(rule, due, cut) is None:
                at = datetime.combine(due.due_on, _NOON, UTC)
                yield Line(at, milestones.draft_of(rule, due, cut), is_history=False)


async def run(settings: Settings, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rules would have raised: `{"rule": name or null, "since": date or "28d"}`; raises UsageError."""
    now, known = utc_now(), [rule.name for rule in settings.rules]
    if args["rule"] not in {None, *known}:
        raise UsageError(f"no rule {args['rule']!r} in the settings; there are {', '.join(map(repr, known))}")
    since = hours.back(args["since"], now, hours.zone_of(settings.alerts.time_zone))
    with Store.open(settings.store.path, clock=utc_now, read_only=True) as store:
        return await store.read(partial(report, settings=settings, rule=args["rule"], since=since, now=now))


def report(db: Database, settings: Settings, *, rule: str | None, since: datetime, now: datetime) -> dict[str, Any]:
    """Return what the rules would have raised since then, by rule and week, and line by line; JSON values."""
    rules = [one for one in settings.rules if rule in {None, one.name}]
    zone = hours.zone_of(settings.alerts.time_zone)
    lines = sorted(replayed(db, rules, since=since, until=now, zone=zone), key=lambda line: line.at)
    return {
        "since": to_text(since),
        "until": to_text(now),
        "rules": [_of_rule(db, one, [line for line in lines if line.draft.rule == one.name]) for one in rules],
        "alerts": [_as_json(line) for line in lines],
        "notes": list(_notes(rules, lines)),
    }


def _of_rule(db: Database, rule: RuleSettings, lines: Sequence[Line]) -> dict[str, Any]:
    weeks: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.draft.withheld is None:
            weeks[f"{line.at:%G-W%V}"] += 1
    return {
        "rule": rule.name,
        "kind": rule.kind,
        "shadow": shadow_of(rule, rule_store.new_since(db, rule.name)),
        "sent": sum(line.draft.withheld is None for line in lines),
        "held_back": sum(line.draft.withheld is not None for line in lines),
        "late": sum(line.draft.not_before is not None for line in lines),
        "history": sum(line.is_history for line in lines),
        "weeks": dict(weeks),
    }


def _as_json(line: Line) -> dict[str, Any]:
    draft = line.draft
    return {
        "at": to_text(line.at),
        "rule": draft.rule,
        "kind": draft.kind,
        "subject": draft.subject,
        "event_id": draft.event_id,
        "label": draft.label,
        "company": draft.company,
        "headline": draft.headline,
        "lines": list(draft.lines),
        "withheld": draft.withheld,
        "why": draft.why,
        "not_before": to_text(draft.not_before) if draft.not_before else None,
        "history": line.is_history,
    }


def _notes(rules: Iterable[RuleSettings], lines: Sequence[Line]) -> Iterator[str]:
    old = sum(line.is_history for line in lines)
    if old:
        yield (
            f"{old} of {len(lines)} rest on history (imports, seeds, first documents, old entries), which alerts"
            " nobody: it counts here as if it had come on the day it is dated"
        )
    yield "shadow and mutes are left out: shown is what the rules ask for"
    for rule in rules:
        if rule.kind in _UNCHANGED:
            yield f"{rule.name}: a {rule.kind} goes by the clock and is not replayed"
