"""One webhook attempt: sign the exact bytes, send them through the gate, judge the answer.

Standard Webhooks 1.0 (https://www.standardwebhooks.com). The signature comes from its reference library, which
relabels instead of converting a time that is not UTC and takes keys of one byte; both are refused here.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from monitor.alerts.hiding import scrubbed
from monitor.alerts.retries import Attempt
from monitor.errors import ConfigurationError, FetchError
from monitor.settings import WebhookChannel

KEY_BYTES: Final = range(24, 65)
_PREFIX: Final = "whsec_"


class Answer(Protocol):
    """What the gate gives back of a receiver's answer (`fetch.Posted`)."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def retry_after_s(self) -> float | None:
        """What the receiver asked for, in seconds."""

    @property
    def excerpt(self) -> str:
        """The beginning of the answer's text."""


class Poster(Protocol):
    """The one method of the gate that a webhook needs."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send the body once, follow nothing, and return the answer whatever its status; raises FetchError."""
        ...


def parse_secret(secret: str) -> bytes:
    """Return the key of a secret: `whsec_` and base64 of 24 to 64 bytes, padded or not.

    Raises ConfigurationError, which never repeats the secret.
    """
    remedy = "make one with: printf 'whsec_%s\\n' \"$(head -c 32 /dev/urandom | base64)\""
    if not secret.startswith(_PREFIX):
        raise ConfigurationError(f"a webhook secret starts with {_PREFIX}; {remedy}")
    encoded = secret.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError(f"what follows {_PREFIX} in a webhook secret is base64; {remedy}") from None
    if len(key) not in KEY_BYTES:
        raise ConfigurationError(f"a webhook secret holds 24 to 64 bytes, this one {len(key)}; {remedy}")
    return key


def sign(key: bytes, message_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of an attempt: id, time and signature over exactly these bytes.

    `sent_at` is any aware time; a naive one raises ValueError.
    """
    if sent_at.tzinfo is None:
        raise ValueError("a webhook is signed with an aware time")
    moment = sent_at.astimezone(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(key).sign(message_id, moment, body.decode()),
    }


def judge(status: int) -> Literal["sent", "retrying", "refused"]:
    """Return what an answer means: only 2xx is success, 410 ends it, all else is tried again, redirects too."""
    if 200 <= status < 300:
        return "sent"
    return "refused" if status == 410 else "retrying"


def origin(url: str) -> str:
    """Return scheme, host and port of an address: all of it that may be shown."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def scrub(text: str, channel: WebhookChannel) -> str:
    """Return at most 200 cleaned characters of the text, without secret, path and query of the channel."""
    parts = urlsplit(channel.url)
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    hidden = [channel.url, tail, parts.path, parts.query, *parts.path.split("/"), *parts.query.split("&")]
    hidden += [value.partition("=")[2] for value in parts.query.split("&")]
    return scrubbed(
        text, [*hidden, parts.username, parts.password, channel.secret, channel.secret.removeprefix(_PREFIX)]
    )


async def send(channel: WebhookChannel, gate: Poster, message_id: str, body: bytes, now: datetime) -> Attempt:
    """Make one attempt and return how it ended; raises nothing for what a receiver or the network does.

    A chat service verifies no signature, so it gets none: its address is the secret.
    """
    where = origin(channel.url)
    if channel.format == "standard":
        headers = sign(parse_secret(channel.secret), message_id, now, body)
    else:
        headers = {"content-type": "application/json"}
    try:
        answer = await gate.post(channel.url, body=body, headers=headers)
    except FetchError as error:
        words = scrub(error.detail, channel)
        return Attempt("retrying", error.status, f"{error.reason} at {where}: {words}", error.retry_after_s)
    state = judge(answer.status)
    if state == "sent":
        return Attempt(state, answer.status)
    words = scrub(answer.excerpt, channel)
    return Attempt(
        state,
        answer.status,
        f"{answer.status} from {where}" + (f": {words}" if words else ""),
        answer.retry_after_s,
        gone=answer.status == 410,
    )
