"""A worker that never doubts its batches, however long it was frozen: the mistake that the cluster's test must see."""

import sys

from monitor.__main__ import main
from monitor.cluster.worker import Pulse

if __name__ == "__main__":
    Pulse.doubted = Pulse.gone = lambda *_: False
    sys.exit(main())
