"""The control of the SIGKILL loop: the daemon with an outbox that notes a delivery as sent before it sends it."""

import asyncio
from datetime import timedelta
from functools import partial

from monitor import __main__, daemon
from monitor.clock import utc_now
from monitor.pipeline import Runtime
from monitor.pipeline import deliver as deliver_soundly
from monitor.store import Database, messages


def forget(db: Database) -> list[int]:
    """Mark what is due as sent and return it."""
    lease = messages.Lease(60, timedelta(0), timedelta(0), lambda _: None)
    due = [job.id for job in messages.lease_due(db, lease, utc_now(), 100)]
    for one in due:
        messages.end_attempt(db, one, messages.End("sent", None, None, None), utc_now())
    return due


def remember(db: Database, due: list[int]) -> None:
    """Undo `forget`, so that the sound code can send."""
    for one in due:
        sql = "update messages set state = 'pending', next_attempt_at = '2000', ended_at = null where id = ?"
        db.execute(sql, [one])


async def deliver(runtime: Runtime) -> int:
    """Note first, then linger as a busy sender does, then send."""
    due = await runtime.store.write(forget)
    if not due:
        return 0
    await asyncio.sleep(1.0)
    await runtime.store.write(partial(remember, due=due))
    return await deliver_soundly(runtime)


if __name__ == "__main__":
    daemon.deliver = deliver
    __main__.main()
