"""The asynchronous edge: one poll of one feed, from the request to an outcome ready to be stored."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal

from monitor.clock import Clock
from monitor.errors import FetchError, ParseError
from monitor.model import Feed, FeedDocument, PollOutcome, Reason, UnreadDocument, Validators
from monitor.poll.moves import said_to_be_at
from monitor.poll.parse import parse_broken_off, parse_feed
from monitor.poll.trust import asks_conditionally, belies
from monitor.sandbox import Sandbox

if TYPE_CHECKING:  # the worker process imports this package and must not pay for the HTTP client
    from monitor.fetch import Fetched, Gate, Moved, NotModified

KEPT_BYTES: Final = 1 << 20  # of a document the parser could not take (RELIABILITY.md F3)
_PARSERS_FAULT: Final = frozenset({Reason.PARSE_CRASHED, Reason.PARSE_TIMEOUT})
ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)

_Get = Callable[..., Awaitable["Fetched | NotModified | Moved"]]  # `Gate.get`, limits and kind of document given
_Result = Literal["document", "not_modified", "unchanged", "failed"]
_Say = Callable[..., PollOutcome]  # `_outcome`, what is known before given


async def poll_feed(
    feed: Feed, *, gate: "Gate", sandbox: Sandbox, clock: Clock, host_goes_on: bool = False
) -> PollOutcome:
    """Return what one poll of a feed brought; whatever a server or a document does is an outcome.

    Asks with both validators, unless `trust` has it fetched whole. A document equal to the last one byte for byte is
    `unchanged` and not parsed. Where the feed's address has died and led elsewhere for good before, it is asked for
    there at once. `host_goes_on`: another feed of its host is polled next, over the same connection. Only cancellation
    and faults of this program are raised.
    """
    from monitor import fetch  # noqa: PLC0415  # see the import for types above

    started = perf_counter()
    get = partial(gate.get, limits=fetch.FEED_OF_MANY if host_goes_on else fetch.FEED, accept=ACCEPT)
    ask = partial(_asked_at, feed=feed, get=get, sandbox=sandbox, clock=clock, started=started)
    outcome = await ask(feed.url)
    elsewhere = said_to_be_at(feed, outcome)
    if elsewhere is None:
        return outcome
    there = await ask(elsewhere)
    if there.result == "failed":
        return replace(outcome, duration_ms=there.duration_ms)
    return replace(there, moved_to=elsewhere)


def body_digest(body: bytes) -> str:
    """Return the digest by which a body is recognised as the one before: hex BLAKE2b of 32 bytes."""
    return blake2b(body, digest_size=32).hexdigest()


async def _asked_at(url: str, feed: Feed, get: _Get, sandbox: Sandbox, clock: Clock, started: float) -> PollOutcome:
    from monitor import fetch  # noqa: PLC0415  # see the import for types above

    now = clock()
    conditional = asks_conditionally(feed, now)
    say = partial(_outcome, started, feed.id, now, conditional=conditional)
    try:
        answer = await get(url, validators=feed.validators if conditional else None)
    except FetchError as error:
        answered = {"status": error.status, "retry_after_s": error.retry_after_s}
        return say("failed", reason=error.reason, detail=error.detail, **answered)
    match answer:
        case fetch.Fetched():
            return await _read(feed, answer, sandbox, say)
        case fetch.NotModified() if conditional:
            kept = {"validators": feed.validators, "max_age_s": answer.max_age_s}
            return say("not_modified", moved_to=answer.permanent_url, **kept)
        case fetch.NotModified():
            return say("failed", reason=Reason.BAD_HTTP, detail="304 to a request without validators")
        case fetch.Moved():  # only with stay_on_host, which is not asked for
            return say("failed", reason=Reason.REDIRECT_BLOCKED, detail=f"redirected to {answer.url}")


def _outcome(started: float, feed_id: int, polled_at: datetime, result: _Result, **brought: Any) -> PollOutcome:
    """Return the outcome of a poll that ends now; made once and not changed, for each making sets twenty fields."""
    return PollOutcome(feed_id, polled_at, result, duration_ms=round((perf_counter() - started) * 1000), **brought)


async def _read(feed: Feed, answer: "Fetched", sandbox: Sandbox, say: _Say) -> PollOutcome:
    """Return the outcome of a body: unchanged, a document, or why it could not be read.

    Validators of a broken document are not kept, so that the next poll gets it whole; its digest is, so that the
    same bytes are not parsed again. The same bytes therefore bring validators only to a feed that has some.
    """
    digest = body_digest(answer.body)
    max_age_s = None if answer.truncated else answer.max_age_s
    say = partial(say, body_bytes=len(answer.body), moved_to=answer.permanent_url, max_age_s=max_age_s)
    if digest == feed.body_digest:
        trusted = feed.validators != Validators()
        return say("unchanged", body_digest=digest, validators=answer.validators if trusted else Validators())
    try:
        document = await _parsed(feed, answer, sandbox)
    except ParseError as error:
        unread = _unread(answer) if error.reason in _PARSERS_FAULT else None
        return say("failed", reason=error.reason, detail=error.detail, unread=unread)
    untrue = belies(feed, document, answer.validators)
    say = partial(say, "document", document=document, body_digest=digest, false_304=untrue)
    if document.partial:
        return say(reason=Reason.TRUNCATED if answer.truncated else Reason.PARSE_PARTIAL)
    return say(validators=answer.validators)


def _unread(answer: "Fetched") -> UnreadDocument:
    """Return what is kept of a document that harmed its parser, so that somebody can see what in it did."""
    body = answer.body
    return UnreadDocument(answer.url, answer.content_type, len(body), body[:KEPT_BYTES])


async def _parsed(feed: Feed, answer: "Fetched", sandbox: Sandbox) -> FeedDocument:
    """Return the document, without the entries that the last one held byte for byte; raises ParseError."""
    if answer.truncated:
        return await sandbox.run("feed", parse_broken_off, answer.body, answer.content_type, answer.url)
    return await sandbox.run("feed", parse_feed, answer.body, answer.content_type, answer.url, feed.entry_digests)
