"""`python -m monitor`, and what the command `layoff-monitor` starts."""

import gc
import signal
from typing import Final

# New objects between two looks for garbage in cycles. Python's 700 come together within two polls, and to look at them
# took 2.4 % of a poll whose answer is 304.
_COLLECT_AFTER: Final = 5_000


def main() -> None:
    """Never return: run the command line and exit with its code.

    Signals that arrive while the program is being loaded wait until somebody can obey them (`monitor.signals`), so
    that a daemon which is told to end in its first half second ends as one that has long been running.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    gc.set_threshold(_COLLECT_AFTER)
    from monitor.cli import layoff_monitor  # noqa: PLC0415  # that is the loading

    layoff_monitor(prog_name="layoff-monitor")


if __name__ == "__main__":
    main()
