"""A worker of a cluster as a process: signals, tools, and the engine that brings it batches."""

import asyncio
import logging
import os
import socket
from signal import SIGHUP, SIGINT, SIGTERM
from typing import Final

from monitor import app, signals
from monitor.settings import Settings

logger = logging.getLogger("monitor")

INTERRUPTED: Final = 130


async def run(settings: Settings) -> int:
    """Work for the home of a cluster until the first SIGTERM, SIGINT or SIGHUP; return the exit code, as `daemon.run`.

    Raises UsageError without a cluster in the settings, EngineError if PostgreSQL cannot be reached.
    """
    told = signals.Told(None)
    name = f"{socket.gethostname()}-{os.getpid()}"
    try:
        with signals.obeyed({SIGTERM: told.to_end, SIGINT: told.to_end, SIGHUP: told.to_end}):
            async with app.engine_of(settings.cluster) as engine, app.open_tools(settings) as tools:
                from monitor.cluster import serve  # noqa: PLC0415  # an optional package, there by now

                _ = tools.classifier.id  # word files that cannot be read end the start, and not the first batch
                logger.info("worker.started", extra={"worker": name})
                await serve(engine, tools, name=name, places=settings.cluster.places, stop=told.stop)
    except asyncio.CancelledError:
        if not told.twice:
            raise
        logger.warning("worker.cut_off")
        return INTERRUPTED
    logger.info("worker.stopped")
    return 0
