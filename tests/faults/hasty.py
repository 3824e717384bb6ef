"""The daemon that rests for moments only, where the real one rests for a quarter of a minute and longer.

`python hasty.py looking ...`; with "blind" it is the control: there is room for it whatever the system says.
"""

import sys

from monitor import __main__, daemon, pipeline
from monitor.alerts import outbox
from monitor.upkeep import room

if __name__ == "__main__":
    daemon.PAUSE_AFTER_STORE_ERROR_S = room.FIRST_REST_S = 0.2
    daemon.SWEEP_S = 0.5
    pipeline.LEASE_S = outbox.LEASE_S = 2
    if sys.argv.pop(1) == "blind":
        room.judged = lambda _: "disk_enough"
    __main__.main()
