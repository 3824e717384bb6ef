"""PostgreSQL as the carrier of batches and results, through Procrastinate. The only file with either.

It keeps no news: what is lost with it is work under way, which home hands out again. Both queues are shallow (home
never has more out than its workers can take), one lock a registrable domain keeps two batches of it apart even where
home has forgotten the first (measured, with the traps this goes around, in docs/decisions/0034).
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import procrastinate
import psycopg
import psycopg_pool
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from psycopg.conninfo import make_conninfo

from monitor.errors import MonitorError

logger = logging.getLogger("monitor")

FETCH: Final = "fetch"  # the queue of batches, taken by workers
RESULTS: Final = "results"  # the queue of results, taken by home
MOST_TRIES: Final = 3  # of one batch, by workers that died over it
_TASKS: Final = {FETCH: "monitor.fetch", RESULTS: "monitor.result"}
_HOME: Final = 0x6C61796F  # the advisory lock of the one home: "layo"
_FAILURES: Final = (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
_CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms; without these a connection that is half open hangs for hours
    "options": "-c statement_timeout=30000 -c timezone=UTC",
}
_SCHEMA: Final = """
    create table if not exists layoff_monitor_engine (version text not null);
    create table if not exists layoff_monitor_workers (
      name text primary key, places int not null, program text not null, seen_at timestamptz not null);
"""

Handler = Callable[[str], Awaitable[None]]  # takes the payload of one job; the job has ended when it returns


class EngineError(MonitorError):
    """PostgreSQL does not answer, or not as it should; the same may succeed later."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a side says that it lives and how soon the others doubt it, in seconds."""

    heartbeat_s: float = 5.0
    stale_s: float = 30.0
    look_s: float = 1.0  # for jobs of which no notice came


@dataclass(frozen=True, slots=True)
class Standing:
    """What the engine holds now."""

    waiting: int  # batches that no worker has taken
    running: int
    results: int  # that home has not written yet
    failed: int
    workers: int
    places: int  # of all workers that were heard lately


class _Fenced(procrastinate.manager.JobManager):
    """A manager that ends only jobs which are still its worker's: one taken for dead may have lost them to another."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001  # as inherited
        """Set a job to its end, if it is still with the worker that took it."""
        if await self._is_ours(job):
            await super().finish_job(job, status, delete_job)

    async def retry_job(self, job: Job, *args: Any, **kwargs: Any) -> None:
        """Let a job be taken once more, if it is still with the worker that took it."""
        if await self._is_ours(job):
            await super().retry_job(job, *args, **kwargs)

    async def _is_ours(self, job: Job) -> bool:
        sql = "select worker_id from procrastinate_jobs where id = %(job)s"
        found = await self.connector.execute_query_all_async(sql, job=job.id)
        return [row["worker_id"] for row in found] == [job.worker_id]


class Engine:
    """One connection pool to PostgreSQL; an asynchronous context manager. Raises EngineError."""

    def __init__(self, url: str, pace: Pace) -> None:
        self.pace = pace
        try:
            self._conninfo = make_conninfo(url, **_CONNECTION)
        except psycopg.Error as error:
            raise EngineError(f"[cluster] url is not one of PostgreSQL: {error}") from error
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=8, timeout=5)
        )
        self._app.job_manager = _Fenced(self._app.connector)

    async def __aenter__(self) -> Self:
        """Connect, and make or bring up to date what the engine needs there."""
        async with _told("PostgreSQL cannot be reached"):
            await _reachable(self._conninfo)
            await self._app.open_async()
            await _schema(self._conninfo)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let all connections go."""
        async with _told("PostgreSQL could not be left in order"):
            await self._app.close_async()

    async def send(self, queue: str, payload: str, *, lock: str | None = None) -> int:
        """Return the id of a new job with this payload."""
        async with _told("a job could not be handed to PostgreSQL"):
            return await self._app.configure_task(_TASKS[queue], queue=queue, lock=lock).defer_async(payload=payload)

    async def recall(self, job: int) -> bool:
        """Return whether a job that nobody had taken was taken back."""
        async with _told("a job could not be taken back"):
            return await self._app.job_manager.cancel_job_by_id_async(job, delete_job=True)

    async def recall_all(self) -> None:
        """Take back all batches that nobody has taken."""
        async with _told("old jobs could not be taken back"):
            sql = "delete from procrastinate_jobs where queue_name = %(queue)s and status = 'todo'"
            await self._app.connector.execute_query_async(sql, queue=FETCH)

    async def take(self, queue: str, handler: Handler, *, places: int, grace_s: float) -> None:
        """Take jobs of a queue, so many at a time, until cancelled; then let those in hand end within `grace_s`.

        Ends early, with EngineError, when PostgreSQL goes away.
        """

        async def run(payload: str) -> None:
            await handler(payload)

        retrying = procrastinate.RetryStrategy(max_attempts=MOST_TRIES, wait=5)
        self._app.tasks.clear()
        self._app.task(name=_TASKS[queue], queue=queue, retry=retrying)(run)
        async with _told("PostgreSQL went away"):
            await self._app.run_worker_async(
                queues=[queue],
                concurrency=places,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=self.pace.look_s,
                abort_job_polling_interval=30,
                update_heartbeat_interval=self.pace.heartbeat_s,
                stalled_worker_timeout=self.pace.stale_s,
                shutdown_graceful_timeout=grace_s,
            )
        raise EngineError("PostgreSQL went away")

    async def announce(self, name: str, places: int) -> None:
        """Say that a worker lives, and how many batches it carries at a time; 0: it is leaving."""
        sql = """
            insert into layoff_monitor_workers values (%(name)s, %(places)s, %(program)s, now())
            on conflict (name) do update set places = excluded.places, seen_at = now()
        """
        async with _told("PostgreSQL did not hear that this worker lives"):
            await self._app.connector.execute_query_async(
                sql, name=name, places=places, program=version("layoff-monitor")
            )

    async def sweep(self) -> int:
        """Return how many jobs of workers that are silent were given to others; after `MOST_TRIES` one has failed."""
        manager = self._app.job_manager
        again = 0
        async with _told("jobs of silent workers could not be freed"):
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self.pace.stale_s):
                if job.id is not None and (job.queue == RESULTS or job.attempts < MOST_TRIES):
                    await manager.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))
                    again += 1
                elif job.id is not None:
                    await manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=False)
        return again

    async def standing(self) -> Standing:
        """Return what the engine holds."""
        sql = """
            select count(*) filter (where queue_name = 'fetch' and status = 'todo') as waiting,
              count(*) filter (where queue_name = 'fetch' and status = 'doing') as running,
              count(*) filter (where queue_name = 'results' and status in ('todo', 'doing')) as results,
              count(*) filter (where status = 'failed') as failed,
              (select count(*) from layoff_monitor_workers w where w.places > 0
                and w.seen_at > now() - make_interval(secs => %(stale)s)) as workers,
              (select coalesce(sum(w.places), 0) from layoff_monitor_workers w
                where w.seen_at > now() - make_interval(secs => %(stale)s)) as places
            from procrastinate_jobs
        """
        async with _told("PostgreSQL does not say what it holds"):
            found = await self._app.connector.execute_query_one_async(sql, stale=self.pace.stale_s)
        return Standing(**found)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator["Alone"]:
        """Give the claim to be the one home of this database, which lasts as long as its connection."""
        claim = Alone(self._conninfo)
        try:
            yield claim
        finally:
            await claim.close()


class Alone:
    """The claim to be the only home: an advisory lock on a connection of its own."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def held(self) -> bool:
        """Return whether this is the one home, taking the place if it is free; raises EngineError if nobody can say."""
        async with _told("PostgreSQL does not say who is home"):
            try:
                return await self._ask()
            except psycopg.Error:
                await self.close()
                return await self._ask()

    async def _ask(self) -> bool:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
            taken = await self._connection.execute("select pg_try_advisory_lock(%s)", [_HOME])
            row = await taken.fetchone()
            if row is None or not row[0]:
                await self.close()
                return False
        await self._connection.execute("select 1")
        return True

    async def close(self) -> None:
        """Give the place up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


@asynccontextmanager
async def _told(what: str) -> AsyncIterator[None]:
    """Raise whatever a connection can fail with as an EngineError; no text of it holds the password."""
    try:
        yield
    except _FAILURES as error:
        cause = error.__cause__ or error
        said = " ".join(str(cause).split())[:200] or type(cause).__name__
        raise EngineError(f"{what}: {said}") from error


async def _reachable(conninfo: str) -> None:
    """Connect once, because a pool that cannot would keep trying in silence."""
    async with await psycopg.AsyncConnection.connect(conninfo):
        """Whoever answers is enough."""


async def _schema(conninfo: str) -> None:
    """Make what the engine needs in the database, or bring it to the installed version; one side at a time."""
    installed = version("procrastinate")
    async with await psycopg.AsyncConnection.connect(conninfo) as connection:
        await connection.execute("select pg_advisory_xact_lock(%s)", [_HOME + 1])
        await connection.execute(_SCHEMA)
        there = await (await connection.execute("select version from layoff_monitor_engine")).fetchone()
        for sql in _steps(there[0] if there else None, installed):
            await connection.execute(sql)
        await connection.execute("delete from layoff_monitor_engine")
        await connection.execute("insert into layoff_monitor_engine values (%s)", [installed])


def _steps(there: str | None, installed: str) -> list[bytes]:
    """Return the SQL that brings Procrastinate's schema from one of its versions to another; None: from nothing."""
    schema = procrastinate.schema.SchemaManager
    if there is None:
        return [schema.get_schema().encode()]
    files = sorted(Path(schema.get_migrations_path()).glob("*.sql"))
    since = [file for file in files if _numbers(there) < _numbers(file.name.split("_")[0]) <= _numbers(installed)]
    return [file.read_bytes() for file in since]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3])
