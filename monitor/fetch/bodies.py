"""Reading the body of an answer that has begun: bounded in size and pace. Part of the gate."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import cast

import httpx

from monitor.errors import FetchError
from monitor.fetch.decode import Body
from monitor.fetch.exchange import Limits
from monitor.fetch.failures import EXPECTED, failure
from monitor.fetch.headers import field, fields
from monitor.model import Reason


async def read_body(response: httpx.Response, url: str, limits: Limits) -> tuple[bytes, bool]:
    """Return the decoded body and whether it is whole; raises one of EXPECTED if it is not to be had."""
    headers = response.headers.raw
    announced = (field(headers, b"content-length") or "").strip()
    if announced.isdecimal() and len(announced) < 19 and int(announced) > limits.max_bytes and not limits.cut:
        detail = f"{announced} bytes are announced, more than {limits.max_bytes}"
        raise FetchError(Reason.TOO_LARGE, url, detail)
    body = Body(fields(headers, b"content-encoding"), limits.max_bytes, cut=limits.cut)
    try:
        await _receive(response, url, body, limits)
        return body.finish(), True
    except EXPECTED as error:
        broke_off = failure(error, url).reason is Reason.TRUNCATED
        if limits.partial and broke_off and body.kept:
            return body.kept, False
        raise


async def _receive(response: httpx.Response, url: str, body: Body, limits: Limits) -> None:
    """Return once all has been read; raises FetchError or DecodeError once it is too large, too slow or broken."""
    started = monotonic()
    async with aclosing(_chunks(response)) as chunks:
        async for chunk in chunks:
            body.feed(chunk)
            if body.full:
                break
            took_s = monotonic() - started
            if took_s > limits.slow_after_s and body.received < took_s * limits.min_bytes_per_s:
                detail = f"{body.received} bytes in {took_s:.0f} s are too few"
                raise FetchError(Reason.TIMED_OUT, url, detail)


async def collect(response: httpx.Response, into: bytearray, max_bytes: int) -> None:
    """Add to `into` what comes of a body, undecoded, until it holds `max_bytes`; raises one of EXPECTED."""
    async with aclosing(_chunks(response)) as chunks:
        async for chunk in chunks:
            into += chunk[: max_bytes - len(into)]
            if len(into) >= max_bytes:
                return


def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    return cast("AsyncGenerator[bytes, None]", response.aiter_raw())  # declared as an iterator only
