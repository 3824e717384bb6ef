"""The control of the SIGKILL loop: the daemon with an outbox that notes a delivery as sent before it sends it."""

import asyncio
from functools import partial

from monitor import __main__, daemon
from monitor.pipeline import Runtime
from monitor.pipeline import deliver as deliver_soundly
from monitor.store import Database


def forget(db: Database) -> list[int]:
    """Mark what waits as sent and return it."""
    due = [row[0] for row in db.execute("select id from deliveries where state in ('pending', 'retrying')")]
    db.execute("update deliveries set state = 'sent', next_attempt_at = null where state in ('pending', 'retrying')")
    return due


def remember(db: Database, due: list[int]) -> None:
    """Undo `forget`, so that the sound code can send."""
    for one in due:
        db.execute("update deliveries set state = 'pending', next_attempt_at = '2000' where id = ?", [one])


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
