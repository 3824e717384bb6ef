"""Workers elsewhere: the extra `cluster`. Home keeps schedule, ledger, store and alerts; workers carry out batches.

PostgreSQL carries the batches out and the results back; nothing in it is needed once it is stopped. The stages that
run in a worker are those of `dispatch`, the same as on one machine.
"""

from monitor.cluster.engine import Engine, Pace, Standing
from monitor.cluster.home import Home
from monitor.cluster.postgres import EngineError
from monitor.cluster.worker import serve

__all__ = ["Engine", "EngineError", "Home", "Pace", "Standing", "serve"]
