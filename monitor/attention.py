"""What a person wants to hear of, and what not: watch-lists and mutes."""

import asyncio
import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from monitor.alerts import hours
from monitor.alerts.shadows import shadows
from monitor.classify import companies as employers
from monitor.clock import to_text, utc_now
from monitor.errors import MonitorError, UsageError
from monitor.pipeline import Runtime
from monitor.settings import Settings
from monitor.store import Database, Store, companies, mutes, watching
from monitor.store.rows import Row, rows

Args = Mapping[str, Any]
T = TypeVar("T")


async def mute(runtime: Runtime, args: Args) -> dict[str, Any]:
    """Mute a rule or an employer: `{"name", "until", "why", "by"}`; raises MonitorError for a name that is neither."""
    now = runtime.tools.clock()
    until = hours.ahead(args["until"], now, hours.zone_of(runtime.settings.alerts.time_zone))

    def unit(db: Database) -> dict[str, Any]:
        found = _meant(db, runtime.settings, args["name"])
        mutes.mute(db, **found, until=until, why=args["why"], by=args["by"], now=now)
        return {"muted": found["rule"] or found["company"], "until": to_text(until)}

    return await runtime.store.write(unit)


async def unmute(runtime: Runtime, args: Args) -> dict[str, Any]:
    """End the mutes of a rule or an employer: `{"name"}`."""
    now = runtime.tools.clock()

    def unit(db: Database) -> int:
        return mutes.unmute(db, **_meant(db, runtime.settings, args["name"]), now=now)

    ended = await runtime.store.write(unit)
    if not ended:
        raise MonitorError(f"{args['name']!r} is not muted; `layoff-monitor alerts mutes` shows what is")
    return {"ended": ended}


async def watch(runtime: Runtime, args: Args) -> dict[str, Any]:
    """Put employers on a watch-list: `{"companies": [...], "list", "why"}`; names as printed become the usual ones."""
    now = runtime.tools.clock()
    names = await asyncio.to_thread(canonical, args["companies"])

    def unit(db: Database) -> int:
        return sum(watching.add(db, name, name=args["list"], why=args.get("why"), now=now) for name in names)

    added = await runtime.store.write(unit)
    return {"added": added, "known": len(names) - added, "companies": names}


async def unwatch(runtime: Runtime, args: Args) -> dict[str, Any]:
    """Take employers off a watch-list: `{"companies": [...], "list"}`."""
    names = await asyncio.to_thread(canonical, args["companies"])
    unit = partial(_remove, names=names, name=args["list"])
    removed = await runtime.store.write(unit)
    if not removed:
        raise MonitorError(f"none of these is on the list {args['list']!r}; `layoff-monitor watch list` shows who is")
    return {"removed": removed}


async def mutes_now(settings: Settings, _args: Args) -> list[Row]:
    """Return the mutes that hold now."""
    return await _asked(settings, partial(mutes.listing, now=utc_now()))


async def shadows_now(settings: Settings, _args: Args) -> list[dict[str, str]]:
    """Return the rules that are in shadow, and why."""
    return await _asked(settings, partial(shadows, asked=settings.rules))


async def watched(settings: Settings, _args: Args) -> list[Row]:
    """Return who is watched."""
    return await _asked(settings, watching.listing)


async def _asked(settings: Settings, query: Callable[[Database], T]) -> T:
    with Store.open(settings.store.path, clock=utc_now, read_only=True) as store:
        return await store.read(query)


def canonical(printed: Iterable[str]) -> list[str]:
    """Return the names under which events of employers are stored; raises UsageError for an empty one."""
    names = [" ".join(name.split()) for name in printed]
    if not all(names):
        raise UsageError("an employer has a name")
    table = employers.load()
    return [table.canonical(name) for name in names]


def _remove(db: Database, names: list[str], name: str) -> int:
    return sum(watching.remove(db, company, name=name) for company in names)


def _meant(db: Database, settings: Settings, name: str) -> dict[str, str | None]:
    """Return the rule, or else the employer, of that name."""
    known = [rule.name for rule in settings.rules]
    if name in known:
        return {"rule": name, "company": None}
    if companies.find(db, name) is not None:
        return {"rule": None, "company": name}
    known += [row["name"] for row in rows(db, "select name from companies")]
    like = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {like[0]!r}?" if like else f"rules are {', '.join(map(repr, known[: len(settings.rules)]))}"
    raise MonitorError(f"{name!r} is neither a rule nor an employer of the store; {hint}")
