"""A real PostgreSQL for tests: the one that LAYOFF_MONITOR_TEST_POSTGRES names, else a private one on a free port.

The private server is Debian's (package postgresql); it keeps nothing, stops with the tests, and can be stopped and
started in between, which is what the fault tests do to it.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import psycopg

VARIABLE = "LAYOFF_MONITOR_TEST_POSTGRES"
NOBODY = "nobody"  # PostgreSQL refuses to run as root


def programs() -> Path | None:
    """Return the folder of the newest server programs on this machine, if there are any."""
    beside = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return next((path for path in [*beside, *reversed(debian)] if (path / "initdb").exists()), None)


class Server:
    """A PostgreSQL server in a folder of its own."""

    def __init__(self, bin_folder: Path, folder: Path, port: int) -> None:
        self.bin, self.folder, self.port = bin_folder, folder, port
        self.url = f"postgresql://monitor@127.0.0.1:{port}/postgres"
        self._as = {"user": NOBODY} if os.geteuid() == 0 else {}

    def run(self, *words: str) -> None:
        """Run one of the server's programs to its end."""
        command = [str(self.bin / words[0]), *words[1:]]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.folder, timeout=60, **self._as
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def make(self) -> None:
        """Make the files of a new server; without flushing to disk, because nothing of it is kept."""
        if self._as:
            shutil.chown(self.folder, NOBODY)
        self.run(
            "initdb", "-D", str(self.folder), "-U", "monitor", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale"
        )

    def start(self) -> None:
        """Start serving."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self.run("pg_ctl", "-D", str(self.folder), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self) -> None:
        """Stop at once, as a machine that goes away would."""
        self.run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop")


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(server: str) -> Iterator[str]:
    """Give the address of a new database on a server, which is gone after the block."""
    name = f"t_{token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')


@contextmanager
def served() -> Iterator[Server | None]:
    """Give a running private server, or None where its programs are not installed."""
    found = programs()
    if found is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="layoff-monitor-postgres-") as folder:  # one that NOBODY can enter
        server = Server(found, Path(folder), free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
