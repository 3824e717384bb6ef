"""The daemon by a clock that can be set: a file says by how many seconds it is wrong.

python soak_child.py CLOCK_FILE --config monitor.toml run
"""

import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from monitor import __main__, app
from monitor.clock import utc_now


def wrong(file: Path) -> datetime:
    """Return the moment as the file has it."""
    return utc_now() + timedelta(seconds=float(file.read_text(encoding="ascii")))


if __name__ == "__main__":
    app.open_runtime = partial(app.open_runtime, clock=partial(wrong, Path(sys.argv.pop(1))))  # type: ignore[assignment]
    __main__.main()
