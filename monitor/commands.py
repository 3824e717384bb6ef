"""What the commands of the command line do: those that write, in whichever process owns the store; those that ask.

Arguments and answers are JSON values, because they may travel through the control socket.
"""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from monitor import (
    attention,
    backtest,
    chronicle,
    explain,
    feedcheck,
    histories,
    imports,
    outgoing,
    reclassify,
    review,
    subscriptions,
    trending,
)  # fmt: skip
from monitor.alerts import documents
from monitor.clock import utc_now
from monitor.editions import edition
from monitor.errors import MonitorError
from monitor.pipeline import Runtime, poll_pass, process_pass
from monitor.poll import address_meant
from monitor.settings import Settings
from monitor.store import Store, backup, channels, feeds, messages, meta, search
from monitor.store import alerts as alert_store
from monitor.upkeep import trimming
from monitor.upkeep.rescue import naming_a_copy

Args = Mapping[str, Any]
Answer = Any
Writing = Callable[[Runtime, Args], Awaitable[Answer]]
Reading = Callable[[Settings, Args], Awaitable[Answer]]

_POLL_COUNTS: Final = {
    "feeds": "feeds",
    "documents": "document",
    "not_modified": "not_modified",
    "unchanged": "unchanged",
    "failed": "failed",
    "parsed": "parsed",
    "new": "new",
    "known": "known",
    "refused": "refused",
}  # name in the answer -> name in the tally
_PROCESS_COUNTS: Final = (
    "batches",
    "stored",
    "duplicate",
    "refused",
    "failed",
    "retrying",
    "moved",
    "not_tried",
)


async def feeds_find(runtime: Runtime, args: Args) -> Answer:
    """Look for the feeds of addresses, storing nothing: `{"urls": [...]}`."""
    return await subscriptions.search(runtime, args["urls"])


async def feeds_read(runtime: Runtime, args: Args) -> Answer:
    """Read a list of feeds, storing nothing: `{"body": its bytes in base64, "lift": bool}`."""
    return await subscriptions.read_list(runtime, b64decode(args["body"]), lift=bool(args.get("lift")))


async def feeds_add(runtime: Runtime, args: Args) -> Answer:
    """Add feeds: `{"urls": [{"url", "title"}]}`; an address that cannot be one is refused with its reason."""
    return await subscriptions.add(runtime, args["urls"])


async def feeds_check(runtime: Runtime, args: Args) -> Answer:
    """Ask feeds without storing what they answer: `{"urls": [...]}`, none for all of the list."""
    return await feedcheck.check(runtime, args["urls"])


async def feeds_remove(runtime: Runtime, args: Args) -> Answer:
    """Take a feed off the list: `{"url"}`; its entries and articles stay."""
    url = address_meant(str(args["url"]))
    if not await runtime.store.write(partial(feeds.remove, url=url, now=runtime.tools.clock())):
        raise MonitorError(f"{url} is not in the list of feeds; `layoff-monitor feeds list` shows what is")
    return {"removed": 1}


async def import_articles(runtime: Runtime, args: Args) -> Answer:
    """Store articles that somebody has: `{"items": [...]}`, or the addresses of some: `{"urls": [...]}`."""
    return await imports.run(runtime, args.get("items", ()), args.get("urls", ()))


async def import_events(runtime: Runtime, args: Args) -> Answer:
    """Take in rows of files of events: `{"accounts": [...]}`, or link those of employers: `{"companies": [...]}`."""
    return await chronicle.step(runtime, args)


async def review_one(runtime: Runtime, args: Args) -> Answer:
    """Put a person's word on an event or article: `{"target", "why", and one of "label", "exclude", "merge", ...}`."""
    return await review.run(runtime, args)


async def poll(runtime: Runtime, args: Args) -> Answer:
    """Poll the feeds that are due, or all of them: `{"all": bool}`."""
    tally = await poll_pass(runtime, include_all=bool(args.get("all")))
    return {name: tally[counted] for name, counted in _POLL_COUNTS.items()}


async def process(runtime: Runtime, args: Args) -> Answer:
    """Process what waits in the ledger: `{"limit": entries or null}`."""
    tally = await process_pass(runtime, limit=args.get("limit"))
    return {name: tally[name] for name in _PROCESS_COUNTS}


async def reclassify_step(runtime: Runtime, args: Args) -> Answer:
    """Judge the next stored articles anew: `{"after": number of the last one that was}`."""
    return await reclassify.step(runtime, int(args["after"]))


async def alive(runtime: Runtime, _args: Args) -> Answer:
    """Answer once something was written and flushed: for health checks of a daemon."""
    await runtime.store.write(partial(meta.probe, now=runtime.tools.clock()))
    return {}


async def feeds_list(settings: Settings, _args: Args) -> Answer:
    """Return the feeds as `feeds_view` shows them."""
    with _reading(settings) as store:
        return await store.read(feeds.listing)


async def alerts_list(settings: Settings, args: Args) -> Answer:
    """Return the newest alerts as `alerts_view` shows them: `{"limit"}`."""
    with _reading(settings) as store:
        return await store.read(partial(alert_store.listing, limit=args["limit"]))


async def alerts_show(settings: Settings, args: Args) -> Answer:
    """Return one alert with its deliveries, or one message with its alerts: `{"id"}`, or its beginning."""
    with _reading(settings) as store:
        return await outgoing.show(store, args["id"])


async def alerts_failed(settings: Settings, args: Args) -> Answer:
    """Return the newest messages that were given up, as `messages_view` shows them: `{"limit"}`."""
    with _reading(settings) as store:
        return await store.read(partial(messages.dead_letters, limit=args["limit"]))


async def alerts_channels(settings: Settings, _args: Args) -> Answer:
    """Return the recipients with whom something is wrong, as `channels_view` shows them."""
    with _reading(settings) as store:
        return await store.read(channels.listing)


async def alerts_document(settings: Settings, args: Args) -> Answer:
    """Return what can be subscribed to, as text: `{"name": one of documents.DOCUMENTS}`."""
    with _reading(settings) as store:
        site = settings.alerts.site_url
        made = partial(documents.document, name=args["name"], now=utc_now(), site_url=site)
        _, body = await store.read(made)
    return {"text": body.decode()}


async def explain_story(settings: Settings, args: Args) -> Answer:
    """Return every decision about one story or feed: `{"story": address or number}`."""
    with _reading(settings) as store:
        asked = partial(explain.explain, asked=args["story"], now=utc_now(), rules=settings.rules)
        explanation = await store.read(asked)
    return {**explain.as_dict(explanation), "text": "\n".join(explain.as_text(explanation))}


async def unread_document(settings: Settings, args: Args) -> Answer:
    """Return the kept bytes of a feed's unread document, or None: `{"story": address or number of the feed}`."""
    with _reading(settings) as store:
        return await store.read(partial(explain.document, asked=args["story"]))


async def search_articles(settings: Settings, args: Args) -> Answer:
    """Return the articles that hold the words: `{"query", "label", "kind", "company", "since", "sort", "limit"}`."""
    filters = search.Filters(**{name: args[name] for name in ("label", "kind", "company", "since")})
    with _reading(settings) as store:
        asked = partial(search.search, query=args["query"], filters=filters, order=args["sort"], limit=args["limit"])
        return await store.read(asked)


async def company_history(settings: Settings, args: Args) -> Answer:
    """Return the history of an employer: `{"name": any of its names}`."""
    from monitor.classify import companies  # noqa: PLC0415  # a poll that finds nothing new need not wait for it

    aliases = {alias.casefold(): name for alias, name in companies.load().aliases.items()}
    with _reading(settings) as store:
        asked = partial(histories.history, asked=args["name"], aliases=aliases, on=utc_now().date())
        return await store.read(asked)


async def trends(settings: Settings, args: Args) -> Answer:
    """Return the trends as they are now, computed anew: `{"label", "by", "weeks"}`."""
    with _reading(settings) as store:
        found = await store.read(partial(trending.compute, now=utc_now()))
    return trending.report(found, label=args["label"], by=args["by"], weeks=args["weeks"])


def rehearse(settings: Settings) -> Iterator[Answer]:
    """Yield what each step of `reclassify` would answer, changing nothing."""
    from monitor.classify import rules  # noqa: PLC0415  # as above

    with _reading(settings) as store:
        yield from reclassify.rehearse(store, reclassify.Bench(rules.load(), settings))


def classifier() -> str:
    """Return name and version of the classifier this program judges by."""
    from monitor.classify import rules  # noqa: PLC0415  # as above

    own = rules.identity()
    return f"{own.name} {own.version}"


def back_up(settings: Settings, file: Path, *, replace: bool) -> Answer:
    """Copy the store as it is now to a file, in the place of an older one if wanted; return what the copy holds.

    In this process and not in the daemon, whose writer goes on meanwhile: a copy is made by reading.
    """
    with naming_a_copy(settings):
        made = backup.back_up(settings.store.path, file, now=utc_now(), replace=replace)
    return {**asdict(made), "path": str(made.path)}


def export(settings: Settings, folder: Path, since: date | None, *, with_text: bool, replace: bool) -> Answer:
    """Write an edition of the store to a folder of its own in `folder`; return where it is and what it holds."""
    wanted = edition.Wanted(utc_now().date(), since, with_text)
    with _reading(settings) as store:
        made = store.read_now(lambda db: edition.write(db, folder, wanted, replace=replace))
    return {**asdict(made), "path": str(made.path)}


def _reading(settings: Settings) -> Store:
    with naming_a_copy(settings):
        return Store.open(settings.store.path, clock=utc_now, read_only=True)


WRITING: Final[Mapping[str, Writing]] = MappingProxyType(
    {
        "alerts.mute": attention.mute,
        "alerts.unmute": attention.unmute,
        "alerts.retry": outgoing.retry,
        "alerts.test": outgoing.test,
        "alive": alive,
        "feeds.add": feeds_add,
        "feeds.check": feeds_check,
        "feeds.find": feeds_find,
        "feeds.read": feeds_read,
        "feeds.remove": feeds_remove,
        "import": import_articles,
        "import.events": import_events,
        "poll": poll,
        "process": process,
        "reclassify": reclassify_step,
        "retention": trimming.command,
        "review": review_one,
        "watch.add": attention.watch,
        "watch.remove": attention.unwatch,
    }
)
READING: Final[Mapping[str, Reading]] = MappingProxyType(
    {
        "feeds.list": feeds_list,
        "alerts.backtest": backtest.run,
        "alerts.channels": alerts_channels,
        "alerts.document": alerts_document,
        "alerts.failed": alerts_failed,
        "alerts.list": alerts_list,
        "alerts.mutes": attention.mutes_now,
        "alerts.shadows": attention.shadows_now,
        "alerts.show": alerts_show,
        "company": company_history,
        "explain": explain_story,
        "explain.document": unread_document,
        "retention": trimming.planned,
        "search": search_articles,
        "watch.list": attention.watched,
        "trends": trends,
    }
)
