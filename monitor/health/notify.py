"""The service manager's side of a daemon: ready, alive, stopping, told over the socket that it names (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Manager:
    """Who started this process and wants to hear of it; with neither address nor watchdog, nobody."""

    address: str | None = None
    watchdog_s: float | None = None  # it is killed after so much silence

    def tell(self, state: str) -> bool:
        """Return whether the manager was told; that it does not listen is no reason to fail."""
        if self.address is None:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.settimeout(0)
                line.connect(self.address)
                line.send(state.encode())
        except OSError:
            return False
        return True


NOBODY: Final = Manager()


def manager_in(environ: Mapping[str, str], pid: int | None = None) -> Manager:
    """Return the manager that an environment names: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID."""
    given = environ.get("NOTIFY_SOCKET", "")
    if not given.startswith(("/", "@")):
        return NOBODY
    address = "\0" + given[1:] if given.startswith("@") else given
    micros, whom = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    meant = not whom or whom == str(os.getpid() if pid is None else pid)
    watchdog_s = int(micros) / 1e6 if micros.isascii() and micros.isdigit() and int(micros) and meant else None
    return Manager(address, watchdog_s)
