"""The store as a site: pages of ours beside datasette's, read-only, for this machine, or a copy for everybody.

`pages` are what people read; every view is also there as a table, as JSON and CSV and by SQL, with the descriptions of
`config/datasette.yaml`. `safety` says who is answered, `hooks` is what datasette is told of us, `public` is what
differs where strangers read.

datasette runs in the process of `serve` itself, on a socket that is bound beforehand: the port is known before the
first request, an occupied one is told at once, and signals reach the server without a go-between.
"""

import asyncio
import errno
import logging
import resource
import socket
from collections.abc import Collection, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any, Final

import uvicorn
from datasette.app import Datasette  # type: ignore[import-untyped]  # datasette ships no types
from datasette.plugins import DEFAULT_PLUGINS, pm  # type: ignore[import-untyped]  # as above

from monitor import signals
from monitor.clock import Clock, utc_now
from monitor.editions.dictionary import metadata
from monitor.errors import MonitorError, StoreError
from monitor.site import hooks, public
from monitor.site.asking import NAME
from monitor.site.counting import Counted
from monitor.site.safety import LOCAL_NAMES, App, Message, Receive, Send, guarded
from monitor.site.spreadsheets import fit
from monitor.store import Store

MEMORY: Final = 384 << 20  # bytes, below the 512 MB of the container in docker-compose.yml; pages take 60 to 120

HOST: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104  # as in a container, whose engine decides who reaches it

_HERE: Final = Path(__file__).parent

# Suggested facets cost a second a page at a million rows; a live file in WAL mode must not be downloaded as a file,
# and unbounded CSV is a way around the row limit (RELIABILITY.md 7, W2, W3). SQL is on: the store is the reader's own.
SETTINGS: Final[dict[str, int | bool]] = {
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "num_sql_threads": 3,
    "sql_time_limit_ms": 2000,
    "facet_time_limit_ms": 300,
    "suggest_facets": False,
    "allow_download": False,
    "allow_csv_stream": False,
    "max_csv_mb": 20,
    "truncate_cells_html": 200,
    "default_cache_ttl": 0,
}


def confine() -> None:
    """Return with the memory of this process bounded: a request that needs more fails alone (RELIABILITY.md W2).

    A thousand rows of five megabytes each keep to every bound of SQLite. Raises nothing where there is no such bound.
    """
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, hard))


def viewer(store: Path, host: str = HOST, clock: Clock = utc_now) -> App:
    """Return the application that shows a store; raises StoreError, with the remedy, for one that cannot be shown.

    It answers requests for this machine, and for `host`, the address it listens on, unless that is every address.

    The file is opened with mode=ro, never as immutable: it is live, and immutable readers get wrong answers (W11).
    """
    path = _readable(store)
    datasette = _datasette(SETTINGS, metadata())
    datasette.add_database(Counted(datasette, path=str(path), is_mutable=True), name=NAME)
    return guarded(_timed(fit(datasette.app()), clock), LOCAL_NAMES | ({host} - {EVERYWHERE}))


def public_viewer(copy: Path, names: Collection[str] = (), clock: Clock = utc_now) -> App:
    """Return the application that shows everybody a copy, also when it is replaced; raises StoreError as `viewer` does.

    It answers requests for this machine and for `names`. SQL is off; what else differs is in `public`.
    """
    path = _readable(copy)
    datasette = _datasette({**SETTINGS, **public.SETTINGS}, public.described(metadata()))
    datasette.add_database(public.Replaced(datasette, str(path)), name=NAME)
    return guarded(_timed(fit(datasette.app()), clock), LOCAL_NAMES | ({name.lower() for name in names} - {EVERYWHERE}))


def _readable(store: Path) -> Path:
    with Store.open(store, clock=utc_now, read_only=True) as opened:
        path = opened.path
    if set("?#%") & set(str(path)):
        raise StoreError(f"{path}: datasette cannot open a path with ?, # or % in it; move the store to another")
    return path


def _datasette(settings: dict[str, int | bool], described: dict[str, Any]) -> Datasette:
    """Return a datasette without a database, with our pages and nobody else's plugin (W14)."""
    # Where rich is installed, datasette prints every refused query with a traceback and all local values on standard
    # output: minutes of noise for a typing error, and a standstill once nobody reads that output.
    pm.get_plugin("datasette.handle_exception").rich = None
    for name, plugin in pm.list_name_plugin():
        if name not in {*DEFAULT_PLUGINS, hooks.PLUGIN}:
            pm.unregister(plugin)
    if not pm.has_plugin(hooks.PLUGIN):
        pm.register(hooks, hooks.PLUGIN)
    # It makes its application twice, and each time tells its table of units of ours, which warns of the second time.
    logging.getLogger("datasette.vendored.pint").setLevel(logging.ERROR)
    datasette = Datasette(
        [],
        metadata=described,
        settings=settings,
        template_dir=str(_HERE / "templates"),
        static_mounts=[("static", str(_HERE / "static"))],
    )
    datasette.remove_database("_memory")  # it stands in where no file is named, and would head the front page
    return datasette


def _timed(app: App, clock: Clock) -> App:
    """Return the application with what pages share in each request's scope: the clock, and the turn to download."""
    downloads = asyncio.Lock()

    async def timed(scope: Message, receive: Receive, send: Send) -> None:
        await app({**scope, "clock": clock, "downloads": downloads}, receive, send)

    return timed


@contextmanager
def listener(port: int, host: str = HOST) -> Iterator[socket.socket]:
    """Give a socket bound to an IPv4 address of this machine; raises MonitorError where it or the port cannot be had.

    Port 0 is any that is free.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen()  # what asks before the server is up waits instead of being turned away
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise MonitorError(f"{host} is no address of this machine; name one with --host") from error
            taken = error.errno == errno.EADDRINUSE
            why = "is in use" if taken else f"cannot be used: {error.strerror}"
            raise MonitorError(f"port {port} {why}; name another with --port, or --port 0 for any") from error
        yield bound


async def run(app: App, bound: socket.socket, beside: Coroutine[Any, Any, None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, at whatever moment it comes, and finish what is under way.

    Raises KeyboardInterrupt after SIGINT; SIGTERM is an orderly end. What is to be done `beside` ends with it.
    """
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=5)
    server = _Server(config)
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        server.handle_exit(number, None)

    task = asyncio.create_task(beside) if beside else None
    try:
        with signals.obeyed({number: partial(end, number) for number in (SIGINT, SIGTERM)}):
            await server.serve(sockets=[bound])
    finally:
        if task:
            task.cancel()
    if SIGINT in told:
        raise KeyboardInterrupt


class _Server(uvicorn.Server):
    """A server that is told of signals, instead of catching some of them only while it runs."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield
