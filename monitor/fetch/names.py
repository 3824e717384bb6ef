"""Names to addresses: a resolver of our own, so that slow name servers hold up nobody else.

asyncio's pool has as few as six threads and serves everything (RELIABILITY.md, finding 12). Here each look-up
has a thread to itself, of at most 32, and five seconds; a thread that outlasts them is left to end by itself.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.errors import FetchError
from monitor.guard import LOOPBACKS, Address, Guard
from monitor.model import Reason

Lookup = Callable[[str], Iterable[str]]  # blocking: a name with its final dot -> its addresses as text

LOOKUP_S: Final = 5.0
# Enough that twenty names whose servers never answer leave room for a healthy one (tested).
THREADS: Final = 32


def system_lookup(name: str) -> list[str]:
    """Return the addresses the operating system knows for a name; raises OSError."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class GuardedResolver(AbstractResolver):
    """Names resolved once per connection, all addresses checked; what it returns is what is connected to."""

    def __init__(self, guard: Guard, lookup: Lookup = system_lookup, *, limit_s: float = LOOKUP_S) -> None:
        self._guard = guard
        self._lookup = lookup
        self._limit_s = limit_s
        self._free = asyncio.Semaphore(THREADS)
        self._asked: dict[str, asyncio.Future[tuple[Address, ...] | Exception]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name, every one of them allowed. Raises FetchError.

        The name is asked for with its final dot: a search domain would turn it into another one.
        """
        name = host.lower().rstrip(".")
        addresses = self._loopbacks(port) if name == "localhost" else await self._addresses(name)
        self._guard.check_addresses(name, port, addresses)
        found = [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET6 if address.version == 6 else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]
        return [one for one in found if family in {socket.AF_UNSPEC, one["family"]}]

    async def close(self) -> None:
        """Release nothing: the threads end by themselves."""

    def _loopbacks(self, port: int) -> tuple[Address, ...]:
        # RFC 6761 6.3: never asked of a name server. The family the operator listed is the one that is meant.
        listed = tuple(address for address in LOOPBACKS if self._guard.verdict(address, port) is None)
        return listed or LOOPBACKS

    async def _addresses(self, name: str) -> tuple[Address, ...]:
        try:
            async with asyncio.timeout(self._limit_s):
                if name not in self._asked:
                    await self._free.acquire()
                    if name in self._asked:  # by another, while both waited
                        self._free.release()
                answer = await asyncio.shield(self._asked.get(name) or self._ask(name))
        except TimeoutError:
            detail = f"no answer from the name server within {self._limit_s:g} s"
            raise FetchError(Reason.DNS_FAILED, name, detail) from None
        if isinstance(answer, Exception):
            raise FetchError(Reason.DNS_FAILED, name, f"the name was not resolved: {answer}") from answer
        return answer

    def _ask(self, name: str) -> asyncio.Future[tuple[Address, ...] | Exception]:
        """Return the answer to come of a look-up just begun, which takes one of the free places."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[Address, ...] | Exception] = loop.create_future()
        self._asked[name] = future

        def settle(answer: tuple[Address, ...] | Exception) -> None:
            self._free.release()
            del self._asked[name]
            future.set_result(answer)

        def work() -> None:
            answer: tuple[Address, ...] | Exception
            try:
                answer = tuple(dict.fromkeys(ip_address(text) for text in self._lookup(f"{name}.")))
            except (OSError, ValueError) as error:
                answer = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, answer)

        # A daemon: the interpreter would wait half a minute at its end for a pool's thread in getaddrinfo.
        try:
            Thread(target=work, name=f"name {name}", daemon=True).start()
        except RuntimeError as error:  # the machine has no thread to spare
            settle(error)
        return future
