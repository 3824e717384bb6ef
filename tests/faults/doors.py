"""Every way in which an address from outside makes us connect, each through the stages that really do it.

A door takes hosts and returns, for each, the reason that the store has noted for what came of it (None: no reason).
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from pipes import WordJudge, rss
from typing import Any, Final

from faults.detours import FRONT, Network
from faults.hostile import Seen, raw
from faults.receiver import SECRET
from gazettes import HTML, declares, page

from monitor.alerts import outbox
from monitor.clock import to_text, utc_now
from monitor.discover import Eyes, find
from monitor.feedcheck import check
from monitor.model import AlertDraft, Extracted, Label, PageRead, TextState
from monitor.opinion import Opinions
from monitor.pipeline import Runtime, poll_pass, process_pass
from monitor.settings import AlertsSettings, SecondOpinionSettings, Settings, StoreSettings, WebhookChannel
from monitor.store import Database, feeds, queues
from monitor.store import alerts as alert_store
from monitor.store.rows import Row, rows

Noted = dict[str, str | None]  # host -> reason
_CHAIN: Final = b"HTTP/1.1 302 Found\r\nLocation: http://%s/robots.txt\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class House:
    """A running product in a network where every connection is counted."""

    given: Runtime
    net: Network

    async def rows(self, sql: str) -> list[Row]:
        """Return what the store has."""
        return await self.given.store.read(partial(rows, sql=sql))

    async def follow(self, *urls: str) -> None:
        """Put feeds into the list and poll all that are due."""

        def unit(db: Database) -> None:
            for url in urls:
                feeds.add(db, url, title=None, origin="added", now=utc_now(), start_interval_s=1800)

        await self.given.store.write(unit)
        await poll_pass(self.given)

    async def read(self, urls: Sequence[str], *, robots: bool = True) -> list[str | None]:
        """Return what became of stories at these addresses; `robots` says whether robots.txt has to be asked for."""
        self.net.front.serve("/feed", rss(*((f"Norvik drops {n}", url) for n, url in enumerate(urls))))
        await self.follow(f"http://{FRONT}/feed")
        if not robots:
            await self.given.store.write(_free_of_robots)
        for _ in range(3):  # a page that moved waits under its new host
            await process_pass(self.given)
        return [row["reason"] for row in await self.rows("select reason from entries order by id")]


def _free_of_robots(db: Database) -> None:
    queues.join_all(db)
    db.execute("update hosts set robots_state = 'allow_all', robots_fetched_at = ?", [to_text(utc_now())])


async def by_feed(house: House, hosts: Sequence[str]) -> Noted:
    urls = {f"http://{host}/feed": host for host in hosts}
    await house.follow(*urls)
    noted = await house.rows("select f.url, p.reason from polls p join feeds f on f.id = p.feed_id")
    return {urls[row["url"]]: row["reason"] for row in noted}


async def by_redirect_of_a_feed(house: House, hosts: Sequence[str]) -> Noted:
    urls = {f"http://{FRONT}/go/{n}": host for n, host in enumerate(hosts)}
    for n, host in enumerate(hosts):
        house.net.front.redirect(f"/go/{n}", f"http://{host}/feed")
    await house.follow(*urls)
    noted = await house.rows("select f.url, p.reason from polls p join feeds f on f.id = p.feed_id")
    return {urls[row["url"]]: row["reason"] for row in noted}


async def by_page(house: House, hosts: Sequence[str]) -> Noted:
    noted = await house.read([f"http://{host}/story" for host in hosts], robots=False)
    return dict(zip(hosts, noted, strict=True))


async def by_redirect_of_a_page(house: House, hosts: Sequence[str]) -> Noted:
    for n, host in enumerate(hosts):
        house.net.front.redirect(f"/go/{n}", f"http://{host}/story")
    noted = await house.read([f"http://{FRONT}/go/{n}" for n, _ in enumerate(hosts)])
    return dict(zip(hosts, noted, strict=True))


async def by_robots(house: House, hosts: Sequence[str]) -> Noted:
    noted = await house.read([f"http://{host}/story" for host in hosts])
    return dict(zip(hosts, noted, strict=True))


async def by_redirect_of_robots(house: House, hosts: Sequence[str]) -> Noted:
    sites = [f"site{n}.example" for n, _ in enumerate(hosts)]
    leads = dict(zip(sites, hosts, strict=True))

    async def away(seen: Seen, writer: Any) -> None:
        await raw(_CHAIN % leads[seen.header("host") or ""].encode())(seen, writer)

    house.net.front.behave("/robots.txt", away)
    noted = await house.read([f"http://{site}/story" for site in sites])
    return dict(zip(hosts, noted, strict=True))


async def by_webhook(house: House, hosts: Sequence[str]) -> Noted:
    channels = {
        f"c{n}": WebhookChannel(name=f"c{n}", url=f"http://{host}/hook", secret=SECRET) for n, host in enumerate(hosts)
    }
    draft = AlertDraft("every event", "event:1", Label.CUT, "Norvik", "Norvik drops advisers", None)
    named = [(name, 1) for name in channels]
    await house.given.store.write(partial(alert_store.insert, draft=draft, channels=named, now=utc_now()))
    settings = Settings(
        store=StoreSettings(path=Path("unused")),
        alerts=AlertsSettings(group_wait_s=0, group_interval_s=0),
        channels=dict(channels),
    )
    await outbox.deliver_due(
        house.given.store, settings, house.net.gate, clock=utc_now, random=lambda: 0.5, stopping=lambda: False
    )
    noted = await house.rows("select channel, last_error from deliveries_view")
    errors = {row["channel"]: row["last_error"] for row in noted}
    return {host: _reason(errors[f"c{n}"]) for n, host in enumerate(hosts)}


async def by_model(house: House, hosts: Sequence[str]) -> Noted:
    judge, noted = WordJudge(), {}
    for n, host in enumerate(hosts):
        chosen = SecondOpinionSettings(base_url=f"http://{host}/v1", model=f"m{n}", below=1.0, deadline_s=5.0)
        asking = Opinions(chosen, judge, gate=house.net.gate, store=house.given.store, clock=utc_now)
        read = Extracted("Norvik shrinks its desk", f"Part {n} of a long story.", TextState.FULL)
        await asking.heard(PageRead(n, read, judge.classify(read.title, read.text, None), ""))
        [row] = await house.rows("select detail from second_opinions order by id desc limit 1")
        noted[host] = _reason(row["detail"])
    return noted


async def by_check(house: House, hosts: Sequence[str]) -> Noted:
    told = await check(house.given, [f"http://{host}/feed" for host in hosts])
    return {host: _reason(one["remarks"][0]["text"]) for host, one in zip(hosts, told, strict=True)}


async def by_search(house: House, hosts: Sequence[str]) -> Noted:
    tools = house.given.tools
    eyes = Eyes(tools.gate, tools.sandbox, tools.clock, delay_s=0)
    for n, host in enumerate(hosts):
        house.net.front.serve(f"/site/{n}", page(declares(f"http://{host}/feed")), HTML)
        await find(f"http://{FRONT}/site/{n}", eyes)
    return dict.fromkeys(hosts)


def _reason(said: str | None) -> str | None:
    """Return the reason that an error begins with."""
    return re.split(r"\W", said, maxsplit=1)[0] if said else None


Door = Callable[[House, Sequence[str]], Awaitable[Noted]]
BLOCKED: Final = frozenset({"blocked_address"})
# Each door with what the store says of an address that is refused there.
DOORS: Final[dict[str, tuple[Door, frozenset[str | None]]]] = {
    "a feed": (by_feed, BLOCKED),
    "a feed's redirect": (by_redirect_of_a_feed, frozenset({"redirect_blocked"})),
    "an article": (by_page, BLOCKED),
    "an article's redirect": (by_redirect_of_a_page, BLOCKED | {"redirect_blocked"}),  # a name's is queued under it
    "robots.txt": (by_robots, BLOCKED),
    "the redirect of robots.txt": (by_redirect_of_robots, frozenset({"robots_unreachable"})),
    "a webhook": (by_webhook, BLOCKED),
    "a language model": (by_model, BLOCKED),
    "a check of feeds": (by_check, BLOCKED),
    "a search for feeds": (by_search, frozenset({None})),  # which stores nothing
}


def moved_into(net: Network, given: Runtime) -> House:
    """Return the product with its gate into this network."""
    return House(replace(given, tools=replace(given.tools, gate=net.gate)), net)
