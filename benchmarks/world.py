"""A small internet on loopback: so many feeds and their pages on many hosts, cheap enough to measure others by.

    python benchmarks/world.py --feeds 1000 --hosts 200 --mix noisy=20,slow=10,gone=5 --write feeds.txt

Every host is an address of 127.0.0.0/8, all at one port. Prints a line of JSON when it is ready, then takes orders
from standard input, one JSON object a line, and answers each with one: {"grown": 2} has a tenth of the feeds
show so many new entries, {"validators": false} has the sound ones answer 200 with the same bytes whatever they are
asked, {"forget": true} begins a new count of what was seen. Ends with its standard input.

What a feed is (`CHARACTERS`) is drawn from the seed: `--mix` says how many in a thousand are not sound.
"""

import argparse
import asyncio
import json
import resource
import socket
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from publishing import Press

SLOW_S: Final = 1.5
LIVELY_S: Final = 600.0  # a lively feed has a new entry so often
CHARACTERS: Final = {
    "sound": "304 to the right validators, else 200",
    "plain": "200, no validators",
    "noisy": "200, no validators, in other bytes each time: a comment with the time",
    "lively": "a new entry every ten minutes",
    "slow": "answers after a while",
    "limited": "429 with Retry-After",
    "busy": "503 with Retry-After",
    "moved": "moved for good to another host",
    "gone": "410",
    "hanging": "takes the request and says nothing",
    "broken": "breaks off in the middle of an entry, well framed",
}
FEED_TYPE: Final = b"Content-Type: application/xml; charset=utf-8\r\n"
HTML_TYPE: Final = b"Content-Type: text/html; charset=utf-8\r\n"
WORDS: Final = {200: b"OK", 301: b"Moved Permanently", 304: b"Not Modified", 404: b"Not Found", 410: b"Gone"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host says, and after which wait; no status: nothing at all."""

    status: int
    headers: bytes = b""
    body: bytes = b""
    wait_s: float = 0.0

    def raw(self) -> bytes:
        """Return the bytes of the answer."""
        head = b"HTTP/1.1 %d %s\r\n" % (self.status, WORDS.get(self.status, b"Answer"))
        length = b"" if self.status == 304 else b"Content-Length: %d\r\n" % len(self.body)
        return head + self.headers + length + b"\r\n" + self.body


@dataclass(slots=True)
class Seen:
    """What came in since the last count began."""

    answers: Counter[int] = field(default_factory=Counter)  # by status; 0: none was given
    conditional: int = 0
    connections: int = 0
    bytes: int = 0  # of bodies sent
    most_at_once: int = 0  # requests to one host
    least_rest_s: float | None = None  # between the end of an answer and the next request to the same host
    by_host: Counter[str] = field(default_factory=Counter)  # requests

    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        answers = {str(status): count for status, count in sorted(self.answers.items())}
        return {
            "requests": self.answers.total(),
            "answers": answers,
            "conditional": self.conditional,
            "connections": self.connections,
            "body_bytes": self.bytes,
            "most_at_once": self.most_at_once,
            "least_rest_s": self.least_rest_s,
            "most_to_one_host": max(self.by_host.values(), default=0),
        }


class World:
    """The feeds, what they are, and what was asked of them."""

    def __init__(self, press: Press, feeds: int, hosts: int, mix: dict[str, int]) -> None:
        self.press = press
        self.hosts = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(hosts)]
        self.port = 0
        self.feeds = feeds
        self.characters = {n: _drawn(mix, Random(f"{press.seed}/{n}").randrange(1000)) for n in range(feeds)}
        self.grown = 0
        self.validators = True
        self.seen = Seen()
        self.began = time.time()  # since when lively feeds grow
        self.at_once: defaultdict[str, int] = defaultdict(int)
        self.answered: dict[str, float] = {}

    def origin(self, number: int) -> str:
        """Return the scheme and host of a feed."""
        return f"http://{self.hosts[number % len(self.hosts)]}:{self.port}"

    def reply(self, path: str, marks: bytes) -> Reply:
        """Return the answer to a GET; `marks` are the bytes of its header, in lower case."""
        what, *numbers = path.strip("/").split("/")
        if not numbers or not all(number.isdecimal() for number in numbers):
            return Reply(404)
        number, *entry = map(int, numbers)
        match what:
            case "page" if entry:
                return Reply(200, HTML_TYPE, self.press.page(number, entry[0]))
            case "feed" | "moved" if number < self.feeds:
                character = self.characters[number]
                return self._feed(number, "sound" if what == "moved" else character, marks)
        return Reply(404)

    def _feed(self, number: int, character: str, marks: bytes) -> Reply:
        refusals = {
            "limited": Reply(429, b"Retry-After: 600\r\n"),
            "busy": Reply(503, b"Retry-After: 120\r\n"),
            "gone": Reply(410),
            "hanging": Reply(0),
            "moved": Reply(301, f"Location: {self.origin(number + 1)}/moved/{number}\r\n".encode()),
        }
        if character in refusals:
            return refusals[character]
        grown = self.grown if number % 10 == 0 else 0
        if character == "lively":
            grown += int((time.time() - self.began) / LIVELY_S)
        etag = b'"%d-%d"' % (number, grown)
        has_marks = character in {"sound", "slow", "lively"}
        wait_s = SLOW_S if character == "slow" else 0.0
        if has_marks and self.validators and etag in marks:
            return Reply(304, b"ETag: %s\r\n" % etag, wait_s=wait_s)
        body = self.press.feed(number, grown, self.origin(number))
        if character == "noisy":
            body += b"\n<!-- made at %.6f -->" % time.time()
        elif character == "broken":
            body = body[: len(body) * 2 // 3]
        return Reply(200, FEED_TYPE + (b"ETag: %s\r\n" % etag if has_marks else b""), body, wait_s)


def _drawn(mix: dict[str, int], draw: int) -> str:
    for name, share in mix.items():
        if draw < share:
            return name
        draw -= share
    return "sound"


class Connection(asyncio.Protocol):
    """One connection to one host: requests in, answers out, one after another."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._got = b""
        self._owed = 0  # answers

    def connection_lost(self, _: Exception | None) -> None:
        """Owe nothing any more to who left."""
        self._world.at_once[self._host] -= self._owed
        self._owed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        self._transport: Any = transport
        self._host = transport.get_extra_info("sockname")[0]
        self._world.seen.connections += 1

    def data_received(self, data: bytes) -> None:
        """Answer each request whose header is complete; there are no bodies."""
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            self._asked(head)

    def _asked(self, head: bytes) -> None:
        world, seen, now = self._world, self._world.seen, time.monotonic()
        world.at_once[self._host] += 1
        self._owed += 1
        seen.by_host[self._host] += 1
        seen.most_at_once = max(seen.most_at_once, world.at_once[self._host])
        if self._host in world.answered:
            rest_s = now - world.answered[self._host]
            seen.least_rest_s = rest_s if seen.least_rest_s is None else min(seen.least_rest_s, rest_s)
        marks = head.lower()
        seen.conditional += b"\nif-none-match:" in marks or b"\nif-modified-since:" in marks
        reply = world.reply(head.split(b" ", 2)[1].decode("latin-1"), marks)
        seen.answers[reply.status] += 1
        if reply.status:
            closes = b"connection: close" in marks or head.endswith(b"HTTP/1.0")
            answer = (reply, closes)
            asyncio.get_running_loop().call_later(reply.wait_s, self._say, *answer) if reply.wait_s else self._say(
                *answer
            )

    def _say(self, reply: Reply, closes: bool) -> None:  # noqa: FBT001  # called by the loop, which takes no names
        if not self._owed:
            return
        world = self._world
        self._owed -= 1
        world.at_once[self._host] -= 1
        world.answered[self._host] = time.monotonic()
        world.seen.bytes += len(reply.body)
        self._transport.write(reply.raw())
        if closes:
            self._transport.close()


async def listen(world: World, port: int = 0) -> list[asyncio.Server]:
    """Open every host of the world at one port, and tell it which."""
    loop, servers = asyncio.get_running_loop(), []
    world.port = port
    for host in world.hosts:
        made = socket.create_server((host, world.port), backlog=1024)
        world.port = made.getsockname()[1]
        servers.append(await loop.create_server(lambda: Connection(world), sock=made))
    return servers


def obey(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Return what was seen so far, and carry out an order."""
    told = world.seen.told()
    world.grown = order.get("grown", world.grown)
    world.validators = order.get("validators", world.validators)
    if order.get("forget"):
        world.seen = Seen()
    return told


async def main(options: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, options.hosts * 2 + 4096)), hard))
    mix = {name: int(share) for name, _, share in (part.partition("=") for part in options.mix.split(",") if part)}
    if unknown := set(mix) - set(CHARACTERS):
        raise SystemExit(f"--mix: no such character: {', '.join(sorted(unknown))}; there are {', '.join(CHARACTERS)}")
    press = Press(options.seed, options.entries, options.on_topic, options.pages)
    world = World(press, options.feeds, min(options.hosts, options.feeds), mix)
    world.began = options.began or world.began
    servers = await listen(world, options.port)
    addresses = [f"{world.origin(number)}/feed/{number}" for number in range(world.feeds)]
    if options.write:
        options.write.write_text("\n".join(addresses) + "\n")
    told = {"port": world.port, "hosts": len(servers), "feeds": world.feeds}
    print(json.dumps(told | {"characters": Counter(world.characters.values())}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(obey(world, json.loads(line))), flush=True)


def arguments() -> argparse.ArgumentParser:
    """Return what the command takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix", default="", help="feeds in a thousand: noisy=20,slow=10")
    parser.add_argument("--on-topic", type=int, default=50, help="one entry in so many tells of jobs and AI; 0: none")
    parser.add_argument("--began", type=float, help="when lively feeds began to grow (epoch), for the same world again")
    parser.add_argument("--pages", type=Path, help="a folder of HTML to take the markup of pages from")
    parser.add_argument("--write", type=Path, help="a file to write the feeds' addresses to")
    return parser


if __name__ == "__main__":
    asyncio.run(main(arguments().parse_args()))
