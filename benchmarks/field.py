"""The field for `month.py`: feeds of ten characters, each a small server that answers at any moment of virtual time.

Drawn as publishers are met, from a seed, the same every time. A document lists the newest entries of its feed; what
rolls off is gone. Every server fails now and then (0.3 % of requests: time-outs and 5xx), and a third of the daily
and weekday feeds asks by `ttl` to be left alone for an hour, as a widespread blog software does by default.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, Literal

START: Final = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
BEFORE: Final = 21 * DAY  # the past that first documents show

Address = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A server that counts requests: one that comes sooner than `least_s` after the last is one too many."""

    least_s: float
    bans: bool  # the third within a day bans the client, for a day from its last request; else each is answered 429
    names_time: bool  # says Retry-After


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says: a status (0: nothing), and for 200 the range of entries in its document."""

    status: int
    low: int = 0
    high: int = 0
    etag: str | None = None
    moved: bool = False  # by a permanent redirect
    retry_after_s: float | None = None
    provoked: bool = False  # with this request the client was limited or banned


@dataclass(slots=True)
class Site:
    """One feed and its server. Times are seconds from START."""

    character: str
    times: list[float]  # of publication, oldest first
    slots: int
    random: Random
    dated: Callable[[int, float], datetime | None]  # entry, now -> the date it bears
    ttl_s: int | None = None
    ends: tuple[float, float, int] | None = None  # from, until, status
    same_etag: bool = False  # whatever the document holds
    stuck: list[tuple[float, float]] = field(default_factory=list)  # a cache in front answers as at the first moment
    moves: tuple[float, float] | None = None  # the redirect begins, the first address ends
    limit: Limit | None = None
    _last: float = -DAY
    _sins: list[float] = field(default_factory=list)
    _banned_until: float = -DAY

    def answer(self, now: float, address: Address, etag: str | None) -> Answer:
        """Return what a request at this moment gets, with this validator or none."""
        if refused := self._refusal(now, address):
            return refused
        shown = next((since for since, until in self.stuck if since <= now < until), now) if etag else now
        high = bisect_right(self.times, shown)
        own = "same" if self.same_etag else str(high)
        moved = self.moves is not None and address == "first" and now >= self.moves[0]
        if etag == own:
            return Answer(304, etag=own, moved=moved)
        return Answer(200, max(0, high - self.slots), high, own, moved)

    def _refusal(self, now: float, address: Address) -> Answer | None:
        if self.ends is not None and self.ends[0] <= now < self.ends[1]:
            return Answer(self.ends[2])
        if self.moves is not None and now >= self.moves[1] and address == "first":
            return Answer(404)
        if self.limit is not None and (refused := self._limited(now, self.limit)):
            return refused
        return Answer(self.random.choice((0, 500, 502, 503))) if self.random.random() < 0.003 else None

    def _limited(self, now: float, limit: Limit) -> Answer | None:
        since, self._last = now - self._last, now
        if now < self._banned_until:
            self._banned_until = now + DAY  # who keeps knocking stays banned
            return Answer(403, retry_after_s=DAY if limit.names_time else None)
        if since >= limit.least_s:
            return None
        if not limit.bans:
            wait_s = limit.least_s if limit.names_time else None
            return Answer(429, retry_after_s=wait_s, provoked=True)
        self._sins = [*(sin for sin in self._sins if now - sin < DAY), now]
        if len(self._sins) < 3:
            return None
        self._sins, self._banned_until = [], now + DAY
        return Answer(403, retry_after_s=DAY if limit.names_time else None, provoked=True)


def field_of(count: int, days: float, seed: int = 1) -> list[Site]:
    """Return so many feeds, the characters in turn."""
    makers = list(CHARACTERS.items())
    sites = []
    for number in range(count):
        name, make = makers[number % len(makers)]
        sites.append(make(name, Random(f"{seed}/{name}/{number}"), days * DAY))
    return sites


def _stream(random: Random, end: float, per_hour: Callable[[float], float], most: float) -> list[float]:
    """Return moments at a rate that changes with time, by thinning a steady stream."""
    found, now = [], -BEFORE
    while (now := now + random.expovariate(most / HOUR)) < end:
        if random.random() * most < per_hour(now):
            found.append(now)
    return found


def _steady(random: Random, end: float, per_hour: float) -> list[float]:
    return _stream(random, end, lambda _: per_hour, per_hour)


def _right(times: list[float]) -> Callable[[int, float], datetime | None]:
    return lambda entry, _: START + timedelta(seconds=times[entry])


def _site(name: str, random: Random, times: list[float], slots: int, **rest: object) -> Site:
    return Site(name, times, slots, random, **({"dated": _right(times)} | rest))  # type: ignore[arg-type]


def _asked_hourly(random: Random) -> int | None:
    return 3600 if random.random() < 1 / 3 else None


def _daily(name: str, random: Random, end: float) -> Site:
    hour = random.uniform(0, DAY)
    days = range(int(-BEFORE // DAY), int(end // DAY) + 1)
    times = sorted(day * DAY + hour + random.gauss(0, 1.5 * HOUR) for day in days)
    return _site(name, random, [at for at in times if at < end], 10, ttl_s=_asked_hourly(random))


def _hourly(name: str, random: Random, end: float) -> Site:
    return _site(name, random, _steady(random, end, 1), 20)


def _weekdays(name: str, random: Random, end: float) -> Site:
    opens = random.uniform(5, 16)

    def rate(now: float) -> float:
        return 3.0 if (now // DAY) % 7 < 5 and opens <= now % DAY / HOUR < opens + 9 else 0.0

    return _site(name, random, _stream(random, end, rate, 3), 25, ttl_s=_asked_hourly(random))


def _bursty(name: str, random: Random, end: float) -> Site:
    """50 entries within half an hour, once a day on average at any time, and two more a day."""
    times = _steady(random, end, 2 / 24)
    for burst in _steady(random, end, 1 / 24):
        times += [burst + random.uniform(0, 30 * MINUTE) for _ in range(50)]
    return _site(name, random, sorted(at for at in times if at < end), 20)


def _fifty(name: str, random: Random, end: float) -> Site:
    """50 announcements every half hour for six to nine hours of each working day, one an hour otherwise."""
    opens, hours = random.uniform(5, 14), random.uniform(6, 9)

    def rate(now: float) -> float:
        return 100.0 if (now // DAY) % 7 < 5 and opens <= now % DAY / HOUR < opens + hours else 1.0

    return _site(name, random, _stream(random, end, rate, 100), 20)


def _dying(name: str, random: Random, end: float) -> Site:
    """Answers 404, 410 or nothing from some day on; of three with 404 one comes back after three days."""
    at, status = random.uniform(2 * DAY, max(end, 3 * DAY)), random.choice((404, 404, 410, 0))
    until = at + 3 * DAY if status == 404 and random.random() < 1 / 3 else 1e12
    times = [time for time in _steady(random, end, 0.5) if not at <= time < until]
    return _site(name, random, times, 15, ends=(at, until, status))


def _lying(name: str, random: Random, end: float) -> Site:
    """Half give every document the same ETag; half sit behind a cache that is stuck for one to three days a week."""
    times = _steady(random, end, 0.5)
    if random.random() < 0.5:
        return _site(name, random, times, 15, same_etag=True)
    stuck = []
    for week in range(int(end // (7 * DAY)) + 1):
        since = (week * 7 + random.uniform(0, 4)) * DAY
        stuck.append((since, since + random.uniform(1, 3) * DAY))
    return _site(name, random, times, 15, stuck=stuck)


def _moving(name: str, random: Random, end: float) -> Site:
    """Redirects for good from some day on; the first address ends 8 to 20 days later, of one in ten after two."""
    since = random.uniform(1 * DAY, max(end - 15 * DAY, 2 * DAY))
    for_s = 2 * DAY if random.random() < 0.1 else random.uniform(8, 20) * DAY
    return _site(name, random, _steady(random, end, 0.5), 15, moves=(since, since + for_s))


def _banning(name: str, random: Random, end: float) -> Site:
    """Wants to be asked no more often than every 20 to 120 minutes; half answer 429, half ban for a day."""
    limit = Limit(random.choice((20, 45, 60, 90, 120)) * MINUTE, random.random() < 0.5, random.random() < 0.5)
    return _site(name, random, _steady(random, end, 0.7), 15, limit=limit)


def _wrong_clocks(name: str, random: Random, end: float) -> Site:
    """Dates of next year, of 1970, of any day of ten years, five hours ahead, of the moment of asking, or none."""
    times = _steady(random, end, 0.7)
    way = random.randrange(6)
    away = [timedelta(days=random.uniform(-3650, 3650)) for _ in times]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def dated(entry: int, now: float) -> datetime | None:
        at = START + timedelta(seconds=times[entry])
        moment = START + timedelta(seconds=now)
        return (at + timedelta(days=365), epoch, at + away[entry], at + timedelta(hours=5), moment, None)[way]

    return _site(name, random, times, 15, dated=dated)


CHARACTERS: Final[dict[str, Callable[[str, Random, float], Site]]] = {
    "daily": _daily,
    "hourly": _hourly,
    "weekdays": _weekdays,
    "bursty": _bursty,
    "fifty between polls": _fifty,
    "dying": _dying,
    "lying 304": _lying,
    "moving": _moving,
    "banning": _banning,
    "wrong clocks": _wrong_clocks,
}
