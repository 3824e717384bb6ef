"""Inputs nobody thought of: a small mutation fuzzer that needs no coverage, and whose every run can be had again.

A target knows documents of its kind (seeds), the words its grammar is made of (tokens), and a run: bytes in, and out
the shape of what came of them, a short value that tells one way of ending from another. Whatever a run raises is a
finding; it catches the errors that are ours itself. An input with a shape not seen before joins the seeds, so that
the next mutants start where the last ones got to.
"""

import signal
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from traceback import extract_tb
from typing import Any, Final

LONGEST: Final = 4096  # bytes of an input; what is quadratic is looked for elsewhere
_MOST_KEPT: Final = 400  # inputs of new shapes, per target
_ODD: Final = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r\n", b"\n", b"\r", b"\t", b" ", b"\x1b[2J", b"\x85"),
    *("\u2028".encode(), "\u202e".encode(), "\u0301".encode() * 40, "\ud800".encode("utf-8", "surrogatepass")),
    *("\U0001f600".encode(), "ß".encode(), "İ".encode(), "①".encode(), "٣".encode(), "\ufffe".encode()),
    *(b"0", b"-1", b"9" * 20, b"9" * 400, b"1e999", b"NaN", b"0001-01-01", b"9999-12-31T23:59:59-14:00"),
    *(b"'", b'"', b"\\", b"\\u0000", b"\\ud800", b"&", b"<", b">", b"%", b"%00", b"%zz", b"[", b"]", b"{", b"}"),
    *(b"[" * 60, b"{" * 60, b"(" * 60, b"http://[", b"//", b"~nobody/x", b"=cmd()", b"{{7*7}}", b"a" * 300),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One parser of ours with what is promised of it."""

    name: str
    run: Callable[[bytes], Hashable]  # raises for whatever breaks the promise
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()
    share: int = 8  # of the runs of all targets: the costly ones have less


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that broke a promise."""

    target: str
    data: bytes
    error: str

    def __str__(self) -> str:
        """Return what went wrong and with what, on one line."""
        return f"{self.target}: {self.error} with {self.data!r}"


def text_of(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 becomes lone surrogates, which sources have too."""
    return data.decode("utf-8", "surrogateescape")


def runs_of(target: Target, targets: tuple[Target, ...], all_runs: int) -> int:
    """Return how many of all runs this target gets; the parts of all targets make at least the whole."""
    return -(-all_runs * target.share // sum(one.share for one in targets))


def fuzz(target: Target, luck: Random, runs: int, *, limit_s: float | None = None) -> Iterator[Finding]:
    """Give what so many runs find: the seeds first, then mutants of them; each sort of error once.

    With `limit_s` an input that takes more of the processor's time is a finding too.
    """
    kept = list(target.seeds)
    shapes: set[Hashable] = set()
    seen: set[str] = set()
    for number in range(runs):
        data = kept[number] if number < len(target.seeds) else mutant(kept, target.tokens, luck)
        try:
            with _in_time(limit_s if number >= len(target.seeds) else None):  # the first run may load what it needs
                shape = target.run(data)
        except Exception as error:  # noqa: BLE001  # whatever comes is what is looked for
            place = extract_tb(error.__traceback__)[-1]
            sort = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            if sort not in seen:
                seen.add(sort)
                yield Finding(target.name, data, f"{sort}: {place.line}: {error}"[:400])
            continue
        if shape not in shapes and len(kept) < len(target.seeds) + _MOST_KEPT:
            shapes.add(shape)
            kept.append(data)


def mutant(kept: list[bytes], tokens: tuple[bytes, ...], luck: Random) -> bytes:
    """Return one of the inputs kept, changed in one to six places."""
    data = luck.choice(kept)
    for _ in range(1 + min(int(luck.expovariate(0.7)), 5)):
        data = luck.choice(_CHANGES)(data, kept, tokens, luck)
    return data[:LONGEST]


def _span(data: bytes, luck: Random) -> tuple[int, int]:
    """Return a place and one behind it, often near and sometimes far."""
    start = luck.randrange(len(data) + 1)
    length = int(luck.expovariate(1 / luck.choice((2, 8, 40))))
    return start, min(len(data), start + length)


def _insert(data: bytes, _: list[bytes], tokens: tuple[bytes, ...], luck: Random) -> bytes:
    at = luck.randrange(len(data) + 1)
    return data[:at] + luck.choice(tokens or _ODD) + data[at:]


def _replace(data: bytes, _: list[bytes], tokens: tuple[bytes, ...], luck: Random) -> bytes:
    start, end = _span(data, luck)
    return data[:start] + luck.choice(tokens or _ODD) + data[end:]


def _odd(data: bytes, _: list[bytes], __: tuple[bytes, ...], luck: Random) -> bytes:
    start, end = _span(data, luck)
    return data[:start] + luck.choice(_ODD) + data[end if luck.random() < 0.5 else start :]


def _drop(data: bytes, _: list[bytes], __: tuple[bytes, ...], luck: Random) -> bytes:
    start, end = _span(data, luck)
    return data[:start] + data[end:]


def _double(data: bytes, _: list[bytes], __: tuple[bytes, ...], luck: Random) -> bytes:
    start, end = _span(data, luck)
    return data[:end] + data[start:end] * luck.choice((1, 1, 2, 30)) + data[end:]


def _move(data: bytes, _: list[bytes], __: tuple[bytes, ...], luck: Random) -> bytes:
    start, end = _span(data, luck)
    rest = data[:start] + data[end:]
    at = luck.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def _splice(data: bytes, kept: list[bytes], _: tuple[bytes, ...], luck: Random) -> bytes:
    other = luck.choice(kept)
    start, end = _span(other, luck)
    at, behind = _span(data, luck)
    return data[:at] + other[start:end] + data[behind:]


def _byte(data: bytes, _: list[bytes], __: tuple[bytes, ...], luck: Random) -> bytes:
    if not data:
        return bytes([luck.randrange(256)])
    at = luck.randrange(len(data))
    new = data[at] ^ (1 << luck.randrange(8)) if luck.random() < 0.5 else luck.randrange(256)
    return data[:at] + bytes([new]) + data[at + 1 :]


def _cut(data: bytes, _: list[bytes], __: tuple[bytes, ...], luck: Random) -> bytes:
    at = luck.randrange(len(data) + 1)
    return data[:at] if luck.random() < 0.5 else data[at:]


_CHANGES: Final = (_insert, _insert, _replace, _odd, _drop, _double, _move, _splice, _splice, _byte, _byte, _cut)


@contextmanager
def _in_time(limit_s: float | None) -> Iterator[None]:
    """Raise TimeoutError within it once the processor has worked so long."""
    if limit_s is None:
        yield
        return

    def late(*_: Any) -> None:
        raise TimeoutError(f"more than {limit_s} s of processor time")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
