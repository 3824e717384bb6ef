"""A network in which every address of the world leads to one listener of ours, and every connection is counted.

The real gate with the real guard; only the sockets it makes arrive elsewhere. So an address that should be refused is
seen to be connected to if it is, and one that may be connected to can be tried without leaving this machine.
"""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

import pytest
from faults.hostile import HostileServer

from monitor.fetch import Gate
from monitor.guard import Address, AddressInfo, Guard
from monitor.model import Reason
from monitor.settings import NetworkSettings

FRONT: Final = "front.example"  # an honest site at a public address
CONTACT: Final = "https://monitor.example/about"
_FRONT_AT: Final = ip_address("93.184.215.14")


class Detour(socket.socket):
    """A socket that arrives at a port of this machine, wherever it is sent."""

    port = 0

    def connect(self, address: Any) -> None:
        """Connect to the port, by the family the socket is of."""
        super().connect(("::1" if self.family == socket.AF_INET6 else "127.0.0.1", self.port))


class DivertedGuard(Guard):
    """The guard as it is; what it lets through arrives at `world`, what goes to the front's address at `front`."""

    def __init__(self, world: int, front: int) -> None:
        super().__init__()
        self._world, self._front = world, front

    def socket_factory(self, addr_info: AddressInfo) -> socket.socket:
        """Return the detour of a connection that the guard permits."""
        super().socket_factory(addr_info).close()
        made = Detour(addr_info[0], addr_info[1], addr_info[2])
        made.port = self._front if str(addr_info[4][0]) == str(_FRONT_AT) else self._world
        return made


class NoGuard(DivertedGuard):
    """The control: it permits everything."""

    def verdict(self, address: Address, port: int) -> Reason | None:
        """Return no objection."""
        return None


@dataclass(frozen=True, slots=True)
class Network:
    """A gate into that network, and its two ends."""

    gate: Gate
    world: HostileServer
    front: HostileServer


@asynccontextmanager
async def network(names: Mapping[str, str], guard: type[DivertedGuard] = DivertedGuard) -> AsyncIterator[Network]:
    """Give a network in which these names have these addresses."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    known = {f"{name}.": address for name, address in names.items()}
    async with HostileServer(listener=_listener()) as world, HostileServer(listener=_listener()) as front:
        gate = Gate(
            NetworkSettings(host_delay_s=0, contact=CONTACT),
            resolver=lambda name: [known.get(name, str(_FRONT_AT))],
        )
        gate._guard = guard(world.port, front.port)
        async with gate:
            yield Network(gate, world, front)


def _listener() -> socket.socket:
    return socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
