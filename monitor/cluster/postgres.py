"""What is asked of PostgreSQL beside Procrastinate: who is home, which schema it has, and its failures as one error."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import procrastinate
import psycopg
import psycopg_pool
from procrastinate import exceptions

from monitor.errors import MonitorError

_HOME: Final = 0x6C61796F  # the advisory lock of the one home: "layo"
_FAILURES: Final = (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
_SCHEMA: Final = """
    create table if not exists layoff_monitor_engine (version text not null);
    create table if not exists layoff_monitor_workers (
      name text primary key, places int not null, program text not null, seen_at timestamptz not null);
"""


class EngineError(MonitorError):
    """PostgreSQL does not answer, or not as it should; the same may succeed later."""

    retryable = True


@asynccontextmanager
async def told(what: str) -> AsyncIterator[None]:
    """Raise whatever a connection can fail with as an EngineError; no text of it holds the password."""
    try:
        yield
    except _FAILURES as error:
        cause = error.__cause__ or error
        said = " ".join(str(cause).split())[:200] or type(cause).__name__
        raise EngineError(f"{what}: {said}") from error


class Alone:
    """The claim to be the only home: an advisory lock on a connection of its own."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def held(self) -> bool:
        """Return whether this is the one home, taking the place if it is free; raises EngineError if nobody can say."""
        async with told("PostgreSQL does not say who is home"):
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


async def prepare(conninfo: str) -> None:
    """Make what the engine needs in the database, or bring it to the installed version; one side at a time.

    A side that is older than the schema leaves it as it is.
    """
    installed = version("procrastinate")
    async with await psycopg.AsyncConnection.connect(conninfo) as connection:
        await connection.execute("select pg_advisory_xact_lock(%s)", [_HOME + 1])
        await connection.execute(_SCHEMA)
        row = await (await connection.execute("select version from layoff_monitor_engine")).fetchone()
        there = row[0] if row else None
        if there is not None and _numbers(there) >= _numbers(installed):
            return
        for sql in _steps(there, installed):
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
