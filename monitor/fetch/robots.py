"""robots.txt by RFC 9309: fetching it through the gate, and judging addresses by it (pure)."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from protego import Protego

from monitor.errors import FetchError
from monitor.fetch.exchange import ROBOTS, Fetched, Limits
from monitor.fetch.gate import Gate
from monitor.model import Reason, RobotsRules

LONGEST_CRAWL_DELAY_S: Final = 300.0  # RELIABILITY.md C2
_IN_LOOP_CHARS: Final = 65_536  # a longer robots.txt is judged elsewhere
# RFC 9309 2.3.1.3: "unavailable" means free to go; more than five redirects may be taken as that (2.3.1.2).
_REFUSED: Final = frozenset({Reason.BLOCKED_ADDRESS, Reason.BLOCKED_PORT, Reason.BLOCKED_SCHEME})
_UNAVAILABLE: Final = frozenset({Reason.HTTP_4XX, Reason.GONE, Reason.REDIRECT_LOOP, Reason.CONSENT_WALL})


@dataclass(frozen=True, slots=True)
class RobotsVerdict:
    """What a robots.txt says to one agent; `allowed` is in the order of the addresses asked about."""

    allowed: tuple[bool, ...]
    crawl_delay_s: float | None = None  # as stated, not clamped; None if absent or not a finite number above 0


def judge_robots(text: str, urls: Sequence[str], agent: str) -> RobotsVerdict:
    """Return which addresses a robots.txt allows an agent to fetch; pure.

    `agent` may be a whole User-Agent; only its product name counts. 500 KiB can take a second: long texts
    belong in the sandbox.
    """
    rules = Protego.parse(text.removeprefix("\ufeff"))
    product = agent.partition("/")[0].strip()
    delay = rules.crawl_delay(product)
    return RobotsVerdict(
        allowed=tuple(bool(rules.can_fetch(url, product)) for url in urls),
        crawl_delay_s=delay if delay is not None and math.isfinite(delay) and delay > 0 else None,
    )


Judging = Callable[[str, Sequence[str], str], RobotsVerdict]


async def judged(
    text: str,
    urls: Sequence[str],
    agent: str,
    elsewhere: Callable[[Judging, str, Sequence[str], str], Awaitable[RobotsVerdict]],
) -> RobotsVerdict:
    """Return what `judge_robots` says, with a crawl-delay within bounds; `elsewhere` runs it for a long text."""
    if len(text) > _IN_LOOP_CHARS:
        verdict = await elsewhere(judge_robots, text, urls, agent)
    else:
        verdict = judge_robots(text, urls, agent)
    if verdict.crawl_delay_s is None:
        return verdict
    return replace(verdict, crawl_delay_s=min(verdict.crawl_delay_s, LONGEST_CRAWL_DELAY_S))


async def fetch_robots(
    gate: Gate,
    page_url: str,
    now: datetime,
    limits: Limits = ROBOTS,
    *,
    withdrawn: Callable[[], bool] = lambda: False,
) -> RobotsRules:
    """Return the rules of the site a page belongs to (its scheme, host and port); never raises for the site's doing.

    Raises FetchError for an address the guard refuses, nothing of that host can be asked for, and WithdrawnError.

    4xx allows all; 5xx, 429 and a host that cannot be reached allow nothing until asked again; of a longer file
    the first 500 KiB count.
    """
    parts = urlsplit(page_url)
    try:
        answer = await gate.get(
            f"{parts.scheme}://{parts.netloc}/robots.txt",
            limits=limits,
            accept="text/plain,*/*;q=0.5",
            withdrawn=withdrawn,
        )
    except FetchError as error:
        if error.reason in _REFUSED:
            raise
        challenged = error.reason is Reason.CHALLENGE_PAGE and error.status == 403  # a 4xx like any other
        unavailable = error.reason in _UNAVAILABLE or challenged
        return RobotsRules(state="allow_all" if unavailable else "unreachable", fetched_at=now)
    if not isinstance(answer, Fetched):
        return RobotsRules(state="unreachable", fetched_at=now)
    return RobotsRules(state="rules", text=answer.body.decode("utf-8-sig", "replace"), fetched_at=now)
