"""What tests need to send a request through the real gate to a server on loopback."""

from collections.abc import Iterable
from typing import Final

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
