"""The internet of `load.py`, in a process of its own, so that its work is not counted.

    python benchmarks/load_site.py --feeds 2000 --per-day 50000 --seed 1

Prints its port and its hosts, then, each time a line arrives on standard input, a line of JSON with all that it ever
showed; after the first nothing new is published.
"""

import argparse
import asyncio
import json
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from faults.hostile import HostileServer
from faults.internet import Internet


async def main(options: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    internet = Internet(options.feeds, options.per_day, options.seed)
    listener = socket.create_server(("0.0.0.0", 0), backlog=1024)  # noqa: S104  # all of 127/8
    async with HostileServer(listener=listener) as server:
        server.behave("*", internet.answer)
        print(server.port, flush=True)
        print(json.dumps(list(internet.feeds)), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            internet.freeze()
            print(json.dumps({"requests": internet.requests, "feeds": internet.shown()}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--per-day", type=float, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(main(parser.parse_args()))
