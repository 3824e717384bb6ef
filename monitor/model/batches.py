"""The seam between home and whoever works: a batch of one host out, its results in, both plain JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from monitor.model.articles import Extracted, Verdict
from monitor.model.vocabulary import Reason

BATCH_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """A host's robots.txt as home keeps it and a batch carries it (RFC 9309)."""

    state: Literal["rules", "allow_all", "unreachable"]
    text: str = ""  # the file, at most 500 KiB, when state is "rules"
    fetched_at: datetime | None = None
    crawl_delay_s: float | None = None  # what it asks for, at most 300 s; None: nothing, or not read yet


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One entry to fetch, with all a worker needs to know of it."""

    entry_id: int
    url: str
    title: str  # as the feed gave it
    summary: str
    publisher: str | None = None
    published_at: datetime | None = None
    hops: int = 0  # hosts this entry has already been redirected across
    waited_s: float = 0.0  # since it was first seen in its feed, or is to be read again


@dataclass(frozen=True, slots=True)
class Batch:
    """The only form in which work leaves home: up to N entries of one host."""

    version: int
    host: str  # the politeness key
    lease: str  # token; home recognises a stale one
    deadline_s: float  # from receipt until the results must be back
    delay_s: float  # between two requests to the host
    robots: RobotsRules | None  # None: not known at home, fetch them first
    items: tuple[BatchItem, ...]


class PageRead(Struct, frozen=True, tag="read"):
    """An article read, or the feed's own words where the page gave none; `reason` then says why."""

    entry_id: int
    article: Extracted
    verdict: Verdict
    final_url: str
    reason: Reason | None = None


class PageMoved(Struct, frozen=True, tag="moved"):
    """A redirect to another host: to be queued there, with one hop more."""

    entry_id: int
    url: str


class PageFailed(Struct, frozen=True, tag="failed"):
    """No page this time; home alone decides whether and when to try again."""

    entry_id: int
    reason: Reason
    detail: str
    retryable: bool
    retry_after_s: float | None = None


class NotTried(Struct, frozen=True, tag="not_tried"):
    """The worker stopped or ran out of time before this entry."""

    entry_id: int


PageResult = PageRead | PageMoved | PageFailed | NotTried


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What comes back: exactly one result per item, in the batch's order."""

    version: int
    host: str
    lease: str
    results: tuple[PageResult, ...]
    robots: RobotsRules | None = None  # learnt on the way; home caches them
    hold_s: float | None = None  # the host asked to be left alone this long
