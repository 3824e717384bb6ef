"""Which feeds a site has: an address a person knows -> candidates with what they hold, best first; nothing is stored.

The address itself, else the feeds its page declares, else links that look like feeds, else where feeds usually lie;
then the news sitemap robots.txt names. A feed's entries are never followed (RELIABILITY.md F12). Every request goes
through the gate, and there are at most `MOST_REQUESTS` of them.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import Final, Literal
from urllib.parse import urljoin

from monitor.clock import Clock
from monitor.errors import FetchError, MonitorError, ParseError
from monitor.fetch import FEED, Fetched, Gate, Limits, fetch_robots, judged, user_agent
from monitor.identity import canonical_url, host_key
from monitor.model import Reason, RobotsRules, Validators
from monitor.poll import FeedLink, FeedSummary, Survey, is_about_comments, parse_broken_off, parse_feed, survey
from monitor.sandbox import Sandbox, SandboxClosedError

MOST_REQUESTS: Final = 20
MOST_DECLARED: Final = 6  # feeds of one page that are looked at; newspapers declare one for each section
MOST_LINKED: Final = 4
MOST_SITEMAPS: Final = 3
LONGEST_S: Final = 180.0  # then what has been found is what there is
USUAL_PLACES: Final = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/")
ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, text/html;q=0.8, application/json;q=0.8, */*;q=0.5"
)
STOPS: Final = "the daemon stops; ask again when it runs"
_GUESS: Final = replace(FEED, deadline_s=20.0)
_SITEMAP_LINE: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_MOST_SPARE: Final = 20

Where = Literal["given", "declared", "linked", "guessed", "sitemap"]


@dataclass(frozen=True, slots=True)
class Look:
    """One document as it was found."""

    url: str  # where to poll it: as asked, or where it has moved for good
    found_at: str  # where it was in the end
    survey: Survey
    digest: bytes
    validators: Validators
    max_age_s: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One feed that could be followed."""

    url: str
    where: Where
    dialect: str
    feed: FeedSummary
    comments: bool  # what readers wrote below the articles
    max_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What was found at one address."""

    candidates: tuple[Candidate, ...] = ()  # best first
    spare: tuple[str, ...] = ()  # addresses named as feeds that were not looked at
    fault: MonitorError | None = None  # why there are none, or why the search ended early


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looking needs."""

    gate: Gate
    sandbox: Sandbox
    clock: Clock
    delay_s: float  # between two requests to a host, unless its robots.txt asks for more
    stopping: Callable[[], bool] = lambda: False


def news_first(addresses: Iterable[str]) -> list[str]:
    """Return sitemaps worth a look: those that say news, then those that may list one that does."""
    known = list(dict.fromkeys(addresses))
    return [one for one in known if says_news(one)] + [one for one in known if not says_news(one)]


def says_news(address: str) -> bool:
    """Return whether the path of a sitemap's address says that it is one of news."""
    return "news" in address.partition("://")[2].partition("/")[2].lower()


async def look(url: str, eyes: Eyes, *, limits: Limits = FEED, delay_s: float | None = None) -> Look:
    """Return what one address holds; raises FetchError, or ParseError where the document broke its worker process."""
    answer = await eyes.gate.get(
        url, limits=limits, accept=ACCEPT, delay_s=eyes.delay_s if delay_s is None else delay_s
    )
    if not isinstance(answer, Fetched):
        raise FetchError(Reason.BAD_HTTP, url, "an answer without a document")
    parse = parse_broken_off if answer.truncated else parse_feed
    try:
        found = await eyes.sandbox.run(
            "feed", survey, answer.body, answer.content_type, answer.url, parse, eyes.clock()
        )
    except SandboxClosedError as error:
        raise MonitorError(STOPS) from error
    digest = blake2b(answer.body, digest_size=16).digest()
    return Look(answer.permanent_url or url, answer.url, found, digest, answer.validators, answer.max_age_s)


async def find(url: str, eyes: Eyes) -> Search:
    """Return the feeds found at an address and around it; whatever a server does is part of the answer."""
    search = _Search(url, eyes)
    fault: MonitorError | None = None
    try:
        async with asyncio.timeout(LONGEST_S):
            await search.run()
    except TimeoutError:
        fault = FetchError(Reason.TIMED_OUT, url, f"the search was ended after {LONGEST_S:.0f} s")
    except (FetchError, ParseError) as error:
        fault = error
    candidates = tuple(sorted(search.found, key=_rank))
    if not candidates and fault is None and search.too_slow:
        words = f"its robots.txt asks for {search.delay_s:.0f} s between requests, too long for a search"
        fault = FetchError(Reason.NOT_A_FEED, url, words)
    if not candidates and fault is None:
        fault = FetchError(Reason.NOT_A_FEED, url, "a page that names no feed, and none lies where feeds usually lie")
    return Search(candidates, tuple(search.spare[:_MOST_SPARE]), fault)


def _rank(candidate: Candidate) -> tuple[bool, bool, bool]:
    """Return the key by which the best comes first; among equals the one found first."""
    return candidate.comments, candidate.where == "sitemap", candidate.feed.entries == 0


class _Search:
    """One search on its way: what was found, asked and left aside."""

    def __init__(self, url: str, eyes: Eyes) -> None:
        self.url = url
        self.eyes = eyes
        self.found: list[Candidate] = []
        self.spare: list[str] = []
        self.requests = 0
        self.asked: set[str] = set()  # canonical addresses
        self.kept: set[str | bytes] = set()  # canonical addresses and digests of what was found
        self.robots = RobotsRules(state="unreachable")
        self.delay_s = eyes.delay_s
        self.ends_at = asyncio.get_running_loop().time() + LONGEST_S
        self.too_slow = False  # the pauses robots.txt asks for left no time for all

    async def run(self) -> None:
        """Search; raises FetchError or ParseError where nothing more can be asked."""
        self.asked.add(canonical_url(self.url))
        first = await self._look(self.url, FEED)
        self._keep(first, "given")
        if self.found:
            return
        if first.survey.fault:
            raise FetchError(Reason.NOT_A_FEED, self.url, f"{first.survey.dialect}, but {first.survey.fault}")
        if first.survey.sitemaps:
            await self._sitemaps(list(first.survey.sitemaps))
            return
        declared = [link for link in first.survey.links if link.declared]
        await self._links(declared, "declared", MOST_DECLARED)
        self.robots = await self._robots(first.found_at)
        if not self._found_articles:
            linked = [link for link in first.survey.links if not link.declared]
            await self._links(await self._allowed(linked, first.found_at), "linked", MOST_LINKED)
        if not self._found_articles:
            guesses = [FeedLink(urljoin(first.found_at, path)) for path in USUAL_PLACES]
            await self._links(await self._allowed(guesses, first.found_at), "guessed", len(guesses))
        if self.robots.state == "rules":
            named = [FeedLink(address) for address in news_first(_SITEMAP_LINE.findall(self.robots.text))]
            allowed = await self._allowed(named[:_MOST_SPARE], first.found_at)
            await self._sitemaps([link.url for link in allowed], first.found_at)

    @property
    def _found_articles(self) -> bool:
        return any(not candidate.comments for candidate in self.found)

    async def _links(self, links: list[FeedLink], where: Where, most: int) -> None:
        """Look at feeds that are named, those of articles first; of those in usual places one is enough."""
        links = [link for link in links if canonical_url(link.url) not in self.asked]
        links.sort(key=lambda link: link.comments)
        self.spare += [link.url for link in links[most:]]
        for link in links[:most]:
            await self._try(link.url, where, comments=link.comments)
            if where == "guessed" and self._found_articles:
                return

    async def _try(self, url: str, where: Where, *, comments: bool = False) -> Survey | None:
        """Return what an address holds, kept if it is a feed; None for what cannot be had or was had before."""
        if self.eyes.stopping():
            raise MonitorError(STOPS)
        if canonical_url(url) in self.asked or self.requests >= MOST_REQUESTS:
            return None
        if asyncio.get_running_loop().time() + self.delay_s > self.ends_at:
            self.too_slow = True
            return None
        self.asked.add(canonical_url(url))
        try:
            seen = await self._look(url, _GUESS if where == "guessed" else FEED)
        except (FetchError, ParseError) as error:
            if error.reason is Reason.RATE_LIMITED:
                raise
            return None
        self._keep(seen, where, comments=comments)
        return seen.survey

    async def _look(self, url: str, limits: Limits) -> Look:
        self.requests += 1
        return await look(url, self.eyes, limits=limits, delay_s=self.delay_s)

    def _keep(self, seen: Look, where: Where, *, comments: bool = False) -> None:
        feed = seen.survey.feed
        marks: set[str | bytes] = {canonical_url(seen.url), seen.digest}
        if feed is None or self.kept & marks:
            return
        self.kept |= marks
        about = comments or is_about_comments(seen.url, feed.title)
        self.found.append(Candidate(seen.url, where, seen.survey.dialect, feed, about, seen.max_age_s))

    async def _sitemaps(self, addresses: list[str], page: str | None = None) -> None:
        """Look for a news sitemap among sitemaps, and among those an index lists if their names say news.

        What an index lists is judged by the robots.txt of the page's host, if that was asked for.
        """
        for address in news_first(addresses)[:MOST_SITEMAPS]:
            seen = await self._try(address, "sitemap")
            children = [one for one in seen.sitemaps if says_news(one)] if seen else []
            named = [FeedLink(child) for child in news_first(children)[:MOST_SITEMAPS]]
            for child in named if page is None else await self._allowed(named, page):
                await self._try(child.url, "sitemap")
            if any(candidate.where == "sitemap" for candidate in self.found):
                return

    async def _robots(self, page: str) -> RobotsRules:
        self.requests += 1
        return await fetch_robots(self.eyes.gate, page, self.eyes.clock())

    async def _allowed(self, links: list[FeedLink], page: str) -> list[FeedLink]:
        """Return the links that the robots.txt of the page's host lets us ask for, and all those to other hosts.

        It has no say over other hosts (RFC 9309 2.3), and a link to a feed of theirs is given for polling as one that
        is declared.
        """
        host = host_key(page)
        urls = tuple(link.url for link in links if host_key(link.url) == host)
        if self.robots.state == "unreachable":
            refused = set(urls)
        else:
            refused = await self._refused(urls)
        return [link for link in links if link.url not in refused]

    async def _refused(self, urls: tuple[str, ...]) -> set[str]:
        try:
            verdict = await judged(self.robots.text, urls, user_agent(None), partial(self.eyes.sandbox.run, "page"))
        except SandboxClosedError as error:
            raise MonitorError(STOPS) from error
        self.delay_s = max(self.delay_s, verdict.crawl_delay_s or 0.0)
        return {url for url, allowed in zip(urls, verdict.allowed, strict=True) if not allowed}
