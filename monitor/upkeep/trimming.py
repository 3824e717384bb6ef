"""Retention, carried out: rows are found by readers and trimmed by the writer, so few at a time that nobody waits."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from monitor.clock import utc_now
from monitor.pipeline import Runtime
from monitor.settings import Settings
from monitor.store import Store, retention
from monitor.upkeep.rescue import naming_a_copy

logger = logging.getLogger("monitor")


async def command(runtime: Runtime, _args: Mapping[str, Any]) -> dict[str, int]:
    """Trim what the settings say: the writing command `retention`."""
    days = retention.days_of(runtime.settings.retention)
    return await trim(runtime.store, days, runtime.tools.clock(), runtime.tools.stopping)


async def planned(settings: Settings, _args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what retention would trim now, kind by kind: the question `retention`."""
    with naming_a_copy(settings), Store.open(settings.store.path, clock=utc_now, read_only=True) as store:
        return await store.read(partial(retention.plan, days=retention.days_of(settings.retention), now=utc_now()))


async def trim(
    store: Store, days: Mapping[str, int], now: datetime, stopping: Callable[[], bool] = lambda: False
) -> dict[str, int]:
    """Return how many rows of each kind were trimmed; stopped between two batches, the rest is due the next night."""
    done = {kind.key: 0 for kind in retention.KINDS}
    for kind in retention.KINDS:
        at = retention.before(days[kind.key], now)
        after: int | None = 0
        while at is not None and after is not None:
            ids, after = await store.read(partial(retention.find, key=kind.key, at=at, after=after))
            for first in range(0, len(ids), kind.batch):
                if stopping():
                    return done
                batch = ids[first : first + kind.batch]
                done[kind.key] += await store.write(partial(retention.trim, key=kind.key, at=at, ids=batch))
    logger.info("retention.trimmed", extra=done)
    return done
