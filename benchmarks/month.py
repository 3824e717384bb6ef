"""A simulated month over 500 feeds of ten characters: what is missed, and what does it cost the publishers?

    python benchmarks/month.py --feeds 500 --days 30 --json month.json

Virtual time only: no sockets, no sleeping, the same figures every time. The product's policy is the product's own code
(`next_poll`, `trust`, `moves`) over a row kept in memory as the store keeps it. Against it stands a client that polls
every 30 or 60 minutes: it asks with the validators of the last document and follows redirects, but does not heed
Retry-After, ttl or 410, never asks without validators once it has some, and keeps the address it was given.

An entry counts if it was published within the month, and is missed if it was not seen by a day after the month's end.
Requests and bans are those within the month, delays those of the entries seen.
"""

import argparse
import json
import sys
import time
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, Protocol

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.field import CHARACTERS, DAY, HOUR, START, Address, Answer, Site, field_of
from monitor.model import Feed, FeedDocument, FeedEntry, NextPoll, PollCounts, PollOutcome, Reason, Validators
from monitor.poll import new_address, next_poll
from monitor.poll.moves import said_to_be_at
from monitor.poll.trust import asks_conditionally, belies
from monitor.settings import PollSettings

SETTINGS: Final = PollSettings()
FIRST, SECOND = "https://first.example/feed", "https://second.example/feed"
REDIRECT: Final = 1  # requests more


class Policy(Protocol):
    """A client with one feed: it says what it asks, takes the answer and says when it asks again."""

    def asks(self, now: float) -> tuple[Address, str | None]:
        """Return the address and the validator to ask with."""

    def takes(self, now: float, answer: Answer, site: Site, seen: bytearray) -> float | None:
        """Return when to ask again, or None for never; `seen` is as before this answer."""

    def asks_elsewhere(self, now: float, answer: Answer) -> bool:
        """Return whether to ask at the second address at once, after this answer of the first."""


class Fixed:
    """Polls at a fixed interval, with the last document's validator."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._etag: str | None = None

    def asks(self, now: float) -> tuple[Address, str | None]:  # noqa: ARG002  # as Policy
        """Return always the same address."""
        return "first", self._etag

    def takes(self, now: float, answer: Answer, site: Site, seen: bytearray) -> float | None:  # noqa: ARG002  # as Policy
        """Return the same distance for every answer."""
        if answer.status == 200:
            self._etag = answer.etag
        return now + self._every_s

    def asks_elsewhere(self, now: float, answer: Answer) -> bool:  # noqa: ARG002  # as Policy
        """Return False: it knows one address."""
        return False


class Product:
    """The product's decisions over the row of one feed."""

    def __init__(self, number: int, now: float) -> None:
        at = _moment(now)
        self.feed = Feed(id=number, url=FIRST, interval_s=SETTINGS.start_interval_s, next_poll_at=at)
        self._random = Random(number)

    def asks(self, now: float) -> tuple[Address, str | None]:
        """Return the row's address, and its validator if the server is believed."""
        conditional = asks_conditionally(self.feed, _moment(now))
        return "first" if self.feed.url == FIRST else "second", self.feed.validators.etag if conditional else None

    def asks_elsewhere(self, now: float, answer: Answer) -> bool:
        """Return whether the feed is asked for at once where its dead address led before, as `poll_feed` does."""
        if 200 <= answer.status < 400:
            return False
        failed = PollOutcome(self.feed.id, _moment(now), "failed", reason=_reason(answer), status=answer.status or None)
        return said_to_be_at(self.feed, failed) is not None

    def takes(self, now: float, answer: Answer, site: Site, seen: bytearray) -> float | None:
        """Return the time of the next poll, the row updated as the *poll* transaction does."""
        feed = self.feed
        outcome, counts = self._outcome(_moment(now), answer, site, seen)
        plan = next_poll(feed, outcome, counts, settings=SETTINGS, now=outcome.polled_at, jitter=self._random.random())
        self.feed = _stored(feed, outcome, counts, plan)
        if address := new_address(feed, outcome):
            self.feed = replace(self.feed, url=address, moved_to=None, moved_since=None)
        return None if plan.gone else (plan.next_poll_at - START).total_seconds()

    def _outcome(self, at: datetime, answer: Answer, site: Site, seen: bytearray) -> tuple[PollOutcome, PollCounts]:
        feed = self.feed
        moved = {"moved_to": SECOND} if answer.moved else {}
        asked = PollOutcome(feed.id, at, "failed", conditional=asks_conditionally(feed, at), **moved)
        nothing = PollCounts(0, 0, 0, 0)
        if answer.status == 304:
            return replace(asked, result="not_modified", validators=feed.validators), nothing
        if answer.status != 200:
            said = {"status": answer.status or None, "retry_after_s": answer.retry_after_s}
            return replace(asked, reason=_reason(answer), **said), nothing
        digest = f"{answer.low}-{answer.high}"
        got = replace(asked, body_digest=digest, validators=Validators(answer.etag))
        if digest == feed.body_digest:
            return replace(got, result="unchanged"), nothing
        now = (at - START).total_seconds()
        entries = tuple(_entry(site, n, now) for n in range(answer.low, answer.high) if not seen[n])
        listed = answer.high - answer.low
        document = FeedDocument("A feed", entries, site.ttl_s, skipped=listed - len(entries))
        untrue = belies(feed, document, got.validators)
        got = replace(got, result="document", document=document, false_304=untrue)
        return got, PollCounts(listed, len(entries), listed - len(entries), 0)


def _reason(answer: Answer) -> Reason:
    match answer.status:
        case 0:
            return Reason.TIMED_OUT
        case 410:
            return Reason.GONE
        case 429:
            return Reason.RATE_LIMITED
        case 403 if answer.retry_after_s is not None:
            return Reason.RATE_LIMITED
        case status:
            return Reason.HTTP_4XX if status < 500 else Reason.HTTP_5XX


def _entry(site: Site, number: int, now: float) -> FeedEntry:
    return FeedEntry(str(number), None, "", "", published_at=site.dated(number, now))


def _stored(feed: Feed, outcome: PollOutcome, counts: PollCounts, plan: NextPoll) -> Feed:
    """Return the row after a poll, as `monitor.store.polls` writes it."""
    at = outcome.polled_at
    changes: dict[str, Any] = {
        "last_polled_at": at,
        **{name: getattr(plan, name) for name in ("interval_s", "next_poll_at", "hold_until", "failures")},
        **{name: getattr(plan, name) for name in ("failure_weight", "least_s", "moved_to", "moved_since", "cadence")},
    }
    if outcome.result != "failed" and not outcome.conditional:
        changes["last_full_at"] = at
    if outcome.result == "not_modified":
        changes["last_304_at"] = at
    if outcome.document is not None:
        changes |= {"last_document_at": at, "body_digest": outcome.body_digest, "validators": outcome.validators}
        changes["ttl_s"] = outcome.document.ttl_s
    if outcome.false_304 and counts.new:
        changes["last_false_304_at"] = at
    return replace(feed, **changes)


def _moment(now: float) -> datetime:
    return START + timedelta(seconds=now)


@dataclass(slots=True)
class Tally:
    """What one policy came to with the feeds of one character."""

    published: int = 0
    missed: int = 0
    requests: int = 0
    bans: int = 0
    delays: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, other: "Tally") -> None:
        """Add what another came to."""
        self.published += other.published
        self.missed += other.missed
        self.requests += other.requests
        self.bans += other.bans
        self.delays.extend(other.delays)

    def figures(self) -> dict[str, float]:
        """Return the figures that are shown."""
        late = sorted(self.delays) or [0.0]
        return {
            "published": self.published,
            "missed": self.missed,
            "requests": self.requests,
            "bans": self.bans,
            "delay_median_min": round(late[len(late) // 2] / 60, 1),
            "delay_p95_min": round(late[len(late) * 95 // 100] / 60, 1),
        }


def live(site: Site, policy: Policy, first: float, days: float) -> Tally:
    """Return what one policy came to with one feed, from its first request on."""
    tally, seen = Tally(), bytearray(len(site.times))
    end = days * DAY
    now: float | None = first
    while now is not None and now < end + DAY:
        address, etag = policy.asks(now)
        answer = site.answer(now, address, etag)
        if now < end:
            tally.requests += 1 + REDIRECT * answer.moved
            tally.bans += answer.provoked
        if policy.asks_elsewhere(now, answer):
            tally.requests += now < end
            answer = replace(site.answer(now, "second", etag), moved=True)
        again = policy.takes(now, answer, site, seen)
        for number in range(answer.low, answer.high):
            if not seen[number]:
                seen[number] = 1
                if 0 <= site.times[number] < end:
                    tally.delays.append(now - site.times[number])
        now = again
    tally.published = sum(0 <= at < end for at in site.times)
    tally.missed = tally.published - len(tally.delays)
    return tally


def simulate(feeds: int, days: float, seed: int = 1) -> dict[str, dict[str, Tally]]:
    """Return policy -> character -> what it came to."""
    results: dict[str, dict[str, Tally]] = {}
    for name in ("product", "fixed 30", "fixed 60"):
        found = results[name] = {character: Tally() for character in CHARACTERS}
        starts = Random(seed)
        for number, site in enumerate(field_of(feeds, days + 1, seed)):
            first = starts.uniform(0, HOUR / 2)
            policy = Product(number, first) if name == "product" else Fixed(float(name.split()[1]) * 60)
            found[site.character].add(live(site, policy, first, days))
    return results


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of all characters."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def report(results: dict[str, dict[str, Tally]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return policy -> character or "all" -> figures."""
    return {
        policy: {name: tally.figures() for name, tally in found.items()} | {"all": total(found.values()).figures()}
        for policy, found in results.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if the product does not hold what issue 3 asks of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    started = time.perf_counter()
    figures = report(simulate(given.feeds, given.days, given.seed))
    names = list(figures["product"]["all"])
    for character in [*CHARACTERS, "all"]:
        print(f"\n{character:22}" + "".join(f"{name:>18}" for name in names))
        for policy, found in figures.items():
            print(f"  {policy:20}" + "".join(f"{found[character][name]:18,}" for name in names))
    print(f"\n{given.feeds} feeds, {given.days:g} days, simulated in {time.perf_counter() - started:.0f} s")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")
    ours, others = figures["product"]["all"], [figures[name]["all"] for name in ("fixed 30", "fixed 60")]
    held = all(ours["requests"] < other["requests"] and ours["missed"] * 10 <= other["missed"] for other in others)
    print("fewer requests than either and at most a tenth of the misses:", "held" if held else "NOT held")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
