"""Every special address at every door of the product: nothing connects, and the store says why."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from pipes import runtime, settings
from urllib.parse import urlsplit

import pytest
from faults.detours import CONTACT, DivertedGuard, NoGuard, network
from faults.doors import DOORS, Door, House, moved_into
from faults.vectors import ACCEPTED, REFUSED

from monitor.fetch import user_agent

Counted = Callable[[str, int], None]


def literals(addresses: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses as hosts, each leading to itself."""
    return {f"[{address}]" if ":" in address else address: address for address in addresses.values()}


def names(addresses: Mapping[str, str]) -> dict[str, str]:
    """Return names as hosts that lead to the addresses."""
    return {f"name{n}.example": address for n, address in enumerate(addresses.values())}


FORMS = {"as it is": literals, "behind a name": names}


@asynccontextmanager
async def house(
    folder: Path, hosts: Mapping[str, str], guard: type[DivertedGuard] = DivertedGuard
) -> AsyncIterator[House]:
    async with network(hosts, guard) as net, runtime(settings(folder / "m.db")) as given:
        yield moved_into(net, given)


def reached(at: House) -> set[str]:
    """Return the hosts that were asked for something at the far end."""
    return {urlsplit(f"http://{seen.header('host')}").netloc for seen in at.net.world.requests}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(("door", "noted"), DOORS.values(), ids=DOORS)
async def test_no_door_connects_to_an_address_that_is_not_public_and_each_is_noted(
    door: Door,
    noted: frozenset[str | None],
    form: Callable[[Mapping[str, str]], dict[str, str]],
    tmp_path: Path,
    counted: Counted,
) -> None:
    hosts = form(REFUSED)
    async with house(tmp_path, hosts) as at:
        told = await door(at, list(hosts))

    counted("address cases", len(hosts))
    counted("connections made", at.net.world.accepts)
    assert {host: reason for host, reason in told.items() if reason not in noted} == {}
    assert (set(told), at.net.world.accepts) == (set(hosts), 0)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("door", [door for door, _ in DOORS.values()], ids=DOORS)
async def test_every_door_connects_to_a_public_address_and_says_who_we_are(
    door: Door, form: Callable[[Mapping[str, str]], dict[str, str]], tmp_path: Path, counted: Counted
) -> None:
    hosts = form(ACCEPTED)
    async with house(tmp_path, hosts) as at:
        told = await door(at, list(hosts))

    counted("address cases", len(hosts))
    assert reached(at) == set(hosts)
    assert not {"blocked_address", "redirect_blocked", "robots_unreachable"} & set(told.values())
    assert {seen.header("user-agent") for seen in at.net.world.requests} == {user_agent(CONTACT)}


@pytest.mark.parametrize("door", [door for door, _ in DOORS.values()], ids=DOORS)
async def test_control_without_the_guard_every_door_connects_to_all_of_them(door: Door, tmp_path: Path) -> None:
    hosts = literals(REFUSED)
    async with house(tmp_path, hosts, NoGuard) as at:
        await door(at, list(hosts))

    assert reached(at) == set(hosts)


def test_there_are_the_addresses_and_doors_we_speak_of() -> None:
    assert (len(REFUSED) >= 42, len(ACCEPTED) >= 10, len(DOORS) >= 6) == (True, True, True)
