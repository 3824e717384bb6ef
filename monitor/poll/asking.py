"""The asynchronous edge: one poll of one feed, from the request to an outcome ready to be stored."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from time import perf_counter
from typing import TYPE_CHECKING, Final

from monitor.clock import Clock
from monitor.errors import FetchError, ParseError
from monitor.model import Feed, PollOutcome, Reason, Validators
from monitor.poll.parse import parse_broken_off, parse_feed
from monitor.sandbox import Sandbox

if TYPE_CHECKING:  # the worker process imports this package and must not pay for the HTTP client
    from monitor.fetch import Fetched, Gate

ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_FULL_EVERY: Final = timedelta(hours=24)  # servers answer 304 for documents that have changed


async def poll_feed(feed: Feed, *, gate: "Gate", sandbox: Sandbox, clock: Clock) -> PollOutcome:
    """Return what one poll of a feed brought; whatever a server or a document does is an outcome.

    Asks with both validators unless the feed was not fetched whole for a day. A document equal to the last
    one byte for byte is `unchanged` and not parsed. Only cancellation and faults of this program are raised.
    """
    started = perf_counter()
    now = clock()
    asked = PollOutcome(feed.id, now, "failed", conditional=_is_conditional(feed, now))
    try:
        outcome = await _ask(feed, asked, gate, sandbox)
    except FetchError as error:
        outcome = replace(asked, reason=error.reason, detail=error.detail, retry_after_s=error.retry_after_s)
    return replace(outcome, duration_ms=round((perf_counter() - started) * 1000))


def body_digest(body: bytes) -> str:
    """Return the digest by which a body is recognised as the one before: hex BLAKE2b of 32 bytes."""
    return blake2b(body, digest_size=32).hexdigest()


def _is_conditional(feed: Feed, now: datetime) -> bool:
    if feed.validators == Validators() or feed.last_full_at is None:
        return False
    return now - feed.last_full_at < _FULL_EVERY


async def _ask(feed: Feed, asked: PollOutcome, gate: "Gate", sandbox: Sandbox) -> PollOutcome:
    from monitor import fetch  # noqa: PLC0415  # see the import for types above

    validators = feed.validators if asked.conditional else None
    answer = await gate.get(feed.url, limits=fetch.FEED, accept=ACCEPT, validators=validators)
    match answer:
        case fetch.Fetched():
            return await _read(feed, asked, answer, sandbox)
        case fetch.NotModified() if asked.conditional:
            return replace(asked, result="not_modified", validators=feed.validators, max_age_s=answer.max_age_s)
        case fetch.NotModified():
            return replace(asked, reason=Reason.BAD_HTTP, detail="304 to a request without validators")
        case fetch.Moved():  # only with stay_on_host, which is not asked for
            return replace(asked, reason=Reason.REDIRECT_BLOCKED, detail=f"redirected to {answer.url}")


async def _read(feed: Feed, asked: PollOutcome, answer: "Fetched", sandbox: Sandbox) -> PollOutcome:
    """Return the outcome of a body: unchanged, a document, or why it could not be read.

    Validators of a broken document are not kept, so that the next poll gets it whole; its digest is, so that the
    same bytes are not parsed again. The same bytes therefore bring validators only to a feed that has some.
    """
    digest = body_digest(answer.body)
    got = replace(
        asked, max_age_s=None if answer.truncated else answer.max_age_s, body_bytes=len(answer.body), body_digest=digest
    )
    if digest == feed.body_digest:
        trusted = feed.validators != Validators()
        return replace(got, result="unchanged", validators=answer.validators if trusted else Validators())
    parse = parse_broken_off if answer.truncated else parse_feed
    try:
        document = await sandbox.run("feed", parse, answer.body, answer.content_type, answer.url)
    except ParseError as error:
        return replace(got, body_digest=None, reason=error.reason, detail=error.detail)
    got = replace(got, result="document", document=document)
    if document.partial:
        return replace(got, reason=Reason.TRUNCATED if answer.truncated else Reason.PARSE_PARTIAL)
    return replace(got, validators=answer.validators)
