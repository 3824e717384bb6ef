"""Bodies that are small on the wire and enormous inside: refused early, at the cost of a few MiB."""

import asyncio
import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from faults.hostile import HostileServer, deflate_bomb

from monitor.fetch.decode import BOMB_FLOOR_BYTES, STEP_BYTES, Body, DecodeError, codings
from monitor.model import Reason

CHILD = Path(__file__).with_name("bomb_child.py")
ROOM_MIB = 192
MAX_RISE_KIB = 32 * 1024

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to bound a process")


def brotli_bomb(mib: int) -> bytes:
    press = brotli.Compressor(quality=5)
    zeros = bytes(1 << 20)
    return b"".join(press.process(zeros) for _ in range(mib)) + press.finish()


def zstd_bomb(mib: int) -> bytes:
    """Return a frame of runs of zeros, 128 KiB each, made by hand (RFC 8878 3.1.1), for not every Python has zstd."""
    runs = mib * 8
    head = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([(23 - 10) << 3])  # no sizes, no sum; a window of 8 MiB
    run, last = (((128 << 10) << 3 | 1 << 1 | end).to_bytes(3, "little") + b"\0" for end in (0, 1))
    return head + run * (runs - 1) + last


def gzipped(body: bytes) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, 31)
    return press.compress(body) + press.flush()


Maker = Callable[[], bytes]
BOMBS: dict[str, tuple[str, Maker]] = {  # a GiB each, or more
    "gzip": ("gzip", lambda: deflate_bomb(1024, wbits=31)),
    "zlib deflate": ("deflate", lambda: deflate_bomb(1024, wbits=15)),
    "bare deflate": ("deflate", lambda: deflate_bomb(1024)),
    "brotli": ("br", lambda: brotli_bomb(1024)),
    "zstd": ("zstd", lambda: zstd_bomb(1024)),
    "gzip in gzip": ("gzip, gzip", lambda: gzipped(deflate_bomb(4096, wbits=31))),
    "gzip in brotli": ("gzip, br", lambda: brotli.compress(deflate_bomb(1024, wbits=31), quality=5)),
    "brotli in gzip": ("br, gzip", lambda: gzipped(brotli_bomb(1024))),
    "three codings": ("gzip, gzip, gzip", lambda: gzipped(gzipped(gzipped(b"x")))),
}


def offered(coding: str) -> bool:
    return all(layer in codings() for layer in coding.split(", "))


# What was not offered is not undone at all; zstd is where Python brings it (3.14).
ENDS = {name: Reason.TOO_COMPRESSED if offered(coding) else Reason.BAD_HTTP for name, (coding, _) in BOMBS.items()}


@pytest.fixture
async def site() -> AsyncIterator[HostileServer]:
    async with HostileServer() as server:
        server.serve("/harmless", gzipped(b"<p>hello</p>" * 1000), {"Content-Encoding": "gzip"})
        yield server


def served(site: HostileServer, name: str) -> str:
    """Return the path at which a bomb lies now."""
    coding, made = BOMBS[name]
    path = f"/{name.replace(' ', '-')}"
    site.serve(path, made(), {"Content-Encoding": coding})
    return path


async def outcomes(client: str, site: HostileServer, paths: list[str]) -> list[dict[str, Any]]:
    urls = [site.url(path) for path in ("/harmless", *paths)]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(CHILD),
        client,
        str(ROOM_MIB),
        *urls,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=CHILD.parents[2],
        env={"PYTHONPATH": str(CHILD.parents[2]), "PATH": "/usr/bin:/bin"},
    )
    async with asyncio.timeout(30):
        printed, complaint = await child.communicate()
    lines = [json.loads(line) for line in printed.splitlines()]
    return lines or [{"outcome": f"died {child.returncode}: {complaint.decode()[-500:]}", "rose_kib": 0}]


async def test_no_bomb_goes_off(site: HostileServer, counted: Callable[[str, int], None]) -> None:
    seen = await outcomes("gate", site, [served(site, name) for name in BOMBS])

    counted("bombs", len(seen))
    assert {name: one["outcome"] for name, one in zip(BOMBS, seen, strict=True)} == ENDS
    assert max(one["rose_kib"] for one in seen) < MAX_RISE_KIB


async def test_control_counting_the_bytes_of_plain_httpx_does_not_help(site: HostileServer) -> None:
    (seen,) = await outcomes("httpx", site, [served(site, "brotli")])

    assert seen["outcome"] == "out of memory"


# --- the decoder by itself ---------------------------------------------------------------------------------

TEXT = bytes(range(256)) * 3000 + b"the end"


def raw_deflated(body: bytes) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(body) + press.flush()


ENCODED = {
    "nothing": ([], TEXT),
    "identity": (["identity"], TEXT),
    "gzip": (["gzip"], gzipped(TEXT)),
    "gzip by its old name": (["X-GZIP"], gzipped(TEXT)),
    "gzip in two members": (["gzip"], gzipped(TEXT[:1000]) + gzipped(TEXT[1000:])),
    "gzip with padding": (["gzip"], gzipped(TEXT) + bytes(100)),
    "zlib deflate": (["deflate"], zlib.compress(TEXT)),
    "bare deflate": (["deflate"], raw_deflated(TEXT)),
    "brotli": (["br"], brotli.compress(TEXT)),
    "gzip, then brotli": (["gzip", "br"], brotli.compress(gzipped(TEXT))),
}


@pytest.mark.parametrize("size", [1, 1000, 10**9])
@pytest.mark.parametrize(("names", "body"), ENCODED.values(), ids=ENCODED)
def test_a_body_is_decoded_whatever_its_pieces(names: list[str], body: bytes, size: int) -> None:
    decoder = Body(names, 10**6)
    for start in range(0, len(body), size):
        decoder.feed(body[start : start + size])

    assert decoder.finish() == TEXT


@pytest.mark.parametrize("length", [STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, 2 * STEP_BYTES, 3 * STEP_BYTES + 258])
@pytest.mark.parametrize("name", ["gzip", "bare deflate", "br"])
def test_nothing_is_lost_where_a_step_ends(name: str, length: int) -> None:
    body = (b"abcdefgh" * (length // 8 + 1))[:length]
    press = {"gzip": gzipped, "bare deflate": raw_deflated, "br": brotli.compress}[name]
    decoder = Body([name.removeprefix("bare ")], 10**6)
    decoder.feed(press(body))

    assert decoder.finish() == body


@pytest.mark.parametrize(("names", "body"), [v for k, v in ENCODED.items() if "padding" not in k and v[0]][1:])
def test_a_coding_without_its_end_is_truncated(names: list[str], body: bytes) -> None:
    decoder = Body(names, 10**6)
    decoder.feed(body[:-1])

    with pytest.raises(DecodeError) as caught:
        decoder.finish()

    assert caught.value.reason is Reason.TRUNCATED


@pytest.mark.parametrize("name", codings())
def test_an_empty_body_needs_no_end_marker(name: str) -> None:
    assert Body([name], 1000).finish() == b""


def reason_of(names: list[str], body: bytes, max_bytes: int) -> Reason | None:
    try:
        decoder = Body(names, max_bytes)
        decoder.feed(body)
        decoder.finish()
    except DecodeError as error:
        return error.reason
    return None


LIMITED = {
    "plain, at the limit": ([], bytes(1000), 1000, None),
    "plain, over the limit": ([], bytes(1001), 1000, Reason.TOO_LARGE),
    "honest gzip, at the limit": (["gzip"], gzipped(TEXT), len(TEXT), None),
    "honest gzip, over the limit": (["gzip"], gzipped(TEXT), len(TEXT) - 1, Reason.TOO_LARGE),
    "very repetitive but small": (["gzip"], gzipped(bytes(BOMB_FLOOR_BYTES)), 10**7, None),
    "very repetitive and not small": (["gzip"], gzipped(bytes(BOMB_FLOOR_BYTES + 1)), 10**7, Reason.TOO_COMPRESSED),
    "an unknown coding": (["compress"], b"x", 1000, Reason.BAD_HTTP),
    "no gzip": (["gzip"], b"<html>", 1000, Reason.BAD_HTTP),
    "no deflate": (["deflate"], b"\xff\xff\xff\xff", 1000, Reason.BAD_HTTP),
    "no brotli": (["br"], b"\xff\xff\xff\xff", 1000, Reason.BAD_HTTP),
    "a wrong sum": (["gzip"], gzipped(TEXT)[:-8] + bytes(8), 10**7, Reason.BAD_HTTP),
}


@pytest.mark.parametrize(("names", "body", "max_bytes", "reason"), LIMITED.values(), ids=LIMITED)
def test_a_limit_or_a_broken_coding_ends_it(
    names: list[str], body: bytes, max_bytes: int, reason: Reason | None
) -> None:
    assert reason_of(names, body, max_bytes) is reason


def test_with_cut_the_first_bytes_are_enough() -> None:
    decoder = Body(["gzip"], 1000, cut=True)
    decoder.feed(deflate_bomb(100, wbits=31)[:5000])

    assert decoder.full
    assert decoder.finish() == bytes(1000)
