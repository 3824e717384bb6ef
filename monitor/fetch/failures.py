"""Foreign errors to ours: what aiohttp, httpx, ssl or the socket raised, as one FetchError with its reason."""

import ssl
from collections.abc import Iterator

import aiohttp
import httpx

from monitor.errors import FetchError
from monitor.fetch.decode import DecodeError
from monitor.guard import RefusedAddressError
from monitor.model import Reason

# What a request may raise that is the server's or the network's doing; anything else is a fault of ours.
EXPECTED = (
    FetchError,
    DecodeError,
    aiohttp.ClientError,
    httpx.HTTPError,
    httpx.InvalidURL,
    OSError,  # TimeoutError and ssl.SSLError among them
)


def failure(error: BaseException, url: str) -> FetchError:
    """Return the FetchError that says of `url` what `error` means.

    Read from the innermost cause outwards: what is wrapped says more than its wrapping.
    """
    causes = [error] if isinstance(error, FetchError) else list(_causes(error))
    for cause in reversed(causes):
        known = _known(cause)
        if known is not None:
            return FetchError(known[0], url, known[1])
    return FetchError(Reason.CONNECT_FAILED, url, str(error) or type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            error = error.certificate_error
        elif isinstance(error, aiohttp.ClientConnectorError):
            error = error.os_error
        else:
            error = error.__cause__


def _known(error: BaseException) -> tuple[Reason, str] | None:  # noqa: C901, PLR0911  # a table, one line per error
    match error:
        case FetchError() | DecodeError() | RefusedAddressError():
            return error.reason, error.detail
        case ssl.SSLCertVerificationError():
            return Reason.TLS_FAILED, f"the certificate was not accepted: {error.verify_message}"
        case ssl.SSLError():
            return Reason.TLS_FAILED, f"no secure connection: {error.reason or error}"
        case aiohttp.ClientPayloadError():
            return Reason.TRUNCATED, "the connection ended before the body did"
        case aiohttp.ClientResponseError():
            return Reason.BAD_HTTP, f"the answer is not valid HTTP: {error.message}".splitlines()[0][:200]
        case aiohttp.ServerDisconnectedError():
            return Reason.BAD_HTTP, "the server closed the connection without an answer"
        case aiohttp.InvalidURL() | httpx.InvalidURL() | UnicodeError():
            return Reason.REFUSED_VALUE, f"the address is not valid: {error}"
        case TimeoutError():
            return Reason.TIMED_OUT, str(error) or "the deadline has passed"
        case aiohttp.ClientConnectorError():
            why = error.strerror or str(error.os_error) or type(error.os_error).__name__
            return Reason.CONNECT_FAILED, f"no connection: {why}"
        case aiohttp.ClientOSError():
            return Reason.BAD_HTTP, f"the connection broke: {error.strerror or error}"
        case _:
            return None
