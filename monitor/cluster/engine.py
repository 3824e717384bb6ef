"""PostgreSQL as the carrier of batches and results, through Procrastinate. Only here and in `postgres` is either.

It keeps no news: what is lost with it is work under way, which home hands out again. Both queues are shallow (home
never has more out than its workers can take), one lock a registrable domain keeps two batches of it apart even where
home has forgotten the first (measured, with the traps this goes around, in docs/decisions/0034). Only PostgreSQL's
clock counts.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Any, Final, Literal, Self

import procrastinate
import psycopg
from procrastinate.jobs import Job, Status
from psycopg.conninfo import make_conninfo

from monitor.cluster.postgres import Alone, EngineError, prepare, told

FETCH: Final = "fetch"  # the queue of batches, taken by workers
RESULTS: Final = "results"  # the queue of results, taken by home
MOST_TRIES: Final = 3  # of one batch, by workers that died over it
_TASKS: Final = {FETCH: "monitor.fetch", RESULTS: "monitor.result"}
_CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms; without these a connection that is half open hangs for hours
    "options": "-c statement_timeout=30000 -c timezone=UTC",
}
_SWEEP: Final = """
    with silent as materialized (
      select j.id, j.queue_name = 'results' or j.attempts + 1 < %(most)s as again
      from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
      where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %(stale)s))
      for update of j skip locked
    )
"""
_FREE: Final = f"{_SWEEP} select procrastinate_retry_job_v2(id, null, null, null, null) from silent where again"  # noqa: S608  # ours
_FAIL: Final = f"{_SWEEP} select procrastinate_finish_job_v1(id, 'failed', false) from silent where not again"  # noqa: S608  # ours
_FORGET: Final = (
    """
    delete from procrastinate_jobs j where status = 'failed' and not exists (
      select 1 from procrastinate_events e where e.job_id = j.id and e.at > now() - interval '7 days')
    """,
    "delete from layoff_monitor_workers where seen_at < now() - interval '1 day'",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that was taken: what it carries, what it and its taker are called there, and how often it was taken before.

    Without the last a worker that was taken for dead, and took its own job anew, would end that with its old answer.
    """

    payload: str
    job: int | None
    worker: int | None
    attempts: int


Handler = Callable[[Taken], Awaitable[None]]  # the job has ended when it returns
Fate = Literal["untouched", "running", "over"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a side says that it lives and how soon the others doubt it, in seconds."""

    heartbeat_s: float = 5.0
    stale_s: float = 30.0
    look_s: float = 1.0  # for jobs of which no notice came
    retry_s: float = 5.0  # until a job whose handler failed is taken again


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

    def __init__(self, connector: procrastinate.PsycopgConnector, retry_s: float) -> None:
        super().__init__(connector)
        self.worker: int | None = None  # what PostgreSQL calls this process since it takes jobs
        self._retry_s = retry_s

    async def register_worker(self) -> int:
        """Return as whom this process takes jobs."""
        self.worker = await super().register_worker()
        return self.worker

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001  # as inherited
        """Set a job to its end, if it is still with the worker that took it."""
        ending = "procrastinate_finish_job_v1(id, %(status)s, %(delete)s)"
        await self._if_ours(job, ending, status=status.value, delete=delete_job)

    async def retry_job(self, job: Job, *_args: Any, **_kwargs: Any) -> None:
        """Let a job be taken once more, by the clock of PostgreSQL, if it is still with the worker that took it."""
        again = "procrastinate_retry_job_v2(id, now() + make_interval(secs => %(wait)s), null, null, null)"
        await self._if_ours(job, again, wait=self._retry_s)

    async def _if_ours(self, job: Job, call: str, **values: Any) -> None:
        sql = f"""
            with ours as materialized (select id from procrastinate_jobs
              where id = %(job)s and worker_id = %(worker)s and attempts = %(attempts)s and status = 'doing' for update)
            select {call} from ours
        """  # noqa: S608  # of the two calls above
        taken = {"job": job.id, "worker": job.worker_id, "attempts": job.attempts}
        await self.connector.execute_query_async(sql, **taken, **values)


class Engine:
    """One connection pool to PostgreSQL; an asynchronous context manager. Raises EngineError."""

    def __init__(self, url: str, pace: Pace) -> None:
        self.pace = pace
        try:
            self._conninfo = make_conninfo(url, **_CONNECTION)
        except psycopg.Error as error:
            raise EngineError(f"[cluster] url is not one of PostgreSQL: {error}") from error
        connector = procrastinate.PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=8, timeout=5)
        self._app = procrastinate.App(connector=connector)
        self._manager = self._app.job_manager = _Fenced(connector, pace.retry_s)

    async def __aenter__(self) -> Self:
        """Connect, and make or bring up to date what the engine needs there."""
        async with told("PostgreSQL cannot be reached"):
            await prepare(self._conninfo)  # first: a pool that cannot connect would keep trying in silence
            await self._app.open_async()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let all connections go."""
        async with told("PostgreSQL could not be left in order"):
            await self._app.close_async()

    async def send(self, queue: str, payload: str, *, lock: str | None = None, name: str | None = None) -> None:
        """Make a job with this payload; what waits has a name of its own, if any."""
        async with told("a job could not be handed to PostgreSQL"):
            task = self._app.configure_task(_TASKS[queue], queue=queue, lock=lock, queueing_lock=name)
            await task.defer_async(payload=payload)

    async def answer(self, taken: Taken, payload: str) -> bool:
        """Return whether a result was sent and its batch ended, both or neither: not if it has been taken anew."""
        sql = """
            with ours as (
              delete from procrastinate_jobs
              where id = %(job)s and worker_id = %(worker)s
                and (status = 'doing' and attempts = %(attempts)s or status = 'todo' and attempts = %(attempts)s + 1)
              returning id
            )
            select procrastinate_defer_jobs_v1(
              array[row(%(queue)s, %(task)s, 0, null, null, %(args)s, null)::procrastinate_job_to_defer_v1]) from ours
        """
        result = {"queue": RESULTS, "task": _TASKS[RESULTS], "args": {"payload": payload}}
        async with told("a result could not be handed to PostgreSQL"):
            return bool(await self._all(sql, job=taken.job, worker=taken.worker, attempts=taken.attempts, **result))

    async def out(self) -> dict[str, str]:
        """Return the batches that wait or are under way: their names with what they lock, which may be nothing."""
        sql = """
            select queueing_lock as name, coalesce(lock, '') as lock from procrastinate_jobs
            where queue_name = 'fetch' and status in ('todo', 'doing') and queueing_lock is not null
        """
        async with told("PostgreSQL does not say which batches are out"):
            return {row["name"]: row["lock"] for row in await self._all(sql)}

    async def withdraw(self, name: str) -> Fate:
        """Take a batch back if no worker has it; return whether any ever had, has, or had it and it is over."""
        waits = "delete from procrastinate_jobs where queueing_lock = %(name)s and status = 'todo' returning attempts"
        runs = "select 1 from procrastinate_jobs where queueing_lock = %(name)s and status = 'doing'"
        async with told("a batch could not be taken back"):
            if found := await self._all(waits, name=name):
                return "over" if found[0]["attempts"] else "untouched"
            return "running" if await self._all(runs, name=name) else "over"  # asked after: it may just have been taken

    async def take(self, queue: str, handler: Handler, *, places: int, grace_s: float) -> None:
        """Take jobs of a queue, so many at a time, until cancelled; then let those in hand end within `grace_s`.

        Ends early, with EngineError, when PostgreSQL goes away.
        """

        async def run(context: procrastinate.JobContext, payload: str) -> None:
            await handler(Taken(payload, context.job.id, context.job.worker_id, context.job.attempts))

        retrying = procrastinate.RetryStrategy(max_attempts=MOST_TRIES)
        self._app.tasks.clear()
        self._app.task(name=_TASKS[queue], queue=queue, retry=retrying, pass_context=True)(run)
        try:
            async with told("PostgreSQL went away"):
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
        except EngineError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # what fails while it is stopped must not keep it from stopping
                raise asyncio.CancelledError from None
            raise
        raise EngineError("PostgreSQL went away")

    async def announce(self, name: str, places: int) -> None:
        """Say that a worker lives, and how many batches it carries at a time; 0: it is leaving.

        Its jobs live with it: between two connections, too, when it takes none but has some in hand.
        """
        sql = """
            with alive as (update procrastinate_workers set last_heartbeat = now() where id = %(worker)s)
            insert into layoff_monitor_workers values (%(name)s, %(places)s, %(program)s, now())
            on conflict (name) do update set places = excluded.places, seen_at = now()
        """
        async with told("PostgreSQL did not hear that this worker lives"):
            program, worker = version("layoff-monitor"), self._manager.worker
            await self._app.connector.execute_query_async(sql, name=name, places=places, program=program, worker=worker)

    async def sweep(self) -> int:
        """Return how many jobs of workers that are silent were given to others; after `MOST_TRIES` one has failed.

        What failed a week ago is forgotten, and who was not heard for a day.
        """
        values = {"stale": self.pace.stale_s, "most": MOST_TRIES}
        async with told("jobs of silent workers could not be freed"):
            again = len(await self._all(_FREE, **values))
            await self._all(_FAIL, **values)
            for sql in _FORGET:
                await self._app.connector.execute_query_async(sql)
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
        async with told("PostgreSQL does not say what it holds"):
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

    async def _all(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        return await self._app.connector.execute_query_all_async(sql, **values)
