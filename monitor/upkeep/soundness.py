"""Once a week the whole store is checked while the daemon works: a start looks at a large one for half a minute."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from monitor.clock import from_text, to_text
from monitor.store import Database, Store, audit, meta

EVERY: Final = timedelta(days=7)  # RELIABILITY.md S7
AUDITED: Final = "audited_at"  # key in meta: when the store was last checked as a whole

logger = logging.getLogger("monitor")


async def look(store: Store, now: datetime, stopping: Callable[[], bool]) -> None:
    """Check the store if that is due, by reading, and log what is wrong; what a stop cuts off is due at the next."""
    if not await store.read(partial(is_due, now=now)):
        return
    findings = await store.read(partial(audit.audited, now=now, stopping=stopping))
    if findings is None:
        return
    problems = [finding for finding in findings if finding.level == "problem"]
    for problem in problems:
        logger.critical("store.unsound", extra={"check": problem.check, "text": problem.text, "remedy": problem.remedy})
    await store.write(partial(meta.put, key=AUDITED, value=to_text(now)))
    logger.info("store.audited", extra={"store": str(store.path), "problems": len(problems)})


def is_due(db: Database, now: datetime) -> bool:
    """Return whether the last check, or the making of the store, was over a week ago, or never or in the future."""
    last = meta.get(db, AUDITED) or meta.get(db, "created_at")
    return last is None or not timedelta(0) <= now - from_text(last) < EVERY
