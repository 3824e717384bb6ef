"""What tests need to send a request through the real gate to a server on loopback."""

from collections.abc import Iterable
from typing import Final

import pytest

from monitor.errors import FetchError
from monitor.fetch import Fetched, Gate, Limits, Moved, NotModified
from monitor.model import Reason
from monitor.settings import NetworkSettings

QUICK: Final = Limits(max_bytes=100_000, deadline_s=5)


def network(*allowed: str, ports: Iterable[int] = ()) -> NetworkSettings:
    """Return settings without pauses that permit these private targets and these ports of public ones."""
    return NetworkSettings(allow_private=allowed, allow_ports=(80, 443, *ports), host_delay_s=0)


async def ask(gate: Gate, url: str, limits: Limits = QUICK) -> Fetched | NotModified | Moved | Reason:
    """Return what the gate gives for an address, or the reason why nothing."""
    try:
        return await gate.get(url, limits=limits, accept="*/*")
    except FetchError as error:
        return error.reason


async def fetched(gate: Gate, url: str) -> Fetched:
    """Return the document at an address; fails for any other answer."""
    answer = await gate.get(url, limits=QUICK, accept="*/*")
    assert isinstance(answer, Fetched)
    return answer


async def refused(gate: Gate, url: str) -> FetchError:
    """Return the error with which the gate refuses an address; fails if it does not."""
    with pytest.raises(FetchError) as caught:
        await gate.get(url, limits=QUICK, accept="*/*")
    return caught.value
